# shellcheck shell=bash
# A private MIT Kerberos KDC for OpenLDAP and 389-ds, realm CONTOSO.TEST. To be sourced from the root of the tree, as
# root or not:
#
#	krb5_start DIR [NAME=VALUE…]	make it in DIR, start it, wait until it answers
#	krb5_stop; krb5_again		stop it; start it again, on the same port
#	krb5_principal NAME [KEYTAB]	a new principal with a random key, put into KEYTAB
#	krb5_admin QUERY		kadmin.local
#
#	port=N				default: a free one (UDP and TCP of 127.0.0.1)
#	max_life=10h			of a ticket; "20s" makes them end while a test looks
#	hosts="…"			more hosts that have an LDAP server
#
# Sets KRB5_DIR KRB5_PID KRB5_REALM KRB5_PORT KRB5_CONFIG, KRB5_LDAP_KEYTAB (ldap/ at localhost, ldap.contoso.test, the
# machine's own name and hosts=), KRB5_AGENT and KRB5_AGENT_KEYTAB (enrolld@CONTOSO.TEST, file 0600), KRB5_USER and
# KRB5_USER_PW_FILE (andreas@CONTOSO.TEST).
#
#	krb5_start $d/k && slapd_start $d/s sasl=yes keytab=$KRB5_LDAP_KEYTAB
#	kinit -k -t "$KRB5_AGENT_KEYTAB" "$KRB5_AGENT" && ldapwhoami -Y GSSAPI -H "$LDAP_URI"
#
# Run as a script it checks itself.

KRB5_REALM=CONTOSO.TEST
KRB5_AGENT=enrolld@$KRB5_REALM
KRB5_USER=andreas@$KRB5_REALM
export KRB5_REALM KRB5_AGENT KRB5_USER

krb5_say() { echo "krb5: $*" >&2; }

# A port that nothing listens on, from below the range the kernel gives out.
krb5_free_port()
{
	local p
	while :; do
		p=$((20000 + RANDOM % 12000))
		[ -n "$(ss -Htuln "sport = :$p")" ] || { echo "$p"; return; }
	done
}

# Names as they are written: nothing asks DNS, and a server takes a ticket for any name it has a key of.
krb5_client_conf()
{
	cat <<-END
	[libdefaults]
		default_realm = $KRB5_REALM
		dns_lookup_realm = false
		dns_lookup_kdc = false
		dns_canonicalize_hostname = false
		qualify_shortname = ""
		rdns = false
		ignore_acceptor_hostname = true
		udp_preference_limit = 1
	[realms]
		$KRB5_REALM = {
			kdc = 127.0.0.1:$KRB5_PORT
		}
	[domain_realm]
		.contoso.test = $KRB5_REALM
	END
}

krb5_kdc_conf()
{
	cat <<-END
	[kdcdefaults]
		kdc_listen = 127.0.0.1:$KRB5_PORT
		kdc_tcp_listen = 127.0.0.1:$KRB5_PORT
	[realms]
		$KRB5_REALM = {
			database_name = $1/db/principal
			key_stash_file = $1/db/stash
			acl_file = $1/acl
			max_life = $2
			supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
		}
	[logging]
		kdc = FILE:$1/kdc.log
		default = FILE:$1/krb5.log
	END
}

krb5_admin() { KRB5_KDC_PROFILE=$KRB5_DIR/kdc.conf kadmin.local -r "$KRB5_REALM" -q "$*" >> "$KRB5_DIR/admin.log" 2>&1; }

krb5_principal()
{
	krb5_admin addprinc -randkey "$1" || return 1
	[ $# -lt 2 ] || (umask 077; krb5_admin ktadd -norandkey -k "$2" "$1")
}

krb5_again()
{
	local i
	KRB5_KDC_PROFILE=$KRB5_DIR/kdc.conf KRB5RCACHENAME=none: krb5kdc -n -r "$KRB5_REALM" \
		>> "$KRB5_DIR/out" 2>&1 < /dev/null 7>&- 8>&- 9>&- &
	KRB5_PID=$!
	export KRB5_PID
	for ((i = 0; i < 1000; i++)); do
		! KRB5CCNAME=MEMORY: kinit -k -t "$KRB5_AGENT_KEYTAB" "$KRB5_AGENT" > /dev/null 2>&1 || return 0
		kill -0 "$KRB5_PID" 2> /dev/null || break
		sleep 0.05
	done
	krb5_say "does not start: $(tail -n 3 "$KRB5_DIR/out" "$KRB5_DIR/kdc.log")"
	return 1
}

krb5_start()
{
	local o h max_life=10h hosts=
	mkdir -p "$1" && KRB5_DIR=$(cd "$1" && pwd) || return 1
	shift
	KRB5_PORT=
	for o; do
		case $o in
		port=*) KRB5_PORT=${o#*=} ;;
		max_life=*) max_life=${o#*=} ;;
		hosts=*) hosts=${o#*=} ;;
		*) krb5_say "no option $o"; return 1 ;;
		esac
	done
	: "${KRB5_PORT:=$(krb5_free_port)}"
	KRB5_CONFIG=$KRB5_DIR/krb5.conf
	KRB5_LDAP_KEYTAB=$KRB5_DIR/ldap.keytab
	KRB5_AGENT_KEYTAB=$KRB5_DIR/enrolld.keytab
	KRB5_USER_PW_FILE=$KRB5_DIR/user.password
	export KRB5_DIR KRB5_PORT KRB5_CONFIG KRB5_LDAP_KEYTAB KRB5_AGENT_KEYTAB KRB5_USER_PW_FILE
	rm -rf "$KRB5_DIR"/{db,*.keytab}
	mkdir -p "$KRB5_DIR/db"
	krb5_client_conf > "$KRB5_CONFIG"
	krb5_kdc_conf "$KRB5_DIR" "$max_life" > "$KRB5_DIR/kdc.conf"
	: > "$KRB5_DIR/acl"
	(umask 077; openssl rand -hex 12 | tr -d '\n' > "$KRB5_USER_PW_FILE")
	KRB5_KDC_PROFILE=$KRB5_DIR/kdc.conf kdb5_util create -s -r "$KRB5_REALM" -P "$(openssl rand -hex 16)" \
		> "$KRB5_DIR/admin.log" 2>&1 || { krb5_say "$(tail -n 3 "$KRB5_DIR/admin.log")"; return 1; }
	for h in $(printf '%s\n' localhost ldap.contoso.test "$(hostname)" $hosts | sort -u); do
		krb5_principal "ldap/$h" "$KRB5_LDAP_KEYTAB" || return 1
	done
	krb5_principal "$KRB5_AGENT" "$KRB5_AGENT_KEYTAB" && krb5_admin addprinc -pw "$(cat "$KRB5_USER_PW_FILE")" "$KRB5_USER" &&
		krb5_again
}

krb5_stop()
{
	local i
	[ -n "${KRB5_PID:-}" ] || return 0
	kill "$KRB5_PID" 2> /dev/null || :
	for ((i = 0; i < 600; i++)); do
		kill -0 "$KRB5_PID" 2> /dev/null || break
		sleep 0.05
	done
	kill -KILL "$KRB5_PID" 2> /dev/null || :
	wait "$KRB5_PID" 2> /dev/null || :
	KRB5_PID=
}

krb5_self_test()
{
	local t=$1 l=LDAPTLS_CACERT
	set -e
	krb5_start "$t/k" max_life=1h
	slapd_start "$t/s" sasl=yes keytab="$KRB5_LDAP_KEYTAB" cbinding=tls-endpoint
	export KRB5CCNAME=FILE:$t/ccache $l="$CA_FILE"
	kinit -k -t "$KRB5_AGENT_KEYTAB" "$KRB5_AGENT"
	for h in "$LDAP_URI" "$LDAPS_URI"; do ldapwhoami -Q -Y GSSAPI -H "$h" | grep -ix "dn:$AGENT_DN"; done
	ldapwhoami -Q -N -Y GSS-SPNEGO -H "$LDAP_URI" | grep -ix "dn:$AGENT_DN"
	LDAPSASL_CBINDING=tls-endpoint ldapwhoami -Q -Y GSSAPI -H "$LDAPS_URI" | grep -ix "dn:$AGENT_DN"
	krb5_stop
	krb5_again
	kinit "$KRB5_USER" < "$KRB5_USER_PW_FILE" > /dev/null
	ldapwhoami -Q -Y GSSAPI -H "$LDAP_URI" | grep -ix "dn:uid=andreas,ou=people,$BASE_DN"
	krb5_principal host/one "$t/one" && klist -k "$t/one" | grep host/one@
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	cd "$(dirname "$0")/../.." || exit 1
	# shellcheck source=tests/behave/slapd.sh
	. tests/behave/slapd.sh
	krb5_t=$(mktemp -d /tmp/e.XXXXXX)
	trap 'slapd_stop; krb5_stop; rm -rf "$krb5_t"' EXIT
	krb5_self_test "$krb5_t"
	echo "ok    a KDC"
fi
