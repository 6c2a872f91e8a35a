#!/bin/bash
# What was decided for a re-imaging is looked at again when it counts, on a real Active Directory domain controller: an
# object that became privileged meanwhile, a group that the profile lists no longer, an object that was moved out of its
# operator's OU; and a row of the store that tells of another account gets no certificate for it.
set -uo pipefail
. tests/behave/samba.sh
samba_world "$@"
. tests/behave/natdev.sh
samba_start "$WORLD/ad" nosync=yes || exit 1
samba_delegate || exit 1
chmod 755 "$d"
printf '[role operator]\ngroup = news\nou = %s\n' "$SAMBA_SALES_DN" > "$d/extra"
agent_make "$d/agent" flavour=ad ou="$SAMBA_SALES_DN" extra="$d/extra" \
	profile_lines='groups = wifi-devices; vpn-devices' directory_lines='ldap-timeout = 3s' || exit 1
sed -i "s/^dn = .*/dn = $SAMBA_DEVICES_DN/" "$AGENT_CONF"
agent_start "$d/agent" || exit 1
natdev_use
enrolled() { expected "$d/list" "$1"; nat list="$d/list"; tally "1 granted"; }
# reimage NAME OPTION…: its list is for nat.
reimage()
{
	local name=$1
	shift
	rm -f "$d/$name.pw"
	is 0 ctl device reimage "$name" --yes --password-out "$d/$name.pw" "$@"
	echo "$name $(cat "$d/$name.pw")" > "$d/list"
}
set_() { printf 'dn: %s\nchangetype: modify\nreplace: %s\n%s: %s\n' "$1" "$2" "$2" "$3" | samba_modify - > /dev/null; }
has() { samba_search -s base -b "$1" "$2" | sed -n "s/^$2: //p"; }
members() { samba_search "(cn=$1)" member | sed -n 's/^member: //p'; }

echo "== privileged by the time the device comes: it is left alone, with its password"
enrolled RL-1
dn=CN=RL-1,$SAMBA_SALES_DN
mark=$(has "$dn" adminDescription) version=$(has "$dn" msDS-KeyVersionNumber)
reimage RL-1
set_ "$dn" userAccountControl 528384
nat list="$d/list"
tally "1 ENR-316"
set_ "$dn" userAccountControl 4096
samba_tool group addmembers "Domain Admins" 'RL-1$' > "$d/out" 2>&1
nat list="$d/list"
tally "1 ENR-316"
[ "$(has "$dn" adminDescription)" = "$mark" ] || wrong "the mark is another: $(has "$dn" adminDescription)"
[ "$(has "$dn" msDS-KeyVersionNumber)" = "$version" ] || wrong "it has another password"
samba_tool group removemembers "Domain Admins" 'RL-1$' > "$d/out" 2>&1
nat list="$d/list"
tally "1 granted"

echo "== a group that the profile lists no longer does not come back"
enrolled RL-2
members wifi-devices | grep -q '^CN=RL-2,' || wrong "it was no member"
samba_tool group removemembers wifi-devices 'RL-2$' > "$d/out" 2>&1
sed -i 's/^groups = .*/groups = vpn-devices/' "$AGENT_CONF"
agent_reload
reimage RL-2
nat list="$d/list"
tally "1 granted"
members wifi-devices | grep -q '^CN=RL-2,' && wrong "it is a member again"
members vpn-devices | grep -q '^CN=RL-2,' || wrong "it lost the other group"

if [ "$WORLD_ROOT" = 1 ]; then
	echo "== moved out of the operator's OU: it is theirs no longer"
	enrolled RL-3
	news=$(getent group news | cut -d: -f3)
	as_operator() { setpriv --reuid 65534 --regid 65534 --groups "$news" "$AGENT_BIN/enrollctl" "$@"; }
	is 0 as_operator device reimage RL-3 --yes --dry-run
	printf 'dn: CN=RL-3,%s\nchangetype: modrdn\nnewrdn: CN=RL-3\ndeleteoldrdn: 1\nnewsuperior: %s\n' "$SAMBA_SALES_DN" \
		"$SAMBA_DEVICES_DN" | samba_modify - > /dev/null
	for verb in 'reimage --password-out -' remove enable; do
		# shellcheck disable=SC2086
		is 5 as_operator device $verb RL-3 --yes
		says ENR-905
	done
	[ -n "$(has "CN=RL-3,$SAMBA_DEVICES_DN" adminDescription)" ] || wrong "it is gone"
	is 0 ctl device reimage RL-3 --yes --dry-run
	is 0 as_operator device revoke RL-3 --reason lost --yes
fi

echo "== a row that tells of another account"
expected "$d/list" RL-4
openssl genrsa -out "$d/own.key" 2048 2> /dev/null
python3 - "$d/agent/state/store.sqlite" "$(samba_sid "CN=Administrator,CN=Users,$SAMBA_BASE")" "$SAMBA_LDAPS_URI" "$(
	openssl pkey -in "$d/own.key" -pubout -outform DER | sha256sum | cut -d' ' -f1)" << 'END_OF_SCRIPT'
import os, sqlite3, sys, time
store, now = sqlite3.connect(sys.argv[1], timeout=10), int(time.time())
store.execute("""UPDATE record SET state = 2, epoch = 1, nonce = ?, spki_sha256 = ?, claimed_at = ?, cert_serial = ?,
    cert_not_before = ?, cert_not_after = ?, object_dn = 'CN=Administrator', object_server = ?, object_sid = ?,
    object_guid = '11111111-1111-1111-1111-111111111111', object_account = 'Administrator', object_key_version = 1
    WHERE name = 'RL-4'""", (os.urandom(16), bytes.fromhex(sys.argv[4]), now, b"\1" + os.urandom(15), now - 600,
    now + 86400, sys.argv[3], sys.argv[2]))
store.commit()
END_OF_SCRIPT
nat list="$d/list" key="$d/own.key"
tally "1 ENR-316"
[ "$(python3 -c '
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM cert WHERE name = ?", ("RL-4",)).fetchone()[0])' \
	"$d/agent/state/store.sqlite")" = 0 ] || wrong "a certificate was signed for it"
nat list="$d/list" key="$d/own.key"
tally "1 granted"
[ "$(record RL-4 object.sid)" = "$(samba_sid "CN=RL-4,$SAMBA_SALES_DN")" ] || wrong "another SID: $(record RL-4 object.sid)"
error_end
