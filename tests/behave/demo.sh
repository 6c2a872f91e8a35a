# shellcheck shell=bash
# The demo on each directory, twice on the first: it ends well, and leaves what it says. An unknown directory is refused
# with the list. Its own checks are in tests/demo/.
unshare -r -mnupf --kill-child --mount-proc true 2> /dev/null || { echo "namespaces are not allowed here"; exit 77; }
export DEMO_OUT=build/behave/demo.${ENROLL_VARIANT:-plain}
mkdir -p build/behave
known=$(cd tests/demo && ls -- *.sh | sed 's/\.sh$//' | grep -vx demo)
wrong=0

for directory in openldap $known; do
	echo "== $directory"
	if bash tests/demo/demo.sh "$directory" > "$DEMO_OUT.$directory" 2>&1 &&
		grep -q '^== Done' "$DEMO_OUT/transcript.txt" && openssl x509 -in "$DEMO_OUT/device.pem" -noout &&
		grep -q '^dn: ' "$DEMO_OUT/computer.ldif" && xmllint --noout "$DEMO_OUT/provisioning.xml"; then
		echo "ok    demo on $directory"
	else
		echo "WRONG demo on $directory"
		tail -n 40 "$DEMO_OUT.$directory"
		wrong=1
	fi
done
said=$(bash tests/demo/demo.sh novell 2>&1)
if [ $? = 2 ] && [[ $said == *novell*openldap* ]]; then echo "ok    $said"; else echo "WRONG $said"; wrong=1; fi
exit $wrong
