# shellcheck shell=bash
# fixture
# Certificates of a CA like ours, made by openssl alone, and a directory asked with them: for the scripts *_mapping.sh. To be
# sourced from the root of the tree; run as a script it does nothing. All of it is in $t.
#
#	make_ca NAME SUBJECT [SIGNER]		self-signed, or issued by another
#	leaf NAME SUBJECT [CA [OPTION]]		a device certificate of CA (devices), which stands behind it in NAME.pem; OPTION of
#						openssl req
#	with NAME COMMAND…			LDAP with that certificate; servers are held to the CA in $LEAF_TRUST
#	who NAME [URI [OPTION]]			what the directory ($LEAF_URI) says to it

# shellcheck disable=SC2154 # t is theirs
make_ca()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$t/$1.key" -out "$t/$1.csr" -subj "$2" 2> /dev/null
	printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n' > "$t/ext"
	if [ $# = 3 ]; then
		openssl x509 -req -in "$t/$1.csr" -CA "$t/$3.pem" -CAkey "$t/$3.key" -days 5 -extfile "$t/ext" -out "$t/$1.pem" 2> /dev/null
	else
		openssl x509 -req -in "$t/$1.csr" -key "$t/$1.key" -days 5 -extfile "$t/ext" -out "$t/$1.pem" 2> /dev/null
	fi
}
leaf()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$t/$1.key" -out "$t/$1.csr" -subj "$2" ${4:+$4} 2> /dev/null
	printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature\n' > "$t/ext"
	openssl x509 -req -in "$t/$1.csr" -CA "$t/${3:-devices}.pem" -CAkey "$t/${3:-devices}.key" -days 5 -extfile "$t/ext" \
		-out "$t/$1.leaf" 2> /dev/null
	cat "$t/$1.leaf" "$t/${3:-devices}.pem" > "$t/$1.pem"
	openssl x509 -in "$t/$1.leaf" -outform DER -out "$t/$1.der"
}
with() { local n=$1; shift; LDAPTLS_CACERT=$LEAF_TRUST LDAPTLS_CERT=$t/$n.pem LDAPTLS_KEY=$t/$n.key "$@"; }
who() { with "$1" ldapwhoami -Q -Y EXTERNAL -H "${2:-$LEAF_URI}" ${3:+$3}; }
