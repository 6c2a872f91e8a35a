#!/bin/bash
# make bench: N devices (500) enroll with parallel clients in C against a private slapd; every figure is printed as a
# ratio against something measured beside it in the same run. Then the same into a 389 Directory Server and a Samba
# domain controller (beside.sh), with fewer devices. Writes build/bench.json; tests/bench/README.md explains it.
#
#	N=500 THREADS=4 ROUNDS=5 JOINS=7 make bench
#	BENCH_DIRECTORIES= make bench		OpenLDAP alone
#	BENCH_OUT=FILE make bench		another file than build/bench.json
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=${ENROLL_BIN:-$PWD/build/bin}:$PATH:/usr/sbin:/sbin
export PATH
OUT=${BENCH_OUT:-$PWD/build/bench.json}
T=$(mktemp -d "${TMPDIR:-/tmp}/eb.XXXXXX")
chmod 755 "$T"
# shellcheck source=tests/behave/slapd.sh
. tests/behave/slapd.sh
# shellcheck source=tests/behave/agent.sh
. tests/behave/agent.sh
# shellcheck source=tests/bench/turns.sh
. tests/bench/turns.sh
finish() { agent_stop || true; slapd_stop || true; rm -rf "$T"; }
trap finish EXIT

slapd_start "$T/ldap"
agent_make "$T/agent" suffix=contoso.test uri="$LDAP_URI" ou="$SALES_DN" agent_lines="workers = $THREADS" \
	directory_lines=$'starttls = yes\n'"ldap-connections = $THREADS" http_lines="max-connections-per-address = 4096"
cp -r "$T/agent/ca" "$T/ca" # to sign with: the core's own is the core's alone
agent_start "$T/agent"
export BENCH_URI=$LDAP_URI BENCH_BIND_DN=$AGENT_DN BENCH_BIND_PW_FILE=$AGENT_PW_FILE BENCH_LDAP_CA=$CA_FILE
export BENCH_OU=$SALES_DN BENCH_SUFFIX=contoso.test BENCH_FLAVOUR=openldap
mkdir -p "$(dirname "$OUT")"
rm -f "$OUT"
WRITES=1
turns_of openldap "$SLAPD_PID"
joins_beside_ldapadd
python3 tests/bench/ratios.py openldap "$FIGURES" "$OUT"
finish
trap - EXIT

# The other directories, each in a machine of its own; a write takes them longer.
for kind in ${BENCH_DIRECTORIES-389ds samba}; do
	case $kind in
	389ds) share=5 ;;
	samba) share=2 ;;
	*) echo "bench: BENCH_DIRECTORIES knows 389ds and samba" >&2; exit 2 ;;
	esac
	rc=0
	N=$(((N * share + 9) / 10)) tests/bench/beside.sh $kind "$OUT" || rc=$?
	[ $rc != 77 ] || { echo "$kind: cannot run here"; continue; }
	[ $rc = 0 ] || exit $rc
done
ENROLL_SCHEMAS=tests/bench python3 tests/behave/json_valid.py bench < "$OUT"
