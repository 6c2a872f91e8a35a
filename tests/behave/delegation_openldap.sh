#!/bin/bash
# The plan for OpenLDAP, loaded as it is printed in place of the rules that name the account, is enough to enroll; apply and verify say
# that they cannot tell.
set -uo pipefail
. tests/behave/delegation.sh
error_begin
config() { ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > "$d/ldap.log" 2>&1 || wrong "slapd: $(cat "$d/ldap.log")"; }
ctl delegation plan -o json > "$d/plan.json" || wrong "plan"
python3 tests/behave/json_valid.py delegation_plan < "$d/plan.json" || wrong "the plan's document"
is 6 ctl delegation verify
is 6 ctl delegation apply --admin "$CONFIG_DN" --admin-password-file "$AGENT_PW_FILE"
config <<- END
dn: olcDatabase={1}mdb,cn=config
changetype: modify
replace: olcAccess
olcAccess: {0}to attrs=userPassword by anonymous auth by * none
olcAccess: {1}to dn.base="$AGENT_DN" attrs=entry,objectClass,cn by self read by anonymous auth
olcAccess: {2}to dn.subtree="ou=People,$BASE_DN" attrs=entry,objectClass,mail,uid by dn.exact="$AGENT_DN" read
olcAccess: {3}to dn.base="$BASE_DN" attrs=entry by dn.exact="$AGENT_DN" search
olcAccess: {4}to * by * none
END
is 1 ctl device add WM-1 --identity "$IDENTITY" --ou "$SALES_DN" --password-out "$d/none.pw"
python3 -c '
import json, sys
for i in json.load(sys.stdin)["items"]: print(i["commands"][0])' < "$d/plan.json" | config
pre WM-1 --ou "$SALES_DN"
join WM-1
joins "with the rules of the plan and no others"
error_end
