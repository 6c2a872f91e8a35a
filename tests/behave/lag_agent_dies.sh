#!/bin/bash
# Two directory servers that replicate, and the wire between them is cut. The agent is killed after its add was handed to the
# first one, before the answer, and the first one is gone as well. Which server it was sent to was durable before: the next
# agent asks nobody else. The other server says that there is no such object, and nobody gets the password or the name; when
# the first is back, the enrollment is finished or given back, and there is one object, on both. A server that is too busy
# to do anything is no such case: another one is written to, and that is durable first.
set -uo pipefail
. tests/behave/natdev.sh
. tests/behave/slapd_pair.sh
trap 'slapd_pair_stop; error_clean_up' EXIT
slapd_pair_wire 4
a_dies()
{
	local pid
	pid=$(cat "$PAIR/a/pid")
	disown "$pid" 2> /dev/null
	kill -KILL "$pid"
	while kill -0 "$pid" 2> /dev/null; do sleep 0.05; done
}

# killed NAME MODE: its add is on the way to the first server, and has come there or not; then first server and agent die.
# Nothing was written down after the add.
killed()
{
	local tries
	expected "$d/$1" "$1"
	echo "$2" > "$d/mode"
	"$AGENT_BIN/natdev" list="$d/$1" key="$d/a.key" > "$d/lost" 2>&1 &
	tries=$!
	if [ "$2" = hold ]; then
		soon 3 has a "$1" || wrong "$1: the add did not come to the first server"
	else
		soon 3 issued "$1" || wrong "$1: no add was sent"
		sleep 0.3
	fi
	a_dies
	kill -KILL "$AGENT_PID" "$AGENT_CORE" # the core alone would end in its own time, and write down what it knows
	wait "$AGENT_PID" 2> /dev/null
	wait "$tries"
	grep -q granted "$d/lost" && wrong "$1: was granted"
	echo pass > "$d/mode"
	agent_start "$d/agent" || wrong "the agent does not start"
}
issued() { [ "$(ctl certificate list --device "$1" -o name | wc -l)" = 1 ]; }
# The second server has no such object and says so for longer than the directory's time limit; that counts for nothing.
stays()
{
	local end=$((SECONDS + 12))
	has b "$1" && wrong "$1: the wire is not cut"
	while [ $SECONDS -lt $end ]; do
		is_now "$1" pending && { wrong "$1 was given back by a server it was never written to"; return; }
		sleep 0.5
	done
	held "$1" "1 ENR-[16]0[179]" # 109: while the sweep is asking
	has b "$1" && wrong "$1 was made a second time"
}

echo "== the add had come to the first server, which has not handed it on"
slapd_pair_cut
killed WM-DONE hold
stays WM-DONE
a_back
soon 20 is_now WM-DONE enrolled || wrong "WM-DONE is $(record WM-DONE state)"
nat list="$d/WM-DONE" key="$d/a.key" wait=10
tally "1 granted"
slapd_pair_mend
one WM-DONE

echo "== it had not: the password is good again when that is read from the first server"
agent_anew
slapd_pair_cut
killed WM-NOT hold-request
stays WM-NOT
a_back
soon 20 is_now WM-NOT pending || wrong "WM-NOT is $(record WM-NOT state)"
nat list="$d/WM-NOT" key="$d/b.key" wait=10
tally "1 granted"
slapd_pair_mend
one WM-NOT

echo "== the first one has too much to do, and does nothing: the second one is written to, and is what the record says"
agent_anew
expected "$d/WM-NEXT" WM-NEXT
echo busy > "$d/mode"
nat list="$d/WM-NEXT" key="$d/a.key"
tally "1 granted"
[ "$(record WM-NEXT object.server)" = "$second" ] || wrong "WM-NEXT is said to be on $(record WM-NEXT object.server)"
one WM-NEXT
error_end
