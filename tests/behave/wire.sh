#!/bin/bash
# Every case of tests/wire/ against a running enrolld and a real directory: a device is expected for each, the message
# is played, the answer and the state of the device afterwards are compared. At the end nothing but what the cases
# made stands in the directory.   wire.sh [CASE…]
set -uo pipefail
. tests/behave/slapd.sh
. tests/behave/agent.sh
bin=${ENROLL_BIN:-build/bin}
t=$(mktemp -d /tmp/e.XXXXXX) && chmod 755 "$t" # the core has an account of its own
trap 'agent_clean_up; slapd_stop "$t/a"; rm -rf "$t"' EXIT
slapd_start "$t/a" nosync=yes || exit 1
agent_make "$t/b" name=mobileenroll.contoso.test suffix=contoso.test \
	http_lines=$'failure-limit = 100000\nmax-connections-per-address = 512' || exit 1
cp "$t/b/ca/server.pem" "$t/server.pem"
agent_start "$t/b" || exit 1
export WIRE_PORT=$AGENT_PORT WIRE_LEAF=$t/server.pem WIRE_SERVER=$AGENT_NAME WIRE_IDENTITY=andreas@contoso.test
WIRE_PASSWORD=

# expect NAME: a device, its password into WIRE_PASSWORD.
expect()
{
	"$bin/enrollctl" device add "$1" --identity "$WIRE_IDENTITY" -o json --password-out - > "$t/add" || return 1
	WIRE_PASSWORD=$(sed -n 's/.*"password": *"\([^"]*\)".*/\1/p' "$t/add")
	export WIRE_PASSWORD
	[ -n "$WIRE_PASSWORD" ]
}

state_of() { "$bin/enrollctl" device show "$1" -o json | sed -n 's/.*"state": *"\([^"]*\)".*/\1/p' | head -n 1; }

expect W-0 || { echo "no device could be added"; exit 1; }
passed=0 failed=0 members=0 n=0
[ $# -gt 0 ] || set -- tests/wire/*.case
for case; do
	wanted=$(sed -n 's/^record //p' "$case")
	if [ -n "$wanted" ]; then
		n=$((n + 1))
		expect "W-$n" || exit 1
	fi
	if out=$("$bin/wire" "$case" 2>&1); then
		got=$wanted
		[ -z "$wanted" ] || got=$(state_of "W-$n")
		case $got in enrolled | revoked) members=$((members + 1)) ;; esac # a revoked one keeps its object
		if [ "$got" = "$wanted" ]; then
			passed=$((passed + 1))
			continue
		fi
		out="FAIL $case: the device is $got, not $wanted"
	fi
	echo "$out"
	failed=$((failed + 1))
done
objects=$(ldapsearch -x -LLL -H "$LDAPI_URI" -D "$ADMIN_DN" -w "$ADMIN_PW" -b "$DEVICES_DN" '(objectClass=device)' 1.1 |
	grep -c '^dn:')
if [ "$objects" != "$members" ]; then
	echo "FAIL $objects objects in the directory, $members devices that enrolled"
	failed=$((failed + 1))
fi
kill -0 "$AGENT_PID" && kill -0 "$AGENT_FRONT" && kill -0 "$AGENT_CORE" || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
