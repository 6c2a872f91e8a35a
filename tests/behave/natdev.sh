# shellcheck shell=bash
# fixture
# Crowds, odd keys and many devices, for the scripts once_*, uncertain_*, keys_*, many_*, retry_* and revoke_*.sh. To
# be sourced from the root of the tree, on top of error.sh; run as a script it does nothing.
#
#	natdev_begin [NAME=VALUE…]	as error_begin; natdev then speaks to that server
#	natdev_known [NAME=VALUE…]	the same, and the directory knows devices by their certificates
#	natdev_wire SOCKET		a wire to slapd's ldapi socket, at the URI $WIRE, that loses what $d/mode says
#					(tests/heart/lossy.py)
#	natdev_use			natdev and join speak to the server that agent_start started
#	natdev_keys NAME…		keys of devices in $d/NAME.key
#	expected FILE NAME…		device add for each; FILE becomes a list for natdev
#	nat OPTION…			natdev; its lines are in $d/tries
#	tally WANTED			the tries by outcome, "1 granted, 999 ENR-206", in order of the words
#	objects NAME			how many there are in the directory
#	record NAME FIELD		of the newest record, as Python prints it: state, certificates …
#	valid NAME			serial numbers of its certificates that are listed and valid
#	whole NAME			one object, one record enrolled, one valid certificate, all the same
#	is_now NAME STATE		of the newest record
#	member_of NAME			the enrollment that is a member
#	left				what the directory has still to be told: "WM-1:disable WM-2:remove"
#	nothing_left			the server says that this is nothing
#	soon SECONDS COMMAND…		agent_wait: until it succeeds
#	who NAME [URI]			what the directory says to the certificate that a machine got by join
#	known NAME, unknown NAME	it must be an entry of the directory, or nobody
#	crl				the list, in $d/crl.pem
#	listed SERIAL REASON		it is on it, for that reason
#	verifies NAME, is_refused NAME	what openssl says of the certificate and the list, in $d/verify; refused: as revoked

# shellcheck source=tests/behave/error.sh
. tests/behave/error.sh

natdev_use()
{
	SERVER=$AGENT_NAME:$AGENT_PORT
	export BENCH_IDENTITY=$IDENTITY BENCH_SERVER=$AGENT_NAME BENCH_ADDRESS=127.0.0.1 BENCH_PORT=$AGENT_PORT
}
natdev_begin()
{
	error_begin suffix=contoso.test "$@"
	natdev_use
}

natdev_known()
{
	local port crl_port
	port=$(agent_free_port) crl_port=$(agent_free_port)
	chmod 755 "$d"
	agent_ca "$d/ca" localhost contoso.test "$crl_port" || exit 1
	slapd_start "$d/ldap" nosync=yes client_ca="$d/ca/root.pem" || exit 1
	agent_make "$d/agent" suffix=contoso.test ca="$d/ca" port="$port" crl_port="$crl_port" "$@" || exit 1
	agent_start "$d/agent" || exit 1
	natdev_use
}
natdev_wire()
{
	echo pass > "$d/mode"
	python3 tests/heart/lossy.py "$d/ldapi" "$1" "$d/mode" > "$d/wire" 2>&1 &
	ERROR_PIDS+=("$!")
	soon 10 test -s "$d/wire" || exit 1
	export WIRE=ldapi://${d//\//%2F}%2Fldapi
}
natdev_keys()
{
	local k
	for k; do openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$d/$k.key" 2> /dev/null; done
}

expected()
{
	local list=$1 name
	shift
	for name; do
		pre "$name" -q
		echo "$name $(cat "$d/$name.pw")"
	done > "$list"
}

nat() { "$AGENT_BIN/natdev" "$@" > "$d/tries" 2> "$d/err"; }

tally()
{
	local got
	got=$(awk '{ n[$2]++ } END { for (k in n) print n[k], k }' "$d/tries" | sort -k 2 | paste -sd, | sed 's/,/, /g')
	# shellcheck disable=SC2053
	if [[ $got == $1 ]]; then ok "$got"; else
		wrong "$got, not $1"
		awk '$2 != "granted"' "$d/tries" | head -n 5
	fi
}

objects() { admin ldapsearch -LLL -b "$BASE_DN" "(cn=$1)" 1.1 | grep -c '^dn:' || :; }
record()
{
	ctl device show "$1" -o json 2> "$d/err" | python3 -c '
import json, sys
text = sys.stdin.read()
o = json.loads(text) if text else None
for word in sys.argv[1].split("."):
	o = (o[int(word)] if len(o) > int(word) else None) if isinstance(o, list) else o and o[word]
print(o)' "$2"
}
is_now() { [ "$(record "$1" state)" = "$2" ]; }
member_of()
{
	ctl device list -o json | python3 -c '
import json, sys
for o in json.load(sys.stdin)["items"]:
	if o["name"] == sys.argv[1] and o["state"] == "enrolled":
		print(o["enrollment"])' "$1"
}
left() { ctl status -o json | python3 -c 'import json, sys; print(" ".join(x["device"] + ":" + x["work"] for x in json.load(sys.stdin)["to_finish"]))'; }
nothing_left() { ctl status -o json | python3 -c 'import json, sys; sys.exit(bool(json.load(sys.stdin)["to_finish"]))' 2> /dev/null; }
# The serial numbers, one a line.
valid()
{
	ctl certificate list --device "$1" -o json | python3 -c '
import json, sys
text = sys.stdin.read()
for c in json.loads(text)["items"] if text else []:
	if c["state"] == "valid":
		print(c["serial"])'
}

whole()
{
	local base64 serial
	[ "$(objects "$1")" = 1 ] || wrong "$1: $(objects "$1") objects"
	[ "$(record "$1" state)" = enrolled ] || wrong "$1 is $(record "$1" state)"
	serial=$(valid "$1")
	[ "$(wc -w <<< "$serial")" = 1 ] || wrong "$1: valid certificates: $serial"
	base64=$(admin ldapsearch -LLL -o ldif-wrap=no -b "$DEVICES_DN" "(cn=$1)" userCertificate |
		sed -n 's/^userCertificate;binary:: //p')
	[ "$(base64 -d <<< "$base64" | openssl x509 -inform DER -noout -serial)" = "serial=$serial" ] ||
		wrong "$1: the object's certificate is not the valid one"
}

soon() { agent_wait "$@"; }

who()
{
	LDAPTLS_CACERT=$AGENT_DIR/ldap-ca.pem LDAPTLS_CERT=$d/$1/etc/enroll/device.pem LDAPTLS_KEY=$d/$1/etc/enroll/device.key \
		ldapwhoami -Q -Y EXTERNAL -H "${2:-$LDAPS_URI}" 2>&1
}
known() { [[ "$(who "$1")" == dn:*$BASE_DN ]] || wrong "$1 is not known to the directory: $(who "$1")"; }
unknown() { [[ "$(who "$1")" != *$BASE_DN* ]] || wrong "$1 is still known to the directory: $(who "$1")"; }

crl()
{
	curl -sf "http://$AGENT_NAME:$AGENT_CRL_PORT/crl/devices.crl" | openssl crl -inform DER -out "$d/crl.pem" 2> /dev/null
}
listed() { crl && openssl crl -in "$d/crl.pem" -noout -text | grep -A4 "Serial Number: $1" | grep -q "$2"; }
verifies()
{
	crl && openssl verify -crl_check -CAfile "$AGENT_ROOT" -CRLfile "$d/crl.pem" -untrusted "$d/$1/etc/enroll/device.pem" \
		"$d/$1/etc/enroll/device.pem" > "$d/verify" 2>&1
}
is_refused() { ! verifies "$1" && grep -q 'certificate revoked' "$d/verify"; }
