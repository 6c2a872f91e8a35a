# shellcheck shell=bash
# Sixteen threads on four connections make objects while the directory is restarted under them.  Each is told
# the truth: what was answered "ok" stands, what was refused or never sent does not, and only what was
# sent and not answered may be either.
. tests/behave/slapd.sh
export LSAN_OPTIONS=suppressions=tests/behave/lsan.supp:print_suppressions=0
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'slapd_stop "$t/a"; rm -rf "$t"' EXIT
slapd_start "$t/a" nosync=yes || exit 1
TOOL=(uri="$LDAPS_URI" ca="$CA_FILE" dn="$AGENT_DN" pw="$AGENT_PW_FILE" allow="$DEVICES_DN" timeout=5 connections=4)

tool storm ou="$SALES_DN" count=300 > "$t/said" &
storm=$!
for i in 1 2 3; do
	sleep 0.3
	slapd_stop "$t/a"
	slapd_again "$t/a" || exit 1
done
wait "$storm" || { echo "the storm ended with $?"; exit 1; }
admin ldapsearch -LLL -b "$SALES_DN" '(objectClass=enrolldDevice)' cn | sed -n 's/^cn: //p' | sort > "$t/there"
sort -k2 "$t/said" | cut -d' ' -f2 | uniq -c
want "4800" grep -c . "$t/said"
want "[1-9]*" grep -c ' ok$' "$t/said"
want "0" grep -vcE ' (ok|uncertain|directory-(unreachable|busy))$' "$t/said"
sed -n 's/ ok$//p' "$t/said" | sort > "$t/ok"
sed -nE 's/ directory-(unreachable|busy)$//p' "$t/said" | sort > "$t/no"
want "" comm -23 "$t/ok" "$t/there"
want "" comm -12 "$t/no" "$t/there"
verdict
