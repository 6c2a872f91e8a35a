#!/bin/bash
# Somebody in between, who passes everything on to the real server. Under a certificate of its own: the server sees
# that the device saw another leaf. With the server's own stolen key: it can read, but the changed document is refused.
set -uo pipefail
. tests/behave/error.sh
error_begin suffix=contoso.test
rogue=
start()
{
	rm -f "$d/port"
	# Room between the clocks of the two: none.
	python3 tests/behave/rogue.py "$1" "$d/port" --to "$AGENT_NAME:$AGENT_PORT" --root "$AGENT_ROOT" "${@:2}" &
	rogue=$!
	ERROR_PIDS+=("$rogue")
	agent_wait 10 test -s "$d/port" || wrong "the rogue did not start"
}
stop() { kill "$rogue"; wait "$rogue" 2> /dev/null; }

echo "== a certificate of its own"
pre LT-1
start relay
SERVER=localhost:$(cat "$d/port") join LT-1
device "a relay" ENR-204 1 'opens the connection'
[ ! -e "$d/LT-1/etc/enroll/device.key" ] || wrong "it went as far as the key"
stop

echo "== the server's own certificate and key"
start forge --cert "$d/agent/ca/server.pem" --key "$d/agent/ca/server.key"
SERVER=localhost:$(cat "$d/port") join LT-1
device "a changed document" ENR-212 1 'altered'
[ ! -e "$d/LT-1/etc/enroll/provisioning.xml" ] || wrong "the document was kept"
[ "$(cat "$d/LT-1/etc/hostname")" = localhost ] || wrong "the machine was changed"
stop

echo "== without it, the same command goes on with the same key"
before=$(sha256sum < "$d/LT-1/etc/enroll/device.key")
join LT-1
joins "after the forgery"
[ "$before" = "$(sha256sum < "$d/LT-1/etc/enroll/device.key")" ] || wrong "another key"

error_end
