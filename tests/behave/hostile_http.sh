#!/bin/bash
# alone
# What strangers do to HTTP and XML: wrong lengths, chunks, headers, pipelines, depth; slow senders; a flood of messages that
# were good once. Each with its answer; devices are served meanwhile and afterwards, and the memory of the
# processes stays what it was.  (The messages themselves are played by wire.sh, the server's own limits by agent_limits.sh.)
set -uo pipefail
. tests/behave/error.sh
error_begin http_lines=$'http-timeout = 3s\nfailure-limit = 1000000\nmax-connections-per-address = 512'
agent_discovery > "$d/discovery"
hostile() { python3 tests/behave/hostile.py "$1" "$AGENT_PORT" "$AGENT_NAME" "$AGENT_ROOT" "$AGENT_TYPE" "$d/discovery" "${@:2}"; }
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
# part WHAT ARG…
part()
{
	echo "== $1"
	hostile "${@:2}" > "$d/told" 2>&1 || failures=$((failures + 1))
	cat "$d/told"
	passed=$((passed + $(grep -c '^ok: ' "$d/told")))
	grep -q '^FAIL: ' "$d/told" && failures=$((failures + $(grep -c '^FAIL: ' "$d/told")))
	[ "$front $core" = "$(agent_child "$AGENT_PID" front) $(agent_child "$AGENT_PID" core)" ] || wrong "a process died: $(tail -n 3 "$AGENT_LOG")"
}

pre WM-1
join WM-1
joins "before"
front=$AGENT_FRONT core=$AGENT_CORE
part "HTTP and XML bent" http
part "slow ones, seventy at a time" slow
part "a flood, to warm up" flood 2
front_before=$(memory "$front") core_before=$(memory "$core")
part "a flood" flood 5
front_after=$(memory "$front") core_after=$(memory "$core")
echo "  memory, kB: front $front_before -> $front_after, core $core_before -> $core_after"
# Whatever was sent, a few megabytes: a leak of 1 kB a message would show.
# (A sanitizer keeps what was freed.)
if [ "${ENROLL_VARIANT:-plain}" = plain ]; then
	[ $((front_after - front_before)) -lt 4096 ] || wrong "the front's memory grew"
	[ $((core_after - core_before)) -lt 8192 ] || wrong "the core's memory grew"
fi
pre WM-2
join WM-2
joins "afterwards"
[ "$(ldapsearch -x -LLL -H "$LDAPI_URI" -D "$ADMIN_DN" -w "$ADMIN_PW" -b "$DEVICES_DN" '(objectClass=device)' 1.1 | grep -c '^dn:')" = 2 ] ||
	wrong "strangers made objects"
# No octet of theirs reaches the log as it was.
if grep -qaP '[\x00-\x08\x0b-\x1f\x7f]' "$AGENT_LOG"; then wrong "control characters in the log"; fi
agent_stop || wrong "the server does not stop in order: $(tail -n 3 "$AGENT_LOG")"
error_end
