# shellcheck shell=bash
# Every way to log in to Active Directory (Samba), with either of its policies for SASL, and its own words for what is
# wrong.
export LSAN_OPTIONS=suppressions=tests/behave/lsan.supp:print_suppressions=0
. tests/behave/slapd.sh
. tests/behave/samba.sh
samba_world "$@"
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'samba_stop; rm -rf "$t"' EXIT
samba_start "$t/ad" strong_auth=yes || exit 1
as() { TOOL=(flavour=ad ca="$SAMBA_CA" allow="$SAMBA_DEVICES_DN" base="$SAMBA_BASE" "$@"); tool ou text="$SAMBA_SALES_DN"; }
krb=(keytab="$SAMBA_AGENT_KEYTAB" principal="$SAMBA_AGENT_UPN")
pw=(dn="$SAMBA_AGENT_DN" pw="$SAMBA_AGENT_PW_FILE")
yes="ok dn=OU=Sales,*"

echo "== strong auth = yes: sealed on ldap://; inside TLS it is refused, and the policy is named"
for m in gssapi gss-spnego; do
	want "$yes" as bind=$m "${krb[@]}" uri="$SAMBA_LDAP_URI"
	want "ENR-611 directory-policy: *strong auth*ldap:// without starttls" as bind=$m "${krb[@]}" uri="$SAMBA_LDAPS_URI"
	want "ENR-611 directory-policy: *strong auth*" as bind=$m "${krb[@]}" uri="$SAMBA_LDAP_URI" starttls=1
done
want "$yes" as "${pw[@]}" uri="$SAMBA_LDAPS_URI"
want "$yes" as "${pw[@]}" uri="$SAMBA_LDAP_URI" starttls=1
want "ENR-802 config-invalid: *in clear*" as "${pw[@]}" uri="$SAMBA_LDAP_URI"
want "ENR-604 directory-credentials: *does not offer this way*" as bind=scram-sha-256 user=svc-enrolld pw="$SAMBA_AGENT_PW_FILE" uri="$SAMBA_LDAPS_URI"
want "ENR-604 directory-credentials: *" as "${pw[@]/pw=*/pw=$SAMBA_ADMIN_PW_FILE}" uri="$SAMBA_LDAPS_URI"
want "ENR-604 directory-credentials: *knows no such service*" as bind=gssapi "${krb[@]}" uri="ldap://127.0.0.10"

echo "== DNS of the domain names the server"
want "$yes" as bind=gssapi "${krb[@]}" domain="$SAMBA_DNS"
want "$yes" as bind=gssapi "${krb[@]}" domain="$SAMBA_DNS" site=Default-First-Site-Name
want "$yes" as "${pw[@]}" domain="$SAMBA_DNS" starttls=1
want "ENR-601 directory-unreachable: *no such SRV record*" as bind=gssapi "${krb[@]}" domain="nowhere.$SAMBA_DNS"

echo "== strong auth = allow_sasl_over_tls: inside TLS too, without a seal of its own"
samba_conf "ldap server require strong auth = allow_sasl_over_tls"
for m in gssapi gss-spnego; do
	for b in none tls-endpoint; do
		want "$yes" as bind=$m "${krb[@]}" uri="$SAMBA_LDAPS_URI" binding=$b
		want "$yes" as bind=$m "${krb[@]}" uri="$SAMBA_LDAP_URI" starttls=1 binding=$b
	done
	want "$yes" as bind=$m "${krb[@]}" uri="$SAMBA_LDAP_URI"
done

echo "== the account is disabled, then has a new password"
samba_tool user disable svc-enrolld > /dev/null
want "ENR-604 directory-credentials: *disabled or locked*" as bind=gssapi "${krb[@]}" uri="$SAMBA_LDAP_URI"
want "ENR-604 directory-credentials: *" as "${pw[@]}" uri="$SAMBA_LDAPS_URI"
samba_tool user enable svc-enrolld > /dev/null
want "$yes" as bind=gssapi "${krb[@]}" uri="$SAMBA_LDAP_URI"
samba_tool user setpassword svc-enrolld --newpassword="another-$RANDOM-Password" > /dev/null
want "ENR-604 directory-credentials: *make the keytab anew*" as bind=gssapi "${krb[@]}" uri="$SAMBA_LDAP_URI"
verdict
