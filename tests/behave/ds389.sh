# shellcheck shell=bash
# A private 389 Directory Server for tests and the demo: the tree of slapd.sh under dc=contoso,dc=test, with the
# schema, rights, uniqueness and certificate mapping exactly as schema/389ds/ has them. To be sourced from the root of
# the tree, as root or not:
#
#	ds389_start DIR [NAME=VALUE…]	make it in DIR (a short path), start it, wait until it answers
#	ds389_stop; ds389_again		stop it; start what was stopped, on the same ports
#	ds389_client_ca FILE		trust device certificates of that CA (starts it again)
#	ds389_admin CMD…		an LDAP command as Directory Manager
#	ds389_agent CMD…		one as cn=enrolld over TLS
#
#	port=N tls_port=N	default: free ones            host=localhost  listen=127.0.0.1
#	client_ca=FILE		CA whose device certificates are trusted besides the fixture's own
#	keytab=FILE		keys of ldap/…; KRB5_CONFIG of krb5.sh
#	nosync=no		fsync at commit (default: none)
#
# What takes seconds is done once, into build/ds389-template-*, and copied. Of schema/389ds/ a file that begins with "dn:
# cn=schema" becomes a schema file, certmap.conf a file of the instance, the rest goes through ldapmodify by name.
# Sets DS389_DIR DS389_PID DS389_LOG DS389_BASE DS389_PORT DS389_TLS_PORT DS389_LDAP_URI DS389_LDAPS_URI DS389_LDAPI_URI
# DS389_CA DS389_CA_KEY DS389_ADMIN DS389_ADMIN_PW_FILE DS389_DEVICES_DN DS389_SALES_DN DS389_PEOPLE_DN DS389_AGENT_DN
# DS389_AGENT_PW_FILE DS389_AGENT_CERT_FILE DS389_AGENT_KEY_FILE DS389_USER_PW_FILE. Password files end without a newline.
# Run as a script it checks itself.

# shellcheck source=tests/behave/slapd.sh
. tests/behave/slapd.sh # its tree, its certificates, want and verdict

DS389_BASE=dc=contoso,dc=test
DS389_ADMIN="cn=Directory Manager"
DS389_DEVICES_DN="ou=Managed Devices,$DS389_BASE"
DS389_SALES_DN="ou=Sales,$DS389_DEVICES_DN"
DS389_PEOPLE_DN=ou=People,$DS389_BASE
DS389_AGENT_DN=cn=enrolld,ou=Services,$DS389_BASE
export DS389_BASE DS389_ADMIN DS389_DEVICES_DN DS389_SALES_DN DS389_PEOPLE_DN DS389_AGENT_DN

# The instance of the template. The name of an instance is global (/dev/shm), so a copy gets one of its own.
DS389_FIRST=enrolldtemplate

# A server that is root becomes somebody, which the only account of a user namespace cannot. So there it is not root.
DS389_USER=$(id -un) DS389_GROUP=$(id -gn) DS389_AS=()
if [ "${WORLD_ROOT:-1}" = 0 ]; then
	DS389_USER=daemon DS389_GROUP=daemon DS389_AS=(unshare -U --map-user="$(id -u daemon)" --map-group="$(id -g daemon)")
fi

ds389_say() { echo "389ds: $*" >&2; }

# ds389_paths DIR: what the server's tools take all paths from.
ds389_paths()
{
	mkdir -p "$1"/{share,etc/dirsrv/schema,etc/dirsrv/config,etc/default,run,tmp,lib,var/lock}
	cp -r /usr/share/dirsrv "$1/share/"
	# /etc/dirsrv is closed to others; what an instance needs of it is this much.
	printf 'dn: cn=schema\nobjectclass: top\nobjectclass: ldapSubentry\nobjectclass: subschema\ncn: schema\n' \
		> "$1/etc/dirsrv/schema/99user.ldif"
	echo 'certmap default default' > "$1/etc/dirsrv/config/certmap.conf"
	: > "$1/etc/dirsrv/config/slapd-collations.conf"
	awk -v r="$1" -v u="$DS389_USER" -v g="$DS389_GROUP" '
	BEGIN {
		n = split("with_systemd=0 with_selinux=no prefix=@ user=" u " group=" g " tmp_dir=@/tmp sysconf_dir=@/etc" \
			" initconfig_dir=@/etc/default config_dir=@/etc/dirsrv/slapd-{instance_name}" \
			" schema_dir=@/etc/dirsrv/slapd-{instance_name}/schema cert_dir=@/etc/dirsrv/slapd-{instance_name}" \
			" local_state_dir=@/var run_dir=@/run ldapi=@/run/ldapi pid_file=@/run/slapd-{instance_name}.pid" \
			" inst_dir=@/lib/slapd-{instance_name} tmpfiles_d=@/etc/tmpfiles.d lock_dir=@/var/lock log_dir=@/var/log" \
			" access_log=@/var/log/access audit_log=@/var/log/audit error_log=@/var/log/errors" \
			" security_log=@/var/log/security db_dir=@/var/db db_home_dir=@/var/db backup_dir=@/var/bak" \
			" ldif_dir=@/var/ldif", words, " ")
		for (i = 1; i <= n; i++) { at = index(words[i], "="); w = substr(words[i], at + 1); sub(/@/, r, w)
			value[substr(words[i], 1, at - 1)] = w }
	}
	match($0, /^[a-z_]+ *=/) && $1 in value { print $1 " = " value[$1]; next }
	{ print }' /usr/share/dirsrv/inf/defaults.inf > "$1/share/dirsrv/inf/defaults.inf"
}

# ds389_dse FILE on|off: the settings that can only be made while it is down; without TLS in the template.
ds389_dse()
{
	/usr/bin/python3 - "$1" "$2" "$DS389_LISTEN" "$DS389_PORT" "$DS389_TLS_PORT" "$DS389_DURABLE" <<'END'
import re, sys
path, tls, listen, port, tls_port, durable = sys.argv[1:]
def put(entry, key, value):
    return re.sub(rf"(?im)^{key}:.*\n(?: .*\n)*", "", entry + "\n").rstrip("\n") + f"\n{key}: {value}"
settings = {
    "cn=config": {"nsslapd-listenhost": listen, "nsslapd-securelistenhost": listen, "nsslapd-security": tls,
        "nsslapd-port": port, "nsslapd-securePort": tls_port, "nsslapd-localhost": "localhost",
        "nsslapd-accesslog-logbuffering": "off"},
    "cn=config,cn=ldbm database,cn=plugins,cn=config": {"nsslapd-cache-autosize": "0"},
    "cn=bdb,cn=config,cn=ldbm database,cn=plugins,cn=config": {"nsslapd-cache-autosize": "0",
        "nsslapd-dbcachesize": "33554432", "nsslapd-db-durable-transaction": durable},
    "cn=userroot,cn=ldbm database,cn=plugins,cn=config": {"nsslapd-cachememsize": "33554432"},
    "cn=encryption,cn=config": {"nsSSLClientAuth": "allowed"},
}
out = []
for entry in re.split(r"\n\n+", open(path).read().strip()):
    dn = entry.split("\n", 1)[0][4:].lower()
    for key, value in settings.get(dn, {}).items():
        entry = put(entry, key, value)
    if dn != "cn=rsa,cn=encryption,cn=config":
        out.append(entry)
out.append("dn: cn=RSA,cn=encryption,cn=config\nobjectClass: top\nobjectClass: nsEncryptionModule\ncn: RSA\n"
           f"nsSSLPersonalitySSL: Server-Cert\nnsSSLToken: internal (software)\nnsSSLActivation: {tls}")
open(path, "w").write("\n\n".join(out) + "\n")
END
}

# Names of SASL: enrolld is the agent, people are the principals of their uid (as the server has it). The realm is not part
# of a name where it is the default of krb5.conf.
ds389_content()
{
	AGENT_PW_FILE=$1/agent.password slapd_data | sed "s|^userPassword: .*|userPassword: $(cat "$1/user.password")|" |
		awk -v agent="$(cat "$1/agent.password")" '/^dn: cn=enrolld/ { here = 1 }
			here && /^userPassword/ { $2 = agent } /^$/ { here = 0 } { print }' |
		awk 'BEGIN { RS = ""; ORS = "\n\n" } !/objectClass: dcObject/'
	cat <<-END
	dn: cn=enrolld,cn=mapping,cn=sasl,cn=config
	objectClass: nsSaslMapping
	cn: enrolld
	nsSaslMapRegexString: ^enrolld$
	nsSaslMapBaseDNTemplate: $DS389_AGENT_DN
	nsSaslMapFilterTemplate: (objectClass=*)
	nsSaslMapPriority: 1
	END
}

# Our own files, the way an admin loads them; schema and certificate mapping are there when it starts.
ds389_ours()
{
	local f config=$1/etc/dirsrv/slapd-$DS389_FIRST
	for f in schema/389ds/*; do
		case $2:$f in
		files:*/certmap.conf) install -m 644 "$f" "$config/certmap.conf" || return 1 ;;
		files:*.ldif) ! ds389_is_schema "$f" || cp "$f" "$config/schema/" || return 1 ;;
		entries:*.ldif) ds389_is_schema "$f" || ds389_admin ldapmodify -f "$f" || return 1 ;;
		esac
	done
}
ds389_is_schema() { grep -v '^#' "$1" | grep -m 1 . | grep -qi '^dn: *cn=schema *$' && ! grep -qi '^changetype' "$1"; }

# ds389_create DIR: an instance with an empty database, down.
ds389_create()
{
	local d=$1
	cat > "$d/instance.inf" <<-END
	[general]
	config_version = 2
	full_machine_name = localhost
	strict_host_checking = False
	selinux = False
	systemd = False
	start = False
	[slapd]
	instance_name = $DS389_NAME
	user = $DS389_USER
	group = $DS389_GROUP
	root_password = $(cat "$DS389_ADMIN_PW_FILE")
	port = $DS389_PORT
	secure_port = $DS389_TLS_PORT
	self_sign_cert = False
	[backend-userroot]
	suffix = $DS389_BASE
	create_suffix_entry = True
	sample_entries = no
	END
	chmod 600 "$d/instance.inf"
	PREFIX=$d USER=$DS389_USER LOGNAME=$DS389_USER LC_ALL=C.UTF-8 "${DS389_AS[@]}" dscreate -v from-file "$d/instance.inf" || return 1
	ds389_halt "$(cat "$d/run/slapd-$DS389_NAME.pid" 2> /dev/null)"
	rm -f "$d/instance.inf"
}

# ds389_template DIR: everything that can be copied later: the instance with its content and our rights, down.
ds389_template()
{
	local d=$1 f config=$1/etc/dirsrv/slapd-$DS389_FIRST rc
	rm -rf "$d"
	mkdir -p "$d"
	for f in admin agent user; do
		(umask 077; printf 'Pw-%s' "$(openssl rand -hex 12)" > "$d/$f.password")
	done
	DS389_HOST=localhost DS389_LISTEN=127.0.0.1 DS389_KEYTAB='' DS389_DURABLE=off DS389_NAME=$DS389_FIRST
	DS389_PORT=$(slapd_free_port) DS389_TLS_PORT=$(slapd_free_port)
	ds389_write_facts "$d"
	ds389_paths "$d"
	ds389_create "$d" || return 1
	ds389_dse "$config/dse.ldif" off
	(umask 077; sed 's/^[^:]*://' "$config/pin.txt" | tr -d '\n' > "$d/pin"; ds389_content "$d" > "$d/content.ldif")
	ds389_ours "$d" files && ds389_again "$d" || return 1
	ds389_admin ldapadd -f "$d/content.ldif" && ds389_ours "$d" entries
	rc=$?
	ds389_stop
	rm -rf "$d/content.ldif" "$d"/var/log/*
	return $rc
}

# ds389_place DIR WAS: what was copied from WAS gets a name, ports and certificates of its own.
ds389_place()
{
	local d=$1 config=$1/etc/dirsrv/slapd-$DS389_NAME
	mv "$d/etc/dirsrv/slapd-$DS389_FIRST" "$config"
	rm -f "$config"/dse.ldif.* "$config"/dse_original.ldif
	# A path may be broken into two lines.
	sed -i ':a; N; $!ba; s/\n //g' "$config/dse.ldif"
	sed -i "s|$2|$d|g; s|$DS389_FIRST|$DS389_NAME|g" "$config/dse.ldif" "$d/share/dirsrv/inf/defaults.inf"
	ds389_dse "$config/dse.ldif" on
	SLAPD_HOST=$DS389_HOST slapd_tls "$d/tls" || return 1
	openssl pkcs12 -export -name Server-Cert -inkey "$d/tls/server.key" -in "$d/tls/server.pem" -passout file:"$d/pin" \
		-out "$d/tls/server.p12" || return 1
	pk12util -i "$d/tls/server.p12" -d "sql:$config" -k "$d/pin" -w "$d/pin" > "$d/tls/pk12util.log" || return 1
}

# ds389_trust FILE…: CAs in its database of certificates; seen at the next start.
ds389_trust()
{
	local f n
	for f; do
		n=$(openssl x509 -in "$f" -noout -fingerprint | tr -dc '0-9A-F')
		certutil -A -d "sql:$DS389_DIR/etc/dirsrv/slapd-$DS389_NAME" -f "$DS389_DIR/pin" -n "ca$n" -t CT,, -a -i "$f" || return 1
	done
}

ds389_facts()
{
	DS389_DIR=$1
	# shellcheck disable=SC1091
	. "$1/facts"
	DS389_LDAP_URI=ldap://$DS389_HOST:$DS389_PORT
	DS389_LDAPS_URI=ldaps://$DS389_HOST:$DS389_TLS_PORT
	DS389_LDAPI_URI=ldapi://${1//\//%2F}%2Frun%2Fldapi
	DS389_CA=$1/tls/ca.pem
	DS389_CA_KEY=$1/tls/ca.key
	DS389_ADMIN_PW_FILE=$1/admin.password
	DS389_AGENT_PW_FILE=$1/agent.password
	DS389_AGENT_CERT_FILE=$1/tls/agent.pem
	DS389_AGENT_KEY_FILE=$1/tls/agent.key
	DS389_USER_PW_FILE=$1/user.password
	DS389_LOG=$1/var/log/errors
	export DS389_DIR DS389_PORT DS389_TLS_PORT DS389_LDAP_URI DS389_LDAPS_URI DS389_LDAPI_URI DS389_CA DS389_CA_KEY
	export DS389_ADMIN_PW_FILE DS389_AGENT_PW_FILE DS389_AGENT_CERT_FILE DS389_AGENT_KEY_FILE DS389_USER_PW_FILE DS389_LOG
}

ds389_again()
{
	local i d listeners=2
	ds389_facts "${1:-$DS389_DIR}"
	d=$DS389_DIR
	[ "$DS389_NAME" != $DS389_FIRST ] || listeners=1
	rm -f "$d/run/ldapi"
	# In the foreground; with level 0 it would lose its own errors.
	KRB5_KTNAME=${DS389_KEYTAB:-/nowhere} KRB5RCACHENAME=none: "${DS389_AS[@]}" \
		ns-slapd -D "$d/etc/dirsrv/slapd-$DS389_NAME" -i "$d/run/slapd-$DS389_NAME.pid" -d 266354688 >> "$d/out" 2>&1 < /dev/null 7>&- 8>&- 9>&- &
	DS389_PID=$!
	export DS389_PID
	for ((i = 0; i < 600; i++)); do
		! ldapsearch -x -LLL -H "$DS389_LDAPI_URI" -b '' -s base 1.1 > /dev/null 2>&1 ||
			[ "$(ss -Htln "sport = :$DS389_PORT or sport = :$DS389_TLS_PORT" | wc -l)" -lt $listeners ] || return 0
		kill -0 "$DS389_PID" 2> /dev/null || break
		sleep 0.05
	done
	ds389_say "does not start: $(tail -n 5 "$d/out")"
	return 1
}

ds389_write_facts()
{
	printf '%s=%q\n' DS389_HOST "$DS389_HOST" DS389_LISTEN "$DS389_LISTEN" DS389_PORT "$DS389_PORT" \
		DS389_TLS_PORT "$DS389_TLS_PORT" DS389_KEYTAB "$DS389_KEYTAB" DS389_NAME "$DS389_NAME" > "$1/facts"
	ds389_facts "$1"
}

# ds389_copy DIR: copy the template, make it first if something in it changed since.
ds389_copy()
{
	local kind name log
	# Who we are, here and outside of a user namespace.
	kind=$(id -un)-$(awk '{ print $2; exit }' /proc/self/uid_map)
	log=build/ds389-template-$kind.log
	name=$PWD/build/ds389-template-$kind-$({ cat tests/behave/{ds389,slapd}.sh schema/389ds/* 2> /dev/null
		ns-slapd -v; } | sha256sum | cut -c1-12)
	mkdir -p build
	(
		flock 9
		if [ ! -e "$name/whole" ]; then
			rm -rf "build/ds389-template-$kind"-*/
			ds389_template "$name" > "$log" 2>&1 || { tail -n 5 "$log" >&2; exit 1; }
			: > "$name/whole"
		fi
		cp -a "$name/." "$1" && echo "$name" > "$1/was"
	) 9> "build/ds389-template-$kind.lock"
}

ds389_start()
{
	local d o client_ca=
	mkdir -p "$1" && d=$(cd "$1" && pwd -P) || return 1
	[ ${#d} -le 90 ] || { ds389_say "$d is too long for a socket"; return 1; }
	shift
	DS389_HOST=localhost DS389_LISTEN=127.0.0.1 DS389_PORT='' DS389_TLS_PORT='' DS389_KEYTAB='' DS389_DURABLE=off
	for o; do
		case $o in
		host=*) DS389_HOST=${o#*=} ;;
		listen=*) DS389_LISTEN=${o#*=} ;;
		port=*) DS389_PORT=${o#*=} ;;
		tls_port=*) DS389_TLS_PORT=${o#*=} ;;
		client_ca=*) client_ca=$(readlink -f "${o#*=}") ;;
		keytab=*) DS389_KEYTAB=$(readlink -f "${o#*=}") ;;
		nosync=no) DS389_DURABLE=on ;;
		nosync=yes) ;;
		*) ds389_say "no option $o"; return 1 ;;
		esac
	done
	: "${DS389_PORT:=$(slapd_free_port)}" "${DS389_TLS_PORT:=$(slapd_free_port)}"
	DS389_NAME=e$RANDOM$RANDOM
	ds389_copy "$d" || { ds389_say "no template"; return 1; }
	ds389_write_facts "$d"
	ds389_place "$d" "$(cat "$d/was")" && ds389_trust "$DS389_CA" ${client_ca:+"$client_ca"} && ds389_again
}

# ds389_halt PID
ds389_halt()
{
	local i
	[ -n "$1" ] || return 0
	kill -CONT "$1" 2> /dev/null || :
	kill "$1" 2> /dev/null || return 0
	for ((i = 0; i < 200; i++)); do
		kill -0 "$1" 2> /dev/null || break
		sleep 0.05
	done
	kill -KILL "$1" 2> /dev/null || :
	wait "$1" 2> /dev/null || :
}

ds389_stop()
{
	ds389_halt "${DS389_PID:-}"
	DS389_PID=
	rm -f "/dev/shm/sem.slapd-$DS389_NAME.stats"
}

ds389_client_ca()
{
	ds389_stop
	ds389_trust "$@" && ds389_again
}

ds389_admin() { local c=$1; shift; "$c" -x -H "$DS389_LDAPI_URI" -D "$DS389_ADMIN" -y "$DS389_ADMIN_PW_FILE" "$@"; }
ds389_agent()
{
	local c=$1
	shift
	LDAPTLS_CACERT=$DS389_CA "$c" -x -H "$DS389_LDAPS_URI" -D "$DS389_AGENT_DN" -y "$DS389_AGENT_PW_FILE" "$@"
}

ds389_self_test()
{
	local t=$1
	set -e
	ds389_start "$t/a"
	ds389_agent ldapwhoami | grep -ix "dn: $DS389_AGENT_DN"
	LDAPTLS_CACERT=$DS389_CA ldapwhoami -x -ZZ -H "$DS389_LDAP_URI" -D "$DS389_AGENT_DN" -y "$DS389_AGENT_PW_FILE"
	LDAPTLS_CACERT=$DS389_CA ldapwhoami -x -H "$DS389_LDAPS_URI" -D "uid=andreas,$DS389_PEOPLE_DN" -y "$DS389_USER_PW_FILE"
	ds389_admin ldapsearch -LLL -b "$DS389_SALES_DN" -s base ou | grep -x 'ou: Sales'
	ds389_stop
	ds389_again
	ds389_agent ldapwhoami
	ds389_stop
	[ -z "$(find /dev/shm -name "sem.slapd-$DS389_NAME.stats")" ]
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	cd "$(dirname "$0")/../.." || exit 1
	ds389_t=$(mktemp -d /tmp/e.XXXXXX)
	trap 'ds389_stop; rm -rf "$ds389_t"' EXIT
	ds389_self_test "$ds389_t"
	echo "ok    a 389 Directory Server"
fi
