#!/bin/bash
# alone
# Active Directory makes the object before its certificate. Whatever the server was doing when it was killed, and whatever
# the domain controller answered: afterwards every computer object has a record that finished, and nothing else is left.
set -uo pipefail
. tests/behave/samba.sh
samba_world "$@"
. tests/behave/natdev.sh
samba_start "$WORLD/ad" || exit 1
samba_delegate || exit 1
chmod 755 "$d"
agent_make "$d/agent" flavour=ad ou="$SAMBA_SALES_DN" profile_lines='groups = wifi-devices' \
	directory_lines='ldap-timeout = 2s' http_lines=$'failure-limit = 100000\nmax-connections-per-address = 1000' || exit 1
agent_start "$d/agent" || exit 1
SERVER=$AGENT_NAME:$AGENT_PORT
natdev_use
computers() { samba_search "(&(objectClass=computer)(cn=$1))" 1.1 | grep -c '^dn:' || :; }
same() { if [ "$2" = "$3" ]; then ok "$1"; else wrong "$1: $2, not $3"; fi; }
is_now() { [ "$(record "$1" state)" = "$2" ]; }
# store SQL: on the store of the server, stopped but for what changes no row.
store()
{
	python3 - "$d/agent/state/store.sqlite" "$1" << 'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript(sys.argv[2])
db.commit()
db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
db.close()
END
}
guid_of() { samba_search "(cn=$1)" objectGUID | sed -n 's/^objectGUID:: //p'; }

echo "== found by the sweep, as a crash left it"
names=(CR-NEW CR-ADDED CR-READ CR-GONE CR-SIGNED)
expected "$d/list" "${names[@]}"
nat list="$d/list"
tally "${#names[@]} granted"
agent_stop || wrong "a sanitizer spoke"
back='finished_at = 0, claimed_at = 1, expires = expires + 3600 - 3600'
store "
DELETE FROM document;
UPDATE record SET state = 2, $back WHERE name <> 'CR-GONE' AND name <> 'CR-SIGNED';
UPDATE record SET state = 3, $back WHERE name IN ('CR-GONE', 'CR-SIGNED');
UPDATE record SET object_dn = NULL, object_guid = NULL, object_server = NULL, object_sid = NULL, object_account = NULL
	WHERE name IN ('CR-NEW', 'CR-ADDED');
DELETE FROM cert WHERE name IN ('CR-NEW', 'CR-ADDED', 'CR-READ');
UPDATE cert SET state = 0;"
for n in CR-NEW CR-GONE; do samba_admin ldapdelete "CN=$n,$SAMBA_SALES_DN" || wrong "ldapdelete"; done
before=$(guid_of CR-READ)
agent_start "$d/agent" || exit 1
soon 20 is_now CR-NEW pending && ok "claimed, and no object: pending" || wrong "CR-NEW is $(record CR-NEW state)"
soon 20 is_now CR-ADDED pending && ok "claimed, the object not yet known: pending" || wrong "CR-ADDED is $(record CR-ADDED state)"
same "that object" "$(computers CR-ADDED)" 0
soon 20 is_now CR-READ pending && ok "claimed, the object known: pending" || wrong "CR-READ is $(record CR-READ state)"
same "that object" "$(computers CR-READ)" 0
soon 20 is_now CR-GONE pending && ok "signed for an object that is gone: pending" || wrong "CR-GONE is $(record CR-GONE state)"
same "its certificate" "$(record CR-GONE certificates.0.state) $(record CR-GONE certificates.0.revoked_reason)" "revoked superseded"
same "signed, the object stands, not finished yet: only forward" "$(record CR-SIGNED state) $(computers CR-SIGNED)" "enrolling 1"
grep -v CR-SIGNED "$d/list" > "$d/rest"
nat list="$d/rest"
tally "4 granted"
[ "$(guid_of CR-READ)" != "$before" ] && ok "a new object" || wrong "the object of before"
agent_stop || wrong "a sanitizer spoke"
store "DELETE FROM cert WHERE name = 'CR-SIGNED'; UPDATE record SET state = 2 WHERE name = 'CR-SIGNED';"
agent_start "$d/agent" || exit 1

echo "== the domain controller falls silent in the middle"
# family PID: it and all that came from it.
family()
{
	local p
	echo "$1"
	for p in $(pgrep -P "$1"); do family "$p"; done
}
mapfile -t names < <(seq -f 'LT-S%g' 10)
expected "$d/list" "${names[@]}"
openssl genrsa -out "$d/same.key" 2048 2> /dev/null
mapfile -t all < <(family "$SAMBA_PID") # takes a while; its processes are there from the start
nat list="$d/list" threads=3 key="$d/same.key" &
tries=$!
ERROR_PIDS+=("$tries")
sleep 0.1
freeze "${all[@]}"
wait "$tries"
kill -CONT "${all[@]}"
awk '{ n[$2]++ } END { for (k in n) print "answers:", n[k], k }' "$d/tries"
awk '$2 !~ /^(granted|ENR-6..|ENR-109)$/ { bad = 1 } END { exit bad }' "$d/tries" && ok "refused as the directory's fault, or granted" ||
	wrong "an answer of another kind"
awk '$2 == "granted" { print $1 }' "$d/tries" > "$d/granted"
grep -vwFf "$d/granted" "$d/list" > "$d/rest"
[ -s "$d/rest" ] && ok "some were not granted" || wrong "all were granted before it fell silent"

echo "== it speaks again: taken back or finished, and then the device gets what is its own"
one=$(head -n 1 "$d/rest") && one=${one%% *}
state=$(record "$one" state)
echo "$one is $state"
settled() { is_now "$1" pending || is_now "$1" enrolled; }
soon 30 settled "$one" && ok "settled by the sweep" || wrong "$one is $(record "$one" state)"
nat list="$d/rest" wait=40 key="$d/same.key"
awk '$2 != "granted"' "$d/tries" > "$d/out"
[ ! -s "$d/out" ] && ok "all are granted in the end" || wrong "not granted"
for n in "${names[@]}"; do [ "$(computers "$n")" = 1 ] || wrong "$n: $(computers "$n") objects"; done

echo "== the disk is full just when the object was made"
expected "$d/list" LT-FULL
store "CREATE TRIGGER full BEFORE INSERT ON event WHEN NEW.event = 'joined' BEGIN SELECT RAISE(ABORT, 'no room'); END;"
core=$(agent_child "$AGENT_PID" core)
nat list="$d/list"
tally "1 ENR-902"
same "the core" "$(agent_child "$AGENT_PID" core)" "$core"
store "DROP TRIGGER full;"
soon 20 is_now LT-FULL pending && ok "taken back by the sweep" || wrong "LT-FULL is $(record LT-FULL state)"
same "the object" "$(computers LT-FULL)" 0
nat list="$d/list"
tally "1 granted"

echo "== the domain controller is down"
expected "$d/list" LT-D
samba_stop
nat list="$d/list"
tally "1 ENR-601"
same "state" "$(record LT-D state)" pending
samba_again || exit 1
nat list="$d/list" wait=30
tally "1 granted"

echo "== killed at any moment"
many=12
mapfile -t names < <(seq -f 'WM-%02g' "$many")
expected "$d/list" "${names[@]}"
"$AGENT_BIN/natdev" list="$d/list" threads=1 wait=60 docs="$d" > "$d/all" 2>&1 &
crowd=$!
ERROR_PIDS+=("$crowd")
end=$((SECONDS + 20)) kills=0
while [ $SECONDS -lt $end ] && kill -0 "$crowd" 2> /dev/null; do
	sleep "0.$(printf %03d $((30 + RANDOM % 400)))"
	victim=$(agent_child "$AGENT_PID" core)
	[ -n "$victim" ] && kill -KILL "$victim" 2> /dev/null && kills=$((kills + 1))
done
wait "$crowd" || wrong "devices without an answer"
cp "$d/all" "$d/tries"
echo "killed $kills times"
[ "$kills" -gt 3 ] || wrong "hardly anything was killed"
tally "$many granted"

echo "== whole"
nothing_left() { ctl status -o json | python3 -c 'import json, sys; sys.exit(bool(json.load(sys.stdin)["to_finish"]))' 2> /dev/null; }
soon 20 nothing_left || { ctl status > "$d/out" 2>&1; wrong "something is left over"; }
samba_search -b "$SAMBA_DEVICES_DN" '(objectClass=computer)' cn adminDescription userCertificate objectSid memberOf > "$d/objects"
ctl device list -o json > "$d/records"
ctl certificate list -o json > "$d/certificates"
python3 - "$d" "$IDENTITY" << 'END' && ok "every object has its record, certificate, SID and group" || wrong "something is half-done"
import base64, json, subprocess, sys
d = sys.argv[1]
records = {r["enrollment"]: r for r in json.load(open(d + "/records"))["items"]}
certs = {c["serial"]: c for c in json.load(open(d + "/certificates"))["items"]}
seen = set()
for block in open(d + "/objects").read().strip().split("\n\n"):
    lines = dict(l.split(": ", 1) for l in block.split("\n") if ": " in l)
    if "cn" not in lines:
        continue
    version, enrollment, epoch, nonce = lines["adminDescription"].split(":")
    record = records[enrollment]
    assert record["name"] == lines["cn"] and record["state"] == "enrolled", block
    assert "memberOf" in lines, block
    der = base64.b64decode(lines["userCertificate:"])
    assert record["object"]["sid"].encode() in der, "another object's certificate: " + block
    open(d + "/one.der", "wb").write(der)
    serial = subprocess.run(["openssl", "x509", "-inform", "DER", "-in", d + "/one.der", "-noout", "-serial"],
                            capture_output=True, check=True).stdout.decode().strip().split("=")[1]
    assert certs[serial]["state"] == "valid", serial
    seen.add(serial)
assert {s for s, c in certs.items() if c["state"] == "valid"} == seen
assert len(seen) == sum(r["state"] == "enrolled" for r in records.values()), len(seen)
END
bad=0
for n in "${names[@]}"; do
	python3 tests/behave/ad_whole.py password "$d/$n.xml" "$IDENTITY" "$(cat "$d/$n.pw")" > "$d/machine"
	KRB5CCNAME=$d/cc kinit "$n\$" < "$d/machine" > "$d/log" 2>&1 || { bad=$((bad + 1)); wrong "$n: $(cat "$d/log")"; }
done
same "machines that cannot log in with what they were given" "$bad" 0
agent_stop || wrong "a sanitizer spoke"
error_end
