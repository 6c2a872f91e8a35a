# shellcheck shell=bash
# fixture
# Failures as people meet them, for the scripts error_*.sh and hostile_*.sh. To be sourced from the root
# of the tree; run as a script it does nothing.
#
#	error_begin [NAME=VALUE…]	directory and server in $d, stopped again when the script ends;
#					what agent_make takes
#	pre NAME [OPTION…]		enrollctl device add NAME; its password is in $d/NAME.pw
#	join NAME [OPTION…]		enroll join, as a machine of its own in $d/NAME, with that password;
#					SERVER= goes to another one, IDENTITY= is another address
#	device WHAT CODE EXIT TEXT…	how the last join ended, and what its error must say
#	admin_sees WHAT CODE TEXT… -- COMMAND…	what enrollctl prints
#	is EXIT COMMAND…		exit code of a command; out and err in $d/out and $d/err
#	says TEXT…			each stands in $d/out or $d/err
#	error_end			the verdict
#
# Whatever device() looks at is also held to what every message owes: one code and word in the first
# line, evidence, "do:", what became of the password and until when it is good, the attempt number if the server was reached, no
# DN, no LDAP, no password, no control character.  ERROR_SHOW=1 prints what people read.

. tests/behave/slapd.sh
. tests/behave/agent.sh

d=$(mktemp -d /tmp/e.XXXXXX)
failures=0 passed=0 rc=0
IDENTITY=andreas@contoso.test
ERROR_PIDS=()

error_clean_up()
{
	local p
	for p in "${ERROR_PIDS[@]}"; do kill "$p" 2>/dev/null; done
	agent_clean_up
	[ ! -e "$d/ldap/pid" ] || slapd_stop "$d/ldap"
	rm -rf "$d"
}
trap error_clean_up EXIT

# What was printed is shown once.
wrong()
{
	local sum
	echo "FAIL: $*"
	failures=$((failures + 1))
	sum=$(cat "$d/out" "$d/err" 2> /dev/null | cksum)
	[ "$sum" = "$error_shown" ] || sed 's/^/  | /' "$d/out" "$d/err" 2> /dev/null
	error_shown=$sum
}
error_shown=
ok() { echo "ok: $*"; passed=$((passed + 1)); }

ctl() { "$AGENT_BIN/enrollctl" "$@"; }

error_begin()
{
	chmod 755 "$d"
	slapd_start "$d/ldap" nosync=yes || exit 1
	agent_make "$d/agent" "$@" || exit 1
	agent_start "$d/agent" || exit 1
	SERVER=$AGENT_NAME:$AGENT_PORT
}

error_end()
{
	echo "$passed as they should be, $failures wrong"
	[ $failures = 0 ] && [ $passed -gt 0 ]
	exit
}

is()
{
	local want=$1
	shift
	"$@" > "$d/out" 2> "$d/err" < /dev/null
	rc=$?
	[ $rc = "$want" ] && passed=$((passed + 1)) || wrong "exit $rc, not $want: $*"
}

says()
{
	local t
	for t; do
		cat "$d/out" "$d/err" | tr '\n' ' ' | grep -qiE -- "$t" || wrong "nothing says: $t"
	done
}

pre()
{
	local name=$1
	shift
	rm -f "$d/$name.pw"
	ctl device add "$name" --identity "$IDENTITY" --password-out "$d/$name.pw" "$@" > "$d/out" 2> "$d/err" < /dev/null
	rc=$?
	[ $rc = 0 ] || wrong "device add $name: exit $rc"
}

# A machine: its /etc and nothing else.
machine()
{
	mkdir -p "$d/$1/etc"
	[ -e "$d/$1/etc/hostname" ] || echo localhost > "$d/$1/etc/hostname"
}

join()
{
	local name=$1
	shift
	machine "$name"
	timeout 100 "${JOIN_WITH[@]}" "$AGENT_BIN/enroll" join "$IDENTITY" --root "$d/$name" --password-file "$d/$name.pw" \
		${SERVER:+--server "$SERVER"} "$@" > "$d/out" 2> "$d/err" < /dev/null
	rc=$?
	joined=$name
}
JOIN_WITH=()

# Codes that come before a server has given the device a number.
error_unreached='ENR-108|ENR-101|ENR-102|ENR-103|ENR-104|ENR-109|ENR-110|ENR-111|ENR-112|ENR-114|ENR-201|ENR-213|ENR-401|ENR-408|ENR-8..'

device()
{
	local what=$1 code=$2 exit=$3 t before=$failures
	shift 3
	[ $rc = "$exit" ] || wrong "$what: exit $rc, not $exit"
	head -n 1 "$d/err" | grep -qE "^error: .+ \[$code [a-z-]+\]$" || wrong "$what: the first line is not $code"
	[ "$(grep -c '^error: ' "$d/err")" = 1 ] || wrong "$what: more than one error"
	grep -q '^   do: .' "$d/err" || wrong "$what: nothing to do"
	[ "$(sed -n '2p' "$d/err" | grep -c '^       .')" = 1 ] || wrong "$what: no evidence"
	for t; do
		tr '\n' ' ' < "$d/err" | grep -qiE -- "$t" || wrong "$what: does not say: $t"
	done
	if [[ ! $code =~ ^($error_unreached)$ ]]; then
		grep -qE '^       attempt A-[0-9A-Z]{4}-[0-9A-Z]{4}$' "$d/err" || wrong "$what: no attempt number"
	fi
	grep -qi '^       .*password' "$d/err" || wrong "$what: not a word about the password"
	if grep -qE 'password stays (valid|good for this machine)' "$d/err"; then
		grep -qE 'password stays (valid|good for this machine) until ' "$d/err" || wrong "$what: until when?"
	fi
	if grep -qiE 'ou=|dc=|cn=|ldap' "$d/err"; then wrong "$what: the device learns of the directory"; fi
	if grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$d/out" "$d/err"; then wrong "$what: control characters"; fi
	if [ -s "$d/$joined.pw" ] && grep -qF "$(cat "$d/$joined.pw")" "$d/out" "$d/err"; then wrong "$what: the password is shown"; fi
	[ $failures != $before ] || ok "$what: $(head -n 1 "$d/err")"
	[ -z "${ERROR_SHOW:-}" ] || sed "s,^,  | ," "$d/err"
}

# joins WHAT: the last join went well.
joins()
{
	if [ $rc = 0 ] && [ -s "$d/$joined/etc/enroll/device.pem" ]; then
		ok "$1: joined"
	else
		wrong "$1: exit $rc, not a member"
	fi
}

admin_sees()
{
	local what=$1 code=$2 texts=() before=$failures t
	shift 2
	while [ "$1" != -- ]; do texts+=("$1"); shift; done
	shift
	"$@" > "$d/out" 2> "$d/err" < /dev/null
	grep -q "$code" "$d/out" "$d/err" || wrong "$what: the admin does not see $code"
	for t in "${texts[@]}"; do
		cat "$d/out" "$d/err" | tr '\n' ' ' | grep -qiE -- "$t" || wrong "$what: the admin is not told: $t"
	done
	[ $failures != $before ] || ok "$what: the admin sees it"
	[ -z "${ERROR_SHOW:-}" ] || sed "s,^,  | ," "$d/out" "$d/err"
}
