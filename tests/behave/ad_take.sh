# shellcheck shell=bash
# Re-imaging on a real Active Directory domain controller: the object keeps DN, SID and groups and gets a new password;
# what is not ours to take is refused, and the refusal says why and who may.
. tests/behave/slapd.sh
. tests/behave/samba.sh
samba_world "$@"
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'samba_stop; rm -rf "$t"' EXIT
samba_start "$t/ad" nosync=yes && samba_delegate || exit 1
TOOL=(flavour=ad uri="$SAMBA_LDAPS_URI" ca="$SAMBA_CA" dn="$SAMBA_AGENT_UPN" pw="$SAMBA_AGENT_PW_FILE"
	allow="$SAMBA_DEVICES_DN" suffix="$SAMBA_DNS")
sales=$SAMBA_SALES_DN wifi=CN=wifi-devices,$SAMBA_GROUPS_DN
old=1:E-4H2X-8RNP:1:aa new=1:E-5555-7777:1:bb

of() { sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<< "$got"; }
login() { printf '%s' "$2" | KRB5CCNAME=MEMORY: kinit "$1" > /dev/null 2>&1 && echo in || echo out; }
# set ATTRIBUTE VALUE | clear ATTRIBUTE: of the object, as the administrator
set_() { printf 'dn: CN=WM-1,%s\nchangetype: modify\nreplace: %s\n%s: %s\n' "$sales" "$1" "$1" "$2" | samba_modify - > /dev/null; }
clear_() { printf 'dn: CN=WM-1,%s\nchangetype: modify\nreplace: %s\n' "$sales" "$1" | samba_modify - > /dev/null; }
take() { tool may-take guid="$guid" "$@"; }
guid_of() { samba_ldb 'print(sam.schema_format_value("objectGUID", sam.search(sys.argv[1], scope=ldb.SCOPE_BASE,
    attrs=["objectGUID"])[0]["objectGUID"][0]).decode())' "$1"; }

want "ok *" tool create name=WM-1 ou="$sales" fqdn="wm-1.$SAMBA_DNS" mark=$old password=Geheim-1 group="$wifi"
guid=$(of guid) sid=$(of sid)

echo "== one of ours may be taken over, in the groups that are listed"
want "ENR-316 not-ours: *member of $wifi*take-groups*" take
TOOL+=(take-group="$wifi")
want "ok dn=CN=WM-1,$sales enrollment=E-4H2X-8RNP mark=$old state=enabled *sid=$sid * groups=1 children=0" take

echo "== a privileged one never"
for row in "userAccountControl 528384 *trusted*for*delegation*" "userAccountControl 16781312 *authenticate*for*delegation*" \
	"adminCount 1 *protected*" "msDS-AllowedToDelegateTo host/x *may*delegate*"; do
	# shellcheck disable=SC2086
	set -- $row
	set_ "$1" "$2"
	want "ENR-316 not-ours: ${3}never taken over*" take
	want "ENR-316 not-ours: *" take foreign=1
	if [ "$1" = userAccountControl ]; then set_ "$1" 4096; else clear_ "$1"; fi
done
samba_ldb '
sd = security.descriptor.from_sddl("O:BAD:(A;;GA;;;WD)", security.dom_sid(sam.get_domain_sid()))
m = ldb.Message(ldb.Dn(sam, sys.argv[1]))
m["x"] = ldb.MessageElement(ndr_pack(sd), ldb.FLAG_MOD_REPLACE, "msDS-AllowedToActOnBehalfOfOtherIdentity")
sam.modify(m)' "CN=WM-1,$sales"
want "ENR-316 not-ours: *act on behalf*" take
samba_ldb '
m = ldb.Message(ldb.Dn(sam, sys.argv[1]))
m["x"] = ldb.MessageElement([], ldb.FLAG_MOD_DELETE, "msDS-AllowedToActOnBehalfOfOtherIdentity")
sam.modify(m)' "CN=WM-1,$sales"
want "ok *" take
admins="CN=Domain Admins,CN=Users,$SAMBA_BASE"
samba_modify - > /dev/null <<< "dn: $admins
changetype: modify
add: member
member: CN=WM-1,$sales"
want "ENR-316 not-ours: *$admins*" take
samba_modify - > /dev/null <<< "dn: $admins
changetype: modify
delete: member
member: CN=WM-1,$sales"
# A primary group that an administrator gave it.
samba_modify - > /dev/null <<< "dn: CN=vpn-devices,$SAMBA_GROUPS_DN
changetype: modify
add: member
member: CN=WM-1,$sales"
set_ primaryGroupID "$(samba_sid "CN=vpn-devices,$SAMBA_GROUPS_DN" | sed 's/.*-//')"
want "ENR-316 not-ours: *primary group*" take
set_ primaryGroupID 515
samba_modify - > /dev/null <<< "dn: CN=vpn-devices,$SAMBA_GROUPS_DN
changetype: modify
delete: member
member: CN=WM-1,$sales"
want "ok *" take

echo "== a domain controller never, wherever the agent may write"
dc=$(guid_of "CN=DC1,OU=Domain Controllers,$SAMBA_BASE")
TOOL+=(allow="OU=Domain Controllers,$SAMBA_BASE")
want "ENR-316 not-ours: *is a domain controller*" tool may-take guid="$dc" foreign=1
unset "TOOL[-1]"

echo "== one that others made: not without the word for it, and not from an owner who is not listed"
samba_modify - > /dev/null <<< "dn: CN=WM-2,$sales
changetype: add
objectClass: computer
sAMAccountName: WM-2\$
userAccountControl: 4096"
foreign=$(guid_of "CN=WM-2,$sales")
want "ok guid=$foreign" tool find-name name=wm-2
want "ENR-316 not-ours: *belongs to CN=Domain Admins,*take-owners*" tool may-take guid="$foreign" foreign=1
TOOL+=(take-owner="$admins")
want "ENR-316 not-ours: *not made by this agent*" tool may-take guid="$foreign"
want "ok dn=CN=WM-2,$sales enrollment=- mark=- *" tool may-take guid="$foreign" foreign=1
unset "TOOL[-1]"
TOOL+=(take-owner="$(samba_sid "$admins")")
want "ok *" tool may-take guid="$foreign" foreign=1
samba_modify - > /dev/null <<< "dn: CN=WM-2,$sales
changetype: modify
replace: adminDescription
adminDescription: rack 7"
want "ENR-316 not-ours: *in use by others*" tool may-take guid="$foreign" foreign=1
want "ENR-613 directory-gone: *" tool may-take guid=00000000-0000-0000-0000-000000000000

echo "== taken over: DN, SID, groups stay; password, mark, owner are new; disabled becomes enabled"
want "ok" tool state guid="$guid" state=disabled
object=(name=WM-1 ou="$sales" fqdn="wm-1.$SAMBA_DNS" mark="$new" password=Geheim-2 take="$guid" take-mark="$old"
	owner="CN=birgit,$SAMBA_PEOPLE_DN")
want "ok" tool preflight "${object[@]}"
want "ENR-316 not-ours: *" tool preflight "${object[@]/take-mark=$old/take-mark=$new:x}"
want "ENR-316 not-ours: *" tool create "${object[@]/take-mark=$old/take-mark=$new:x}"
want "no" tool look "${object[@]}"
want "ok dn=CN=WM-1,$sales guid=$guid *sid=$sid kvno=2" tool create "${object[@]}"
want "yes dn=CN=WM-1,$sales guid=$guid *" tool look "${object[@]}"
want "* enrollment=E-5555-7777 mark=$new state=enabled *sid=$sid kvno=2 groups=1 *" tool read guid="$guid"
want "in" login 'WM-1$' Geheim-2
want "out" login 'WM-1$' Geheim-1
samba_search -s base -b "CN=WM-1,$sales" > "$t/ldif"
want "1" grep -cx "managedBy: CN=birgit,$SAMBA_PEOPLE_DN" "$t/ldif"
want "2" grep -c "^servicePrincipalName: HOST/" "$t/ldif"
echo "== again is no error, and an old mark does not come back"
want "ok dn=CN=WM-1,$sales guid=$guid *" tool create "${object[@]}"
want "ENR-316 not-ours: *" tool create "${object[@]/mark=$new/mark=1:E-0000-1111:1:cc}"
want "ENR-316 not-ours: *" tool undo guid="$guid" mark=$old
want "1" grep -c "^dn:" "$t/ldif"
echo "== a name that is too long for an account: the DNS name stays as it was added"
long=WM-345678901234567
object=(name="$long" ou="$sales" fqdn="$long.$SAMBA_DNS")
want "ok *" tool create "${object[@]}" mark=$old password=Geheim-1
want "ok * kvno=2" tool create "${object[@]}" mark=$new password=Geheim-2 take="$(of guid)" take-mark=$old
verdict
