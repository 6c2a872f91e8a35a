#!/bin/bash
# What the server's account has too much on Active Directory is planted, and verify must name it: on its OUs, elsewhere, by groups
# in groups. A denial, and what everybody has, are none.
set -uo pipefail
. tests/behave/delegation.sh
samba_world "$@"
delegation_ad
apply
[ $rc = 0 ] || wrong "apply: $rc"
sid=$SAMBA_AGENT_SID
computer=bf967a86-0de6-11d0-a285-00aa003049e2 user=bf967aba-0de6-11d0-a285-00aa003049e2

echo "== set for the account itself"
planted "GenericAll on a sibling OU" "$SAMBA_SERVERS_DN" "(A;;GA;;;$sid)" \
	"excess|full control (GenericAll)||$SAMBA_SERVERS_DN|1|"
planted "the same, for all below" "$SAMBA_SERVERS_DN" "(A;CI;GA;;;$sid)" \
	"excess|full control (GenericAll)||$SAMBA_SERVERS_DN|1|" \
	"excess|full control (GenericAll), on objects below||$SAMBA_SERVERS_DN|1|"
planted "WriteDacl on its own OU" "$SAMBA_DEVICES_DN" "(A;;WD;;;$sid)" \
	"excess|change the rights (WriteDacl)||$SAMBA_DEVICES_DN|1|"
planted "WriteOwner on a person" "CN=andreas,$SAMBA_PEOPLE_DN" "(A;;WO;;;$sid)" \
	"excess|take ownership (WriteOwner)||CN=andreas,$SAMBA_PEOPLE_DN|1|"
planted "an attribute beyond the plan, on computers to come" "$SAMBA_DEVICES_DN" \
	"(OA;CIIO;WP;f3a64788-5306-11d1-a9c5-0000f80367c1;$computer;$sid)" \
	"excess|write: servicePrincipalName, on computer below||$SAMBA_DEVICES_DN|1|"
planted "users may be made in its OU" "$SAMBA_SALES_DN" "(OA;CI;CC;$user;;$sid)" \
	"excess|create child: user||$SAMBA_SALES_DN|1|"
planted "passwords of people" "$SAMBA_PEOPLE_DN" "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;$user;$sid)" \
	"excess|control access: User Force Change Password||CN=*,$SAMBA_PEOPLE_DN|2|" \
	"excess|control access: User Force Change Password, on user below||$SAMBA_PEOPLE_DN|1|"
planted "another group" "CN=vpn-devices,$SAMBA_GROUPS_DN" "(OA;;WP;bf9679c0-0de6-11d0-a285-00aa003049e2;;$sid)" \
	"excess|write: member||CN=vpn-devices,$SAMBA_GROUPS_DN|1|"
entry add "$SAMBA_SERVERS_DN" "(D;;WD;;;$sid)" "(A;;WPWD;;;AU)"
verify 0 && ok "a denial, and what everybody has"

echo "== owned"
samba_ldb '
m = ldb.Message(ldb.Dn(sam, sys.argv[1]))
sd = ndr_pack(security.descriptor.from_sddl("O:" + sys.argv[2], security.dom_sid(sam.get_domain_sid())))
m["sd"] = ldb.MessageElement(sd, ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
sam.modify(m, controls=["sd_flags:1:1"])' "CN=birgit,$SAMBA_PEOPLE_DN" "$sid" || wrong "the owner stays"
finds "the owner of a person" "excess|owner of the object||CN=birgit,$SAMBA_PEOPLE_DN|1|"
samba_ldb 'sam.delete(sys.argv[1])' "CN=birgit,$SAMBA_PEOPLE_DN"

echo "== by groups in groups"
members() { samba_tool group "$1" "$2" "$3" > "$d/log" 2>&1 || wrong "group $*: $(tail -n 1 "$d/log")"; }
members add outer --groupou=OU=Groups
members add inner --groupou=OU=Groups
members addmembers inner svc-enrolld
members addmembers outer inner
entry add "$SAMBA_SERVERS_DN" "(A;;DC;;;$(samba_sid "CN=outer,$SAMBA_GROUPS_DN"))"
log_in_again
finds "a group of a group" "excess|delete child: anything|outer|$SAMBA_SERVERS_DN|1|"
members addmembers "Domain Admins" inner
log_in_again
verify 1
findings | grep -q "^excess|full control (GenericAll)|Domain Admins|" || wrong "nested Domain Admins: $(findings | head)"
findings | grep -q "|Administrators|" || wrong "what Domain Admins is in: $(findings | head)"
is 1 ctl delegation verify
says 'by the group Domain Admins' 'outside its OUs' "by the group outer"
ok "nested Domain Admins: $(findings | grep -c .) findings"
members removemembers "Domain Admins" inner
echo "== groups whose power stands in no entry"
for group in "Backup Operators" "Server Operators" "Print Operators"; do
	members addmembers "$group" inner
	log_in_again
	verify 1
	findings | grep -q "^excess|user rights on domain controllers: .*|$group|CN=$group,CN=Builtin," ||
		wrong "$group: $(findings | head)"
	members removemembers "$group" inner
done
members removemembers inner svc-enrolld
log_in_again
verify 0 && ok "all is well again"
error_end
