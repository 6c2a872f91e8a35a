#!/bin/bash
# Which keys may ask: those of key-types, all the way through `enroll`; every other kind is refused and named to the
# admin, costs neither password nor certificate, and the device goes on with a good one. Then the same with an RSA CA.
set -uo pipefail
. tests/behave/natdev.sh
natdev_begin
k=$d/keys
mkdir "$k"
made() { openssl genpkey -out "$k/$1" "${@:2}" 2> /dev/null || wrong "openssl makes no $1"; }
bad=0

# refused NAME WORDS…: that key is not accepted, and the admin is told what it was.
refused()
{
	local code=${CODE:-ENR-304} name=BAD-$((++bad))
	expected "$d/list" "$name"
	nat list="$d/list" key="$k/$1" ${DIGEST:+digest=$DIGEST}
	tally "1 $code"
	grep -q ' mac ' "$d/tries" || wrong "$1: the refusal is not proved"
	admin_sees "$1" "$code" "${@:2}" 'pending' -- ctl device show "$name"
	[ -z "$(ctl certificate list --device "$name" -o name)" ] || wrong "$1: a certificate was made"
	[ "$(objects "$name")" = 0 ] || wrong "$1: an object was made"
	nat list="$d/list"
	tally "1 granted"
}

echo "== every kind of the default, by enroll"
for kind in p256 p384 rsa2048 rsa3072 rsa4096 ed25519; do
	pre "WM-${kind^^}" -q
	join "WM-${kind^^}" --key-type "$kind"
	joins "$kind"
	whole "WM-${kind^^}"
	openssl verify -CAfile "$AGENT_ROOT" -untrusted "$d/WM-${kind^^}/etc/enroll/device.pem" \
		"$d/WM-${kind^^}/etc/enroll/device.pem" > "$d/out" 2>&1 || wrong "$kind: the chain does not hold"
done
made rsa2560 -algorithm RSA -pkeyopt rsa_keygen_bits:2560
expected "$d/list" WM-BETWEEN
nat list="$d/list" key="$k/rsa2560"
tally "1 granted"

echo "== none else"
made rsa1024 -algorithm RSA -pkeyopt rsa_keygen_bits:1024
refused rsa1024 'RSA 1024'
made p521 -algorithm EC -pkeyopt ec_paramgen_curve:P-521
refused p521 'secp521r1|P-521'
made secp256k1 -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1
refused secp256k1 secp256k1
made brainpool -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1
refused brainpool brainpoolP256r1
made explicit -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit
CODE=ENR-303 refused explicit parameters
openssl dsaparam -genkey -noout 1024 > "$k/dsa" 2> /dev/null
refused dsa 'DSA'
made ed448 -algorithm ED448
refused ed448 'ED448'
made pss -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
refused pss 'PSS'
made e3 -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3
CODE=ENR-303 refused e3 exponent
made rsa2048 -algorithm RSA -pkeyopt rsa_keygen_bits:2048
CODE=ENR-305 DIGEST=SHA1 refused rsa2048

echo "== only what key-types says"
sed -i 's/^\[ca\]$/[ca]\nkey-types = rsa3072 p384/' "$AGENT_CONF"
agent_reload
made p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
expected "$d/list" WM-STRICT
nat list="$d/list" key="$k/p256"
tally "1 ENR-304"
admin_sees "P-256 where it is not wanted" ENR-304 'P-256|prime256v1' 'p384' -- ctl device show WM-STRICT
join WM-STRICT
joins "nobody chose: a kind that is wanted is found, with the same password"
agent_stop

echo "== a CA of RSA keys"
agent_make "$d/agent2" suffix=contoso.test || exit 1
rm -rf "$d/agent2/ca" "$d/agent2/root.key"
is 0 ctl ca init --dir "$d/agent2/ca" --server-name "$AGENT_NAME" --suffix contoso.test --key-type rsa3072 \
	--root-key "$d/agent2/root.key" --root-key-plain --crl-url "http://$AGENT_NAME:$AGENT_CRL_PORT/crl/devices.crl"
cp "$d/agent2/ca/root.pem" "$d/agent2/root.pem"
agent_start "$d/agent2" || exit 1
natdev_use
for kind in p256 rsa3072; do
	name=RSA-${kind^^}
	pre "$name" -q
	join "$name" --key-type "$kind"
	joins "$kind under an RSA CA"
	whole "$name"
	openssl verify -CAfile "$AGENT_ROOT" -untrusted "$d/$name/etc/enroll/device.pem" -purpose sslclient \
		"$d/$name/etc/enroll/device.pem" > "$d/out" 2>&1 || wrong "$name: the chain does not hold"
	openssl x509 -in "$d/$name/etc/enroll/device.pem" -noout -text | grep -q 'Signature Algorithm: sha256WithRSA' ||
		wrong "$name: not signed by RSA"
done
pre RSA-OWN
join RSA-OWN
joins "nobody chose, under an RSA CA"
openssl pkey -in "$d/RSA-OWN/etc/enroll/device.key" -noout -text | grep -q 'Private-Key: (2048 bit' || wrong "it is no RSA key"
rm -rf "$d/agent"
error_end
