#!/bin/bash
# A network whose only way out is a proxy: `enroll` takes it from the environment, checks the same names and chains
# through it, tells a refusal of the proxy from one of the server, and makes no more connections than it has to.
set -uo pipefail
. tests/behave/error.sh
error_begin suffix=contoso.test
start()
{
	rm -f "$d/port" "$d/port.log"
	python3 tests/behave/proxy.py "$d/port" "$@" &
	proxy=$!
	ERROR_PIDS+=("$proxy")
	agent_wait 10 test -s "$d/port" || wrong "the proxy did not start"
	https_proxy=http://127.0.0.1:$(cat "$d/port")
	export https_proxy
}
stop() { kill "$proxy"; wait "$proxy" 2> /dev/null; unset https_proxy; }
unset HTTPS_PROXY ALL_PROXY all_proxy no_proxy NO_PROXY

pre LT-1
start 407
join LT-1
device "the proxy wants a login" ENR-102 6 'proxy of this network answered 407'
stop
start
join LT-1
joins "through the proxy"
grep -q 'through the proxy' "$d/out" || wrong "the proxy is not named"
[ "$(cat "$d/port.log")" = "CONNECT $SERVER" ] || wrong "not one connection for all phases: $(cat "$d/port.log")"
pre LT-2
SERVER=no-such-host.invalid join LT-2
[ $rc = 6 ] && grep -qE 'ENR-10[12] ' "$d/err" || wrong "a host the proxy cannot find: exit $rc"
rm -f "$d/port.log"
export no_proxy=localhost
join LT-2
joins "past the proxy"
[ ! -e "$d/port.log" ] || wrong "no_proxy is not honoured"
stop

# The connection ends after phase 2: one that has not been checked is given up before its handshake, then comes one whose
# chain is checked as it is made.
pre LT-3
unset no_proxy
start cut
join LT-3
joins "by a second connection"
[ "$(wc -l < "$d/port.log")" = 3 ] || wrong "connections: $(cat "$d/port.log")"
stop
error_end
