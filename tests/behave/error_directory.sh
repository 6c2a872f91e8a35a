#!/bin/bash
# Rows 6, 9 and 13 of the old troubleshooting table: what the server lacks, in the third phase. The device hears that it is
# the server and whether its password is still good; the admin hears server, DN, what the directory said, and what to do;
# after mending the same command goes on.
#
# Row 13, replication: does not occur with one directory server, and with several the server that was written to is
# the only one that is read and named (docs/DIRECTORY.md); device show names it, which is looked at here.
set -uo pipefail
. tests/behave/error.sh
error_begin
config() { ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > "$d/ldap.log" 2>&1 || { cat "$d/ldap.log"; wrong "change of slapd"; }; }
deny() # deny DN: nobody may add below it any more
{
	printf 'dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcAccess\nolcAccess: {0}to dn.base="%s" attrs=children by * none\n' "$1" | config
}
allow() { printf 'dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\ndelete: olcAccess\nolcAccess: {0}\n' | config; }
objects() { admin ldapsearch -LLL -b "$BASE_DN" "(cn=$1)" dn | grep -c ^dn; }

echo "== the OU is not writable"
pre WM-1 --ou "$SALES_DN"
deny "$SALES_DN"
join WM-1
device "no right to add" ENR-602 1 'the server may not create devices' 'You did nothing wrong' 'stays valid until' 'help desk'
admin_sees "no right to add" ENR-602 'WM-1 +pending' 'insufficient access' 'ldaps://localhost:' 'ou=Sales' 'not the user, not the password' 'delegation plan' \
	-- ctl device show WM-1
number=$(sed -n 's/^ *attempt *\(A-[0-9A-Z-]*\).*/\1/p' "$d/out" | head -n 1)
admin_sees "by the number from the telephone" ENR-602 WM-1 -- ctl device show "$number"
admin_sees "as JSON" ENR-602 '"evidence": "[^"]*ou=Sales' '"retry": false' -- ctl device show WM-1 -o json
[ "$(objects WM-1)" = 0 ] || wrong "something stands"
[ -z "$(ctl certificate list -o name 2>/dev/null)" ] || wrong "a certificate was made for nothing"
allow
join WM-1
joins "mended: the same command, the same password"

echo "== row 9: into an OU that is not the server's"
is 1 ctl device add WM-2 --identity "$IDENTITY" --ou "ou=Servers,$BASE_DN" --password-out "$d/WM-2.pw"
says 'ENR-313' 'ou=Servers' 'config show'
is 1 ctl device add WM-2 --identity "$IDENTITY" --ou "ou=Sels,$DEVICES_DN" --password-out "$d/WM-2.pw"
says 'ENR-311' 'ou=Sels' 'spelling'
deny "$SALES_DN"
is 1 ctl device add WM-2 --identity "$IDENTITY" --ou "$SALES_DN" --password-out "$d/WM-2.pw"
says 'ENR-602' 'ou=Sales' 'insufficient access' 'right'
[ ! -e "$d/WM-2.pw" ] || wrong "a password file is left of a refused device"
allow

echo "== row 6: the OU is gone, or another one"
admin ldapadd > /dev/null <<< "dn: ou=Lab,$DEVICES_DN
objectClass: organizationalUnit
ou: Lab"
pre WM-3 --ou "ou=Lab,$DEVICES_DN"
admin ldapdelete "ou=Lab,$DEVICES_DN"
join WM-3
device "the OU was deleted" ENR-324 1 'the place for this device' 'stays valid' 'help desk'
admin_sees "the OU was deleted" ENR-324 'ou' 'add it again' -- ctl device show WM-3

echo "== row 6: somebody took the name in the meantime"
pre WM-4
admin ldapadd > /dev/null <<< "dn: cn=WM-4,ou=Servers,$BASE_DN
objectClass: device
cn: WM-4"
admin ldapadd > /dev/null <<< "dn: cn=WM-4,$DEVICES_DN
objectClass: device
cn: WM-4"
join WM-4
device "the name is taken" ENR-312 4 'already taken' 'stays valid'
admin_sees "by whom" ENR-312 'cn=WM-4,ou=' -- ctl device show WM-4
admin ldapdelete "cn=WM-4,$DEVICES_DN"
admin ldapdelete "cn=WM-4,ou=Servers,$BASE_DN"
join WM-4
joins "the name is free again"

echo "== row 6: the profile is gone from the configuration"
cp "$AGENT_CONF" "$d/conf"
printf '\n[profile kiosk]\nou = %s\n' "$DEVICES_DN" >> "$AGENT_CONF"
agent_reload
pre WM-5 --profile kiosk
cp "$d/conf" "$AGENT_CONF"
agent_reload
join WM-5
device "the profile is gone" ENR-317 3 'settings' 'You did nothing wrong' 'stays valid'
admin_sees "the profile is gone" ENR-317 'profile kiosk' -- ctl device show WM-5

echo "== row 6: the directory does not know the agent, its schema is gone, it is down"
pre WM-6
agent_stop
echo wrong > "$AGENT_DIR/ldap.password"
agent_start "$d/agent" || exit 1
join WM-6
device "the agent's password is wrong" ENR-604 1 'cannot log in to its directory' 'stays valid' 'help desk'
admin_sees "the agent's password is wrong" ENR-604 'cn=enrolld' 'bind-password-file' -- ctl device show WM-6
admin_sees "in status" 'directory' 'ENR-604|invalid credentials' -- ctl status
cat "$AGENT_PW_FILE" > "$AGENT_DIR/ldap.password"
agent_stop
agent_start "$d/agent" || exit 1
slapd_stop "$d/ldap"
join WM-6
device "the directory is down" ENR-601 6 'cannot reach its directory' 'stays valid' 'same command again later'
admin_sees "the directory is down" ENR-601 'ldaps://localhost:' 'directory. uri' -- ctl device show WM-6
is 6 ctl device add WM-7 --identity "$IDENTITY" --password-out "$d/WM-7.pw"
says ENR-601 'ldaps://localhost:'
slapd_again "$d/ldap" || exit 1
join WM-6
joins "it is up again"
admin_sees "the server that was written to" 'ldaps://localhost' -- ctl device show WM-6

echo "== row 6: TLS to the directory, the CA's key"
pre WM-8
agent_stop
cp "$AGENT_ROOT" "$AGENT_DIR/ldap-ca.pem"
agent_start "$d/agent" || exit 1
join WM-8
device "the directory's certificate is another CA's" ENR-608 1 'does not trust its directory' 'stays valid'
admin_sees "the directory's certificate" ENR-608 'ldaps://localhost:' 'tls-ca-file' -- ctl device show WM-8
agent_stop
cp "$CA_FILE" "$AGENT_DIR/ldap-ca.pem"
agent_start "$d/agent" || exit 1
join WM-8
joins "all mended"
error_end
