#!/bin/bash
# Each command by each role, from within and from outside its OUs and names: who may not is refused with 5
# and changes nothing.
# shellcheck source=tests/behave/ctl.sh
. tests/behave/ctl.sh
[ "$(id -u)" = 0 ] || { echo "only root can be somebody else"; exit 77; }
ctl_folder
sales='contoso.test/Managed Devices/Sales'
# Groups stand for roles by name; the members are whoever setpriv makes one.
group() { getent group "$1" | cut -d: -f3; }
cat > "$CTL_DIR/extra" <<-END
	[role auditor]
	group = backup

	[role helpdesk]
	group = games
	ou = $sales
	names = LT-*

	[role operator]
	group = news
	ou = $sales
	names = LT-*

	[role operator.workstations]
	group = lp
	names = WS-*
	take-foreign = yes

	[role admin]
	group = staff
END
ctl_begin extra="$CTL_DIR/extra"
# A member of those groups, as uid 65534; none: of no group that counts.
as()
{
	local ids=() g
	for g; do ids+=("$(group "$g")"); done
	CTL_AS=(setpriv --reuid 65534 --regid 65534)
	if [ $# = 0 ]; then CTL_AS+=(--clear-groups); else CTL_AS+=(--groups "$(IFS=,; echo "${ids[*]}")"); fi
}
add() { ctl "$1" device add "$2" --ou "$3" --identity a@contoso.test --password-out -; }

# Who has no role gets a refusal and nothing else, whatever is asked.
as
for words in status 'device list' 'device show X' 'config show' 'audit list' 'attempt list' 'profile show'; do
	# shellcheck disable=SC2086
	ctl 5 $words -o json
	fails_with ENR-905
done
add 5 LT-1 "$sales"
status=$(setpriv --reuid 65534 --regid 65534 --clear-groups curl -s -o /dev/null -w '%{http_code}' \
	--unix-socket "$AGENT_SOCKET" -d '{}' http://x/v1/no/such/command)
[ "$status" = 403 ] || wrong "learns which commands exist: $status"

# An operator adds inside of OU and names, not outside; another row of the role adds up.
as news
add 0 LT-1 "$sales"
add 5 LT-2 'contoso.test/Managed Devices'
errs 'is outside the OUs and names'
add 5 XX-1 "$sales"
as news lp
add 0 WS-1 'contoso.test/Managed Devices'
add 5 XX-1 "$sales"
CTL_AS=()
add 0 XX-2 "$sales"

# Lists show only what is inside.
as news
ctl 0 device list -o name
[ "$OUT" = LT-1 ] || wrong "sees others"
ctl 3 device show XX-2
ctl 0 audit list -o json
case $OUT in *XX-2* | *WS-1*) wrong "sees the story of others" ;; esac
# Who may not see a device is not told that it is there.
for verb in 'cancel XX-2 --yes' 'cancel WS-1 --yes' 'reissue XX-2 --password-out -' 'revoke XX-2 --reason lost --yes' \
	'disable XX-2 --yes' 'enable XX-2 --yes' 'reimage XX-2 --yes --password-out -'; do
	# shellcheck disable=SC2086
	ctl 3 device $verb -o json
	fails_with ENR-319
done
for words in 'certificate list' 'audit list' 'profile show'; do
	# shellcheck disable=SC2086
	ctl 3 $words --device XX-2 -o json
	fails_with ENR-319
done
# That is for admins; and what is not ours for who may.
ctl 5 device remove LT-1 --yes
ctl 5 device reimage LT-1 --foreign --yes --password-out -
errs 'take-foreign'
# A row that permits it does so for its own OUs and names, not for those of another row.
for name in LT-F WS-F; do
	printf 'dn: cn=%s,%s\nobjectClass: device\ncn: %s\n' "$name" "$SALES_DN" "$name" | admin ldapadd > "$CTL_DIR/log" || wrong "ldapadd"
done
as news lp
ctl 1 device reimage LT-F --yes --password-out -
ctl 5 device reimage LT-F --foreign --yes --password-out -
errs 'LT-F in '
ctl 0 device reimage WS-F --foreign --yes --password-out -
# Nor is the name of an object that no row reaches a way to learn where it lies.
as news
ctl 3 device reimage WS-F --yes --password-out -
as news

# The auditor reads everything and changes nothing.
as backup
ctl 0 device list -o name
[ "$(wc -l <<< "$OUT")" = 4 ] || wrong "does not see all"
ctl 0 status -o json
valid status
field .you.role '"auditor"'
ctl 0 config show
ctl 0 profile show
ctl 0 certificate list
ctl 0 audit list
add 5 LT-3 "$sales"
for verb in 'cancel LT-1 --yes' 'reissue LT-1 --password-out -' 'extend LT-1 --lifetime 2d' \
	'revoke LT-1 --reason lost --yes' 'disable LT-1 --yes' 'enable LT-1 --yes' 'remove LT-1 --yes' \
	'reimage LT-1 --yes --password-out -'; do
	# shellcheck disable=SC2086
	ctl 5 device $verb -o json
	fails_with ENR-905
	errs 'these groups grant'
done
ctl 5 attempt list
ctl 5 throttle clear 192.0.2.1
status=$("${CTL_AS[@]}" curl -s -o /dev/null -w '%{http_code}' --unix-socket "$AGENT_SOCKET" -d '{}' http://x/v1/delegation/apply)
[ "$status" = 403 ] || wrong "sets rights: $status"

# The help desk reissues, extends and cancels within its limits, adds and revokes nothing.
as games
add 5 LT-3 "$sales"
errs 'needed is operator'
for verb in 'revoke LT-1 --reason lost --yes' 'disable LT-1 --yes' 'enable LT-1 --yes' 'remove LT-1 --yes' \
	'reimage LT-1 --yes --password-out -'; do
	# shellcheck disable=SC2086
	ctl 5 device $verb
done
ctl 0 device reissue LT-1 --password-out -
ctl 0 device extend LT-1 --lifetime 2d
ctl 3 device reissue XX-2 --password-out -
ctl 3 device extend WS-1 --lifetime 2d
ctl 0 attempt list
ctl 0 throttle clear 192.0.2.1
ctl 0 device cancel LT-1 --yes
ctl 0 device cancel LT-1 --yes

# The object of a re-imaging was moved to where they may nothing: no password for it, but an end of it.
CTL_AS=()
ctl 0 device reimage LT-F --foreign --yes --password-out -
as games
ctl 0 device reissue LT-F --password-out -
admin ldapmodrdn -r -s "$DEVICES_DN" "cn=LT-F,$SALES_DN" cn=LT-F > "$CTL_DIR/log" || wrong "ldapmodrdn"
ctl 5 device reissue LT-F --password-out -
errs 'is outside the OUs and names'
ctl 5 device extend LT-F --lifetime 2d
ctl 0 device cancel LT-F --yes

# Admin by group: everything, everywhere.
as staff
ctl 0 device cancel XX-2 --yes
ctl 0 status -o json
field .you.role '"admin"'

# What was refused changed nothing; that the rights were to be set is in the trail, also where no device is meant.
CTL_AS=()
curl -s -o "$CTL_DIR/plan" --unix-socket "$AGENT_SOCKET" -d '{"note": "ticket 9"}' http://x/v1/delegation/apply
ctl 0 audit list -o json
[ "$(member .items | grep -o '"event": "delegation"' | wc -l)" = 1 ] || wrong "rights are set and nobody knows by whom"
says '"note": "ticket 9"'
ctl 0 device show WS-1 -o json
field .state '"pending"'
ctl 0 audit list --by nobody -o json
case $OUT in *XX-1* | *LT-2* | *LT-3*) wrong "a refused command left a trace of a device" ;; esac
ctl_end
