# shellcheck shell=bash
# Servers that DNS names: priority, site, the next one when one is gone, a new answer when the old one ends; the TLS name
# is the SRV target; an enrollment stays with its server whatever DNS says. And the breaker: a server that fails again
# and again is left alone, and found again.
. tests/behave/slapd.sh
. tests/behave/agent.sh # freeze
. tests/behave/world.sh
world_enter "$@"
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'exec 7>&- 8<&-; slapd_stop "$t/a"; slapd_stop "$t/b"; dns_stop; rm -rf "$t"' EXIT
slapd_start "$t/b" host=ldap2.contoso.test listen=127.0.0.2 || exit 1
b=ldap://ldap2.contoso.test:$SLAPD_PORT b_port=$SLAPD_PORT
slapd_start "$t/a" host=ldap.contoso.test tls="$t/b" || exit 1
a=ldap://ldap.contoso.test:$SLAPD_PORT a_port=$SLAPD_PORT a_pid=$SLAPD_PID
# One password for both, so that one agent may use either.
cp "$t/b/agent.password" "$t/a/agent.password"
admin ldappasswd -T "$AGENT_PW_FILE" "$AGENT_DN" || exit 1
who=(ca="$CA_FILE" dn="$AGENT_DN" pw="$AGENT_PW_FILE" allow="$DEVICES_DN" starttls=1)

# dns RECORD…: answer with these, NAME,TARGET,PORT,PRIORITY,WEIGHT each.
dns_pid=
dns_stop()
{
	[ -z "$dns_pid" ] || { kill "$dns_pid"; wait "$dns_pid"; } 2> /dev/null
	dns_pid=
}
dns()
{
	local r i options=()
	for r; do options+=("--srv-host=$r"); done
	dns_stop
	dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --user= --pid-file= --listen-address=127.0.0.1 \
		--bind-interfaces --local=/contoso.test/ --local-ttl=5 --host-record=ldap.contoso.test,127.0.0.1 \
		--host-record=wrong.contoso.test,127.0.0.1 --host-record=ldap2.contoso.test,127.0.0.2 \
		"${options[@]}" > "$t/dns.log" 2>&1 &
	dns_pid=$!
	for ((i = 0; i < 600; i++)); do
		[ -z "$(ss -Hlun "sport = :53")" ] || return 0
		sleep 0.05
	done
}
echo "nameserver 127.0.0.1" > /etc/resolv.conf
srv=_ldap._tcp.contoso.test
west=_ldap._tcp.West._sites.contoso.test
in_a="ldap.contoso.test,$a_port" in_b="ldap2.contoso.test,$b_port"

echo "== priority, and the site first"
dns "$srv,$in_a,10,0" "$srv,$in_b,20,0" "$west,$in_b,0,100"
TOOL=("${who[@]}" domain=contoso.test)
want "ok server=$a *" tool health
TOOL=("${who[@]}" domain=contoso.test site=West)
want "ok server=$b *" tool health
TOOL=("${who[@]}" domain=contoso.test site=Nowhere)
want "ok server=$a *" tool health

echo "== the next one when one is gone, of the site or not"
slapd_stop "$t/a"
TOOL=("${who[@]}" domain=contoso.test)
want "ok server=$b *" tool health
slapd_again "$t/a"; a_pid=$SLAPD_PID
slapd_stop "$t/b"
TOOL=("${who[@]}" domain=contoso.test site=West)
want "ok server=$a *" tool health
slapd_again "$t/b"

echo "== weight: both get their share"
dns "$srv,$in_a,10,50" "$srv,$in_b,10,50"
TOOL=("${who[@]}" domain=contoso.test)
for ((i = 0; i < 40; i++)); do tool health; done | cut -d' ' -f2 | sort | uniq -c > "$t/share"
want 2 grep -c server= "$t/share"

echo "== TLS checks the name that DNS gave; no record and no answer are said"
dns "$srv,wrong.contoso.test,$a_port,0,0"
want "ENR-608 directory-tls: *wrong.contoso.test*" tool health
TOOL=("${who[@]}" domain=elsewhere.contoso.test)
want "ENR-601 directory-unreachable: *elsewhere.contoso.test: DNS has no such SRV record*" tool health
dns_stop
want "ENR-601 directory-unreachable: *elsewhere.contoso.test: DNS does not answer*" tool health
TOOL=("${who[@]}" domain=x.test uri=ldap://y)
want "ENR-802 config-invalid: *" tool health

mkfifo "$t/in" "$t/out"
living()
{
	TOOL=("${who[@]}" "$@")
	tool - < "$t/in" > "$t/out" &
	living=$!
	exec 7> "$t/in" 8< "$t/out"
}
ask()
{
	local line
	( IFS=$'\t'; echo "$*" >&7 )
	IFS= read -r -t 30 line <&8
	echo "$line"
}

echo "== DNS names another server: it is asked when the old answer ends; an enrollment stays with its server"
dns "$srv,$in_a,10,0"
living domain=contoso.test connections=1
want "ok server=$a *" ask health
dns "$srv,$in_b,10,0"
want "ok server=$a *" ask health
sleep 7
want "ok server=$b *" ask health
want "ok dn=cn=WM-1,$SALES_DN *server=$a" ask create name=WM-1 ou="$SALES_DN" mark=m1 enrollment=E-1 server="$a"
want "yes dn=cn=WM-1,$SALES_DN *server=$a" ask look name=WM-1 ou="$SALES_DN" mark=m1 server="$a"
want "no" ask look name=WM-1 ou="$SALES_DN" mark=m1 server="$b"
want "unknown ENR-601 *not a server of the list*" ask look name=WM-1 ou="$SALES_DN" mark=m1 server=ldap://no.contoso.test:389
dns # no record any more: what was known goes on
sleep 7
want "ok server=$b *" ask health
exec 7>&- 8<&-
wait "$living"

echo "== an object that one server does not have: a no takes all that DNS names, a change goes to the one that has it"
dns "$srv,$in_b,10,0" "$srv,$in_a,20,0"
TOOL=("${who[@]}" domain=contoso.test)
guid=$(tool look name=WM-1 ou="$SALES_DN" mark=m1 server="$a" | grep -o 'guid=[^ ]*')
want "ok dn=cn=WM-1,$SALES_DN * children=0" tool read "$guid"
want "ok" tool state "$guid" state=disabled
want "ok dn=cn=WM-1,$SALES_DN * state=disabled *" tool read "$guid"
slapd_stop "$t/a"
want "ENR-601 directory-unreachable: *" tool read "$guid"
want "ENR-601 directory-unreachable: *" tool remove "$guid" mark=m1
slapd_again "$t/a"; a_pid=$SLAPD_PID
want "ok" tool remove "$guid" mark=m1
want "no" tool look name=WM-1 ou="$SALES_DN" mark=m1 server="$a"
want "ENR-613 directory-gone: *" tool read "$guid"

echo "== a server that hangs is left alone after some failures, and found again"
living uri="$a" timeout=1
want "ok server=$a *" ask health
freeze "$a_pid"
for i in {1..8}; do # the third failure is enough; what follows is said without asking, for half a second or longer
	got=$(ask health)
	[[ $got != *"is not asked for"* ]] || break
done
want "ENR-601 directory-unreachable: *is not asked for*failures in a row*" echo "$got"
kill -CONT "$a_pid"
for ((i = 0; i < 600; i++)); do
	got=$(ask health)
	[[ $got != ok* ]] || break
	sleep 0.1
done
want "ok server=$a *" echo "$got"
verdict
