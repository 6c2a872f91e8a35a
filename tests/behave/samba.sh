# shellcheck shell=bash
# A private Active Directory domain controller (Samba) for tests and the demo: dc1.ad.contoso.test at 127.0.0.10, on
# the standard ports, domain CONTOSO. To be sourced from the root of the tree; a script begins with
#
#	. tests/behave/samba.sh
#	samba_world "$@"		a machine of its own (world.sh), with the domain's DNS
#	samba_start DIR [NAME=VALUE…]	make the domain in DIR (a short path), start it, wait until it answers
#	samba_stop			stop it; the data stays
#	samba_again			start what was stopped
#	samba_delegate			give svc-enrolld its rights on OU=Managed Devices and the groups
#	samba_pkinit FILE…		the KDC accepts client certificates of these CAs too (starts it again)
#	samba_conf LINE…		more lines for smb.conf (starts it again)
#	samba_tool WORDS…		samba-tool on its database
#	samba_search WORDS…		ldapsearch as the administrator
#	samba_modify LDIF-FILE|-	ldapmodify as the administrator
#
#	strong_auth=yes|allow_sasl_over_tls|no	ldap server require strong auth
#	nosync=no				fsync at commit (default: none)
#	model=prefork|single|standard		processes
#	conf=LINE				one more line for smb.conf; more than once if need be
#
# What takes seconds is done once, into build/samba-template-*, and copied. Sets SAMBA_DIR SAMBA_PID SAMBA_LOG
# SAMBA_REALM SAMBA_DOMAIN SAMBA_DNS SAMBA_HOST SAMBA_IP SAMBA_BASE SAMBA_LDAP_URI SAMBA_LDAPS_URI SAMBA_CA SAMBA_CA_KEY
# SAMBA_ADMIN SAMBA_ADMIN_PW_FILE SAMBA_DEVICES_DN SAMBA_SALES_DN SAMBA_SERVERS_DN SAMBA_PEOPLE_DN SAMBA_GROUPS_DN
# SAMBA_AGENT_DN SAMBA_AGENT_UPN SAMBA_AGENT_SID SAMBA_AGENT_KEYTAB SAMBA_AGENT_PW_FILE SAMBA_USER_PW_FILE and
# KRB5_CONFIG, for MIT programs.
# Password files end without a newline. People: andreas (mail andreas@contoso.test) and birgit, both with the password
# in SAMBA_USER_PW_FILE. Groups: wifi-devices, vpn-devices. The machine account quota is 0.
# As a user who only plays root there is no winbindd and no file server: LDAP, KDC and DNS are whole, what needs SMB
# (net ads join, group policy) is not there.
# Run as a script it checks itself.

# shellcheck source=tests/behave/world.sh
. tests/behave/world.sh
# shellcheck source=tests/behave/samba_make.sh
. tests/behave/samba_make.sh

SAMBA_DNS=ad.contoso.test
SAMBA_REALM=AD.CONTOSO.TEST
SAMBA_DOMAIN=CONTOSO
SAMBA_HOST=dc1.$SAMBA_DNS
SAMBA_IP=127.0.0.10
SAMBA_BASE=DC=ad,DC=contoso,DC=test
SAMBA_LDAP_URI=ldap://$SAMBA_HOST
SAMBA_LDAPS_URI=ldaps://$SAMBA_HOST
SAMBA_ADMIN=Administrator@$SAMBA_REALM
SAMBA_DEVICES_DN="OU=Managed Devices,$SAMBA_BASE"
SAMBA_SALES_DN="OU=Sales,$SAMBA_DEVICES_DN"
SAMBA_SERVERS_DN=OU=Servers,$SAMBA_BASE
SAMBA_PEOPLE_DN=OU=People,$SAMBA_BASE
SAMBA_GROUPS_DN=OU=Groups,$SAMBA_BASE
SAMBA_AGENT_DN=CN=svc-enrolld,OU=Services,$SAMBA_BASE
SAMBA_AGENT_UPN=svc-enrolld@$SAMBA_REALM
export SAMBA_DNS SAMBA_REALM SAMBA_DOMAIN SAMBA_HOST SAMBA_IP SAMBA_BASE SAMBA_LDAP_URI SAMBA_LDAPS_URI SAMBA_ADMIN
export SAMBA_DEVICES_DN SAMBA_SALES_DN SAMBA_SERVERS_DN SAMBA_PEOPLE_DN SAMBA_GROUPS_DN SAMBA_AGENT_DN SAMBA_AGENT_UPN

# What the agent writes on a computer of its OU, when it makes it and later. unicodePwd, dNSHostName and
# servicePrincipalName have rights of their own.
SAMBA_ATTRIBUTES="sAMAccountName userAccountControl description adminDescription managedBy userCertificate
	msDS-SupportedEncryptionTypes"

samba_say() { echo "samba: $*" >&2; }

samba_world()
{
	world_enter "$@"
	printf '%s %s dc1\n' "$SAMBA_IP" "$SAMBA_HOST" >> /etc/hosts
	printf 'search %s\nnameserver %s\n' "$SAMBA_DNS" "$SAMBA_IP" > /etc/resolv.conf
}

# samba_tool: where nobody but one account exists, the file server's rights on sysvol cannot be set; nothing reads them.
samba_tool()
{
	WORLD_ROOT=$WORLD_ROOT KRB5_CONFIG=${SAMBA_DIR}/krb5.conf /usr/bin/python3 -c '
import os, sys, samba.provision
if os.environ["WORLD_ROOT"] != "1": samba.provision.setsysvolacl = lambda *a, **k: None
from samba.netcmd.main import cmd_sambatool
sys.exit(cmd_sambatool()._run("samba-tool", *sys.argv[1:]))' "$@" --configfile="$SAMBA_DIR/smb.conf"
}

# samba_ldb SCRIPT ARG…: a Python script with the open database as `sam`, its arguments in sys.argv.
samba_ldb()
{
	local script=$1
	shift
	/usr/bin/python3 -c "
import sys, ldb
from samba.samdb import SamDB
from samba.param import LoadParm
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
lp = LoadParm(); lp.load('$SAMBA_DIR/smb.conf')
sam = SamDB(url='$SAMBA_DIR/private/sam.ldb', session_info=system_session(), lp=lp)
base = '$SAMBA_BASE'
$script" "$@"
}

# samba_from_template DIR: copy it; make it first if this script or the server changed since.
samba_from_template()
{
	local kind name
	[ "$WORLD_ROOT" = 1 ] && kind=root || kind=user
	name=$PWD/build/samba-template-$kind-$({ cat tests/behave/samba{,_make}.sh; samba --version; } | sha256sum | cut -c1-12)
	mkdir -p build
	(
		flock 9
		if [ ! -e "$name/whole" ]; then
			rm -rf build/samba-template-"$kind"-*
			if ! samba_template "$name"; then
				samba_say "no template; what was said last:"
				tail -n 5 "$name"/log/{tls,provision,content,keytab} >&2 2> /dev/null
				exit 1
			fi
			: > "$name/whole"
		fi
		cp -a "$name" "$1"
	) 9> "build/samba-template-$kind.lock"
}

samba_ready()
{
	# The ports of DNS and the global catalogue too: each part starts by itself.
	[ -n "$(ss -Hlun "src $SAMBA_IP and sport = :53")" ] && [ -n "$(ss -Hltn "src $SAMBA_IP and sport = :3268")" ] &&
		ldapsearch -x -LLL -H "ldap://$SAMBA_IP" -b '' -s base 1.1 > /dev/null 2>&1 &&
		KRB5CCNAME=MEMORY: kinit -k -t "$SAMBA_AGENT_KEYTAB" "$SAMBA_AGENT_UPN" > /dev/null 2>&1
}

samba_again()
{
	local i d=$SAMBA_DIR model
	model=$(sed -n 's/^# model = //p' "$d/smb.conf")
	mkdir -p /run/samba && chmod 755 /run/samba
	KRB5_CONFIG=$d/kdc.conf samba -F --no-process-group -M "$model" -s "$d/smb.conf" -l "$d/log" \
		>> "$d/log/out" 2>&1 < /dev/null 7>&- 8>&- 9>&- &
	SAMBA_PID=$!
	export SAMBA_PID
	for ((i = 0; i < 600; i++)); do
		! samba_ready || return 0
		kill -0 "$SAMBA_PID" 2> /dev/null || break
		sleep 0.05
	done
	samba_say "does not start: $(tail -n 5 "$d/log/out" "$d/log/log.samba")"
	return 1
}

samba_start()
{
	local d
	[ "${WORLD_ROOT:-}" ] || { samba_say "begin with samba_world"; return 1; }
	mkdir -p "$(dirname "$1")" && d=$(readlink -f "$1") || return 1
	[ ${#d} -le 70 ] || { samba_say "$d is too long for a socket"; return 1; }
	[ ! -e "$d" ] || rmdir "$d" || return 1
	shift
	samba_from_template "$d" || return 1
	SAMBA_DIR=$d
	SAMBA_LOG=$d/log
	SAMBA_CA=$d/tls/ca.pem
	SAMBA_CA_KEY=$d/tls/ca.key
	SAMBA_ADMIN_PW_FILE=$d/admin.password
	SAMBA_AGENT_PW_FILE=$d/agent.password
	SAMBA_AGENT_KEYTAB=$d/agent.keytab
	SAMBA_USER_PW_FILE=$d/user.password
	KRB5_CONFIG=$d/krb5.conf
	samba_smb_conf "$d" "$@" > "$d/smb.conf" || return 1
	samba_krb5_conf "$d" > "$d/krb5.conf"
	samba_kdc_conf "$d" > "$d/kdc.conf"
	SAMBA_AGENT_SID=$(samba_sid "$SAMBA_AGENT_DN") || return 1
	export SAMBA_DIR SAMBA_LOG SAMBA_CA SAMBA_CA_KEY SAMBA_ADMIN_PW_FILE SAMBA_AGENT_PW_FILE SAMBA_AGENT_KEYTAB
	export SAMBA_USER_PW_FILE SAMBA_AGENT_SID KRB5_CONFIG
	samba_again
}

# samba_sid DN: "S-1-5-21-…".
samba_sid()
{
	samba_ldb 'print(ndr_unpack(security.dom_sid, sam.search(sys.argv[1], scope=ldb.SCOPE_BASE, attrs=["objectSid"])[0]["objectSid"][0]))' "$1"
}

# Its children end when it does.
samba_stop()
{
	local i
	[ -n "${SAMBA_PID:-}" ] || return 0
	kill -CONT "$SAMBA_PID" 2> /dev/null || :
	kill "$SAMBA_PID" 2> /dev/null || :
	for ((i = 0; i < 200; i++)); do
		kill -0 "$SAMBA_PID" 2> /dev/null || break
		sleep 0.05
	done
	kill -KILL "$SAMBA_PID" 2> /dev/null || :
	wait "$SAMBA_PID" 2> /dev/null || :
	for ((i = 0; i < 200; i++)); do
		[ -n "$(ss -Hltn "src $SAMBA_IP and sport = :389")" ] || break
		sleep 0.05
	done
	SAMBA_PID=
}

samba_conf()
{
	local line
	samba_stop
	for line; do sed -i "/^\[sysvol\]/i\\	$line" "$SAMBA_DIR/smb.conf"; done
	samba_again
}

samba_pkinit()
{
	samba_stop
	cat "$SAMBA_CA" "$@" > "$SAMBA_DIR/tls/clients.pem"
	samba_again
}

samba_admin()
{
	local c=$1
	shift
	LDAPTLS_CACERT=$SAMBA_CA "$c" -x -H "$SAMBA_LDAPS_URI" -D "$SAMBA_ADMIN" -y "$SAMBA_ADMIN_PW_FILE" "$@"
}
samba_search() { samba_admin ldapsearch -LLL -o ldif-wrap=no -b "$SAMBA_BASE" "$@"; }
samba_modify() { if [ "$1" = - ]; then samba_admin ldapmodify; else samba_admin ldapmodify -f "$1"; fi; }

# samba_agent CMD…: an LDAP command as svc-enrolld.
samba_agent()
{
	local c=$1
	shift
	LDAPTLS_CACERT=$SAMBA_CA "$c" -x -H "$SAMBA_LDAPS_URI" -D "$SAMBA_AGENT_UPN" -y "$SAMBA_AGENT_PW_FILE" "$@"
}

# samba_guid NAME…: schemaIDGUID of each attribute or class, as SDDL wants it.
samba_guid()
{
	samba_ldb '
for name in sys.argv[1:]:
    r = sam.search(sam.get_schema_basedn(), expression=f"(lDAPDisplayName={name})", attrs=["schemaIDGUID"])
    print(sam.schema_format_value("schemaIDGUID", r[0]["schemaIDGUID"][0]).decode())' "$@"
}

# Rights as an admin would give them with dsacls: create and delete computers; on computers below: read, delete with
# children, reset the password, validated DNS name and service names, and the attributes above; on two groups: member.
samba_delegate()
{
	local computer=bf967a86-0de6-11d0-a285-00aa003049e2 to=$SAMBA_AGENT_SID sddl guid group
	sddl="(OA;CI;CCDC;$computer;;$to)(OA;CIIO;RPLCLORCSDDT;;$computer;$to)"
	sddl+="(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;$computer;$to)"
	for guid in 72e39547-7b18-11d1-adef-00c04fd8d5cd f3a64788-5306-11d1-a9c5-0000f80367c1; do
		sddl+="(OA;CIIO;SW;$guid;$computer;$to)"
	done
	# shellcheck disable=SC2086
	for guid in $(samba_guid $SAMBA_ATTRIBUTES); do sddl+="(OA;CIIO;WP;$guid;$computer;$to)"; done
	samba_tool dsacl set --objectdn="$SAMBA_DEVICES_DN" --sddl="$sddl" > "$SAMBA_LOG/delegate" || return 1
	for group in wifi-devices vpn-devices; do
		samba_tool dsacl set --objectdn="CN=$group,$SAMBA_GROUPS_DN" \
			--sddl="(OA;;WP;$(samba_guid member);;$to)" >> "$SAMBA_LOG/delegate" || return 1
	done
}

samba_self_computer()
{
	cat <<-END
	dn: CN=$1,$2
	objectClass: computer
	sAMAccountName: $1\$
	userAccountControl: 4096
	dNSHostName: ${1,,}.$SAMBA_DNS
	servicePrincipalName: HOST/$1
	servicePrincipalName: HOST/${1,,}.$SAMBA_DNS
	msDS-SupportedEncryptionTypes: 24
	description: a test
	adminDescription: mark
	unicodePwd:: $(printf '"Secret-1-of-%s"' "$1" | iconv -t UTF-16LE | base64 -w 0)
	END
}

# samba_self_certificate DIR NAME: an RSA CA and a certificate of it, for the account of that computer. Without the key
# usage the KDC does not find it.
samba_self_certificate()
{
	mkdir "$1"
	{
		openssl req -x509 -newkey rsa:2048 -nodes -days 3 -keyout "$1/ca.key" -out "$1/ca.pem" -subj "/CN=Devices"
		openssl req -newkey rsa:2048 -nodes -keyout "$1/device.key" -out "$1/device.csr" -subj "/CN=$2"
		printf 'keyUsage=digitalSignature\nextendedKeyUsage=clientAuth,1.3.6.1.5.2.3.4\nsubjectAltName=otherName:%s;UTF8:%s\\$@%s\n' \
			1.3.6.1.4.1.311.20.2.3 "$2" "$SAMBA_REALM" > "$1/ext"
		openssl x509 -req -in "$1/device.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -days 3 \
			-extfile "$1/ext" -out "$1/device.pem"
	} 2> "$1/log"
}

samba_self_test()
{
	set -e
	samba_start "$WORLD/ad"
	samba_search -s base '(objectClass=*)' ms-DS-MachineAccountQuota | grep -x 'ms-DS-MachineAccountQuota: 0'
	klist -ket "$SAMBA_AGENT_KEYTAB" | grep -c aes
	kinit -k -t "$SAMBA_AGENT_KEYTAB" "$SAMBA_AGENT_UPN"
	ldapsearch -Q -LLL -Y GSSAPI -H "$SAMBA_LDAP_URI" -b "$SAMBA_SALES_DN" -s base ou | grep -x 'ou: Sales'
	samba_self_computer LT-0 "$SAMBA_SALES_DN" | samba_agent ldapadd 2>&1 | grep 'Insufficient access'
	samba_delegate
	samba_self_computer LT-1 "$SAMBA_SALES_DN" | samba_agent ldapadd
	samba_self_computer LT-2 "$SAMBA_SERVERS_DN" | samba_agent ldapadd 2>&1 | grep 'Insufficient access'
	printf '%s' Secret-1-of-LT-1 | kinit 'LT-1$'
	printf 'dn: CN=vpn-devices,%s\nchangetype: modify\nadd: member\nmember: CN=LT-1,%s\n' \
		"$SAMBA_GROUPS_DN" "$SAMBA_SALES_DN" | samba_agent ldapmodify
	adcli info "$SAMBA_DNS" | grep "domain-controller = $SAMBA_HOST"
	[ "$WORLD_ROOT" = 0 ] || smbclient -k -c ls "//$SAMBA_HOST/sysvol" 2>&1 | grep "$SAMBA_DNS"
	samba_self_certificate "$WORLD/pki" LT-1
	samba_pkinit "$WORLD/pki/ca.pem"
	kinit -X X509_user_identity="FILE:$WORLD/pki/device.pem,$WORLD/pki/device.key" 'LT-1$'
	klist | grep 'Default principal: LT-1'
	samba_search '(cn=LT-1)' 1.1
	samba_agent ldapdelete "CN=LT-1,$SAMBA_SALES_DN"
	samba_stop
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	cd "$(dirname "$0")/../.." || exit 1
	samba_world "$@"
	samba_self_test
	echo "ok    a domain controller"
fi
