#!/bin/bash
# The same key again is given the same certificate and the same octets, whatever was restarted in between; another key is refused for good. In flight, the same key is told to come again
# and another one that somebody is at it; both are true a moment later. Failures never lock or delay a record.
set -uo pipefail
. tests/behave/natdev.sh
natdev_begin
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$d/$1.key" 2> /dev/null; }
for k in a b; do key $k; done
same() { [ "$(awk '{ print $3 }' "$d/tries" | sort -u)" = "$document" ] || wrong "$1: another document"; }

echo "== the same key again, and another"
pre WM-SAME -q
echo "WM-SAME $(cat "$d/WM-SAME.pw")" > "$d/list"
nat list="$d/list" key="$d/a.key"
tally "1 granted"
document=$(awk '{ print $3 }' "$d/tries")
nat list="$d/list" key="$d/a.key" times=3
tally "3 granted"
same "at once"
nat list="$d/list" key="$d/b.key" times=3
tally "3 ENR-206"
grep -q ' 403 mac ' "$d/tries" || wrong "the refusal is not proved"
pre WM-LATER -q
printf '\ndm-server = https://dm.contoso.test/omadm\n' >> "$AGENT_CONF" # of [profile default], which stands last
agent_reload
nat list="$d/list" key="$d/a.key"
same "after a reload, with another profile"

echo "== a profile that changed since the device was expected counts as it is when the device comes"
echo "WM-LATER $(cat "$d/WM-LATER.pw")" > "$d/later"
"$AGENT_BIN/natdev" list="$d/later" docs="$d" > "$d/tries" 2> "$d/err"
tally "1 granted"
grep -q 'https://dm.contoso.test/omadm' "$d/WM-LATER.xml" || wrong "the document has not what the profile says now"
agent_stop
agent_start "$d/agent"
natdev_use
nat list="$d/list" key="$d/a.key"
tally "1 granted"
same "after a restart"
whole WM-SAME

echo "== while the directory thinks"
pre WM-SLOW -q
echo "WM-SLOW $(cat "$d/WM-SLOW.pw")" > "$d/slow"
slapd=$SLAPD_PID
"$AGENT_BIN/natdev" list="$d/slow" key="$d/a.key" wait=60 > "$d/first" 2>&1 &
first=$!
ERROR_PIDS+=("$first")
claimed() { [ "$(record WM-SLOW state)" != pending ]; }
freeze "$slapd"
sleep 1 # the first one has bootstrapped, and waits for its place
nat list="$d/slow" key="$d/a.key"
tally "1 ENR-109"
grep -q ' 503 mac ' "$d/tries" || wrong "not 503 under a MAC"
nat list="$d/slow" key="$d/b.key" &
other=$!
kill -CONT "$slapd"
wait "$first" "$other"
grep -q ' granted ' "$d/first" || grep -q ' granted ' "$d/tries" || wrong "nobody won"
[ "$(cat "$d/first" "$d/tries" | grep -c ' granted ')" = 1 ] || wrong "two keys won"
whole WM-SLOW

echo "== wrong passwords for an identity delay nobody"
pre WM-HURT -q
good=$(cat "$d/WM-HURT.pw")
pre WM-NONE -q
ctl device reissue WM-NONE --password-out "$d/new" -q < /dev/null > /dev/null 2>&1
for _ in {1..20}; do echo "WM-NONE $(cat "$d/WM-NONE.pw")"; done > "$d/list"
nat list="$d/list" threads=4
tally "20 ENR-202"
echo "WM-HURT $good" > "$d/list"
nat list="$d/list"
tally "1 granted"
[ "$(awk '{ print $4 }' "$d/tries")" -lt 20000 ] || wrong "it was delayed"
whole WM-HURT
error_end
