#!/bin/bash
# The table of codes is whole: explain prints every row, by number and by word; every code the programs can give stands in the
# table, every row is given by some code, and what is written down names no code that there is not.
set -uo pipefail
bin=${ENROLL_BIN:-$PWD/build/bin}
d=$(mktemp -d /tmp/e.XXXXXX)
trap 'rm -rf "$d"' EXIT
failures=0
wrong() { echo "FAIL: $*"; failures=$((failures + 1)); }
table=lib/base/codes.def

# symbol number word, a line each
sed -nE 's/^X\(([A-Z0-9_]+), ([0-9]{3}), "([a-z-]+)",.*/\1 \2 \3/p' "$table" > "$d/rows"
n=$(wc -l < "$d/rows")
[ "$n" -gt 90 ] && [ "$n" = "$(grep -c '^X(' "$table")" ] || wrong "$n rows could be read"
[ "$(cut -d' ' -f2 "$d/rows" | sort -u | wc -l)" = "$n" ] || wrong "a number stands twice"
[ "$(cut -d' ' -f3 "$d/rows" | sort -u | wc -l)" = "$n" ] || wrong "a word stands twice"

echo "== explain"
while read -r _ number word; do
	"$bin/enrollctl" explain "ENR-$number" > "$d/out" 2> "$d/err" < /dev/null || wrong "explain ENR-$number: $(cat "$d/err")"
	head -n 1 "$d/out" | grep -qx "ENR-$number $word" || wrong "explain ENR-$number begins: $(head -n 1 "$d/out")"
	for part in what why 'do, as the admin' 'do, at the device' 'exit status'; do
		sed -n "/^  $part\$/{n;p}" "$d/out" | grep -q '^ *[A-Za-z0-9].' || wrong "explain ENR-$number says nothing under: $part"
	done
	[ "$(wc -L < "$d/out")" -le 90 ] || wrong "explain ENR-$number is wider than a terminal"
done < "$d/rows"
"$bin/enrollctl" explain 602 | cmp -s - <("$bin/enrollctl" explain create-denied) || wrong "by word and by number"
"$bin/enrollctl" explain enr-602 > /dev/null || wrong "in small letters"
for code in ENR-000 ENR-999 602x nonsense; do
	"$bin/enrollctl" explain "$code" > "$d/out" 2> "$d/err" < /dev/null
	[ $? = 3 ] && grep -q 'ENR-909' "$d/err" || wrong "explain '$code': $(cat "$d/err")"
done
"$bin/enrollctl" explain ENR-602 -o json | python3 -c '
import json, sys
o = json.load(sys.stdin)
assert (o["kind"], o["code"], o["name"], o["exit"], o["http"]) == ("explanation", "ENR-602", "create-denied", 1, 503)
' || wrong "explain as JSON"

echo "== code and table"
sources=(lib ldap agent ctl client)
while read -r symbol number _; do
	grep -rqw --include='*.c' "ENR_$symbol" "${sources[@]}" || wrong "nothing gives ENR-$number ($symbol)"
done < "$d/rows"
grep -rhoE --include='*.[ch]' 'ENR_[A-Z][A-Z_]+' "${sources[@]}" | sort -u | grep -vx 'ENR_NONE' > "$d/used"
while read -r symbol; do
	grep -q "^${symbol#ENR_} " "$d/rows" || [[ $symbol == *_ ]] || wrong "$symbol is used and not in the table"
done < "$d/used"

echo "== what is written down"
# Numbers chosen because there is no such code.
none='ENR-000|ENR-099|ENR-100|ENR-199|ENR-999'
grep -rnoE 'ENR-[0-9]{3}' ./*.md docs schema packaging "${sources[@]}" tests/wire tests/behave tests/unit 2> /dev/null > "$d/written"
[ "$(wc -l < "$d/written")" -gt 100 ] || wrong "too little was looked through"
while IFS=: read -r file line code; do
	[[ $code =~ ^($none)$ ]] || grep -q " ${code#ENR-} " "$d/rows" || wrong "$file:$line: there is no $code"
done < <(sort -t: -u -k3,3 "$d/written")
# Where code and word stand together they are of one row, and so is the status in the protocol.
grep -rhoE 'ENR-[0-9]{3} [a-z]+(-[a-z]+)+' ./*.md docs | sort -u | while read -r code word; do
	grep -q " ${code#ENR-} " "$d/rows" || continue
	grep -q " ${code#ENR-} $word\$" "$d/rows" || echo "FAIL: $code is not $word"
done > "$d/words"
cat "$d/words"
failures=$((failures + $(wc -l < "$d/words")))
sed -nE 's/^\| (ENR-[0-9]{3}) \| ([a-z-]+) \| ([0-9]{3}) \|.*/\1 \2 \3/p' docs/PROTOCOL.md > "$d/protocol"
[ "$(wc -l < "$d/protocol")" -gt 15 ] || wrong "the table of docs/PROTOCOL.md was not found"
while read -r code word status; do
	grep -qE "^X\([A-Z0-9_]+, ${code#ENR-}, \"$word\", $status, " "$table" || wrong "docs/PROTOCOL.md: $code $word $status is another row"
done < "$d/protocol"
[ $failures = 0 ] && echo "$n codes, all as they should be"
exit $((failures > 0))
