#!/bin/bash
# Off and on again, ended, removed, left: on a real Active Directory domain controller. Judged by kinit with the device's own
# keytab, by the control bits of the account, and by openssl with the CRL. A domain controller that is down is told when it is
# back; the core killed in the middle of each verb leaves nothing half-done.
set -uo pipefail
. tests/behave/samba.sh
samba_world "$@"
. tests/behave/natdev.sh
samba_start "$WORLD/ad" || exit 1
samba_delegate || exit 1
chmod 755 "$d"
agent_make "$d/agent" flavour=ad ou="$SAMBA_SALES_DN" directory_lines='ldap-timeout = 3s' http_lines='failure-limit = 1000' \
	profile_lines='groups = wifi-devices' || exit 1
for row in gone:remove off:disable kept:nothing; do
	printf '[profile %s]\nou = %s\non-leave = %s\n' "${row%:*}" "$SAMBA_SALES_DN" "${row#*:}" >> "$AGENT_CONF"
done
agent_start "$d/agent" || exit 1
natdev_use

# field NAME ATTRIBUTE: of the computer; nothing if there is none.
field() { samba_search "(&(objectClass=computer)(cn=$1))" "$2" 2> /dev/null | sed -n "s/^$2: //p"; }
login() { KRB5CCNAME=MEMORY: kinit -k -t "$d/$1/etc/krb5.keytab" "$1\$" > "$d/kinit" 2>&1; }
logs_in() { login "$1" || wrong "$1 does not log in: $(cat "$d/kinit")"; }
# logs_not NAME WHY
logs_not() { if login "$1"; then wrong "$1 still logs in"; else grep -q "$2" "$d/kinit" || wrong "$1: $(cat "$d/kinit"), not $2"; fi; }
revoked='credentials have been revoked' other_key='Preauthentication failed' nobody='not found in Kerberos database'
enable_by_hand()
{
	printf 'dn: CN=%s,%s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 4096\n' "$1" "$SAMBA_SALES_DN" |
		samba_modify - > /dev/null || wrong "$1 cannot be enabled by hand"
}
member() { pre "$@"; join "$1"; [ $rc = 0 ] || wrong "$1 does not join"; }
# is_now NAME STATE CONTROL: of the record, and userAccountControl
is_now() { [ "$(record "$1" state)/$(field "$1" userAccountControl)" = "$2/$3" ] || wrong "$1 is $(record "$1" state)/$(field "$1" userAccountControl), not $2/$3"; }

echo "== off, and on again"
member WM-1
member WM-2
logs_in WM-1
is 0 ctl device disable WM-1 --yes -n
says 'would be'
is_now WM-1 enrolled 4096
is 0 ctl device disable WM-1 --yes
says '1 on hold' 'disabled .* done'
is_now WM-1 disabled 4098
logs_not WM-1 "$revoked"
soon 20 is_refused WM-1 || wrong "openssl does not refuse it: $(cat "$d/verify")"
listed "$(record WM-1 certificates.0.serial)" 'Certificate Hold' || wrong "the list does not say on hold"
is 0 ctl device disable WM-1 --yes
says unchanged
logs_in WM-2
version=$(field WM-1 msDS-KeyVersionNumber)
is 0 ctl device enable WM-1 --yes
says '1 valid again' 'enabled .* done'
is_now WM-1 enrolled 4096
logs_in WM-1
[ "$(field WM-1 msDS-KeyVersionNumber)" = "$version" ] || wrong "it has another password"
soon 20 verifies WM-1 || wrong "openssl still refuses it"
is 0 ctl device enable WM-1 --yes
says unchanged
# Somebody's hand in the directory is put right by the same command, and other bits are none of ours.
printf 'dn: CN=WM-1,%s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 69634\n' "$SAMBA_SALES_DN" |
	samba_modify - > /dev/null
is 0 ctl device enable WM-1 --yes
is_now WM-1 enrolled 69632
logs_in WM-1
ok "off and on"

echo "== ended: nobody has its password, whoever enables it"
serial=$(valid WM-1)
is 0 ctl device revoke WM-1 --reason stolen --yes
says 'password new'
is_now WM-1 revoked 69634
enable_by_hand WM-1
logs_not WM-1 "$other_key"
[ "$(field WM-1 msDS-KeyVersionNumber)" -gt "$version" ] || wrong "the key version did not rise"
soon 20 listed "$serial" 'Key Compromise' || wrong "it is not on the list for that"
is 0 ctl device revoke WM-1 --reason stolen --yes
is_now WM-1 revoked 4098
is 4 ctl device enable WM-1 --yes
[ "$(samba_search '(cn=wifi-devices)' member | grep -c "CN=WM-1,")" = 1 ] || wrong "it lost its group"
ok "ended"

echo "== removed, with what other programs put below it"
below=CN=WM-1,$SAMBA_SALES_DN
samba_admin ldapadd > /dev/null << LDIF || wrong "no children"
dn: CN=scp,$below
objectClass: serviceConnectionPoint

dn: CN=printer,$below
objectClass: printQueue
printerName: printer
serverName: wm-1
shortServerName: wm-1
uNCName: \\\\wm-1\\printer
versionNumber: 4

dn: CN=msmq,$below
objectClass: mSMQConfiguration

dn: CN=deep,CN=msmq,$below
objectClass: mSMQQueue
LDIF
is 0 ctl device remove WM-1 --yes -n
says 'would be' 'with [34] below'
[ -n "$(field WM-1 userAccountControl)" ] || wrong "a dry run removed it"
is 0 ctl device remove WM-1 --yes
says 'deleted.* done'
is_now WM-1 removed ''
[ "$(samba_search -b "$SAMBA_SALES_DN" '(cn=deep)' 1.1 | grep -c ^dn:)" = 0 ] || wrong "something below it still stands"
[ "$(samba_search '(cn=wifi-devices)' member | grep -c "CN=WM-1,")" = 0 ] || wrong "it is still in its group"
logs_not WM-1 "$nobody"
is 0 ctl device remove WM-1 --yes
says unchanged
# A computer of the same name that somebody made since is not ours.
samba_tool computer create WM-1 --computerou="${SAMBA_SALES_DN%,"$SAMBA_BASE"}" > "$d/log" 2>&1 || wrong "computer create"
is 0 ctl device remove WM-1 --yes
[ -n "$(field WM-1 userAccountControl)" ] || wrong "another's computer was removed"
ok "removed"

echo "== the device leaves: what its profile says"
for row in default:revoked:4098 gone:removed: off:disabled:4098 kept:enrolled:4096; do
	IFS=: read -r profile state control <<< "$row"
	name=LT-${profile^^}
	member "$name" --profile "$profile"
	cp -r "$d/$name" "$d/$name.kept"
	is 0 "$AGENT_BIN/enroll" leave --root "$d/$name" --yes
	[ ! -e "$d/$name/etc/krb5.keytab" ] || wrong "$name kept its keytab"
	is_now "$name" "$state" "$control"
	rm -rf "${d:?}/$name" && cp -r "$d/$name.kept" "$d/$name"
done
logs_in LT-KEPT
logs_not LT-OFF "$revoked"
logs_not LT-GONE "$nobody"
enable_by_hand LT-DEFAULT
logs_not LT-DEFAULT "$other_key"
ok "left"

echo "== the domain controller is down: decided, published, kept, done in order"
for n in WM-D1 WM-D2 WM-D3; do member $n; done
samba_stop
is 6 ctl device disable WM-D1 --yes
says ENR-601 'to finish'
is 6 ctl device revoke WM-D2 --reason lost --yes
is 6 ctl device remove WM-D3 --yes
for n in WM-D1 WM-D2 WM-D3; do soon 20 is_refused $n || wrong "$n is not on the list"; done
[ "$(left)" = 'WM-D1:disable WM-D2:disable WM-D2:new-password WM-D3:disable WM-D3:remove' ] || wrong "left to finish: $(left)"
ctl status > "$d/out"
says 'To finish' 'WM-D3.*to remove'
samba_again || exit 1
soon 60 nothing_left || wrong "left to finish: $(left)"
is_now WM-D1 disabled 4098
is_now WM-D2 revoked 4098
is_now WM-D3 removed ''
enable_by_hand WM-D2
logs_not WM-D2 "$other_key"
ok "done when it was back"

echo "== killed in the middle of each verb"
n=0 name=WM-K
member $name
for verb in disable enable 'revoke --reason retired' remove; do
	# shellcheck disable=SC2086
	ctl device $verb $name --yes > /dev/null 2>&1 &
	victim=$!
	sleep "0.0$((RANDOM % 6))$((RANDOM % 10))"
	kill -KILL "$(agent_child "$AGENT_PID" core)" 2> /dev/null && n=$((n + 1))
	wait $victim
	up() { ctl status > /dev/null 2>&1; }
	soon 60 up || wrong "the core does not come back"
	# shellcheck disable=SC2086
	for _ in 1 2 3; do ctl device $verb $name --yes > "$d/out" 2> "$d/err" && break; sleep 1; done
	grep -qE 'unchanged|done' "$d/out" || wrong "$verb after the kill: $(cat "$d/err")"
	soon 30 nothing_left || wrong "left to finish after $verb: $(left)"
	case $verb in
	disable) is_now $name disabled 4098; logs_not $name "$revoked"; soon 20 is_refused $name || wrong "it is not on the list" ;;
	enable) is_now $name enrolled 4096; logs_in $name; soon 20 verifies $name || wrong "it is still on the list" ;;
	revoke*)
		is_now $name revoked 4098
		soon 20 is_refused $name || wrong "it is not on the list"
		enable_by_hand $name
		logs_not $name "$other_key"
		;;
	remove) is_now $name removed '' ;;
	esac
done
[ $n -ge 3 ] || wrong "hardly anything was killed"
ok "killed $n times"
agent_stop || wrong "a sanitizer spoke"
error_end
