# shellcheck shell=bash
# Every way to log in to OpenLDAP by SASL, on every channel where it may stand, and what its policies refuse: Kerberos
# sealed on ldap:// and without a seal inside TLS, SCRAM, a certificate of the agent's own, channel binding.
export LSAN_OPTIONS=suppressions=tests/behave/lsan.supp:print_suppressions=0
. tests/behave/slapd.sh
. tests/behave/krb5.sh
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'slapd_stop "$t/a"; krb5_stop; rm -rf "$t"' EXIT
krb5_start "$t/k" && slapd_start "$t/a" sasl=yes cbinding=tls-endpoint keytab="$KRB5_LDAP_KEYTAB" || exit 1
port=$SLAPD_PORT
as() { TOOL=(allow="$DEVICES_DN" "$@"); tool health; }
krb=(keytab="$KRB5_AGENT_KEYTAB" principal="$KRB5_AGENT")
tls=(uri="$LDAPS_URI" ca="$CA_FILE")
starttls=(uri="$LDAP_URI" starttls=1 ca="$CA_FILE")
scram=(bind=scram-sha-256 user=enrolld pw="$AGENT_PW_FILE")
me="ok server=* identity=dn:${AGENT_DN,,} *"
shopt -s nocasematch

echo "== Kerberos: sealed on ldap://, inside ldaps:// and StartTLS, bound to TLS or not"
for m in gssapi gss-spnego; do
	want "$me" as bind=$m "${krb[@]}" uri="$LDAP_URI"
	want "$me" as bind=$m "${krb[@]}" uri="$LDAP_URI" ssf=256
	for b in none tls-endpoint; do
		want "$me" as bind=$m "${krb[@]}" "${tls[@]}" binding=$b
		want "$me" as bind=$m "${krb[@]}" "${starttls[@]}" binding=$b
	done
	want "ENR-604 directory-credentials: *(49)*" as bind=$m "${krb[@]}" "${tls[@]}" binding=tls-unique
	want "ENR-802 config-invalid: *channel binding needs TLS*" as bind=$m "${krb[@]}" uri="$LDAP_URI" binding=tls-endpoint
	want "ENR-802 config-invalid: *" as bind=$m "${krb[@]}" uri="$LDAPI_URI"
	want "ENR-802 config-invalid: *keytab*" as bind=$m principal=x uri="$LDAP_URI"
	want "ENR-802 config-invalid: *principal*" as bind=$m keytab=/x uri="$LDAP_URI"
done

echo "== what goes over ldap:// is sealed: neither name nor entry can be read"
python3 - "$port" "$t/wire" > "$t/relay" <<'END' &
import socket, sys, threading
lines = open(sys.argv[2], "wb", buffering=0)
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
def pump(a, b):
    while (data := a.recv(65536)):
        lines.write(data); b.sendall(data)
    b.shutdown(socket.SHUT_WR)
while True:
    one, two = server.accept()[0], socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    for pair in ((one, two), (two, one)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
END
relay=$!
trap 'kill "$relay"; slapd_stop "$t/a"; krb5_stop; rm -rf "$t"' EXIT
until [ -s "$t/relay" ]; do sleep 0.05; done
for m in gssapi gss-spnego; do
	TOOL=(allow="$DEVICES_DN" bind="$m" "${krb[@]}" uri="ldap://localhost:$(cat "$t/relay")")
	want "ok dn=$SALES_DN *" tool ou text="$SALES_DN"
done
want "[1-9]*" stat -c %s "$t/wire"
want "0" grep -acE "Sales|Managed|organizationalUnit|entryUUID" "$t/wire"

echo "== SCRAM"
want "$me" as "${scram[@]}" "${tls[@]}"
want "$me" as "${scram[@]}" "${tls[@]}" binding=tls-endpoint
want "$me" as "${scram[@]}" "${starttls[@]}" binding=tls-endpoint
want "$me" as "${scram[@]}" uri="$LDAPI_URI"
want "ENR-802 config-invalid: *in clear*" as "${scram[@]}" uri="$LDAP_URI"
( umask 077; echo wrong > "$t/wrong" )
want "ENR-604 directory-credentials: *(49)*" as "${scram[@]/pw=*/pw=$t/wrong}" "${tls[@]}"
want "ENR-604 directory-credentials: *" as "${scram[@]/user=*/user=nobody}" "${tls[@]}"
want "ENR-604 directory-credentials: *absent*" as "${scram[@]/pw=*/pw=$t/absent}" "${tls[@]}"

echo "== a certificate of the agent's own"
pair=(cert="$t/a/tls/agent.pem" key="$t/a/tls/agent.key")
want "$me" as bind=external "${pair[@]}" "${tls[@]}"
want "$me" as bind=external "${pair[@]}" "${starttls[@]}"
want "ENR-802 config-invalid: *certificate*" as bind=external "${tls[@]}"
want "ENR-604 directory-credentials: *absent*" as bind=external cert="$t/absent" key="$t/absent" "${tls[@]}"
slapd_tls "$t/other"
want "ENR-60[148] *" as bind=external cert="$t/other/agent.pem" key="$t/other/agent.key" "${tls[@]}"

echo "== policies of the server are named, and met by the right channel"
config()
{
	LDAPTLS_CACERT=$CA_FILE ldapmodify -x -H "$LDAPS_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > /dev/null <<< "dn: cn=config
changetype: modify
replace: ${1%%:*}
$1"
}
config "olcSaslSecProps: noanonymous,noplain,maxssf=0"
want "ENR-611 directory-policy: *sasl-min-ssf*" as bind=gssapi "${krb[@]}" uri="$LDAP_URI"
want "$me" as bind=gssapi "${krb[@]}" "${tls[@]}"
config "olcSaslSecProps: noanonymous,noplain,maxssf=2147483647"
config "olcSecurity: ssf=128"
want "$me" as bind=gssapi "${krb[@]}" uri="$LDAP_URI"
want "$me" as bind=gssapi "${krb[@]}" "${tls[@]}"
want "ENR-611 directory-policy: *(13)*stronger*" as dn="$AGENT_DN" pw="$AGENT_PW_FILE" uri="$LDAPI_URI"
config "olcSecurity: ssf=0 tls=128"
want "ENR-611 directory-policy: *(13)*stronger channel*" as bind=gssapi "${krb[@]}" uri="$LDAP_URI"
want "$me" as bind=gssapi "${krb[@]}" "${starttls[@]}"
config "olcSecurity: ssf=0 tls=0 sasl=56"
want "$me" as bind=gssapi "${krb[@]}" uri="$LDAP_URI"
want "ENR-611 directory-policy: *" as bind=gssapi "${krb[@]}" "${tls[@]}"
verdict
