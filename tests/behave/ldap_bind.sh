# shellcheck shell=bash
# Every way to reach and to enter the directory, and each way that must fail, with its code.
. tests/behave/slapd.sh
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'slapd_stop "$t/a"; slapd_stop "$t/b"; rm -rf "$t"' EXIT
slapd_start "$t/a" || exit 1
me=(dn="$AGENT_DN" pw="$AGENT_PW_FILE" allow="$DEVICES_DN")
port=$SLAPD_PORT tls_port=$SLAPD_TLS_PORT
as() { TOOL=("$@"); tool health; }

echo "== by LDAPS, StartTLS, ldapi"
want "ok server=ldaps://localhost:$tls_port identity=dn:$AGENT_DN *" as "${me[@]}" uri="$LDAPS_URI" ca="$CA_FILE"
want "ok server=ldaps://127.0.0.1:$tls_port *" as "${me[@]}" uri="ldaps://127.0.0.1:$tls_port" ca="$CA_FILE"
want "ok server=ldap://localhost:$port identity=dn:$AGENT_DN *" as "${me[@]}" uri="$LDAP_URI" starttls=1 ca="$CA_FILE"
want "ok server=ldapi:* identity=dn:$AGENT_DN *" as "${me[@]}" uri="$LDAPI_URI"
want "ok server=ldapi:* identity=dn:cn=enrolld,ou=services,$BASE_DN *" as bind=external uri="$LDAPI_URI" allow="$DEVICES_DN"

echo "== never a password in clear, never a mechanism where it means nothing"
want "ENR-802 config-invalid: *in clear*" as "${me[@]}" uri="$LDAP_URI" ca="$CA_FILE"
want "ENR-802 config-invalid: *in clear*" as "${me[@]}" uri="$LDAPS_URI" uri="$LDAP_URI" ca="$CA_FILE"
want "ENR-802 config-invalid: *certificate*" as bind=external uri="$LDAPS_URI" ca="$CA_FILE"
want "ENR-802 config-invalid: *in clear*" as bind=external uri="$LDAP_URI"
[ ! -e /etc/ssl/certs/ca-certificates.crt ] ||
	want "ENR-608 directory-tls: */etc/ssl/certs/ca-certificates.crt*" as "${me[@]}" uri="$LDAPS_URI"
want "ENR-802 config-invalid: *not a way*" as "${me[@]}" bind=digest-md5 uri="$LDAPS_URI" ca="$CA_FILE"
want "ENR-802 config-invalid: *" as "${me[@]}" uri="http://localhost/" ca="$CA_FILE"
want "ENR-802 config-invalid: *" as allow="$DEVICES_DN" uri="$LDAPS_URI" ca="$CA_FILE"

echo "== TLS is checked: the CA, the name, the dates; whatever the environment says"
slapd_tls "$t/other"
slapd_start "$t/b" tls="$t/a" listen=127.0.0.3 || exit 1
elsewhere=("uri=ldaps://127.0.0.3:$SLAPD_TLS_PORT" "uri=ldap://127.0.0.3:$SLAPD_PORT starttls=1")
slapd_facts "$t/a"
export LDAPTLS_REQCERT=never LDAPTLS_CACERT=$CA_FILE
for way in "uri=ldaps://localhost:$tls_port" "uri=ldap://localhost:$port starttls=1"; do
	# shellcheck disable=SC2086
	{
	want "ENR-608 directory-tls: *$t/other/ca.pem*" as "${me[@]}" $way ca="$t/other/ca.pem"
	want "ENR-608 directory-tls: *" as "${me[@]}" $way ca="$t/nothing.pem"
	}
done
for way in "${elsewhere[@]}"; do
	# shellcheck disable=SC2086
	want "ENR-608 directory-tls: *$CA_FILE*127.0.0.3*" as "${me[@]}" $way ca="$CA_FILE"
done
unset LDAPTLS_REQCERT LDAPTLS_CACERT
want "ENR-601 directory-unreachable: *terminated*" as "${me[@]}" uri="ldaps://localhost:$port" ca="$CA_FILE"

echo "== log-in refused"
( umask 077; printf 'wrong\n' > "$t/wrong"; : > "$t/empty"; (cat "$AGENT_PW_FILE"; echo) > "$t/newline"
  cp "$AGENT_PW_FILE" "$t/open"; chmod 644 "$t/open" )
want "ENR-604 directory-credentials: *Invalid credentials (49)*" as "${me[@]/pw=*/pw=$t/wrong}" uri="$LDAPS_URI" ca="$CA_FILE"
want "ENR-604 directory-credentials: *" as "${me[@]/dn=*/dn=cn=nobody,$BASE_DN}" uri="$LDAPS_URI" ca="$CA_FILE"
want "ENR-604 directory-credentials: *" as "${me[@]/dn=*/dn=what is this}" uri="$LDAPS_URI" ca="$CA_FILE"
want "ENR-604 directory-credentials: *no password*" as "${me[@]/pw=*/pw=$t/empty}" uri="$LDAPS_URI" ca="$CA_FILE"
want "ENR-604 directory-credentials: *$t/open*" as "${me[@]/pw=*/pw=$t/open}" uri="$LDAPS_URI" ca="$CA_FILE"
want "ENR-604 directory-credentials: *$t/absent*" as "${me[@]/pw=*/pw=$t/absent}" uri="$LDAPS_URI" ca="$CA_FILE"
want "ok *" as "${me[@]/pw=*/pw=$t/newline}" uri="$LDAPS_URI" ca="$CA_FILE"

echo "== a server that wants a safer channel than it was given"
ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > /dev/null <<< "dn: cn=config
changetype: modify
replace: olcSecurity
olcSecurity: simple_bind=256"
want "ENR-611 directory-policy: *" as "${me[@]}" uri="$LDAPI_URI"

echo "== nobody there"
want "ENR-601 directory-unreachable: *" as "${me[@]}" uri="ldaps://localhost:1" ca="$CA_FILE"
want "ENR-601 directory-unreachable: *" as "${me[@]}" uri="ldap://localhost:1" starttls=1 ca="$CA_FILE"
want "ENR-601 directory-unreachable: *" as "${me[@]}" uri="ldaps://no-such-host.contoso.test" ca="$CA_FILE"
want "ENR-601 directory-unreachable: *" as "${me[@]}" uri="ldapi://%2Fnowhere"
verdict
