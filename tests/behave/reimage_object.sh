#!/bin/bash
# A device gets a new installation and stays the same object: DN, GUID and groups stay, the certificate before is
# refused by the directory and on the list; until the new one is finished, and if nobody comes, the old one goes on. What
# is not ours is taken by nobody who may not.
set -uo pipefail
. tests/behave/natdev.sh
natdev_known agent_lines='discovery-domain = contoso.test'
object() { admin ldapsearch -LLL -o ldif-wrap=no -b "$BASE_DN" "(cn=$1)" entryUUID enrolldState 2> /dev/null | sort; }
guid() { object "$1" | sed -n 's/^entryUUID: //p'; }
# again NAME MACHINE: joins with the password of $d/NAME.again.pw, on a machine of its own.
again()
{
	cp "$d/$1.again.pw" "$d/$2.pw"
	join "$2"
}
reimage() { local n=$1; shift; rm -f "$d/$n.again.pw"; is 0 ctl device reimage "$n" --yes --password-out "$d/$n.again.pw" "$@"; }
state_of() { ctl device show "$1" -o json | python3 -c 'import json, sys; o = json.load(sys.stdin); print(o["state"])'; }

echo "== the same object, another installation"
pre WM-1 --description 'of Andreas'
join WM-1
joins WM-1
old=$(member_of WM-1) before=$(guid WM-1) serial=$(valid WM-1)
dn=$(record WM-1 object.dn)
printf 'dn: cn=wifi,%s\nobjectClass: groupOfNames\ncn: wifi\nmember: %s\n' "$BASE_DN" "$dn" | admin ldapadd > /dev/null
is 4 ctl device add WM-1 --password-out -
says 'device reimage' 'device remove'
reimage WM-1 --note 'new disk'
says 'to be taken over'
is 0 ctl device reimage WM-1 --yes --password-out "$d/none"
says 'unchanged'
[ ! -e "$d/none" ] || wrong "a second password"
is 0 ctl device show WM-1
says "$old" 'pending' 'enrolled'
known WM-1
# Withdrawn, nothing has happened.
is 0 ctl device cancel WM-1 --yes
[ "$(state_of "$old")" = enrolled ] || wrong "$old is $(state_of "$old")"
known WM-1
again WM-1 WM-1-new
device "withdrawn" ENR-207 1
reimage WM-1
again WM-1 WM-1-new
joins "WM-1 again"
[ "$(guid WM-1)" = "$before" ] || wrong "another GUID"
[ "$(record "$(member_of WM-1)" object.dn)" = "$dn" ] || wrong "another DN"
admin ldapsearch -LLL -b "cn=wifi,$BASE_DN" "(member=$dn)" 1.1 | grep -q '^dn:' || wrong "it lost its group"
[ "$(objects WM-1)" = 1 ] || wrong "$(objects WM-1) objects"
known WM-1-new
unknown WM-1
[ "$(state_of "$old")" = replaced ] || wrong "$old is $(state_of "$old")"
soon 20 listed "$serial" Superseded || wrong "the certificate before is not on the list as superseded"
is 0 ctl device show "$old"
says 'replaced' 'superseded'

echo "== nobody comes in time: the old one goes on, the name stays its own"
old=$(member_of WM-1)
reimage WM-1 --lifetime 1m
[ "$(state_of "$old")" = enrolled ] || wrong "$old is $(state_of "$old")"
is 0 ctl device cancel WM-1 --yes

echo "== --now: the old one is off at once"
reimage WM-1 --now
[ "$(state_of "$old")" = disabled ] || wrong "$old is $(state_of "$old")"
object WM-1 | grep -q 'enrolldState: disabled' || wrong "the object is enabled"
unknown WM-1-new
again WM-1 WM-1-third
joins "WM-1 for the third time"
object WM-1 | grep -q 'enrolldState: enabled' || wrong "the object is not enabled again"
known WM-1-third
[ "$(guid WM-1)" = "$before" ] || wrong "another GUID"

echo "== revoked, its re-imaging is withdrawn; revoked and there, it may be taken again"
old=$(member_of WM-1)
reimage WM-1
is 0 ctl device revoke WM-1 --reason stolen --yes
unknown WM-1-third
again WM-1 WM-1-thief
device "withdrawn with the device" ENR-207 1
reimage WM-1
again WM-1 WM-1-back
joins "WM-1 found again"
[ "$(guid WM-1)" = "$before" ] || wrong "another GUID"
known WM-1-back
unknown WM-1-third
# Said again of the one that was revoked: its object is another's now.
is 0 ctl device revoke "$old" --reason stolen --yes
says 'unchanged'
known WM-1-back

echo "== removed: off at once; what the agent has no right to below it holds it up until it is gone"
printf 'dn: cn=below,%s\nobjectClass: device\ncn: below\n' "$dn" | admin ldapadd > /dev/null
is 6 ctl device remove WM-1 --yes
says 'to finish' 'below'
unknown WM-1-back
ctl status > "$d/out"
says 'to remove'
admin ldapdelete "cn=below,$dn"
gone() { [ "$(objects WM-1)" = 0 ]; }
soon 30 gone || wrong "it is not removed when it can be"
soon 10 nothing_left || wrong "something is left to finish"
is 4 ctl device reimage WM-1 --yes --password-out -
is 3 ctl device reimage WM-NOWHERE --yes --password-out -
rm -rf "$d/WM-1"
pre WM-1
join WM-1
[ "$(objects WM-1)" = 1 ] || wrong "the name cannot be had again"
is 0 ctl device remove WM-1 --yes
[ "$(objects WM-1)" = 0 ] || wrong "it is not removed"
is 0 ctl device remove WM-1 --yes
says unchanged

echo "== what is not ours"
printf 'dn: cn=WM-THEIRS,%s\nobjectClass: device\ncn: WM-THEIRS\n' "$DEVICES_DN" | admin ldapadd > /dev/null
is 1 ctl device reimage WM-THEIRS --yes --password-out -
says ENR-316
[ "$(objects WM-THEIRS)" = 1 ] || wrong "it was touched"
error_end
