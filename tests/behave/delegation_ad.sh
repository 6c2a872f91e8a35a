#!/bin/bash
# The rights of the server's account on Active Directory: plan, apply, verify against a real domain controller with a machine
# account quota of 0.
set -uo pipefail
. tests/behave/delegation.sh
samba_world "$@"
delegation_ad
wifi=CN=wifi-devices,$SAMBA_GROUPS_DN

echo "== nothing is given yet"
verify 1
# Everybody may read; 13 more on each OU, one on the group.
[ "$(findings | grep -c "^missing|")" = 27 ] || wrong "27 rights are missing: $(findings)"
findings | grep -q "^missing|create child: computer||$SAMBA_SALES_DN|1|ENR-602$" || wrong "not said: create child"
is 1 ctl device add WM-1 --identity "$IDENTITY" --ou "$SAMBA_SALES_DN" --password-out "$d/pw"
says ENR-602 'create child: computer' 'OU=Sales'

echo "== the plan, in words that other tools take"
is 0 ctl delegation plan
says 'samba-tool dsacl set --objectdn="OU=Managed Devices' 'dsacls "OU=Managed Devices' 'Reset Password'
ctl delegation plan -o json > "$d/plan.json"
python3 tests/behave/json_valid.py delegation_plan < "$d/plan.json" || wrong "the plan's document"
plan_field native > "$d/natives"
[ "$(wc -l < "$d/natives")" = 15 ] || wrong "15 entries"
ou=$(head -n 14 "$d/natives" | tr -d '\n') member=$(tail -n 1 "$d/natives")
# The first command as it stands there, but on the database of the fixture; the others in one.
command=$(plan_field commands | head -n 1)
eval "samba_tool ${command#samba-tool }" > "$d/out" 2>&1 || wrong "$command"
samba_tool dsacl set --objectdn="$SAMBA_DEVICES_DN" --sddl="${ou#*)}" > "$d/out" 2>&1 || wrong "samba-tool dsacl"
samba_tool dsacl set --objectdn="$wifi" --sddl="$member" > "$d/out" 2>&1 || wrong "samba-tool dsacl, group"
verify 0 && ok "samba-tool set what the plan says: all rights, none too many"
python3 -c 'import json, sys; d = json.load(sys.stdin); sys.exit(not (d["ok"] is True and d["unknown"] == 0 and d["objects"] > 1000))' \
	< "$d/verify" || wrong "what was looked at"

echo "== apply sets them by itself, once"
mapfile -t all < <(head -n 14 "$d/natives")
entry del "$SAMBA_DEVICES_DN" "${all[@]}"
entry del "$wifi" "$member"
apply --dry-run
[ $rc = 0 ] && says '15 rights would be set' || wrong "dry run: $rc"
verify 1
apply
[ $rc = 0 ] && says '15 rights set' '14 of 14   none too many   ok' '1 of 1' || wrong "apply: $rc"
apply -o json
[ $rc = 0 ] && says '"changed": false' || wrong "apply again: $rc"
python3 tests/behave/json_valid.py delegation_apply < "$d/out" || wrong "the document of apply"
ok "15 rights set, and again none"

echo "== who may not"
is 1 ctl delegation apply --admin "andreas@$SAMBA_REALM" --admin-password-file "$SAMBA_ADMIN_PW_FILE"
says ENR-616
entry del "$SAMBA_DEVICES_DN" "${all[1]}"
is 1 ctl delegation apply --admin "andreas@$SAMBA_REALM" --admin-password-file "$SAMBA_USER_PW_FILE"
says ENR-615
finds "one right gone, below too" "missing|create child: computer||$SAMBA_DEVICES_DN|1|ENR-602" \
	"missing|create child: computer||$SAMBA_SALES_DN|1|ENR-602"
is 2 ctl delegation apply
says '--admin NAME is missing'
chmod 644 "$d/ad/user.password"
is 2 ctl delegation apply --admin "andreas@$SAMBA_REALM" --admin-password-file "$SAMBA_USER_PW_FILE"
says 'may be used by others'
ctl delegation apply --admin "$SAMBA_ADMIN" --admin-password-file - < "$SAMBA_ADMIN_PW_FILE" > "$d/out" 2> "$d/err" ||
	wrong "the password from standard input"
says '1 right set'
grep -qF "$(cat "$SAMBA_ADMIN_PW_FILE")" "$AGENT_LOG" && wrong "the admin's password is in the log"

echo "== an OU that does not inherit"
samba_ldb "$DELEGATION_RIGHTS"'
head, entries = read(sys.argv[1])
write(sys.argv[1], "P", entries)' "$SAMBA_SALES_DN" || wrong "the OU stays as it was"
is 1 ctl delegation verify
says 'OU=Sales.* 1 of 14' 'inheritance is blocked' 'delegation apply --ou "OU=Sales'
apply --ou "ad.contoso.test/Managed Devices/Sales"
[ $rc = 0 ] && says '14 rights set' '14 of 14' || wrong "apply --ou: $rc"
verify 0 && ok "apply --ou set them on the OU itself"

echo "== the servers by DNS, too"
sed -i "s,^uri = .*,domain = $SAMBA_DNS\nstarttls = yes," "$AGENT_CONF"
agent_stop && agent_start "$AGENT_DIR" || wrong "the agent does not start with domain"
apply
[ $rc = 0 ] && says 'unchanged' '14 of 14' || wrong "apply by domain: $rc"
error_end
