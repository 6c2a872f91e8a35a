#!/bin/bash
# Two directory servers, and nothing passes between them for a while. The device uses what it got at once, where its
# document sends it; the server that has not heard of it is nobody's reason to make it again, neither by the same password
# nor as a name. When the wire is whole there is one object, everywhere. Two agents that give one name to two devices
# while they are apart: the later object stands, on both, and the earlier device is nobody.
set -uo pipefail
. tests/behave/natdev.sh
. tests/behave/slapd_pair.sh
trap 'slapd_pair_stop; error_clean_up' EXIT
chmod 755 "$d"
port=$(agent_free_port) crl_port=$(agent_free_port)
agent_ca "$d/ca" localhost contoso.test "$crl_port" || exit 1
slapd_pair "$d/p" nosync=yes client_ca="$d/ca/root.pem" || exit 1

# agent_of DIR URI…: one that has the common CA and these servers.
agent_of()
{
	local dir=$1
	shift
	agent_make "$dir" suffix=contoso.test ca="$d/ca" port="$port" crl_port="$crl_port" uri="$*" \
		http_lines='failure-limit = 1000' directory_lines='ldap-timeout = 2s' || exit 1
	agent_start "$dir" || exit 1
	natdev_use
}
its_own() { who "$1" "$2" | grep -qix "dn:cn=$1,$DEVICES_DN"; }
sent_to() { sed -n 's/.*"DirectoryServer" value="\([^"]*\)".*/\1/p'; }
# refused NAME: nobody else is expected under that name.
refused()
{
	is 4 ctl device add "$1" --identity other@contoso.test --password-out "$d/no.pw"
	says "$1" 'ENR-3'
}
natdev_keys a b
agent_of "$d/agent" "$PAIR_A" "$PAIR_B"

echo "== nothing passes; a device joins and is known at once where its document sends it"
slapd_pair_cut
pre WM-LAG -q
join WM-LAG
joins "while nothing passes"
there=$("$AGENT_BIN/enroll" show document --root "$d/WM-LAG" | sent_to)
[ "$there" = "$PAIR_A" ] || wrong "the document sends it to $there"
its_own WM-LAG "$there" && ok "its own entry, at once, on $there" || wrong "not its own entry: $(who WM-LAG "$there")"
[ -z "$(uuid b WM-LAG)" ] || wrong "something passed"
! its_own WM-LAG "$PAIR_B" || wrong "the other server knows it"
refused WM-LAG

echo "== the server that was written to is gone; the one that has not heard of it makes nothing twice"
expected "$d/WM-NAT" WM-NAT
nat list="$d/WM-NAT" key="$d/a.key" docs="$d"
tally "1 granted"
cp "$d/WM-NAT.xml" "$d/first.xml"
slapd_stop "$PAIR/a"
nat list="$d/WM-NAT" key="$d/a.key" docs="$d" wait=10
tally "1 granted"
cmp -s "$d/WM-NAT.xml" "$d/first.xml" || wrong "another document"
nat list="$d/WM-NAT" key="$d/b.key" wait=10
tally "1 ENR-206"
refused WM-NAT
refused WM-LAG
[ -z "$(uuid b WM-NAT)$(uuid b WM-LAG)" ] || wrong "made again"

echo "== one is revoked: the server that has not heard of it is not believed that there is nothing to disable"
slapd_again "$PAIR/a" || wrong "the first server does not start again"
expected "$d/WM-OFF" WM-OFF
agent_stop
agent_start "$d/agent" || exit 1
nat list="$d/WM-OFF" key="$d/a.key"
tally "1 granted"
slapd_stop "$PAIR/a"
is 6 ctl device revoke WM-OFF --reason lost --yes
[ "$(ctl status -o json | grep -c WM-OFF)" != 0 ] || wrong "status does not show that it is still to be disabled"

echo "== others join there meanwhile"
pre WM-NEW -q
join WM-NEW
joins "on the second server"
there=$("$AGENT_BIN/enroll" show document --root "$d/WM-NEW" | sent_to)
[ "$there" = "$PAIR_B" ] || wrong "the document sends it to $there"
its_own WM-NEW "$PAIR_B" || wrong "not its own entry: $(who WM-NEW "$PAIR_B")"

echo "== the wire is whole: one of each, the same on both, and everybody is known everywhere"
slapd_again "$PAIR/a" || wrong "the first server does not start again"
slapd_pair_mend
for name in WM-LAG WM-NAT WM-NEW; do
	soon 15 same "$name" || wrong "$name: a has $(uuid a "$name"), b has $(uuid b "$name")"
	whole "$name"
done
for name in WM-LAG WM-NEW; do
	for uri in "$PAIR_A" "$PAIR_B"; do
		its_own "$name" "$uri" && ok "$name is known to $uri" || wrong "$name is not known to $uri: $(who "$name" "$uri")"
	done
done
off() { on "$1" admin ldapsearch -LLL -b "$BASE_DN" "(cn=WM-OFF)" enrolldState | grep -q '^enrolldState: disabled'; }
for side in a b; do
	soon 45 off "$side" && ok "the revoked one is disabled on $side" || wrong "the revoked one is not disabled on $side"
done
agent_stop

echo "== two agents, each with one of the servers, give one name to two devices: the later object stands on both"
slapd_pair_cut
agent_of "$d/agent1" "$PAIR_A"
pre WM-TWIN -q
join WM-TWIN
joins "by the first agent"
its_own WM-TWIN "$PAIR_A" || wrong "not its own entry: $(who WM-TWIN "$PAIR_A")"
mv "$d/WM-TWIN" "$d/early"
agent_stop
agent_of "$d/agent2" "$PAIR_B"
pre WM-TWIN -q
join WM-TWIN
joins "by the second agent"
late=$(uuid b WM-TWIN)
[ "$(uuid a WM-TWIN)" != "$late" ] || wrong "they were not apart"
slapd_pair_mend
soon 20 same WM-TWIN || wrong "WM-TWIN: a has $(uuid a WM-TWIN), b has $(uuid b WM-TWIN)"
[ "$(uuid a WM-TWIN)" = "$late" ] || wrong "the earlier object stands"
mv "$d/WM-TWIN" "$d/late"
for uri in "$PAIR_A" "$PAIR_B"; do
	who late "$uri" | grep -qix "dn:cn=WM-TWIN,$DEVICES_DN" || wrong "the later device is $(who late "$uri")"
	! who early "$uri" | grep -qi "dc=test" || wrong "the earlier device is $(who early "$uri")"
done
error_end
