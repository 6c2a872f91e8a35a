#!/bin/bash
# The rights of the server's account on OpenLDAP: apply sets the plan in front of whatever rules are there, verify tries every right of
# it without effect; each taken away in turn, too much planted.
set -uo pipefail
. tests/behave/delegation.sh
error_begin
printf '%s' "$ADMIN_PW" > "$d/admin.pw"
chmod 600 "$d/admin.pw"
SAMBA_ADMIN=$CONFIG_DN SAMBA_ADMIN_PW_FILE=$d/admin.pw
config() { ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > "$d/ldap.log" 2>&1 || wrong "slapd: $(cat "$d/ldap.log")"; }
change() { printf 'dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n'; cat; }
acls() { ldapsearch -x -o ldif-wrap=no -LLL -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" -b 'olcDatabase={1}mdb,cn=config' -s base olcAccess olcAddContentAcl; }
rules() { acls | sed -n 's/^olcAccess: {[0-9]*}//p'; }
data() { slapcat -F "$d/ldap/config" -b "$BASE_DN"; }
# load RULE…: these and nothing else
load() { { echo 'replace: olcAccess'; local i=0 r; for r; do printf 'olcAccess: {%d}%s\n' $((i++)) "$r"; done; } | change | config; }

echo "== what schema/openldap/acl.ldif gives is all, and none too many"
data > "$d/data.before"
verify 0 && ok "acl.ldif"
grep -q '"unknown": 0' "$d/verify" || wrong "something could not be told"
data > "$d/data.after"
cmp -s "$d/data.before" "$d/data.after" && ok "not an entry was changed" || wrong "verify: $(diff "$d/data.before" "$d/data.after")"

echo "== the rules of others stay, ours come in front"
others=('to attrs=userPassword by anonymous auth by * none'
	"to dn.base=\"$AGENT_DN\" attrs=entry,objectClass,cn by self read by anonymous auth"
	"to dn.subtree=\"ou=People,$BASE_DN\" attrs=entry,objectClass,mail,uid by dn.exact=\"$AGENT_DN\" read"
	"to dn.base=\"$BASE_DN\" attrs=entry by dn.exact=\"$AGENT_DN\" search"
	'to * by * none')
load "${others[@]}"
printf 'replace: olcAddContentAcl\nolcAddContentAcl: FALSE\n' | change | config
verify 1
findings | grep -qF 'missing|read: names and OUs||' || wrong "none of it: $(findings)"
is 1 ctl device add WM-1 --identity "$IDENTITY" --ou "$SALES_DN" --password-out "$d/none.pw"
ctl delegation plan -o json > "$d/plan.json" || wrong "plan"
python3 tests/behave/json_valid.py delegation_plan < "$d/plan.json" || wrong "the plan's document"
# ldif: standard input has changes in LDIF, each apart from what stands before it.
ldif() { awk 'NR > 1 && /^dn: / && before != "" { bad = 1 } /^changetype: modify$/ { n++ } { before = $0 } END { exit bad || n < 1 }'; }
ctl delegation plan | ldif || wrong "the LDIF of the plan has its lines"
plan_field native > "$d/natives"
plan_field right > "$d/names"
acls > "$d/acl.before"
apply --dry-run
[ $rc = 0 ] && says '4 rights would be set' || wrong "dry run: $rc"
SAMBA_ADMIN=$ADMIN_DN apply
[ $rc = 1 ] && says ENR-615 'changetype: modify' "olcAccess: \{0\}to dn.subtree=\"$DEVICES_DN\"" || wrong "as one who may not: $rc"
ldif < "$d/out" || wrong "the LDIF for one who may has its lines"
acls | cmp -s - "$d/acl.before" && ok "a dry run, and one who may not, change nothing" || wrong "rules were changed"
apply
[ $rc = 0 ] && says '4 rights set' '4 of 4   none too many   ok' || wrong "apply: $rc"
{ cat "$d/natives"; printf '%s\n' "${others[@]}"; } | cmp - <(rules) && ok "ours, then the others in their order" || wrong "$(rules)"
acls | grep -qx 'olcAddContentAcl: TRUE' || wrong "olcAddContentAcl"
apply
[ $rc = 0 ] && says unchanged || wrong "apply again: $rc"
mapfile -t mine < "$d/natives"
load "${others[@]}" "${mine[@]}"
apply
[ $rc = 0 ] && { cat "$d/natives"; printf '%s\n' "${others[@]}"; } | cmp - <(rules) && ok "behind the others they are taken to the front" || wrong "$rc: $(rules)"

echo "== each taken away"
pre WM-1 --ou "$SALES_DN"
for ((i = 0; i < ${#mine[@]}; i++)); do
	right=$(sed -n "$((i + 1))p" "$d/names")
	load "${mine[@]:0:i}" "${mine[@]:i + 1}" "${others[@]}"
	verify 1
	findings | grep -qF "missing|$right||" || wrong "verify does not name $right: $(findings)"
	code=$(findings | sed -n "s/^missing|$right|.*|\(ENR-...\)$/\1/p" | head -n 1)
	join WM-1
	device "without $right" "${code:-none}" 1
	rm -rf "$d/WM-1"
	admin ldapsearch -LLL -b "$BASE_DN" '(cn=WM-1)' 1.1 | grep -q '^dn:' && wrong "without $right: there is an object"
done
load "${mine[@]}" "${others[@]}"
verify 0
join WM-1
joins "with the rules of the plan and no others"
data > "$d/data.before"
verify 0 && ok "the device that it made is none too many"
data > "$d/data.after"
cmp -s "$d/data.before" "$d/data.after" && ok "nor was it changed" || wrong "verify: $(diff "$d/data.before" "$d/data.after")"
load "${mine[@]/,owner by/ by}" "${others[@]}"
verify 1
findings | grep "^missing|$(head -n 1 "$d/names")||" | grep -q "cn=WM-1" && ok "on a device, too" || wrong "owner: $(findings)"

echo "== too much"
servers=ou=Servers,$BASE_DN
# extra WHAT RULE GLOB…
extra()
{
	local what=$1 rule=$2
	shift 2
	load "$rule" "${mine[@]}" "${others[@]}"
	finds "$what" "$@"
}
by="by dn.exact=\"$AGENT_DN\""
extra "write on a sibling OU" "to dn.subtree=\"$servers\" $by write by * break" \
	"excess|write: every attribute||$servers;cn=web1,$servers|2|" "excess|add||*|2|" "excess|delete||cn=web1,$servers|1|"
extra "manage on its own OU" "to dn.base=\"$DEVICES_DN\" $by manage by * break" \
	"excess|write: every attribute||$DEVICES_DN|1|"
extra "an attribute beyond the plan" "to dn.subtree=\"$DEVICES_DN\" attrs=description $by write by * break" \
	"excess|write: description||*cn=WM-1*|3|"
extra "an attribute above, where nothing is to be seen" "to dn.base=\"$BASE_DN\" attrs=description $by write by * break" \
	"excess|write: description||$BASE_DN|1|"
extra "giving without taking" "to dn.base=\"$SALES_DN\" attrs=seeAlso $by =arscx by * break" \
	"excess|add values: seeAlso||$SALES_DN|1|"
extra "passwords of people" "to dn.subtree=\"ou=People,$BASE_DN\" attrs=userPassword $by =w by * break" \
	"excess|write: userPassword||*uid=andreas*|3|"
admin ldapadd > "$d/ldap.log" 2>&1 <<- END || wrong "group: $(cat "$d/ldap.log")"
dn: cn=admins,ou=Services,$BASE_DN
objectClass: groupOfNames
cn: admins
member: $AGENT_DN
END
extra "by a group" "to dn.subtree=\"$servers\" by group.exact=\"cn=admins,ou=Services,$BASE_DN\" write by * break" \
	"excess|write: every attribute||$servers;cn=web1,$servers|2|" "excess|add||*|2|" "excess|delete||cn=web1,$servers|1|"
load "${mine[@]}" "${others[@]}"
verify 0 && ok "all put back"
error_end
