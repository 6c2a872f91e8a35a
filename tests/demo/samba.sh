# shellcheck shell=bash
# Active Directory (Samba), for demo.sh.

# shellcheck source=tests/behave/samba.sh
. tests/behave/samba.sh

# Where one account plays every part there is no other to become at a log-in.
# shellcheck disable=SC2034
D_TITLE="Samba AD $(version samba)" D_BASE=$SAMBA_BASE D_DEVICES=$SAMBA_DEVICES_DN D_SUFFIX=$SAMBA_DNS \
	D_CA_OPTIONS="--key-type rsa3072" D_PROFILE="groups = wifi-devices
login = $([ "$WORLD_ROOT" = 1 ] && echo sssd || echo none)"

company()
{
	printf '%s %s dc1\n' "$SAMBA_IP" "$SAMBA_HOST" >> /etc/hosts
	samba_start "$T/ad"
	# shellcheck disable=SC2034
	D_SECRET=$SAMBA_AGENT_KEYTAB D_TRUST=$SAMBA_CA
	echo "$SAMBA_HOST answers; $SAMBA_SALES_DN is empty, nobody may join by quota:"
	samba_search -b "$SAMBA_SALES_DN" -s one dn
	samba_search -s base ms-DS-MachineAccountQuota
}

directory_section()
{
	cat <<-END
	flavour = ad
	uri = $SAMBA_LDAP_URI
	bind = gssapi
	principal = $SAMBA_AGENT_UPN
	keytab = $T/secret
	END
}

rights()
{
	say "The rights of its account: exactly what it needs, set once with an admin's log-in, and checked"
	run enrollctl delegation apply --yes --admin "$SAMBA_ADMIN" --admin-password-file "$SAMBA_ADMIN_PW_FILE"
	run enrollctl delegation verify
}

computer() { samba_search -o ldif-wrap=100 '(cn=WM-ANDREAS-01)' | grep -v '^# ref'; }

# on_device CMD…: with the Kerberos settings that the device has, where `enroll` wrote them.
on_device()
{
	printf '$ %s\n' "$*"
	if [ -e /etc/krb5.conf ]; then env -u KRB5_CONFIG "$@"; else "$@"; fi
}

proof()
{
	say "The keytab, as the Kerberos tools see it"
	on_device klist -k -e /etc/krb5.keytab
	on_device kinit -k 'WM-ANDREAS-01$'
	on_device klist
	say "The domain membership, as adcli tests it"
	on_device adcli testjoin --domain="$SAMBA_DNS"
	[ "$WORLD_ROOT" = 1 ] || { echo "Not root: there is no other account to become, so nobody of the domain logs in."; return; }
	say "A person of the domain logs in (no systemd here: sssd is started by hand)"
	on_device sssd
	for _ in $(seq 600); do
		! getent passwd "birgit@$SAMBA_DNS" > /dev/null || break
		sleep 0.1
	done
	run getent passwd "birgit@$SAMBA_DNS"
	run pamtester login "birgit@$SAMBA_DNS" authenticate acct_mgmt open_session close_session < "$SAMBA_USER_PW_FILE"
	run ls -ld "/home/birgit@$SAMBA_DNS"
}

company_ends() { samba_stop; }
