#!/bin/bash
# Rows 4 and 8 of the old troubleshooting table: a mistyped password is said to be mistyped, one that ran
# out is said to have run out; used, withdrawn, not valid yet. Only who proves a password hears what
# became of it; a stranger gets the one uniform answer.
set -uo pipefail
. tests/behave/error.sh
error_begin
long_ago=$SECONDS
pre WM-OLD --lifetime 1m
pre WM-EXT --lifetime 1m

requests() { grep -c ' request ' "$AGENT_LOG"; }

echo "== row 4: a typing slip is caught on the device, and nothing is sent"
pre WM-1
right=$(cat "$d/WM-1.pw")
cp "$d/WM-1.pw" "$d/right"
before=$(requests)
swap() { echo "${right:1:1}${right:0:1}${right:2}"; }
other() { [ "${right:7:1}" = 4 ] && echo "${right:0:7}5${right:8}" || echo "${right:0:7}4${right:8}"; }
short() { echo "${right%?}"; }
[ "$(swap)" != "$right" ] || swap() { echo "${right:0:3}${right:4:1}${right:3:1}"; }
for slip in other swap short; do
	$slip > "$d/WM-1.pw"
	join WM-1
	device "a slip ($slip)" ENR-201 2 'not sent|not used|nothing was sent' 'type it again'
done
[ "$(requests)" = "$before" ] || wrong "a mistyped password was sent"
tr 'A-Z-' 'a-z ' < "$d/right" > "$d/WM-1.pw"
join WM-1
joins "small letters and blanks for dashes are no slip"

echo "== row 4: at a terminal it is asked again"
pre WM-2
right=$(cat "$d/WM-2.pw")
cat > "$d/ask.exp" <<-'END'
	set timeout 60
	spawn {*}$argv
	expect "Enrollment password:" { send "$env(SLIP)\r" } timeout { exit 90 }
	expect "ENR-201" {} timeout { exit 91 }
	expect "Enrollment password:" { send "$env(RIGHT)\r" } timeout { exit 92 }
	expect eof
	lassign [wait] a b c code
	exit $code
END
machine WM-2
SLIP=$(other) RIGHT=$right expect "$d/ask.exp" "$AGENT_BIN/enroll" join "$IDENTITY" --server "$SERVER" --root "$d/WM-2" \
	> "$d/out" 2> "$d/err" < /dev/null
rc=$?
joined=WM-2
joins "a slip, then right"
says 'this password has a typing mistake' 'type it again'
if grep -qF "$right" "$d/out"; then wrong "the terminal shows the password"; fi

echo "== the server's answer to a password it does not know"
pre WM-3
cp "$d/WM-3.pw" "$d/right"
cp "$d/WM-2.pw" "$d/WM-3.pw"
IDENTITY=birgit@contoso.test pre WM-4
IDENTITY=birgit@contoso.test join WM-3
device "a password of another address" ENR-202 1 'does not know this password' 'belong together'
admin_sees "whose it may have been" ENR-202 '1: wrong password' -- ctl device show WM-4

echo "== used"
cp "$d/WM-2.pw" "$d/WM-2B.pw"
join WM-2B
device "used by another machine" ENR-206 1 'already been used' 'cannot be used any more' 'help desk'
admin_sees "who used it" ENR-206 'WM-2 +enrolled' 'another key' -- ctl device show WM-2
join WM-2
[ $rc = 0 ] && grep -q unchanged "$d/out" && ok "the machine that used it is not disturbed" || wrong "the member"

echo "== withdrawn, replaced, not valid yet"
cp "$d/right" "$d/WM-3.pw"
is 0 ctl device cancel WM-3 --yes
join WM-3
device "withdrawn" ENR-207 1 'withdrawn' 'cannot be used any more' 'new password'
admin_sees "who withdrew it" ENR-207 'canceled' 'canceled +by root' -- ctl device show WM-3
cp "$d/WM-4.pw" "$d/WM-4-old"
rm "$d/WM-4.pw"
is 0 ctl device reissue WM-4 --password-out "$d/WM-4.pw"
cp "$d/WM-4.pw" "$d/right"
cp "$d/WM-4-old" "$d/WM-4.pw"
IDENTITY=birgit@contoso.test join WM-4
device "replaced" ENR-202 1 'it was replaced' 'belong together'
cp "$d/right" "$d/WM-4.pw"
IDENTITY=birgit@contoso.test join WM-4
joins "the one that replaced it"
pre WM-5 --not-before "$(date -u -d '+1 hour' +%FT%TZ)" --lifetime 8h
join WM-5
device "not valid yet" ENR-208 6 'not valid yet' 'stays valid until'
admin_sees "from when on" ENR-208 'valid from' -- ctl device show WM-5

echo "== row 8: the time of the password is over"
sleep $((62 - (SECONDS - long_ago) > 0 ? 62 - (SECONDS - long_ago) : 0))
join WM-OLD
device "expired" ENR-205 1 'has expired' 'cannot be used any more' 'new password'
admin_sees "when, and what to do" ENR-205 'WM-OLD +expired' 'expired 20' 'extend' 'reissue' -- ctl device show WM-OLD
is 0 ctl device extend WM-EXT --lifetime 1h
join WM-EXT
joins "expired and extended: the same password"

echo "== a stranger hears the same, whatever became of the record"
for name in WM-OLD WM-2 WM-3 WM-5; do
	cp "$d/$name.pw" "$d/keep"
	echo 7K3MQ-D2PXW-9H3TB-CN61T > "$d/$name.pw"
	mv "$d/$name" "$d/$name.away"
	join "$name"
	sed 's/A-[0-9A-Z]*-[0-9A-Z]*/A/' "$d/err" > "$d/$name.heard"
	[ $rc = 1 ] && cmp -s "$d/$name.heard" "$d/WM-OLD.heard" || wrong "$name: a stranger hears something else"
	mv "$d/$name.away" "$d/$name"
	mv "$d/keep" "$d/$name.pw"
done
grep -q 'ENR-202' "$d/WM-OLD.heard" && ok "strangers hear ENR-202" || wrong "what strangers hear"
error_end
