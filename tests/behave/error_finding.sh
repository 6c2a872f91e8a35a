#!/bin/bash
# Rows 1, 2, 3, 5 and 11 of the old troubleshooting table: the server is not found, is asked for by a name
# that is not its own, expects nobody, has a certificate from somewhere else; the admin's tool has no name
# to get wrong.
set -uo pipefail
. tests/behave/error.sh
error_begin
check() { "$AGENT_BIN/enrolld" -t --config "$AGENT_CONF" "${mode[@]}"; }
mode=()
[ "$(id -u)" = 0 ] || mode=(--single-user)
pre WM-1

echo "== row 3: not eligible"
IDENTITY=andraes@contoso.test join WM-1
device "a spelling slip in the address" ENR-105 1 'andraes@contoso\.test' 'spelling'
admin_sees "by the address it came from" ENR-105 '1 attempt came from there' 'andraes@contoso\.test' 'do  .*spelling' -- \
	ctl device show 127.0.0.1
number=$(grep -o 'A-[0-9A-Z]*-[0-9A-Z]*' "$d/out" "$d/err" -h | head -n 1)
admin_sees "in the list of attempts" ENR-105 'andraes@contoso\.test' "$number" -- ctl attempt list
cp "$d/WM-1.pw" "$d/right"
echo 7K3MQ-D2PXW-9H3TB-CN61T > "$d/WM-1.pw"
join WM-1
device "expected, but this password is another's" ENR-202 1 'password' 'belong together'
admin_sees "counted, not locked" ENR-202 'WM-1 +pending' '1: wrong password' 'device list --identity andreas@contoso\.test; enrollctl device reissue WM-1' -- ctl device show WM-1
cp "$d/right" "$d/WM-1.pw"
IDENTITY='a`id`@contoso.test' pre WM-SHELL
cp "$d/right" "$d/WM-SHELL.pw"
IDENTITY='a`id`@contoso.test' join WM-SHELL
admin_sees "an address that a shell would run is not ready to be typed" ENR-202 'device list --identity ADDRESS; enrollctl device reissue WM-SHELL' -- \
	ctl device show WM-SHELL

echo "== row 1: the device asks for the server's address"
SERVER='' join WM-1
device "not in DNS, nobody to ask" ENR-112 2 'mobileenroll\.contoso\.test' '--server NAME'
SERVER=no-such-host.invalid join WM-1
device "a name that is not in DNS" ENR-101 6 'no-such-host\.invalid is not in DNS' '--server NAME'
SERVER=localhost:1 join WM-1
device "nobody listens there" ENR-102 6 'localhost, port 1,' 'network'
rm -rf "$d/WM-1"
machine WM-1
cat > "$d/ask.exp" <<-'END'
	set timeout 60
	log_user 1
	spawn {*}$argv
	expect "Name of the enrollment server: " { send "127.0.0.1\r" } timeout { exit 90 }
	expect "Name of the enrollment server: " { send "$env(SERVER)\r" } timeout { exit 91 }
	expect eof
	lassign [wait] a b c code
	exit $code
END
export SERVER
expect "$d/ask.exp" "$AGENT_BIN/enroll" join "$IDENTITY" --root "$d/WM-1" --password-file "$d/WM-1.pw" > "$d/out" 2> "$d/err" < /dev/null
rc=$?
joined=WM-1
joins "at a terminal it asks, tells what is wrong with an address, and goes on"
says 'ENR-104' 'not by its IP address'
rm -rf "$d/WM-1"

echo "== row 2: the address is not the name in the certificate"
pre WM-2
SERVER=127.0.0.1:$AGENT_PORT join WM-2
device "an IP address" ENR-104 2 'name, not by its IP address' '127\.0\.0\.1'
SERVER="[::1]:$AGENT_PORT" join WM-2
device "an IPv6 address" ENR-104 2 'name, not by its IP address'
SERVER=internal.localhost:$AGENT_PORT join WM-2
device "an internal name" ENR-103 1 'You asked for internal\.localhost; the certificate is for localhost' 'exact name'

join WM-2
joins "the right name, address and password"

echo "== row 5: the certificate does not lead to what the password vouched for"
# A chain of another CA whose end is not what it should lead to: the check of the configuration says so.
pre WM-5
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout "$d/agent/other.key" \
	-out "$d/agent/other.pem" -subj /CN=other -addext subjectAltName=DNS:localhost 2> /dev/null
cat "$AGENT_DIR/ca/devices.pem" >> "$d/agent/other.pem"
cp "$AGENT_CONF" "$d/conf"
sed -i "/^public-name/a certificate = $d/agent/other.pem\nkey = $d/agent/other.key" "$AGENT_CONF"
is 2 check
says 'ENR-209' 'listener devices' 'other\.pem is no chain that devices can follow'
# Started all the same, the device refuses it, and says so.
agent_stop
agent_start "$d/agent" || exit 1
join WM-5
device "the server's chain leads elsewhere" ENR-209 1 'localhost: another CA issued its certificate' 'stays valid until' 'help desk'
agent_stop
# One of the right CA that has run out.
python3 - "$AGENT_DIR/ca" "$d/agent" <<-'PY'
	import datetime, sys
	from cryptography import x509
	from cryptography.hazmat.primitives import hashes, serialization
	from cryptography.hazmat.primitives.asymmetric import ec
	ca, out = sys.argv[1:]
	pem = open(ca + "/services.pem", "rb").read()
	issuer = x509.load_pem_x509_certificate(pem)
	signer = serialization.load_pem_private_key(open(ca + "/services.key", "rb").read(), None)
	key = ec.generate_private_key(ec.SECP256R1())
	now = datetime.datetime.utcnow()
	cert = (x509.CertificateBuilder().issuer_name(issuer.subject)
		.subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]))
		.public_key(key.public_key()).serial_number(x509.random_serial_number())
		.not_valid_before(now - datetime.timedelta(days=2)).not_valid_after(now - datetime.timedelta(days=1))
		.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
		.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), False)
		.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), False)
		.sign(signer, hashes.SHA256()))
	open(out + "/other.pem", "wb").write(cert.public_bytes(serialization.Encoding.PEM) + pem)
	open(out + "/other.key", "wb").write(key.private_bytes(serialization.Encoding.PEM,
		serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
PY
is 2 check
says 'ENR-209' 'other\.pem ended at'
agent_start "$d/agent" || exit 1
join WM-5
device "the server's certificate has run out" ENR-209 1 'localhost: its certificate has expired' 'stays valid until'
agent_stop
cp "$d/conf" "$AGENT_CONF"
is 0 check
agent_start "$d/agent" || exit 1
join WM-5
joins "mended, with the same password"

echo "== a name of the certificate that the listener is not meant to be reached by"
agent_stop
rm -rf "$AGENT_DIR/ca" "$AGENT_DIR/root.key"
is 0 ctl ca init --dir "$AGENT_DIR/ca" --server-name localhost --server-name internal.localhost \
	--suffix devices.contoso.test --root-key "$AGENT_DIR/root.key" --root-key-plain --crl-url http://localhost/crl/devices.crl
agent_start "$d/agent" || exit 1
pre WM-6
SERVER=internal.localhost:$AGENT_PORT join WM-6
device "a name that is not the listener's" ENR-113 1 'not meant to be reached by this name' 'stays valid' 'exact server name'
admin_sees "which name it was" ENR-113 'internal\.localhost is not a public-name of \[listener devices\]' -- ctl device show WM-6

echo "== row 11: the admin's tool knows no name of a server that could be wrong: a socket and the caller's account"
is 0 env -i PATH="$PATH" "$AGENT_BIN/enrollctl" --agent "unix:$AGENT_SOCKET" status
is 6 ctl --agent "unix:$d/none.sock" status
says 'ENR-904' 'enrolld does not answer' 'none\.sock' 'start enrolld'
if [ "$(id -u)" = 0 ]; then
	is 5 setpriv --reuid=65534 --regid=65534 --clear-groups "$AGENT_BIN/enrollctl" --agent "unix:$AGENT_SOCKET" device list
	says 'ENR-905' 'role' 'auditor'
fi
error_end
