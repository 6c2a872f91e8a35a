# shellcheck shell=bash
# fixture
# Crowds, odd keys and many devices, for the scripts once_*, uncertain_*, keys_*, many_*, retry_* and revoke_*.sh. To
# be sourced from the root of the tree, on top of error.sh; run as a script it does nothing.
#
#	natdev_begin [NAME=VALUE…]	as error_begin; natdev then speaks to that server
#	expected FILE NAME…		device add for each; FILE becomes a list for natdev
#	nat OPTION…			natdev; its lines are in $d/tries
#	tally WANTED			the tries by outcome, "1 granted, 999 ENR-206", in order of the words
#	objects NAME			how many there are in the directory
#	record NAME FIELD		of the newest record, as Python prints it: state, certificates …
#	valid NAME			serial numbers of its certificates that are listed and valid
#	whole NAME			one object, one record enrolled, one valid certificate, all the same
#	soon SECONDS COMMAND…		agent_wait: until it succeeds

# shellcheck source=tests/behave/error.sh
. tests/behave/error.sh

natdev_use()
{
	export BENCH_IDENTITY=$IDENTITY BENCH_SERVER=$AGENT_NAME BENCH_ADDRESS=127.0.0.1 BENCH_PORT=$AGENT_PORT
}
natdev_begin()
{
	error_begin suffix=contoso.test "$@"
	natdev_use
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
