#!/bin/bash
# The rights of the server's account on 389-ds: what the server itself says of them (get-effective-rights) held against the plan,
# each ACI of the plan taken away in turn, too much planted, all set by apply.
set -uo pipefail
. tests/behave/delegation.sh
. tests/behave/ds389.sh
ds389_clean_up()
{
	agent_clean_up
	ds389_stop
	rm -rf "$d"
}
trap ds389_clean_up EXIT
chmod 755 "$d"
ds389_start "$d/ds" || exit 1
agent_make "$d/agent" flavour=389ds || exit 1
agent_start "$d/agent" || exit 1
SERVER=$AGENT_NAME:$AGENT_PORT
SAMBA_ADMIN=$DS389_ADMIN SAMBA_ADMIN_PW_FILE=$DS389_ADMIN_PW_FILE
# aci HOW DN [TEXT]
aci() { printf 'dn: %s\nchangetype: modify\n%s: aci\n%s' "$2" "$1" "${3:+aci: $3$'\n'}" | ds389_admin ldapmodify > "$d/log" 2>&1 || wrong "$1 aci on $2: $(cat "$d/log")"; }

echo "== what schema/389ds/aci.ldif gives is all, and none too many"
verify 0 && ok "aci.ldif"
apply
[ $rc = 0 ] && says unchanged || wrong "apply: $rc"

echo "== none of it: apply sets the plan"
aci delete "$DS389_DEVICES_DN"
verify 1
ctl delegation plan -o json > "$d/plan.json"
plan_field native > "$d/natives"
plan_field right > "$d/names"
[ "$(wc -l < "$d/natives")" = 8 ] || wrong "8 ACIs"
apply --dry-run
[ $rc = 0 ] && says '8 rights would be set' || wrong "dry run: $rc"
apply
[ $rc = 0 ] && says '8 rights set' '8 of 8   none too many   ok' || wrong "apply: $rc"
apply
[ $rc = 0 ] && says unchanged || wrong "apply again: $rc"
ok "8 ACIs set, and again none"
pre WM-1 --ou "$DS389_SALES_DN"

echo "== each taken away"
while IFS='|' read -r right text <&3; do
	aci delete "$DS389_DEVICES_DN" "$text"
	verify 1
	findings | grep -qF "missing|$right||" || wrong "verify does not name $right: $(findings)"
	code=$(findings | sed -n "s/^missing|$right|.*|\(ENR-...\)$/\1/p" | head -n 1)
	join WM-1
	device "without $right" "${code:-none}" 1
	rm -rf "$d/WM-1"
	ds389_admin ldapsearch -LLL -b "$DS389_BASE" '(cn=WM-1)' 1.1 | grep -q '^dn:' && wrong "without $right: there is an object"
	aci add "$DS389_DEVICES_DN" "$text"
done 3< <(paste -d'|' "$d/names" "$d/natives")
verify 0
join WM-1
joins "with all of them the same password enrolls"
verify 0 && ok "the device that it made is none too many"

echo "== too much"
servers=ou=Servers,$DS389_BASE
# extra WHAT DN TARGET ALLOW GLOB…
extra()
{
	local what=$1 dn=$2 text="$3(version 3.0; acl \"extra\"; allow ($4) userdn=\"ldap:///$DS389_AGENT_DN\";)"
	shift 4
	aci add "$dn" "$text"
	finds "$what" "$@"
	aci delete "$dn" "$text"
}
extra "everything on a sibling OU" "$servers" '(targetattr="*")' all "excess|write: every attribute||$servers*" \
	"excess|add||$servers*" "excess|delete||$servers*" "excess|rename||$servers*"
extra "rights on its own OU" "$DS389_DEVICES_DN" '(targetattr="aci")(targetfilter="(objectClass=organizationalUnit)")' \
	"read, write" "excess|write: aci||$DS389_DEVICES_DN;*"
extra "an attribute beyond the plan" "$DS389_DEVICES_DN" '(targetattr="description")(targetfilter="(objectClass=enrolldDevice)")' \
	"read, write" "excess|write: description||cn=WM-1,*"
error_end
