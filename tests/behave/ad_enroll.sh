#!/bin/bash
# The main job against a real Active Directory domain controller (Samba): the object, field by field beside the one that
# adcli makes; the certificate with its SID; the machine password that the device alone can read; groups; what fails, and
# what is left then.
set -uo pipefail
. tests/behave/samba.sh
samba_world "$@"
. tests/behave/natdev.sh
samba_start "$WORLD/ad" || exit 1
samba_delegate || exit 1
chmod 755 "$d"
agent_make "$d/agent" flavour=ad ou="$SAMBA_SALES_DN" profile_lines=$'login = sssd\ngroups = wifi-devices; vpn-devices' \
	directory_lines='ldap-timeout = 3s' || exit 1
cat >> "$AGENT_CONF" << END
[profile ticket]
ou = $SAMBA_SALES_DN
pkinit = yes
[profile mapped]
ou = $SAMBA_SALES_DN
alt-security-identities = yes
[profile locked]
ou = $SAMBA_SALES_DN
groups = vpn-devices; locked-devices
END
samba_tool group add locked-devices --groupou=OU=Groups > "$d/out" 2>&1 || exit 1
agent_start "$d/agent" || exit 1
natdev_use
part() { python3 tests/behave/ad_whole.py "$@"; }
computers() { samba_search "(&(objectClass=computer)(cn=$1))" 1.1 | grep -c '^dn:' || :; }
# same WHAT GOT WANTED
same() { if [ "$2" = "$3" ]; then ok "$1"; else wrong "$1: $2, not $3"; fi; }

echo "== one device"
expected "$d/list" LT-0042
nat list="$d/list" docs="$d"
tally "1 granted"
doc=$d/LT-0042.xml dn=CN=LT-0042,$SAMBA_SALES_DN
sid=$(samba_sid "$dn")
samba_search -s base -b "$dn" > "$d/object"
ldap_value() { sed -n "s/^$1: //p" "$d/object" | sort | paste -sd' '; }
same "account" "$(record LT-0042 object.account)" 'LT-0042$'
same "SID" "$(record LT-0042 object.sid)" "$sid"
same "key version" "$(record LT-0042 object.key_version)" "$(samba_search -s base -b "$dn" msDS-KeyVersionNumber |
	sed -n 's/^msDS-KeyVersionNumber: //p')"
same "groups" "$(samba_search '(objectClass=group)' member | grep -c "^member: $dn")" 2
same "groups in device show" "$(record LT-0042 groups)" \
	"['CN=wifi-devices,$SAMBA_GROUPS_DN', 'CN=vpn-devices,$SAMBA_GROUPS_DN']"

echo "== the certificate"
sed -n 's/^userCertificate:: //p' "$d/object" | base64 -d > "$d/cert.der"
part certificate "$d/cert.der" > "$d/out"
same "what stands in it" "$(paste -sd'|' "$d/out")" "subject 2.5.4.5=$(record LT-0042 enrollment),CN=LT-0042,O=$(
	openssl x509 -in "$AGENT_ROOT" -noout -subject -nameopt multiline | sed -n 's/.*organizationName *= //p')|dns lt-0042.$SAMBA_DNS|upn LT-0042\$@$SAMBA_REALM|sid $sid|purpose 1.3.6.1.5.5.7.3.2"

echo "== the document"
for row in "Realm $SAMBA_REALM" "DNSDomain $SAMBA_DNS" "NetBIOSDomain $SAMBA_DOMAIN" "DomainController $SAMBA_HOST" \
	'Account LT-0042$' "SID $sid" "KeyVersion $(record LT-0042 object.key_version)" 'Login sssd'; do
	same "${row%% *}" "$(part parm "$doc" "${row%% *}")" "${row#* }"
done
same "service principals" "$(part parm "$doc" ServicePrincipals | tr ' ' '\n' | sort | paste -sd' ')" \
	"$(ldap_value servicePrincipalName)"
part password "$doc" "$IDENTITY" "$(cat "$d/LT-0042.pw")" > "$d/machine"
same "length of the machine password" "$(wc -c < "$d/machine")" 120
KRB5CCNAME=$d/cc kinit 'LT-0042$' < "$d/machine" > "$d/out" 2>&1 && ok "the device logs in with it" || wrong "kinit"
ctl profile show --device LT-0042 > "$d/out"
grep -q 'MachinePassword.*\*\*\*' "$d/out" && ok "masked for people" || wrong "not masked"
same "in the log, the store and its files" "$(grep -rcF -f "$d/machine" "$AGENT_LOG" "$d/agent/state" | grep -vc ':0$')" 0

echo "== the same key asks again: the same octets"
openssl genrsa -out "$d/again.key" 2048 2> /dev/null
expected "$d/list" LT-0043
nat list="$d/list" times=2 key="$d/again.key"
tally "2 granted"
same "documents" "$(awk '{ print $3 }' "$d/tries" | sort -u | wc -l)" 1
same "objects" "$(computers LT-0043)" 1

echo "== beside what adcli makes"
KRB5CCNAME=$d/cc adcli preset-computer -D "$SAMBA_DNS" -S "$SAMBA_HOST" -O "$SAMBA_SALES_DN" -U Administrator \
	--stdin-password AD-CLI < "$SAMBA_ADMIN_PW_FILE" > "$d/out" 2>&1 || wrong "adcli"
samba_search -s base -b "CN=AD-CLI,$SAMBA_SALES_DN" > "$d/theirs"
for attribute in objectClass primaryGroupID sAMAccountType objectCategory; do
	same "$attribute" "$(ldap_value "$attribute")" "$(sed -n "s/^$attribute: //p" "$d/theirs" | sort | paste -sd' ')"
done
same "a plain workstation; its password may expire (theirs: never)" "$(ldap_value userAccountControl) $(
	sed -n 's/^userAccountControl: //p' "$d/theirs")" "4096 69632"
same "encryption types: AES alone" "$(ldap_value msDS-SupportedEncryptionTypes)" 24
same "name" "$(ldap_value dNSHostName)" "lt-0042.$SAMBA_DNS"
same "what adcli sets and we do not" "$(comm -13 <(cut -d: -f1 "$d/object" | sort -u) \
	<(cut -d: -f1 "$d/theirs" | sort -u) | paste -sd' ')" operatingSystem

echo "== PKINIT, where the profile asks for it: RSA keys alone"
pre LT-0050 --profile ticket -q
echo "LT-0050 $(cat "$d/LT-0050.pw")" > "$d/list"
nat list="$d/list"
tally "1 ENR-304"
same "objects" "$(computers LT-0050)" 0
nat list="$d/list" key="$d/again.key"
tally "1 granted"
samba_search "(cn=LT-0050)" userCertificate | sed -n 's/^userCertificate:: //p' | base64 -d > "$d/cert.der"
same "purposes" "$(part certificate "$d/cert.der" | sed -n 's/^purpose //p' | paste -sd' ')" \
	"1.3.6.1.5.5.7.3.2 1.3.6.1.5.2.3.4"

echo "== the other strong mapping, where a profile asks for it: a right of its own is missed first"
mappings() { samba_search "(cn=$1)" altSecurityIdentities | sed -n 's/^altSecurityIdentities: //p'; }
same "none unless asked for" "$(mappings LT-0042)" ""
is 1 ctl device add LT-0052 --profile mapped --identity "$IDENTITY" --password-out "$d/z.pw"
says ENR-602 'altSecurityIdentities'
ctl delegation plan > "$d/out" 2>&1
grep -q altSecurityIdentities "$d/out" && ok "in the plan" || wrong "not in the plan"
samba_tool dsacl set --objectdn="$SAMBA_DEVICES_DN" \
	--sddl="(OA;CIIO;WP;$(samba_guid altSecurityIdentities);$(samba_guid computer);$SAMBA_AGENT_SID)" > "$d/log" 2>&1 || wrong "dsacl"
pre LT-0052 --profile mapped -q
echo "LT-0052 $(cat "$d/LT-0052.pw")" > "$d/list"
nat list="$d/list"
tally "1 granted"
samba_search "(cn=LT-0052)" userCertificate | sed -n 's/^userCertificate:: //p' | base64 -d > "$d/cert.der"
serial=$(openssl x509 -inform DER -in "$d/cert.der" -noout -serial | sed 's/^serial=//; s/../&\n/g' | tac | tr -d '\n')
issuer=$(openssl x509 -inform DER -in "$d/cert.der" -noout -issuer -nameopt RFC2253,-dn_rev | sed 's/^issuer= *//')
same "issuer and serial" "$(mappings LT-0052)" "X509:<I>$issuer<SR>${serial,,}"
mapped=$(mappings LT-0052)
is 0 ctl device reimage LT-0052 --now --yes --password-out "$d/again.pw"
echo "LT-0052 $(cat "$d/again.pw")" > "$d/list"
nat list="$d/list"
tally "1 granted"
same "of the new certificate alone" "$(mappings LT-0052 | wc -l)" 1
[ "$(mappings LT-0052)" != "$mapped" ] && ok "it is another one" || wrong "that of the old certificate"
is 0 ctl device revoke LT-0052 --reason lost --yes
same "none of a revoked device" "$(mappings LT-0052)" ""

echo "== what a device would get, before it came"
pre LT-0059 --profile ticket -q
is 0 ctl profile show --device LT-0059
says "Realm.*$SAMBA_REALM" 'Login.*none'
grep -q MachinePassword "$d/out" && wrong "a password that nobody made" || ok "no password yet"

echo "== groups that the profile does not list"
is 1 ctl device add LT-0060 --identity "$IDENTITY" --group "Domain Admins" --password-out "$d/x.pw"
says ENR-327
is 0 ctl device add LT-0061 --identity "$IDENTITY" --group vpn-devices --password-out "$d/y.pw"
same "one of them" "$(record LT-0061 groups)" "['CN=vpn-devices,$SAMBA_GROUPS_DN']"

echo "== a group that refuses: nothing stays, the password does"
pre LT-0070 --profile locked -q
echo "LT-0070 $(cat "$d/LT-0070.pw")" > "$d/list"
nat list="$d/list"
tally "1 ENR-6??"
same "objects" "$(computers LT-0070)" 0
same "state" "$(record LT-0070 state)" pending
samba_tool dsacl set --objectdn="CN=locked-devices,$SAMBA_GROUPS_DN" \
	--sddl="(OA;;WP;$(samba_guid member);;$SAMBA_AGENT_SID)" > "$d/out" 2>&1 || wrong "dsacl"
nat list="$d/list"
tally "1 granted"
same "groups" "$(samba_search '(objectClass=group)' member | grep -c "^member: CN=LT-0070,")" 2

echo "== a group that is gone meanwhile"
pre LT-0071 --profile locked -q
samba_tool group delete locked-devices > "$d/log" 2>&1 || wrong "group delete"
echo "LT-0071 $(cat "$d/LT-0071.pw")" > "$d/list"
nat list="$d/list"
tally "1 ENR-326"
same "objects" "$(computers LT-0071)" 0
same "state" "$(record LT-0071 state)" pending

echo "== a right that only publishing needs is missed before anything is written"
expected "$d/list" LT-0080
samba_tool dsacl set --objectdn="$SAMBA_DEVICES_DN" \
	--sddl="(OD;CIIO;WP;$(samba_guid userCertificate);$(samba_guid computer);$SAMBA_AGENT_SID)" > "$d/log" 2>&1 || wrong "dsacl"
nat list="$d/list"
tally "1 ENR-602"
same "objects" "$(computers LT-0080)" 0
same "state" "$(record LT-0080 state)" pending
same "certificates" "$(record LT-0080 certificates)" "[]"

echo "== a CA that the directory cannot use is refused"
ctl ca init --dir "$d/ca-ec" --server-name "$AGENT_NAME" --suffix "$SAMBA_DNS" --root-key "$d/ec.key" --root-key-plain \
	--crl-url http://x.test/crl > "$d/out" 2>&1 || wrong "ca init"
sed "s,^ca-dir = .*,ca-dir = $d/ca-ec," "$AGENT_CONF" > "$d/ec.conf"
is 2 "$AGENT_BIN/enrolld" -t --config "$d/ec.conf"
says ENR-709 'RSA'
agent_stop || wrong "a sanitizer spoke"
error_end
