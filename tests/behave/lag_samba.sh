#!/bin/bash
# Two Samba domain controllers that replicate. Held back: a device joins, and its keytab works at once where its document
# sends it, and not yet at the other one, where nobody makes it again; afterwards there is one object, on both. The one
# that was written to dies between the add and its answer: uncertain, then settled when it is back; or, when it never
# comes back, decided by the one that is left. One name given on both sides of a cut: what Samba makes of it.
set -uo pipefail
. tests/behave/samba.sh
. tests/behave/samba_pair.sh
samba_world "$@"
. tests/behave/natdev.sh
chmod 755 "$d"
samba_start "$d/dc1" nosync=yes strong_auth=no && samba_delegate && samba_pair "$d/dc2" || exit 1
chmod 755 "$d/dc1" "$d/dc1/private"
cat "$SAMBA_CA" > "$d/ca.pem"
echo pass > "$d/mode"
python3 tests/heart/lossy.py "$d/ldapi" "$SAMBA_DIR/private/ldapi" "$d/mode" > "$d/wire" 2>&1 &
ERROR_PIDS+=("$!")
soon 10 test -s "$d/wire" || exit 1
first=ldapi://${d//\//%2F}%2Fldapi second=$SAMBA2_LDAPS_URI
agent_make "$d/agent" flavour=ad uri="$SAMBA_LDAPS_URI $second" http_lines="failure-limit = 1000" || exit 1
sed -i 's/^\[directory\]$/[directory]\nldap-timeout = 3s/' "$AGENT_CONF"
cp "$AGENT_CONF" "$d/conf.tls"
sed "s|^uri = .*|uri = $first $second|" "$d/conf.tls" > "$d/conf.wire"
agent_start "$d/agent" || exit 1
natdev_use
IDENTITY=andreas@contoso.test
for k in a b; do openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$d/$k.key" 2> /dev/null; done
say() { echo "$1 ($SECONDS s)"; }
find1() { samba_search "(sAMAccountName=$1\$)" objectGUID 2> /dev/null | sed -n 's/^objectGUID:: //p'; }
find2() { dc2 ldapsearch -LLL -o ldif-wrap=no -b "$SAMBA_BASE" "(sAMAccountName=$1\$)" objectGUID 2> /dev/null | sed -n 's/^objectGUID:: //p'; }
same() { [ -n "$(find1 "$1")" ] && [ "$(find1 "$1")" = "$(find2 "$1")" ]; }
objects() { samba_search "(cn=$1)" 1.1 | grep -c '^dn:' || :; }
# One KDC and no other.
krb5_of()
{
	sed "s/^\(\t*\)kdc = .*/\1kdc = $1/" "$KRB5_CONFIG" > "$d/krb5.$1"
	echo "$d/krb5.$1"
}
# ticket NAME KDC: with the keytab that the device was given.
ticket() { KRB5_CONFIG=$(krb5_of "$2") KRB5CCNAME=MEMORY: timeout 20 kinit -k -t "$d/$1/etc/krb5.keytab" "$1\$@$SAMBA_REALM" > "$d/kinit" 2>&1; }
refused()
{
	is 4 ctl device add "$1" --identity other@contoso.test --password-out "$d/no.pw"
	says "$1" 'ENR-3'
}
anew() { agent_stop; agent_start "$d/agent" || wrong "the agent does not start"; }

say "== nothing goes over; the device's keytab works at once where its document sends it"
samba_pair_cut > "$d/cut" 2>&1 || wrong "it is not cut: $(cat "$d/cut")"
pre WM-LAG -q
join WM-LAG --key-type rsa2048
joins "while nothing goes over"
"$AGENT_BIN/enroll" show document --root "$d/WM-LAG" > "$d/doc" 2>&1
grep -q "\"DomainController\" value=\"$SAMBA_HOST\"" "$d/doc" || wrong "the document names $(grep DomainController "$d/doc")"
ticket WM-LAG "$SAMBA_IP" && ok "a ticket at once, from $SAMBA_HOST" || wrong "no ticket: $(cat "$d/kinit")"
! ticket WM-LAG "$SAMBA2_IP" || wrong "something went over"
[ -z "$(find2 WM-LAG)" ] || wrong "something went over"
refused WM-LAG

say "== it goes over again: one object, and the keytab works everywhere"
samba_pair_mend > "$d/cut" 2>&1 || wrong "$(cat "$d/cut")"
soon 20 same WM-LAG && ok "one object on both" || wrong "dc1 $(find1 WM-LAG), dc2 $(find2 WM-LAG)"
ticket WM-LAG "$SAMBA2_IP" && ok "a ticket from $SAMBA2_HOST" || wrong "no ticket: $(cat "$d/kinit")"

cp "$d/conf.wire" "$AGENT_CONF"
anew
# dies NAME: the controller that does the add dies before its answer is seen.
dies()
{
	expected "$d/$1" "$1"
	echo "$SAMBA_PID" > "$d/dc1.pid"
	disown "$SAMBA_PID" # its end is no news to the shell
	echo "die $d/dc1.pid" > "$d/mode"
	nat list="$d/$1" key="$d/a.key"
	echo pass > "$d/mode"
	samba_pair_dc1_dies
	tally "1 ENR-607"
	is_now "$1" uncertain || wrong "$1 is $(record "$1" state)"
	nat list="$d/$1" key="$d/b.key"
	tally "1 ENR-210"
	nat list="$d/$1" key="$d/a.key"
	tally "1 ENR-[16]0[179]" # 109: the sweep is at it
	is_now "$1" uncertain || wrong "$1 is $(record "$1" state) though its controller is dead"
	[ -z "$(find2 "$1")" ] || wrong "$1 was made a second time"
}

say "== it dies between the add and its answer; it is back, and the same device goes on"
settled() { ! is_now "$1" uncertain; }
samba_pair_cut > "$d/cut" 2>&1 || wrong "it is not cut: $(cat "$d/cut")"
dies WM-DONE
samba_again || wrong "the first controller does not start again"
soon 30 settled WM-DONE || wrong "WM-DONE is $(record WM-DONE state)"
nat list="$d/WM-DONE" key="$d/a.key" wait=20
tally "1 granted"
samba_pair_mend > "$d/cut" 2>&1 || wrong "$(cat "$d/cut")"
soon 20 same WM-DONE && ok "one object on both" || wrong "dc1 $(find1 WM-DONE), dc2 $(find2 WM-DONE)"

say "== it never comes back: the other one decides, and makes it"
anew
samba_pair_cut > "$d/cut" 2>&1 || wrong "it is not cut: $(cat "$d/cut")"
dies WM-GONE
sed "s|^uri = .*|uri = $second\nlost-servers = $first|" "$d/conf.wire" > "$AGENT_CONF"
anew
soon 30 is_now WM-GONE pending || wrong "WM-GONE is $(record WM-GONE state)"
nat list="$d/WM-GONE" key="$d/a.key" wait=20
tally "1 granted"
kept=$(find2 WM-GONE)

say "== and comes back all the same: one has the name, the other one is marked as a conflict"
samba_again || wrong "the first controller does not start again"
samba_pair_mend > "$d/cut" 2>&1 || wrong "$(cat "$d/cut")"
with_name() { dc2 ldapsearch -LLL -o ldif-wrap=no -b "$SAMBA_BASE" "(cn=WM-GONE)" objectGUID 2> /dev/null | sed -n 's/^objectGUID:: //p'; }
soon 20 test "$(with_name)" = "$kept" && ok "the later one has the name" || wrong "the name is with $(with_name)"
conflicts() { [ "$(dc2 ldapsearch -LLL -b "$SAMBA_DEVICES_DN" '(cn=*CNF:*)' 1.1 2> /dev/null | grep -c '^dn')" = 1 ]; }
soon 10 conflicts && ok "the other one is renamed as a conflict" || wrong "no conflict is marked"
[ "$(find2 WM-GONE | wc -l)" = 2 ] && ok "and two accounts have one sAMAccountName, as the documents say" || wrong "accounts: $(find2 WM-GONE)"
agent_stop
samba_stop
error_end
