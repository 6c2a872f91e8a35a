# shellcheck shell=bash
# fixture
# How the domain of samba.sh is made: its configuration, its certificates, what stands in it. To be sourced by that; run
# as a script it does nothing.

# samba_smb_conf DIR OPTIONS…: its configuration, for whoever runs it.
samba_smb_conf()
{
	local d=$1 services="rpc, ldap, cldap, kdc, drepl, dns, winbindd, s3fs" strong=yes nosync=yes model=prefork o more=
	shift
	for o; do
		case $o in
		strong_auth=*) strong=${o#*=} ;;
		nosync=*) nosync=${o#*=} ;;
		conf=*) more+="	${o#*=}"$'\n' ;;
		model=*) model=${o#*=} ;;
		*) samba_say "no option $o"; return 1 ;;
		esac
	done
	[ "$WORLD_ROOT" = 1 ] || services=${services%, winbindd*}
	cat <<-END
	# model = $model
	[global]
		netbios name = DC1
		realm = $SAMBA_REALM
		workgroup = $SAMBA_DOMAIN
		server role = active directory domain controller
		server services = $services
		interfaces = $SAMBA_IP/8
		bind interfaces only = yes
		disable netbios = yes
		smb ports = 445
		dns forwarder =
		allow dns updates = nonsecure and secure
		private dir = $d/private
		lock directory = $d/lock
		state directory = $d/state
		cache directory = $d/cache
		ncalrpc dir = $d/run/ncalrpc
		ntp signd socket directory = $d/run/ntp_signd
		binddns dir = $d/bind-dns
		usershare path =
		log file = $d/log/log.%m
		logging = file
		log level = 1
		max log size = 0
		panic action =
		load printers = no
		printcap name = /dev/null
		tls enabled = yes
		tls keyfile = $d/tls/dc.key
		tls certfile = $d/tls/dc.pem
		tls cafile = $d/tls/ca.pem
		ldap server require strong auth = $strong
		idmap_ldb:use rfc2307 = yes
		prefork children = 1
		prefork children:ldap = 3
	END
	[ "$nosync" != yes ] || printf '\tldb:nosync = yes\n\ttdb:nosync = yes\n'
	[ "$WORLD_ROOT" = 1 ] || printf '\t%s\n' "vfs objects = dfs_samba4 acl_xattr xattr_tdb" \
		"xattr_tdb:file = $d/state/xattr.tdb" "posix:eadb = $d/private/eadb.tdb"
	printf '%s[sysvol]\n\tpath = %s/state/sysvol\n\tread only = no\n' "$more" "$d"
	printf '[netlogon]\n\tpath = %s/state/sysvol/%s/scripts\n\tread only = no\n' "$d" "$SAMBA_DNS"
}

# samba_krb5_conf DIR: for MIT programs. A client wants to verify its own certificate too, so it trusts what the KDC does.
samba_krb5_conf()
{
	cat <<-END
	[libdefaults]
		default_realm = $SAMBA_REALM
		dns_lookup_realm = false
		dns_lookup_kdc = false
		dns_canonicalize_hostname = false
		qualify_shortname = ""
		rdns = false
		pkinit_anchors = FILE:$1/tls/clients.pem
	[realms]
		$SAMBA_REALM = {
			kdc = $SAMBA_IP
			admin_server = $SAMBA_IP
			kpasswd_server = $SAMBA_IP:464
			pkinit_anchors = FILE:$1/tls/clients.pem
			pkinit_eku_checking = kpServerAuth
			pkinit_kdc_hostname = $SAMBA_HOST
		}
	[domain_realm]
		.$SAMBA_DNS = $SAMBA_REALM
		$SAMBA_DNS = $SAMBA_REALM
		$SAMBA_IP = $SAMBA_REALM
	END
}

# samba_kdc_conf DIR: for the DC's own KDC (Heimdal).
samba_kdc_conf()
{
	cat <<-END
	[libdefaults]
		default_realm = $SAMBA_REALM
		dns_lookup_realm = false
		dns_lookup_kdc = false
	[realms]
		$SAMBA_REALM = {
			kdc = $SAMBA_IP
		}
	[domain_realm]
		.$SAMBA_DNS = $SAMBA_REALM
	[appdefaults]
		pkinit_anchors = FILE:$1/tls/clients.pem
	[kdc]
		enable-pkinit = yes
		pkinit_identity = FILE:$1/tls/dc.pem,$1/tls/dc.key
		pkinit_anchors = FILE:$1/tls/clients.pem
		pkinit_principal_in_certificate = yes
		pkinit_win2k = no
		pkinit_win2k_require_binding = yes
	END
}

# samba_tls DIR: a CA, and one certificate for LDAP and the KDC. All RSA: this KDC verifies nothing else.
samba_tls()
{
	mkdir -p "$1"
	openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout "$1/ca.key" -out "$1/ca.pem" \
		-subj "/O=Contoso/CN=Contoso Domain CA" -addext "keyUsage=critical,keyCertSign,cRLSign" || return 1
	openssl req -newkey rsa:2048 -nodes -keyout "$1/dc.key" -out "$1/dc.csr" -subj "/CN=$SAMBA_HOST" || return 1
	cat > "$1/dc.ext" <<-END
	basicConstraints=CA:FALSE
	keyUsage=digitalSignature,keyEncipherment,keyAgreement
	extendedKeyUsage=serverAuth,clientAuth,1.3.6.1.5.2.3.5,1.3.6.1.4.1.311.20.2.2
	subjectAltName=DNS:$SAMBA_HOST,DNS:$SAMBA_DNS,IP:$SAMBA_IP,otherName:1.3.6.1.5.2.2;SEQUENCE:krb
	[krb]
	realm=EXP:0,GeneralString:$SAMBA_REALM
	principal_name=EXP:1,SEQUENCE:name
	[name]
	name_type=EXP:0,INTEGER:2
	name_string=EXP:1,SEQUENCE:parts
	[parts]
	one=GeneralString:krbtgt
	two=GeneralString:$SAMBA_REALM
	END
	openssl x509 -req -sha256 -in "$1/dc.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -days 3650 \
		-extfile "$1/dc.ext" -out "$1/dc.pem" || return 1
	cp "$1/ca.pem" "$1/clients.pem"
	chmod 600 "$1"/*.key
}

# What stands in the domain besides what every domain has; the DC's service names, which a part of it that does not
# run here would add; a policy that does not get into the way.
samba_content()
{
	samba_ldb '
fqdn, agent_pw, user_pw = sys.argv[1:]
sam.modify_ldif(f"""dn: {base}
changetype: modify
replace: pwdProperties
pwdProperties: 0
-
replace: minPwdAge
minPwdAge: 0
-
replace: maxPwdAge
maxPwdAge: -9223372036854775808
-
replace: pwdHistoryLength
pwdHistoryLength: 0
-
replace: minPwdLength
minPwdLength: 0
-
replace: ms-DS-MachineAccountQuota
ms-DS-MachineAccountQuota: 0
""")
for ou in ("Managed Devices", "Sales,OU=Managed Devices", "Servers", "People", "Groups", "Services"):
    sam.add({"dn": f"OU={ou},{base}", "objectClass": "organizationalUnit"})
for uid, given, sn, number in (("andreas", "Andreas", "Holm", 10001), ("birgit", "Birgit", "Krarup", 10002)):
    sam.newuser(uid, user_pw, userou="OU=People", surname=sn, givenname=given, mailaddress=f"{uid}@contoso.test",
        useusernameascn=True)
sam.newuser("svc-enrolld", agent_pw, userou="OU=Services", useusernameascn=True)
for group in ("wifi-devices", "vpn-devices"):
    sam.newgroup(group, groupou="OU=Groups")
def modify(dn, name, values, how=ldb.FLAG_MOD_REPLACE):
    m = ldb.Message(ldb.Dn(sam, dn))
    m[name] = ldb.MessageElement(values, how, name)
    sam.modify(m)
modify(f"CN=svc-enrolld,OU=Services,{base}", "msDS-SupportedEncryptionTypes", "24")
host, dns = fqdn.split(".", 1)
r = sam.search(base, expression=f"(sAMAccountName={host}$)", attrs=["servicePrincipalName"])[0]
have = {str(v).lower() for v in r.get("servicePrincipalName", [])}
want = [f"{service}/{n}" for service in ("ldap", "HOST") for n in (fqdn, host, f"{fqdn}/{dns}", f"{fqdn}/CONTOSO")]
want += [f"GC/{fqdn}/{dns}", f"cifs/{fqdn}"]
modify(str(r.dn), "servicePrincipalName", [w for w in want if w.lower() not in have], ldb.FLAG_MOD_ADD)
' "$SAMBA_HOST" "$(cat "$SAMBA_DIR/agent.password")" "$(cat "$SAMBA_DIR/user.password")"
}

# samba_keytab DIR: the keys of svc-enrolld as a keytab, AES only.
samba_keytab()
{
	local password version e
	password=$(cat "$1/agent.password")
	version=$(samba_ldb 'print(sam.search(sys.argv[1], attrs=["msDS-KeyVersionNumber"])[0]["msDS-KeyVersionNumber"])' \
		"$SAMBA_AGENT_DN")
	for e in aes256 aes128; do
		printf 'addent -password -p %s -k %s -e %s-cts-hmac-sha1-96 -s %s\n%s\n' "$SAMBA_AGENT_UPN" "$version" "$e" \
			"${SAMBA_REALM}svc-enrolld" "$password"
	done > "$1/ktutil"
	echo "wkt $1/agent.keytab" >> "$1/ktutil"
	ktutil < "$1/ktutil"
	rm -f "$1/ktutil"
	[ -s "$1/agent.keytab" ]
}

# samba_template DIR: everything that can be copied later.
samba_template()
{
	local d=$1 f
	SAMBA_DIR=$d
	rm -rf "$d"
	mkdir -p "$d"/{lock,state,cache,run/ncalrpc,log,bind-dns}
	mkdir -m 700 "$d/private"
	for f in admin agent user; do
		(umask 077; printf 'Pw-%s' "$(openssl rand -hex 12)" > "$d/$f.password")
	done
	samba_tls "$d/tls" > "$d/log/tls" 2>&1 || return 1
	samba_smb_conf "$d" > "$d/smb.conf"
	samba_krb5_conf "$d" > "$d/krb5.conf"
	# It writes a smb.conf of its own to etc/, which nothing reads.
	samba_tool domain provision --targetdir="$d" --realm="$SAMBA_REALM" --domain="$SAMBA_DOMAIN" \
		--adminpass="$(cat "$d/admin.password")" --server-role=dc --use-rfc2307 --backend-store=tdb \
		--dns-backend=SAMBA_INTERNAL --host-name=dc1 --host-ip="$SAMBA_IP" > "$d/log/provision" 2>&1 || return 1
	samba_smb_conf "$d" > "$d/smb.conf"
	samba_content > "$d/log/content" 2>&1 || return 1
	(umask 077; KRB5_CONFIG=$d/krb5.conf samba_keytab "$d" > "$d/log/keytab" 2>&1)
}
