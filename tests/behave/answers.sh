# shellcheck shell=bash
# fixture
# What the scripts answers_*.sh share: one answer of a real directory server, as agent/join gets it and as the device and the
# admin hear of it. To be sourced on top of natdev.sh, which it brings along; run as a script it does nothing.
#
#	answers WHAT PATTERN dirtool-WORDS…	agent/join says this; tool() is the script's own
#	hears NAME WHAT CODE STATUS TEXT…	a device of that name tries to enroll: what it is told (under a MAC), what the
#						admin is shown besides; the record is pending, nothing was made
#	enrolls NAME WHAT			mended: the same password, and it is a member
#

# shellcheck source=tests/behave/natdev.sh
. tests/behave/natdev.sh

# Which codes mean no, which mean that it could not be found out, and that none means both:
ANSWERS_NO='ENR-312|ENR-324|ENR-602|ENR-604|ENR-605|ENR-606|ENR-609|ENR-610|ENR-611|ENR-613'
ANSWERS_UNKNOWN='ENR-601|ENR-603|ENR-607|ENR-612'

answers()
{
	local what=$1 pattern=$2 got
	shift 2
	got=$(tool "$@" 2>&1)
	# shellcheck disable=SC2053
	if [[ $got == $pattern ]]; then ok "$what: $got"; else wrong "$what: $got, not $pattern"; fi
}

# hears NAME WHAT CODE STATUS TEXT…
hears()
{
	local name=$1 what=$2 code=$3 status=$4 t retry before=$failures
	shift 4
	[ -e "$d/$name.list" ] || expected "$d/$name.list" "$name"
	nat list="$d/$name.list" key="$d/a.key"
	grep -qE "^$name $code [a-z-]+ $status mac " "$d/tries" || wrong "$what: the device hears $(cat "$d/tries")"
	[ "$(record "$name" state)" = pending ] || wrong "$what: the record is $(record "$name" state)"
	[ "$(objects "$name")" = 0 ] || wrong "$what: something was made"
	ctl device show "$name" > "$d/out" 2> "$d/err"
	for t in "$code" "$@"; do
		tr '\n' ' ' < "$d/out" | tr -s ' ' | grep -qiE -- "$t" || wrong "$what: the admin is not told $t"
	done
	if [[ $code =~ ^($ANSWERS_NO)$ ]]; then retry=False; elif [[ $code =~ ^($ANSWERS_UNKNOWN)$ ]]; then retry=True; else
		wrong "$what: $code is neither no nor unknown"
	fi
	[ "$(record "$name" last_failure.retry)" = "$retry" ] || wrong "$what: retry is $(record "$name" last_failure.retry), not $retry"
	[ $failures != $before ] || ok "$what: the device hears $code, the admin ${1:-it}"
}

enrolls()
{
	nat list="$d/$1.list" key="$d/a.key" wait=40
	grep -q " granted" "$d/tries" || wrong "$2: $(cat "$d/tries")"
	[ "$(record "$1" state)" = enrolled ] && [ "$(objects "$1")" = 1 ] && ok "$2: enrolled with the same password" ||
		wrong "$2: $(record "$1" state), $(objects "$1") objects"
}
