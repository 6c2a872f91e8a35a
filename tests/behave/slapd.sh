# shellcheck shell=bash
# A private OpenLDAP server for tests and the demo: cn=config and mdb, our schema, indexes, rights and
# certificate mapping exactly as schema/openldap/ has them, under dc=contoso,dc=test.  To be sourced
# from the root of the tree, as root or not:
#
#	slapd_start DIR [NAME=VALUE…]	make it in DIR (a short path), start it, wait until it answers
#	slapd_stop [DIR]		stop it; the data stays
#	slapd_again DIR			start what was stopped, on the same ports
#
#	host=localhost		its name in the URIs          listen=127.0.0.1  address
#	port=N tls_port=N	default: free ones            nosync=yes        no fsync at commit
#	client_ca=FILE		CAs whose device certificates are trusted (default: the fixture's own CA)
#	tls=DIR2		CA and server certificate of another fixture
#	agent_uid=UID		who is the agent on ldapi (default: the caller)
#	sasl=yes		the agent may also be "enrolld" of SCRAM, GSSAPI or GSS-SPNEGO, with its password in clear
#				in the entry, or the owner of AGENT_CERT_FILE; people are the principals of their uid
#	keytab=FILE		keys of ldap/…; KRB5_CONFIG of krb5.sh
#	cbinding=tls-endpoint	channel binding; the client must want the same (LDAPSASL_CBINDING)
#	global=LINE		one more line for cn=config, e.g. "olcSecurity: ssf=56"; more than once if need be
#
# Sets LDAP_URI LDAPS_URI LDAPI_URI CA_FILE CA_KEY ADMIN_DN ADMIN_PW CONFIG_DN AGENT_DN AGENT_PW_FILE
# BASE_DN DEVICES_DN SALES_DN SLAPD_PID SLAPD_DIR AGENT_CERT_FILE AGENT_KEY_FILE; a second start sets them anew.  ADMIN_PW is also the
# password of CONFIG_DN.  Entries: OU=Managed Devices with OU=Sales in it; ou=People with Andreas Holm
# and Birgit Krarup; ou=Services with cn=enrolld; ou=Servers, where the agent has no rights.
# Run as a script it checks itself.
#
# For scripts about the directory alone: `tool` runs dirtool as the agent over $TOOL, `admin CMD…` an
# LDAP command as the administrator, `want PATTERN CMD…` a command whose output must match, `verdict` ends.

BASE_DN=dc=contoso,dc=test
DEVICES_DN="ou=Managed Devices,$BASE_DN"
SALES_DN="ou=Sales,$DEVICES_DN"
ADMIN_DN=cn=admin,$BASE_DN
CONFIG_DN=cn=admin,cn=config
AGENT_DN=cn=enrolld,ou=Services,$BASE_DN
export BASE_DN DEVICES_DN SALES_DN ADMIN_DN CONFIG_DN AGENT_DN

slapd_say() { echo "slapd: $*" >&2; }

# A port that nothing listens on, from below the range the kernel gives out.
slapd_free_port()
{
	local p
	while :; do
		p=$((20000 + RANDOM % 12000))
		[ -n "$(ss -Htln "sport = :$p")" ] || { echo "$p"; return; }
	done
}

# slapd_tls DIR: a CA, and a server certificate for every name that the fixture goes by.
slapd_tls()
{
	local d=$1 names="DNS:localhost,DNS:ldap.contoso.test,DNS:$SLAPD_HOST,IP:127.0.0.1,IP:::1"
	names+=",DNS:$(hostname)"
	mkdir -p "$d" && chmod 700 "$d" || return 1
	{
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
			-keyout "$d/ca.key" -out "$d/ca.pem" -subj "/O=Contoso Directory/CN=Directory CA" \
			-addext "keyUsage=critical,keyCertSign,cRLSign"
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
			-keyout "$d/server.key" -out "$d/server.csr" -subj "/CN=ldap"
		printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$names" > "$d/server.ext"
		openssl x509 -req -in "$d/server.csr" -CA "$d/ca.pem" -CAkey "$d/ca.key" -CAcreateserial \
			-days 30 -extfile "$d/server.ext" -out "$d/server.pem"
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
			-keyout "$d/agent.key" -out "$d/agent.csr" -subj "/O=Contoso Directory/CN=enrolld"
		printf 'extendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n' > "$d/agent.ext"
		openssl x509 -req -in "$d/agent.csr" -CA "$d/ca.pem" -CAkey "$d/ca.key" -CAcreateserial \
			-days 30 -extfile "$d/agent.ext" -out "$d/agent.pem"
	} > "$d/openssl.log" 2>&1 || { slapd_say "no certificates: see $d/openssl.log"; return 1; }
}

# Who the names of SASL are. The realm is part of a name only where it is not the server's own.
slapd_sasl()
{
	cat <<-END
	olcSaslHost: localhost
	olcSaslRealm: CONTOSO.TEST
	olcSaslSecProps: noanonymous,noplain
	olcAuthzRegexp: "^uid=enrolld(,cn=contoso.test)?,cn=[^,]+,cn=auth\$" "$AGENT_DN"
	olcAuthzRegexp: "^uid=([a-z]+)(,cn=contoso.test)?,cn=[^,]+,cn=auth\$" "uid=\$1,ou=People,$BASE_DN"
	olcAuthzRegexp: "^cn=enrolld,o=Contoso Directory\$" "$AGENT_DN"
	END
	[ -z "$SLAPD_CBINDING" ] || echo "olcSaslCBinding: $SLAPD_CBINDING"
}

# slapd_config DIR: the configuration before ours is loaded into it.
slapd_config()
{
	local d=$1 s
	cat <<-END
	dn: cn=config
	objectClass: olcGlobal
	cn: config
	olcPidFile: $d/slapd.pid
	olcArgsFile: $d/slapd.args
	olcLogLevel: none
	olcTLSCACertificateFile: $SLAPD_CLIENT_CA
	olcTLSCertificateFile: $SLAPD_TLS/server.pem
	olcTLSCertificateKeyFile: $SLAPD_TLS/server.key
	olcConnMaxPendingAuth: 4000
	olcAuthzRegexp: "^gidNumber=[0-9]+\\+uidNumber=$SLAPD_AGENT_UID,cn=peercred,cn=external,cn=auth\$"
	  "$AGENT_DN"
	END
	[ "$SLAPD_SASL" = no ] || slapd_sasl
	[ -z "$SLAPD_GLOBAL" ] || printf '%s' "$SLAPD_GLOBAL"
	cat <<-END

	dn: cn=module,cn=config
	objectClass: olcModuleList
	cn: module
	olcModulePath: /usr/lib/ldap
	olcModuleLoad: back_mdb.so

	dn: cn=schema,cn=config
	objectClass: olcSchemaConfig
	cn: schema

	END
	for s in core cosine inetorgperson; do printf 'include: file:///etc/ldap/schema/%s.ldif\n\n' $s; done
	cat <<-END
	dn: olcDatabase={-1}frontend,cn=config
	objectClass: olcDatabaseConfig
	objectClass: olcFrontendConfig
	olcDatabase: {-1}frontend
	olcAccess: {0}to dn.base="" by * read
	olcAccess: {1}to dn.subtree="cn=subschema" by * read

	dn: olcDatabase={0}config,cn=config
	objectClass: olcDatabaseConfig
	olcDatabase: {0}config
	olcRootDN: $CONFIG_DN
	olcRootPW: $ADMIN_PW
	olcAccess: {0}to * by * none

	dn: olcDatabase={1}mdb,cn=config
	objectClass: olcDatabaseConfig
	objectClass: olcMdbConfig
	olcDatabase: {1}mdb
	olcSuffix: $BASE_DN
	olcRootDN: $ADMIN_DN
	olcRootPW: $ADMIN_PW
	olcDbDirectory: $d/data
	olcDbMaxSize: 1073741824
	olcDbIndex: objectClass eq
	END
	[ "$SLAPD_NOSYNC" != yes ] || echo "olcDbNoSync: TRUE"
}

slapd_data()
{
	local ou name
	printf 'dn: %s\nobjectClass: dcObject\nobjectClass: organization\no: Contoso\ndc: contoso\n\n' "$BASE_DN"
	for ou in "$DEVICES_DN" "$SALES_DN" "ou=People,$BASE_DN" "ou=Services,$BASE_DN" "ou=Servers,$BASE_DN"; do
		name=${ou%%,*}
		printf 'dn: %s\nobjectClass: organizationalUnit\nou: %s\n\n' "$ou" "${name#ou=}"
	done
	cat <<-END
	dn: uid=andreas,ou=People,$BASE_DN
	objectClass: inetOrgPerson
	uid: andreas
	cn: Andreas Holm
	sn: Holm
	mail: andreas@contoso.test
	userPassword: $(slappasswd -s andreas-password)

	dn: uid=birgit,ou=People,$BASE_DN
	objectClass: inetOrgPerson
	uid: birgit
	cn: Birgit Krarup
	sn: Krarup
	mail: birgit@contoso.test

	dn: $AGENT_DN
	objectClass: applicationProcess
	objectClass: simpleSecurityObject
	cn: enrolld
	userPassword: $(if [ "$SLAPD_SASL" = no ]; then slappasswd -T "$AGENT_PW_FILE"; else cat "$AGENT_PW_FILE"; fi)

	dn: cn=web1,ou=Servers,$BASE_DN
	objectClass: device
	cn: web1
	END
}

# Our own files, the way an admin loads them.
slapd_ours()
{
	local f verb
	for f in enrolld index mapping acl; do
		verb=ldapmodify
		[ $f != enrolld ] || verb=ldapadd
		$verb -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" -f schema/openldap/$f.ldif \
			> "$1/$f.log" 2>&1 || { slapd_say "schema/openldap/$f.ldif: $(tail -n 2 "$1/$f.log")"; return 1; }
	done
}

# slapd_facts DIR: set the variables from what DIR was made with.
slapd_facts()
{
	SLAPD_DIR=$1
	# shellcheck disable=SC1091
	. "$1/facts"
	LDAP_URI=ldap://$SLAPD_HOST:$SLAPD_PORT
	LDAPS_URI=ldaps://$SLAPD_HOST:$SLAPD_TLS_PORT
	LDAPI_URI=ldapi://${1//\//%2F}%2Fldapi
	CA_FILE=$SLAPD_TLS/ca.pem
	CA_KEY=$SLAPD_TLS/ca.key
	AGENT_PW_FILE=$1/agent.password
	AGENT_CERT_FILE=$SLAPD_TLS/agent.pem
	AGENT_KEY_FILE=$SLAPD_TLS/agent.key
	export AGENT_CERT_FILE AGENT_KEY_FILE SLAPD_DIR LDAP_URI LDAPS_URI LDAPI_URI CA_FILE CA_KEY AGENT_PW_FILE ADMIN_PW
}

slapd_again()
{
	local i
	slapd_facts "$1"
	KRB5_KTNAME=${SLAPD_KEYTAB:-/nowhere} KRB5RCACHENAME=none: slapd -d 0 -F "$1/config" -h "ldap://$SLAPD_LISTEN:$SLAPD_PORT/ ldaps://$SLAPD_LISTEN:$SLAPD_TLS_PORT/ $LDAPI_URI" \
		> "$1/log" 2>&1 < /dev/null 7>&- 8>&- 9>&- &
	SLAPD_PID=$!
	export SLAPD_PID
	echo "$SLAPD_PID" > "$1/pid"
	for ((i = 0; i < 600; i++)); do
		kill -0 "$SLAPD_PID" 2>/dev/null || break
		! ldapsearch -x -LLL -H "$LDAPI_URI" -b '' -s base 1.1 > /dev/null 2>&1 || return 0
		sleep 0.05
	done
	slapd_say "does not start: $(tail -n 3 "$1/log")"
	return 1
}

slapd_start()
{
	local d o
	mkdir -p "$1" && d=$(cd "$1" && pwd) || return 1
	[ ${#d} -le 90 ] || { slapd_say "$d is too long for a socket"; return 1; }
	shift
	SLAPD_HOST=localhost SLAPD_LISTEN=127.0.0.1 SLAPD_PORT='' SLAPD_TLS_PORT='' SLAPD_NOSYNC=no
	SLAPD_CLIENT_CA='' SLAPD_TLS=$d/tls SLAPD_AGENT_UID=$(id -u)
	SLAPD_SASL=no SLAPD_KEYTAB='' SLAPD_CBINDING='' SLAPD_GLOBAL=''
	for o; do
		case $o in
		host=*) SLAPD_HOST=${o#*=} ;;
		listen=*) SLAPD_LISTEN=${o#*=} ;;
		port=*) SLAPD_PORT=${o#*=} ;;
		tls_port=*) SLAPD_TLS_PORT=${o#*=} ;;
		nosync=*) SLAPD_NOSYNC=${o#*=} ;;
		client_ca=*) SLAPD_CLIENT_CA=$(readlink -f "${o#*=}") ;;
		tls=*) SLAPD_TLS=$(readlink -f "${o#*=}")/tls ;;
		agent_uid=*) SLAPD_AGENT_UID=${o#*=} ;;
		sasl=*) SLAPD_SASL=${o#*=} ;;
		keytab=*) SLAPD_KEYTAB=$(readlink -f "${o#*=}") ;;
		cbinding=*) SLAPD_CBINDING=${o#*=} ;;
		global=*) SLAPD_GLOBAL+=${o#*=}$'\n' ;;
		*) slapd_say "no option $o"; return 1 ;;
		esac
	done
	: "${SLAPD_PORT:=$(slapd_free_port)}" "${SLAPD_TLS_PORT:=$(slapd_free_port)}"
	[ -e "$SLAPD_TLS/server.pem" ] || slapd_tls "$SLAPD_TLS" || return 1
	: "${SLAPD_CLIENT_CA:=$SLAPD_TLS/ca.pem}"
	if [ "$SLAPD_SASL" != no ]; then # the agent's own certificate is the fixture's
		cat "$SLAPD_CLIENT_CA" "$SLAPD_TLS/ca.pem" > "$d/clients.pem"
		SLAPD_CLIENT_CA=$d/clients.pem
	fi
	ADMIN_PW=$(openssl rand -hex 12)
	(
		umask 077
		openssl rand -hex 16 | tr -d '\n' > "$d/agent.password"
		printf '%s=%q\n' SLAPD_HOST "$SLAPD_HOST" SLAPD_LISTEN "$SLAPD_LISTEN" SLAPD_PORT "$SLAPD_PORT" \
			SLAPD_TLS_PORT "$SLAPD_TLS_PORT" SLAPD_TLS "$SLAPD_TLS" SLAPD_KEYTAB "$SLAPD_KEYTAB" \
			ADMIN_PW "$ADMIN_PW" > "$d/facts"
	)
	slapd_facts "$d"
	rm -rf "$d/config" "$d/data"
	mkdir -p "$d/config" "$d/data"
	slapd_config "$d" > "$d/config.ldif"
	slapd_data > "$d/data.ldif"
	{
		slapadd -n 0 -F "$d/config" -l "$d/config.ldif" &&
		slapadd -b "$BASE_DN" -F "$d/config" -l "$d/data.ldif"
	} > "$d/slapadd.log" 2>&1 || { slapd_say "slapadd: $(tail -n 3 "$d/slapadd.log")"; return 1; }
	slapd_again "$d" && slapd_ours "$d" || { slapd_stop "$d"; return 1; }
}

slapd_stop()
{
	local d=${1:-$SLAPD_DIR} pid i
	pid=$(cat "$d/pid" 2>/dev/null) || return 0
	rm -f "$d/pid"
	kill -CONT "$pid" 2>/dev/null || :
	kill "$pid" 2>/dev/null || return 0
	for ((i = 0; i < 600; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	kill -KILL "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
}

# tool WORDS…: one call of agent/join, as the agent, by TLS unless TOOL says otherwise.
tool()
{
	[ ${#TOOL[@]} -gt 0 ] || TOOL=(uri="$LDAPS_URI" ca="$CA_FILE" dn="$AGENT_DN" pw="$AGENT_PW_FILE" allow="$DEVICES_DN")
	"${ENROLL_BIN:-build/bin}/dirtool" "${TOOL[@]}" "$@"
}
TOOL=()

admin() { local c=$1; shift; "$c" -x -H "$LDAPI_URI" -D "$ADMIN_DN" -w "$ADMIN_PW" "$@"; }
agent() { local c=$1; shift; LDAPTLS_CACERT=$CA_FILE "$c" -x -H "$LDAPS_URI" -D "$AGENT_DN" -y "$AGENT_PW_FILE" "$@"; }

# want PATTERN CMD…: all that it prints, in one piece, must match.  got holds it.
wrong=0
want()
{
	local pattern=$1
	shift
	got=$("$@" 2>&1)
	# shellcheck disable=SC2053
	if [[ $got == $pattern ]]; then
		echo "ok    $got"
	else
		printf 'WRONG %s\n      wanted %s\n      from   %s\n' "$got" "$pattern" "$*"
		wrong=$((wrong + 1))
	fi
}

verdict()
{
	[ "$wrong" = 0 ] || echo "$wrong wrong"
	[ "$wrong" = 0 ]
	exit
}

slapd_selftest()
{
	local t=$1 uri m
	set -e
	slapd_start "$t/a"
	for uri in "$LDAPS_URI" "ldaps://127.0.0.1:$SLAPD_TLS_PORT"; do
		LDAPTLS_CACERT=$CA_FILE ldapwhoami -x -H "$uri" -D "$AGENT_DN" -y "$AGENT_PW_FILE"
	done
	LDAPTLS_CACERT=$CA_FILE ldapwhoami -x -ZZ -H "$LDAP_URI" -D "$AGENT_DN" -y "$AGENT_PW_FILE"
	ldapwhoami -Q -Y EXTERNAL -H "$LDAPI_URI" | grep -ix "dn:$AGENT_DN"
	slapd_start "$t/b" tls="$t/a" nosync=yes
	LDAPTLS_CACERT=$t/a/tls/ca.pem ldapwhoami -x -H "$LDAPS_URI" -D "$ADMIN_DN" -w "$ADMIN_PW"
	slapd_stop "$t/b"
	slapd_start "$t/b" sasl=yes cbinding=tls-endpoint global="olcSecurity: ssf=1"
	export LDAPTLS_CACERT=$CA_FILE LDAPSASL_CBINDING=tls-endpoint
	for m in SCRAM-SHA-256 SCRAM-SHA-256-PLUS; do
		ldapwhoami -Q -Y "$m" -U enrolld -y "$AGENT_PW_FILE" -H "$LDAPS_URI" | grep -ix "dn:$AGENT_DN"
	done
	LDAPTLS_CERT=$AGENT_CERT_FILE LDAPTLS_KEY=$AGENT_KEY_FILE ldapwhoami -Q -Y EXTERNAL -H "$LDAPS_URI" |
		grep -ix "dn:$AGENT_DN"
	slapd_stop "$t/a"
	slapd_again "$t/a"
	ldapsearch -x -LLL -H "$LDAPI_URI" -D "$ADMIN_DN" -w "$ADMIN_PW" -b "$SALES_DN" -s base ou | grep -x 'ou: Sales'
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	cd "$(dirname "$0")/../.." || exit 1
	slapd_t=$(mktemp -d /tmp/e.XXXXXX)
	trap 'slapd_stop "$slapd_t/a"; slapd_stop "$slapd_t/b"; rm -rf "$slapd_t"' EXIT
	slapd_selftest "$slapd_t"
fi
