#!/bin/bash
# Start and stop: what is made, what is said to the service manager, and what a start that cannot succeed says.
set -uo pipefail
. tests/behave/agent.sh
d=$(mktemp -d /tmp/e.XXXXXX)
trap agent_clean_up EXIT
failures=0
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); }
mode=()
[ "$(id -u)" = 0 ] || mode=(--single-user)
# ends EXIT PATTERN WHAT: enrolld with $d/try.conf ends by itself.
ends()
{
	local rc=0
	timeout 40 "$AGENT_BIN/enrolld" --config "$d/try.conf" "${mode[@]}" > "$d/out" 2>&1 || rc=$?
	if [ $rc != "$1" ] || ! grep -q "$2" "$d/out"; then
		wrong "$3: exit $rc, not $1, or no $2: $(tail -n 5 "$d/out")"
	else
		echo "ok: $3: exit $rc, $2"
	fi
	pgrep -f -- "--config $d/try.conf" > /dev/null && wrong "$3: something still runs"
}
edit() { sed "$@" "$AGENT_CONF" > "$d/try.conf"; }

agent_make "$d" || exit 1

# What must stop a start, by name.
edit "s,^ca-dir = .*,ca-dir = $d/no-ca,"
ends 2 ENR-702 "no CA"
python3 -c "
import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', $AGENT_PORT)); s.listen(1)
print('up', flush=True); time.sleep(60)" > "$d/holder" &
holder=$!
agent_wait 10 grep -q up "$d/holder"
edit ''
ends 2 ENR-809 "port in use"
kill $holder; wait $holder 2> /dev/null
echo x > "$d/plain-file"
edit "s,^control-socket = .*,control-socket = $d/plain-file,"
ends 2 ENR-809 "a file where the control socket goes"
[ "$(cat "$d/plain-file")" = x ] || wrong "the file in the way was removed"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$d/x.key" 2> /dev/null
cp "$d/ca/server.pem" "$d/x.pem"
edit "/^\[listener devices\]/a certificate = $d/x.pem\nkey = $d/x.key"
ends 2 ENR-706 "a key that does not fit"
edit "/^\[listener devices\]/a certificate = $d/none.pem\nkey = $d/x.key"
ends 2 none.pem "a certificate that is not there"
rm -f "$d/try.conf"
ends 2 ENR-801 "no configuration"

# Readiness, as systemd hears it: not before a device is answered.
cat > "$d/notify.py" <<'PY'
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); s.settimeout(60)
print("up", flush=True)
while True:
    m = s.recv(4096).decode(); print(time.time(), repr(m), flush=True)
    if "STOPPING=1" in m: break
PY
python3 "$d/notify.py" "$d/notify" > "$d/notify.log" &
heard=$!
agent_wait 10 grep -q up "$d/notify.log"
export NOTIFY_SOCKET=$d/notify
agent_start "$d" || exit 1
unset NOTIFY_SOCKET
agent_wait 5 grep -q READY=1 "$d/notify.log" || wrong "READY=1 was not said"
agent_discover | grep -q '<eligible>no</eligible>' || wrong "ready and does not answer"
agent_reload || wrong "reload"
grep -q 'RELOADING=1.*MONOTONIC_USEC' "$d/notify.log" || wrong "RELOADING=1 was not said"
tr '\0' '\n' < "/proc/$AGENT_FRONT/environ" | grep -q NOTIFY_SOCKET && wrong "the front got the notify socket"

# A TLS certificate that is missing is made by the core before the front starts.
agent_stop || wrong "exit after SIGTERM"
wait $heard || wrong "STOPPING=1 was not said"
rm "$d/ca/server.pem" "$d/ca/server.key"
agent_start "$d" || exit 1
agent_discover | grep -q discovered || wrong "no answer with the new certificate"
[ "$(stat -c %a "$d/ca/server.key")" = 600 ] || wrong "mode of the new key"

# A socket file left by a crash is no obstacle; SIGINT is an end like SIGTERM.
kill -KILL "$AGENT_PID"
wait "$AGENT_PID" 2> /dev/null
[ -S "$AGENT_SOCKET" ] || wrong "no socket was left to test with"
gone() { ! kill -0 "$AGENT_CORE" 2> /dev/null && ! kill -0 "$AGENT_FRONT" 2> /dev/null; }
agent_wait 10 gone || wrong "children outlive a killed parent"
agent_start "$d" || exit 1
kill -INT "$AGENT_PID"
wait "$AGENT_PID" || wrong "exit after SIGINT: $?"
AGENT_PID=
grep -E 'BEGIN|PRIVATE' "$AGENT_LOG" && wrong "key material in the log"
[ $failures = 0 ] && echo "agent_start: all as it should be"
exit $((failures > 0))
