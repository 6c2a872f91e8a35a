#!/bin/bash
# What strangers may ask, and how much: paths, methods, media types, encodings, sizes, time, connections, failures; and
# the CRL row, which serves one file over plain HTTP.
set -uo pipefail
. tests/behave/agent.sh
d=$(mktemp -d /tmp/e.XXXXXX)
trap agent_clean_up EXIT
failures=0
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); }
# want STATUS CODE WHAT CURL-ARG…: the status and the code in the answer's document.
want()
{
	local status=$1 code=$2 what=$3 got
	shift 3
	got=$(agent_curl -o "$d/answer" -D "$d/head" -w '%{http_code}' "$@")
	if [ "$got" != "$status" ]; then
		wrong "$what: status $got, not $status"
	elif [ -n "$code" ] && ! grep -q "<code>$code</code>" "$d/answer"; then
		wrong "$what: $(head -c 300 "$d/answer") is not $code"
	else
		echo "ok: $what: $status $code"
	fi
}
type=(-H "Content-Type: $AGENT_TYPE")

agent_make "$d" http_lines=$'http-timeout = 3s\nmax-connections-per-address = 40\nmax-connections = 60\nfailure-limit = 400\nfailure-window = 5m' || exit 1
agent_start "$d" || exit 1
agent_discovery > "$d/discovery"
u=$AGENT_URL

want 200 '' "discovery" "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery"
want 200 '' "charset" -H "Content-Type: $AGENT_TYPE; charset=UTF-8" --data-binary "@$d/discovery" "$u/enroll/discovery"
want 200 '' "HTTP/1.0" -0 "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery"
want 200 '' "chunked" -H 'Transfer-Encoding: chunked' "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery"
want 404 ENR-307 "unknown path" "$u/enroll"
want 404 ENR-307 "query" "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery?x=1"
want 404 ENR-307 "crl on the device row" "$u/crl/devices.crl"
want 405 ENR-308 "GET" "$u/enroll/discovery"
grep -qi '^allow: POST' "$d/head" || wrong "no Allow with 405"
want 405 ENR-308 "PUT" -X PUT "${type[@]}" --data-binary x "$u/enroll/bootstrap"
want 405 ENR-308 "DELETE" -X DELETE "$u/enroll/enrollment"
want 501 '' "a method of its own" -X BREW "$u/enroll/discovery"
want 415 ENR-306 "wrong type" -H 'Content-Type: text/xml' --data-binary "@$d/discovery" "$u/enroll/discovery"
want 415 ENR-306 "no type" -H 'Content-Type:' --data-binary "@$d/discovery" "$u/enroll/discovery"
want 415 ENR-306 "UTF-16" -H "Content-Type: $AGENT_TYPE; charset=utf-16" --data-binary "@$d/discovery" "$u/enroll/discovery"
want 415 ENR-306 "gzip" "${type[@]}" -H 'Content-Encoding: gzip' --data-binary "@$d/discovery" "$u/enroll/discovery"
want 400 ENR-301 "no XML" "${type[@]}" --data-binary 'hello' "$u/enroll/discovery"
want 400 ENR-301 "empty" "${type[@]}" --data-binary '' "$u/enroll/discovery"
want 400 ENR-301 "another phase's message" "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/bootstrap"
want 400 ENR-106 "a later version" "${type[@]}" --data-binary "$(sed 's/shows="1"/shows="7"/' "$d/discovery")" "$u/enroll/discovery"
head -c 70000 /dev/zero | tr '\0' ' ' > "$d/70k"
want 413 ENR-302 "70 KB body" "${type[@]}" --data-binary "@$d/70k" "$u/enroll/discovery"
head -c 10000000 /dev/zero > "$d/10m"
want 413 '' "10 MB body" -H 'Expect:' "${type[@]}" --data-binary "@$d/10m" "$u/enroll/discovery"
want 400 '' "40 KB of headers" -H "X-Long: $(head -c 40000 /dev/zero | tr '\0' x)" "$u/enroll/discovery"
grep -qi '^server:' "$d/head" && wrong "a Server banner"

# The certificate carries the public name, from the first byte, and TLS 1.1 is refused.
curl -s -o /dev/null --cacert "$AGENT_ROOT" "https://127.0.0.1:$AGENT_PORT/" && wrong "an address instead of the name was accepted"
echo | openssl s_client -connect "127.0.0.1:$AGENT_PORT" -servername "$AGENT_NAME" -tls1_1 -cipher ALL@SECLEVEL=0 > /dev/null 2>&1 &&
	wrong "TLS 1.1 was accepted"
for v in tls1_2 tls1_3; do
	openssl s_client -connect "127.0.0.1:$AGENT_PORT" -servername "$AGENT_NAME" -$v -CAfile "$AGENT_ROOT" \
		-verify_return_error -verify_hostname "$AGENT_NAME" < /dev/null > "$d/tls" 2>&1 || wrong "$v is not spoken: $(tail -n 3 "$d/tls")"
done
grep -q 'Acceptable client certificate CA' "$d/tls" && wrong "a client certificate was requested"

# The CRL row.
crl=http://127.0.0.1:$AGENT_CRL_PORT
plain() { curl -s --max-time 10 -o "$d/answer" -D "$d/head" -w '%{http_code}' "$@"; }
agent_wait 10 agent_has_more crl 0 || wrong "no CRL was made"
[ "$(plain "$crl/crl/devices.crl")" = 200 ] || wrong "no CRL"
openssl crl -inform DER -in "$d/answer" -noout -issuer > "$d/crl" 2>&1 || wrong "not a CRL: $(cat "$d/crl")"
[ "$(plain -I "$crl/crl/devices.crl")" = 200 ] || wrong "no HEAD for the CRL"
n=$(printf 'HEAD /crl/devices.crl HTTP/1.0\r\n\r\n' | timeout 5 python3 -c "
import socket, sys
s = socket.create_connection(('127.0.0.1', $AGENT_CRL_PORT)); s.sendall(sys.stdin.buffer.read()); got = b''
while (more := s.recv(9999)): got += more
print(len(got.split(b'\r\n\r\n', 1)[1]))")
[ "$n" = 0 ] || wrong "HEAD has a body of $n octets"
grep -qi '^content-type: application/pkix-crl' "$d/head" || wrong "type of the CRL"
[ "$(plain -X POST --data x "$crl/crl/devices.crl")" = 405 ] || wrong "POST to the CRL"
[ "$(plain "$crl/")" = 404 ] || wrong "/ on the CRL row"
[ "$(plain -H 'Content-Type: '"$AGENT_TYPE" --data-binary "@$d/discovery" "$crl/enroll/discovery")" = 404 ] || wrong "discovery on the CRL row"

# Keep-alive: many requests on one connection, none waits for a delayed ACK.
start=$(date +%s%N)
for i in $(seq 200); do printf 'url = "%s/enroll/x%s"\noutput = /dev/null\n' "$u" "$i"; done > "$d/urls"
n=$(agent_curl -w '%{num_connects}\n' -K "$d/urls" | awk '{ n += $1 } END { print n }')
ms=$((($(date +%s%N) - start) / 1000000))
[ "$n" = 1 ] || wrong "keep-alive: $n connections for 200 requests"
[ "$ms" -lt 7000 ] || wrong "200 requests on one connection took $ms ms" # 40 ms each would be 8 s
echo "ok: 200 requests, $n connection, $ms ms"

# Slow ones: silence after connecting, half a handshake, half a request, one octet at a time.
cat > "$d/slow.py" <<'PY'
import socket, ssl, sys, time
from concurrent.futures import ThreadPoolExecutor
host, port, ca, plain = "127.0.0.1", int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
name = sys.argv[4]
def tls():
    c = ssl.create_default_context(cafile=ca)
    return c.wrap_socket(socket.create_connection((host, port)), server_hostname=name)
def ended(s, limit, drip=None):
    t = time.time()
    s.settimeout(0.2)
    while time.time() - t < limit:
        try:
            if drip: s.send(drip)
            if s.recv(1000) == b"": return time.time() - t
        except (socket.timeout, ssl.SSLWantReadError, TimeoutError): pass
        except OSError: return time.time() - t
    return None
cases = {
    "silence": lambda: (socket.create_connection((host, port)), None),
    "plain silence": lambda: (socket.create_connection((host, plain)), None),
    "half a request": lambda: (lambda s: (s.send(b"POST /enroll/discovery HTTP/1.1\r\nHost: x\r\n"), (s, None))[1])(tls()),
    "an octet at a time": lambda: (lambda s: (s.send(b"POST /enroll/discovery HTTP/1.1\r\nX: "), (s, b"a"))[1])(tls()),
    "a body at a time": lambda: (lambda s: (s.send(b"POST /enroll/discovery HTTP/1.1\r\nContent-Length: 60000\r\n\r\n"), (s, b"a"))[1])(tls()),
    "plain octets": lambda: (lambda s: (s.send(b"GET /crl"), (s, b"a"))[1])(socket.create_connection((host, plain))),
}
def try_it(case):
    s, drip = case[1]()
    took = ended(s, 20, drip)
    s.close()
    return case[0], took
bad = 0
with ThreadPoolExecutor(len(cases)) as pool:
    for what, took in pool.map(try_it, cases.items()):
        late = took is None or took > 12
        print(("FAIL: " if late else "ok: ") + what + " ended after " + str(took and round(took, 1)) + " s")
        bad += late
sys.exit(bad)
PY
python3 "$d/slow.py" "$AGENT_PORT" "$AGENT_ROOT" "$AGENT_CRL_PORT" "$AGENT_NAME" || failures=$((failures + $?))

# Connections: beyond 40 from one address they are closed at once, and those inside still work.
cat > "$d/many.py" <<'PY'
import socket, sys, time
conns = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(70)]
time.sleep(1)
cut = 0
for s in conns:
    s.setblocking(False)
    try: cut += s.recv(1) == b""
    except BlockingIOError: pass
    except OSError: cut += 1
print(len(conns) - cut)
PY
sleep 0.6
left=$(python3 "$d/many.py" "$AGENT_PORT")
[ "$left" = 40 ] || wrong "$left of 70 silent connections were kept, not 40"
sleep 1
want 200 '' "discovery afterwards" "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery"

# Failures: success costs nothing, failures do, and the answer says how long to wait.
agent_stop || wrong "stop"
sed -i 's/^failure-limit = .*/failure-limit = 5/' "$AGENT_CONF"
agent_start "$d" || exit 1
for i in $(seq 30); do
	[ "$(plain "http://127.0.0.1:$AGENT_CRL_PORT/crl/devices.crl")" = 200 ] || wrong "success $i was throttled"
done
for i in $(seq 5); do want 400 ENR-301 "failure $i" "${type[@]}" --data-binary x "$u/enroll/discovery"; done
want 429 ENR-108 "throttled" "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery"
grep -qiE '^retry-after: [0-9]+' "$d/head" || wrong "no Retry-After with 429"
grep -qi '^connection: close' "$d/head" || wrong "who has to wait keeps the connection"
before=$(agent_count 'request .* code=ENR-108')
for i in $(seq 30); do agent_curl -o /dev/null "$u/x"; done
n=$(($(agent_count 'request .* code=ENR-108') - before))
[ "$n" -le 10 ] || wrong "30 refusals of one address are $n lines in the log"

# Who is made to wait shows in status, and can be let in again; the second time there is nothing to clear.
enrollctl() { "$AGENT_BIN/enrollctl" "$@" > "$d/out" 2> "$d/err" < /dev/null; }
told() { python3 -c 'import json, sys; o = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$d/out" "$1"; }
valid() { python3 tests/behave/json_valid.py "$1" < "$d/out" || wrong "$1 is not as its schema says"; }
enrollctl status -o json || wrong "status: $(cat "$d/err")"
valid status
[ "$(told '[t["network"] for t in o["throttled"]]')" = "['127.0.0.1']" ] || wrong "status does not tell who waits: $(cat "$d/out")"
enrollctl status && grep -qE '^  throttled +127.0.0.1, may try again in ' "$d/out" || wrong "status: $(cat "$d/out")"
enrollctl throttle clear 127.0.0.1 -n -o json || wrong "dry clear: $(cat "$d/err")"
valid throttle
[ "$(told 'o["changed"], o["dry_run"]')" = "(True, True)" ] || wrong "dry clear: $(cat "$d/out")"
want 429 ENR-108 "after a dry run" "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery"
enrollctl throttle clear 192.0.2.1 -o json && [ "$(told 'o["changed"]')" = False ] || wrong "clears an address that does not wait"
enrollctl throttle clear 127.0.0.1 --note 'ticket 7' || wrong "clear: $(cat "$d/err")"
grep -q '^127.0.0.1 may try again now' "$d/out" || wrong "clear: $(cat "$d/out")"
want 200 '' "let in again" "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery"
enrollctl throttle clear 127.0.0.1 || wrong "clear twice: $(cat "$d/err")"
grep -q unchanged "$d/out" || wrong "clear twice: $(cat "$d/out")"
enrollctl throttle clear 127.0.0.1/8
[ $? = 2 ] || wrong "clears what is no address"
enrollctl audit list -o json || wrong "audit: $(cat "$d/err")"
[ "$(told '[(e["event"], e["note"], e["detail"]) for e in o["items"]]')" = "[('throttle-cleared', 'ticket 7', '127.0.0.1')]" ] ||
	wrong "the audit trail has: $(cat "$d/out")"

# Who connects and asks nothing is charged too, after which not even a handshake is to be had.
agent_stop || wrong "stop"
agent_start "$d" || exit 1
for _ in $(seq 12); do python3 -c "import socket; socket.create_connection(('127.0.0.1', $AGENT_PORT)).send(b'x')"; done
[ "$(agent_status "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery")" = 000 ] || wrong "twelve unfinished handshakes cost nothing"
[ "$(agent_count 'no-request.*handshake=unfinished.*')" -ge 10 ] || wrong "unfinished handshakes are not in the log"

[ "$(grep -cE ' request listener=devices peer=127.0.0.1 method=POST path=/enroll/discovery status=200 attempt=A-' "$AGENT_LOG")" -gt 4 ] ||
	wrong "no request lines with attempts"
agent_stop || wrong "stop"

# Where descriptors run out before max-connections is reached, that is said; who comes waits, the front does not spin, and
# goes on when they are gone. (Root may have more descriptors, so somebody else starts it.)
sed -i 's/^failure-limit = .*/failure-limit = 400/' "$AGENT_CONF"
[ "$(id -u)" != 0 ] || chown -R nobody "$d"
before=$(agent_count ready)
(
	[ "$(id -u)" != 0 ] || as=(setpriv --reuid nobody --regid nogroup --clear-groups)
	ulimit -n 64
	exec "${as[@]}" "$AGENT_BIN/enrolld" --config "$AGENT_CONF" --single-user
) >> "$AGENT_LOG" 2>&1 &
AGENT_PID=$!
AGENT_PROCS+=("$AGENT_PID")
agent_wait 30 agent_has_more ready "$before" || wrong "not ready with 64 descriptors"
agent_find_children
grep -q 'connections max-connections is 60, but 64 descriptors' "$AGENT_LOG" || wrong "too few descriptors, and nobody is told"
ticks() { awk '{ print $14 + $15 }' "/proc/$AGENT_FRONT/stat"; }
python3 -c "
import socket, time
held = [socket.create_connection(('127.0.0.1', $AGENT_PORT)) for _ in range(200)]
time.sleep(2)" &
many=$!
agent_wait 10 agent_has_more 'accept Too many open files.*' 0 || wrong "200 connections did not use up 64 descriptors"
used=$(ticks)
wait "$many"
used=$(($(ticks) - used))
n=$(agent_count 'accept Too many open files.*')
[ "$used" -lt 50 ] && [ "$n" -lt 40 ] || wrong "without descriptors it spins: $used ticks, $n lines"
served() { [ "$(agent_status "${type[@]}" --data-binary "@$d/discovery" "$u/enroll/discovery")" = 200 ]; }
agent_wait 20 served || wrong "no answer after descriptors ran out"
agent_stop || wrong "stop"
[ $failures = 0 ] && echo "agent_limits: all as it should be"
exit $((failures > 0))
