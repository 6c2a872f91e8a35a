# shellcheck shell=bash
# fixture
# What the ctl_*.sh scripts share: a directory, an enrolld and its CA, and questions about what a command
# printed.  To be sourced from the root of the tree:
#
#	ctl_begin [NAME=VALUE…]		all of it in $CTL_DIR, values as for agent_make; ended on exit
#	ctl RC WORD…			enrollctl, no terminal; must end with RC; keeps $OUT and $ERR
#	says TEXT / errs TEXT		standard output / standard error has this text
#	valid KIND			standard output is one document of that kind, as its schema says
#	field PATH VALUE		a member of it: .name, .items.0.state; VALUE as JSON
#	wrong WHAT			counts a failure and goes on
#	ctl_end				the verdict
#
# Run as a script it does nothing.
# shellcheck source=tests/behave/slapd.sh
. tests/behave/slapd.sh
# shellcheck source=tests/behave/agent.sh
. tests/behave/agent.sh

CTL_BIN=${ENROLL_BIN:-$PWD/build/bin}
CTL_WRONG=0
CTL_LINE=
OUT='' ERR=''

wrong()
{
	CTL_WRONG=$((CTL_WRONG + 1))
	printf 'wrong: %s: %s\n%s\n%s\n' "$CTL_LINE" "$*" "$OUT" "$ERR" >&2
}

ctl_cleanup()
{
	[ -z "${AGENT_PID:-}" ] || agent_stop "$CTL_DIR/a" > "$CTL_DIR/log" 2>&1
	[ -z "${SLAPD_PID:-}" ] || slapd_stop "$CTL_DIR/s" > "$CTL_DIR/log" 2>&1
	rm -rf "$CTL_DIR"
}

ctl_folder()
{
	CTL_DIR=$(mktemp -d /tmp/e.XXXXXX)
	chmod 755 "$CTL_DIR"
	trap ctl_cleanup EXIT
}

ctl_begin()
{
	ctl_folder
	slapd_start "$CTL_DIR/s" nosync=yes || exit 1
	agent_make "$CTL_DIR/a" agent_lines='discovery-domain = contoso.test' "$@" || exit 1
	agent_start "$CTL_DIR/a" || exit 1
}

ctl()
{
	local want=$1 rc
	shift
	CTL_LINE="enrollctl $*"
	"${CTL_AS[@]}" "$CTL_BIN/enrollctl" "$@" > "$CTL_DIR/out" 2> "$CTL_DIR/err" < /dev/null
	rc=$?
	OUT=$(cat "$CTL_DIR/out")
	ERR=$(cat "$CTL_DIR/err")
	[ "$rc" = "$want" ] || wrong "ends with $rc, not $want"
	case $OUT$ERR in *$'\033'*) wrong "a colour without a terminal" ;; esac
}
CTL_AS=()

says() { case $OUT in *"$1"*) ;; *) wrong "does not say: $1" ;; esac; }
errs() { case $ERR in *"$1"*) ;; *) wrong "error does not say: $1" ;; esac; }
silent() { [ -z "$OUT" ] || wrong "standard output is not empty"; }

valid()
{
	local why
	why=$(python3 tests/behave/json_valid.py "$1" < "$CTL_DIR/out") || wrong "$why"
}

# The error document on standard error, on one line, with this code.
fails_with()
{
	local why
	silent
	[ "$(wc -l < "$CTL_DIR/err")" = 1 ] || wrong "the error is not one line"
	why=$(python3 tests/behave/json_valid.py error < "$CTL_DIR/err") || wrong "$why"
	errs "\"code\":\"$1\""
}

# member PATH [FILE]: as JSON.
member()
{
	python3 - "$1" "${2:-$CTL_DIR/out}" <<-'PY'
	import json, sys
	node = json.load(open(sys.argv[2]))
	for step in sys.argv[1].strip(".").split("."):
	    node = node[int(step)] if isinstance(node, list) else node[step]
	print(json.dumps(node))
	PY
}

field()
{
	local got
	got=$(member "$1") || got=none
	[ "$got" = "$2" ] || wrong "$1 is $got, not $2"
}

ctl_end()
{
	[ "$CTL_WRONG" = 0 ] && echo "all as it should be" && exit 0
	echo "$CTL_WRONG wrong" >&2
	exit 1
}
