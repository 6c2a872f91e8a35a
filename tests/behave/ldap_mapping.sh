# shellcheck shell=bash
# A device binds with its certificate and becomes its own entry, for as long as the entry carries that very
# enrollment and is enabled; any other certificate of the same CA becomes nobody (docs/DIRECTORY.md section 4).
. tests/behave/slapd.sh
. tests/behave/leaf.sh
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'slapd_stop "$t/a"; rm -rf "$t"' EXIT
# The certificate gets in, and is no entry of the directory.
nobody()
{
	local w
	w=$(who "$1" 2>&1)
	case ${w,,} in
	*dc=test) echo "somebody: $w" ;;
	dn:*) echo "nobody: $w" ;;
	*) echo "$w" ;;
	esac
}

# Root and issuing CA of the product, as `enrollctl ca init` makes them, apart from the directory's own.
make_ca root "/O=Contoso/CN=Contoso Root CA"
make_ca devices "/O=Contoso/CN=Contoso Devices CA 1" root
make_ca other "/O=Contoso/CN=Contoso Root CA"
slapd_start "$t/a" client_ca="$t/root.pem" || exit 1
LEAF_TRUST=$CA_FILE LEAF_URI=$LDAPS_URI

leaf dev "/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNP"
name="cn=wm-andreas-01,ou=sales,ou=managed devices,$BASE_DN"
raw="dn:serialNumber=e-4h2x-8rnp,cn=wm-andreas-01,o=contoso"

echo "== before the entry is there, the certificate is nobody's"
want "$raw" who dev
want "ok *" tool create name=WM-ANDREAS-01 ou="$SALES_DN" mark=m1 enrollment=E-4H2X-8RNP cert="$t/dev.der"
guid=$(sed -n 's/.*guid=\([0-9a-f-]*\).*/\1/p' <<< "$got")
echo "== then it is its entry, by LDAPS and by StartTLS"
want "dn:$name" who dev
want "dn:$name" who dev "$LDAP_URI" -ZZ
echo "== which it may read, and not change"
want "*enrolldEnrollment: E-4H2X-8RNP*" with dev ldapsearch -Q -Y EXTERNAL -H "$LDAPS_URI" -LLL -b "$name" -s base
want "*Insufficient access (50)*" with dev ldapmodify -Q -Y EXTERNAL -H "$LDAPS_URI" <<< "dn: $name
changetype: modify
replace: enrolldState
enrolldState: enabled"
want "0" grep -c '^dn:' <<< "$(with dev ldapsearch -Q -Y EXTERNAL -H "$LDAPS_URI" -LLL -b "ou=People,$BASE_DN" 2>&1)"

echo "== switched off and on"
want "ok" tool state guid="$guid" state=disabled
want "$raw" who dev
want "ok" tool state guid="$guid" state=enabled
want "dn:$name" who dev

echo "== other subjects of the same CA are nobody"
for subject in \
	"/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNQ" \
	"/O=Contoso/CN=WM-ANDREAS-02/serialNumber=E-4H2X-8RNP" \
	"/O=Contoso/CN=WM-ANDREAS-01" \
	"/O=Contoso/serialNumber=E-4H2X-8RNP" \
	"/O=Contoso/serialNumber=E-4H2X-8RNP/CN=WM-ANDREAS-01" \
	"/C=DK/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNP" \
	"/O=Contoso/OU=x/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNP" \
	"/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNP/serialNumber=x" \
	"/O=Contoso/CN=*/serialNumber=E-4H2X-8RNP" \
	"/O=Contoso/CN=WM-ANDREAS-01)(cn=*/serialNumber=E-4H2X-8RNP" \
	"/O=Contoso/CN=wm-andreas-01\\,cn=x/serialNumber=E-4H2X-8RNP" \
	"/O=Contoso/CN=x/serialNumber=E-4H2X-8RNP,cn=wm-andreas-01" \
	"/DC=test/DC=contoso/OU=Services/CN=enrolld" \
	"/DC=test/DC=contoso/CN=admin" \
	"/DC=test/DC=contoso" \
	"/DC=test/DC=contoso/OU=Managed Devices/OU=Sales/CN=WM-ANDREAS-01"; do
	rm -f "$t/bad.pem"
	leaf bad "$subject"
	want "nobody: *" nobody bad
	want "0" grep -c '^dn:' <<< "$(with bad ldapsearch -Q -Y EXTERNAL -H "$LDAPS_URI" -LLL -b "$BASE_DN" 2>&1)"
done
leaf multi "/O=Contoso/CN=WM-ANDREAS-01+serialNumber=E-4H2X-8RNP" devices -multivalue-rdn
want "dn:cn=wm-andreas-01+serialNumber=e-4h2x-8rnp,o=contoso" who multi

echo "== another CA of the same name, or the leaf alone, does not get in"
leaf forged "/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-4H2X-8RNP" other
want "*ldap_sasl_interactive_bind: *" who forged
cp "$t/dev.leaf" "$t/alone.pem"; cp "$t/dev.key" "$t/alone.key"
want "*ldap_sasl_interactive_bind: *" who alone

echo "== enrolled again, the old certificate ends; undone, the new one too"
leaf new "/O=Contoso/CN=WM-ANDREAS-01/serialNumber=E-5555-7777"
printf 'dn: %s\nchangetype: modify\nreplace: enrolldEnrollment\nenrolldEnrollment: E-5555-7777\n' "$name" | admin ldapmodify > /dev/null
want "$raw" who dev
want "dn:$name" who new
want "ok" tool undo guid="$guid" mark=m1
want "dn:serialNumber=e-5555-7777,cn=wm-andreas-01,o=contoso" who new
verdict
