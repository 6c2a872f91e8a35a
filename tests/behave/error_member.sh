#!/bin/bash
# Rows 7 and 12 of the old troubleshooting table: enrolled, but the management server or the VPN is wrong (the configuration is
# checked before a device hears of it, and shows what a device gets); already enrolled. And what a machine lacks while it
# is being set up.
set -uo pipefail
. tests/behave/error.sh
error_begin
cp "$AGENT_CONF" "$d/conf"

echo "== row 7: wrong data for devices is refused before a device gets it"
# refused TEXT… with these lines in the profile
refused()
{
	local lines=$1
	shift
	sed "/^\[profile default\]/a $lines" "$d/conf" > "$d/try.conf"
	is 2 "$AGENT_BIN/enrolld" -t --config "$d/try.conf"
	says 'try\.conf:[0-9]+' "$@"
}
refused 'dm-server = manage.contoso.test' 'dm-server' 'https://'
refused 'dm-server = http://manage.contoso.test/' 'dm-server' 'https'
refused 'vpn = yes' 'vpn' 'vpn-gateway'
refused 'vpn = yes\nvpn-gateway = not a host' 'vpn-gateway'
sed '/^\[profile default\]/a dm-server = http://manage.contoso.test/' "$d/conf" > "$AGENT_CONF"
agent_reload
grep 'reload failed' "$AGENT_LOG" > /dev/null || wrong "a reload takes a wrong configuration"
sed '/^\[profile default\]/a dm-server = https://manage.contoso.test/omadm\nvpn = yes\nvpn-gateway = vpn.contoso.test' "$d/conf" > "$AGENT_CONF"
agent_reload
pre WM-1
is 0 ctl profile show --device WM-1
says 'https://manage\.contoso\.test/omadm' 'vpn\.contoso\.test'
join WM-1
joins "with a management server and VPN"
says 'Reboot it now'
is 0 "$AGENT_BIN/enroll" show document --root "$d/WM-1"
says 'https://manage\.contoso\.test/omadm' 'vpn\.contoso\.test'

echo "== row 12: already a member"
join WM-1
[ $rc = 0 ] && grep -q 'already a member as WM-1; unchanged' "$d/out" && ok "the same again changes nothing" || wrong "the same again"
before=$(find "$d/WM-1" -type f -print0 | sort -z | xargs -0 sha256sum)
IDENTITY=birgit@contoso.test join WM-1
device "as somebody else" ENR-401 4 'already a member' 'It is WM-1, for andreas@contoso\.test, of localhost' 'enroll leave'
SERVER=other.contoso.test join WM-1
device "of another server" ENR-401 4 'already a member' 'enroll leave'
[ "$before" = "$(find "$d/WM-1" -type f -print0 | sort -z | xargs -0 sha256sum)" ] || wrong "the member was changed"

echo "== a machine that cannot be set up says why, and goes on when it can"
pre WM-2
machine WM-2
mkdir -p "$d/WM-2/etc/enroll" "$d/WM-2/etc/hostname.d"
rm "$d/WM-2/etc/hostname"
mkdir "$d/WM-2/etc/hostname"
join WM-2
device "no place for the host name" ENR-402 6 'etc/hostname' 'no password is needed any more' 'same command again'
rmdir "$d/WM-2/etc/hostname"
echo localhost > "$d/WM-2/etc/hostname"
join WM-2
joins "mended: goes on, and asks nobody"
admin_sees "one enrollment only" WM-2 -- ctl device show WM-2
[ "$(ctl certificate list -o name | wc -l)" = 2 ] || wrong "$(ctl certificate list -o name | wc -l) certificates for two devices"

echo "== two at a time on one machine"
pre WM-3
machine WM-3
mkdir -p "$d/WM-3/etc/enroll"
exec 5< "$d/WM-3/etc/enroll"
flock -n 5
join WM-3
device "another enroll runs" ENR-408 6 'another enroll is running' 'wait'
exec 5<&-
if [ "$(id -u)" = 0 ]; then
	echo "== not root"
	is 5 setpriv --reuid=65534 --regid=65534 --clear-groups "$AGENT_BIN/enroll" join "$IDENTITY" --server "$SERVER"
	says 'ENR-403' 'this needs root' 'sudo'
fi
error_end
