# shellcheck shell=bash
# With the rights of schema/openldap/acl.ldif the agent's account can do its work, and nothing else.
. tests/behave/slapd.sh
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'slapd_stop "$t/a"; rm -rf "$t"' EXIT
slapd_start "$t/a" || exit 1

device()	# device NAME OU [LINE…]
{
	printf 'dn: cn=%s,%s\nobjectClass: device\nobjectClass: enrolldDevice\ncn: %s\nenrolldState: enabled\n' "$1" "$2" "$1"
	shift 2
	[ $# = 0 ] || printf '%s\n' "$@"
}
change() { printf 'dn: %s\nchangetype: modify\n' "$1"; shift; printf '%s\n' "$@"; }
add() { device "$@" | agent ldapadd; }
modify() { change "$@" | agent ldapmodify; }
dump() { admin ldapsearch -LLL -o ldif-wrap=no -b "$BASE_DN" '*' '+' | grep -v '^entryCSN\|^modifyTimestamp\|^contextCSN'; }
denied='*Insufficient access (50)*'

device WM-OLD "$SALES_DN" "serialNumber: 1" "owner: uid=andreas,ou=People,$BASE_DN" "enrolldEnrollment: E-1" "enrolldMark: m1" \
	"description: d" "enrolldFqdn: wm-old.contoso.test" | admin ldapadd > /dev/null
device STRAY "ou=Servers,$BASE_DN" | admin ldapadd > /dev/null
printf 'dn: cn=printer,%s\nobjectClass: device\ncn: printer\n' "$SALES_DN" | admin ldapadd > /dev/null
dump > "$t/before"

echo "== elsewhere it makes nothing"
want "$denied" add WM-1 "ou=Servers,$BASE_DN"
want "$denied" add WM-1 "ou=People,$BASE_DN"
want "$denied" add WM-1 "ou=Services,$BASE_DN"
want "$denied" add WM-1 "$BASE_DN"
want "$denied" add WM-1 "cn=WM-OLD,$SALES_DN"
echo "== in its OUs it makes devices, and those only of what they are made of"
want "$denied" agent ldapadd <<< "dn: ou=New,$DEVICES_DN
objectClass: organizationalUnit
ou: New"
want "$denied" agent ldapadd <<< "dn: uid=x,$SALES_DN
objectClass: inetOrgPerson
uid: x
cn: x
sn: x"
want "$denied" agent ldapadd <<< "dn: cn=x,$SALES_DN
objectClass: device
cn: x"
want "$denied" add WM-1 "$SALES_DN" "objectClass: simpleSecurityObject" "userPassword: x"
want "$denied" add WM-1 "$SALES_DN" "seeAlso: $BASE_DN"
want "$denied" add WM-1 "$SALES_DN" "objectClass: uidObject" "uid: root"
want "$denied" add WM-1 "$SALES_DN" "l: somewhere"
echo "== other entries it does not change, delete, move"
for dn in "uid=andreas,ou=People,$BASE_DN" "cn=web1,ou=Servers,$BASE_DN" "cn=printer,$SALES_DN" "$AGENT_DN" \
	"$BASE_DN" "$DEVICES_DN" "$SALES_DN"; do
	want "$denied" modify "$dn" "replace: description" "description: x"
	want "*(50)*" agent ldapdelete "$dn"
done
want "$denied" modify "cn=STRAY,ou=Servers,$BASE_DN" "replace: enrolldState" "enrolldState: disabled"
want "*(50)*" agent ldapdelete "cn=STRAY,ou=Servers,$BASE_DN"
want "$denied" modify "$SALES_DN" "replace: ou" "ou: Sales"
want "$denied" modify "uid=andreas,ou=People,$BASE_DN" "replace: mail" "mail: x@contoso.test"
want "$denied" modify "uid=andreas,ou=People,$BASE_DN" "replace: userPassword" "userPassword: x"
want "$denied" modify "$AGENT_DN" "replace: userPassword" "userPassword: x"
want "*(50)*" agent ldappasswd -s new
want "$denied" agent ldappasswd -s new "$AGENT_DN"
want "*(50)*" agent ldapmodrdn -r "cn=WM-OLD,$SALES_DN" cn=WM-NEW
want "*(50)*" agent ldapmodrdn -r -s "ou=Servers,$BASE_DN" "cn=WM-OLD,$SALES_DN" cn=WM-OLD
want "*(50)*" agent ldapmodrdn -s "ou=Servers,$BASE_DN" "cn=WM-OLD,$SALES_DN" cn=WM-OLD
want "*(50)*" agent ldapmodrdn -s "cn=printer,$SALES_DN" "cn=WM-OLD,$SALES_DN" cn=WM-OLD
want "*(50)*" agent ldapmodrdn -r -s "$SALES_DN" "cn=web1,ou=Servers,$BASE_DN" cn=web1
want "*(50)*" agent ldapmodrdn -s "$SALES_DN" "uid=andreas,ou=People,$BASE_DN" uid=andreas
want "*(50)*" agent ldapmodrdn "$SALES_DN" ou=Markets
want "*(50)*" agent ldapmodrdn "cn=printer,$SALES_DN" cn=plotter
echo "== no way around: another identity, operational attributes, entries that point elsewhere, controls that show more"
want "*Proxied Authorization Denied (123)*" agent ldapwhoami -e "!authzid=dn:$ADMIN_DN"
for line in "entryUUID: 00000000-0000-0000-0000-000000000001" "creatorsName: $ADMIN_DN"; do
	want "$denied" agent ldapmodify -e relax <<< "dn: cn=WM-OLD,$SALES_DN
changetype: modify
replace: ${line%%:*}
$line"
done
want "$denied" agent ldapadd <<< "dn: cn=other,$SALES_DN
objectClass: alias
objectClass: enrolldDevice
objectClass: extensibleObject
cn: other
aliasedObjectName: uid=andreas,ou=People,$BASE_DN"
want "$denied" agent ldapadd -M <<< "dn: cn=away,$SALES_DN
objectClass: referral
objectClass: enrolldDevice
objectClass: extensibleObject
cn: away
ref: ldap://elsewhere.test/"
want "$denied" agent ldapmodify -e 'preread=*' <<< "dn: uid=andreas,ou=People,$BASE_DN
changetype: modify
replace: mail
mail: x@contoso.test"
want "0" grep -c "Holm" <<< "$got"
want "*Insufficient access (50)*" agent ldapcompare "uid=andreas,ou=People,$BASE_DN" userPassword:andreas-password
want "*Insufficient access (50)*" agent ldapcompare "uid=andreas,ou=People,$BASE_DN" sn:Holm
want "" agent ldapsearch -LLL -b "ou=People,$BASE_DN" '(|(userPassword=*)(sn=H*))' 1.1
want "*(12)*" agent ldapsearch -LLL -E '!sync=ro' -b "$BASE_DN" '(objectClass=*)' userPassword
echo "== of a device it takes away nothing that was set for good"
for attr in cn serialNumber description enrolldFqdn objectClass; do
	want "*(50)*" modify "cn=WM-OLD,$SALES_DN" "delete: $attr"
done
want "$denied" modify "cn=WM-OLD,$SALES_DN" "add: seeAlso" "seeAlso: $BASE_DN"
want "$denied" modify "cn=WM-OLD,$SALES_DN" "add: userPassword" "userPassword: x"
echo "== the configuration is not its business"
want "*(50)*" agent ldapmodify <<< "dn: cn=config
changetype: modify
replace: olcLogLevel
olcLogLevel: stats"
want "*" agent ldapsearch -LLL -b cn=config -s base
want "0" grep -c olc <<< "$got"
dump > "$t/after"
want "" diff "$t/before" "$t/after"

echo "== it reads no more than it needs"
agent ldapsearch -LLL -o ldif-wrap=no -b "$BASE_DN" '*' '+' > "$t/seen"
want "*" cat "$t/seen"
want "0" grep -c "userPassword\|^sn:\|Servers\|^cn: Andreas" "$t/seen"
want "1" grep -c "^mail: andreas@contoso.test" "$t/seen"
want "0" grep -c "^description: x" "$t/seen"
echo "== a stranger reads nothing, a person of the directory neither"
want "0" grep -c '^dn:' <<< "$(ldapsearch -x -LLL -H "$LDAPI_URI" -b "$BASE_DN" 2>&1)"
want "0" grep -c '^dn:' <<< "$(ldapsearch -x -LLL -H "$LDAPI_URI" -D "uid=andreas,ou=People,$BASE_DN" -w andreas-password -b "$BASE_DN" 2>&1)"
want "dn:uid=andreas,*" ldapwhoami -x -H "$LDAPI_URI" -D "uid=andreas,ou=People,$BASE_DN" -w andreas-password

echo "== what it is for, it can"
want "*adding*" add WM-1 "$SALES_DN" "enrolldMark: m2" "enrolldEnrollment: E-2" "serialNumber: 7" "description: d"
want "modifying*" modify "cn=WM-1,$SALES_DN" "delete: enrolldMark" "enrolldMark: m2" "-" "add: enrolldMark" "enrolldMark: m3"
want "*No such attribute (16)*" modify "cn=WM-1,$SALES_DN" "delete: enrolldMark" "enrolldMark: m2"
want "modifying*" modify "cn=WM-1,$SALES_DN" "replace: enrolldState" "enrolldState: disabled"
want "modifying*" modify "cn=WM-1,$SALES_DN" "replace: enrolldEnrollment" "enrolldEnrollment: E-3"
# OpenLDAP has one right for an attribute of a new entry and one more value of an old one. So a second name goes too, and a
# rename that keeps the first: less than to delete and add, which it may.
want "modifying*" modify "cn=WM-1,$SALES_DN" "add: cn" "cn: WM-2"
want "" agent ldapmodrdn "cn=WM-1,$SALES_DN" cn=WM-2
want "" agent ldapdelete "cn=WM-2,$SALES_DN"

echo "== and without its rights, each call says so"
want "ok" tool preflight name=WM-1 ou="$SALES_DN" mark=m enrollment=E-1
ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > /dev/null <<< "dn: olcDatabase={1}mdb,cn=config
changetype: modify
delete: olcAccess
olcAccess: {4}
-
add: olcAccess
olcAccess: {4}to dn.subtree=\"$DEVICES_DN\" attrs=children by * none"
want "ENR-602 create-denied: *Insufficient access (50)*" tool preflight name=WM-1 ou="$SALES_DN" mark=m enrollment=E-1
want "ENR-602 create-denied: *Insufficient access (50)*" tool create name=WM-1 ou="$SALES_DN" mark=m enrollment=E-1
want "no" tool look name=WM-1 ou="$SALES_DN" mark=m
ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > /dev/null <<< "dn: olcDatabase={1}mdb,cn=config
changetype: modify
replace: olcAccess
olcAccess: {0}to attrs=userPassword by anonymous auth by * none
olcAccess: {1}to * by * none"
want "ENR-602 create-denied: *" tool create name=WM-1 ou="$SALES_DN" mark=m enrollment=E-1
want "ENR-311 ou-not-found: *" tool ou text="$SALES_DN"
want "unknown ENR-324 *" tool look name=WM-OLD ou="$SALES_DN" mark=m1
want "ENR-612 preflight-unknown: *" tool preflight name=WM-1 ou="$SALES_DN" mark=m enrollment=E-1
verdict
