#!/bin/bash
# Yes, no and could-not-find-out are three answers (docs/DIRECTORY.md section 6), with the ways a 389 Directory Server has to say them. Each
# is looked at as agent/join gets it, and some as the device and the admin hear of it.
set -uo pipefail
. tests/behave/ds389.sh
. tests/behave/answers.sh
trap 'ds389_stop; error_clean_up' EXIT
chmod 755 "$d"
ds389_start "$d/ds" || exit 1
agent_make "$d/agent" flavour=389ds suffix=contoso.test http_lines="failure-limit = 1000" \
	directory_lines="ldap-timeout = 3s" || exit 1
agent_start "$d/agent" || exit 1
natdev_use
sales=$DS389_SALES_DN
TOOL=(flavour=389ds uri="$DS389_LDAPS_URI" ca="$DS389_CA" dn="$DS389_AGENT_DN" pw="$DS389_AGENT_PW_FILE"
	allow="$DS389_DEVICES_DN" allow="ou=Servers,$DS389_BASE" timeout=3)
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$d/a.key" 2> /dev/null
objects() { ds389_admin ldapsearch -LLL -b "$DS389_BASE" "(cn=$1)" 1.1 2> /dev/null | grep -c '^dn:' || :; }
change() { printf 'dn: %s\nchangetype: modify\n%s\n' "$1" "$2" | ds389_admin ldapmodify > "$d/ldap.log" 2>&1 || { cat "$d/ldap.log"; wrong "change of the server"; }; }
# create_is WHAT PATTERN NAME OU [WORD…]
create_is()
{
	local what=$1 pattern=$2 name=$3 ou=$4
	shift 4
	answers "$what" "$pattern" create name="$name" ou="$ou" mark=1:E-4H2X-8RNP:1:aa enrollment=E-4H2X-8RNP \
		"$@" fqdn="$name.contoso.test" # the first of a kind counts
}
backend="cn=userroot,cn=ldbm database,cn=plugins,cn=config"
tree="cn=dc\\3Dcontoso\\2Cdc\\3Dtest,cn=mapping tree,cn=config"

echo "== yes"
create_is "an add" "ok dn=cn=WM-0,*" WM-0 "$sales"

echo "== a definite no: taken (68), no right (50), no parent (50: it is not told), a constraint (19), the syntax (21)"
create_is "the same DN" "ENR-312 name-taken: *(68)*" WM-0 "$sales"
create_is "no right" "ENR-602 create-denied: *(50)*" WM-1 "ou=Servers,$DS389_BASE"
create_is "no parent" "ENR-602 create-denied: *(50)*" WM-1 "ou=Gone,$DS389_DEVICES_DN"
create_is "a name that is another's" "ENR-312 name-taken: *(19)*" WM-0 "$DS389_DEVICES_DN"
create_is "an owner that is no DN" "ENR-605 directory-schema: *(21)*" WM-1 "$sales" owner=nobody
[ "$(objects WM-1)" = 0 ] || wrong "something was made"

echo "== read-only (53): no"
expected "$d/WM-2.list" WM-2
change "$backend" "replace: nsslapd-readonly
nsslapd-readonly: on"
create_is "read-only" "ENR-610 directory-refused: *(53)*" WM-2 "$sales"
# Asked for rights, such a server shows none: the check before the add says so.
hears WM-2 "read-only" ENR-602 503 'Managed Devices'
change "$backend" "replace: nsslapd-readonly
nsslapd-readonly: off"
enrolls WM-2 "read-only no more"

echo "== a copy that is not for writing (10): no"
expected "$d/WM-3.list" WM-3
change "$tree" "replace: nsslapd-referral
nsslapd-referral: ldap://main.contoso.test"
change "$tree" "replace: nsslapd-state
nsslapd-state: referral on update"
create_is "a copy" "ENR-609 directory-referral: *(10)*" WM-3 "$sales"
hears WM-3 "a copy" ENR-609 503 '\(10\)'
change "$tree" "replace: nsslapd-state
nsslapd-state: backend
-
delete: nsslapd-referral"
enrolls WM-3 "the main server"

echo "== the part of the tree is switched off: could not find out"
expected "$d/WM-4.list" WM-4
change "$tree" "replace: nsslapd-state
nsslapd-state: disabled"
answers "switched off" "ENR-60[13] *" free name=WM-4 ou="$sales"
nat list="$d/WM-4.list" key="$d/a.key"
tally "1 ENR-60[13]"
[ "$(record WM-4 state)" = pending ] || wrong "WM-4 is $(record WM-4 state)"
change "$tree" "replace: nsslapd-state
nsslapd-state: backend"

echo "== a limit: could not find out"
change "cn=config,cn=ldbm database,cn=plugins,cn=config" "replace: nsslapd-lookthroughlimit
nsslapd-lookthroughlimit: 1"
answers "an administrative limit" "ENR-603 *(11)*" owner text=andreas@contoso.test
change "cn=config,cn=ldbm database,cn=plugins,cn=config" "replace: nsslapd-lookthroughlimit
nsslapd-lookthroughlimit: 5000"

echo "== it hangs, it is gone: could not find out"
freeze "$DS389_PID"
answers "no answer" "ENR-601 directory-unreachable: *" free name=WM-4 ou="$sales"
nat list="$d/WM-4.list" key="$d/a.key"
tally "1 ENR-601"
[ "$(record WM-4 state)" = pending ] || wrong "WM-4 is $(record WM-4 state)"
kill -CONT "$DS389_PID"
enrolls WM-4 "it answers again"
ds389_stop
answers "nobody there" "ENR-601 directory-unreachable: *" health
agent_stop
error_end
