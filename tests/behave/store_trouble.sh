#!/bin/bash
# The store in trouble: a row that somebody changed who can write the file, a full disk, one that cannot be written, a clock
# that lies behind what was seen before. Each is named to device and admin; when it is over the same password works.
set -uo pipefail
. tests/behave/error.sh
[ "$(id -u)" = 0 ] || { echo "needs root, to mount a small disk"; exit 77; }
if [ -z "${STORE_TROUBLE_OWN:-}" ]; then
	STORE_TROUBLE_OWN=$d unshare -m bash "$0"
	exit
fi
rmdir "$d"
d=$STORE_TROUBLE_OWN
state=$d/agent/state
trap 'agent_stop > /dev/null 2>&1; umount -l "$state"; error_clean_up' EXIT
mkdir -p "$state"
mount -t tmpfs -o size=8m,mode=0700,uid="$(id -u daemon)",gid="$(id -g daemon)" none "$state" || exit 1
error_begin http_lines='failure-limit = 100000'
db() { sqlite3 -cmd '.timeout 10000' "$state/store.sqlite" "$1"; }
answers() { ctl status > "$d/out" 2> "$d/err"; }

echo "== a record that somebody changed opens nothing, whichever column it was"
pre WM-1
pre WM-2
while IFS='|' read -r column value; do
	was=$(db "SELECT quote($column) FROM record WHERE seq = 1")
	db "UPDATE record SET $column = $value WHERE seq = 1"
	join WM-1
	device "$column" ENR-903 2
	attempt=$(sed -n 's/^       attempt //p' "$d/err")
	db "UPDATE record SET $column = $was WHERE seq = 1"
done <<- 'END'
	id|'E-0000-0000'
	identity|'eve@contoso.test'
	name|'DC-1'
	fqdn|'dc1.contoso.test'
	owner_dn|NULL
	profile|'other'
	vpn|1
	serial|'X'
	dialects|'native mde2'
	groups|'cn=admins,dc=contoso,dc=test'
	take_guid|'00000000-0000-0000-0000-000000000001'
	take_mark|'1:E-0000-0000:1:00'
	take_record|'E-0000-0000'
	not_before|not_before - 1
	expires|expires + 86400
	key_id|'0000000000000000'
	sealed_root|(SELECT sealed_root FROM record WHERE seq = 2)
	ou_guid|'00000000-0000-0000-0000-000000000001'
END
is 3 ctl device show "$attempt"
says 'what  .*WM-1 .E-....-..... does not unseal' 'device cancel NAME'

echo "== nor does a new password make it good; withdrawn and added again it is"
db "UPDATE record SET ou_guid = 'x' WHERE seq = 1"
is 2 ctl device reissue WM-1 --password-out "$d/none"
says 'ENR-903' 'WM-1 .E-....-..... does not unseal'
is 2 ctl device extend WM-1 --lifetime 2d
is 0 ctl device cancel WM-1 --yes
pre WM-1
join WM-1
joins "added again"

echo "== a full disk: what reads goes on, nothing is half-done"
pre WM-3
dd if=/dev/zero of="$state/full" bs=4k status=none 2> /dev/null
is 6 ctl device add WM-4 --identity "$IDENTITY" --password-out "$d/none"
says 'ENR-902' 'full'
[ ! -e "$d/none" ] || wrong "a password file of a device that is not there"
join WM-3
device "no room" ENR-902 6 'stays valid'
is 0 ctl device show WM-3 -o name
is 6 ctl device cancel WM-3 --yes
is 0 ctl status
says 'Needs attention' 'all but full'
kill -KILL "$AGENT_CORE"
agent_wait 20 answers || wrong "no core comes up on a full disk"
rm "$state/full"
again() { join WM-3; [ "$rc" = 0 ]; }
agent_wait 40 again
joins "room again"
is 3 ctl device show WM-4

echo "== a disk that cannot be written"
agent_stop || wrong "stop"
mount -o remount,ro "$state" || wrong "remount"
is 2 "$AGENT_BIN/enrolld" --config "$AGENT_CONF"
says 'ENR-807' "$state: Read-only file system"
is 2 "$AGENT_BIN/enrolld" -t --config "$AGENT_CONF"
says 'state-dir: .*Read-only file system .ENR-807'
mount -o remount,rw "$state"

echo "== a clock that was set back"
db "UPDATE meta SET value = value + 3600 WHERE name = 'clock'"
agent_start "$d/agent" || exit 1
pre WM-5
join WM-5
device "clock" ENR-906 6 'stays valid'
is 0 ctl status
says 'Needs attention' 'ENR-906'
agent_stop || wrong "stop"
db "UPDATE meta SET value = value - 3600 WHERE name = 'clock'"
agent_start "$d/agent" || exit 1
join WM-5
joins "the clock is right again"
error_end
