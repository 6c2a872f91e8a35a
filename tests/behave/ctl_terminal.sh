#!/bin/bash
# enrollctl on a terminal: where a password is shown, what is asked, how answers count, when there is colour.
# shellcheck source=tests/behave/ctl.sh
. tests/behave/ctl.sh
ctl_begin
export TERM=xterm

# tty RC ANSWER WORD…: on a terminal of 80 columns, with that answer typed; $OUT gets all it printed.
tty()
{
	local want=$1 answer=$2 rc
	shift 2
	CTL_LINE="enrollctl $* (on a terminal)"
	OUT=$(python3 tests/behave/terminal.py "$answer" "$CTL_BIN/enrollctl" "$@" 2>&1)
	rc=$?
	ERR=
	[ "$rc" = "$want" ] || wrong "ends with $rc, not $want"
}

# The password is shown, once, in bold; times are local words.
tty 0 '' device add LT-1 --identity andreas@contoso.test
says 'LT-1 is expected until to'
says 'Enrollment password, shown only now:'
says 'sudo enroll join andreas@contoso.test'
says $'\033[1m'
[[ $OUT =~ [0-9A-Z]{5}(-[0-9A-Z]{5}){3} ]] || wrong "no password"
tty 0 '' device add LT-1 --identity andreas@contoso.test
says unchanged
if [[ $OUT =~ [0-9A-Z]{5}(-[0-9A-Z]{5}){3} ]]; then wrong "a password again"; fi

# Not under NO_COLOR, not on a dumb terminal.
for v in NO_COLOR=1 TERM=dumb; do
	OUT=$(env "$v" python3 tests/behave/terminal.py '' "$CTL_BIN/enrollctl" device show LT-1)
	case $OUT in *$'\033'*) wrong "colour with $v" ;; esac
	says 'LT-1   pending'
done

# A stranger's address that reads backwards is seen as what it is, in JSON as well.
override=$'\xe2\x80\xae'
tty 0 '' device add LT-3 --identity "moc${override}a@contoso.test"
tty 0 '' device show LT-3
says 'moc?a@contoso.test'
tty 0 '' device show LT-3 -o json
says 'moc\u202Ea@contoso.test'
case $OUT in *"$override"*) wrong "the terminal is told to write backwards" ;; esac
tty 0 '' device cancel LT-3 --yes

# A name is not the place for a password, even on a terminal.
tty 2 '' device reissue LT-1 -o name

# Yes or no: only y is yes.
tty 1 n device cancel LT-1
says 'Withdraw the password of LT-1? [y/N]'
says 'not confirmed'
tty 1 '' device cancel LT-1
ctl 0 device show LT-1 -o json
field .state '"pending"'
tty 0 y device cancel LT-1
ctl 0 device show LT-1 -o json
field .state '"canceled"'
# Nothing is asked where nothing would change.
tty 0 '' device cancel LT-1
says unchanged
case $OUT in *'[y/N]'*) wrong "asks for nothing" ;; esac

# A table fits the terminal: no line is over 80 columns.
ctl 0 device add LT-2 --identity a.very.long.local.part.of.an.address.indeed@contoso.test --password-out -
tty 0 '' device list
awk '{ sub(/\r$/, ""); if (length($0) > 80) exit 1 }' <<< "$OUT" || wrong "wider than the terminal"
says '..'

# Errors go to the terminal in their three parts.
tty 3 '' device show nobody
says 'error: '
says '   do: '
ctl_end
