#!/bin/bash
# A new installation under the same computer object, on a real Active Directory domain controller: DN, GUID, SID and groups stay;
# password, key version and certificate are new, and those of before are refused. Until the new one is finished, or if
# nobody comes, the old one goes on. Privileged and foreign objects; killed in the middle the object is never deleted.
set -uo pipefail
. tests/behave/samba.sh
samba_world "$@"
. tests/behave/natdev.sh
samba_start "$WORLD/ad" || exit 1
samba_delegate || exit 1
chmod 755 "$d"
admins="CN=Domain Admins,CN=Users,$SAMBA_BASE"
agent_make "$d/agent" flavour=ad ou="$SAMBA_SALES_DN" http_lines='failure-limit = 1000' profile_lines='groups = wifi-devices' \
	directory_lines=$'ldap-timeout = 3s\ntake-owners = '"$admins" agent_lines='discovery-domain = contoso.test' || exit 1
cat >> "$AGENT_CONF" << LINES
[ou controllers]
dn = OU=Domain Controllers,$SAMBA_BASE
suffix = $SAMBA_DNS
[role operator]
group = lp
[role operator.takes]
group = news
take-foreign = yes
LINES
agent_start "$d/agent" || exit 1
natdev_use

# What stays of a computer, and what is looked at of it.
same_object() { samba_search "(&(objectClass=computer)(cn=$1))" objectGUID objectSid memberOf | sort; }
field() { samba_search "(&(objectClass=computer)(cn=$1))" "$2" 2> /dev/null | sed -n "s/^$2:* //p"; }
# login NAME MACHINE: with the keytab of that machine
login() { KRB5CCNAME=MEMORY: kinit -k -t "$d/$2/etc/krb5.keytab" "$1\$" > "$d/kinit" 2>&1; }
logs_in() { login "$@" || wrong "$2 does not log in: $(cat "$d/kinit")"; }
# logs_not NAME MACHINE WHY
logs_not() { if login "$1" "$2"; then wrong "$2 still logs in"; else grep -q "$3" "$d/kinit" || wrong "$2: $(cat "$d/kinit"), not $3"; fi; }
revoked='credentials have been revoked' other_key='Preauthentication failed'
serial_of() { openssl x509 -in "$d/$1/etc/enroll/device.pem" -noout -serial | sed 's/serial=//'; }
# The states of all its enrollments: "enrolled pending"
states()
{
	ctl device list -o json | python3 -c '
import json, sys
print(*sorted(o["state"] for o in json.load(sys.stdin)["items"] if o["name"] == sys.argv[1]))' "$1"
}
state_of() { ctl device show "$1" -o json | python3 -c 'import json, sys; print(json.load(sys.stdin)["state"])'; }
is_state() { [ "$(state_of "$1")" = "$2" ] || wrong "$1 is $(state_of "$1"), not $2"; }
# again NAME MACHINE: joins with the password of the re-imaging, on a machine of its own.
again() { cp "$d/$1.again.pw" "$d/$2.pw"; join "$2"; }
reimage() { local n=$1; shift; rm -f "$d/$n.again.pw"; is 0 ctl device reimage "$n" --yes --password-out "$d/$n.again.pw" "$@"; }
member() { pre "$@"; join "$1"; [ $rc = 0 ] || wrong "$1 does not join"; }
unchanged() { [ "$(same_object "$1")" = "$2" ] || { wrong "$1 is not the object it was"; diff <(echo "$2") <(same_object "$1"); }; }
# change NAME ATTRIBUTE [VALUE]
change() { printf 'dn: CN=%s,%s\nchangetype: modify\nreplace: %s\n%s\n' "$1" "$SAMBA_SALES_DN" "$2" "${3:+$2: $3}" | samba_modify - > /dev/null || wrong "modify $1"; }
refuses() { local name=$1; shift; is 1 ctl device reimage "$name" --yes --password-out -; says ENR-316 "$@"; }

member WM-EXP
reimage WM-EXP --lifetime 1m
began=$SECONDS

echo "== the same object, another installation"
member WM-1
logs_in WM-1 WM-1
before=$(same_object WM-1) old=$(member_of WM-1) serial=$(serial_of WM-1) version=$(field WM-1 msDS-KeyVersionNumber)
dn=$(record WM-1 object.dn)
grep -q "memberOf: CN=wifi-devices" <<< "$before" || wrong "it is in no group"
reimage WM-1
says 'to be taken over'
logs_in WM-1 WM-1
is_state "$old" enrolled
is 0 ctl device cancel WM-1 --yes
logs_in WM-1 WM-1
is_state "$old" enrolled
again WM-1 WM-1-new
device "withdrawn" ENR-207 1
logs_in WM-1 WM-1
[ "$(field WM-1 msDS-KeyVersionNumber)" = "$version" ] || wrong "the key version rose"
reimage WM-1
again WM-1 WM-1-new
joins "WM-1 again"
unchanged WM-1 "$before"
[ "$(record "$(member_of WM-1)" object.dn)" = "$dn" ] || wrong "another DN"
[ "$(field WM-1 msDS-KeyVersionNumber)" -gt "$version" ] || wrong "the key version did not rise"
[ "$(record "$(member_of WM-1)" object.key_version)" = "$(field WM-1 msDS-KeyVersionNumber)" ] || wrong "another key version is recorded"
logs_in WM-1 WM-1-new
logs_not WM-1 WM-1 "$other_key"
is_state "$old" replaced
soon 20 listed "$serial" Superseded || wrong "the certificate before is not on the list as superseded"
verifies WM-1-new || wrong "the new one does not verify: $(cat "$d/verify")"
[ "$(field WM-1 userCertificate)" = "$(openssl x509 -in "$d/WM-1-new/etc/enroll/device.pem" -outform DER | base64 -w0)" ] ||
	wrong "the object has not the new certificate alone"

echo "== --now: the old one is off at once"
old=$(member_of WM-1)
reimage WM-1 --now
is_state "$old" disabled
logs_not WM-1 WM-1-new "$revoked"
again WM-1 WM-1-third
joins "WM-1 for the third time"
unchanged WM-1 "$before"
logs_in WM-1 WM-1-third
[ "$(field WM-1 userAccountControl)" = 4096 ] || wrong "userAccountControl is $(field WM-1 userAccountControl)"

echo "== privileged ones never, and it is said why"
for row in '528384:trusted for delegation' '16781312:authenticate +for delegation'; do
	change WM-1 userAccountControl "${row%%:*}"
	refuses WM-1 "${row#*:}" 'never taken over'
	is 1 ctl device reimage WM-1 --foreign --yes --password-out -
done
change WM-1 userAccountControl 4096
change WM-1 adminCount 1
refuses WM-1 'protected'
change WM-1 adminCount
printf 'dn: %s\nchangetype: modify\nadd: member\nmember: %s\n' "$admins" "$dn" | samba_modify - > /dev/null
refuses WM-1 'member of CN=Domain +Admins' 'take-groups'
printf 'dn: %s\nchangetype: modify\ndelete: member\nmember: %s\n' "$admins" "$dn" | samba_modify - > /dev/null
is 1 ctl device reimage DC1 --foreign --yes --password-out -
says ENR-316 'domain controller'
logs_in WM-1 WM-1-third
unchanged WM-1 "$before"
# It becomes one after the password was made: the device is refused, and the object as it was.
reimage WM-1
change WM-1 userAccountControl 528384
again WM-1 WM-1-fourth
device "privileged meanwhile" ENR-316 1
change WM-1 userAccountControl 4096
logs_in WM-1 WM-1-third
again WM-1 WM-1-fourth
joins "no longer"
logs_in WM-1 WM-1-fourth
ok "privileged ones"

echo "== made by others: with --foreign and the right to it"
KRB5CCNAME=$d/cc adcli preset-computer -D "$SAMBA_DNS" -S "$SAMBA_HOST" -O "$SAMBA_SALES_DN" -U Administrator \
	--stdin-password AD-CLI < "$SAMBA_ADMIN_PW_FILE" > "$d/log" 2>&1 || wrong "adcli: $(cat "$d/log")"
theirs=$(same_object AD-CLI)
refuses AD-CLI 'not made by this +agent'
if [ "$WORLD_ROOT" = 1 ]; then
	as() { local g=$1; shift; setpriv --reuid 65534 --regid 65534 --groups "$(getent group "$g" | cut -d: -f3)" "$@"; }
	is 5 as lp "$AGENT_BIN/enrollctl" device reimage AD-CLI --foreign --yes --password-out -
	says 'take-foreign'
	is 0 as news "$AGENT_BIN/enrollctl" device reimage AD-CLI --foreign --yes --password-out -
	is 0 ctl device cancel AD-CLI --yes
fi
reimage AD-CLI --foreign
is 0 ctl device reimage AD-CLI --foreign --yes --password-out "$d/none"
says unchanged
IDENTITY=$(ctl device list -o json | python3 -c '
import json, sys
print(*(o["identity"] for o in json.load(sys.stdin)["items"] if o["name"] == "AD-CLI" and o["state"] == "pending"))')
again AD-CLI AD-CLI-new
IDENTITY=andreas@contoso.test
joins "AD-CLI"
unchanged AD-CLI "$theirs"
logs_in AD-CLI AD-CLI-new

echo "== killed in the middle: the object stays, and the device may try again"
kept=0 n=0
for i in 1 2 3 4; do
	name=WM-K$i
	member $name
	before=$(same_object $name) serial=$(serial_of $name) lines=$(wc -l < "$AGENT_LOG")
	reimage $name
	again $name $name-new &
	joining=$!
	told() { tail -n "+$((lines + 1))" "$AGENT_LOG" | grep -q 'phase=bootstrap code=ok'; }
	soon 30 told || wrong "$name does not come"
	sleep "0.0$((2 * i))"
	kill -KILL "$(agent_child "$AGENT_PID" core)" 2> /dev/null && n=$((n + 1))
	wait $joining
	up() { ctl status > /dev/null 2>&1; }
	soon 60 up || wrong "the core does not come back"
	settled() { [[ $(states $name) =~ ^enrolled\ (pending|replaced)$ ]]; }
	soon 20 settled || wrong "$name is $(states $name)"
	unchanged $name "$before"
	[ "$(states $name)" != 'enrolled pending' ] || kept=$((kept + 1))
	again $name $name-new
	joins "$name after the kill"
	unchanged $name "$before"
	logs_in $name $name-new
	logs_not $name $name "$other_key"
	soon 20 listed "$serial" Superseded || wrong "the certificate before is not on the list"
done
[ $n = 4 ] || wrong "killed $n times"
echo "killed $n times, $kept taken back"

echo "== nobody comes in time: the old one goes on"
before=$(same_object WM-EXP)
while [ $((SECONDS - began)) -lt 62 ]; do sleep 0.2; done
again WM-EXP WM-EXP-late
[ $rc != 0 ] || wrong "a password that had ended was good"
unchanged WM-EXP "$before"
logs_in WM-EXP WM-EXP
is_state "$(member_of WM-EXP)" enrolled
verifies WM-EXP || wrong "its certificate: $(cat "$d/verify")"
ok "as before"
agent_stop || wrong "a sanitizer spoke"
error_end
