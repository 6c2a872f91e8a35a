#!/bin/bash
# A second implementation of the device, made from docs/PROTOCOL.md alone, is a member, asks again, and leaves; each of
# its messages, each answer and the document follow the grammars under schema/. Then the same device lies.
set -uo pipefail
. tests/behave/natdev.sh
natdev_begin http_lines='failure-limit = 1000'
# foreign WANTED COMMAND DIR OPTION…: its last line is as wanted.
foreign()
{
	local wanted=$1 command=$2 dir=$3
	shift 3
	python3 tests/behave/foreign_device.py --schema schema --dir "$d/$dir" "$@" "$command" > "$d/out" 2> "$d/err"
	# shellcheck disable=SC2053
	if [[ $(tail -n 1 "$d/out") == $wanted ]]; then ok "$command $dir: $wanted"; else wrong "$command $dir: not $wanted"; fi
}
enroll() { foreign "$1" enroll "$2" --server "$SERVER" --identity "$IDENTITY" --password-file "$d/${3:-$2}.pw" "${@:4}"; }

echo "== a member, with every kind of key"
for kind in p256 p384 rsa ed25519; do
	name=WM-${kind^^}
	pre "$name" -q
	enroll "enrolled ${name,,}.contoso.test E-*" "$name" "$name" --key "$kind" --serial "5CG-$kind"
	grep -qx 'eligible yes attempt A-.*' "$d/out" || wrong "$name: not expected"
	grep -qx 'anchors server.*' "$d/out" || wrong "$name: no anchor"
	whole "$name"
	openssl verify -CAfile "$AGENT_ROOT" -untrusted "$d/$name/device.pem" "$d/$name/device.pem" > "$d/out" 2>&1 ||
		wrong "$name: the chain does not hold"
done
[ "$(admin ldapsearch -LLL -b "$DEVICES_DN" '(cn=WM-P384)' serialNumber | sed -n 's/^serialNumber: //p')" = 5CG-p384 ] ||
	wrong "the serial number did not arrive"

echo "== the same key again, and another"
cp "$d/WM-P256/document.xml" "$d/first.xml"
enroll 'enrolled wm-p256.contoso.test E-*' WM-P256
cmp "$d/first.xml" "$d/WM-P256/document.xml" || wrong "another document"
enroll 'refused ENR-206 proved' elsewhere WM-P256

echo "== what it is told, and by whom"
pre WM-CANCEL -q
is 0 ctl device cancel WM-CANCEL --yes
enroll 'refused ENR-207 proved' x WM-CANCEL
echo 00000-00000-00000-00001 > "$d/nobody.pw"
enroll 'refused ENR-202 unproved' x nobody
sed 's/^Z/Y/; t; s/./Z/' "$d/WM-P256.pw" > "$d/typo.pw"
enroll 'stopped ENR-201' x typo
pre WM-SERIAL -q --serial 5CG1234XYZ
enroll 'refused ENR-309 proved until 20*Z' x WM-SERIAL --serial another
IDENTITY=nobody@contoso.test enroll 'refused ENR-202 unproved' x WM-P256
grep -qx 'eligible no attempt A-.*' "$d/out" || wrong "somebody expects nobody@contoso.test"
SERVER=127.0.0.1:$AGENT_PORT enroll 'stopped ENR-104' x WM-SERIAL

echo "== it leaves"
for kind in p256 p384 rsa ed25519; do
	foreign 'left revoked' leave "WM-${kind^^}"
	[ "$(record "WM-${kind^^}" state)" = revoked ] || wrong "it did not"
done
foreign 'left revoked' leave WM-P256

echo "== it lies about its MACs and its conversations"
liar() { python3 tests/behave/foreign_liar.py "$SERVER" "$IDENTITY" "$@" > "$d/out" 2> "$d/err"; }
mine=$AGENT_PID
agent_make "$d/other" suffix=contoso.test || exit 1
agent_start "$d/other" || exit 1
other=$AGENT_NAME:$AGENT_PORT
agent_use "$d/agent"
AGENT_PID=$mine
pre WM-LIAR -q
key=$d/agent/state/keys/conversation.key
liar "$d/WM-LIAR.pw" "$AGENT_ROOT" true server-label later-label refusal-label earlier-label answer-label reflected \
	first-transcript first-challenge better-removed other-conversation same-nonce bootstrap-replayed enrollment-replayed \
	leaving-state other-server="$other" {young,old,future}-bootstrap="$key" old-enrollment="$key"
diff - "$d/out" << 'END' && ok "each lie has its answer" || wrong "other answers"
true bootstrapped
server-label ENR-202 unproved
later-label ENR-202 unproved
refusal-label ENR-202 unproved
earlier-label ENR-202 unproved
answer-label ENR-202 unproved
reflected ENR-202 unproved
first-transcript ENR-202 unproved
first-challenge ENR-305 proved
better-removed ENR-202 unproved
other-conversation ENR-202 unproved
same-nonce bootstrapped
bootstrap-replayed ENR-202 unproved
enrollment-replayed ENR-305 proved
leaving-state ENR-211 unproved
other-server ENR-211 unproved
young-bootstrap bootstrapped
old-bootstrap ENR-211 unproved
future-bootstrap ENR-211 unproved
old-enrollment ENR-211 unproved
END
[ "$(record WM-LIAR state)" = pending ] || wrong "WM-LIAR is $(record WM-LIAR state)"

enroll 'enrolled wm-liar.contoso.test E-*' WM-LIAR
error_end
