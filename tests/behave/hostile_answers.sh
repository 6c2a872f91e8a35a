#!/bin/bash
# Somebody who has the server's TLS key, but not the password, bends its answers at random: whatever comes, enroll ends with a
# code, shows nothing of it, makes nothing of it, and the same password works when he is gone.
set -uo pipefail
. tests/behave/error.sh
error_begin http_lines='failure-limit = 100000'
python3 tests/behave/rogue.py bend "$d/bend" --to "localhost:$AGENT_PORT" --root "$AGENT_ROOT" --cert "$AGENT_DIR/ca/server.pem" \
	--key "$AGENT_DIR/ca/server.key" & ERROR_PIDS+=("$!")
agent_wait 10 test -s "$d/bend" || exit 1
right=$SERVER bent=localhost:$(cat "$d/bend")
pre WM-1
machine WM-1
members=0
for ((i = 0; i < 60; i++)); do
	SERVER=$bent join WM-1
	sed -nE '1s/.*\[(ENR-...) .*/\1/p' "$d/err" >> "$d/codes"
	case $rc in
	0) members=$((members + 1)); rm -rf "$d/WM-1"; machine WM-1 ;; # bent where it does not matter: the client's own words
	1 | 6) [ ! -e "$d/WM-1/etc/enroll/device.pem" ] || wrong "a refused answer was applied" ;;
	*) wrong "exit $rc" ;;
	esac
	if grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$d/out" "$d/err" "$d/WM-1/etc/enroll/log" 2> /dev/null; then wrong "control characters"; fi
	if grep -qE 'Sanitizer|runtime error' "$d/err" "$d/out"; then wrong "a sanitizer speaks"; fi
	if grep -q 'ENR-901' "$d/err"; then wrong "a mistake of our own"; fi
done
echo "  $(sort "$d/codes" | uniq -c | sort -rn | awk '{ printf "%s%d %s", n++ ? ", " : "", $1, $2 }'); $members joined all the same"
[ "$(sort -u "$d/codes" | wc -l)" -ge 3 ] || wrong "always the same"
[ $members -lt 10 ] || wrong "bent answers are taken: $members"
SERVER=$right join WM-1
joins "when he is gone, with the same password"
error_end
