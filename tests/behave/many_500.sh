#!/bin/bash
# alone
# Five hundred devices of one identity, behind one address, told apart by their passwords alone. Each becomes the device
# its password was made for; the last ones cost what the first ones did; no success is charged to the address; the
# identity cannot have more open passwords than allowed, and can again when they are redeemed.
set -uo pipefail
. tests/behave/natdev.sh
IDENTITY=staging@contoso.test
many=500 part=100
[ "${ENROLL_VARIANT:-plain}" = plain ] || many=100 part=20
natdev_begin agent_lines="max-open-per-identity = $many" \
	http_lines=$'max-connections-per-address = 1000\nfailure-limit = 3'
ulimit -n "$(ulimit -Hn)"

cpu() { python3 -c 'import sys, time; print("%.4f" % time.clock_gettime((~int(sys.argv[1]) << 3) | 2))' "$1"; }
# redeem FIRST LAST: those lines of the list; the core's seconds of processor are in $took.
redeem()
{
	local before
	sed -n "$1,$2p" "$d/list" > "$d/part"
	before=$(cpu "$AGENT_CORE")
	nat list="$d/part" threads=8 docs="$d/docs" wait=30 || wrong "no answer: $(cat "$d/err")"
	took=$(awk -v a="$before" -v b="$(cpu "$AGENT_CORE")" 'BEGIN { print b - a }')
	tally "$(($2 - $1 + 1)) granted"
}

echo "== $many are expected as $IDENTITY"
mkdir "$d/docs" "$d/pw"
seq -f 'LT-%04g' "$many" | xargs -P 2 -I '{}' "$AGENT_BIN/enrollctl" device add '{}' --identity "$IDENTITY" \
	--password-out "$d/pw/{}" -q > "$d/out" 2> "$d/err" || wrong "device add"
for f in "$d"/pw/*; do echo "$(basename "$f") $(cat "$f")"; done | shuf --random-source=<(yes) > "$d/list"
[ "$(awk '{ print $2 }' "$d/list" | sort -u | wc -l)" = "$many" ] || wrong "passwords repeat"
is 1 ctl device add LT-OVER --identity "$IDENTITY" --password-out "$d/over"
says 'ENR-3[0-9]+' "$many"

echo "== the first $part, most, the last $part"
redeem 1 "$part"
first=$took
redeem $((part + 1)) $((many - part))
redeem $((many - part + 1)) "$many"
last=$took
echo "core: $first s of processor for the first $part, $last s for the last"
awk -v a="$first" -v b="$last" 'BEGIN { exit !(b < 1.6 * a) }' || wrong "look-up costs more with more records"

echo "== each is what its password was made for"
python3 - "$d"/docs/*.xml << 'END' || wrong "another device's document"
import base64, os, sys
import xml.etree.ElementTree as E
for path in sys.argv[1:]:
    my = E.parse(path).getroot().find(".//characteristic[@type='MY']//parm[@name='EncodedCertificate']")
    assert os.path.basename(path)[:-4].encode() in base64.b64decode(my.get("value")), path
END
[ "$(find "$d/docs" -name '*.xml' | wc -l)" = "$many" ] || wrong "not $many documents"
admin ldapsearch -LLL -o ldif-wrap=no -b "$DEVICES_DN" '(cn=LT-*)' cn enrolldEnrollment userCertificate > "$d/ldif"
[ "$(grep -c '^dn:' "$d/ldif")" = "$many" ] || wrong "$(grep -c '^dn:' "$d/ldif") objects"
[ "$(grep '^userCertificate' "$d/ldif" | sort -u | wc -l)" = "$many" ] || wrong "certificates repeat"
[ "$(ctl device list --identity "$IDENTITY" --state enrolled -o name | wc -l)" = "$many" ] || wrong "not all are enrolled"
[ "$(ctl certificate list -o name | wc -l)" = "$many" ] || wrong "not one certificate each"

echo "== there is room again"
is 0 ctl device add LT-OVER --identity "$IDENTITY" --password-out "$d/over"
error_end
