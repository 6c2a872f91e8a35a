#!/bin/bash
# Two addresses of the directory: the first is dead at the start, comes, goes away in the middle of many enrollments, and
# hangs; devices notice at most a wait. With none left the answer is 503 and nothing is lost; the server named to the
# admin is the one that was written to.
set -uo pipefail
. tests/behave/natdev.sh
chmod 755 "$d"
slapd_start "$d/ldap" nosync=yes || exit 1
first=$(agent_free_port)
agent_make "$d/agent" suffix=contoso.test uri="ldaps://localhost:$first $LDAPS_URI" http_lines="failure-limit = 1000" || exit 1
sed -i 's/^\[directory\]$/[directory]\nldap-timeout = 2s/' "$AGENT_CONF"

relay=
relay_start()
{
	rm -f "$d/relay"
	python3 tests/behave/relay_tcp.py "$first" "$SLAPD_TLS_PORT" > "$d/relay" 2>&1 &
	relay=$!
	ERROR_PIDS+=("$relay")
	soon 10 test -s "$d/relay" || wrong "no relay"
}
relay_stop() { kill -CONT "$relay"; kill "$relay"; wait "$relay" 2> /dev/null; }

echo "== the first is dead from the start"
agent_start "$d/agent" || exit 1
natdev_use
expected "$d/list" WM-A
nat list="$d/list"
tally "1 granted"
whole WM-A
[ "$(record WM-A object.server)" = "$LDAPS_URI" ] || wrong "the server is said to be $(record WM-A object.server)"

echo "== the first comes, and goes in the middle of thirty"
relay_start
agent_stop # what was found dead is asked last for half a minute
agent_start "$d/agent" || exit 1
mapfile -t names < <(seq -f 'WM-%02g' 30)
expected "$d/list" "${names[@]}"
"$AGENT_BIN/natdev" list="$d/list" threads=3 wait=30 > "$d/all" 2>&1 &
all=$!
ERROR_PIDS+=("$all")
some() { [ "$(wc -l < "$d/all")" -ge 4 ]; }
soon 20 some
relay_stop
wait "$all"
cp "$d/all" "$d/tries"
# An add that was on its way when the first went is uncertain, rightly so, until the first is back.
mapfile -t unsure < <(awk '$2 == "ENR-607" { print $1 }' "$d/all")
if [ ${#unsure[@]} = 0 ]; then
	tally "30 granted"
else
	[ ${#unsure[@]} -le 3 ] || wrong "${#unsure[@]} uncertain, with three at a time"
	tally "${#unsure[@]} ENR-607, $((30 - ${#unsure[@]})) granted"
	relay_start
fi
soon 40 nothing_left || wrong "something is left over"
for name in "${unsure[@]}"; do
	case $(record "$name" state) in enrolled | pending) ;; *) wrong "$name is $(record "$name" state)" ;; esac
done
[ ${#unsure[@]} = 0 ] || relay_stop
for name in "${names[@]}"; do
	case " ${unsure[*]} " in *" $name "*) continue ;; esac
	whole "$name"
	record "$name" object.server >> "$d/servers"
done
[ "$(sort -u "$d/servers" | wc -l)" = 2 ] || wrong "not both servers were used: $(sort "$d/servers" | uniq -c)"

echo "== the first hangs"
relay_start
freeze "$relay"
agent_stop
agent_start "$d/agent" || exit 1
expected "$d/list" WM-B
nat list="$d/list" wait=20
tally "1 granted"
whole WM-B
[ "$(record WM-B object.server)" = "$LDAPS_URI" ] || wrong "the server is said to be $(record WM-B object.server)"
relay_stop

echo "== none is there; then they are back"
expected "$d/list" WM-C
slapd_stop "$d/ldap"
nat list="$d/list"
tally "1 ENR-601"
grep -q ' 503 mac ' "$d/tries" || wrong "not 503 under a MAC"
[ "$(record WM-C state)" = pending ] || wrong "WM-C is $(record WM-C state)"
slapd_again "$d/ldap"
nat list="$d/list" wait=10
tally "1 granted"
whole WM-C
error_end
