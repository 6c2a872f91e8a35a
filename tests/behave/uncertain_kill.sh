#!/bin/bash
# alone
# After a crash (docs/ENROLLMENT.md section 5), on the running server: kill -9 of the core, the front and the parent at
# random moments while fifty devices enroll, each asking again with its own key. Afterwards every device is whole; every object has a record and every
# certificate is listed; nothing is left over.
set -uo pipefail
. tests/behave/natdev.sh
natdev_begin http_lines=$'failure-limit = 100000\nmax-connections-per-address = 1000'
many=50 seconds=20
# A process of the agent at any one moment.
pause() { sleep "0.$(printf %03d $((RANDOM % 120)))"; }

mapfile -t names < <(seq -f 'WM-%02g' "$many")
expected "$d/list" "${names[@]}"
"$AGENT_BIN/natdev" list="$d/list" threads=1 wait=90 docs="$d" > "$d/all" 2>&1 &
all=$!
ERROR_PIDS+=("$all")

echo "== killed at any moment"
end=$((SECONDS + seconds)) kills=0
while [ $SECONDS -lt $end ] && kill -0 "$all" 2> /dev/null; do
	pause
	case $((RANDOM % 8)) in
	0) victim=$(agent_child "$AGENT_PID" front) ;;
	1)
		kill -KILL "$AGENT_PID"
		wait "$AGENT_PID" 2> /dev/null
		# A front that was just being started notices a moment later that its parent is gone, and has the ports until then.
		soon 10 agent_start "$d/agent" 2> "$d/starts" || { cat "$d/starts"; wrong "it does not start again"; }
		kills=$((kills + 1))
		continue
		;;
	*) victim=$(agent_child "$AGENT_PID" core) ;;
	esac
	[ -n "$victim" ] && kill -KILL "$victim" 2> /dev/null && kills=$((kills + 1))
done
wait "$all" || wrong "devices without an answer"
cp "$d/all" "$d/tries"
echo "killed $kills times"
[ "$kills" -gt 3 ] || wrong "hardly anything was killed"
tally "$many granted"

echo "== whole"
nothing_left() { ctl status -o json | python3 -c 'import json, sys; o = json.load(sys.stdin); sys.exit(bool(o["to_finish"]) or o["devices"]["enrolled"] != int(sys.argv[1]))' "$many" 2> /dev/null; }
soon 20 nothing_left || { ctl status > "$d/out" 2>&1; wrong "something is left over"; }
admin ldapsearch -LLL -o ldif-wrap=no -b "$DEVICES_DN" '(objectClass=enrolldDevice)' cn enrolldEnrollment enrolldState userCertificate > "$d/objects"
ctl device list -o json > "$d/records"
ctl certificate list -o json > "$d/certificates"
python3 - "$d" "$many" << 'END' || wrong "something is half-done"
import base64, json, subprocess, sys
d, many = sys.argv[1], int(sys.argv[2])
records = {r["enrollment"]: r for r in json.load(open(d + "/records"))["items"]}
certs = {c["serial"]: c for c in json.load(open(d + "/certificates"))["items"]}
assert len(records) == many and all(r["state"] == "enrolled" for r in records.values())
seen = set()
for block in open(d + "/objects").read().strip().split("\n\n"):
    lines = dict(l.split(": ", 1) for l in block.split("\n") if ": " in l)
    record = records[lines["enrolldEnrollment"]]
    assert record["name"] == lines["cn"] and lines["enrolldState"] == "enabled", block
    der = base64.b64decode(lines["userCertificate;binary:"] if "userCertificate;binary:" in lines else lines["userCertificate;binary"])
    serial = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-serial"], input=der, capture_output=True,
                            check=True).stdout.decode().strip().split("=")[1]
    assert certs[serial]["state"] == "valid", serial
    seen.add(serial)
    # and it is what the device was given
    assert base64.b64encode(der).decode() in open(f"{d}/{lines['cn']}.xml").read(), lines["cn"]
assert len(seen) == many, len(seen)
assert {s for s, c in certs.items() if c["state"] == "valid"} == seen
END
error_end
