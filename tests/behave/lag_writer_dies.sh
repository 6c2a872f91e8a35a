#!/bin/bash
# Two directory servers that replicate. The one that was written to dies between the add and its answer: the agent stays
# uncertain and asks that very server alone, whatever the other one says; nobody else gets the password or the name. When
# it is back the enrollment is finished or given back, and there is one object, on both. When it never comes back, the
# admin says so ([directory] lost-servers), and the one that is left decides.
set -uo pipefail
. tests/behave/natdev.sh
. tests/behave/slapd_pair.sh
trap 'slapd_pair_stop; error_clean_up' EXIT
slapd_pair_wire 2
cp "$AGENT_CONF" "$d/conf.both"
a_dead() { ! kill -0 "$SLAPD_PID" 2> /dev/null; }

# dies NAME MODE: it is expected, and the writing server dies in the middle of it.
dies()
{
	slapd_facts "$PAIR/a"
	SLAPD_PID=$(cat "$PAIR/a/pid")
	disown "$SLAPD_PID" # its end is no news to the shell
	expected "$d/$1" "$1"
	echo "$2 $PAIR/a/pid" > "$d/mode"
	nat list="$d/$1" key="$d/a.key"
	echo pass > "$d/mode"
	tally "1 ENR-607"
	soon 5 a_dead || wrong "$1: the server is not dead"
}
stays() { held "$1" "1 ENR-60[17]"; }

echo "== it dies after the add, which had not gone over: the second one has nothing, and gets nothing"
slapd_pair_cut
dies WM-DONE die
stays WM-DONE
! has b WM-DONE || wrong "it was made a second time"
a_back
soon 20 is_now WM-DONE enrolled || wrong "WM-DONE is $(record WM-DONE state)"
nat list="$d/WM-DONE" key="$d/a.key" wait=10
tally "1 granted"
slapd_pair_mend
one WM-DONE

echo "== it dies before the add is done: the password is good again when that is read from it, and not before"
agent_anew
slapd_pair_cut
dies WM-NOT die-request
stays WM-NOT
a_back
soon 20 is_now WM-NOT pending || wrong "WM-NOT is $(record WM-NOT state)"
nat list="$d/WM-NOT" key="$d/b.key" wait=10
tally "1 granted"
slapd_pair_mend
one WM-NOT

echo "== it never comes back, and the add had gone over: the admin says so, the second one shows it, it is finished there"
agent_anew
dies WM-OVER die
soon 10 has b WM-OVER || wrong "the add did not go over in time"
stays WM-OVER
sed "s|^uri = .*|uri = $second\nlost-servers = $first|" "$d/conf.both" > "$AGENT_CONF"
agent_anew
soon 20 is_now WM-OVER enrolled || wrong "WM-OVER is $(record WM-OVER state)"
[ "$(record WM-OVER object.server)" = "$second" ] || wrong "WM-OVER is said to be on $(record WM-OVER object.server)"
nat list="$d/WM-OVER" key="$d/a.key" wait=10 docs="$d"
tally "1 granted"
grep -qF "\"DirectoryServer\" value=\"$second\"" "$d/WM-OVER.xml" || wrong "the document sends the device elsewhere"
cp "$d/conf.both" "$AGENT_CONF"
a_back
agent_anew
one WM-OVER

echo "== it never comes back, and the add died with it: given back, and made once more on the second one"
slapd_pair_cut
dies WM-GONE die
stays WM-GONE
sed "s|^uri = .*|uri = $second\nlost-servers = $first|" "$d/conf.both" > "$AGENT_CONF"
agent_anew
soon 20 is_now WM-GONE pending || wrong "WM-GONE is $(record WM-GONE state)"
nat list="$d/WM-GONE" key="$d/a.key" wait=10
tally "1 granted"
kept=$(uuid b WM-GONE)

echo "== and if it comes back all the same, the later of the two objects stands on both"
a_back
slapd_pair_mend
one WM-GONE
[ "$(uuid a WM-GONE)" = "$kept" ] || wrong "the object of the enrollment lost"
[ "$(record WM-GONE object.guid)" = "$kept" ] || wrong "the record knows another object"
error_end
