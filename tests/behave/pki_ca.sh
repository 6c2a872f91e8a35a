# shellcheck shell=bash
# `enrollctl ca init|show|export`: files alone, no enrolld. OpenSSL and GnuTLS judge what came out.
set -uo pipefail
ctl=$ENROLL_BIN/enrollctl
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'rm -rf "$t"' EXIT
bad=0
fail() { echo "FAIL: $*"; bad=1; }
# is WANTED COMMAND…: its exit code; output in $t/out, $t/err.
is()
{
	local want=$1 got
	shift
	"$@" > "$t/out" 2> "$t/err" < /dev/null
	got=$?
	[ "$got" = "$want" ] || { fail "exit $got, not $want: $*"; cat "$t/out" "$t/err"; }
}
says() { grep -qF -- "$1" "$t/out" "$t/err" || { fail "nothing says: $1"; cat "$t/out" "$t/err"; }; }
init() { "$ctl" ca init --server-name mobileenroll.contoso.test --suffix contoso.test "$@"; }
umask 022
printf 'correct horse\n' > "$t/pw"

echo "== what is missing or wrong is named, and nothing is made"
is 2 init --dir "$t/ca" --root-key-plain; says "--root-key FILE is missing"
is 2 init --dir "$t/ca" --root-key "$t/root.key"; says "--root-key-plain"
is 2 init --dir "$t/ca" --root-key "$t/root.key" --root-key-plain --root-key-password-file "$t/pw"
is 2 init --dir "$t/ca" --root-key "$t/root.key" --root-key-password-file "$t/pw"; says "ENR-706"; says "mode 0644"
chmod 600 "$t/pw"
install -m 600 /dev/null "$t/none"
is 2 init --dir "$t/ca" --root-key "$t/root.key" --root-key-password-file "$t/none"; says "one line"
is 2 init --dir "$t/ca" --root-key "$t/root.key" --root-key-password-file -; says "one line"
is 2 init --dir "$t/ca" --root-key "$t/root.key" --root-key-plain --suffix 'bad name'; says "not a DNS name"
is 2 init --dir "$t/ca" --root-key "$t/root.key" --root-key-plain --suffix 192.0.2.1; says "not a DNS name"
is 2 init --dir "$t/ca" --root-key "$t/root.key" --root-key-plain --crl-url https://x/y; says "http://"
is 2 init --dir "$t/ca" --root-key "$t/root.key" --root-key-plain --key-type rsa1024; says "p256|rsa3072"
is 2 "$ctl" ca init --suffix a.test --dir "$t/ca" --root-key "$t/root.key" --root-key-plain; says "no server name"
is 2 init --config "$t/none.conf" --root-key "$t/root.key" --root-key-plain; says "ENR-801"
is 2 "$ctl" ca show --dir "$t/ca"; says "ENR-702"
is 0 init --dir "$t/ca" --root-key "$t/root.key" --root-key-plain -n; says "would be made"
[ ! -e "$t/ca" ] && [ ! -e "$t/root.key" ] || fail "something was made"

echo "== a passphrase from standard input; the chain is what it says"
init --dir "$t/ca" --root-key "$t/root.key" --root-key-password-file - --organization "Contoso" \
	--crl-url http://crl.contoso.test/d.crl < "$t/pw" > "$t/out" 2>&1 || fail "init"
says "$(openssl x509 -in "$t/ca/root.pem" -noout -fingerprint -sha256 | cut -d= -f2 | tr -d : | tr A-F a-f)"
says "crl-url = http://crl.contoso.test/d.crl"
is 0 openssl pkey -in "$t/root.key" -passin "file:$t/pw" -noout
is 1 openssl pkey -in "$t/root.key" -passin pass:wrong -noout
is 0 openssl verify -x509_strict -purpose sslserver -verify_hostname mobileenroll.contoso.test \
	-CAfile "$t/ca/root.pem" -untrusted "$t/ca/services.pem" "$t/ca/server.pem"
is 0 openssl verify -x509_strict -CAfile "$t/ca/root.pem" "$t/ca/devices.pem" "$t/ca/services.pem"
is 0 openssl crl -inform DER -in "$t/ca/root.crl" -CAfile "$t/ca/root.pem" -noout
is 0 openssl x509 -in "$t/ca/devices.pem" -noout -text
says "CA:TRUE, pathlen:0"; says "TLS Web Client Authentication"; says "DNS:contoso.test"; says "IP:0.0.0.0/0.0.0.0"
[ "$(stat -c %a "$t/ca/devices.key" "$t/ca/services.key" "$t/ca/server.key" "$t/root.key" "$t/ca" | tr '\n' ' ')" = \
	"600 600 600 600 700 " ] || fail "modes: $(stat -c '%a %n' "$t/ca" "$t/ca"/* "$t/root.key")"
grep -q "correct horse" -r "$t/ca" "$t/out" && fail "the passphrase lies about"

echo "== the constraint binds whoever has the issuing key"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$t/k" -subj /CN=x -out "$t/stranger" 2> /dev/null
o=$(openssl x509 -in "$t/ca/devices.pem" -noout -subject -nameopt sep_multiline,utf8 | sed -n 's/^ *O=//p')
openssl req -new -key "$t/k" -subj "/O=$o/CN=x" -out "$t/r"
# forge CA SAN: a certificate openssl makes with the CA's key; only its constraints can stop it.
forge()
{
	printf '[e]\nsubjectAltName=%s\nextendedKeyUsage=clientAuth,serverAuth\n' "$2" > "$t/cnf"
	openssl x509 -req -in "$t/r" -CA "$t/ca/$1.pem" -CAkey "$t/ca/$1.key" -extfile "$t/cnf" -extensions e \
		-days 1 -out "$t/forged.pem" 2> /dev/null
	openssl verify -purpose "$3" -CAfile "$t/ca/root.pem" -untrusted "$t/ca/$1.pem" "$t/forged.pem"
}
# gnutls CA: the same by the other library; slapd has it.
gnutls()
{
	cat "$t/forged.pem" "$t/ca/$1.pem" > "$t/chain"
	certtool --verify --load-ca-certificate "$t/ca/root.pem" --verify-purpose "$2" --infile "$t/chain"
}
client=1.3.6.1.5.5.7.3.2 server=1.3.6.1.5.5.7.3.1
is 0 forge devices DNS:x.contoso.test sslclient
is 0 gnutls devices $client
cp "$t/r" "$t/own" && cp "$t/stranger" "$t/r"
is 2 forge devices DNS:x.contoso.test sslclient; says "permitted subtree violation"
cp "$t/own" "$t/r"
is 2 forge devices DNS:x.fabrikam.test sslclient; says "permitted subtree violation"
is 1 gnutls devices $client; says "violates the signer's constraints"
is 2 forge devices DNS:x.contoso.test,IP:10.0.0.1 sslclient; says "excluded subtree violation"
is 1 gnutls devices $client; says "violates the signer's constraints"
is 2 forge devices DNS:x.contoso.test,IP:2001:db8::1 sslclient; says "excluded subtree violation"
is 1 gnutls devices $client; says "violates the signer's constraints"
is 2 forge devices DNS:x.contoso.test,email:boss@contoso.test sslclient; says "permitted subtree violation"
is 1 gnutls devices $client; says "violates the signer's constraints"
is 2 forge devices DNS:x.contoso.test,URI:https://x.contoso.test/ sslclient; says "permitted subtree violation"
is 2 forge devices DNS:x.contoso.test sslserver; says "unsuitable certificate purpose"
is 1 gnutls devices $server; says "does not match the intended purpose"
is 0 forge services DNS:mobileenroll.contoso.test sslserver
is 0 gnutls services $server
is 2 forge services DNS:other.contoso.test sslserver; says "permitted subtree violation"
is 1 gnutls services $server; says "violates the signer's constraints"
is 2 forge services DNS:mobileenroll.contoso.test sslclient; says "unsuitable certificate purpose"

echo "== twice is a conflict, and changes nothing"
sum=$(cat "$t/ca"/* "$t/root.key" | sha256sum)
is 4 init --dir "$t/ca" --root-key "$t/other.key" --root-key-plain; says "ENR-705"
is 2 init --dir "$t/ca2" --root-key "$t/root.key" --root-key-plain; says "ENR-706"
[ "$sum" = "$(cat "$t/ca"/* "$t/root.key" | sha256sum)" ] || fail "the CA changed"
[ ! -e "$t/other.key" ] && [ ! -e "$t/ca2" ] || fail "something was left"

echo "== show, export"
is 0 "$ctl" ca show --dir "$t/ca"; says "devices CA"; says "number 1, 0 revoked"; says "RADIUS"
is 0 "$ctl" ca show --dir "$t/ca" -o json
python3 - "$t/out" <<-'PY' || fail "the document of ca show"
	import json, sys
	d = json.load(open(sys.argv[1]))
	assert d["kind"] == "ca" and d["changed"] is False
	assert [c["role"] for c in d["certificates"]] == ["root", "devices", "services", "server"]
	assert d["certificates"][0]["subject"] == "CN=Contoso Root CA,O=Contoso"
	assert d["crls"][0]["number"] == 1
PY
"$ctl" ca export --dir "$t/ca" > "$t/all.pem" 2> "$t/err" || fail "export"
grep -q NTAuth "$t/err" || fail "nothing says NTAuth"
cat "$t/ca/root.pem" "$t/ca/devices.pem" "$t/ca/services.pem" | cmp - "$t/all.pem" || fail "the export differs"
is 0 "$ctl" ca export --dir "$t/ca" --format pkcs7 --out "$t/all.p7b"
is 0 openssl pkcs7 -in "$t/all.p7b" -print_certs -noout; says "CN = Contoso Devices CA 1"
is 2 "$ctl" ca export --dir "$t/ca" --format der; says "--out"
is 0 "$ctl" ca export --dir "$t/ca" --format der --out "$t/der"
is 0 openssl verify -CAfile "$t/ca/root.pem" "$t/der/devices.crt"
is 2 "$ctl" ca export --dir "$t/ca" --out "$t/all.p7b"; says "ENR-805"
grep -rql PRIVATE "$t/all.pem" "$t/all.p7b" "$t/der" && fail "a key was exported"

echo "== killed at any moment: there is a whole CA or none, and the next try clears up"
mkdir "$t/k"
k_init() { "$ctl" ca init --server-name a.test --suffix b.test --dir "$t/k/ca" --root-key "$t/k/root.key" --root-key-plain; }
for ms in 002 005 010 020 040 080; do
	rm -rf "$t/k/ca" "$t/k/root.key"
	timeout -s KILL "0.$ms" "$ctl" ca init --server-name a.test --suffix b.test --dir "$t/k/ca" \
		--root-key "$t/k/root.key" --root-key-plain > /dev/null 2>&1
	[ ! -e "$t/k/ca" ] || [ "$(find "$t/k/ca" -type f | wc -l)" = 8 ] || fail "half a CA after 0.$ms s"
	[ ! -e "$t/k/ca" ] || openssl pkey -in "$t/k/root.key" -noout || fail "a CA without its root key"
done
rm -rf "$t/k"
mkdir -p "$t/k"
mkdir -m 700 "$t/k/ca.new"
echo old > "$t/k/ca.new/devices.key"
echo old > "$t/k/ca.new/root.pem.Ab12Cd"
is 0 k_init
[ "$(find "$t/k" -type f | wc -l)" = 9 ] && [ ! -e "$t/k/ca.new" ] || fail "not cleared up: $(find "$t/k")"
is 0 openssl verify -CAfile "$t/k/ca/root.pem" "$t/k/ca/devices.pem"
# What is not of a CA is nobody's to remove, and two at once do not share the folder.
rm -rf "$t/k/ca" "$t/k/root.key"
mkdir -m 700 "$t/k/ca.new"
echo mine > "$t/k/ca.new/letter"
is 2 k_init; says "letter"
rm "$t/k/ca.new/letter"
exec 9< "$t/k/ca.new"
flock -x 9
is 4 k_init; says "another ca init"
exec 9<&-
chmod 777 "$t/k/ca.new"
is 2 k_init; says "used by others"
[ ! -e "$t/k/ca" ] && [ ! -e "$t/k/root.key" ] || fail "something was made"

if [ "$(id -u)" = 0 ]; then
	echo "== made by root, it belongs to whom the place belongs to"
	mkdir "$t/state"; chown daemon "$t/state"
	is 0 init --dir "$t/state/ca" --root-key "$t/state.key" --root-key-plain
	[ "$(stat -c %U "$t/state/ca" "$t/state/ca"/* | sort -u)" = daemon ] || fail "owner of the CA's files"
	[ "$(stat -c %U "$t/state.key")" = root ] || fail "owner of the root key"
fi
exit $bad
