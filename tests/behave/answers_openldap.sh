#!/bin/bash
# Yes, no and could-not-find-out are three answers (docs/DIRECTORY.md section 6), with all the ways OpenLDAP has to say them. Each is
# looked at twice: as agent/join gets it, and as the device and the admin hear of it. Where slapd gives an answer only in
# a state that cannot be had on demand (busy, shutting down), its own overlay retcode gives it.
set -uo pipefail
. tests/behave/answers.sh
natdev_begin http_lines="failure-limit = 1000"
agent_stop
sed -i 's/^\[directory\]$/[directory]\nldap-timeout = 2s/' "$AGENT_CONF"
agent_start "$d/agent" || exit 1
TOOL=(uri="$LDAPS_URI" ca="$CA_FILE" dn="$AGENT_DN" pw="$AGENT_PW_FILE" allow="$DEVICES_DN" timeout=2)
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$d/a.key" 2> /dev/null
db='dn: olcDatabase={1}mdb,cn=config'
config() { ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > "$d/ldap.log" 2>&1 || { cat "$d/ldap.log"; wrong "change of slapd"; }; }
change() { printf '%s\nchangetype: modify\n%s\n' "$1" "$2" | config; }
module() { change "dn: cn=module{0},cn=config" "add: olcModuleLoad
olcModuleLoad: $1.so"; }
# create_is WHAT PATTERN NAME [OU]
create_is() { local what=$1 pattern=$2 name=$3; answers "$what" "$pattern" create name="$name" ou="${4:-$SALES_DN}" mark=m enrollment=E-4H2X-8RNP fqdn="$name.contoso.test"; }

echo "== a device that is there, so that the checks before the add have something to see"
create_is "an add" "ok dn=cn=WM-0,*" WM-0

echo "== read-only (53): no"
change "$db" "replace: olcReadOnly
olcReadOnly: TRUE"
create_is "read-only" "ENR-610 directory-refused: *(53)*restricted*" WM-1
is 1 ctl device add WM-1 --identity "$IDENTITY" --password-out "$d/WM-1.pw"
says ENR-610 'restricted'
change "$db" "replace: olcReadOnly
olcReadOnly: FALSE"
expected "$d/WM-1.list" WM-1
change "$db" "replace: olcReadOnly
olcReadOnly: TRUE"
hears WM-1 "read-only" ENR-610 503 'operation restricted' '\(53\)' 'ldaps://'
change "$db" "replace: olcReadOnly
olcReadOnly: FALSE"
enrolls WM-1 "read-only no more"

echo "== no right (50), the name is taken (68), the OU is gone (32): no"
create_is "exists" "ENR-312 name-taken: *(68)*" WM-0
create_is "no right" "ENR-313 ou-not-allowed: *" WM-2 "ou=Servers,$BASE_DN"
expected "$d/WM-2.list" WM-2
change "$db" "add: olcAccess
olcAccess: {0}to dn.base=\"$DEVICES_DN\" attrs=children by * none"
create_is "no right" "ENR-602 create-denied: *(50)*" WM-2 "$DEVICES_DN"
hears WM-2 "no right" ENR-602 503 'Insufficient access' '\(50\)' 'Managed Devices'
change "$db" "delete: olcAccess
olcAccess: {0}"
enrolls WM-2 "the right is given"
create_is "no such parent" "ENR-324 ou-changed: *(32)*" WM-3 "ou=No,$DEVICES_DN"

echo "== the schema (17, 21, 65): no"
answers "an attribute that cannot hold it" "ENR-605 directory-schema: *(21)*" create name=WM-4 ou="$SALES_DN" mark=m enrollment=E owner=nobody

echo "== a constraint (19): no"
module unique
config <<- END
dn: olcOverlay=unique,olcDatabase={1}mdb,cn=config
changetype: add
objectClass: olcOverlayConfig
objectClass: olcUniqueConfig
olcOverlay: unique
olcUniqueURI: ldap:///${DEVICES_DN// /%20}?description?sub
END
admin ldapmodify > /dev/null <<< "dn: cn=WM-0,$SALES_DN
changetype: modify
add: description
description: the same"
answers "unique" "ENR-606 directory-constraint: *(19)*unique*" create name=WM-5 ou="$SALES_DN" mark=m enrollment=E description="the same"
rm -f "$d/WM-5.pw"
pre WM-5 --description other
admin ldapmodify > /dev/null <<< "dn: cn=WM-0,$SALES_DN
changetype: modify
replace: description
description: other"
echo "WM-5 $(cat "$d/WM-5.pw")" > "$d/WM-5.list"
hears WM-5 "unique" ENR-606 503 'Constraint violation' '\(19\)' 'unique'
admin ldapmodify > /dev/null <<< "dn: cn=WM-0,$SALES_DN
changetype: modify
delete: description"
enrolls WM-5 "unique again"

echo "== another server (10): no, and nobody follows it"
expected "$d/WM-6.list" WM-6
admin ldapadd -M > /dev/null <<< "dn: ou=Far,$DEVICES_DN
objectClass: referral
objectClass: extensibleObject
ou: Far
ref: ldap://elsewhere.contoso.test/ou=Far,$DEVICES_DN"
answers "a name that may be there" "ENR-609 directory-referral: *another server*" free name=WM-6 ou="$SALES_DN"
hears WM-6 "a part lies elsewhere" ENR-609 503 'another server'
admin ldapdelete -M "ou=Far,$DEVICES_DN"
enrolls WM-6 "all in one place"

echo "== a copy that is not for writing (10): no"
expected "$d/WM-9.list" WM-9
change "$db" "add: olcSyncrepl
olcSyncrepl: rid=009 provider=ldap://127.0.0.1:1 bindmethod=simple searchbase=\"$BASE_DN\" type=refreshOnly interval=01:00:00:00
-
add: olcUpdateRef
olcUpdateRef: ldap://main.contoso.test"
create_is "a copy" "ENR-609 directory-referral: *(10)*" WM-9
hears WM-9 "a copy" ENR-609 503 'Referral' '\(10\)' 'may be written'
change "$db" "delete: olcUpdateRef
-
delete: olcSyncrepl"
enrolls WM-9 "the main server"

echo "== a limit (11): could not find out"
expected "$d/WM-7.list" WM-7
for i in 1 2 3; do create_is "one more" "ok *" "FILL-$i"; done
change "$db" "delete: olcDbIndex
olcDbIndex: enrolldEnrollment,enrolldFqdn eq
-
add: olcLimits
olcLimits: dn.exact=\"$AGENT_DN\" size.unchecked=1"
answers "an administrative limit" "ENR-603 directory-busy: *(11)*" free name=WM-7 ou="$SALES_DN"
hears WM-7 "an administrative limit" ENR-603 503 '\(11\)' 'limit'
change "$db" "delete: olcLimits
-
add: olcDbIndex
olcDbIndex: enrolldEnrollment,enrolldFqdn eq"
enrolls WM-7 "no limit"

echo "== what slapd says when it is busy, going down or broken: each read, check and add by itself"
module retcode
config <<- END
dn: olcOverlay=retcode,olcDatabase={1}mdb,cn=config
changetype: add
objectClass: olcOverlayConfig
objectClass: olcRetcodeConfig
olcOverlay: retcode
olcRetcodeParent: $SALES_DN
olcRetcodeItem: "cn=R51" 0x33 op=add text="too busy"
olcRetcodeItem: "cn=R52" 0x34 op=add text="going down"
olcRetcodeItem: "cn=R53" 0x35 op=add text="not willing"
olcRetcodeItem: "cn=R3" 0x03 op=add text="time limit"
olcRetcodeItem: "cn=R11" 0x0b op=add text="admin limit"
olcRetcodeItem: "cn=R80" 0x50 op=add text="broken"
olcRetcodeItem: "cn=R1" 0x01 op=add text="broken"
olcRetcodeItem: "cn=R8" 0x08 op=add text="stronger"
olcRetcodeItem: "cn=R13" 0x0d op=add text="confidential"
olcRetcodeItem: "cn=R64" 0x40 op=add text="naming"
olcRetcodeItem: "cn=R65" 0x41 op=add text="class"
olcRetcodeItem: "ou=S51" 0x33 op=search text="too busy"
olcRetcodeItem: "ou=S52" 0x34 op=search text="going down"
olcRetcodeItem: "ou=S4" 0x04 op=search text="size limit"
olcRetcodeItem: "ou=S3" 0x03 op=search text="time limit"
olcRetcodeItem: "ou=S80" 0x50 op=search text="broken"
olcRetcodeItem: "ou=S50" 0x32 op=search text="no right"
olcRetcodeItem: "ou=S53" 0x35 op=search text="not willing"
END
while read -r number code; do
	create_is "an add, $number" "$code *($number)*" "R$number"
done << END
51 ENR-603
52 ENR-603
3 ENR-603
11 ENR-603
53 ENR-610
80 ENR-607
1 ENR-607
8 ENR-611
13 ENR-611
64 ENR-605
65 ENR-605
END
while read -r number code; do
	answers "a read, $number" "$code *($number)*" ou text="ou=S$number,$SALES_DN"
done << END
51 ENR-603
52 ENR-603
4 ENR-603
3 ENR-603
80 ENR-603
50 ENR-610
53 ENR-610
END

echo "== it hangs: could not find out; then it is gone, and back"
expected "$d/WM-8.list" WM-8
freeze "$SLAPD_PID"
answers "no answer" "ENR-601 directory-unreachable: *" free name=WM-8 ou="$SALES_DN"
nat list="$d/WM-8.list" key="$d/a.key"
tally "1 ENR-601"
[ "$(record WM-8 state)" = pending ] || wrong "WM-8 is $(record WM-8 state)"
kill -CONT "$SLAPD_PID"
enrolls WM-8 "it answers again"
error_end
