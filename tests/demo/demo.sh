#!/bin/bash
# The main job on real parts: one device nobody has heard of becomes a member of the domain.
#
#	make demo [DIRECTORY=openldap|samba|389ds]
#
# The story is told here; what differs from directory to directory is in the file of that name beside it, as these
# functions and variables:
#
#	company			start the directory, say what is there; sets the variables
#	directory_section	the lines of [directory]
#	rights			give the server's account its rights, where company did not
#	computer		print the computer object
#	proof			what the directory's own programs say of the device; fails if they do not
#	company_ends		stop it
#	D_BASE D_DEVICES D_SUFFIX	naming context, the OU, the DNS suffix of its devices
#	D_TITLE D_CA_OPTIONS		what it is called; options of `ca init`
#	D_PROFILE			lines of [profile default]
#	D_SECRET D_TRUST		what the agent proves itself with, whom it trusts: files
#
# Everything happens in one private mount, UTS, network and PID namespace (tests/behave/world.sh): a copy of /etc lies
# over /etc, /run is empty, the loopback device is the whole network. So the programs use their default paths and ports,
# and the machine stays as it is. When this script ends, however it ends, everything it started is gone. What came out is
# left in build/demo/ (or DEMO_OUT, below the root of the tree).
set -euo pipefail
cd "$(dirname "$0")/../.."
OUT=${DEMO_OUT:-build/demo}
export ENROLL_BIN=${ENROLL_BIN:-$PWD/build/bin}

if [ "${1:-}" != --inside ]; then
	directory=${1:-openldap}
	known=$(cd tests/demo && ls -- *.sh | sed 's/\.sh$//' | grep -vx demo | paste -sd '|')
	if ! grep -qxE "$known" <<< "$directory"; then
		echo "demo: no directory \"$directory\"; DIRECTORY is one of ${known//|/, }" >&2
		exit 2
	fi
	if ! rm -rf "$OUT" 2> /dev/null || ! mkdir -p "$OUT"; then
		echo "demo: cannot make $OUT anew: it belongs to $(stat -c %U "$OUT" 2> /dev/null || echo somebody else);" \
			"remove it as that account" >&2
		exit 1
	fi
	bash tests/demo/demo.sh --inside "$directory" 2>&1 | tee "$OUT/transcript.txt"
	exit
fi

# shellcheck source=tests/behave/world.sh
. tests/behave/world.sh
world_enter "$@"
[ "$WORLD_ROOT" = 1 ] ||
	echo "Not root: one uid plays every part (--single-user). As root, server and device have their own."
T=$WORLD
PATH=$ENROLL_BIN:$PATH
say() { printf '\n== %s\n' "$*"; }
run() { ran=$*; printf '$ %s\n' "$ran"; "$@" && ran=; }
fail() { printf 'demo: FAILED: %s\n' "$*" >&2; exit 1; }
version() { dpkg-query -W -f='${Version}' "$1" 2> /dev/null || :; }
# own_entry CA-FILE URI: to the directory the device's certificate is the device, not somebody.
own_entry()
{
	local who
	say "The device's new certificate, used: the directory says who it is"
	echo "\$ ldapwhoami -Y EXTERNAL -H $2"
	who=$(LDAPTLS_CACERT=$1 LDAPTLS_CERT=/etc/enroll/device.pem LDAPTLS_KEY=/etc/enroll/device.key \
		ldapwhoami -Q -Y EXTERNAL -H "$2")
	echo "$who"
	[ "$(sed 's/^dn: *//' <<< "${who,,}")" = "cn=wm-andreas-01,ou=sales,${D_DEVICES,,}" ] ||
		fail "the certificate does not lead to the device's own entry"
}
set -E
ran=
trap 'fail "${ran:-line $LINENO: $BASH_COMMAND}"' ERR
# shellcheck source=tests/demo/openldap.sh
. "tests/demo/$2.sh"
rm -rf /etc/enroll
mkdir -p /etc/enrolld

# --- the network and the directory that an organisation already has ----------------------------------
say "The server's own CA, made offline"
# shellcheck disable=SC2086
run enrollctl ca init --server-name mobileenroll.contoso.test --suffix "$D_SUFFIX" $D_CA_OPTIONS \
	--organization Contoso --root-key "$T/root.key" --root-key-plain \
	--crl-url http://mobileenroll.contoso.test/crl/devices.crl --dir "$T/ca"

say "A company: DNS, and a directory ($D_TITLE)"
echo 'nameserver 127.0.0.1' > /etc/resolv.conf
dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --user= --pid-file= \
	--listen-address=127.0.0.1 --bind-interfaces --log-facility=- --local=/test/ --server=/ad.contoso.test/127.0.0.10 \
	--address=/mobileenroll.contoso.test/127.0.0.2 --address=/ldap.contoso.test/127.0.0.3 > "$T/dns.log" 2>&1 &
company

# --- the enrollment server ---------------------------------------------------------------------------
install -m 600 "$D_SECRET" "$T/secret"
[ "$WORLD_ROOT" = 0 ] || chown enrolld: "$T/secret"
install -m 644 "$D_TRUST" "$T/directory-ca.pem"
cat > /etc/enrolld/enrolld.conf <<CONF
[agent]
state-dir = $T/state

[directory]
$(directory_section)
tls-ca-file = $T/directory-ca.pem
base = $D_BASE

[ca]
ca-dir = $T/ca
crl-url = http://mobileenroll.contoso.test/crl/devices.crl

[listener devices]
address = 127.0.0.2:443
serve = enroll
public-name = mobileenroll.contoso.test

[listener crl]
address = 127.0.0.2:80
serve = crl

[ou managed]
dn = $D_DEVICES
suffix = $D_SUFFIX

[profile default]
ou = $D_DEVICES
dm-server = https://dm.contoso.test/omadm
dm-server-name = Contoso Device Management
dm-provider-id = dm.contoso.test
$D_PROFILE
CONF
single=()
[ "$WORLD_ROOT" = 1 ] || single=(--single-user)
say "The enrollment server, mobileenroll.contoso.test, on the real port 443"
sed -n '/^\[directory\]/,/^$/p' /etc/enrolld/enrolld.conf
run enrolld "${single[@]}" -t
enrolld "${single[@]}" > "$T/enrolld.log" 2>&1 &
server=$!
for _ in $(seq 600); do
	enrollctl status > /dev/null 2>&1 && break
	kill -0 "$server" 2> /dev/null || { cat "$T/enrolld.log"; fail "enrolld ended"; }
	sleep 0.1
done
enrollctl status || { cat "$T/enrolld.log"; fail "enrolld does not answer"; }

rights

# --- the main job ------------------------------------------------------------------------------------
say "An admin expects a device"
run enrollctl device add WM-ANDREAS-01 --identity andreas@contoso.test \
	--ou "OU=Sales,$D_DEVICES" --password-out "$T/password"

say "The device, which knows an e-mail address and that password, and nothing else"
run enroll join andreas@contoso.test --password-file "$T/password" || { tail -n 20 "$T/enrolld.log"; fail "enroll join"; }

# --- what came out -----------------------------------------------------------------------------------
say "The computer object, as ldapsearch prints it"
computer | tee "$OUT/computer.ldif"
grep -qi '^dn: cn=WM-ANDREAS-01,OU=Sales,OU=Managed Devices' "$OUT/computer.ldif"

say "The certificate, as openssl prints it"
install -m 644 /etc/enroll/device.pem "$OUT/device.pem"
install -m 644 /etc/enroll/root.pem "$OUT/root.pem"
run openssl x509 -in "$OUT/device.pem" -noout -subject -issuer -dates -serial \
	-ext subjectAltName,extendedKeyUsage,crlDistributionPoints
run openssl verify -x509_strict -purpose sslclient -CAfile "$OUT/root.pem" -untrusted "$OUT/device.pem" \
	"$OUT/device.pem"

say "The provisioning document (secrets masked; whole in build/demo/provisioning.xml)"
install -m 600 /etc/enroll/provisioning.xml "$OUT/provisioning.xml"
run xmllint --noout --relaxng schema/wap-provisioningdoc.rng "$OUT/provisioning.xml"
enroll show document

proof

say "And so says the server"
run enrollctl device show WM-ANDREAS-01
run enroll status
[ "$(hostname)" = "$(head -n 1 /etc/hostname)" ] || fail "the host name was not set"

say "Done: the device is a member. Stopping what was started."
kill "$server"
wait "$server" || fail "enrolld did not end well"
company_ends
for file in "$OUT"/*; do printf '  %s\n' "${file#"$PWD/"}"; done
