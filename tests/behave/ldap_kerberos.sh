# shellcheck shell=bash
# Tickets made from a keytab by the agent itself: renewed before they end, used while no KDC answers, made anew by many
# threads at once; and each way in which they cannot be had, with its own words. No kinit, no ccache of anybody's.
export LSAN_OPTIONS=suppressions=tests/behave/lsan.supp:print_suppressions=0
. tests/behave/slapd.sh
. tests/behave/krb5.sh
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'exec 7>&- 8<&-; slapd_stop "$t/a"; krb5_stop; rm -rf "$t"' EXIT
krb5_start "$t/k" max_life=20s && slapd_start "$t/a" sasl=yes keytab="$KRB5_LDAP_KEYTAB" nosync=yes || exit 1
export KRB5CCNAME=FILE:$t/nobody.ccache
as() { TOOL=(allow="$DEVICES_DN" uri="$LDAP_URI" bind=gssapi "$@"); tool health; }
krb=(keytab="$KRB5_AGENT_KEYTAB" principal="$KRB5_AGENT")
faketime=$(ls /usr/lib/*/faketime/libfaketime.so.1)
tickets() { grep -c "TGS_REQ.*ISSUE.*$KRB5_AGENT" "$t/k/kdc.log"; }

echo "== what is wrong is said"
want "ok *" as "${krb[@]}"
krb5_principal "gone@$KRB5_REALM" "$t/gone"
chmod 600 "$t/gone"
krb5_admin delprinc -force "gone@$KRB5_REALM" > /dev/null
want "ENR-604 directory-credentials: *gone@*knows no such principal*" as keytab="$t/gone" principal="gone@$KRB5_REALM"
want "ENR-604 directory-credentials: *$KRB5_LDAP_KEYTAB*no key of this principal*" as keytab="$KRB5_LDAP_KEYTAB" principal="$KRB5_AGENT"
want "ENR-604 directory-credentials: *absent*No such file*" as keytab="$t/absent" principal="$KRB5_AGENT"
cp "$KRB5_AGENT_KEYTAB" "$t/open" && chmod 644 "$t/open"
want "ENR-604 directory-credentials: *$t/open may be used by others*" as keytab="$t/open" principal="$KRB5_AGENT"
( umask 077; echo nonsense > "$t/nonsense" )
want "ENR-604 directory-credentials: *$t/nonsense*" as keytab="$t/nonsense" principal="$KRB5_AGENT"
want "ENR-604 directory-credentials: *" as keytab="$KRB5_AGENT_KEYTAB" principal="not@a@principal"
want "ENR-60[14] *ELSEWHERE.TEST*" as keytab="$KRB5_AGENT_KEYTAB" principal=enrolld@ELSEWHERE.TEST
TOOL=(allow="$DEVICES_DN" bind=gssapi "${krb[@]}" uri="ldap://127.0.0.1:$SLAPD_PORT")
want "ENR-604 directory-credentials: *ldap: 127.0.0.1*knows no such service*" tool health
krb5_principal "second@$KRB5_REALM" "$t/second"
chmod 600 "$t/second"
krb5_admin ktadd -k "$t/newer" "second@$KRB5_REALM" > /dev/null
want "ENR-604 directory-credentials: *key in the keytab is not the account's any more*" as keytab="$t/second" principal="second@$KRB5_REALM"
krb5_principal "late@$KRB5_REALM" "$t/late"
chmod 600 "$t/late"
krb5_admin modprinc -pwexpire 2020-01-01 "late@$KRB5_REALM" > /dev/null
want "ENR-604 directory-credentials: *has run out; set a new one*" as keytab="$t/late" principal="late@$KRB5_REALM"
krb5_admin modprinc -pwexpire never -allow_tix "late@$KRB5_REALM" > /dev/null
want "ENR-604 directory-credentials: *disabled or locked*" as keytab="$t/late" principal="late@$KRB5_REALM"
krb5_admin modprinc +allow_tix -expire 2020-01-01 "late@$KRB5_REALM" > /dev/null
want "ENR-604 directory-credentials: *the account has run out*" as keytab="$t/late" principal="late@$KRB5_REALM"
for off in -2h +2h; do
	krb5_stop
	LD_PRELOAD=$faketime FAKETIME=$off krb5_again
	want "ENR-604 directory-credentials: *[Cc]lock*" as "${krb[@]}"
done
krb5_stop
krb5_again

mkfifo "$t/in" "$t/out"
living()
{
	TOOL=(allow="$DEVICES_DN" uri="$LDAP_URI" bind=gssapi "${krb[@]}" "$@")
	tool - < "$t/in" > "$t/out" &
	exec 7> "$t/in" 8< "$t/out"
}
ask()
{
	local line
	( IFS=$'\t'; echo "$*" >&7 )
	IFS= read -r -t 30 line <&8
	echo "$line"
}

echo "== a ticket of twenty seconds: connections go on for as long as they are wanted"
living timeout=5
before=$(tickets)
end=$((SECONDS + 30)) n=0 bad=0
while [ $SECONDS -lt $end ]; do
	case $(ask health) in ok*) n=$((n + 1)) ;; *) bad=$((bad + 1)) ;; esac
	sleep 0.5
done
want "0" echo $bad
made=$(($(tickets) - before))
echo "      $n answers, $made tickets"
want "[2-7]" echo $made

echo "== no KDC: what is there is used until it ends; then it is said, in time"
slapd_stop "$t/a"
want "ENR-601 *" ask health
slapd_again "$t/a"
want "ok *" ask health
krb5_stop
slapd_stop "$t/a"; slapd_again "$t/a"
want "ok *" ask health
sleep 21
began=$SECONDS
want "ENR-60[14] *" ask health
want "in time" echo "$([ $((SECONDS - began)) -le 30 ] && echo in time)"
krb5_again
sleep 11
want "ok *" ask health
exec 7>&- 8<&-

echo "== sixteen threads begin at once: one ticket"
krb5_admin modprinc -maxlife 1h "$KRB5_AGENT" > /dev/null
before=$(tickets)
TOOL=(allow="$DEVICES_DN" uri="$LDAP_URI" bind=gssapi connections=16 "${krb[@]}")
tool storm ou="$SALES_DN" count=4 > "$t/storm"
want 64 grep -c ' ok$' "$t/storm"
want 1 echo $(($(tickets) - before))
want "no cache in the file system" echo "$([ ! -e "$t/nobody.ccache" ] && echo no cache in the file system)"
verdict
