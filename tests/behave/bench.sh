#!/bin/bash
# needs: asan-off
# `make bench` as small as it can be: nobody fails, each figure stands beside the one it is measured by, entries that are
# loaded directly are like those of enrollments, and the file is what its schema says. What makes no sense is refused.
set -uo pipefail
d=$(mktemp -d /tmp/eb.XXXXXX)
trap 'rm -rf "$d"' EXIT
wrong=0
want()
{
	if grep -qE -- "$1" "$d/out"; then echo "ok    $1"; else echo "WRONG no line like $1"; wrong=1; fi
}
small() { env BENCH_DIRECTORIES= BENCH_OUT="$d/bench.json" N=6 ROUNDS=2 THREADS=2 JOINS=1 "$@" bash tests/bench/run.sh > "$d/out" 2>&1; }

small env || { echo "WRONG exit $?"; cat "$d/out"; exit 1; }
want '^openldap: 6 devices in 2 turns, 2 at a time, 0 failed'
want '^  enrollments/s .* added directly.* ratio '
want '^  front, CPU ms .* TLS handshakes .* ratio '
want '^  core, CPU ms .* CSR verified, certificate signed .* ratio '
want '^  both, CPU ms .* unavoidable cryptography .* ratio '
want '^  enroll join, ms .* one ldapadd .* ratio '
want '^  peak memory, MB: front [0-9.]+, core [0-9.]+'
ENROLL_SCHEMAS=tests/bench python3 tests/behave/json_valid.py bench < "$d/bench.json" || wrong=1
small N=0
[ $? = 2 ] || { echo "WRONG N=0 is taken"; wrong=1; }
small THREADS=65
[ $? = 2 ] || { echo "WRONG THREADS=65 is taken"; wrong=1; }
exit $wrong
