# shellcheck shell=bash
# Servers that are down, come back, hang: the next one is asked, and yes, no and could-not-find-out stay
# three answers.  A write that was sent and not answered is uncertain; nothing else is.
. tests/behave/slapd.sh
. tests/behave/agent.sh # freeze
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'exec 7>&- 8<&-; slapd_stop "$t/a"; slapd_stop "$t/b"; rm -rf "$t"' EXIT
slapd_start "$t/a" || exit 1
a=$LDAPS_URI a_pid=$SLAPD_PID
a_tls=$LDAP_URI
slapd_start "$t/b" tls="$t/a" || exit 1
b=$LDAPS_URI
# One password for both, so that one agent may use either.
cp "$t/a/agent.password" "$t/b/agent.password"
admin ldappasswd -T "$AGENT_PW_FILE" "$AGENT_DN" || exit 1
who=(ca="$CA_FILE" dn="$AGENT_DN" pw="$AGENT_PW_FILE" allow="$DEVICES_DN" timeout=1)

echo "== the first server is asked; if it is not there, the next"
TOOL=("${who[@]}" uri="$a" uri="$b")
want "ok server=$a *" tool health
TOOL=("${who[@]}" uri="ldaps://localhost:1" uri="$b")
want "ok server=$b *" tool health
want "ok dn=$SALES_DN *" tool ou text="$SALES_DN"
TOOL=("${who[@]}" uri="ldaps://localhost:1" uri="ldap://localhost:2" starttls=1)
want "ENR-601 directory-unreachable: *" tool health
TOOL=("${who[@]}" uri="ldaps://localhost:1" uri="$b" ca=wrong)
TOOL[0]=ca=$t/b/slapd.args
want "ENR-608 directory-tls: *" tool health

echo "== the check asks the server that the add will go to, another one if that does not answer"
printf 'dn: cn=WM-9,%s\nobjectClass: device\ncn: WM-9\n' "$SALES_DN" | admin ldapadd > "$t/added" || exit 1 # on b alone
TOOL=("${who[@]}" uri="$a" uri="$b")
want "ok" tool preflight name=WM-9 ou="$SALES_DN" mark=m enrollment=E
want "ENR-312 name-taken: *" tool preflight name=WM-9 ou="$SALES_DN" mark=m enrollment=E server="$b"
TOOL=("${who[@]}" uri="ldaps://localhost:1" uri="$b")
want "ENR-312 name-taken: *" tool preflight name=WM-9 ou="$SALES_DN" mark=m enrollment=E "server=ldaps://localhost:1"

# One dirtool that lives on: ask WORDS… puts a command in and prints its answer.
mkfifo "$t/in" "$t/out"
living()
{
	TOOL=("${who[@]}" "$@")
	tool - < "$t/in" > "$t/out" &
	lives=$!
	exec 7> "$t/in" 8< "$t/out"
}
ask()
{
	local line
	( IFS=$'\t'; echo "$*" >&7 )
	IFS= read -r -t 20 line <&8
	echo "$line"
}
# Until it has ended: two would share the pipes.
dead()
{
	exec 7>&- 8<&-
	wait "$lives"
}

echo "== a server that is restarted between two operations is simply asked again"
living uri="$a"
want "ok server=$a *" ask health
slapd_stop "$t/a"; slapd_again "$t/a"; a_pid=$SLAPD_PID
want "ok server=$a *" ask health
slapd_stop "$t/a"; slapd_again "$t/a"; a_pid=$SLAPD_PID
want "ok dn=cn=WM-1,$SALES_DN *" ask create name=WM-1 ou="$SALES_DN" mark=m1 enrollment=E-1
slapd_stop "$t/a"
want "ENR-601 directory-unreachable: *" ask ou text="$SALES_DN"
want "ENR-601 directory-unreachable: *" ask create name=WM-2 ou="$SALES_DN" mark=m2 enrollment=E-2
slapd_again "$t/a"; a_pid=$SLAPD_PID
want "ENR-311 ou-not-found: *" ask ou text="ou=No,$DEVICES_DN"
want "ENR-312 name-taken: *" ask create name=WM-1 ou="$SALES_DN" mark=m2 enrollment=E-2
dead

echo "== what it said of its domain holds until it is found failing"
living uri="$a"
want "ok dns=contoso.test *" ask domain server="$a"
slapd_stop "$t/a"
want "ok dns=contoso.test *" ask domain server="$a"
want "ENR-601 directory-unreachable: *" ask ou text="$SALES_DN"
want "ENR-601 directory-unreachable: *" ask domain server="$a"
slapd_again "$t/a"; a_pid=$SLAPD_PID
want "ok dns=contoso.test *" ask domain server="$a"
dead

echo "== a server that hangs: reads go elsewhere or are not known; a write that was sent is uncertain"
living uri="$a"
want "ok *" ask health
freeze "$a_pid"
# Whether an open connection is still there is the pool's luck; the answer tells which it was.
stands=()
for i in 3 4; do
	want "ENR-60[17] *" ask create "name=WM-$i" ou="$SALES_DN" "mark=m$i" "enrollment=E-$i"
	case $got in
	*uncertain*)	stands[i]="yes dn=cn=WM-$i,$SALES_DN *" ;;
	*)		stands[i]=no ;;
	esac
done
want "ENR-601 directory-unreachable: *" ask ou text="$SALES_DN"
want "ENR-601 directory-unreachable: *" ask preflight name=WM-5 ou="$SALES_DN" mark=m enrollment=E
want "unknown ENR-601 *" ask look name=WM-3 ou="$SALES_DN" mark=m3 server="$a"
kill -CONT "$a_pid"
sleep 0.3
for i in 3 4; do want "${stands[i]}" ask look "name=WM-$i" ou="$SALES_DN" "mark=m$i" server="$a"; done
dead

echo "== the same over StartTLS, from the first connection on"
TOOL=("${who[@]}" uri="$a_tls" starttls=1)
freeze "$a_pid"
want "ENR-601 directory-unreachable: *time limit*" tool health
TOOL=("${who[@]}" uri="$a")
want "ENR-601 directory-unreachable: *" tool health
echo "== and with a second server"
TOOL=("${who[@]}" uri="$a" uri="$b")
want "ok server=$b *" tool health
living uri="$a" uri="$b"
want "ok dn=$SALES_DN *" ask ou text="$SALES_DN"
start=$SECONDS
for i in {1..20}; do want "ok dn=$SALES_DN *" ask ou text="$SALES_DN"; done
want "0" echo $(((SECONDS - start) / 15)) # waiting for the first one each time would be 20 s
want "ok dn=cn=WM-6,$SALES_DN guid=* server=$b" ask create name=WM-6 ou="$SALES_DN" mark=m6 enrollment=E-6
want "ENR-601 *" ask create name=WM-7 ou="$SALES_DN" mark=m7 enrollment=E-7 server="$a"
echo "== and back, once it has rested and answers again"
for i in 1 2 3; do want "unknown ENR-601 *" ask look name=WM-6 ou="$SALES_DN" mark=m6 server="$a"; done
kill -CONT "$a_pid"
back()
{
	local i
	for ((i = 0; i < 60; i++)); do
		case $(ask health) in *"server=$a "*) echo back; return ;; esac
		sleep 0.25
	done
}
want back back
want "ok server=$a *" ask health
dead
verdict
