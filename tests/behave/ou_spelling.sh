# shellcheck shell=bash
# What an OU is: a DN in any legal spelling (RFC 4514), a canonical path or a GUID, on each kind of server; and what
# became of it between the day the device was added and the day it comes: moved, renamed, gone.
. tests/behave/ds389.sh
. tests/behave/samba.sh
samba_world "$@"
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'slapd_stop "$t/a"; ds389_stop; samba_stop; rm -rf "$t"' EXIT
slapd_start "$t/a" nosync=yes && ds389_start "$t/d" && samba_start "$t/ad" nosync=yes && samba_delegate || exit 1
shopt -s nocasematch # DNs come back as they were written, or in lower case

of() { sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<< "$got"; }
# write LDIF: as the administrator of the server that is tried
write() { "$as" ldapmodify > /dev/null; }
move() { "$as" ldapmodrdn -r ${3:+-s "$3"} "$1" "$2" > /dev/null; }

# try NAME WHO BASE PATH PARTS…: TOOL is set
try()
{
	local server=$1 as=$2 base=$3 path=$4 devices sales guid other spelling
	devices="OU=Managed Devices,$base" sales="OU=Sales,$devices"
	echo "== $server: one OU, many spellings"
	want "ok dn=$sales guid=* suffix=*" tool ou text="$sales"
	guid=$(of guid)
	for spelling in "ou=sales,ou=managed devices,${base,,}" "OU=SALES,OU=MANAGED DEVICES,${base^^}" \
		"OU = Sales , OU=Managed Devices, $base" \
		"OU=Sales,OU=Managed   Devices,$base" \
		"organizationalUnitName=Sales,2.5.4.11=Managed Devices,$base" \
		'OU=\53\61\6c\65\73,OU=Managed\20Devices,'"$base" 'OU=S\61les,'"$devices" "OU=#0C0553616C6573,$devices" \
		"OU=#130553616C6573,$devices" "$path/Managed Devices/Sales" "${path^^}/managed devices/SALES" \
		"$path/Managed Devices/Sales/" "$guid" "${guid^^}"; do
		want "ok dn=$sales guid=$guid *" tool ou text="$spelling"
	done
	echo "== $server: no such OU, or none of ours, or no name at all"
	for spelling in "OU=Sale,$devices" "OU=Sales\\,,$devices" "$path/Managed Devices/Sales/x" \
		"$path/Managed Devices\\/Sales" "Sales" "OU=Sales" "OU=Sales,,$devices" "" "/" '*' "OU=*,$devices" \
		"${guid%?}" "00000000-0000-0000-0000-000000000000" "00000000-00000000-00000000-00000000"; do
		want "ENR-31[13] *" tool ou text="$spelling"
	done
	want "ENR-313 ou-not-allowed: *" tool ou text="OU=Servers,$base"
	want "ENR-313 ou-not-allowed: *" tool ou text="$path/Servers"
	want "ENR-313 ou-not-allowed: *" tool ou text='OU=x\,'"$devices"
	echo "== $server: letters that need an escape"
	write <<< "dn:: $(printf 'OU=R\\+D \\"Nord\\", \\#1 Ærø;OU=x' | sed 's/;OU=x//; s/, \\#/\\, #/' | tr -d '\n' | cat - <(printf ',%s' "$devices") | base64 -w0)
changetype: add
objectClass: organizationalUnit"
	want "ok dn=* guid=*" tool ou text='OU=R\2BD \22Nord\22\2C \231 \c3\86r\c3\b8,'"$devices"
	other=$(of guid)
	want "ok * guid=$other *" tool ou text='ou=r\+d \"nord\"\, \#1 Ærø,'"$devices"
	want "ok * guid=$other *" tool ou text="$path/Managed Devices/R+D \"Nord\", #1 Ærø"
	want "ok * guid=$other *" tool ou-guid guid="$other"

	echo "== $server: renamed, moved, moved out, gone"
	write <<< "dn: OU=Old,$devices
changetype: add
objectClass: organizationalUnit"
	want "ok *" tool ou text="OU=Old,$devices"
	guid=$(of guid)
	move "OU=Old,$devices" "OU=New"
	want "ok dn=OU=New,$devices guid=$guid *" tool ou-guid guid="$guid"
	want "ENR-311 ou-not-found: *" tool ou text="OU=Old,$devices"
	move "OU=New,$devices" "OU=New" "$sales"
	want "ok dn=OU=New,$sales guid=$guid *" tool ou-guid guid="$guid"
	write <<< "dn: OU=New,$devices
changetype: add
objectClass: organizationalUnit"
	want "ok dn=OU=New,$sales guid=$guid *" tool ou-guid guid="$guid"
	move "OU=New,$sales" "OU=New" "OU=Servers,$base"
	want "ENR-324 ou-changed: *" tool ou-guid guid="$guid"
	want "ENR-313 ou-not-allowed: *" tool ou text="OU=New,OU=Servers,$base"
	want "ENR-31[13] *" tool ou text="$guid"
	"$as" ldapdelete "OU=New,OU=Servers,$base"
	want "ENR-324 ou-changed: *" tool ou-guid guid="$guid"
	want "ENR-324 ou-changed: *" tool ou-guid guid=x
	echo "== $server: an entry that is no OU"
	want "ok *" tool create name=WM-1 ou="$sales" mark=1:E-4H2X-8RNP:1:aa enrollment=E-4H2X-8RNP password=Geheim-1
	guid=$(of guid)
	want "ENR-311 ou-not-found: *is no *" tool ou text="CN=WM-1,$sales"
	want "ENR-311 ou-not-found: *is no *" tool ou text="$guid"
}

two_in_one()	# a name of two parts, where the server has such
{
	write <<< "dn: OU=Two+L=Aarhus,OU=Managed Devices,$1
changetype: add
objectClass: organizationalUnit
ou: Two
l: Aarhus"
	want "ok * guid=*" tool ou text="OU=Two+L=Aarhus,OU=Managed Devices,$1"
	guid=$(of guid)
	want "ok * guid=$guid *" tool ou text="l=aarhus + ou=two,OU=Managed Devices,$1"
	want "ENR-311 *" tool ou text="OU=Two,OU=Managed Devices,$1"
}

as="admin"
TOOL=(uri="$LDAPS_URI" ca="$CA_FILE" dn="$AGENT_DN" pw="$AGENT_PW_FILE" allow="$DEVICES_DN")
try OpenLDAP admin "$BASE_DN" contoso.test
two_in_one "$BASE_DN"
as=ds389_admin
TOOL=(flavour=389ds uri="$DS389_LDAPS_URI" ca="$DS389_CA" dn="$DS389_AGENT_DN" pw="$DS389_AGENT_PW_FILE"
	allow="$DS389_DEVICES_DN" base="$DS389_BASE")
try 389ds ds389_admin "$DS389_BASE" contoso.test
two_in_one "$DS389_BASE"
TOOL=(flavour=ad uri="$SAMBA_LDAPS_URI" ca="$SAMBA_CA" dn="$SAMBA_AGENT_UPN" pw="$SAMBA_AGENT_PW_FILE"
	allow="$SAMBA_DEVICES_DN" suffix="$SAMBA_DNS")
try "Active Directory" samba_admin "$SAMBA_BASE" "$SAMBA_DNS"
verdict
