#!/bin/bash
# Part of make bench: enrollments/s into another directory beside the same directory loaded directly, with the same
# attributes, by as many connections, turn by turn in one run; and on Active Directory one enroll join beside one adcli
# join and one net ads join, whole processes, turn by turn.
#
#	tests/bench/beside.sh samba|389ds OUT.json		N=80 THREADS=4 JOINS=5 ROUNDS=4
#
# Two ways of loading: in one write, the certificate in the add; and in as many writes as an enrollment needs (on Active
# Directory two: the certificate names the SID of an object that stands already).
set -euo pipefail
cd "$(dirname "$0")/../.."
KIND=$1 OUT=$2
N=${N:-80} THREADS=${THREADS:-4} JOINS=${JOINS:-5} ROUNDS=${ROUNDS:-4}
# shellcheck source=tests/behave/samba.sh
. tests/behave/samba.sh
samba_world "$@"
PATH=$PWD/build/bin:$PATH:/usr/sbin:/sbin
export PATH
T=$WORLD/b
mkdir -p "$T"
D=$(mktemp -d /tmp/eb.XXXXXX) # the directory's data, on a disk
chmod 755 "$D"
# shellcheck source=tests/behave/agent.sh
. tests/behave/agent.sh
finish() { agent_stop || true; [ "$KIND" != samba ] || samba_stop; [ "$KIND" != 389ds ] || ds389_stop; rm -rf "$D"; }
trap finish EXIT

case $KIND in
samba)
	samba_start "$D/ad" nosync=no
	samba_delegate
	flavour=ad
	export BENCH_URI=$SAMBA_LDAPS_URI BENCH_BIND_DN=$SAMBA_AGENT_DN BENCH_LDAP_CA=$SAMBA_CA BENCH_OU=$SAMBA_DEVICES_DN
	export BENCH_SUFFIX=$SAMBA_DNS
	password=$SAMBA_AGENT_PW_FILE
	;;
389ds)
	# shellcheck source=tests/behave/ds389.sh
	. tests/behave/ds389.sh
	ds389_start "$D/ds" nosync=no
	flavour=389ds
	export BENCH_URI=$DS389_LDAPS_URI BENCH_BIND_DN=$DS389_AGENT_DN BENCH_LDAP_CA=$DS389_CA BENCH_OU=$DS389_DEVICES_DN
	export BENCH_SUFFIX=contoso.test
	password=$DS389_AGENT_PW_FILE
	;;
*) echo "bench: samba or 389ds" >&2; exit 2 ;;
esac
agent_make "$T/agent" flavour=$flavour suffix="$BENCH_SUFFIX" agent_lines="workers = $THREADS" \
	directory_lines="ldap-connections = $THREADS" http_lines="max-connections-per-address = 4096"
agent_start "$T/agent"
export BENCH_IDENTITY=bench@contoso.test BENCH_SERVER=$AGENT_NAME BENCH_ADDRESS=127.0.0.1 BENCH_PORT=$AGENT_PORT
export BENCH_ROOT=$AGENT_ROOT BENCH_CA=$T/agent/ca BENCH_THREADS=$THREADS BENCH_FLAVOUR=$flavour
BENCH_BIND_PW=$(cat "$password")
export BENCH_BIND_PW

echo "$KIND: expecting $N devices"
for i in $(seq "$N"); do
	printf 'B-%s %s\n' "$i" "$(enrollctl device add "B-$i" --identity bench@contoso.test --password-out - -q -o json |
		sed -n 's/.*"password": *"\([^"]*\)".*/\1/p')"
done > "$T/devices"
each=$((N / ROUNDS))
now() { echo "${EPOCHREALTIME/./}"; }

# direct WRITES ROUND: as many objects as a round has devices.
direct()
{
	seq -f "$1-$2-%g x" "$each" > "$T/direct.list"
	BENCH_WRITES=$1 BENCH_DEVICES=$T/direct.list bench direct | sed "s/^direct/direct$1/"
}

# one WHAT COMMAND…: its time into WHAT's list.
one()
{
	local what=$1 t0 t1
	shift
	t0=$(now)
	"$@" > "$T/one.out" 2>&1 < /dev/null || { echo "bench: $what:" >&2; cat "$T/one.out" >&2; return 1; }
	t1=$(now)
	echo "$what $((t1 - t0))" >> "$T/times"
}

for r in $(seq "$ROUNDS"); do
	tail -n +$(((r - 1) * each + 1)) "$T/devices" | head -n "$each" > "$T/round"
	direct 1 "$r"
	BENCH_DEVICES=$T/round bench enroll
	direct 2 "$r"
done > "$T/figures"

adcli_join()
{
	adcli join --domain="$SAMBA_DNS" --domain-controller="$SAMBA_HOST" --login-user=Administrator --stdin-password \
		--domain-ou="$SAMBA_DEVICES_DN" --computer-name="ADCLI-$1" --host-fqdn="adcli-$1.$SAMBA_DNS" \
		--host-keytab="$T/adcli-$1.keytab" < "$SAMBA_ADMIN_PW_FILE"
}
net_join()
{
	mkdir -p "$T/net-$1"
	printf '[global]\nsecurity = ads\nrealm = %s\nworkgroup = %s\nnetbios name = NET-%s\nkerberos method = secrets only\n' \
		"$SAMBA_REALM" "$SAMBA_DOMAIN" "$1" > "$T/net-$1/smb.conf"
	printf '%s directory = %s\n' private "$T/net-$1" lock "$T/net-$1" state "$T/net-$1" cache "$T/net-$1" >> "$T/net-$1/smb.conf"
	net ads join -s "$T/net-$1/smb.conf" -U "Administrator%$(cat "$SAMBA_ADMIN_PW_FILE")" --no-dns-updates
}
enroll_join()
{
	enroll join bench@contoso.test --root "$T/join-$1" --server "$AGENT_NAME:$AGENT_PORT" --login none \
		--password-file "$T/join-$1.pw"
}

if [ "$KIND" = samba ]; then
	for i in $(seq "$JOINS"); do
		enrollctl device add "JOIN-$i" --identity bench@contoso.test --password-out "$T/join-$i.pw" -q < /dev/null > /dev/null
		mkdir -p "$T/join-$i/etc"
		echo localhost > "$T/join-$i/etc/hostname"
		one enroll_join enroll_join "$i"
		one adcli_join adcli_join "$i"
		[ "$WORLD_ROOT" != 1 ] || one net_ads_join net_join "$i"
	done
fi
printf 'n %s\nthreads %s\n' "$((each * ROUNDS))" "$THREADS" >> "$T/figures"
touch "$T/times"
python3 tests/bench/beside.py "$KIND" "$T/figures" "$T/times" "$OUT"
