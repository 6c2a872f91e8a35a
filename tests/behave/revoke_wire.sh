#!/bin/bash
# What revoke, cancel, reissue and extend mean to those who show a certificate or a password: openssl and the directory
# refuse the revoked certificate, by the CRL that its own distribution point names and by the state of the object; an old
# password stops working at once, and the refusal is proved where the password still is.
set -uo pipefail
. tests/behave/natdev.sh
natdev_known

echo "== a member, and another one"
for name in WM-STOLEN WM-OTHER; do
	pre "$name" -q
	join "$name"
	joins "$name"
	[[ "$(who "$name")" == dn:cn=${name,,},*$BASE_DN ]] || wrong "the directory does not know $name: $(who "$name")"
	verifies "$name" || wrong "$name does not verify: $(cat "$d/verify")"
	# The list is fetched from where relying parties are sent.
	openssl x509 -in "$d/$name/etc/enroll/device.pem" -noout -ext crlDistributionPoints |
		grep -qF "URI:http://$AGENT_NAME:$AGENT_CRL_PORT/crl/devices.crl" || wrong "$name sends relying parties elsewhere"
done
serial=$(valid WM-STOLEN)

echo "== revoked"
is 0 ctl device revoke WM-STOLEN --reason stolen --yes
soon 2 is_refused WM-STOLEN || wrong "openssl does not refuse it: $(cat "$d/verify")"
openssl crl -in "$d/crl.pem" -noout -text | grep -q "Serial Number: $serial" || wrong "the CRL has another serial number"
openssl crl -in "$d/crl.pem" -noout -text | grep -A5 "$serial" | grep -qi 'key compromise' || wrong "the CRL has another reason"
verifies WM-OTHER || wrong "the other one does not verify any more"
# slapd lets the handshake pass, and the certificate is nobody's.
[[ "$(who WM-STOLEN)" != *$BASE_DN* ]] || wrong "the directory still knows it: $(who WM-STOLEN)"
[[ "$(who WM-OTHER)" == dn:*$BASE_DN ]] || wrong "the other one is not known any more: $(who WM-OTHER)"
echo "WM-STOLEN $(cat "$d/WM-STOLEN.pw")" > "$d/list"
nat list="$d/list" key="$d/WM-STOLEN/etc/enroll/device.key"
tally "1 ENR-206"
grep -q ' mac ' "$d/tries" || wrong "the refusal is not proved"
[ -z "$(valid WM-STOLEN)" ] || wrong "it has a valid certificate"

echo "== a list that cannot be written is not called published, and is written as soon as it can be"
mkdir -m 777 "$d/lists"
sed -i "/^crl-url/a crl-file = $d/lists/devices.crl" "$AGENT_CONF"
agent_reload
expected "$d/list" WM-LATE
nat list="$d/list"
tally "1 granted"
serial=$(valid WM-LATE)
written() { openssl crl -inform DER -in "$d/lists/devices.crl" -noout -text 2> /dev/null | grep -q "Serial Number: $serial"; }
mv "$d/lists" "$d/away"
is 6 ctl device revoke WM-LATE --reason retired --yes
says ENR-807 'revocation list' 'served, but not written' '1 revoked .* done'
soon 2 bash -c "curl -sf http://localhost:$AGENT_CRL_PORT/crl/devices.crl | openssl crl -inform DER -noout -text | grep -q $serial" ||
	wrong "it is not served either"
is 6 ctl device revoke WM-LATE --reason retired --yes
says ENR-807
mv "$d/away" "$d/lists"
is 0 ctl device revoke WM-LATE --reason retired --yes
says unchanged
written || wrong "the list was not written"

echo "== reissued: the old password is nobody's, the new one works"
expected "$d/old" WM-NEW
is 0 ctl device reissue WM-NEW --password-out "$d/new.pw"
echo "WM-NEW $(cat "$d/new.pw")" > "$d/new"
nat list="$d/old"
tally "1 ENR-202"
nat list="$d/new"
tally "1 granted"
nat list="$d/old"
tally "1 ENR-202"
whole WM-NEW

echo "== canceled: told to who proves the password, not to others; reissued it lives again"
expected "$d/list" WM-GONE
is 0 ctl device cancel WM-GONE --yes
nat list="$d/list"
tally "1 ENR-207"
grep -q ' 403 mac ' "$d/tries" || wrong "the refusal is not proved"
nat list="$d/old"
tally "1 ENR-202"
[ "$(objects WM-GONE)" = 0 ] || wrong "something was made"
is 0 ctl device reissue WM-GONE --password-out "$d/again.pw"
nat list="$d/list"
tally "1 ENR-202"
echo "WM-GONE $(cat "$d/again.pw")" > "$d/list"
nat list="$d/list"
tally "1 granted"
whole WM-GONE

echo "== extended: the same password, longer"
expected "$d/list" WM-LONG
before=$(record WM-LONG expires)
is 0 ctl device extend WM-LONG --lifetime 2d
[[ "$(record WM-LONG expires)" > "$before" ]] || wrong "it does not live longer"
nat list="$d/list"
tally "1 granted"
whole WM-LONG
error_end
