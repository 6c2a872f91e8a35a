# shellcheck shell=bash
# A device binds to 389 Directory Server with its certificate and becomes its own entry, for as long as the entry holds that
# very certificate and is switched on; any other certificate of the same CA gets in as nobody (docs/DIRECTORY.md section 4).
. tests/behave/ds389.sh
. tests/behave/leaf.sh
shopt -s nocasematch # DNs come back as they were written, or in lower case
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'ds389_stop; rm -rf "$t"' EXIT
# Is that certificate somebody? Nobody: refused, or let in without a name.
somebody()
{
	local w
	w=$(who "$1" 2>&1)
	case ${w,,} in
	dn:*dc=test) echo "somebody: $w" ;;
	*) echo "nobody: $w" ;;
	esac
}

make_ca root "/O=Contoso/CN=Contoso Root CA"
make_ca devices "/O=Contoso/CN=Contoso Devices CA 1" root
make_ca other "/O=Contoso/CN=Contoso Root CA"
ds389_start "$t/a" client_ca="$t/root.pem" || exit 1
LEAF_TRUST=$DS389_CA LEAF_URI=$DS389_LDAPS_URI
TOOL=(flavour=389ds uri="$DS389_LDAPS_URI" ca="$DS389_CA" dn="$DS389_AGENT_DN" pw="$DS389_AGENT_PW_FILE"
	allow="$DS389_DEVICES_DN" base="$DS389_BASE")
leaf dev "/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNP"
name="cn=wm-andreas-01,ou=sales,ou=managed devices,$BASE_DN"

echo "== before the entry is there, the certificate is nobody's"
want "nobody: *" somebody dev
want "ok *" tool create name=WM-ANDREAS-01 ou="$DS389_SALES_DN" mark=1:E-4H2X-8RNP:1:aa enrollment=E-4H2X-8RNP cert="$t/dev.der"
guid=$(sed -n 's/.* guid=\([0-9a-f-]*\).*/\1/p' <<< "$got")
echo "== then it is its entry, by LDAPS and by StartTLS"
want "dn: $name" who dev
want "dn: $name" who dev "$DS389_LDAP_URI" -ZZ
echo "== which it may read, and not change"
want "*enrolldEnrollment: E-4H2X-8RNP*" with dev ldapsearch -Q -Y EXTERNAL -H "$DS389_LDAPS_URI" -LLL -b "$name" -s base
for change in "enrolldMark: x" "nsAccountLock: false" "userCertificate;binary: x" "description: x" "owner: $name" "userPassword: x"; do
	want "*Insufficient access (50)*" with dev ldapmodify -Q -Y EXTERNAL -H "$DS389_LDAPS_URI" <<< "dn: $name
changetype: modify
replace: ${change%%:*}
$change"
done
want "0" grep -c '^dn:' <<< "$(with dev ldapsearch -Q -Y EXTERNAL -H "$DS389_LDAPS_URI" -LLL -b "ou=People,$BASE_DN" 2>&1)"

echo "== switched off and on"
want "ok" tool state guid="$guid" state=disabled
want "nobody: *" somebody dev
want "*inactivated*" echo "$got"
want "ok" tool state guid="$guid" state=enabled
want "dn: $name" who dev

echo "== other certificates of the same CA are nobody, the same subject included"
for subject in \
	"/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNP" \
	"/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNQ" \
	"/O=Contoso/CN=WM-ANDREAS-02/serialNumber=E-4H2X-8RNP" \
	"/O=Contoso/CN=WM-ANDREAS-01" \
	"/O=Contoso/CN=*" \
	"/O=Contoso/CN=WM-ANDREAS-01)(cn=*" \
	"/O=Contoso/CN=enrolld" \
	"/CN=Directory Manager" \
	"/DC=test/DC=contoso/OU=Services/CN=enrolld" \
	"/DC=test/DC=contoso/OU=Managed Devices/OU=Sales/CN=WM-ANDREAS-01"; do
	rm -f "$t/bad.pem"
	leaf bad "$subject"
	want "nobody: *" somebody bad
	want "0" grep -c '^dn:' <<< "$(with bad ldapsearch -Q -Y EXTERNAL -H "$DS389_LDAPS_URI" -LLL -b "$BASE_DN" 2>&1)"
done

echo "== another CA of the same name does not get in"
leaf forged "/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNP" other
want "nobody: *" somebody forged

echo "== enrolled again, the old certificate ends; undone, the new one too"
leaf new "/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-5555-7777"
want "nobody: *" somebody new
want "ok" tool publish guid="$guid" name=WM-ANDREAS-01 ou="$DS389_SALES_DN" mark=1:E-4H2X-8RNP:1:aa enrollment=E-5555-7777 cert="$t/new.der"
want "nobody: *" somebody dev
want "dn: $name" who new
want "ok" tool undo guid="$guid" mark=1:E-4H2X-8RNP:1:aa
want "nobody: *" somebody new
verdict
