#!/bin/bash
# The whole way on Active Directory: a device is expected, types an address and a password, and ends as a machine that
# people of the domain log in to. Judged by kinit, klist, adcli, SSSD with NSS and PAM, net ads testjoin, and PKINIT with
# the device's certificate. sssd is started by whoever runs services, which here is this script.
set -uo pipefail
# shellcheck source=tests/behave/samba.sh
. tests/behave/samba.sh
samba_world "$@"
[ "$WORLD_ROOT" = 1 ] || { echo "people of a domain need more than one account: needs root"; exit 77; }
# shellcheck source=tests/behave/agent.sh
. tests/behave/agent.sh
d=$WORLD failures=0
ok() { echo "ok    $*"; }
wrong() { echo "WRONG $*"; failures=$((failures + 1)); }
is()
{
	local want=$1 rc
	shift
	"$@" > "$d/out" 2>&1 < /dev/null
	rc=$?
	[ $rc = "$want" ] || { wrong "exit $rc, not $want: $*"; cat "$d/out"; return 1; }
}
says() { local t; for t; do grep -qE -- "$t" "$d/out" || { wrong "does not say '$t':"; cat "$d/out"; }; done; }
ctl() { "$AGENT_BIN/enrollctl" "$@"; }
enroll() { "$AGENT_BIN/enroll" "$@"; }
picture() { (cd / && find etc var/lib/pam -type f -printf '%p %m %u %g %T@ ' -exec sha256sum '{}' ';' -o -printf '%p %m %u %g %l\n' | sort); }

samba_start "$d/ad" && samba_delegate || exit 1
world_empty /var/log
mkdir -p /var/log/sssd /var/log/samba
world_private /var/cache/debconf
pam-auth-update --package --disable sss mkhomedir < /dev/null
echo "127.0.0.1 mobileenroll.contoso.test" >> /etc/hosts
agent_make "$d/agent" flavour=ad name=mobileenroll.contoso.test \
	profile_lines=$'login = sssd\npkinit = yes\ngroups = wifi-devices' || exit 1
if openssl x509 -in "$AGENT_ROOT" -noout -text | grep -q 'id-ecPublicKey'; then
	rm -rf "$d/agent/ca" "$d/agent/root.key"
	ctl ca init --dir "$d/agent/ca" --server-name "$AGENT_NAME" --suffix "$SAMBA_DNS" --key-type rsa3072 \
		--root-key "$d/agent/root.key" --root-key-plain \
		--crl-url "http://$AGENT_NAME:$AGENT_CRL_PORT/crl/devices.crl" > /dev/null || exit 1
	cp "$d/agent/ca/root.pem" "$AGENT_ROOT"
fi
agent_start "$d/agent" || exit 1
unset KRB5_CONFIG # it is what enroll writes that counts
SERVER=$AGENT_NAME:$AGENT_PORT
picture > "$d/before"

echo "== join"
is 0 ctl device add LT-0042 --identity andreas@contoso.test --ou "$SAMBA_SALES_DN" --password-out "$d/pw"
(
	while [ ! -e /etc/sssd/sssd.conf ]; do sleep 0.05; done
	exec sssd -i -d 0x0070 > "$d/sssd.log" 2>&1
) &
sssd=$!
is 0 enroll join andreas@contoso.test --server "$SERVER" --password-file "$d/pw"
says 'Domain +/etc/krb5.keytab, key version [0-9]+, from dc1.ad.contoso.test' 'Login +krb5.conf, sssd.conf, NSS, PAM' \
	'ticket for LT-0042\$@AD.CONTOSO.TEST with the keytab' 'andreas@ad.contoso.test resolves'
cp "$d/out" "$d/joined"
is 0 id "andreas@$SAMBA_DNS" && says '^uid=[0-9]+\(andreas@ad.contoso.test\)'
if pamtester login "andreas@$SAMBA_DNS" authenticate acct_mgmt open_session close_session < "$SAMBA_USER_PW_FILE" > "$d/out" 2>&1; then
	ok "a person of the domain logs in by PAM"
else
	wrong "PAM: $(cat "$d/out" "$d/sssd.log")"
fi
is 0 enroll status --check && says 'keytab +ok' 'ticket +ok' 'user +ok' 'revocation +ok'

echo "== programs nobody here wrote"
is 0 klist -ke && says 'LT-0042\$@AD.CONTOSO.TEST \(aes256' 'host/lt-0042.ad.contoso.test@AD.CONTOSO.TEST \(aes128'
is 0 kinit -k 'LT-0042$' && ok "kinit -k"
is 0 adcli testjoin && ok "adcli testjoin"
samba_search '(cn=wifi-devices)' member > "$d/out" && says 'member: CN=LT-0042,'

echo "== PKINIT with the device's certificate"
# The devices CA too: this kinit wants to verify its own certificate, and has nothing else to do it with.
samba_pkinit "$AGENT_ROOT" "$d/agent/ca/devices.pem" || wrong "the KDC"
kdestroy -q
is 0 env KRB5_CONFIG="$SAMBA_DIR/krb5.conf" kinit -X X509_user_identity=FILE:/etc/enroll/device.pem,/etc/enroll/device.key \
	'LT-0042$' && is 0 klist && says 'Default principal: LT-0042\$@AD.CONTOSO.TEST' && ok "kinit with the certificate"

echo "== Samba's own tools, which keep the password elsewhere"
# net reads secrets.tdb alone. adcli fills it when it renews the password, but only where a record of the domain is there.
mkdir -p /etc/samba "$d/net" /var/lib/samba/private
cp /etc/samba/smb.conf "$d/smb.conf.before" 2> /dev/null
printf '[global]\n\t%s\n\t%s\n\t%s\n\t%s\n\t%s\n' "workgroup = $SAMBA_DOMAIN" "realm = $SAMBA_REALM" 'security = ads' \
	'netbios name = LT-0042' 'kerberos method = secrets and keytab' > "$d/net/smb.conf"
for folder in private state cache lock; do
	mkdir "$d/net/$folder"
	printf '\t%s = %s\n' "$([ $folder = private ] && echo private dir || echo $folder directory)" "$d/net/$folder" >> "$d/net/smb.conf"
done
cat "$d/net/smb.conf" > /etc/samba/smb.conf
is 255 net ads testjoin && says 'not valid' && ok "net ads testjoin knows nothing of a keytab"
net setdomainsid "$(sed -n 's/.*"sid": "\(S.*\)-[0-9]*".*/\1/p' /etc/enroll/domain.json)" > "$d/out" 2>&1
/usr/bin/python3 - "$d/net/private/secrets.tdb" "$SAMBA_DOMAIN" <<-'END'
import struct, sys, tdb
t, domain = tdb.open(sys.argv[1]), sys.argv[2].encode()
t[b"SECRETS/MACHINE_PASSWORD/" + domain] = b"not known yet\0"
t[b"SECRETS/MACHINE_LAST_CHANGE_TIME/" + domain] = struct.pack("<I", 1)
t[b"SECRETS/MACHINE_SEC_CHANNEL_TYPE/" + domain] = struct.pack("<I", 2)
t.close()
END
is 0 adcli update --computer-password-lifetime=0 --add-samba-data
is 0 net ads testjoin && says 'Join is OK' && ok "net ads testjoin"
is 0 enroll status --check && says 'ticket +ok'

echo "== leave"
if [ -e "$d/smb.conf.before" ]; then cp -p "$d/smb.conf.before" /etc/samba/smb.conf; else rm -f /etc/samba/smb.conf; fi
kill $sssd && wait $sssd 2> /dev/null
is 0 enroll leave --yes
diff "$d/before" <(picture) | grep -v ' etc/samba' | grep '^[<>]' > "$d/difference" && wrong "leave: $(cat "$d/difference")"
[ -s "$d/difference" ] || ok "leave: as before, byte for byte"

echo "== cut off while it is set up, it goes on without the password"
is 0 ctl device add LT-0043 --identity andreas@contoso.test --ou "$SAMBA_SALES_DN" --password-out "$d/pw43"
mkdir /etc/krb5.conf
is 6 enroll join andreas@contoso.test --server "$SERVER" --password-file "$d/pw43" && says ENR-402 'krb5.conf is not a regular file'
grep -q '"secret_key": "' /etc/enroll/join.state || wrong "what opens the password was not kept"
grep -q "$(tr -d - < "$d/pw43")" -r /etc/enroll && wrong "the enrollment password lies about"
rmdir /etc/krb5.conf
is 0 enroll join && says 'Going on' 'key version'
is 0 kinit -k 'LT-0043$' && ok "it has its keys"
is 0 enroll leave --yes

[ $failures = 0 ] && echo "ok    all of it"
agent_stop || wrong "enrolld ended with $?"
samba_stop
exit $((failures > 0))
