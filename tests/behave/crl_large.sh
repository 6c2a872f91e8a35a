#!/bin/bash
# A long life leaves a long revocation list: it is served, and devices are answered all the same, also while many read
# it slowly; one that is too long for the pipe is refused, and that is all that happens.
set -uo pipefail
. tests/behave/agent.sh
d=$(mktemp -d /tmp/e.XXXXXX)
trap agent_clean_up EXIT
failures=0
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); }
status() { agent_discovery | agent_status -H "Content-Type: $AGENT_TYPE" --data-binary @- "$AGENT_URL/enroll/discovery"; }
crl() { curl -s --max-time 20 -o "$d/crl" -w '%{http_code}' "http://127.0.0.1:$AGENT_CRL_PORT/crl/devices.crl"; }

# revoked N: that many more in the store, as revoking them one by one leaves them.
revoked()
{
	python3 - "$d/state/store.sqlite" "$1" <<-'PY'
	import os, sqlite3, sys, time
	store, now = sqlite3.connect(sys.argv[1]), int(time.time())
	store.executemany("INSERT INTO cert (serial, record, name, state, reason, revoked_at, not_before, not_after, der) "
	    "VALUES (?, 'E-0000-0000', 'WM', 3, 4, ?, ?, ?, x'00')",
	    (("7" + os.urandom(16).hex()[1:].upper(), now, now - 600, now + 8640000) for _ in range(int(sys.argv[2]))))
	store.commit()
	PY
}

agent_make "$d" || exit 1
for n in 7000 93000; do
	agent_start "$d" || exit 1
	agent_stop || wrong "stop"
	revoked $n || wrong "no rows"
	agent_start "$d" || exit 1
	got=$(crl)
	if [ $n = 7000 ]; then
		[ "$got" = 200 ] || wrong "a list of $n: $got"
		count=$(openssl crl -inform DER -in "$d/crl" -noout -text | grep -c 'Serial Number:')
		[ "$count" = $n ] || wrong "the list has $count entries"
		before=$(awk '/^VmRSS/ { print $2 }' "/proc/$AGENT_FRONT/status")
		python3 - "$AGENT_CRL_PORT" <<-'PY' || wrong "slow readers"
		import socket, sys, time
		held = []
		for _ in range(300):
		    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		    s.connect(("127.0.0.1", int(sys.argv[1]))); s.sendall(b"GET /crl/devices.crl HTTP/1.1\r\nHost: x\r\n\r\n")
		    held.append(s)
		time.sleep(1)
		PY
		after=$(awk '/^VmHWM/ { print $2 }' "/proc/$AGENT_FRONT/status")
		[ $((after - before)) -lt 40000 ] || wrong "300 slow readers cost $((after - before)) KB"
	elif [ "$got" = 200 ]; then
		wrong "a list of $n is not too long"
	fi
	[ "$(status)" = 200 ] || wrong "after a list of $n devices are not answered"
	agent_stop || wrong "stop"
done
[ $failures = 0 ] || { tail -n 20 "$AGENT_LOG"; exit 1; }
echo "long lists hurt nobody"
