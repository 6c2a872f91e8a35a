#!/bin/bash
# needs: asan-off
# Row 10 of the old troubleshooting table, a wrong clock; and somebody in between: a relay, a proxy that inspects TLS,
# one that wants a login, an honest one, one who changes the last answer.
set -uo pipefail
. tests/behave/error.sh
error_begin

# between NAME COMMAND…: start it, wait for its port, which is in $between then.
between()
{
	local name=$1 i
	shift
	python3 "$@" & ERROR_PIDS+=("$!")
	for ((i = 0; i < 1000; i++)); do [ ! -s "$d/$name" ] || break; sleep 0.05; done
	between=$(cat "$d/$name")
}

echo "== a relay: its own certificate for the right name, everything passed on"
pre WM-1
between relay tests/behave/rogue.py relay "$d/relay" --to "localhost:$AGENT_PORT" --root "$AGENT_ROOT"
SERVER=localhost:$between join WM-1
device "a relay" ENR-204 1 'between this device and the server' 'stays valid until' 'without TLS inspection'
admin_sees "a relay" ENR-204 'certificate' 'exempt|inspection' 'pending' -- ctl device show WM-1
[ ! -e "$d/WM-1/etc/enroll/device.pem" ] || wrong "something was given to a relay"

echo "== a proxy of the network"
between inspect tests/behave/middlebox.py inspect "$d/inspect"
export https_proxy=http://127.0.0.1:$between no_proxy=''
join WM-1
device "a proxy that inspects TLS" ENR-204 1 'stays valid until' 'without TLS inspection'
between refuse tests/behave/middlebox.py refuse "$d/refuse"
https_proxy=http://127.0.0.1:$between join WM-1
device "a proxy that wants a login" ENR-102 6 'proxy of this network answered 407'
between login tests/behave/middlebox.py login "$d/login"
https_proxy=http://127.0.0.1:$between join WM-1
device "a proxy that shows a page in between" ENR-103 1 'the certificate is for proxy\.corp\.example'
between honest tests/behave/middlebox.py pass "$d/honest"
https_proxy=http://127.0.0.1:$between join WM-1
joins "through an honest proxy, with the same password"
says 'through the proxy'
grep -q "CONNECT localhost:$AGENT_PORT" "$d/honest.log" || wrong "the honest proxy was not used"
unset https_proxy no_proxy

echo "== whoever has the server's key but not the password changes the last answer"
pre WM-2
between forge tests/behave/rogue.py forge "$d/forge" --to "localhost:$AGENT_PORT" --root "$AGENT_ROOT" \
	--cert "$AGENT_DIR/ca/server.pem" --key "$AGENT_DIR/ca/server.key"
SERVER=localhost:$between join WM-2
device "a changed last answer" ENR-212 1 'altered on the way' 'password stays good for this machine until' 'not try again from this network'
join WM-2
joins "the same machine, from another network, with the same password and key"

echo "== row 10: the clock is wrong"
pre WM-3
for clock in "+2h" "-3d"; do
	JOIN_WITH=(faketime -f "$clock")
	join WM-3
	JOIN_WITH=()
	device "the device's clock is $clock off" ENR-107 1 'This device says [0-9T:Z-]+, the server says [0-9T:Z-]+' \
		'stays valid until 20[0-9T:-]+Z' 'set the clock'
done
says 'clock is -?[0-9]+ s off ours'
admin_sees "when the device last spoke" pending -- ctl device show WM-3
JOIN_WITH=(faketime -f "+4m")
join WM-3
JOIN_WITH=()
joins "four minutes off are forgiven"
error_end
