#!/bin/bash
# Somebody answers in the place of the enrollment server. Whatever it says, `enroll` ends with the right code and exit
# status, shows nothing of its text, sends it nothing that proves the password, and leaves the machine as it was.
set -uo pipefail
bin=${ENROLL_BIN:-build/bin}
d=$(mktemp -d /tmp/e.XXXXXX)
rogue=
finish() { [ -z "$rogue" ] || kill "$rogue" 2>/dev/null; rm -rf "$d"; }
trap finish EXIT
failures=0
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); sed 's/^/  | /' "$d/out" "$d/err" 2>/dev/null; }

# A password that is well-formed; no server knows it.
echo 7K3MQ-D2PXW-9H3TB-CN61T > "$d/password"
mkdir -p "$d/root/etc"
echo localhost > "$d/root/etc/hostname"

start() # MODE [ARG…]
{
	rm -f "$d/port" "$d/port.log"
	python3 tests/behave/rogue.py "$1" "$d/port" "${@:2}" &
	rogue=$!
	for _ in $(seq 1000); do [ -s "$d/port" ] && return; sleep 0.05; done
	wrong "the rogue did not start"
}
stop() { kill "$rogue"; wait "$rogue" 2>/dev/null; rogue=; }

join() # SERVER [OPTION…]
{
	"$bin/enroll" join andreas@contoso.test --root "$d/root" --password-file "$d/password" \
		--server "$@" > "$d/out" 2> "$d/err" < /dev/null
}

# want CODE EXIT MODE [ARG…]: the rogue of that mode, met.
want()
{
	local code=$1 exit=$2 mode=$3 rc
	shift 2
	start "$@"
	join "localhost:$(cat "$d/port")"
	rc=$?
	stop
	if ! grep -q "\[$code " "$d/err" || [ $rc != "$exit" ]; then
		wrong "$mode: wanted $code and exit $exit, got exit $rc"
	else
		echo "ok: $mode: $(head -n 1 "$d/err")"
	fi
	[ "$(find "$d/root" -type f | sort | tr '\n' ' ')" = "$d/root/etc/enroll/log $d/root/etc/hostname " ] ||
		wrong "$mode: left $(find "$d/root" -type f)"
	if grep -qP '[^\x20-\x7e\n\xe2\x80\xa6]|Hotel|owned' "$d/out" "$d/err" "$d/root/etc/enroll/log"; then
		wrong "$mode: its text is shown"
	fi
}

want ENR-111 6 login
want ENR-111 6 redirect
want ENR-111 6 huge
want ENR-111 6 garbage
want ENR-111 6 empty
want ENR-111 6 laughs
want ENR-111 6 xxe
want ENR-111 6 utf16
want ENR-111 6 truncated
want ENR-111 6 escape
want ENR-111 6 wrong-phase
want ENR-109 6 busy
want ENR-103 1 login --name elsewhere.example
grep -q 'the certificate is for elsewhere.example' "$d/err" || wrong "the names of the certificate are not told"
want ENR-203 1 forged-anchors
want ENR-203 1 reflected
want ENR-106 1 wrong-choice
want ENR-203 1 unproved-used
want ENR-203 1 wrong-mac
want ENR-202 1 wrong-password
grep -q 'it has not proved that it is yours' "$d/err" || wrong "hearsay is not marked"
grep -q 'attempt A-7K3M-Q9TD' "$d/err" || wrong "no attempt number"
want ENR-105 1 no-and-wrong
want ENR-108 6 throttled
want ENR-106 1 later
want ENR-901 6 new-code
want ENR-202 1 wrong-clock
grep -q 'clock is' "$d/out" || wrong "a clock that may be wrong is not named"

# It never hears the password, whole or in groups, nor the same selector under another name.
start wrong-password
join "localhost:$(cat "$d/port")"
if grep -qE '7K3MQ|D2PXW|9H3TB|CN61T' "$d/port.log"; then wrong "the password was sent"; fi
stop

# An address is refused before a packet leaves.
start login
join "127.0.0.1:$(cat "$d/port")"; rc=$?
grep -q '\[ENR-104 ' "$d/err" && [ $rc = 2 ] || wrong "an address instead of a name: exit $rc"
[ ! -s "$d/port.log" ] || wrong "something was sent to an address"
stop

# Nobody there, nobody by that name.
join localhost:1; rc=$?
grep -q '\[ENR-102 ' "$d/err" && [ $rc = 6 ] || wrong "nobody listens: exit $rc"
join no-such-host.invalid; rc=$?
grep -q '\[ENR-101 ' "$d/err" && [ $rc = 6 ] || wrong "no such host: exit $rc"

# The errors as JSON: stdout empty, one object on stderr.
start wrong-password
join "localhost:$(cat "$d/port")" -o json
[ ! -s "$d/out" ] || wrong "a failure wrote to standard output"
python3 - "$d/err" <<'PY' || wrong "the JSON error"
import json, sys
text = open(sys.argv[1]).read()
o = json.loads(text)
assert text.count("\n") == 1
assert (o["kind"], o["version"], o["code"], o["exit"], o["attempt"]) == ("error", 1, "ENR-202", 1, "A-7K3M-Q9TD"), o
assert o["phase"] == "bootstrap" and o["details"]["proved"] is False, o
PY
stop

# What may pass is tried again for as long as --retry says, and not longer.
start busy
SECONDS=0
join "localhost:$(cat "$d/port")" --retry 12s; rc=$?
stop
[ $rc = 6 ] && [ $SECONDS -lt 30 ] || wrong "--retry: exit $rc after $SECONDS s"
[ "$(grep -c ^/enroll/discovery "$d/port.log")" = 2 ] || wrong "--retry: $(grep -c ^/enroll/discovery "$d/port.log") tries, not 2"

[ $failures = 0 ] && echo "all well"
