#!/bin/bash
# The server says no, not yet, or nothing: too many failures from one network, a key or a hardware serial that was not
# meant, a core that is away, a server that stops, TLS of yesterday.
set -uo pipefail
. tests/behave/error.sh
error_begin http_lines=$'failure-limit = 4\nfailure-window = 20s\nhttp-timeout = 5s' agent_lines='max-open-per-identity = 3'

echo "== too many failures from this address"
pre WM-1
cp "$d/WM-1.pw" "$d/right"
echo 7K3MQ-D2PXW-9H3TB-CN61T > "$d/WM-1.pw"
# throttled [OPTION…]: wrong ones until the server has enough of them; a slow machine needs more of them.
throttled() { for _ in {1..12}; do join WM-1 "$@"; ! grep -q ENR-108 "$d/err" || return; done; }
throttled
device "throttled" ENR-108 6 'too many failed tries' 'asks to wait for [0-9]+ s' 'wait for some minutes'
throttled -o json
grep -q '"retry_after_s":[0-9]' "$d/err" || wrong "how long to wait is not in the JSON"
cp "$d/right" "$d/WM-1.pw"
join WM-1 --retry 90s
joins "waits as long as it is told, and the right password was never locked"

echo "== a kind of key, a hardware serial"
sed -i '/^\[ca\]/a key-types = p384' "$AGENT_CONF"
agent_reload
pre WM-2
join WM-2 --key-type p256
device "a key that is not accepted" ENR-304 1 'kind of key is not accepted' "machine's key is (p256|P-256)" 'stays valid until' '--key-type'
admin_sees "which, and what would be" ENR-304 'p256|P-256' 'accepted are p384' 'key-types' -- ctl device show WM-2
join WM-2 --key-type p384
joins "another key, the same password"
pre WM-3 --serial PF3K2Q9X
join WM-3 --key-type p384
device "another hardware serial" ENR-309 1 'password is for another device' "serial number" 'stays valid until' 'help desk'
admin_sees "which serial" ENR-309 'wants PF3K2Q9X' -- ctl device show WM-3

echo "== so many at once of one address"
pre WM-4
pre WM-5
is 1 ctl device add WM-6 --identity "$IDENTITY" --password-out "$d/WM-6.pw"
says ENR-322 'max-open-per-identity' 'cancel'
is 0 ctl device cancel WM-5 --yes

echo "== the core is away, the server stops"
freeze "$AGENT_CORE"
join WM-4 --key-type p384
kill -CONT "$AGENT_CORE"
device "no answer from inside" ENR-109 6 'server is busy' 'not used|could not be found out' 'again'
kill -KILL "$AGENT_CORE"
join WM-4 --key-type p384 --retry 60s
joins "killed and started again: --retry gets there"
agent_stop
pre_rc=$rc
join WM-3
device "the server is down" ENR-102 6 'does not answer' 'not used'
[ "$pre_rc" = 0 ] || wrong "the server did not stop in order"

echo "== the server's clock once jumped ahead, and an admin says that it is right now"
python3 -c 'import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE meta SET value = ? WHERE name = ?", (int(time.time()) + 86400, "clock"))
db.commit()' "$d/agent/state/store.sqlite"
agent_start "$d/agent"
IDENTITY=later@contoso.test pre WM-7
IDENTITY=later@contoso.test join WM-7 --key-type p384
device "a clock that lies before what was seen" ENR-906 6 "server's clock is wrong" 'stays valid' 'again'
agent_stop
agent_start "$d/agent" --trust-clock
IDENTITY=later@contoso.test join WM-7 --key-type p384
joins "with an admin's word"
admin_sees "that it was said" clock-trusted 'it was 20' -- ctl audit list
# word_of PID: did that core get it?
word_of() { tr '\0' ' ' < "/proc/$1/cmdline" | grep -c -- --trust-clock; }
agent_find_children
before=$AGENT_CORE
[ "$(word_of "$before")" = 1 ] || wrong "the core was not told"
kill -KILL "$before"
another() { agent_find_children; [ -n "$AGENT_CORE" ] && [ "$AGENT_CORE" != "$before" ] && [ -n "$(word_of "$AGENT_CORE")" ]; }
agent_wait 15 another || wrong "the core was not started again"
[ "$(word_of "$AGENT_CORE")" = 0 ] || wrong "the word holds for the next core, too"
agent_stop

echo "== TLS of yesterday"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$d/old.key" -out "$d/old.pem" -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost 2> /dev/null
port=$(agent_free_port)
openssl s_server -accept "127.0.0.1:$port" -cert "$d/old.pem" -key "$d/old.key" -tls1_1 -cipher ALL:@SECLEVEL=0 \
	> /dev/null 2>&1 < /dev/null & ERROR_PIDS+=("$!")
agent_wait 10 bash -c "[ -n \"\$(ss -Htln 'sport = :$port')\" ]"
SERVER=localhost:$port join WM-3
device "TLS 1.1" ENR-114 6 'no secure connection' 'localhost, port' 'not used'
error_end
