#!/bin/bash
# enrolld -t: what it accepts, what it names.
set -uo pipefail
. tests/behave/agent.sh
d=$(mktemp -d /tmp/e.XXXXXX)
trap agent_clean_up EXIT
failures=0
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); }
mode=()
[ "$(id -u)" = 0 ] || mode=(--single-user)
check() { "$AGENT_BIN/enrolld" -t --config "$d/try.conf" "${mode[@]}" > "$d/out" 2> "$d/err"; }
# bad WHAT PATTERN…: try.conf is refused, and what is said about it has all patterns.
bad()
{
	local what=$1 p rc=0
	shift
	check || rc=$?
	[ $rc = 2 ] || wrong "$what: exit $rc, not 2"
	[ ! -s "$d/out" ] || wrong "$what: says $(cat "$d/out")"
	for p; do grep -qE -- "$p" "$d/err" || wrong "$what: no \"$p\" in: $(cat "$d/err")"; done
	echo "ok: $what: $(head -n 1 "$d/err")"
}
edit() { sed "$@" "$AGENT_CONF" > "$d/try.conf"; }

agent_make "$d" || exit 1
cp "$AGENT_CONF" "$d/try.conf"
check || wrong "a good one is refused: $(cat "$d/err")"
[ "$(cat "$d/out")" = "configuration ok" ] || wrong "a good one: $(cat "$d/out")"
[ ! -e "$d/state" ] || wrong "the check made the state folder"

edit 's/^crl-url/crl-ulr/'
bad "unknown key" "try.conf:[0-9]+: \[ca\] crl-ulr" "crl-url"
edit 's/^bind = simple/bind = simpel/'
bad "wrong word" "try.conf:[0-9]+: \[directory\] bind: .*simple"
edit '/^\[ou devices\]/,/^$/d'
bad "no OU" "ou"
edit "s/^user = .*/user = no-such-account/"
[ "$(id -u)" != 0 ] || bad "no account" ENR-804 no-such-account
edit "s/^public-name = .*/public-name = other.contoso.test/"
bad "public name not in the certificate" ENR-103 other.contoso.test
edit 's/^suffix = .*/suffix = elsewhere.test/'
bad "suffix outside the CA's constraint" ENR-703 elsewhere.test
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -keyout "$d/x.key" -out "$d/x.pem" \
	-subj /CN=x -addext "subjectAltName=DNS:$AGENT_NAME" 2> /dev/null
edit "/^\[listener devices\]/a certificate = $d/x.pem\nkey = $d/ca/server.key"
bad "key of another certificate" ENR-706
edit "/^\[listener devices\]/a certificate = $d/none.pem\nkey = $d/x.key"
bad "no certificate" none.pem
edit "/^\[listener devices\]/a certificate = $d/x.pem\nkey = $d/x.key"
check || wrong "a certificate of somebody else's is refused: $(cat "$d/err")"
cat "$d/x.pem" "$d/ca/devices.pem" > "$d/y.pem"
edit "/^\[listener devices\]/a certificate = $d/y.pem\nkey = $d/x.key"
bad "a chain whose ends do not meet" ENR-209 y.pem "no chain that devices can follow"
edit "s,^ca-dir = .*,ca-dir = $d/no-ca,"
bad "no CA" ENR-702
edit "s,^state-dir = .*,state-dir = $d/root.pem,"
bad "a file for a state folder" ENR-807 state-dir "root.pem: is not a folder"
if [ "$(id -u)" = 0 ]; then
	install -d -o nobody "$d/others"
	edit "s,^state-dir = .*,state-dir = $d/others,"
	bad "a state folder of somebody else" ENR-807 state-dir "others: belongs to uid"
fi
edit "s,^bind-password-file = .*,bind-password-file = $d/no-password,"
bad "no password file" ENR-807 bind-password-file no-password
install -m 644 /dev/null "$d/open-password"
edit "s,^bind-password-file = .*,bind-password-file = $d/open-password,"
bad "a password file for everybody" bind-password-file open-password
if [ "$(id -u)" = 0 ]; then
	install -m 600 /dev/null "$d/root-password"
	edit "s,^bind-password-file = .*,bind-password-file = $d/root-password,"
	bad "a password file that is root's" ENR-807 bind-password-file root-password "Permission denied"
fi
install -m 600 /dev/null "$d/blank-password"
[ "$(id -u)" != 0 ] || chown "$(sed -n 's/^user = //p' "$AGENT_CONF")" "$d/blank-password"
edit "s,^bind-password-file = .*,bind-password-file = $d/blank-password,"
bad "a password file without a password" ENR-604 bind-password-file "holds no password"
edit '$a [role helpdesk]\ngroup = no-such-group'
check && grep -q 'note: \[role helpdesk\] group: .*no-such-group' "$d/err" || wrong "no note of a group: $(cat "$d/err")"
edit 's/^\[ou devices\]/[uo devices]/'
bad "a section misspelt" "uo devices.: unknown section; allowed: .*\[ou NAME\]"
edit "s,^tls-ca-file = .*,tls-ca-file = $d/no-directory-ca,"
bad "no CA of the directory" ENR-807 tls-ca-file no-directory-ca
echo "no certificate" > "$d/empty-ca"
edit "s,^tls-ca-file = .*,tls-ca-file = $d/empty-ca,"
bad "a CA of the directory that is none" "directory. tls-ca-file" empty-ca
for ca in root devices; do
	cat "$d/ca/services.pem" "$d/ca/$ca.pem" > "$d/both-ca"
	chmod 644 "$d/both-ca"
	edit "s,^tls-ca-file = .*,tls-ca-file = $d/both-ca,"
	bad "the $ca CA of the devices as CA of the directory" ENR-802 both-ca "pass for it"
done
# keytab FILE [PRINCIPAL]: logs in with that.
keytab()
{
	edit -e "s,^bind = .*,bind = gssapi\nkeytab = $1\nprincipal = ${2:-svc-enrolld@AD.CONTOSO.TEST}," -e '/^bind-/d' \
		-e 's/^uri = .*/uri = ldap:\/\/dc1.ad.contoso.test/'
}
printf 'addent -password -p svc-enrolld@AD.CONTOSO.TEST -k 1 -e aes256-cts-hmac-sha1-96 -s x\nsecret\nwkt %s\n' "$d/keytab" |
	ktutil > /dev/null
[ "$(id -u)" != 0 ] || chown daemon "$d/keytab"
keytab "$d/keytab"
check || wrong "a good keytab is refused: $(cat "$d/err")"
keytab "$d/no-keytab"
bad "no keytab" ENR-807 "directory. keytab" no-keytab
keytab "$d/keytab" svc-enrold@AD.CONTOSO.TEST
bad "a keytab without that principal" ENR-604 "no key of this principal"
chmod 644 "$d/keytab"
keytab "$d/keytab"
bad "a keytab for everybody" "directory. keytab" 0644
if [ "$(id -u)" = 0 ]; then
	chmod 600 "$d/keytab"
	chown root "$d/keytab"
	bad "a keytab that is root's" ENR-807 "Permission denied"
fi
rm "$d/try.conf"
bad "no file" ENR-801

# The daemon itself says the same and does not start.
edit 's/^crl-url/crl-ulr/'
"$AGENT_BIN/enrolld" --config "$d/try.conf" "${mode[@]}" > "$d/out" 2>&1
[ $? = 2 ] || wrong "the daemon starts with an unknown key"
grep -q 'crl-ulr' "$d/out" || wrong "the daemon does not name it: $(cat "$d/out")"

# Options.
"$AGENT_BIN/enrolld" --nonsense > /dev/null 2> "$d/err"
[ $? = 2 ] || wrong "an unknown option"
"$AGENT_BIN/enrolld" check > /dev/null 2> "$d/err"
[ $? = 2 ] && grep -q "not .check." "$d/err" || wrong "a word"
"$AGENT_BIN/enrolld" --version | grep -qE '^enrolld [0-9]' || wrong "--version"
"$AGENT_BIN/enrolld" --help | grep -q -- --single-user || wrong "--help"
[ $failures = 0 ] && echo "agent_check: all as it should be"
exit $((failures > 0))
