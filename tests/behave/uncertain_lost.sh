#!/bin/bash
# alone
# The wire to the directory loses the add, or its answer, in front of the running server. Uncertain is shown; another key
# has to wait; presence finishes the enrollment and absence gives the password back, without anybody asking; the same
# device succeeds with the same key in either case. Then the directory itself stops in the middle of many enrollments.
set -uo pipefail
. tests/behave/natdev.sh
chmod 755 "$d"
slapd_start "$d/ldap" nosync=yes || exit 1
chmod 755 "$d/ldap"
echo pass > "$d/mode"
python3 tests/heart/lossy.py "$d/ldapi" "$d/ldap/ldapi" "$d/mode" > "$d/wire" 2>&1 &
ERROR_PIDS+=("$!")
soon 10 test -s "$d/wire" || exit 1
agent_make "$d/agent" suffix=contoso.test uri="ldapi://${d//\//%2F}%2Fldapi" http_lines="failure-limit = 1000" || exit 1
sed -i 's/^\[directory\]$/[directory]\nldap-timeout = 2s/' "$AGENT_CONF"
agent_start "$d/agent" || exit 1
natdev_use
for k in a b; do openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$d/$k.key" 2> /dev/null; done
is_now() { [ "$(record "$1" state)" = "$2" ]; }
serials() { ctl certificate list --device "$1" -o name; }
listed() { ctl status -o json | grep -q "\"device\": *\"$1\""; }

# lose NAME MODE OBJECTS: one try that is lost that way.
lose()
{
	expected "$d/$1" "$1"
	echo "$2" > "$d/mode"
	nat list="$d/$1" key="$d/a.key"
	tally "1 ENR-607"
	grep -q ' 503 mac ' "$d/tries" || wrong "$1: not 503 under a MAC"
	# What an uncertain record promises, unless the sweep was quicker: then it is settled, by what stands.
	settled=$([ "$3" = 1 ] && echo enrolled || echo pending)
	is_now "$1" uncertain || is_now "$1" "$settled" || wrong "$1 is $(record "$1" state)"
	listed "$1" || is_now "$1" "$settled" || wrong "$1: status does not show the work left over"
	if is_now "$1" uncertain; then
		nat list="$d/$1" key="$d/b.key"
		is_now "$1" "$settled" || tally "1 ENR-210"
	fi
	[ "$(objects "$1")" = "$3" ] || wrong "$1: $(objects "$1") objects"
}

echo "== the answer is lost: the object stands, the sweep finishes"
lose WM-ANSWER lose-answer 1
echo pass > "$d/mode"
soon 20 is_now WM-ANSWER enrolled || wrong "WM-ANSWER is $(record WM-ANSWER state)"
nat list="$d/WM-ANSWER" key="$d/b.key"
tally "1 ENR-206"
nat list="$d/WM-ANSWER" key="$d/a.key"
tally "1 granted"
whole WM-ANSWER

echo "== the answer is lost: the same key comes before the sweep"
lose WM-AGAIN hold 1
echo pass > "$d/mode"
nat list="$d/WM-AGAIN" key="$d/a.key" wait=20
tally "1 granted"
whole WM-AGAIN

echo "== the add is lost: nothing stands, the password is given back when that is certain"
lose WM-NEVER lose-request 0
echo pass > "$d/mode"
soon 20 is_now WM-NEVER pending || wrong "WM-NEVER is $(record WM-NEVER state)"
nat list="$d/WM-NEVER" key="$d/b.key"
tally "1 granted"
whole WM-NEVER
[ "$(ctl certificate list --device WM-NEVER --revoked -o name | wc -l)" = 1 ] || wrong "the first key's certificate is not revoked"
nat list="$d/WM-NEVER" key="$d/a.key"
tally "1 ENR-206"

echo "== the add is lost: the same key goes on, with the certificate that was made for it"
lose WM-KEPT hold-request 0
first=$(serials WM-KEPT)
echo pass > "$d/mode"
nat list="$d/WM-KEPT" key="$d/a.key" wait=20
tally "1 granted"
[ -n "$first" ] && [ "$(serials WM-KEPT)" = "$first" ] || wrong "it was signed again"
whole WM-KEPT

echo "== the core is killed while the record is uncertain"
lose WM-KILLED lose-answer 1
kill -KILL "$AGENT_CORE"
echo pass > "$d/mode"
soon 20 is_now WM-KILLED enrolled || wrong "WM-KILLED is $(record WM-KILLED state)"
nat list="$d/WM-KILLED" key="$d/a.key" wait=20
tally "1 granted"
whole WM-KILLED

echo "== the directory stops for longer than the limit, in the middle of twenty"
mapfile -t twenty < <(seq -f 'WM-%02g' 20)
expected "$d/twenty" "${twenty[@]}"
"$AGENT_BIN/natdev" list="$d/twenty" threads=8 wait=50 > "$d/out20" 2>&1 &
all=$!
ERROR_PIDS+=("$all")
for _ in 1 2; do
	sleep 0.2
	freeze "$SLAPD_PID"
	sleep 3
	kill -CONT "$SLAPD_PID"
done
wait "$all" || wrong "devices without an answer"
cp "$d/out20" "$d/tries"
tally "20 granted"
for name in "${twenty[@]}"; do whole "$name"; done
nothing_left() { ! ctl status -o json | grep -q '"work"'; }
soon 20 nothing_left || wrong "something is left over"
error_end
