#!/bin/bash
# alone
# Who wins (docs/ENROLLMENT.md section 4), on the wire: a thousand attempts at once with one password, each with a key of
# its own. One wins; there is one object and one valid certificate; all others are refused for good, under the password's own MAC; nothing is left
# half-done. Then a hundred at once with one key: one certificate, one document.
set -uo pipefail
. tests/behave/natdev.sh
# A discovery that is answered "no" once somebody has won counts as a failure of the address, so the limit is out of the way.
natdev_begin http_lines=$'max-connections-per-address = 4096\nmax-connections = 8192\nfailure-limit = 100000'
ulimit -n "$(ulimit -Hn)"
crowd=1000 keys=100
[ "${ENROLL_VARIANT:-plain}" = plain ] || crowd=200 keys=40

echo "== $crowd keys, one password"
expected "$d/list" WM-CROWD
nat list="$d/list" times=$crowd threads=$crowd wait=60 || wrong "attempts without an answer: $(cat "$d/err")"
tally "$((crowd - 1)) ENR-206, 1 granted"
awk '$2 != "granted" && ($4 != 403 || $5 != "mac")' "$d/tries" | grep -q . && wrong "refusals that the password does not prove"
whole WM-CROWD
[ "$(ctl certificate list -o name | wc -l)" = 1 ] || wrong "certificates of losers were made"
is 0 ctl status -o json
python3 - "$d/out" << 'END' || wrong "something is left over"
import json, sys
o = json.load(open(sys.argv[1]))
assert not o.get("unfinished"), o
assert o["devices"].get("enrolling", 0) == 0 and o["devices"].get("uncertain", 0) == 0, o["devices"]
END

echo "== the record is not locked, its owner not throttled, by a thousand failures"
expected "$d/list" WM-AFTER
nat list="$d/list"
tally "1 granted"
whole WM-AFTER

echo "== $keys at once with one key: in flight they wait, then all are given the same"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$d/key" 2> /dev/null
expected "$d/list" WM-TWINS
nat list="$d/list" times=$keys threads=$keys key="$d/key" wait=40
tally "$keys granted"
[ "$(awk '{ print $3 }' "$d/tries" | sort -u | wc -l)" = 1 ] || wrong "more than one document"
whole WM-TWINS
error_end
