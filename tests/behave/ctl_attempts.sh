#!/bin/bash
# What the help desk sees of devices that nobody expects, and of failures of those that are expected.
# shellcheck source=tests/behave/ctl.sh
. tests/behave/ctl.sh
ctl_begin
machine=$CTL_DIR/m
mkdir -p "$machine/etc"
echo blank > "$machine/etc/hostname"
join()
{
	"$CTL_BIN/enroll" join "$1" --server "$AGENT_NAME:$AGENT_PORT" --root "$machine" --password-file - \
		> "$CTL_DIR/join.log" 2>&1 <<< "$2"
	attempt=$(grep -o 'A-[0-9A-Z]*-[0-9A-Z]*' "$CTL_DIR/join.log" | tail -n 1)
}

# Nothing has come from there: no device, no attempts.
ctl 3 device show 127.0.0.1 -o json
fails_with ENR-319
errs '"attempts":[]'

# A misspelt address: found by where it came from, with what was meant.
ctl 0 device add LT-0042 --identity andreas@contoso.test --password-out "$CTL_DIR/pw"
join andraes@contoso.test "$(cat "$CTL_DIR/pw")"
[ -n "$attempt" ] || wrong "the device has no attempt number"
ctl 3 device show 127.0.0.1
silent
errs 'No device matches 127.0.0.1. 1 attempt came from there today:'
errs "$attempt"
errs 'ask for the spelling; andreas@contoso.test is expected (LT-0042)'
ctl 3 device show "$attempt"
errs 'andraes@contoso.test'
ctl 3 device show andraes@contoso.test -o json
fails_with ENR-319
errs '"nearest":{"identity":"andreas@contoso.test","device":"LT-0042"}'

# attempt list shows it too, by address and by code.
ctl 0 attempt list -o json
valid attempt_list
field .items.0.attempt "\"$attempt\""
field .items.0.identity '"andraes@contoso.test"'
field .items.0.device null
code=$(member .items.0.code | tr -d '"')
ctl 0 attempt list --from 127.0.0.1 --code "$code" -o name
[ "$OUT" = "$attempt" ] || wrong "not that attempt"
ctl 0 attempt list --from 192.0.2.1
[ -z "$OUT" ] || wrong "an attempt from elsewhere"
ctl 2 attempt list --from nonsense
errs ENR-803
ctl 0 attempt list --code create-denied -o json
field .items '[]'
ctl 0 status -o json
field .failures_today 1

# A failure in the directory: the record stays pending, its last failure says what to do, by the number the
# device printed.
slapd_stop "$CTL_DIR/s"
join andreas@contoso.test "$(cat "$CTL_DIR/pw")"
ctl 0 device show "$attempt" -o json
valid device
field .name '"LT-0042"'
field .state '"pending"'
field .last_failure.attempt "\"$attempt\""
field .last_failure.code '"ENR-601"'
field .last_failure.retry true
ctl 0 device show LT-0042
says 'Last failure'
says 'ENR-601 directory-unreachable'
says "$attempt"
ctl 0 device list --failed -o name
[ "$OUT" = LT-0042 ] || wrong "not listed as failed"
slapd_again "$CTL_DIR/s"

# The same command again, and it is enrolled: the story has both tries.
join andreas@contoso.test "$(cat "$CTL_DIR/pw")"
ctl 0 device show LT-0042 -o json
valid device
field .state '"enrolled"'
[ "$(member .events | grep -o '"event": "[a-z-]*"' | sort -u | wc -l)" -ge 4 ] || wrong "a short story"
ctl_end
