# shellcheck shell=bash
# A private enrolld for tests and the demo. To be sourced from the root of the tree, as root (two
# accounts) or not (--single-user):
#
#	agent_make DIR [NAME=VALUE…]	configuration and CA in DIR (a short path)
#	agent_ca DIR NAME SUFFIX CRL_PORT [OPTION…]	only the CA, for a server of that name
#	agent_start DIR [OPTION…]	start it, wait until it is ready
#	agent_stop DIR			SIGTERM, wait; returns its exit code
#	agent_reload DIR		SIGHUP, wait until it is done
#	freeze PID…			SIGSTOP, wait until all its threads have stopped
#
#	name=localhost		public name            port=N crl_port=N	default: free ones
#	user=daemon front=nobody	accounts       suffix=devices.contoso.test
#	ca=DIR				a CA that agent_ca made before; default: one of its own
#	flavour=openldap|ad|389ds	the directory: of slapd.sh, samba.sh or ds389.sh, if that is running, else none
#	uri=  bind_dn=  password_file=  ca_file=  base=  ou=	… or another
#	bind=simple		with another word the account's lines come from directory_lines
#	extra=FILE		more configuration; lines under [agent], [http], [ca], [directory], [profile default]:
#				agent_lines= http_lines= ca_lines= directory_lines= profile_lines=
#
# Sets AGENT_DIR AGENT_CONF AGENT_PORT AGENT_URL AGENT_CRL_PORT AGENT_SOCKET AGENT_ROOT AGENT_NAME AGENT_LOG, and, when
# started, AGENT_PID AGENT_FRONT AGENT_CORE. Programs come from ENROLL_BIN.
# Run as a script it checks itself.

AGENT_BIN=${ENROLL_BIN:-$PWD/build/bin}
AGENT_PROCS=()

agent_say() { echo "agent: $*" >&2; }

agent_free_port()
{
	local p
	while :; do
		p=$((20000 + RANDOM % 12000))
		[ -n "$(ss -Htln "sport = :$p")" ] || { echo "$p"; return; }
	done
}

# A URI nobody answers at.
agent_nowhere() { echo "ldaps://127.0.0.1:$(agent_free_port)"; }

agent_config()
{
	local d=$1
	cat <<-EOF
	[agent]
	user = $user
	front-user = $front
	state-dir = $d/state
	control-socket = $d/run/control.sock
	$agent_lines

	[http]
	$http_lines

	[directory]
	flavour = $flavour
	uri = $uri
	bind = $bind
	$([ "$bind" != simple ] || printf '%s\n' "bind-dn = $bind_dn" "bind-password-file = $d/ldap.password")
	tls-ca-file = $d/ldap-ca.pem
	base = $base
	$directory_lines

	[ca]
	ca-dir = $d/ca
	crl-url = http://$name:$crl_port/crl/devices.crl
	$ca_lines

	[listener devices]
	address = 127.0.0.1:$port
	serve = enroll
	public-name = $name

	[listener crl]
	address = 127.0.0.1:$crl_port
	serve = crl

	[ou devices]
	dn = $ou
	suffix = $suffix

	[profile default]
	ou = $ou
	$profile_lines

	EOF
	[ -z "${extra:-}" ] || cat "$extra"
}

# agent_directory: what the fixture of that flavour set, into the variables of agent_make that are empty.
agent_directory()
{
	case $flavour in
	ad)
		: "${uri:=${SAMBA_LDAPS_URI:-}}" "${bind_dn:=${SAMBA_AGENT_DN:-}}" "${base:=${SAMBA_BASE:-}}"
		: "${password_file:=${SAMBA_AGENT_PW_FILE:-}}" "${ca_file:=${SAMBA_CA:-}}" "${ou:=${SAMBA_DEVICES_DN:-}}"
		: "${suffix:=${SAMBA_DNS:-}}"
		;;
	389ds)
		: "${uri:=${DS389_LDAPS_URI:-}}" "${bind_dn:=${DS389_AGENT_DN:-}}" "${base:=${DS389_BASE:-}}"
		: "${password_file:=${DS389_AGENT_PW_FILE:-}}" "${ca_file:=${DS389_CA:-}}" "${ou:=${DS389_DEVICES_DN:-}}"
		;;
	*)
		: "${uri:=${LDAPS_URI:-}}" "${bind_dn:=${AGENT_DN:-}}" "${base:=${BASE_DN:-}}"
		: "${password_file:=${AGENT_PW_FILE:-}}" "${ca_file:=${CA_FILE:-}}" "${ou:=${DEVICES_DN:-}}"
		;;
	esac
	: "${bind_dn:=cn=enrolld,dc=contoso,dc=test}" "${base:=dc=contoso,dc=test}" "${suffix:=devices.contoso.test}"
	: "${ou:=ou=Managed Devices,dc=contoso,dc=test}" "${uri:=$(agent_nowhere)}"
}

agent_ca()
{
	local dir=$1 log
	log=$("$AGENT_BIN/enrollctl" ca init --dir "$dir" --server-name "$2" --suffix "$3" --root-key "${dir%/*}/root.key" \
		--root-key-plain --crl-url "http://$2:$4/crl/devices.crl" "${@:5}" 2>&1) || { agent_say "ca init failed: $log"; return 1; }
}

agent_make()
{
	local d=$1 name=localhost port='' crl_port='' user=daemon front=nobody suffix='' flavour=openldap bind=simple
	local uri='' bind_dn='' base='' password_file='' ca_file='' ou='' extra='' ca='' arg
	local agent_lines='' http_lines='' ca_lines='' directory_lines='' profile_lines='' ca_options=()
	shift
	for arg; do local "${arg?}"; done
	agent_directory
	[ -n "$port" ] || port=$(agent_free_port)
	[ -n "$crl_port" ] || crl_port=$(agent_free_port)
	mkdir -p "$d" && chmod 755 "$d" || return 1
	AGENT_NAME=$name
	[ "$flavour" != ad ] || ca_options=(--key-type rsa3072)
	if [ -n "$ca" ]; then
		cp -r "$ca" "$d/ca" || return 1
	else
		agent_ca "$d/ca" "$name" "$suffix" "$crl_port" "${ca_options[@]}" || return 1
	fi
	if [ -n "$password_file" ]; then
		cp "$password_file" "$d/ldap.password" || return 1
		cp "$ca_file" "$d/ldap-ca.pem" || return 1
	else
		echo none > "$d/ldap.password"
		cp "$d/ca/services.pem" "$d/ldap-ca.pem" || return 1
	fi
	chmod 600 "$d/ldap.password"
	chmod 644 "$d/ldap-ca.pem"
	[ "$(id -u)" != 0 ] || chown "$user" "$d/ldap.password" 2> /dev/null # not in a user namespace
	cp "$d/ca/root.pem" "$d/root.pem" # the CA folder will be the core's alone
	agent_config "$d" > "$d/enrolld.conf"
	agent_use "$d"
}

# agent_use DIR: set the variables for what agent_make made there.
agent_use()
{
	AGENT_DIR=$1
	AGENT_CONF=$1/enrolld.conf
	AGENT_SOCKET=$1/run/control.sock
	AGENT_ROOT=$1/root.pem
	AGENT_LOG=$1/enrolld.log
	AGENT_PORT=$(sed -n '/^\[listener devices\]/,/^\[/s/^address = .*://p' "$AGENT_CONF")
	AGENT_CRL_PORT=$(sed -n '/^\[listener crl\]/,/^\[/s/^address = .*://p' "$AGENT_CONF")
	AGENT_NAME=$(sed -n '/^\[listener devices\]/,/^\[/s/^public-name = //p' "$AGENT_CONF")
	AGENT_URL=https://$AGENT_NAME:$AGENT_PORT
	ENROLLCTL_AGENT=unix:$AGENT_SOCKET
	export AGENT_DIR AGENT_CONF AGENT_SOCKET AGENT_ROOT AGENT_LOG AGENT_PORT AGENT_CRL_PORT AGENT_NAME AGENT_URL
	export ENROLLCTL_AGENT
}

# agent_child PARENT ROLE: pid of the newest child in that role.
agent_child() { pgrep -n -P "$1" -f -- "--role=$2" || true; }

agent_find_children()
{
	AGENT_FRONT=$(agent_child "$AGENT_PID" front)
	AGENT_CORE=$(agent_child "$AGENT_PID" core)
}

# agent_count EVENT: lines of that event in the log so far.
agent_count() { grep -cE "(^|[] ])$1( |$)" "$AGENT_LOG" || true; }

# agent_wait SECONDS COMMAND…: until it succeeds. The seconds are those of an idle machine; it waits four times as long.
agent_wait()
{
	local end=$((SECONDS + 4 * $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# The signal is sent at once; the threads come to it when they are given the processor.
freeze()
{
	local p
	kill -STOP "$@"
	for p; do
		while grep -hs '^State:' "/proc/$p"/task/*/status | grep -qv 'T (stopped)'; do sleep 0.01; done
	done
}

agent_has_more() { [ "$(agent_count "$1")" -gt "$2" ]; }

agent_ready_or_gone() { ! kill -0 "$AGENT_PID" 2>/dev/null || agent_has_more ready "$1"; }

agent_start()
{
	local d=$1 mode=() before
	shift
	agent_use "$d"
	[ "$(id -u)" = 0 ] || mode=(--single-user)
	touch "$AGENT_LOG"
	before=$(agent_count ready)
	"$AGENT_BIN/enrolld" --config "$AGENT_CONF" "${mode[@]}" "$@" >> "$AGENT_LOG" 2>&1 &
	AGENT_PID=$!
	AGENT_PROCS+=("$AGENT_PID")
	agent_wait 30 agent_ready_or_gone "$before" || { agent_say "not ready; see $AGENT_LOG"; return 1; }
	kill -0 "$AGENT_PID" 2>/dev/null || { agent_say "ended at once:"; tail -n 20 "$AGENT_LOG" >&2; return 1; }
	agent_find_children
	export AGENT_PID AGENT_FRONT AGENT_CORE
}

agent_stop()
{
	local rc=0
	[ -n "${AGENT_PID:-}" ] || return 0
	kill -TERM "$AGENT_PID" 2>/dev/null
	wait "$AGENT_PID" || rc=$?
	AGENT_PID=
	if grep -qE 'Sanitizer|runtime error:' "$AGENT_LOG"; then
		agent_say "a sanitizer spoke:"
		grep -E -A20 'Sanitizer|runtime error:' "$AGENT_LOG" | head -n 60 >&2
		rc=99
	fi
	return $rc
}

agent_reload()
{
	local before
	before=$(agent_count 'reload (done|failed).*')
	kill -HUP "$AGENT_PID"
	agent_wait 30 agent_reloaded "$before" || { agent_say "reload does not end"; return 1; }
	agent_find_children
}
agent_reloaded() { [ "$(grep -cE 'reload (done|failed)' "$AGENT_LOG")" -gt "$1" ]; }

# For a trap: whatever was started here.
agent_clean_up()
{
	local p
	for p in "${AGENT_PROCS[@]}"; do kill -TERM "$p" 2>/dev/null; done
	for p in "${AGENT_PROCS[@]}"; do wait "$p" 2>/dev/null; done
	[ -z "${AGENT_DIR:-}" ] || rm -rf "$AGENT_DIR"
}

# --- asking it ------------------------------------------------------------------------------------------

AGENT_TYPE=application/vnd.enrolld.native+xml

# agent_curl ARG…: curl to the agent under its public name, trusting its root.
agent_curl()
{
	curl -s --max-time 20 --cacert "$AGENT_ROOT" --resolve "$AGENT_NAME:$AGENT_PORT:127.0.0.1" "$@"
}

# agent_status ARG…: only the status.
agent_status() { agent_curl -o /dev/null -w '%{http_code}\n' "$@"; }

# agent_discovery [IDENTITY]: the message.
agent_discovery()
{
	printf '<?xml version="1.0" encoding="UTF-8"?>\n'
	printf '<discovery xmlns="%s" shows="1">' "$(sed -n 's/.*ns="\(urn:oid:[^"]*\)".*/\1/p' schema/native.rng | head -n 1)"
	printf '<identity>%s</identity><server-name>%s</server-name>' \
		"${1:-andreas@contoso.test}" "$AGENT_NAME"
	printf '<nonce>%s</nonce><client>test/1</client></discovery>' "$(head -c 32 /dev/urandom | base64 -w0)"
}

# agent_discover [IDENTITY]: ask, print the answer.
# shellcheck disable=SC2120
agent_discover()
{
	agent_discovery "$@" | agent_curl -H "Content-Type: $AGENT_TYPE" --data-binary @- "$AGENT_URL/enroll/discovery"
}

# Run as a script: make one, start it, ask it, stop it.
agent_self_check()
{
	local d
	d=$(mktemp -d /tmp/e.XXXXXX)
	trap agent_clean_up EXIT
	agent_make "$d" && agent_start "$d" && agent_discover | grep -q '<eligible>no</eligible>' && agent_reload && agent_stop
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	agent_self_check || { agent_say "self-check failed"; exit 1; }
	echo "agent: makes, starts, answers, reloads, stops"
fi
