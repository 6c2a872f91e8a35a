# shellcheck shell=bash
# Every call of agent/join against a real Active Directory domain controller (Samba), with the rights that
# delegation gives: what is found, what is made, what is published, taken back, removed; and what the device's own account
# may not do.
. tests/behave/slapd.sh
. tests/behave/samba.sh
samba_world "$@"
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'samba_stop; rm -rf "$t"' EXIT
samba_start "$t/ad" nosync=yes && samba_delegate || exit 1
TOOL=(flavour=ad uri="$SAMBA_LDAPS_URI" ca="$SAMBA_CA" dn="$SAMBA_AGENT_UPN" pw="$SAMBA_AGENT_PW_FILE"
	allow="$SAMBA_DEVICES_DN" suffix="$SAMBA_DNS")
sales=$SAMBA_SALES_DN andreas=CN=andreas,$SAMBA_PEOPLE_DN wifi=CN=wifi-devices,$SAMBA_GROUPS_DN
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$t/key" -outform DER -out "$t/cert.der" \
	-subj "/O=Contoso/CN=WM-1/serialNumber=E-4H2X-8RNP" 2> /dev/null

of() { sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<< "$got"; }
show() { samba_search -s base -b "$1" '*' "${@:2}"; }
count() { samba_search -b "$SAMBA_DEVICES_DN" "(objectClass=$1)" 1.1 | grep -c '^dn:'; }
# login NAME PASSWORD: does the KDC know this machine by it?
login() { printf '%s' "$2" | KRB5CCNAME=MEMORY: kinit "$1" > /dev/null 2>&1 && echo in || echo out; }

echo "== who we are, where"
want "ok server=$SAMBA_LDAPS_URI identity=dn:$SAMBA_AGENT_DN vendor=Samba*" tool health
want "ok dns=$SAMBA_DNS realm=$SAMBA_REALM netbios=$SAMBA_DOMAIN controller=$SAMBA_HOST" tool domain

echo "== people, groups"
want "ok dn=$andreas" tool owner text=andreas@contoso.test
want "ok dn=$andreas" tool owner text=ANDREAS
want "ok dn=$andreas" tool owner text="andreas@$SAMBA_DNS"
want "ok dn=$andreas" tool owner text="cn=Andreas, ou=PEOPLE,$SAMBA_BASE"
want "ENR-315 owner-not-found: *" tool owner text=nobody@contoso.test
want "ENR-315 owner-not-found: *" tool owner text='DC1$'
want "ok dn=$wifi" tool group text=wifi-devices
want "ok dn=$wifi" tool group text="cn=WIFI-devices,$SAMBA_GROUPS_DN"
want "ENR-326 group-not-found: *" tool group text=nobodies
want "ENR-326 group-not-found: *" tool group text="$andreas"

echo "== account names: short ones as they are, long ones by their beginning and a hash"
want 'ok account=LT-0042$' tool account name=lt-0042
want 'ok account=ABCDEFGHIJKLMNO$' tool account name=abcdefghijklmno
want 'ok account=ABCDEF?????????$' tool account name=abcdefghijklmnop
long=$(of account)
want "ok account=$long" tool account name=ABCDEFGHIJKLMNOP

echo "== names in use anywhere are not given again"
samba_modify - > /dev/null <<< "dn: CN=elsewhere,$SAMBA_SERVERS_DN
changetype: add
objectClass: computer
sAMAccountName: ELSE-1\$
dNSHostName: wm-dns.$SAMBA_DNS
servicePrincipalName: HOST/else-1
servicePrincipalName: MSSQLSvc/sql-1:1433
servicePrincipalName: HTTP/web-1.$SAMBA_DNS/CONTOSO

dn: CN=person,$SAMBA_PEOPLE_DN
changetype: add
objectClass: user
sAMAccountName: WM-PERSON"
want "ok" tool free name=WM-1 ou="$sales"
want "ENR-314 name-reserved: *CN=DC1,*" tool free name=dc1 ou="$sales"
want "ENR-312 name-taken: *CN=elsewhere,*" tool free name=else-1 ou="$sales"
want "ENR-312 name-taken: *CN=elsewhere,*" tool free name=wm-dns ou="$sales"
want "ENR-312 name-taken: *CN=elsewhere,*" tool free name=sql-1 ou="$sales"
want "ENR-312 name-taken: *CN=elsewhere,*" tool free name=web-1 ou="$sales"
want "ENR-312 name-taken: *CN=person,*" tool free name=wm-person ou="$sales"
want "ok" tool free name=sql ou="$sales"
want "ok" tool free name=elsewhere ou="$sales"
want "ENR-314 name-reserved: *" tool free name=DC1 ou="$SAMBA_DEVICES_DN"

echo "== the check before an add: the right to create is there, or named"
object=(name=WM-1 ou="$sales" fqdn="wm-1.$SAMBA_DNS" enrollment=E-4H2X-8RNP mark=1:E-4H2X-8RNP:1:aa
	owner="$andreas" serial=SN-1 description='Sales, "front"' password='Geheim-äö-1' group="$wifi")
want "ok" tool preflight "${object[@]}"
want "ENR-324 ou-changed: *" tool preflight name=WM-1 ou="OU=Gone,$SAMBA_DEVICES_DN"
TOOL+=(allow="$SAMBA_SERVERS_DN")
want "ENR-602 create-denied: *create child: computer*" tool preflight name=WM-1 ou="$SAMBA_SERVERS_DN"
want "ENR-602 create-denied: *" tool create name=WM-1 ou="$SAMBA_SERVERS_DN" mark=m password=Geheim-1
unset "TOOL[-1]"
want "0" count computer

echo "== made, and whole"
want "ok dn=CN=WM-1,$sales guid=* server=$SAMBA_LDAPS_URI account=WM-1$ sid=S-1-5-21-* kvno=1" tool create "${object[@]}"
guid=$(of guid) sid=$(of sid)
show "CN=WM-1,$sales" > "$t/ldif"
for line in "objectClass: computer" "cn: WM-1" "sAMAccountName: WM-1\$" "userAccountControl: 4096" \
	"dNSHostName: wm-1.$SAMBA_DNS" "servicePrincipalName: HOST/WM-1" "servicePrincipalName: HOST/wm-1.$SAMBA_DNS" \
	"msDS-SupportedEncryptionTypes: 24" "managedBy: $andreas" 'description: Sales, "front"' \
	"adminDescription: 1:E-4H2X-8RNP:1:aa" "memberOf: $wifi" "primaryGroupID: 515"; do
	want "1" grep -cxF -- "$line" "$t/ldif"
done
want "2" grep -c "^servicePrincipalName:" "$t/ldif"
want "0" grep -c "userCertificate\|altSecurityIdentities" "$t/ldif"
want "in" login 'WM-1$' 'Geheim-äö-1'
want "*AES256*" samba_ldb 'import samba.dcerpc.drsblobs as b
r = sam.search(base, expression="(sAMAccountName=WM-1$)", attrs=["supplementalCredentials"])[0]
print("AES256" if r["supplementalCredentials"][0].find("Kerberos-Newer-Keys".encode("utf-16-le")) > 0 else "none")'
want "ENR-312 name-taken: *" tool create "${object[@]}"
want "ENR-312 name-taken: *CN=WM-1,*" tool free name=wm-1 ou="$SAMBA_DEVICES_DN"
want "1" count computer
echo "== the same by the tools of the domain"
want "$guid" samba_ldb 'print(sam.schema_format_value("objectGUID", sam.search(base,
    expression="(sAMAccountName=WM-1$)", attrs=["objectGUID"])[0]["objectGUID"][0]).decode())'
want "$sid" samba_sid "CN=WM-1,$sales"

echo "== looked for, read"
want "yes dn=CN=WM-1,$sales guid=$guid *" tool look "${object[@]}" server="$SAMBA_LDAPS_URI"
want "no" tool look name=WM-1 ou="$sales" mark=1:E-4H2X-8RNP:2:bb
want "no" tool look name=WM-2 ou="$sales" mark=1:E-4H2X-8RNP:1:aa
want "no" tool look name=WM-2 ou="OU=Gone,$sales" mark=m # the allowed OU above it is seen
want "ok dn=CN=WM-1,$sales enrollment=E-4H2X-8RNP mark=1:E-4H2X-8RNP:1:aa state=enabled account=WM-1$ sid=$sid kvno=1 groups=1 children=0" \
	tool read guid="$guid"
want "ok guid=$guid" tool find-name name=wm-1
want "ENR-613 directory-gone: *" tool find-name name=wm-2

echo "== published in place of what was there, only with our mark"
want "ok" tool publish guid="$guid" "${object[@]}" cert="$t/cert.der" server="$SAMBA_LDAPS_URI"
want "ok" tool publish guid="$guid" "${object[@]}" cert="$t/cert.der"
show "CN=WM-1,$sales" > "$t/ldif"
want "1" grep -c "^userCertificate:" "$t/ldif"
want "1" grep -cxF "userCertificate:: $(base64 -w0 "$t/cert.der")" "$t/ldif"
want "ENR-316 not-ours: *" tool publish guid="$guid" name=WM-1 ou="$sales" mark=1:E-4H2X-8RNP:9:zz cert="$t/cert.der"

echo "== switched; every other bit stays"
samba_modify - > /dev/null <<< "dn: CN=WM-1,$sales
changetype: modify
replace: userAccountControl
userAccountControl: 69632"
want "ok" tool state guid="$guid" state=disabled
want "1" grep -cx "userAccountControl: 69634" <(show "CN=WM-1,$sales")
want "* state=disabled *" tool read guid="$guid"
want "out" login 'WM-1$' 'Geheim-äö-1'
want "ok" tool state guid="$guid" state=disabled
want "ok" tool state guid="$guid" state=enabled
want "1" grep -cx "userAccountControl: 69632" <(show "CN=WM-1,$sales")
want "in" login 'WM-1$' 'Geheim-äö-1'

# Its certificate and its encryption types it may write in every Active Directory.
echo "== the device's own account writes neither its mark nor what says who it is"
cat > "$t/as" <<'SH'
printf '%s' 'Geheim-äö-1' | kinit 'WM-1$' > /dev/null && ldapmodify -Q -Y GSSAPI -H "$SAMBA_LDAP_URI" 2>&1
SH
as() { KRB5CCNAME=FILE:$t/cc bash "$t/as"; }
for attr in adminDescription sAMAccountName managedBy userAccountControl description; do
	value=x; [ $attr != managedBy ] || value=$andreas; [ $attr != userAccountControl ] || value=528384
	got=$(printf 'dn: CN=WM-1,%s\nchangetype: modify\nreplace: %s\n%s: %s\n' "$sales" "$attr" "$attr" "$value" | as)
	want "$attr *nsufficient access (50)*" echo "$attr $got"
done
show "CN=WM-1,$sales" > "$t/ldif"
want "1" grep -cx "adminDescription: 1:E-4H2X-8RNP:1:aa" "$t/ldif"

echo "== the password is spoiled"
want "ok" tool spoil guid="$guid"
want "out" login 'WM-1$' 'Geheim-äö-1'
want "* kvno=2 *" tool read guid="$guid"

echo "== taken back: only with our mark, by GUID even when moved, twice is once"
want "ENR-316 not-ours: *" tool undo guid="$guid" mark=1:E-4H2X-8RNP:9:zz
samba_admin ldapmodrdn -r -s "$SAMBA_DEVICES_DN" "CN=WM-1,$sales" CN=WM-9
want "1" count computer
want "ok" tool undo guid="$guid" mark=1:E-4H2X-8RNP:1:aa server="$SAMBA_LDAPS_URI"
want "0" count computer
want "ok" tool undo guid="$guid" mark=1:E-4H2X-8RNP:1:aa
want "ENR-613 directory-gone: *" tool read guid="$guid"

echo "== an undo that was interrupted between the swap and the delete goes on"
want "ok *" tool create "${object[@]}"
guid=$(of guid)
samba_modify - > /dev/null <<< "dn: CN=WM-1,$sales
changetype: modify
replace: adminDescription
adminDescription: 1:E-4H2X-8RNP:1:aa:undo"
want "ok" tool undo guid="$guid" mark=1:E-4H2X-8RNP:1:aa
want "0" count computer

echo "== a group that refuses: nothing stays"
want "ENR-6* *" tool create "${object[@]}" group="CN=Domain Admins,CN=Users,$SAMBA_BASE"
want "0" count computer
want "ENR-326 group-not-found: *" tool create "${object[@]}" group="CN=Gone,$SAMBA_GROUPS_DN"
want "0" count computer

echo "== removed with what lies below it, only with a mark of ours"
want "ok *" tool create "${object[@]}"
guid=$(of guid)
samba_modify - > /dev/null <<< "dn: CN=software,CN=WM-1,$sales
changetype: add
objectClass: classStore

dn: CN=deeper,CN=software,CN=WM-1,$sales
changetype: add
objectClass: classStore"
want "* children=2" tool read guid="$guid"
want "ENR-316 not-ours: *" tool remove guid="$guid" mark=1:E-0000-0000:1:aa
want "ok" tool remove guid="$guid"
want "0" count computer
want "0" count classStore
want "ok" tool remove guid="$guid"

echo "== a long name"
want "ok * account=$long *" tool create name=abcdefghijklmnop ou="$sales" fqdn="abcdefghijklmnop.$SAMBA_DNS" \
	mark=1:E-1111-1111:1:aa password=Geheim-2
want "in" login "$long" Geheim-2
want "ENR-312 name-taken: *" tool free name=abcdefghijklmnop ou="$SAMBA_DEVICES_DN"
verdict
