#!/bin/bash
# A device leaves and the server knows: enroll leave tells it, with the device's own key; the certificate is on the list
# and maps to nobody, the object is disabled, the machine is as it was. Nobody else makes a device leave; a server
# that is away, or refuses, is told of to the person.
set -uo pipefail
. tests/behave/natdev.sh
chmod 755 "$d"
printf '[profile gone]\nou = ou=Managed Devices,dc=contoso,dc=test\non-leave = remove\n' > "$d/extra"
printf '[profile off]\nou = ou=Managed Devices,dc=contoso,dc=test\non-leave = disable\n' >> "$d/extra"
printf '[profile kept]\nou = ou=Managed Devices,dc=contoso,dc=test\non-leave = nothing\n' >> "$d/extra"
natdev_begin extra="$d/extra" http_lines='failure-limit = 1000'
state() { record "$1" state; }
is_state() { [ "$(state "$1")" = "$2" ] || wrong "$1 is $(state "$1"), not $2"; }
in_directory() { admin ldapsearch -LLL -b "$DEVICES_DN" "(cn=$1)" enrolldState | sed -n 's/^enrolldState: //p'; }
leave() { local n=$1 want=$2; shift 2; is "$want" "$AGENT_BIN/enroll" leave --root "$d/$n" "$@"; }
member() { pre "$@"; join "$1"; [ $rc = 0 ] || wrong "$1 does not join"; }
crl_has() { curl -sf "http://$AGENT_NAME:$AGENT_CRL_PORT/crl/devices.crl" | openssl crl -inform DER -noout -text | grep -q "$1"; }
liar() { python3 tests/behave/foreign_liar.py "$SERVER" "$IDENTITY" leave "$d/$1.kept" "${@:2}"; }
keep() { mkdir "$d/$1.kept" && cp "$d/$1/etc/enroll/device."{pem,key} "$AGENT_ROOT" "$d/$1.kept/"; }

echo "== one that lies makes nobody leave"
member WM-LIAR
keep WM-LIAR
liar WM-LIAR other-identity old-nonce no-state enroll-conversation enroll-label no-transcript sha384 \
	old-leave="$d/agent/state/keys/conversation.key" > "$d/out" 2> "$d/err"
diff - "$d/out" << 'END' && ok "each lie has its answer" || wrong "other answers"
other-identity ENR-504
old-nonce ENR-504
no-state ENR-211
enroll-conversation ENR-211
enroll-label ENR-504
no-transcript ENR-504
sha384 ENR-504
old-leave ENR-211
END
is_state WM-LIAR enrolled
[ "$(in_directory WM-LIAR)" = enabled ] || wrong "the object is not enabled"
ctl attempt list -o json > "$d/out"
grep -q '"ENR-504"' "$d/out" || wrong "no attempt is kept of it"

echo "== one that does not, in a program of others; and again"
liar WM-LIAR true again true > "$d/out" 2> "$d/err"
diff - "$d/out" << 'END' && ok "left, and twice is once" || wrong "other answers"
true revoked
again revoked
true revoked
END
is_state WM-LIAR revoked
[ "$(in_directory WM-LIAR)" = disabled ] || wrong "the object is not disabled"

echo "== enroll leave"
for n in WM-1 WM-2; do member $n; done
serial=$(valid WM-1)
leave WM-1 0 --yes
says 'Telling the server' 'revoked' 'as it was before'
[ ! -e "$d/WM-1/etc/enroll" ] || wrong "something is left on the machine"
[ "$(cat "$d/WM-1/etc/hostname")" = localhost ] || wrong "it has another name"
is_state WM-1 revoked
[ "$(in_directory WM-1)" = disabled ] || wrong "the object is not disabled"
soon 20 crl_has "$serial" || wrong "the certificate is not on the list"
ctl device show WM-1 > "$d/out"
says 'left' 'by the device' 'object disabled'
leave WM-1 0 --yes
says 'unchanged'
leave WM-2 0 --local --yes -o json
python3 -c 'import json, sys; o = json.load(open(sys.argv[1])); assert o["changed"] and not o["server_told"] and o["server_code"] is None' "$d/out" || wrong "its document"
is_state WM-2 enrolled

echo "== what the profile says"
for row in gone:removed off:disabled kept:enrolled; do
	name=WM-${row%:*}
	member "$name" --profile "${row%:*}"
	leave "$name" 0 --yes -o json
	python3 -c 'import json, sys; o = json.load(open(sys.argv[1])); assert o["server_told"], o' "$d/out" || wrong "the server was not told"
	is_state "$name" "${row#*:}"
done
[ -z "$(in_directory WM-gone)" ] || wrong "the object is still there"
[ "$(in_directory WM-off)" = disabled ] || wrong "the object is not disabled"
[ "$(in_directory WM-kept)" = enabled ] || wrong "the object was touched"

echo "== the same octets once more, after an admin has switched it on again"
member WM-AGAIN --profile off
keep WM-AGAIN
liar WM-AGAIN true wait="$d/on" again > "$d/out" 2> "$d/err" &
replay=$!
ERROR_PIDS+=("$replay")
off() { [ "$(record WM-AGAIN state)" = disabled ]; }
soon 20 off || wrong "it did not leave"
is 0 ctl device enable WM-AGAIN --yes
touch "$d/on"
wait "$replay"
[ "$(record WM-AGAIN state)" = enrolled ] || wrong "a leave that was kept switched it off again"

echo "== one that is switched off may not end what may be switched on again"
member WM-HELD
is 0 ctl device disable WM-HELD --yes
leave WM-HELD 7 --yes
says 'ENR-505' 'Leaving all the same: --yes' 'enrollctl device revoke WM-HELD'
is_state WM-HELD disabled

echo "== a server that is away"
member WM-AWAY
agent_stop "$d/agent" > /dev/null
leave WM-AWAY 7 --yes -o json
python3 -c 'import json, sys; o = json.load(open(sys.argv[1])); assert o["changed"] and not o["server_told"] and o["server_code"] == "ENR-102", o' "$d/out" || wrong "its document"
[ ! -e "$d/WM-AWAY/etc/enroll" ] || wrong "something is left on the machine"
error_end
