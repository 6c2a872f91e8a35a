#!/bin/bash
# Yes, no and could-not-find-out are three answers (docs/DIRECTORY.md section 6), with the ways a Samba domain controller has to say them.
# Each is looked at as agent/join gets it, and some as the device and the admin hear of it.
set -uo pipefail
. tests/behave/samba.sh
samba_world "$@"
. tests/behave/answers.sh
chmod 755 "$d"
samba_start "$d/ad" nosync=yes && samba_delegate || exit 1
agent_make "$d/agent" flavour=ad http_lines="failure-limit = 1000" directory_lines="ldap-timeout = 3s" || exit 1
agent_start "$d/agent" || exit 1
natdev_use
sales=$SAMBA_SALES_DN
TOOL=(flavour=ad uri="$SAMBA_LDAPS_URI" ca="$SAMBA_CA" dn="$SAMBA_AGENT_UPN" pw="$SAMBA_AGENT_PW_FILE"
	allow="$SAMBA_DEVICES_DN" allow="$SAMBA_SERVERS_DN" allow="OU=Far,DC=elsewhere,DC=test" suffix="$SAMBA_DNS" timeout=3)
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$d/a.key" 2> /dev/null
objects() { samba_search "(&(objectClass=computer)(cn=$1))" 1.1 2> /dev/null | grep -c '^dn:' || :; }
# create_is WHAT PATTERN NAME OU [WORD…]
create_is()
{
	local what=$1 pattern=$2 name=$3 ou=$4
	shift 4
	answers "$what" "$pattern" create name="$name" ou="$ou" mark=1:E-4H2X-8RNP:1:aa enrollment=E-4H2X-8RNP \
		"$@" fqdn="$name.$SAMBA_DNS" password=Geheim-1234567890 # the first of a kind counts
}

echo "== yes"
create_is "an add" "ok dn=CN=WM-0,*" WM-0 "$sales"

echo "== a definite no: taken (68), no right (50), no parent (32), a constraint (19), the syntax (34)"
create_is "the same DN" "ENR-312 name-taken: *(68)*" WM-0 "$sales"
samba_modify - > /dev/null <<< "dn: CN=account,$SAMBA_SERVERS_DN
changetype: add
objectClass: computer
sAMAccountName: WM-ACC\$"
create_is "the same account elsewhere" "ENR-312 name-taken: *(68)*" WM-ACC "$sales"
create_is "no right" "ENR-602 create-denied: *(50)*" WM-1 "$SAMBA_SERVERS_DN"
create_is "no parent" "ENR-324 ou-changed: *(32)*" WM-1 "OU=Gone,$SAMBA_DEVICES_DN"
samba_modify - > /dev/null <<< "dn: CN=other,$SAMBA_SERVERS_DN
changetype: add
objectClass: computer
sAMAccountName: OTHER\$
servicePrincipalName: HOST/wm-spn"
create_is "another's SPN" "ENR-312 name-taken: *(19)*" WM-SPN "$sales"
create_is "an owner that is no DN" "ENR-610 directory-refused: *(34)*" WM-1 "$sales" owner=nobody
create_is "an owner who is nobody" "ENR-606 directory-constraint: *(19)*" WM-1 "$sales" owner="CN=nobody,$SAMBA_PEOPLE_DN"
answers "another domain" "ENR-311 ou-not-found: *(32)*" ou text=OU=Far,DC=elsewhere,DC=test
[ "$(objects WM-1)" = 0 ] || wrong "something was made"

# rights read|write: the descriptor of the OU, kept and put back.
rights()
{
	samba_ldb '
what, file, dn = sys.argv[1:]
name = "nTSecurityDescriptor"
if what == "read":
    open(file, "wb").write(bytes(sam.search(dn, scope=ldb.SCOPE_BASE, attrs=[name])[0][name][0]))
else:
    m = ldb.Message(ldb.Dn(sam, dn))
    m[name] = ldb.MessageElement(open(file, "rb").read(), ldb.FLAG_MOD_REPLACE, name)
    sam.modify(m)
' "$1" "$d/descriptor" "$SAMBA_DEVICES_DN" || wrong "the rights of the OU: $1"
}

echo "== the right is taken away between the order and the device"
expected "$d/WM-2.list" WM-2
rights read
deny="(D;;CC;;;$SAMBA_AGENT_SID)"
samba_tool dsacl set --objectdn="$SAMBA_DEVICES_DN" --sddl="$deny" > "$d/dsacl" 2>&1 || wrong "$(cat "$d/dsacl")"
hears WM-2 "no right" ENR-602 503 'create' 'Managed Devices'
rights write
enrolls WM-2 "the right is back"

echo "== somebody takes the account name in the meantime"
expected "$d/WM-3.list" WM-3
samba_modify - > /dev/null <<< "dn: CN=printer,$SAMBA_SERVERS_DN
changetype: add
objectClass: computer
sAMAccountName: WM-3\$"
hears WM-3 "the account is taken" ENR-312 409 'CN=printer'
samba_modify - > /dev/null <<< "dn: CN=printer,$SAMBA_SERVERS_DN
changetype: delete"
enrolls WM-3 "it is free again"

echo "== the agent's account: a wrong password (49): no"
printf 'wrong' > "$d/wrong.pw"
chmod 600 "$d/wrong.pw"
TOOL[4]=pw=$d/wrong.pw
answers "a wrong password" "ENR-604 directory-credentials: *(49)*" health
TOOL[4]=pw=$SAMBA_AGENT_PW_FILE
expected "$d/WM-4.list" WM-4

echo "== it hangs, it is gone: could not find out"
# stop_all STOP|CONT: every process of the controller; nobody else's is seen in here.
stop_all()
{
	local p
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/exe")" != "$(command -v samba)" ] || kill "-$1" "${p#/proc/}"
	done
}
stop_all STOP
answers "no answer to a read" "ENR-601 directory-unreachable: *" free name=WM-4 ou="$sales"
nat list="$d/WM-4.list" key="$d/a.key"
tally "1 ENR-601"
[ "$(record WM-4 state)" = pending ] || wrong "WM-4 is $(record WM-4 state)"
stop_all CONT
enrolls WM-4 "it answers again"
samba_stop
answers "nobody there" "ENR-601 directory-unreachable: *" health
agent_stop
error_end
