# shellcheck shell=bash
# Every call of agent/join against a real 389 Directory Server: what is found, what is made, what is taken back.
. tests/behave/ds389.sh
shopt -s nocasematch # DNs come back as they were written, or in lower case
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'ds389_stop; rm -rf "$t"' EXIT
ds389_start "$t/a" || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$t/key" -outform DER \
	-out "$t/cert.der" -subj "/O=Contoso/CN=WM-1/serialNumber=E-4H2X-8RNP" 2> /dev/null
TOOL=(flavour=389ds uri="$DS389_LDAPS_URI" ca="$DS389_CA" dn="$DS389_AGENT_DN" pw="$DS389_AGENT_PW_FILE"
	allow="$DS389_DEVICES_DN" base="$DS389_BASE")
sales=$DS389_SALES_DN

of() { sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<< "$got"; }
count() { ds389_admin ldapsearch -LLL -b "$DS389_DEVICES_DN" "(objectClass=$1)" 1.1 | grep -c '^dn:'; }
nowhere=00000000-00000000-00000000-00000000

echo "== who we are, where"
want "ok server=$DS389_LDAPS_URI identity=dn:$AGENT_DN vendor=389 Project*" tool health
want "ok dns=contoso.test realm=- netbios=- controller=localhost" tool domain
want "ok dn=uid=andreas,ou=People,$BASE_DN" tool owner text=andreas@contoso.test
want "ENR-315 owner-not-found: *" tool owner text=nobody@contoso.test

echo "== the check before an add"
object=(name=WM-1 ou="$sales" fqdn=wm-1.contoso.test enrollment=E-4H2X-8RNP mark=1:E-4H2X-8RNP:1:aa
	owner="uid=andreas,ou=People,$BASE_DN" serial=SN-1 description='Sales, "front"' cert="$t/cert.der")
want "ok" tool free name=WM-1 ou="$sales"
want "ok" tool preflight "${object[@]}"
want "ENR-324 ou-changed: *" tool preflight name=WM-1 ou="ou=Gone,$DS389_DEVICES_DN"
want "0" count device

echo "== made, and whole"
want "ok dn=cn=WM-1,$sales guid=????????-????????-????????-???????? server=$DS389_LDAPS_URI" tool create "${object[@]}"
guid=$(of guid)
ds389_admin ldapsearch -LLL -o ldif-wrap=no -b "cn=WM-1,$sales" '*' nsAccountLock > "$t/ldif"
for line in "objectClass: device" "objectClass: enrolldDevice" "objectClass: pkiUser" "cn: WM-1" "serialNumber: SN-1" \
	"owner: uid=andreas,ou=People,$BASE_DN" 'description: Sales, "front"' "enrolldEnrollment: E-4H2X-8RNP" \
	"enrolldMark: 1:E-4H2X-8RNP:1:aa" "nsAccountLock: false" "enrolldFqdn: wm-1.contoso.test" \
	"userCertificate;binary:: $(base64 -w0 "$t/cert.der")"; do
	want "1" grep -cxF -- "$line" "$t/ldif"
done
want "ENR-312 name-taken: *" tool create "${object[@]}"
want "ENR-312 name-taken: *cn=WM-1,*" tool free name=wm-1 ou="$DS389_DEVICES_DN"
echo "== nor in another OU, whoever tries: names are unique"
want "ENR-312 name-taken: *" tool create name=WM-1 ou="$DS389_DEVICES_DN" mark=1:E-0000-0000:1:aa enrollment=e
want "1" count device

echo "== looked for, read, found"
want "yes dn=cn=WM-1,$sales guid=$guid *" tool look "${object[@]}" server="$DS389_LDAPS_URI"
want "no" tool look name=WM-1 ou="$sales" mark=1:E-4H2X-8RNP:2:bb
want "no" tool look name=WM-2 ou="$sales" mark=1:E-4H2X-8RNP:1:aa
want "unknown ENR-324 *" tool look name=WM-2 ou="ou=Gone,$sales" mark=m
want "ok dn=cn=WM-1,$sales enrollment=E-4H2X-8RNP mark=1:E-4H2X-8RNP:1:aa state=enabled groups=0 children=0" tool read guid="$guid"
want "ok guid=$guid" tool find-name name=wm-1
want "ENR-613 directory-gone: *" tool read guid=$nowhere

echo "== switched"
want "ok" tool state guid="$guid" state=disabled
want "* state=disabled *" tool read guid="$guid"
want "ok" tool state guid="$guid" state=enabled
want "* state=enabled *" tool read guid="$guid"

echo "== taken over: the entry stays, the mark, enrollment and certificate are new"
object=("${object[@]}" take="$guid" take-mark=1:E-4H2X-8RNP:1:aa)
new=("${object[@]/mark=1:E-4H2X-8RNP:1:aa/mark=1:E-5555-7777:1:bb}")
new=("${new[@]/take-mark=1:E-5555-7777:1:bb/take-mark=1:E-4H2X-8RNP:1:aa}")
new=("${new[@]/enrollment=E-4H2X-8RNP/enrollment=E-5555-7777}")
want "ok *" tool may-take guid="$guid"
want "ok dn=cn=WM-1,$sales guid=$guid *" tool create "${new[@]}"
want "* enrollment=E-5555-7777 mark=1:E-5555-7777:1:bb *" tool read guid="$guid"
want "ENR-316 not-ours: *" tool publish guid="$guid" name=WM-1 ou="$sales" mark=1:E-4H2X-8RNP:1:aa

echo "== taken back: only with our mark, by GUID even when moved, twice is once"
want "ENR-316 not-ours: *" tool undo guid="$guid" mark=1:E-4H2X-8RNP:1:aa
ds389_admin ldapmodrdn -r -s "$DS389_DEVICES_DN" "cn=WM-1,$sales" cn=WM-9 > /dev/null
want "1" count device
want "ok" tool undo guid="$guid" mark=1:E-5555-7777:1:bb
want "0" count device
want "ok" tool undo guid="$guid" mark=1:E-5555-7777:1:bb
verdict
