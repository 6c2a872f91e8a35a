#!/bin/bash
# The three processes: who they are, what they may, what they hold open; and what happens when one of them is killed.
# needs: asan-off
set -uo pipefail
. tests/behave/agent.sh
[ "$(id -u)" = 0 ] || { echo "two accounts need root"; exit 77; }
d=$(mktemp -d /tmp/e.XXXXXX)
trap agent_clean_up EXIT
failures=0
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); }
is() { if [ "$2" = "$3" ]; then echo "ok: $1: $2"; else wrong "$1: $2, not $3"; fi; }
field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' '; }
status() { agent_discovery | agent_status -H "Content-Type: $AGENT_TYPE" --data-binary @- "$AGENT_URL/enroll/discovery"; }
answers() { [ "$(status)" = 200 ]; }

# Refused without two accounts.
agent_make "$d" || exit 1
cp "$AGENT_CONF" "$d/good.conf"
for bad in 'user = no-such-account' 'user = root' 'front-user = root'; do
	key=${bad%% *}
	sed "s/^$key = .*/$bad/" "$d/good.conf" > "$AGENT_CONF"
	"$AGENT_BIN/enrolld" --config "$AGENT_CONF" > "$d/out" 2>&1
	is "exit with $bad" $? 2
	grep -q ENR-804 "$d/out" || wrong "$bad: $(cat "$d/out")"
done
sed 's/^front-user = .*/front-user = daemon/' "$d/good.conf" > "$AGENT_CONF"
"$AGENT_BIN/enrolld" --config "$AGENT_CONF" > "$d/out" 2>&1
is "exit with one account twice" $? 2
cp "$d/good.conf" "$AGENT_CONF"

agent_start "$d" || exit 1
is "front's uids" "$(field "$AGENT_FRONT" Uid)" "$(id -u nobody) $(id -u nobody) $(id -u nobody) $(id -u nobody)"
is "core's uids" "$(field "$AGENT_CORE" Uid)" "$(id -u daemon) $(id -u daemon) $(id -u daemon) $(id -u daemon)"
for p in "$AGENT_FRONT" "$AGENT_CORE"; do
	is "groups" "$(field "$p" Groups)" ""
	for set in CapInh CapPrm CapEff CapAmb; do is "$set" "$(field "$p" $set)" 0000000000000000; done
	is "no new privileges" "$(field "$p" NoNewPrivs)" 1
	is "umask" "$(field "$p" Umask)" 0077
	is "owner of environ (not dumpable)" "$(stat -c %u "/proc/$p/environ")" 0
	is "core file" "$(awk '/^Max core/ { print $5 }' "/proc/$p/limits")" 0
	is "environment" "$(tr '\0' '\n' < "/proc/$p/environ" | grep -cvE '^(PATH|TZ|LANG|JOURNAL_STREAM|[A-Z]*_OPTIONS)=')" 0
done
is "front's filter" "$(field "$AGENT_FRONT" Seccomp)" 2
is "front's threads" "$(field "$AGENT_FRONT" Threads)" 1
is "parent's threads" "$(field "$AGENT_PID" Threads)" 1

# What the front holds: no file of the state or CA folder, two unix sockets (channel, pipe), its listeners.
ls -l "/proc/$AGENT_FRONT/fd" > "$d/fds"
grep -E "$d/(state|ca)" "$d/fds" && wrong "the front holds files of the core"
is "front's files" "$(awk '{ print $NF }' "$d/fds" | grep '^/' | grep -cvE '^(/dev/null|.*enrolld.log)$')" 0
ls -l "/proc/$AGENT_PID/fd" > "$d/fds"
grep -E '\.(key|pem|sqlite)' "$d/fds" && wrong "the parent keeps keys open"
for p in "$AGENT_FRONT" "$AGENT_CORE" "$AGENT_PID"; do
	grep -qaE 'ldap.password|BEGIN' "/proc/$p/cmdline" && wrong "a secret in argv"
done
is "state folder" "$(stat -c '%U %a' "$d/state")" "daemon 700"
is "a CA key" "$(stat -c '%U %a' "$d/ca/devices.key")" "daemon 600"
is "the root's key" "$(stat -c %U "$d/root.key")" root
is "control socket" "$(stat -c '%U %a' "$AGENT_SOCKET")" "root 666"
su -s /bin/sh nobody -c "cat $d/ca/server.key $d/ca/devices.key $d/state/store.sqlite" > /dev/null 2>&1 && wrong "the front's account reads the core's files"

# Full traffic under the filter: every kind of answer, and nobody died of it.
is "answers" "$(status)" 200
for _ in 1 2 3; do agent_status "$AGENT_URL/x" > /dev/null; done
curl -s -o /dev/null "http://127.0.0.1:$AGENT_CRL_PORT/crl/devices.crl"
is "front is the same" "$(agent_child "$AGENT_PID" front)" "$AGENT_FRONT"
is "core is the same" "$(agent_child "$AGENT_PID" core)" "$AGENT_CORE"

# The front killed: another one comes, on the same sockets.
before=$AGENT_FRONT
kill -KILL "$AGENT_FRONT"
agent_wait 10 answers || wrong "no answers after the front was killed"
agent_find_children
[ "$AGENT_FRONT" != "$before" ] || wrong "the front was not started again"
is "core went on" "$(agent_child "$AGENT_PID" core)" "$AGENT_CORE"

# The core stopped: the front goes on; killed: 503 until the next one is there, then answers again.
before=$AGENT_CORE front=$AGENT_FRONT
freeze "$AGENT_CORE"
agent_discovery > "$d/q"
agent_curl -o "$d/answer" -w '%{http_code}' -H "Content-Type: $AGENT_TYPE" --data-binary "@$d/q" "$AGENT_URL/enroll/discovery" > "$d/waiting" &
waiting=$!
sleep 0.3
is "unknown path while the core hangs" "$(agent_status "$AGENT_URL/x")" 404
kill -KILL "$AGENT_CORE"
wait $waiting
is "what was waiting" "$(cat "$d/waiting")" 503
grep -q ENR-907 "$d/answer" || wrong "without a core: $(cat "$d/answer")"
agent_wait 15 answers || wrong "no answers after the core was killed"
agent_find_children
[ "$AGENT_CORE" != "$before" ] || wrong "the core was not started again"
is "front went on" "$AGENT_FRONT" "$front"
is "CRL from the new core" "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$AGENT_CRL_PORT/crl/devices.crl")" 200

# A second enrolld on the same sockets refuses and leaves the first alone.
"$AGENT_BIN/enrolld" --config "$AGENT_CONF" > "$d/out" 2>&1
is "exit of a second one" $? 2
is "answers" "$(status)" 200

# SIGTERM to the parent alone ends all; a killed parent takes its children along.
agent_stop || wrong "exit after SIGTERM"
kill -0 "$AGENT_FRONT" 2>/dev/null && wrong "the front outlives the parent"
[ ! -e "$AGENT_SOCKET" ] || wrong "the control socket was left"
agent_start "$d" || exit 1
kill -STOP "$AGENT_CORE" # busy, say: it could not see for itself that its parent is gone
kill -KILL "$AGENT_PID"
wait "$AGENT_PID" 2>/dev/null
gone() { ! kill -0 "$AGENT_FRONT" 2>/dev/null && ! kill -0 "$AGENT_CORE" 2>/dev/null; }
agent_wait 10 gone || { wrong "children outlive a killed parent"; kill -KILL "$AGENT_CORE"; }
agent_start "$d" || exit 1
is "answers after that" "$(status)" 200
agent_stop || wrong "stop"

# --single-user says what is lost.
chown -R root "$d/state" "$d/ca" "$d/ldap.password"
agent_start "$d" --single-user || exit 1
grep -q 'single-user.*take' "$AGENT_LOG" || wrong "single-user is silent"
is "single-user answers" "$(status)" 200
is "its filter" "$(field "$AGENT_FRONT" Seccomp)" 2
agent_stop || wrong "stop"

# A peer with a link-local address makes libraries ask for the name of the interface, which takes a socket: refused, and
# nobody dies of it. In a network namespace of its own.
cat > "$d/local.sh" <<'SH'
. tests/behave/agent.sh
trap 'agent_stop' EXIT
ip link set lo up && ip address add fe80::1/64 dev lo nodad || exit 77
d=$1/local
agent_make "$d" || exit 1
sed -i "s/^address = 127.0.0.1:$AGENT_PORT/address = [::]:$AGENT_PORT/" "$AGENT_CONF"
agent_start "$d" || exit 1
curl -sk -o /dev/null -w '%{http_code}\n' "https://[fe80::1%25lo]:$AGENT_PORT/x"
grep -q 'peer=fe80::1 ' "$AGENT_LOG" || { cat "$AGENT_LOG"; exit 1; }
grep -q 'signal=' "$AGENT_LOG" && { cat "$AGENT_LOG"; exit 1; }
exit 0
SH
chmod 755 "$d"
unshare -n bash "$d/local.sh" "$d" > "$d/local.out" 2>&1
rc=$?
if [ $rc = 77 ]; then
	echo "no link-local address here"
elif [ $rc != 0 ] || ! grep -q '^404$' "$d/local.out"; then
	wrong "a link-local peer: $(tail -n 20 "$d/local.out")"
fi
[ $failures = 0 ] && echo "agent_processes: all as it should be"
exit $((failures > 0))
