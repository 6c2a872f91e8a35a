#!/bin/bash
# LDAP, SQL, shell and terminal in every field an admin can fill, by the command and by the control socket itself; JSON and
# HTTP bent there. The socket is open to everybody: strangers on the machine get nothing but a refusal.
set -uo pipefail
. tests/behave/error.sh
error_begin
sock() { curl -s --max-time 20 --unix-socket "$AGENT_SOCKET" -o "$d/out" -w '%{http_code}' "$@" 2> "$d/err"; }
# asked STATUS CODE WHAT COMMAND BODY: code "" for a document.
asked()
{
	local got
	printf '%b' "$5" > "$d/body"
	got=$(sock --data-binary @"$d/body" "http://x/v1/$4")
	if [ "$got" != "$1" ] || { [ -n "$2" ] && ! grep -q "\"code\": *\"$2\"" "$d/out"; }; then
		wrong "$3: $got, not $1 $2"
	elif ! python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$d/out"; then
		wrong "$3: the answer is no JSON"
	else
		ok "$3: $1 $2"
	fi
}
# refused EXIT CODE ARG…: enrollctl device add with these.
refused()
{
	local exit=$1 code=$2
	shift 2
	rm -f "$d/pw"
	ctl device add --password-out "$d/pw" "$@" > "$d/out" 2> "$d/err" < /dev/null
	rc=$?
	if [ $rc = "$exit" ] && grep -q "\[$code " "$d/err" && [ ! -e "$d/pw" ]; then
		ok "refused, $code: $(printf '%q ' "$@")"
	else
		wrong "exit $rc: $(printf '%q ' "$@")"
	fi
	if grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$d/out" "$d/err"; then wrong "control characters: $(printf '%q ' "$@")"; fi
}
objects() { ldapsearch -x -LLL -H "$LDAPI_URI" -D "$ADMIN_DN" -w "$ADMIN_PW" -b "$BASE_DN" '(objectClass=*)' 1.1 | grep -c '^dn:'; }
before=$(objects)

echo "== names, addresses, places, people"
for name in '*' '*)(uid=*' 'a,ou=Servers' 'A+B=C' 'A/B' '../../x' 'A B' '-a' 'a-' 'ä' '12345' 'a.b' "a'b" 'a;drop' '$(id)' "$(printf '%064d' 1)"; do
	refused 2 ENR-310 --identity a@contoso.test -- "$name"
done
refused 2 ENR-803 --identity a@contoso.test ''
refused 2 ENR-803 --identity a@contoso.test $'a\nb'
for identity in '*' '*)(mail=*' 'a@b@c.test' '@contoso.test' 'a@' 'a@-x.test' 'a b@contoso.test' 'a@contoso..test' "$(printf 'a%.0s' {1..300})@contoso.test"; do
	refused 2 ENR-110 H-1 --identity "$identity"
done
refused 1 ENR-313 H-1 --identity a@contoso.test --ou "ou=Servers,$BASE_DN"
refused 1 ENR-313 H-1 --identity a@contoso.test --ou "$BASE_DN"
refused 1 ENR-31[13] H-1 --identity a@contoso.test --ou "ou=*,$DEVICES_DN"
refused 1 ENR-31[13] H-1 --identity a@contoso.test --ou "*)(objectClass=*"
refused 1 ENR-31[13] H-1 --identity a@contoso.test --ou "ou=Sales\\,ou=Managed Devices,$BASE_DN"
refused 1 ENR-31[13] H-1 --identity a@contoso.test --ou "$(printf 'ou=x,%.0s' {1..100})$DEVICES_DN"
for owner in '*' '*)(uid=*' 'and*' 'uid=*,ou=People,dc=contoso,dc=test' "$AGENT_DN)(" 'nobody@contoso.test'; do
	refused 1 ENR-315 H-1 --identity a@contoso.test --owner "$owner"
done
refused 3 ENR-317 H-1 --identity a@contoso.test --profile '../default'
[ "$(ctl device list -o name | wc -l)" = 0 ] || wrong "a refused device stands"

echo "== what may stand is written as it is, and nothing more"
text=$'<b>*)(cn=*) \'; DROP TABLE record; -- \\2a $(id) "x"'
is 0 ctl device add H-OK --identity "a*b'c+d@contoso.test" --description "$text" --serial '*)(serialNumber=*' --note "$text" --password-out "$d/H-OK.pw"
is 0 ctl device show H-OK -o json
python3 - "$d/out" "$text" <<-'PY' || wrong "the text is another"
	import json, sys
	o = json.load(open(sys.argv[1]))
	assert o["description"] == sys.argv[2], o["description"]
	assert o["identity"] == "a*b'c+d@contoso.test" and o["serial"] == "*)(serialNumber=*", o
PY
for needle in '*' 'H-*' '%' "H-OK' OR '1'='1" 'a*@contoso.test' '*)(cn=*'; do
	is 3 ctl device show "$needle"
	says ENR-319
done
IDENTITY="a*b'c+d@contoso.test" join H-OK
device "the serial is another, whatever it is" ENR-309 1 'another device'

echo "== the socket itself"
asked 400 ENR-803 "no JSON" device/add 'hello'
asked 400 ENR-803 "an array" device/add '[]'
asked 400 ENR-803 "half of it" device/add '{"name":'
asked 400 ENR-803 "a member twice" device/show '{"device":"H-OK","device":"H-OK"}'
asked 400 ENR-803 "an unknown member" device/show '{"device":"H-OK","password":true}'
asked 400 ENR-803 "a wrong type" device/show '{"device":7}'
asked 400 ENR-803 "invalid UTF-8" device/show '{"device":"\xff\xfe"}'
asked 400 ENR-803 "NUL in a text" device/show '{"device":"H-OK\\u0000x"}'
asked 400 ENR-803 "too deep" device/show "{\"device\":$(printf '[%.0s' {1..50})$(printf ']%.0s' {1..50})}"
asked 400 ENR-803 "a huge number" device/add '{"name":"H-2","lifetime_s":99999999999999999999}'
asked 400 ENR-323 "a short life" device/add '{"name":"H-2","identity":"a@contoso.test","lifetime_s":1}'
head -c 1200000 /dev/zero | tr '\0' a > "$d/body"
[ "$(sock --data-binary @"$d/body" http://x/v1/device/add)" = 413 ] && ok "over 1 MiB: 413" || wrong "over 1 MiB"
[ "$(sock --data-binary '{}' http://x/v1/device/../device/show)" = 404 ] || [ "$(sock --path-as-is --data-binary '{}' http://x/v1/device/../device/show)" = 404 ] ||
	wrong "a path with dots"
asked 404 '' "an unknown command" device/destroy '{}'
[ "$(sock http://x/v1/status)" = 405 ] && ok "GET: 405" || wrong "GET"
if [ "$(id -u)" = 0 ]; then
	echo "== a stranger on the machine"
	stranger() { setpriv --reuid=65534 --regid=65534 --clear-groups curl -s --max-time 20 --unix-socket "$AGENT_SOCKET" -o "$1" -w '%{http_code}' "${@:2}"; }
	touch "$d/answer" && chmod 666 "$d/answer"
	for what in status device/list device/add nonsense; do
		[ "$(stranger "$d/answer" --data-binary '{}' "http://x/v1/$what")" = 403 ] && grep -q ENR-905 "$d/answer" && ok "a stranger's $what: 403" ||
			wrong "a stranger's $what: $(cat "$d/answer")"
	done
	if grep -qE 'H-OK|contoso' "$d/answer"; then wrong "a stranger learns something"; fi
fi
[ "$(objects)" = "$before" ] || wrong "$(objects) entries in the directory, $before before"
kill -0 "$AGENT_CORE" && [ "$AGENT_CORE" = "$(agent_child "$AGENT_PID" core)" ] || wrong "the core died"
agent_stop || wrong "the server does not stop in order"
error_end
