# shellcheck shell=bash
# Every call of agent/join against a real slapd: what is found, what is made, what is taken back.
. tests/behave/slapd.sh
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'slapd_stop "$t/a"; rm -rf "$t"' EXIT
slapd_start "$t/a" || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$t/key" -outform DER \
	-out "$t/cert.der" -subj "/O=Contoso/CN=WM-1/serialNumber=E-4H2X-8RNP" 2> /dev/null

guid_of() { sed -n 's/.*guid=\([0-9a-f-]*\).*/\1/p' <<< "$got"; }
count() { admin ldapsearch -LLL -b "$DEVICES_DN" "(objectClass=$1)" 1.1 | grep -c '^dn:'; }

echo "== who we are"
want "ok server=$LDAPS_URI identity=dn:$AGENT_DN vendor=OpenLDAP" tool health

echo "== an OU in every spelling"
want "ok dn=$SALES_DN guid=* suffix=contoso.test" tool ou text="$SALES_DN"
sales=$(guid_of)
want "ok dn=$SALES_DN guid=$sales *" tool ou text="OU=sales , ou=MANAGED  devices, DC=contoso,dc=\\54est"
want "ok dn=$SALES_DN guid=$sales *" tool ou text="contoso.test/Managed Devices/Sales"
want "ok dn=$SALES_DN guid=$sales *" tool ou text="$sales"
want "ok dn=$DEVICES_DN guid=* *" tool ou text="contoso.test/managed devices"
want "ok dn=$SALES_DN *" tool ou-guid guid="$sales"
want "ENR-311 ou-not-found: *" tool ou text="ou=Nowhere,$DEVICES_DN"
want "ENR-311 ou-not-found: *" tool ou text="contoso.test/Managed Devices/Nowhere"
want "ENR-311 ou-not-found: *" tool ou text="00000000-0000-0000-0000-000000000000"
want "ENR-311 ou-not-found: *neither*" tool ou text="what is this"
want "ENR-313 ou-not-allowed: *" tool ou text="ou=Servers,$BASE_DN"
want "ENR-313 ou-not-allowed: *" tool ou text="ou=x\\,$DEVICES_DN"
want "ENR-313 ou-not-allowed: *" tool ou text="$BASE_DN"
want "ENR-324 ou-changed: *" tool ou-guid guid="00000000-0000-0000-0000-000000000000"

echo "== an owner"
want "ok dn=uid=andreas,ou=People,$BASE_DN" tool owner text=andreas@contoso.test
want "ok dn=uid=andreas,ou=People,$BASE_DN" tool owner text=Andreas
want "ok dn=uid=andreas,ou=People,$BASE_DN" tool owner text="UID=andreas, OU=people,$BASE_DN"
want "ENR-315 owner-not-found: *" tool owner text=nobody@contoso.test
want "ENR-315 owner-not-found: *" tool owner text="uid=nobody,ou=People,$BASE_DN"
want "ENR-315 owner-not-found: *" tool owner text="$AGENT_DN"
admin ldapmodify > /dev/null <<< "dn: uid=birgit,ou=People,$BASE_DN
changetype: modify
add: mail
mail: andreas@contoso.test"
want "ENR-315 owner-not-found: *more than one*" tool owner text=andreas@contoso.test

echo "== the check before an add, in a directory that never saw a device, changes nothing"
object=(name=WM-1 ou="$SALES_DN" fqdn=wm-1.contoso.test enrollment=E-4H2X-8RNP mark=1:r1:1:aa
	owner="uid=andreas,ou=People,$BASE_DN" serial=SN-1 description='Sales, "front"' cert="$t/cert.der")
want "ok" tool free name=WM-1 ou="$SALES_DN"
want "ok" tool preflight "${object[@]}"
want "ok" tool preflight "${object[@]}"
want "0" count device

echo "== made, and whole"
want "ok dn=cn=WM-1,$SALES_DN guid=* server=$LDAPS_URI" tool create "${object[@]}"
guid=$(guid_of)
admin ldapsearch -LLL -o ldif-wrap=no -b "cn=WM-1,$SALES_DN" > "$t/ldif"
for line in "objectClass: device" "objectClass: enrolldDevice" "objectClass: pkiUser" "cn: WM-1" "serialNumber: SN-1" \
	"owner: uid=andreas,ou=People,$BASE_DN" 'description: Sales, "front"' "enrolldEnrollment: E-4H2X-8RNP" \
	"enrolldMark: 1:r1:1:aa" "enrolldState: enabled" "enrolldFqdn: wm-1.contoso.test" \
	"userCertificate;binary:: $(base64 -w0 "$t/cert.der")"; do
	want "1" grep -cxF -- "$line" "$t/ldif"
done
want "ENR-312 name-taken: *cn=WM-1,$SALES_DN*" tool create "${object[@]}"
want "ENR-312 name-taken: *" tool preflight "${object[@]}"
want "ENR-312 name-taken: *" tool free name=wm-1 ou="$SALES_DN"
want "ENR-312 name-taken: *" tool free name=WM-1 ou="$DEVICES_DN"
want "ok" tool preflight name=WM-2 "${object[@]}"
want "ok" tool free name=WM-2 ou="$SALES_DN"
want "1" count device

echo "== the checks left the database readable, also after a restart"
slapd_stop "$t/a"; slapd_again "$t/a"
want "1" count enrolldDevice

echo "== looked for"
want "yes dn=cn=WM-1,$SALES_DN guid=$guid server=$LDAPS_URI" tool look "${object[@]}" server="$LDAPS_URI"
want "no" tool look name=WM-1 ou="$SALES_DN" mark=1:r1:2:bb
want "no" tool look name=WM-2 ou="$SALES_DN" mark=1:r1:1:aa
want "no" tool look name=WM-2 ou="ou=Gone,$SALES_DN" mark=1:r1:1:aa
want "unknown ENR-601 *" tool look "${object[@]}" server=ldaps://elsewhere.contoso.test

echo "== read, switched"
want "ok dn=cn=WM-1,$SALES_DN enrollment=E-4H2X-8RNP mark=1:r1:1:aa state=enabled groups=0 children=0" tool read guid="$guid"
want "ok" tool state guid="$guid" state=disabled
want "* state=disabled *" tool read guid="$guid"
want "ENR-613 directory-gone: *" tool read guid=00000000-0000-0000-0000-000000000000
want "ENR-613 directory-gone: *" tool read guid='*'

echo "== taken back: only with our mark, by GUID even when moved, twice is once"
want "ENR-316 not-ours: *1:r1:1:aa*" tool undo guid="$guid" mark=1:r1:9:zz
want "1" count enrolldDevice
admin ldapmodrdn -r -s "$DEVICES_DN" "cn=WM-1,$SALES_DN" cn=WM-9
want "ok" tool undo guid="$guid" mark=1:r1:1:aa
want "0" count enrolldDevice
want "ok" tool undo guid="$guid" mark=1:r1:1:aa

echo "== an undo that was interrupted between the swap and the delete goes on"
want "ok *" tool create "${object[@]}"
guid=$(guid_of)
admin ldapmodify > /dev/null <<< "dn: cn=WM-1,$SALES_DN
changetype: modify
replace: enrolldMark
enrolldMark: 1:r1:1:aa:undo"
want "ok" tool undo guid="$guid" mark=1:r1:1:aa
want "0" count enrolldDevice

echo "== what lies on another server is not a no"
admin ldapadd -M > /dev/null <<< "dn: ou=Elsewhere,$DEVICES_DN
objectClass: referral
objectClass: extensibleObject
ou: Elsewhere
ref: ldap://elsewhere.contoso.test/ou=Elsewhere,$DEVICES_DN"
want "ok dn=$SALES_DN *" tool ou text="$sales"
want "ENR-609 directory-referral: *" tool read guid=00000000-0000-0000-0000-000000000000
want "ENR-609 directory-referral: *" tool ou text="ou=x,ou=Elsewhere,$DEVICES_DN"
want "ENR-60[29] *" tool create name=WM-3 ou="ou=Elsewhere,$DEVICES_DN" mark=m enrollment=e
want "ENR-609 directory-referral: *" tool free name=WM-3 ou="$SALES_DN"
admin ldapdelete -M "ou=Elsewhere,$DEVICES_DN"

echo "== an OU that is gone"
want "ENR-324 ou-changed: *" tool create ou="ou=Gone,$DEVICES_DN" "${object[@]}"
want "ENR-324 ou-changed: *" tool create name=WM-3 ou="ou=Gone,$DEVICES_DN" mark=m enrollment=e
want "ENR-313 ou-not-allowed: *" tool create name=WM-3 ou="ou=Servers,$BASE_DN" mark=m enrollment=e
want "0" count device
verdict
