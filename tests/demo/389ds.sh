# shellcheck shell=bash
# 389 Directory Server, for demo.sh.

# shellcheck source=tests/behave/ds389.sh
. tests/behave/ds389.sh

# shellcheck disable=SC2034
D_TITLE="389 Directory Server $(version 389-ds-base)" D_BASE=$DS389_BASE D_DEVICES="OU=Managed Devices,$DS389_BASE" \
	D_SUFFIX=contoso.test D_CA_OPTIONS='' D_PROFILE=''

search()
{
	LDAPTLS_CACERT=$DS389_CA ldapsearch -LLL -x -H ldap://ldap.contoso.test -ZZ -D "$DS389_ADMIN" -y "$DS389_ADMIN_PW_FILE" "$@"
}

company()
{
	ds389_start "$T/ldap" listen=127.0.0.3 port=389 tls_port=636 host=ldap.contoso.test client_ca="$T/ca/root.pem"
	# shellcheck disable=SC2034
	D_SECRET=$DS389_AGENT_PW_FILE D_TRUST=$DS389_CA
	echo "ldap.contoso.test answers; OU=Sales,$D_DEVICES is empty:"
	search -b "OU=Sales,$D_DEVICES" -s one dn
}

directory_section()
{
	cat <<-END
	flavour = 389ds
	uri = ldap://ldap.contoso.test
	starttls = yes
	bind = simple
	bind-dn = $DS389_AGENT_DN
	bind-password-file = $T/secret
	END
}

computer() { search -o ldif-wrap=100 -b "$DS389_BASE" '(cn=WM-ANDREAS-01)' '*' nsUniqueId; }

rights() { :; } # schema/389ds/aci.ldif, loaded with the rest
proof() { own_entry "$DS389_CA" ldaps://ldap.contoso.test; }
company_ends() { ds389_stop; }
