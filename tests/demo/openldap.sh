# shellcheck shell=bash
# OpenLDAP, for demo.sh.

# shellcheck source=tests/behave/slapd.sh
. tests/behave/slapd.sh

# shellcheck disable=SC2034
D_TITLE="OpenLDAP $(version slapd)" D_BASE=$BASE_DN D_DEVICES="OU=Managed Devices,$BASE_DN" D_SUFFIX=contoso.test \
	D_CA_OPTIONS='' D_PROFILE=''

search() { LDAPTLS_CACERT=$CA_FILE ldapsearch -LLL -x -H ldap://ldap.contoso.test -ZZ -D "$ADMIN_DN" -w "$ADMIN_PW" "$@"; }

company()
{
	slapd_start "$T/ldap" listen=127.0.0.3 port=389 tls_port=636 host=ldap.contoso.test client_ca="$T/ca/root.pem"
	# shellcheck disable=SC2034
	D_SECRET=$AGENT_PW_FILE D_TRUST=$CA_FILE
	echo "ldap.contoso.test answers; OU=Sales,$D_DEVICES is empty:"
	search -b "OU=Sales,$D_DEVICES" -s one dn
}

directory_section()
{
	cat <<-END
	flavour = openldap
	uri = ldap://ldap.contoso.test
	starttls = yes
	bind = simple
	bind-dn = $AGENT_DN
	bind-password-file = $T/secret
	END
}

computer() { search -o ldif-wrap=100 -b "$BASE_DN" '(cn=WM-ANDREAS-01)' '*' entryUUID; }

rights() { :; } # schema/openldap/acl.ldif, loaded with the rest
proof() { own_entry "$CA_FILE" ldaps://ldap.contoso.test; }
company_ends() { slapd_stop "$T/ldap"; }
