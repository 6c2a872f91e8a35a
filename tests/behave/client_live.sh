#!/bin/bash
# `enroll` on the machine itself: default paths, the running host name, the system's trust store; then left again. The
# machine is a private mount and UTS namespace over a copy of /etc, as root or in a user namespace.
set -uo pipefail
if [ "${1:-}" != --inside ]; then
	# shellcheck source=tests/behave/error.sh
	. tests/behave/error.sh
	gateway=$(mktemp /tmp/e.XXXXXX)
	echo 'vpn-gateway = vpn.contoso.test' > "$gateway" # of [profile default], which stands last
	error_begin suffix=contoso.test extra="$gateway"
	rm -f "$gateway"
	pre LT-1
	pre LT-2 --vpn
	for name in LT-3 LT-4 LT-5; do pre $name; done
	kind=()
	[ "$(id -u)" = 0 ] || kind=(-r)
	unshare "${kind[@]}" -mu true 2> /dev/null || { echo "namespaces are not allowed here"; exit 77; }
	timeout 100 unshare "${kind[@]}" -mu bash "$0" --inside "$d" "$SERVER" || failures=$((failures + 1))
	passed=$((passed + 1))
	error_end
fi

d=$2 SERVER=$3 failures=0
PATH=${ENROLL_BIN:-$PWD/build/bin}:$PATH:/usr/sbin:/sbin
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); cat "$d/out" "$d/err"; }
run() { "$@" > "$d/out" 2> "$d/err" < /dev/null || wrong "exit $?: $*"; }
picture() { (cd / && find etc usr/local/share/ca-certificates -path etc/ssl/certs/java -prune -o -type f -printf '%p %m %u %g ' -exec sha256sum '{}' ';' -o -type l -printf '%p %l\n' -o -printf '%p %m\n' | sort); }

# What is generated from the trust store with times in it (Java's) is left out.
mkdir -p "$d/world/ca"
cp -a /usr/local/share/ca-certificates/. "$d/world/ca/" 2> /dev/null
cp -a /etc "$d/world/etc" 2> /dev/null
rm -rf "$d/world/etc/enroll"
rm -f "$d/world/etc/hosts"
printf '127.0.0.1\tlocalhost\n' > "$d/world/etc/hosts"
mount --bind "$d/world/etc" /etc || { echo "no bind mounts here"; exit 1; }
mkdir -p /usr/local/share/ca-certificates && mount --bind "$d/world/ca" /usr/local/share/ca-certificates
hostname blank
trusted=$(command -v update-ca-certificates || true)
[ -z "$trusted" ] || update-ca-certificates > /dev/null 2>&1
picture > "$d/picture"
lock=$(stat -c '%d %i' /etc | xargs printf '/run/enroll-%x-%x.lock')
trap 'rm -f "$lock"' EXIT

echo "== join, with the root in the system's trust store"
run enroll join andreas@contoso.test --server "$SERVER" --password-file "$d/LT-1.pw" --system-trust
grep -q 'blank -> lt-1.contoso.test' "$d/out" || wrong "the change of name is not told"
grep -q 'No reboot is needed' "$d/out" || wrong "no word about a reboot"
[ "$(uname -n)" = lt-1.contoso.test ] || wrong "the running host name is $(uname -n)"
[ "$(cat /etc/hostname)" = lt-1.contoso.test ] || wrong "/etc/hostname"
getent hosts lt-1.contoso.test | grep -q 127.0.1.1 || wrong "the own name does not resolve"
if [ -n "$trusted" ]; then
	openssl verify -CApath /etc/ssl/certs -no-CAfile -untrusted /etc/enroll/device.pem /etc/enroll/device.pem > "$d/out" 2>&1 ||
		wrong "the system does not trust the root"
fi
run enroll status --check
[ -z "$(find /etc/enroll -perm /077 -name '*.key')" ] || wrong "the key is open to others"

echo "== others may see the status, not the document"
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --clear-groups true 2> /dev/null; then
	setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v enroll)" status > "$d/out" 2> "$d/err" || wrong "status as nobody"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v enroll)" show document > "$d/out" 2> "$d/err"
	[ $? = 5 ] && grep -q ENR-403 "$d/err" || wrong "show document as nobody"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v enroll)" join a@b.example > "$d/out" 2> "$d/err"
	[ $? = 5 ] && grep -q ENR-403 "$d/err" || wrong "join as nobody"
	# Nor can they keep root from it: whoever may read a folder may lock it.
	setpriv --reuid=65534 --regid=65534 --clear-groups flock --no-fork /etc/enroll sleep 60 &
	holder=$!
	sleep 0.5
fi

echo "== leave"
run enroll leave --yes
[ -z "${holder:-}" ] || kill "$holder" 2> /dev/null
[ "$(uname -n)" = blank ] || wrong "the running host name is $(uname -n)"
picture | diff "$d/picture" - > "$d/difference" || wrong "not as it was: $(head -n 20 "$d/difference")"

echo "== a document that wants a reboot"
run enroll join andreas@contoso.test --server "$SERVER" --password-file "$d/LT-2.pw"
grep -q 'Reboot it now' "$d/out" || wrong "the reboot is not asked for"
grep -q '"vpn": "on"' /etc/enroll/vpn.json || wrong "no vpn.json"
hostname somebody-elses
run enroll leave --yes
[ "$(uname -n)" = somebody-elses ] || wrong "somebody else's host name was overwritten"
picture | diff "$d/picture" - > "$d/difference" || wrong "not as it was: $(head -n 20 "$d/difference")"

echo "== a link, an access list, an attribute: as they were; what may not be changed is named"
# What find does not show: access lists and attributes of files.
attributes() { python3 -c 'import os, sys
for p in sys.argv[1:]: print(p, os.readlink(p) if os.path.islink(p) else "", [(n, os.getxattr(p, n)) for n in sorted(os.listxattr(p))])' "$@"; }
mkdir /etc/real
printf '127.0.0.1\tlocalhost\n' > /etc/real/hosts
chmod 2640 /etc/real/hosts
ln -sf real/hosts /etc/hosts
python3 -c 'import os; os.setxattr("/etc/hostname", "user.owner", b"somebody"); os.setxattr("/etc/real/hosts", "system.posix_acl_access", bytes.fromhex(
	"02000000" "01000600ffffffff" "0200060001000000" "04000400ffffffff" "10000600ffffffff" "20000000ffffffff"))' 2> /dev/null ||
	echo "no attributes here"
attributes /etc/hosts /etc/hostname /etc/real/hosts > "$d/attributes"
picture > "$d/picture"
run enroll join andreas@contoso.test --server "$SERVER" --password-file "$d/LT-4.pw"
[ -L /etc/hosts ] && grep -q lt-4 /etc/real/hosts || wrong "not written behind the link"
attributes /etc/hosts /etc/hostname /etc/real/hosts | diff "$d/attributes" - || wrong "attributes of a member"
run enroll status --check
run enroll leave --yes
picture | diff "$d/picture" - > "$d/difference" || wrong "not as it was: $(head -n 20 "$d/difference")"
attributes /etc/hosts /etc/hostname /etc/real/hosts | diff "$d/attributes" - || wrong "attributes after leaving"
ln -sf nowhere /etc/hosts
enroll join andreas@contoso.test --server "$SERVER" --password-file "$d/LT-5.pw" > "$d/out" 2> "$d/err" < /dev/null
[ $? = 6 ] && grep -q '/etc/hosts is a symbolic link' "$d/err" || wrong "a link that leads nowhere"
rm /etc/hosts
printf '127.0.0.1\tlocalhost\n' > /etc/hosts
if chattr +i /etc/hosts 2> /dev/null; then
	enroll join > "$d/out" 2> "$d/err" < /dev/null
	[ $? = 6 ] && grep -q 'write /etc/hosts: Operation not permitted' "$d/err" || wrong "a file that may not be changed"
	[ ! -e /etc/hosts.enroll-new ] || wrong "half a file is left"
	chattr -i /etc/hosts
fi
run enroll join
run enroll leave --yes
mount --bind /etc /etc && mount -o remount,ro,bind /etc
enroll join andreas@contoso.test --server "$SERVER" --password-file "$d/LT-4.pw" > "$d/out" 2> "$d/err" < /dev/null
[ $? = 6 ] && grep -q 'password was not used' "$d/err" && grep -q '/etc/enroll.*Read-only file system' "$d/err" || wrong "a read-only /etc"
umount /etc

echo "== a full disk: what failed goes on when there is room"
mkdir -p "$d/small"
mount -t tmpfs -o size=64k,mode=755 tmpfs "$d/small"
mkdir "$d/small/etc"
echo blank > "$d/small/etc/hostname"
head -c 36864 /dev/zero > "$d/small/filler"
for ((i = 0; i < 40; i++)); do
	enroll join andreas@contoso.test --root "$d/small" --server "$SERVER" --password-file "$d/LT-3.pw" > "$d/out" 2> "$d/err" < /dev/null
	rc=$?
	[ $rc != 0 ] || break
	[ $rc = 6 ] && grep -qE 'ENR-(402|407) ' "$d/err" && grep -q 'No space left' "$d/err" || wrong "a full disk: exit $rc"
	truncate -s "-1024" "$d/small/filler" 2> /dev/null
done
[ $rc = 0 ] && [ $i -gt 2 ] || wrong "a full disk: exit $rc after $i"
run enroll status --check --root "$d/small"
run enroll leave --yes --root "$d/small"
[ "$(cat "$d/small/etc/hostname")" = blank ] && [ ! -e "$d/small/etc/enroll" ] || wrong "a full disk: not as it was"

[ $failures = 0 ]
