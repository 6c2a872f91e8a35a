#!/bin/bash
# The main job on real parts: one device nobody has heard of becomes a member of the domain.
#
#	make demo
#
# Everything happens in one private mount, UTS, network and PID namespace: a copy of /etc lies over
# /etc, /run is empty, the loopback device is the whole network. So the programs use their default
# paths and ports, and the machine stays as it is. When this script ends, however it ends, everything
# it started is gone. What came out is left in build/demo/.
set -euo pipefail
cd "$(dirname "$0")/../.."
TOP=$PWD
OUT=$TOP/build/demo
BIN=$TOP/build/bin

if [ "${1:-}" != --inside ]; then
	mkdir -p "$OUT"
	rm -f "$OUT"/{provisioning.xml,root.pem,device.pem,computer.ldif,transcript.txt}
	TEMP=$(mktemp -d /tmp/enroll-demo.XXXXXX)
	chmod 755 "$TEMP"
	trap 'rm -rf "$TEMP"' EXIT
	kind=()
	if [ "$(id -u)" != 0 ]; then
		kind=(-r)
		echo "Not root: one uid plays every part (--single-user). As root, server and device have their own."
	fi
	set -o pipefail
	unshare "${kind[@]}" -mnupf --kill-child --mount-proc \
		env DEMO_TEMP="$TEMP" DEMO_ROOT="$([ ${#kind[@]} = 0 ] && echo 1 || echo 0)" \
		bash "$TOP/tests/demo/demo.sh" --inside 2>&1 | tee "$OUT/transcript.txt"
	exit
fi

T=$DEMO_TEMP
PATH=$BIN:$PATH:/usr/sbin:/sbin
export PATH
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
say() { printf '\n== %s\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }
fail() { printf 'demo: FAILED: %s\n' "$*" >&2; exit 1; }
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR

# --- a world of its own ------------------------------------------------------------------------------
hostname blank-device
ip link set lo up
cp -a /etc "$T/etc" 2> /dev/null || true
rm -f "$T/etc/resolv.conf" "$T/etc/hosts" "$T/etc/nsswitch.conf"
rm -rf "$T/etc/enroll" "$T/etc/enrolld"
mkdir -p "$T/etc/enrolld"
echo 'nameserver 127.0.0.1' > "$T/etc/resolv.conf"
echo '127.0.0.1 localhost' > "$T/etc/hosts"
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n' \
	> "$T/etc/nsswitch.conf"
for account in enrolld:61801 enrolld-front:61802 _enroll:61803; do
	name=${account%:*} id=${account#*:}
	grep -q "^$name:" "$T/etc/passwd" || echo "$name:x:$id:$id::/nonexistent:/usr/sbin/nologin" >> "$T/etc/passwd"
	grep -q "^$name:" "$T/etc/group" || echo "$name:x:$id:" >> "$T/etc/group"
done
mount --bind "$T/etc" /etc
mount -t tmpfs -o mode=755 tmpfs /run

# --- the network and the directory that an organisation already has ----------------------------------
say "A company: DNS, and a directory (OpenLDAP $(dpkg-query -W -f='${Version}' slapd 2>/dev/null || echo))"
dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --user= --pid-file= \
	--listen-address=127.0.0.1 --bind-interfaces --log-facility=- --local=/test/ \
	--address=/mobileenroll.contoso.test/127.0.0.2 --address=/ldap.contoso.test/127.0.0.3 > "$T/dns.log" 2>&1 &

say "The server's own CA, made offline"
run enrollctl ca init --server-name mobileenroll.contoso.test --suffix contoso.test \
	--organization Contoso --root-key "$T/root.key" --root-key-plain \
	--crl-url http://mobileenroll.contoso.test/crl/devices.crl --dir "$T/ca"

# shellcheck source=tests/behave/slapd.sh
. "$TOP/tests/behave/slapd.sh"
slapd_start "$T/ldap" listen=127.0.0.3 port=389 tls_port=636 host=ldap.contoso.test client_ca="$T/ca/root.pem"
echo "ldap.contoso.test answers; OU=Sales,OU=Managed Devices,$BASE_DN is empty:"
LDAPTLS_CACERT=$CA_FILE ldapsearch -LLL -x -H ldap://ldap.contoso.test -ZZ -D "$ADMIN_DN" -w "$ADMIN_PW" \
	-b "OU=Sales,OU=Managed Devices,$BASE_DN" -s one dn

# --- the enrollment server ---------------------------------------------------------------------------
cp "$AGENT_PW_FILE" "$T/bind-password"
chmod 600 "$T/bind-password"
[ "$DEMO_ROOT" = 0 ] || chown enrolld: "$T/bind-password"
cp "$CA_FILE" "$T/directory-ca.pem"
chmod 644 "$T/directory-ca.pem"
cat > /etc/enrolld/enrolld.conf <<CONF
[agent]
state-dir = $T/state

[directory]
flavour = openldap
uri = ldap://ldap.contoso.test
starttls = yes
tls-ca-file = $T/directory-ca.pem
bind = simple
bind-dn = $AGENT_DN
bind-password-file = $T/bind-password
base = $BASE_DN

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
dn = OU=Managed Devices,$BASE_DN
suffix = contoso.test

[profile default]
ou = OU=Managed Devices,$BASE_DN
dm-server = https://dm.contoso.test/omadm
dm-server-name = Contoso Device Management
dm-provider-id = dm.contoso.test
CONF
single=()
[ "$DEMO_ROOT" = 1 ] || single=(--single-user)
say "The enrollment server, mobileenroll.contoso.test, on the real port 443"
run enrolld "${single[@]}" -t
enrolld "${single[@]}" > "$T/enrolld.log" 2>&1 &
server=$!
for _ in $(seq 100); do
	enrollctl status > /dev/null 2>&1 && break
	kill -0 "$server" 2> /dev/null || { cat "$T/enrolld.log"; fail "enrolld ended"; }
	sleep 0.1
done
enrollctl status || { cat "$T/enrolld.log"; fail "enrolld does not answer"; }

# --- the main job ------------------------------------------------------------------------------------
say "An admin expects a device"
run enrollctl device add WM-ANDREAS-01 --identity andreas@contoso.test \
	--ou "OU=Sales,OU=Managed Devices,$BASE_DN" --password-out "$T/password"

say "The device, which knows an e-mail address and that password, and nothing else"
run enroll join andreas@contoso.test --password-file "$T/password" || { tail -n 20 "$T/enrolld.log"; fail "enroll join"; }

# --- what came out -----------------------------------------------------------------------------------
say "The computer object, as ldapsearch prints it"
LDAPTLS_CACERT=$CA_FILE ldapsearch -LLL -x -H ldap://ldap.contoso.test -ZZ -D "$ADMIN_DN" -w "$ADMIN_PW" -o ldif-wrap=100 \
	-b "$BASE_DN" '(cn=WM-ANDREAS-01)' '*' entryUUID | tee "$OUT/computer.ldif"
grep -qi '^dn: cn=WM-ANDREAS-01,OU=Sales,OU=Managed Devices' "$OUT/computer.ldif"

say "The certificate, as openssl prints it"
install -m 644 /etc/enroll/device.pem "$OUT/device.pem"
install -m 644 /etc/enroll/root.pem "$OUT/root.pem"
openssl x509 -in "$OUT/device.pem" -noout -subject -issuer -dates -serial \
	-ext subjectAltName,extendedKeyUsage,crlDistributionPoints
run openssl verify -x509_strict -purpose sslclient -CAfile "$OUT/root.pem" -untrusted "$OUT/device.pem" \
	"$OUT/device.pem"

say "The provisioning document (secrets masked; whole in build/demo/provisioning.xml)"
install -m 600 /etc/enroll/provisioning.xml "$OUT/provisioning.xml"
run xmllint --noout --relaxng "$TOP/schema/wap-provisioningdoc.rng" "$OUT/provisioning.xml"
enroll show document

say "The device's new certificate, used: the directory says who it is"
who=$(LDAPTLS_CACERT=$CA_FILE LDAPTLS_CERT=/etc/enroll/device.pem LDAPTLS_KEY=/etc/enroll/device.key \
	ldapwhoami -Q -Y EXTERNAL -H ldaps://ldap.contoso.test)
echo "\$ ldapwhoami -Y EXTERNAL -H ldaps://ldap.contoso.test"
echo "$who"
[ "${who,,}" = "dn:cn=wm-andreas-01,ou=sales,ou=managed devices,${BASE_DN,,}" ] ||
	fail "the certificate does not lead to the device's own entry"

say "And so says the server"
run enrollctl device show WM-ANDREAS-01
run enroll status
[ "$(hostname)" = "$(head -n 1 /etc/hostname)" ] || fail "the host name was not set"

say "Done: the device is a member. Stopping what was started."
kill "$server"
wait "$server" || fail "enrolld did not end well"
slapd_stop "$T/ldap"
for file in "$OUT"/*; do printf '  build/demo/%s\n' "${file##*/}"; done
