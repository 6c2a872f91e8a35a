#!/bin/bash
# Off for now and on again: the directory and openssl refuse a device that is disabled and take it back when it is enabled;
# twice is once; what the directory could not be told is kept in order, shown, and done when it is back; the core
# killed in the middle of each verb leaves nothing half-done.
set -uo pipefail
. tests/behave/natdev.sh
natdev_known
in_directory() { admin ldapsearch -LLL -b "$DEVICES_DN" "(cn=$1)" enrolldState | sed -n 's/^enrolldState: //p'; }
both_are()
{
	[ "$(record "$1" state)/$(in_directory "$1")" = "$2/$3" ] || wrong "$1 is $(record "$1" state)/$(in_directory "$1"), not $2/$3"
}

echo "== off, and on again"
for n in WM-1 WM-2 WM-3; do pre $n; join $n; joins $n; done
is 0 ctl device disable WM-1 --yes -n
says 'would be'
known WM-1
is 0 ctl device disable WM-1 --yes --note 'ticket 8841'
says '1 on hold' 'disabled .* done'
unknown WM-1
soon 2 is_refused WM-1 || wrong "openssl does not refuse it: $(cat "$d/verify")"
openssl crl -in "$d/crl.pem" -noout -text | grep -A4 "$(record WM-1 certificates.0.serial)" | grep -q 'Certificate Hold' || wrong "the list does not say on hold"
[ "$(record WM-1 object.enabled)" = False ] || wrong "it is shown as enabled"
is 0 ctl device disable WM-1 --yes
says unchanged
known WM-2
is 0 ctl device enable WM-1 --yes
says '1 valid again' 'enabled .* done'
known WM-1
soon 2 verifies WM-1 || wrong "openssl still refuses it"
is 0 ctl device enable WM-1 --yes
says unchanged
is 0 ctl device show WM-1
says 'disabled .*ticket 8841' 'enabled'
# Somebody's hand in the directory is put right by the same command.
printf 'dn: %s\nchangetype: modify\nreplace: enrolldState\nenrolldState: disabled\n' "$(record WM-1 object.dn)" | admin ldapmodify > /dev/null
is 0 ctl device enable WM-1 --yes
known WM-1
is 3 ctl device disable WM-1 WM-NOBODY --yes
known WM-1
ok "off and on"

echo "== with the directory away: decided, published, kept, and done in order"
slapd_stop "$d/ldap"
is 6 ctl device disable WM-1 --yes
says ENR-601 'to finish'
is 6 ctl device revoke WM-2 --reason lost --yes
is 6 ctl device remove WM-3 --yes
soon 2 is_refused WM-1 || wrong "WM-1 is not on the list"
soon 2 is_refused WM-3 || wrong "WM-3 is not on the list"
[ "$(left)" = 'WM-1:disable WM-2:disable WM-3:disable WM-3:remove' ] || wrong "left to finish: $(left)"
is 6 ctl device enable WM-1 --yes
[ "$(left)" = 'WM-2:disable WM-3:disable WM-3:remove WM-1:enable' ] || wrong "left to finish: $(left)"
ctl status > "$d/out"
says 'To finish' 'WM-3.*to remove'
slapd_again "$d/ldap" || wrong "slapd does not start again"
soon 40 nothing_left || wrong "left to finish: $(left)"
known WM-1
[ "$(in_directory WM-2)" = disabled ] || wrong "WM-2 is $(in_directory WM-2)"
unknown WM-2
unknown WM-3
[ "$(objects WM-3)" = 0 ] || wrong "WM-3 is still there"
ok "done when it was back"

echo "== killed in the middle of each verb"
n=0
for verb in disable enable 'revoke --reason retired' remove; do
	for i in 1 2; do
		name=WM-K$i
		[ "$verb" != disable ] || { pre $name; join $name; }
		# shellcheck disable=SC2086
		ctl device $verb $name --yes > /dev/null 2>&1 &
		victim=$!
		sleep "0.00$((RANDOM % 10))"
		kill -KILL "$(agent_child "$AGENT_PID" core)" 2> /dev/null && n=$((n + 1))
		wait $victim
		up() { ctl status > /dev/null 2>&1; }
		soon 60 up || wrong "the core does not come back"
		# shellcheck disable=SC2086
		for _ in 1 2 3; do ctl device $verb $name --yes > "$d/out" 2> "$d/err" && break; sleep 1; done
		grep -qE 'unchanged|done' "$d/out" || wrong "$verb $name after the kill: $(cat "$d/err")"
	done
	soon 20 nothing_left || wrong "left to finish after $verb: $(left)"
	for i in 1 2; do
		case $verb in
		disable) both_are WM-K$i disabled disabled; soon 20 is_refused WM-K$i || wrong "WM-K$i is not on the list" ;;
		enable) both_are WM-K$i enrolled enabled; soon 20 verifies WM-K$i || wrong "WM-K$i is still on the list" ;;
		revoke*) both_are WM-K$i revoked disabled; soon 20 is_refused WM-K$i || wrong "WM-K$i is not on the list" ;;
		remove) both_are WM-K$i removed '' ;;
		esac
	done
done
[ $n -ge 6 ] || wrong "hardly anything was killed"
ok "killed $n times"
error_end
