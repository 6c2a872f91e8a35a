# shellcheck shell=bash
# Directory servers that are not what they should be: certificates and TLS that must not pass, and servers that accept and
# say nothing, the wrong thing, half of it, or too much. None is ever a yes or a no, none costs more than its time limit,
# and the next server of the list is asked.
. tests/behave/slapd.sh
export LSAN_OPTIONS=suppressions=tests/behave/lsan.supp:print_suppressions=0
t=$(mktemp -d /tmp/e.XXXXXX)
rogues=() asking=()
trap 'kill "${rogues[@]}" 2> /dev/null; slapd_stop "$t/a"; slapd_stop "$t/b"; rm -rf "$t"' EXIT
slapd_start "$t/a" || exit 1
good=$LDAPS_URI
slapd_start "$t/b" tls="$t/a" || exit 1
bad=$LDAPS_URI bad_tls=$LDAP_URI ca=$CA_FILE
cp "$t/a/agent.password" "$t/b/agent.password"
admin ldappasswd -T "$AGENT_PW_FILE" "$AGENT_DN" || exit 1
who=(ca="$ca" dn="$AGENT_DN" pw="$AGENT_PW_FILE" allow="$DEVICES_DN" timeout=1)
as() { TOOL=("${who[@]}" "$@"); tool ou text="$SALES_DN"; }

# leaf NAME SAN-OR-EMPTY [SHIFT]: a server certificate of the right CA, valid for 30 days from then.
leaf()
{
	{ [ -z "$2" ] || echo "subjectAltName=$2"; printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n'; } > "$t/ext"
	openssl req -new -key "$t/a/tls/server.key" -subj "/CN=localhost" -out "$t/csr" 2> /dev/null
	faketime -f "${3:-+0d}" openssl x509 -req -in "$t/csr" -CA "$ca" -CAkey "$CA_KEY" -days 30 -extfile "$t/ext" -out "$t/$1.pem" 2> /dev/null
}
# b_is LINE…: a change of the global configuration of the second server.
b_is()
{
	printf '%s\n' 'dn: cn=config' 'changetype: modify' "$@" |
		ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > "$t/log" 2>&1 || { cat "$t/log"; wrong=$((wrong + 1)); }
}
names="DNS:localhost,DNS:$(hostname)"

echo "== certificates that must not pass, by both ways to TLS; and the next server is asked"
leaf right "$names"
leaf ended "$names" -40d
leaf early "$names" +2d
leaf name "DNS:other.contoso.test,DNS:localhost.contoso.test"
leaf none ""
openssl req -x509 -key "$t/a/tls/server.key" -days 30 -subj "/O=Contoso Directory/CN=Directory CA" -addext "subjectAltName=$names" \
	-out "$t/self.pem" 2> /dev/null
for c in right ended early name none self; do
	b_is 'replace: olcTLSCertificateFile' "olcTLSCertificateFile: $t/$c.pem"
	echo "-- $c"
	want="ENR-608 directory-tls: *$ca*"
	[ $c != right ] || want="ok dn=$SALES_DN *"
	want "$want" as uri="$bad"
	want "$want" as uri="$bad_tls" starttls=1
	want "ok dn=$SALES_DN *" as uri="$bad" uri="$good"
done
b_is 'replace: olcTLSCertificateFile' "olcTLSCertificateFile: $t/right.pem"
want "ok dn=$SALES_DN *" as uri="$bad"
# An address in the URI is a name as any other: the certificate must carry it.
want "ENR-608 directory-tls: *" as uri="${bad/localhost/127.0.0.1}"
want "ENR-608 directory-tls: *" as uri="${bad_tls/localhost/127.0.0.1}" starttls=1

echo "== TLS of yesterday"
for v in 1.0 1.1; do
	b_is 'replace: olcTLSCipherSuite' "olcTLSCipherSuite: NORMAL:-VERS-ALL:+VERS-TLS$v"
	want "ENR-60[18] *" as uri="$bad"
	want "ENR-60[18] *" as uri="$bad_tls" starttls=1
done
b_is 'replace: olcTLSCipherSuite' "olcTLSCipherSuite: NORMAL:-VERS-ALL:+VERS-TLS1.2"
want "ok dn=$SALES_DN *" as uri="$bad"

echo "== servers that lost their mind: never yes or no, and no longer than it may take"
rogue()	# rogue MODE
{
	python3 tests/behave/rogue_ldap.py "$t/$1" "$1" & rogues+=($!)
}
# asked MODE: alone, then with a good one behind it.
asked()
{
	local uri=ldapi://${t//\//%2F}%2F$1 start
	for ((i = 0; i < 200; i++)); do [ ! -S "$t/$1" ] || break; sleep 0.05; done
	start=$(date +%s%N)
	want "ENR-60[13] *$1*" as uri="$uri"
	[ $((($(date +%s%N) - start) / 1000000)) -lt 20000 ] || echo "WRONG $1 takes too long"
	want "ok dn=$SALES_DN *" as uri="$uri" uri="$good"
}
for m in $(python3 tests/behave/rogue_ldap.py modes); do
	rogue "$m"
	rogue "log-in-$m"
	{ asked "$m"; asked "log-in-$m"; } > "$t/said.$m" 2>&1 & asking+=($!)
	[ ${#asking[@]} -lt 8 ] || { wait "${asking[@]}"; asking=(); }
done
wait "${asking[@]}"
cat "$t"/said.*
wrong=$((wrong + $(cat "$t"/said.* | grep -c '^WRONG')))
verdict
