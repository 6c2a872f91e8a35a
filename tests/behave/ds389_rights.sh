# shellcheck shell=bash
# With the rights of schema/389ds/aci.ldif the agent's account can do its work, and nothing else.
. tests/behave/ds389.sh
shopt -s nocasematch
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'ds389_stop; rm -rf "$t"' EXIT
ds389_start "$t/a" || exit 1
TOOL=(flavour=389ds uri="$DS389_LDAPS_URI" ca="$DS389_CA" dn="$DS389_AGENT_DN" pw="$DS389_AGENT_PW_FILE"
	allow="$DS389_DEVICES_DN" base="$DS389_BASE")
sales=$DS389_SALES_DN denied='*Insufficient access (50)*'

device()	# device NAME OU [LINE…]
{
	printf 'dn: cn=%s,%s\nobjectClass: device\nobjectClass: enrolldDevice\ncn: %s\nnsAccountLock: false\n' "$1" "$2" "$1"
	shift 2
	[ $# = 0 ] || printf '%s\n' "$@"
}
change() { printf 'dn: %s\nchangetype: modify\n' "$1"; shift; printf '%s\n' "$@"; }
add() { device "$@" | ds389_agent ldapadd; }
modify() { change "$@" | ds389_agent ldapmodify; }
dump() { ds389_admin ldapsearch -LLL -o ldif-wrap=no -b "$BASE_DN" '*' aci nsAccountLock nsRoleDN; }

device WM-OLD "$sales" "serialNumber: 1" "owner: uid=andreas,ou=People,$BASE_DN" "enrolldEnrollment: E-1" \
	"enrolldMark: 1:E-4H2X-8RNP:1:aa" "description: d" "enrolldFqdn: wm-old.contoso.test" | ds389_admin ldapadd > /dev/null
device STRAY "ou=Servers,$BASE_DN" | ds389_admin ldapadd > /dev/null
printf 'dn: cn=printer,%s\nobjectClass: device\ncn: printer\n' "$sales" | ds389_admin ldapadd > /dev/null
dump > "$t/before"

echo "== elsewhere it makes nothing"
for ou in "ou=Servers,$BASE_DN" "ou=People,$BASE_DN" "ou=Services,$BASE_DN" "$BASE_DN"; do want "$denied" add WM-1 "$ou"; done
echo "== in its OUs it makes devices, and those only of what they are made of"
want "$denied" ds389_agent ldapadd <<< "dn: ou=New,$DEVICES_DN
objectClass: organizationalUnit
ou: New"
want "$denied" ds389_agent ldapadd <<< "dn: cn=x,$sales
objectClass: device
cn: x"
want "$denied" ds389_agent ldapadd <<< "dn: uid=x,$sales
objectClass: inetOrgPerson
objectClass: enrolldDevice
uid: x
cn: x
sn: x"
want "$denied" add WM-1 "$sales" "objectClass: simpleSecurityObject" "userPassword: x"
want "$denied" add WM-1 "$sales" "userPassword: x"
want "$denied" add WM-1 "$sales" "objectClass: uidObject" "uid: root"
want "$denied" add WM-1 "$sales" 'aci: (targetattr="*")(version 3.0; acl "x"; allow (all) userdn="ldap:///anyone";)'
want "$denied" add WM-1 "$sales" "nsRoleDN: cn=admins,$BASE_DN"
echo "== other entries it does not change, delete, move"
for dn in "uid=andreas,ou=People,$BASE_DN" "cn=web1,ou=Servers,$BASE_DN" "cn=printer,$sales" "$AGENT_DN" "$BASE_DN" \
	"$DEVICES_DN" "$sales" "cn=STRAY,ou=Servers,$BASE_DN"; do
	want "$denied" modify "$dn" "replace: description" "description: x"
	want "$denied" modify "$dn" "replace: aci" 'aci: (targetattr="*")(version 3.0; acl "x"; allow (all) userdn="ldap:///anyone";)'
	want "*(50)*" ds389_agent ldapdelete "$dn"
done
want "$denied" modify "uid=andreas,ou=People,$BASE_DN" "replace: userPassword" "userPassword: x"
want "*(50)*" ds389_agent ldapmodrdn -r "cn=WM-OLD,$sales" cn=WM-NEW
want "*(50)*" ds389_agent ldapmodrdn -r -s "ou=Servers,$BASE_DN" "cn=WM-OLD,$sales" cn=WM-OLD
echo "== of a device it changes what enrollment changes"
for attr in cn serialNumber description enrolldFqdn objectClass; do want "*(50)*" modify "cn=WM-OLD,$sales" "delete: $attr"; done
for line in "seeAlso: $BASE_DN" "userPassword: x" "nsRoleDN: cn=admins,$BASE_DN" "l: x" \
	'aci: (targetattr="*")(version 3.0; acl "x"; allow (all) userdn="ldap:///anyone";)'; do
	want "$denied" modify "cn=WM-OLD,$sales" "add: ${line%%:*}" "$line"
done
want "*(50)*" ds389_agent ldapmodify <<< "dn: cn=config
changetype: modify
replace: nsslapd-readonly
nsslapd-readonly: on"
dump > "$t/after"
want "" diff "$t/before" "$t/after"

echo "== it reads no more than it needs"
ds389_agent ldapsearch -LLL -o ldif-wrap=no -b "$BASE_DN" '*' '+' > "$t/seen"
want "0" grep -c "userPassword\|^sn:\|ou=Servers\|^cn: Andreas\|^aci" "$t/seen"
want "1" grep -c "^mail: andreas@contoso.test" "$t/seen"
echo "== a stranger reads nothing"
want "0" grep -c "^dn: .*ou=" <<< "$(ldapsearch -x -LLL -H "$DS389_LDAPI_URI" -b "$BASE_DN" 2>&1)"

echo "== what it is for, it can"
want "*adding*" add WM-1 "$sales" "objectClass: pkiUser" "enrolldMark: m2" "enrolldEnrollment: E-2" "serialNumber: 7" "description: d"
want "modifying*" modify "cn=WM-1,$sales" "delete: enrolldMark" "enrolldMark: m2" "-" "add: enrolldMark" "enrolldMark: m3"
want "*No such attribute (16)*" modify "cn=WM-1,$sales" "delete: enrolldMark" "enrolldMark: m2"
want "modifying*" modify "cn=WM-1,$sales" "replace: nsAccountLock" "nsAccountLock: true"
want "" ds389_agent ldapdelete "cn=WM-1,$sales"

echo "== and without a right, the check before the add says so, and the add too"
object=(name=WM-1 ou="$sales" mark=1:E-4H2X-8RNP:1:aa enrollment=E-1)
want "ok" tool preflight "${object[@]}"
# without NAME: all that aci.ldif gives, but for the rule of that name
without()
{
	{
		printf 'dn: %s\nchangetype: modify\nreplace: aci\n' "$DEVICES_DN"
		sed -n '/^dn: ou=Managed/,/^$/{/^aci:/,/^$/p}' schema/389ds/aci.ldif | awk -v name="$1" '
			/^aci:/ { if (text && !index(text, "\"" name "\"")) printf "%s", text; text = "" } NF { text = text $0 "\n" }
			END { if (!index(text, "\"" name "\"")) printf "%s", text }'
	} | ds389_admin ldapmodify > /dev/null
}
without "enrolld adds devices"
want "ENR-602 create-denied: *(add)*" tool preflight "${object[@]}"
want "ENR-602 create-denied: *" tool create "${object[@]}"
without "enrolld changes devices"
want "ENR-602 create-denied: *enrolldEnrollment*" tool preflight "${object[@]}"
without "nothing"
want "ok" tool preflight "${object[@]}"
ds389_admin ldapmodify > /dev/null <<< "dn: $DEVICES_DN
changetype: modify
delete: aci"
want "ENR-602 create-denied: *read: names and OUs*" tool preflight "${object[@]}"
want "ENR-311 ou-not-found: *" tool ou text="$sales"
want "unknown ENR-324 *" tool look name=WM-OLD ou="$sales" mark=m1
verdict
