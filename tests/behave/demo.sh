# shellcheck shell=bash
# The demo on each directory, twice on the first: it ends well, and leaves what it says. An unknown directory is refused
# with the list. One step that does not hold ends it, with another exit code than 0; ^C in the middle ends it and
# everything that it started. Its own checks are in tests/demo/.
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

# A judge that says no.
stub=$(mktemp -d /tmp/e.XXXXXX)
trap 'rm -rf "$stub"' EXIT
for f in "${ENROLL_BIN:-$PWD/build/bin}"/enroll*; do ln -s "$f" "$stub/"; done
printf '#!/bin/sh\n[ "$1" != verify ] || exit 1\nexec /usr/bin/openssl "$@"\n' > "$stub/openssl"
chmod 755 "$stub" "$stub/openssl"
said=$(ENROLL_BIN=$stub bash tests/demo/demo.sh 2>&1)
if [ $? != 0 ] && [[ $said == *"demo: FAILED: "*verify* && $said != *"== Done"* ]]; then
	echo "ok    a certificate that does not verify ends it"
else
	echo "WRONG it goes on without a good certificate: $(tail -n 5 <<< "$said")"
	wrong=1
fi

mark=$$.$RANDOM
living() { grep -lsaz "^DEMO_MARK=$mark" /proc/[0-9]*/environ; }
DEMO_MARK=$mark expect > "$DEMO_OUT.interrupted" 2>&1 <<'END'
set timeout 60
spawn bash tests/demo/demo.sh
expect "An admin expects a device" { send "\003" } timeout { exit 90 }
expect eof {} timeout { exit 91 }
lassign [wait] a b c code
exit [expr {$code == 0 ? 92 : 0}]
END
rc=$?
for _ in $(seq 100); do [ -n "$(living)" ] || break; sleep 0.1; done
if [ $rc = 0 ] && [ -z "$(living)" ]; then
	echo "ok    ^C ends all of it"
else
	echo "WRONG ^C: $rc; alive: $(living | xargs -rI{} sh -c 'tr "\0" " " < $(dirname {})/cmdline')"
	tail -n 5 "$DEMO_OUT.interrupted"
	wrong=1
fi
exit $wrong
