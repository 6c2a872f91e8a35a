#!/bin/bash
# A machine people can log in to, against a real domain controller, judged by programs nobody here wrote: kinit, klist,
# adcli, msktutil, SSSD with NSS and PAM. The document is one a server could have sent (answered.py); sssd is started by
# whoever runs services, which here is this script. Then left again, byte for byte.
set -uo pipefail
# shellcheck source=tests/behave/samba.sh
. tests/behave/samba.sh
samba_world "$@"
[ "$WORLD_ROOT" = 1 ] || { echo "people of a domain need more than one account: needs root"; exit 77; }
PATH=${ENROLL_BIN:-$PWD/build/bin}:$PATH
d=$WORLD failures=0 m=
ok() { echo "ok    $*"; }
wrong() { echo "WRONG $*"; failures=$((failures + 1)); }
# is CODE CMD…: runs it; its output is in $d/out, and shown if the exit code is another.
is()
{
	local want=$1 rc
	shift
	"$@" > "$d/out" 2>&1 < /dev/null
	rc=$?
	[ $rc = "$want" ] || { wrong "exit $rc, not $want: $*"; cat "$d/out"; return 1; }
}
says() { local t; for t; do grep -qE -- "$t" "$d/out" || { wrong "does not say '$t':"; cat "$d/out"; }; done; }
json() { python3 -c "import json; o=json.load(open('$d/out')); assert $1, o" || wrong "JSON: $1"; }
picture() { (cd / && find etc var/lib/pam usr/local/share/ca-certificates -type f -printf '%p %m %u %g %T@ ' -exec sha256sum '{}' ';' -o -printf '%p %m %u %g %l\n' | sort); }
restored() { if diff "$d/before" <(picture) > "$d/difference"; then ok "$1: as before, byte for byte"; else wrong "$1: $(cat "$d/difference")"; fi; }
# answered NAME [NAME=VALUE…]: the server's answer for a computer of that name has come.
answered()
{
	local name=$1 low=${1,,}
	shift
	printf 'Secret-1-of-%s' "$name" > "$d/machine.password"
	mkdir -p "$d/lists"
	python3 tests/behave/answered.py "$m" name="$name" fqdn="$low.$SAMBA_DNS" dns="$SAMBA_DNS" realm="$SAMBA_REALM" \
		account="$name\$" password="$d/machine.password" version="$(version_of "$name")" netbios="$SAMBA_DOMAIN" \
		spns="HOST/$name HOST/$low.$SAMBA_DNS" controller="$SAMBA_HOST" login=sssd identity=andreas@contoso.test \
		lists="$d/lists" crl=http://127.0.0.1:8088/list.crl "$@" || wrong "no answer for $name"
}
computer() { samba_self_computer "$1" "$SAMBA_SALES_DN" | samba_admin ldapadd > /dev/null || wrong "no computer $1"; }
version_of() { samba_search "(cn=$1)" msDS-KeyVersionNumber | sed -n 's/^msDS-KeyVersionNumber: //p'; }
# What systemd does on a machine that has it.
sssd_when_there()
{
	(
		while [ ! -e /etc/sssd/sssd.conf ]; do sleep 0.05; done
		exec sssd -i -d 0x0070 > "$d/sssd.log" 2>&1
	) &
	sssd=$!
}
sssd_stop() { kill "$sssd"; wait "$sssd" 2> /dev/null; }

samba_start "$d/ad" || exit 1
unset KRB5_CONFIG # it is what enroll writes that counts
world_empty /var/log
mkdir -p /var/log/sssd /var/log/samba
world_private /var/cache/debconf
pam-auth-update --package --disable sss mkhomedir < /dev/null
grep -q pam_sss /etc/pam.d/common-auth && wrong "PAM has sssd already"
printf 'addent -password -p other@ELSEWHERE.TEST -k 7 -e aes256-cts-hmac-sha1-96\nSecret\nwkt /etc/krb5.keytab\n' | ktutil > /dev/null
printf '[libdefaults]\n\tdefault_realm = ELSEWHERE.TEST\n' > /etc/krb5.conf
touch -d '2020-02-02 02:02:02.123456789' /etc/krb5.keytab /etc/krb5.conf /etc/nsswitch.conf
picture > "$d/before"
computer LT-0042

echo "== what cannot be used changes nothing"
answered LT-0042
sed -i 's/"secret_key": "[^"]*"/"secret_key": null/' /etc/enroll/join.state
is 6 enroll join && says ENR-406 'secrets is gone'
answered LT-0042
sed -i 's/\(MachinePassword" value="\)..../\1AAAA/' /etc/enroll/provisioning.xml
is 1 enroll join && says ENR-404 'MachinePassword does not open'
answered LT-0042 version=0
is 1 enroll join && says ENR-404 KeyVersion
answered LT-0042 spns='HOST/LT-0042 not-one'
is 1 enroll join && says ENR-404 ServicePrincipals
answered LT-0042
echo nonsense > /etc/krb5.keytab
is 6 enroll join && says ENR-412 /etc/krb5.keytab
rm -rf /etc/krb5.keytab /etc/enroll
printf '[sssd]\n[domain/elsewhere.test]\n' > /etc/sssd/sssd.conf
answered LT-0042
is 4 enroll join && says ENR-411 'serves another domain' -- '--login none'
rm -f /etc/sssd/sssd.conf
printf 'addent -password -p other@ELSEWHERE.TEST -k 7 -e aes256-cts-hmac-sha1-96\nSecret\nwkt /etc/krb5.keytab\n' | ktutil > /dev/null
touch -d '2020-02-02 02:02:02.123456789' /etc/krb5.keytab
is 0 enroll leave --yes --local
picture > "$d/before"
m=$d/image
mkdir -p "$m/etc"
answered LT-0042
is 6 enroll join --root "$m" && says ENR-410 sssd-ad libnss-sss libpam-sss -- '--login none'
[ "$(ls "$m/etc")" = enroll ] || wrong "an image without packages was changed"
is 6 enroll join someone@contoso.test --root "$d/other" --login sssd && says ENR-410 'password was not used'
is 0 enroll join --root "$m" --login none && says '/etc/krb5.keytab, key version 1'
klist -ke "$m/etc/krb5.keytab" > "$d/out" && says 'LT-0042\$@AD.CONTOSO.TEST \(aes256' 'host/lt-0042.ad.contoso.test@AD.CONTOSO.TEST \(aes128'
m=
restored "refusals"

echo "== join"
sssd_when_there
answered LT-0042
is 0 enroll join -o json
json "o['domain'] == {'dns': 'ad.contoso.test', 'realm': 'AD.CONTOSO.TEST', 'controller': 'dc1.ad.contoso.test', 'account': 'LT-0042\$', 'key_version': 1, 'login': 'sssd'}"
json "[a['result'] for a in o['applied'] if a['section'] in ('Domain', 'Login')] == ['applied', 'applied']"
is 0 getent passwd "andreas@$SAMBA_DNS" && says '^andreas@ad.contoso.test:.*:/home/andreas@ad.contoso.test:/bin/bash'
if pamtester login "andreas@$SAMBA_DNS" authenticate acct_mgmt open_session close_session < "$SAMBA_USER_PW_FILE" > "$d/out" 2>&1; then
	ok "a person of the domain logs in by PAM"
else
	wrong "PAM: $(cat "$d/out" "$d/sssd.log")"
fi
[ "$(stat -c %U "/home/andreas@$SAMBA_DNS")" = "andreas@$SAMBA_DNS" ] || wrong "no home"
printf wrong | pamtester login "andreas@$SAMBA_DNS" authenticate > "$d/out" 2>&1 && wrong "a wrong password logs in"
[ "$(stat -c %a /etc/krb5.keytab /etc/sssd/sssd.conf | tr '\n' ' ')" = "600 600 " ] || wrong "modes"
[ "$(stat -c %a /etc/enroll/state.json)" = 644 ] || wrong "the state is not for all to read"
grep -q secret_key /etc/enroll/state.json && wrong "the key of secrets was kept"

echo "== programs nobody here wrote"
is 0 klist -ke && says '^ *1 LT-0042\$@' '^ *7 other@ELSEWHERE'
is 0 kinit -k 'LT-0042$' && ok "kinit -k"
is 0 adcli testjoin && ok "adcli testjoin"
is 0 adcli update --computer-password-lifetime=0 --verbose && says 'Changed computer password'
[ "$(version_of LT-0042)" = 2 ] || wrong "adcli renewed nothing"
is 0 kinit -k 'LT-0042$' && ok "adcli update, and kinit with the new key"
is 0 msktutil --auto-update --auto-update-interval 0 --verbose
[ "$(version_of LT-0042)" = 3 ] || wrong "msktutil renewed nothing"
is 0 kinit -k 'LT-0042$' && ok "msktutil --auto-update, and kinit with the new key"

echo "== status"
(cd "$d/lists" && cp good.crl list.crl && exec python3 -m http.server -b 127.0.0.1 8088 > "$d/http.log" 2>&1) &
for ((i = 0; i < 600; i++)); do curl -so /dev/null http://127.0.0.1:8088/ && break; sleep 0.1; done
is 0 enroll status --check && says 'keytab +ok +.*version 3' 'ticket +ok' 'user +ok +andreas@' 'revocation +ok' 'by sssd'
is 0 enroll status -o json
json "o['domain']['account'] == 'LT-0042\$' and o['domain']['login'] == 'sssd'"
# checked EXIT CODE NAME WHAT: status --check says that.
checked()
{
	is "$1" enroll status --check -o json
	json "[(c['result'], c['code']) for c in o['checks'] if c['check'] == '$3'] == [('$([ "$1" = 1 ] && echo fail || echo unknown)', '$2')]"
	ok "$4"
}
cp "$d/lists/revoked.crl" "$d/lists/list.crl"
checked 1 ENR-419 revocation "a certificate that was revoked"
rm "$d/lists/list.crl"
checked 6 ENR-503 revocation "a list that is not there is no answer"
cp "$d/lists/good.crl" "$d/lists/list.crl"
sssd_stop
checked 6 ENR-418 user "sssd does not run"
samba_tool user disable 'LT-0042$' > /dev/null 2>&1
checked 1 ENR-415 ticket "a disabled account"
samba_tool user enable 'LT-0042$' > /dev/null 2>&1
samba_tool user setpassword 'LT-0042$' --newpassword=Other-1-Secret > /dev/null 2>&1
checked 1 ENR-413 ticket "another password than the keytab's"
samba_admin ldapdelete "CN=LT-0042,$SAMBA_SALES_DN"
checked 1 ENR-414 ticket "a deleted account"
samba_stop
checked 6 ENR-416 ticket "no domain controller is no answer"
samba_again

echo "== leave, after others have renewed the keys"
is 0 enroll leave --yes --local
restored "leave"
left=$(find /var/lib/sss -name 'cache_*' -o -name 'timestamps_*' -o -path '*/mc/passwd')
[ -z "$left" ] || wrong "what sssd knew of people is left: $left"
[ "$(hostname)" = blank ] || wrong "the host name stayed"

echo "== nobody logs in"
computer LT-1
answered LT-1
is 0 enroll join --login none && says 'of the domain: none' 'ticket for LT-1'
diff "$d/before" <(picture) | grep -vE '^[0-9]|^---|etc/enroll|krb5.keytab|etc/hosts|etc/hostname|^[<>] etc [0-9]' > "$d/difference" &&
	wrong "more than the keytab: $(cat "$d/difference")"
is 0 enroll leave --yes --local
restored "leave without logins"

echo "== somebody else's key in the keytab is not lost"
answered LT-1
is 0 enroll join --login none
printf 'addent -password -p third@THIRD.TEST -k 1 -e aes256-cts-hmac-sha1-96\nSecret\nwkt /etc/krb5.keytab\n' | ktutil > /dev/null
is 6 enroll leave --yes --local && says ENR-409 /etc/krb5.keytab.before-enroll
klist -k | grep -q third@THIRD.TEST || wrong "the third key is gone"
mv /etc/krb5.keytab.before-enroll /etc/krb5.keytab
is 0 enroll leave --yes --local
restored "leave"

echo "== killed anywhere, it goes on"
unlocked() { local n; for ((n = 0; n < 300; n++)); do enroll leave --yes --local --dry-run 2>&1 | grep -q ENR-408 || return; sleep 0.1; done; }
computer LT-2
answered LT-2
for ((i = 0; i < 40; i++)); do
	enroll join > "$d/out" 2>&1 < /dev/null &
	pid=$!
	sleep "0.$(printf %03d $((i * 9 + RANDOM % 30)))"
	kill -KILL $pid 2> /dev/null && wait $pid 2> /dev/null
	unlocked # a command that outlives its enroll is waited for
	[ ! -e /etc/enroll/state.json ] || break
	[ $((i % 8)) != 7 ] || { is 0 enroll leave --yes --local; restored "leave after $i kills"; answered LT-2; }
done
is 0 enroll join
is 0 kinit -k 'LT-2$'
is 0 enroll leave --yes --local
restored "leave after kills"
samba_stop
[ $failures = 0 ] && echo "ok    all of it"
exit $((failures > 0))
