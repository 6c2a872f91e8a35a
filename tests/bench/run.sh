#!/bin/bash
# make bench: N devices (500) enroll with parallel clients in C against a private slapd; every figure is printed as a
# ratio against something measured beside it in the same run.  Then the same into a 389 Directory Server and a Samba domain
# controller (beside.sh), with fewer devices.  Writes build/bench.json.
#
#	N=500 THREADS=4 make bench	BENCH_DIRECTORIES= make bench	(OpenLDAP alone)
set -euo pipefail
cd "$(dirname "$0")/../.."
TOP=$PWD
N=${N:-500}
THREADS=${THREADS:-4}
JOINS=${JOINS:-5}
PATH=$TOP/build/bin:$PATH:/usr/sbin:/sbin
export PATH
T=$(mktemp -d /tmp/eb.XXXXXX)
chmod 755 "$T"
# shellcheck source=tests/behave/slapd.sh
. tests/behave/slapd.sh
# shellcheck source=tests/behave/agent.sh
. tests/behave/agent.sh
finish() { agent_stop || true; slapd_stop || true; rm -rf "$T"; }
trap finish EXIT

# Seconds of processor a process has used, all threads, ended ones too (the clock of clock_getcpuclockid).
cpu() { python3 -c 'import sys, time; print("%.6f" % time.clock_gettime((~int(sys.argv[1]) << 3) | 2))' "$1"; }
peak_kb() { awk '/^VmHWM/ { print $2 }' "/proc/$1/status"; }
minus() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.6f", a - b }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# The entry a join makes, as LDIF.
entry()
{
	printf 'dn: cn=%s,%s\ncn: %s\nobjectClass: device\nobjectClass: enrolldDevice\nobjectClass: pkiUser\n' "$1" "$SALES_DN" "$1"
	printf 'enrolldState: enabled\nenrolldEnrollment: E-DIRE-CT00\nenrolldMark: 1:E-DIRE-CT00:1:0\nenrolldFqdn: %s.contoso.test\n' "$1"
	printf 'userCertificate;binary:: %s\n' "$(openssl x509 -in "$AGENT_ROOT" -outform DER | base64 -w0)"
}
now() { echo "${EPOCHREALTIME/./}"; }

# --- a directory and an agent ------------------------------------------------------------------------
slapd_start "$T/ldap"
printf '[profile bench]\nou = %s\n' "$SALES_DN" > "$T/extra"
agent_make "$T/agent" suffix=contoso.test uri="$LDAP_URI" agent_lines="workers = $THREADS" \
	http_lines="max-connections-per-address = 4096" extra="$T/extra"
sed -i "s/^\[directory\]\$/[directory]\nstarttls = yes\nldap-connections = $THREADS/" "$AGENT_CONF"
cp -r "$T/agent/ca" "$T/ca" # keys to time signatures with: the core's own are the core's alone
agent_start "$T/agent"

# --- N devices are expected, all of one identity -------------------------------------------------------
echo "expecting $N devices of one identity"
for i in $(seq "$N"); do
	printf '%s %s\n' "BENCH-$i" "$(enrollctl device add "BENCH-$i" --identity bench@contoso.test --profile bench \
		--password-out - -q -o json | sed -n 's/.*"password": *"\([^"]*\)".*/\1/p')"
done > "$T/devices"
[ "$(awk 'NF == 2' "$T/devices" | wc -l)" = "$N" ] || { echo "bench: not every device has a password" >&2; exit 1; }

export BENCH_DEVICES=$T/devices BENCH_IDENTITY=bench@contoso.test BENCH_SERVER=$AGENT_NAME BENCH_ADDRESS=127.0.0.1
export BENCH_PORT=$AGENT_PORT BENCH_ROOT=$AGENT_ROOT BENCH_URI=$LDAP_URI BENCH_BIND_DN=$AGENT_DN BENCH_LDAP_CA=$CA_FILE
export BENCH_OU=$SALES_DN BENCH_CA=$T/ca BENCH_THREADS=$THREADS
BENCH_BIND_PW=$(cat "$AGENT_PW_FILE")
export BENCH_BIND_PW BENCH_FLAVOUR=openldap BENCH_SUFFIX=contoso.test BENCH_WRITES=1

# --- measured, one after the other, in one run ---------------------------------------------------------
# The directory alone before and after, half each, so that a disk that is busy for a while is busy for both.
head -n $((N / 2)) "$T/devices" > "$T/devices.1"
tail -n +$((N / 2 + 1)) "$T/devices" > "$T/devices.2"
slapd3=$(cpu "$SLAPD_PID")
BENCH_DEVICES=$T/devices.1 bench direct > "$T/direct"
front0=$(cpu "$AGENT_FRONT") core0=$(cpu "$AGENT_CORE") slapd0=$(cpu "$SLAPD_PID")
bench enroll > "$T/enroll"
front1=$(cpu "$AGENT_FRONT") core1=$(cpu "$AGENT_CORE") slapd1=$(cpu "$SLAPD_PID")
BENCH_DEVICES=$T/devices.2 bench direct >> "$T/direct"
slapd2=$(cpu "$SLAPD_PID")
bench crypto > "$T/crypto"
front_kb=$(peak_kb "$AGENT_FRONT") core_kb=$(peak_kb "$AGENT_CORE")

# --- one device, one entry: whole processes -------------------------------------------------------------
for i in $(seq "$JOINS"); do
	enrollctl device add "JOIN-$i" --identity bench@contoso.test --password-out "$T/join-$i.pw" -q < /dev/null > /dev/null
	mkdir -p "$T/join-$i/etc"
	echo localhost > "$T/join-$i/etc/hostname"
	t0=$(now)
	enroll join bench@contoso.test --root "$T/join-$i" --server "$AGENT_NAME:$AGENT_PORT" --password-file "$T/join-$i.pw" \
		> "$T/join.out" 2>&1 < /dev/null || { cat "$T/join.out" >&2; exit 1; }
	t1=$(now)
	echo $((t1 - t0)) >> "$T/joins"
	entry "ADD-$i" > "$T/add.ldif"
	t0=$(now)
	LDAPTLS_CACERT=$CA_FILE ldapadd -x -ZZ -H "$LDAP_URI" -D "$AGENT_DN" -y "$AGENT_PW_FILE" -f "$T/add.ldif" > "$T/add.out" 2>&1 ||
		{ cat "$T/add.out" >&2; exit 1; }
	t1=$(now)
	echo $((t1 - t0)) >> "$T/adds"
done
join_us=$(median < "$T/joins") add_us=$(median < "$T/adds")

# --- as ratios ---------------------------------------------------------------------------------------------
mkdir -p build
cat "$T/enroll" "$T/direct" "$T/crypto" - << END | python3 tests/bench/ratios.py build/bench.json
n $N
threads $THREADS
cores $(nproc)
front_cpu $(minus "$front1" "$front0")
core_cpu $(minus "$core1" "$core0")
slapd_cpu $(minus "$slapd1" "$slapd0")
slapd_direct_cpu $(minus "$slapd2" "$slapd1")
slapd_direct_cpu $(minus "$slapd0" "$slapd3")
join_ms $(awk -v v="$join_us" 'BEGIN { print v / 1000 }')
ldapadd_ms $(awk -v v="$add_us" 'BEGIN { print v / 1000 }')
front_peak_kb $front_kb
core_peak_kb $core_kb
END

# --- the other directories, each in a machine of its own -------------------------------------------------------
finish
trap - EXIT
for kind in 389ds samba; do
	case " ${BENCH_DIRECTORIES-389ds samba} " in *" $kind "*) ;; *) continue ;; esac
	rc=0
	N=$([ $kind = samba ] && echo 80 || echo 200) tests/bench/beside.sh $kind "build/bench-$kind.json" || rc=$?
	[ $rc = 0 ] || [ $rc = 77 ] || exit $rc
	[ $rc = 77 ] || python3 -c '
import json, sys
where, kind, part = sys.argv[1:]
whole = json.load(open(where))
whole[kind] = json.load(open(part))
json.dump(whole, open(where, "w"), indent=2)' build/bench.json $kind "build/bench-$kind.json"
	rm -f "build/bench-$kind.json"
done
