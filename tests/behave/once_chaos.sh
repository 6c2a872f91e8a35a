#!/bin/bash
# alone
# Everything at once: thirty passwords, three keys for each that ask until they are answered for good, a wire to the
# directory that loses adds and answers by chance, and a core that is killed by chance. When it is quiet again each
# password has enrolled exactly one key, and nothing is half-done.
set -uo pipefail
. tests/behave/natdev.sh
chmod 755 "$d"
slapd_start "$d/ldap" nosync=yes || exit 1
chmod 755 "$d/ldap"
natdev_wire "$d/ldap/ldapi"
agent_make "$d/agent" suffix=contoso.test uri="$WIRE" directory_lines='ldap-timeout = 1s' \
	http_lines=$'failure-limit = 100000\nmax-connections-per-address = 1000' || exit 1
agent_start "$d/agent" || exit 1
natdev_use
many=30 keys=3 seconds=15
modes=(pass lose-answer lose-request hold hold-request)

mapfile -t names < <(seq -f 'WM-%02g' "$many")
expected "$d/list" "${names[@]}"
echo lose-answer > "$d/mode"
"$AGENT_BIN/natdev" list="$d/list" times=$keys threads=6 wait=90 > "$d/all" 2>&1 &
all=$!
ERROR_PIDS+=("$all")

echo "== trouble"
end=$((SECONDS + seconds)) kills=0
while [ $SECONDS -lt $end ] && kill -0 "$all" 2> /dev/null; do
	does=${modes[RANDOM % ${#modes[@]}]}
	echo "$does" > "$d/mode.new"
	mv "$d/mode.new" "$d/mode"
	sleep "0.$([ "$does" = pass ] && echo 05 || echo $((RANDOM % 4))5)"
	[ $((RANDOM % 8)) != 0 ] || { kill -KILL "$(agent_child "$AGENT_PID" core)" 2> /dev/null && kills=$((kills + 1)); }
done
echo "killed $kills times; $(grep -c ' granted ' "$d/all") granted by then"
echo pass > "$d/mode"
wait "$all" || wrong "devices without an answer"
cp "$d/all" "$d/tries"
tally "$((many * (keys - 1))) ENR-206, $many granted"
[ "$(awk '$2 == "granted" { print $1 }' "$d/tries" | sort -u | wc -l)" = "$many" ] || wrong "not one key each"

echo "== quiet"
soon 20 nothing_left || { ctl status > "$d/out" 2>&1; wrong "something is left over"; }
for name in "${names[@]}"; do whole "$name"; done
[ "$(admin ldapsearch -LLL -b "$DEVICES_DN" '(objectClass=enrolldDevice)' 1.1 | grep -c '^dn:')" = "$many" ] || wrong "objects without a record"
error_end
