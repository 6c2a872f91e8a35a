# shellcheck shell=bash
# Two private OpenLDAP servers that replicate in both directions (RFC 4533, refreshAndPersist over StartTLS), each
# through a relay of its own, so that the wire between them can be cut. To be sourced on top of slapd.sh:
#
#	slapd_pair DIR [NAME=VALUE…]	both, in DIR/a and DIR/b, with the same entries; what slapd_start takes
#	slapd_pair_cut			no change passes between them any more
#	slapd_pair_mend			the wire is whole again; changes go over within seconds
#	slapd_pair_stop			both and the relays; for a trap
#	on a|b COMMAND…			one command with slapd.sh's variables set for that server
#
# and, on top of natdev.sh:
#
#	slapd_pair_wire SECONDS		both, and an enrolld with that ldap-timeout that writes to the first one through natdev_wire;
#					their URIs are first and second
#	a_back				the first one, that died, starts again
#	agent_anew			what enrolld thinks of its servers is forgotten: a dead one is asked last for half a minute
#	uuid a|b NAME, has a|b NAME	entryUUID of a device there; is there one?
#	same NAME			it is the same on both
#	one NAME			soon the same on both, and whole
#	held NAME TRIES			uncertain: another key gets no password, another device not the name; what the same key is
#					told is TRIES (see tally), and the admin which server it was written to
#
# PAIR_A and PAIR_B are their ldaps:// URIs. slapd_stop and slapd_again work on DIR/a and DIR/b.
# Run as a script it checks itself.

[ -n "${BASE_DN:-}" ] || . tests/behave/slapd.sh

PAIR_RELAYS=()

on()
{
	local side=$1
	shift
	(
		slapd_facts "$PAIR/$side"
		SLAPD_PID=$(cat "$SLAPD_DIR/pid" 2> /dev/null)
		"$@"
	)
}

pair_config() { ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW"; }

# The context CSN goes to the disk with every change: one that is only in memory when a server is killed is not worked
# out again by slapd 2.5, and what was not sent yet is then never sent.
# pair_replicate OWN-ID PORT OF-OTHER PASSWORD-OF-OTHER: what makes a lone server one of two.
pair_replicate()
{
	pair_config <<- END
	dn: cn=module{0},cn=config
	changetype: modify
	add: olcModuleLoad
	olcModuleLoad: syncprov.so

	dn: cn=config
	changetype: modify
	add: olcServerID
	olcServerID: $1

	dn: olcDatabase={1}mdb,cn=config
	changetype: modify
	add: olcDbIndex
	olcDbIndex: entryCSN eq

	dn: olcOverlay=syncprov,olcDatabase={1}mdb,cn=config
	changetype: add
	objectClass: olcOverlayConfig
	objectClass: olcSyncProvConfig
	olcOverlay: syncprov
	olcSpCheckpoint: 1 1
	olcSpSessionlog: 1000

	dn: olcDatabase={1}mdb,cn=config
	changetype: modify
	add: olcSyncrepl
	olcSyncrepl: rid=00$1 provider=ldap://localhost:$2 bindmethod=simple binddn="$ADMIN_DN" credentials=$3
	  searchbase="$BASE_DN" type=refreshAndPersist retry="1 +" timeout=3 network-timeout=2 starttls=critical
	  tls_cacert=$CA_FILE tls_reqcert=demand
	-
	add: olcMultiProvider
	olcMultiProvider: TRUE
	END
}

# The other one's entries, operational attributes included: an OU has one entryUUID on both.
pair_copy()
{
	slapcat -F "$PAIR/a/config" -b "$BASE_DN" -l "$PAIR/copy.ldif" &&
		slapd_stop "$PAIR/b" && rm -rf "$PAIR/b/data" && mkdir "$PAIR/b/data" &&
		slapadd -w -F "$PAIR/b/config" -b "$BASE_DN" -l "$PAIR/copy.ldif" &&
		cp "$PAIR/a/agent.password" "$PAIR/b/agent.password" && slapd_again "$PAIR/b"
}

pair_relay()
{
	rm -f "$PAIR/relay-$1"
	python3 tests/behave/relay_tcp.py "$1" "$2" > "$PAIR/relay-$1" 2>&1 < /dev/null 7>&- 8>&- 9>&- &
	PAIR_RELAYS+=("$!")
	pair_soon test -s "$PAIR/relay-$1"
}

pair_soon()
{
	local i
	for ((i = 0; i < 1600; i++)); do
		! "$@" > /dev/null 2>&1 || return 0
		sleep 0.05
	done
	return 1
}

slapd_pair_mend() { pair_relay "$PAIR_PORT_A" "$PAIR_REAL_A" && pair_relay "$PAIR_PORT_B" "$PAIR_REAL_B"; }

slapd_pair_cut()
{
	local p
	for p in "${PAIR_RELAYS[@]}"; do
		kill "$p" 2> /dev/null || :
		wait "$p" 2> /dev/null || :
	done
	PAIR_RELAYS=()
}

slapd_pair_stop()
{
	slapd_pair_cut
	[ ! -e "${PAIR:-}/a/pid" ] || slapd_stop "$PAIR/a"
	[ ! -e "${PAIR:-}/b/pid" ] || slapd_stop "$PAIR/b"
}

pair_has() { on "$1" admin ldapsearch -LLL -b "$2" -s base 1.1; }

# Entries made on one side are seen on the other.
pair_passes()
{
	on "$1" admin ldapadd > /dev/null <<< "dn: ou=From $1,$BASE_DN
objectClass: organizationalUnit
ou: From $1" || return 1
	pair_soon pair_has "$2" "ou=From $1,$BASE_DN"
}

slapd_pair()
{
	local pw_a pw_b
	mkdir -p "$1" && PAIR=$(cd "$1" && pwd) || return 1
	chmod 755 "$PAIR"
	shift
	slapd_start "$PAIR/a" "$@" || return 1
	PAIR_A=$LDAPS_URI PAIR_REAL_A=$SLAPD_PORT pw_a=$ADMIN_PW
	slapd_start "$PAIR/b" tls="$PAIR/a" "$@" || return 1
	PAIR_B=$LDAPS_URI PAIR_REAL_B=$SLAPD_PORT pw_b=$ADMIN_PW
	PAIR_PORT_A=$(slapd_free_port) PAIR_PORT_B=$(slapd_free_port)
	chmod 755 "$PAIR/a" "$PAIR/b"
	{
		pair_copy && slapd_pair_mend &&
			on a pair_replicate 1 "$PAIR_PORT_B" "$pw_b" && on b pair_replicate 2 "$PAIR_PORT_A" "$pw_a"
	} > "$PAIR/log" 2>&1 || { slapd_say "no pair: $(tail -n 3 "$PAIR/log")"; return 1; }
	{ pair_passes a b && pair_passes b a; } 2>> "$PAIR/log" || { slapd_say "they do not replicate"; return 1; }
	slapd_facts "$PAIR/a"
	export PAIR PAIR_A PAIR_B
}

slapd_pair_wire()
{
	chmod 755 "$d"
	slapd_pair "$d/p" nosync=yes || exit 1
	natdev_wire "$PAIR/a/ldapi"
	first=$WIRE second=$PAIR_B
	agent_make "$d/agent" suffix=contoso.test uri="$first $second" http_lines='failure-limit = 1000' \
		directory_lines="ldap-timeout = $1s" || exit 1
	agent_start "$d/agent" || exit 1
	natdev_use
	natdev_keys a b
}

a_back() { slapd_again "$PAIR/a" || wrong "the first server does not start again"; }
agent_anew()
{
	agent_stop
	agent_start "$d/agent" || wrong "the agent does not start"
}

uuid() { on "$1" admin ldapsearch -LLL -b "$BASE_DN" "(cn=$2)" entryUUID | sed -n 's/^entryUUID: //p'; }
has() { [ -n "$(uuid "$1" "$2")" ]; }
same() { has a "$1" && [ "$(uuid a "$1")" = "$(uuid b "$1")" ]; }
one() { soon 15 same "$1" || wrong "$1: a has $(uuid a "$1"), b has $(uuid b "$1")"; slapd_facts "$PAIR/a"; whole "$1"; }

held()
{
	is_now "$1" uncertain || wrong "$1 is $(record "$1" state)"
	nat list="$d/$1" key="$d/b.key"
	tally "1 ENR-210"
	nat list="$d/$1" key="$d/a.key"
	tally "$2"
	is_now "$1" uncertain || wrong "$1 is $(record "$1" state), and nobody could know"
	ctl device show "$1" > "$d/out"
	grep -qF "$first" "$d/out" || wrong "$1: the admin does not see which server it was"
	ctl device add "$1" --identity other@contoso.test --password-out "$d/again.pw" > "$d/out" 2> "$d/err" < /dev/null &&
		wrong "$1: its name was given to another one"
	rm -f "$d/again.pw"
}

pair_selftest()
{
	set -e
	slapd_pair "$1/p" nosync=yes
	slapd_pair_cut
	if pair_passes_quickly; then echo "pair: the wire is not cut"; return 1; fi
	slapd_pair_mend
	pair_soon pair_has b "ou=Cut,$BASE_DN"
	slapd_stop "$PAIR/a"
	slapd_again "$PAIR/a"
	on b admin ldapdelete "ou=Cut,$BASE_DN"
	pair_soon pair_lacks a "ou=Cut,$BASE_DN"
	[ "$(on a admin ldapsearch -LLL -b "$DEVICES_DN" -s base entryUUID)" = "$(on b admin ldapsearch -LLL -b "$DEVICES_DN" -s base entryUUID)" ]
	echo "pair: replicates both ways, is cut, mended, and catches up"
}
pair_lacks() { ! pair_has "$@"; }
pair_passes_quickly()
{
	on a admin ldapadd > /dev/null <<< "dn: ou=Cut,$BASE_DN
objectClass: organizationalUnit
ou: Cut"
	sleep 1
	pair_has b "ou=Cut,$BASE_DN" 2> /dev/null
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	cd "$(dirname "$0")/../.." || exit 1
	pair_t=$(mktemp -d /tmp/e.XXXXXX)
	trap 'slapd_pair_stop; rm -rf "$pair_t"' EXIT
	pair_selftest "$pair_t"
fi
