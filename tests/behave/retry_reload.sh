#!/bin/bash
# Reloads while devices enroll: each is granted at its first try, whether the configuration, a profile or the TLS
# certificate changed in the middle of its conversation. SIGTERM answers what is in flight before the end.
set -uo pipefail
. tests/behave/natdev.sh
natdev_begin http_lines="failure-limit = 1000"

echo "== eighty devices, and reloads all the time"
mapfile -t names < <(seq -f 'WM-%02g' 80)
expected "$d/list" "${names[@]}"
"$AGENT_BIN/natdev" list="$d/list" threads=2 > "$d/all" 2>&1 &
all=$!
ERROR_PIDS+=("$all")
reloads=0
while kill -0 "$all" 2> /dev/null; do
	sed -i '/^\[profile extra\]/,$d' "$AGENT_CONF"
	printf '[profile extra]\nou = %s\ncertificate-lifetime = %dd\n' "$SALES_DN" $((reloads + 1)) >> "$AGENT_CONF"
	agent_reload
	reloads=$((reloads + 1))
	[ $reloads -lt 40 ] || break
done
wait "$all" || wrong "devices without an answer"
cp "$d/all" "$d/tries"
echo "$reloads reloads"
[ "$reloads" -gt 1 ] || wrong "hardly any reload"
grep -q 'reload failed' "$AGENT_LOG" && wrong "a reload failed"
tally "80 granted"
[ "$(ctl device list --state enrolled -o name | wc -l)" = 80 ] || wrong "not all are enrolled"

echo "== SIGTERM with a device in flight"
expected "$d/list" WM-LAST
freeze "$SLAPD_PID"
"$AGENT_BIN/natdev" list="$d/list" > "$d/last" 2> "$d/err" &
last=$!
ERROR_PIDS+=("$last")
in_flight() { grep -q 'path=/enroll/bootstrap status=200' <(tail -n 3 "$AGENT_LOG"); }
soon 10 in_flight || wrong "it does not come as far"
sleep 0.3
kill -TERM "$AGENT_PID"
sleep 0.3
kill -CONT "$SLAPD_PID"
wait "$last"
cp "$d/last" "$d/tries"
tally "1 granted"
wait "$AGENT_PID"
[ $? = 0 ] || wrong "enrolld ended with an error"
agent_start "$d/agent" || wrong "it does not start again"
whole WM-LAST
error_end
