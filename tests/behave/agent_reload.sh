#!/bin/bash
# SIGHUP: configuration, certificates and listeners are taken over while devices talk, and no request is lost; a bad
# configuration changes nothing; the TLS certificate of our own CA is renewed when it is due.
set -uo pipefail
. tests/behave/agent.sh
d=$(mktemp -d /tmp/e.XXXXXX)
trap agent_clean_up EXIT
failures=0
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); }
type=(-H "Content-Type: $AGENT_TYPE")
status() { agent_status "${type[@]}" --data-binary "@$d/q" "$AGENT_URL/enroll/discovery"; }
leaf() { openssl s_client -connect "127.0.0.1:${1:-$AGENT_PORT}" -servername "$AGENT_NAME" < /dev/null 2> /dev/null | openssl x509 -noout -serial; }

agent_make "$d" || exit 1
agent_start "$d" || exit 1
agent_discovery > "$d/q"
sed -i 's/andreas/nobody/' "$d/q"

# Two clients without a pause, one on new connections, one on a kept one, during five reloads.
cat > "$d/load.py" <<'PY'
import http.client, os, ssl, sys, threading, time
port, ca, name, body, stop, kind = int(sys.argv[1]), sys.argv[2], sys.argv[3], open(sys.argv[4], "rb").read(), sys.argv[5], sys.argv[6]
class C(http.client.HTTPSConnection):
    def connect(self):
        import socket
        s = socket.create_connection(("127.0.0.1", port), 20)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = context.wrap_socket(s, server_hostname=name)
context = ssl.create_default_context(cafile=ca)
def ask(c):
    c.request("POST", "/enroll/discovery", body, {"Content-Type": "application/vnd.enrolld.native+xml", "Host": name})
    r = c.getresponse(); r.read()
    return r.status, r.getheader("Connection", "")
done = lost = 0
c = None
while not os.path.exists(stop):
    try:
        if c is None: c = C(name, port, context=context)
        status, connection = ask(c)
        done += 1
        if status not in (200, 429): lost += 1; print("status", status)
        if kind == "new" or connection.lower() == "close": c.close(); c = None
    except Exception as e:
        lost += 1; print("lost:", repr(e)); c = None
print(kind, done, lost)
sys.exit(lost != 0)
PY
sed -i 's/^\[http\]$/[http]\nfailure-limit = 100000/' "$AGENT_CONF"
agent_reload || exit 1
pids=()
for kind in new kept; do
	python3 "$d/load.py" "$AGENT_PORT" "$AGENT_ROOT" "$AGENT_NAME" "$d/q" "$d/stop" $kind > "$d/load.$kind" 2>&1 &
	pids+=($!)
done
sleep 0.5
core=$AGENT_CORE
for i in 1 2 3 4 5; do
	before=$AGENT_FRONT
	agent_reload || wrong "reload $i"
	[ "$AGENT_FRONT" != "$before" ] || wrong "reload $i: the front is the same"
	sleep 0.3
done
touch "$d/stop"
for p in "${pids[@]}"; do wait "$p" || wrong "requests were lost"; done
tail -n 5 "$d/load.new" "$d/load.kept"
[ "$AGENT_CORE" = "$core" ] || wrong "the core was started again"
one_front() { [ "$(pgrep -c -P "$AGENT_PID" -f -- --role=front)" = 1 ]; }
agent_wait 35 one_front || wrong "old fronts stay"

# A bad configuration: its lines in the log, the old one goes on.
cp "$AGENT_CONF" "$d/good.conf"
front=$AGENT_FRONT
echo 'nonsense = 1' >> "$AGENT_CONF"
agent_reload || exit 1
grep -qE 'configuration .*nonsense' "$AGENT_LOG" || wrong "the bad line is not named"
[ "$AGENT_FRONT" = "$front" ] || wrong "a bad configuration started a new front"
[ "$(status)" = 200 ] || wrong "no answers after a bad configuration"
cp "$d/good.conf" "$AGENT_CONF"

# A certificate that cannot be used: the old front goes on.
cp "$d/ca/server.pem" "$d/x.pem"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$d/x.key" 2> /dev/null
chmod 644 "$d/x.key"
sed -i "/^\[listener devices\]/a certificate = $d/x.pem\nkey = $d/x.key" "$AGENT_CONF"
agent_reload || exit 1
grep -q ENR-706 "$AGENT_LOG" || wrong "a key that does not fit is not named"
[ "$AGENT_FRONT" = "$front" ] || wrong "a bad key took the front down"
[ "$(status)" = 200 ] || wrong "no answers after a bad key"
cp "$d/good.conf" "$AGENT_CONF"

# A listener more, and one less; and a certificate of somebody else's.
more=$(agent_free_port)
sed "s/^address = 127.0.0.1:$AGENT_PORT/& 127.0.0.1:$more/" "$d/good.conf" > "$AGENT_CONF"
agent_reload || exit 1
[ "$(leaf "$more")" = "$(leaf)" ] || wrong "the new address does not answer"
cp "$d/good.conf" "$AGENT_CONF"
agent_reload || exit 1
closed() { ! ss -Htln "sport = :$more" | grep -q .; }
agent_wait 35 closed || wrong "the address that was taken away is still there"
[ "$(status)" = 200 ] || wrong "no answers after that"

# An OU is taken over at once; what the directory was opened with is not, and that is said.
sed "s,^uri = .*,uri = ldaps://127.0.0.1:1," "$d/good.conf" > "$AGENT_CONF"
printf '[ou more]\ndn = ou=More,dc=contoso,dc=test\nsuffix = devices.contoso.test\n' >> "$AGENT_CONF"
agent_reload || exit 1
grep -q '\[directory\] uri changes at the next restart' "$AGENT_LOG" || wrong "a setting that waits for a restart is not named"
grep -q 'ou.*restart' "$AGENT_LOG" && wrong "an OU is said to wait for a restart"
cp "$d/good.conf" "$AGENT_CONF"
agent_reload || exit 1

# A public name that is new: the core gets itself a certificate that carries it, if its CA may. Then one that is due.
before=$(leaf)
rm "$d/ca/server.key"
agent_stop || wrong "stop"
agent_start "$d" || exit 1
[ "$(leaf)" != "$before" ] || wrong "no new certificate though its key was gone"
[ "$(status)" = 200 ] || wrong "the new certificate is not good"
grep -q 'renewed=.*why=' "$AGENT_LOG" || wrong "the renewal is not in the log"

# One that is past two thirds of its life is renewed before the front has it; one that is not stays.
agent_stop || wrong "stop"
cat > "$d/old.py" <<'PY'
import datetime, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
ca, name, age = sys.argv[1], sys.argv[2], int(sys.argv[3])
issuer = x509.load_pem_x509_certificate(open(ca + "/services.pem", "rb").read())
signer = serialization.load_pem_private_key(open(ca + "/services.key", "rb").read(), None)
key = ec.generate_private_key(ec.SECP256R1())
start = datetime.datetime.utcnow() - datetime.timedelta(days=age)
own = issuer.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)  # the CA may sign for no other
cert = (x509.CertificateBuilder().subject_name(x509.Name(own + [x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer.subject).public_key(key.public_key()).serial_number(4711)
        .not_valid_before(start).not_valid_after(start + datetime.timedelta(days=300))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), False)
        .sign(signer, hashes.SHA256()))
open(ca + "/server.pem", "wb").write(cert.public_bytes(serialization.Encoding.PEM) + open(ca + "/services.pem", "rb").read())
open(ca + "/server.key", "wb").write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
PY
python3 "$d/old.py" "$d/ca" "$AGENT_NAME" 190 || wrong "no certificate to test with"
agent_start "$d" || exit 1
[ "$(leaf)" = serial=1267 ] || wrong "a certificate with a third of its life left was replaced: $(leaf)"
[ "$(status)" = 200 ] || wrong "it is not good"
agent_stop || wrong "stop"
python3 "$d/old.py" "$d/ca" "$AGENT_NAME" 210 || wrong "no certificate to test with"
agent_start "$d" || exit 1
[ "$(leaf)" != serial=1267 ] || wrong "a certificate past two thirds of its life was not renewed"
grep -q 'renewed=.*two thirds' "$AGENT_LOG" || wrong "and the log does not say why"
[ "$(status)" = 200 ] || wrong "the renewed one is not good"

# SIGTERM answers what is in flight: the core is stopped while it has a request, then goes on.
freeze "$AGENT_CORE"
status > "$d/late" &
late=$!
sleep 0.5
kill -TERM "$AGENT_PID"
sleep 0.5
kill -CONT "$AGENT_CORE"
wait $late
[ "$(cat "$d/late")" = 200 ] || wrong "in flight at SIGTERM: $(cat "$d/late")"
wait "$AGENT_PID" || wrong "exit after SIGTERM: $?"
[ $failures = 0 ] && echo "agent_reload: all as it should be"
exit $((failures > 0))
