#!/bin/bash
# Part of make bench: the same turns as run.sh, into another directory, in a machine of its own. On Active Directory one
# enroll join stands beside one adcli join and one net ads join, on 389 Directory Server beside one ldapadd.
#
#	tests/bench/beside.sh samba|389ds OUT		adds to OUT; N, THREADS, ROUNDS, JOINS as in run.sh
#
# Active Directory is loaded in two ways: in one write, the certificate in the add; and in the two writes that an
# enrollment needs, since the certificate names the SID of an object that stands already.
set -euo pipefail
cd "$(dirname "$0")/../.."
KIND=$1 OUT=$2
# shellcheck source=tests/behave/samba.sh
. tests/behave/samba.sh
samba_world "$@"
PATH=${ENROLL_BIN:-$PWD/build/bin}:$PATH:/usr/sbin:/sbin
export PATH
T=$(mktemp -d "${TMPDIR:-/tmp}/eb.XXXXXX") # on a disk: directory and agent write to the same one
chmod 755 "$T"
# shellcheck source=tests/behave/agent.sh
. tests/behave/agent.sh
# shellcheck source=tests/bench/turns.sh
. tests/bench/turns.sh
finish() { agent_stop || true; [ "$KIND" != samba ] || samba_stop; [ "$KIND" != 389ds ] || ds389_stop; rm -rf "$T"; }
trap finish EXIT

case $KIND in
samba)
	samba_start "$T/d" nosync=no
	samba_delegate
	WRITES="1 2" DIRECTORY_PID='' # it is many processes
	export BENCH_URI=$SAMBA_LDAPS_URI BENCH_BIND_DN=$SAMBA_AGENT_DN BENCH_LDAP_CA=$SAMBA_CA BENCH_OU=$SAMBA_DEVICES_DN
	export BENCH_BIND_PW_FILE=$SAMBA_AGENT_PW_FILE BENCH_SUFFIX=$SAMBA_DNS BENCH_REALM=$SAMBA_REALM BENCH_FLAVOUR=ad
	;;
389ds)
	# shellcheck source=tests/behave/ds389.sh
	. tests/behave/ds389.sh
	ds389_start "$T/d" nosync=no
	WRITES=1 DIRECTORY_PID=$DS389_PID
	export BENCH_URI=$DS389_LDAPS_URI BENCH_BIND_DN=$DS389_AGENT_DN BENCH_LDAP_CA=$DS389_CA BENCH_OU=$DS389_DEVICES_DN
	export BENCH_BIND_PW_FILE=$DS389_AGENT_PW_FILE BENCH_SUFFIX=contoso.test BENCH_FLAVOUR=389ds
	;;
*) echo "bench: samba or 389ds" >&2; exit 2 ;;
esac
agent_make "$T/agent" flavour=$BENCH_FLAVOUR suffix="$BENCH_SUFFIX" agent_lines="workers = $THREADS" \
	directory_lines="ldap-connections = $THREADS" http_lines="max-connections-per-address = 4096"
cp -r "$T/agent/ca" "$T/ca" # to sign with: the core's own is the core's alone
agent_start "$T/agent"
turns_of "$KIND" "$DIRECTORY_PID"

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
joins_beside_others()
{
	local i
	for i in $(seq "$JOINS"); do
		expect_join "$i"
		one "$i" enroll_join enroll_join "$i"
		one "$i" adcli_join adcli_join "$i"
		[ "$WORLD_ROOT" != 1 ] || one "$i" net_ads_join net_join "$i"
	done
}

if [ "$KIND" = samba ]; then joins_beside_others; else joins_beside_ldapadd; fi
python3 tests/bench/ratios.py "$KIND" "$FIGURES" "$OUT"
