# shellcheck shell=bash
# The heart on real parts: store, CA and a private slapd, without front and network.  The scenarios are in
# tests/heart/; this script starts the directory, and does to it what a scenario asks for.  Between the agent
# and slapd stands a wire that can lose the add or its answer (tests/heart/lossy.py).
. tests/behave/slapd.sh

admin() { "$1" -x -H "$LDAPI_URI" -D "$ADMIN_DN" -w "$ADMIN_PW" "${@:2}"; }
count() { admin ldapsearch -LLL -b "$1" "$2" 1.1 | grep -c '^dn:' || :; }

# Called by the scenarios: VERB ARGUMENT; prints a number where one is asked for.
answer()
{
	local d=$HEART_DIR v=$1 a=${2:-}
	slapd_facts "$d/a"
	case $v in
	objects) count "$DEVICES_DN" "(cn=$a)" ;;
	objects-in) count "ou=${a#*:},$DEVICES_DN" "(cn=${a%:*})" ;;
	whole)
		count "$DEVICES_DN" "(&(cn=$a)(objectClass=device)(objectClass=enrolldDevice)(objectClass=pkiUser)\
(enrolldMark=*)(enrolldEnrollment=*)(enrolldState=enabled)(userCertificate=*)(owner=*))" ;;
	disabled) count "$DEVICES_DN" "(&(cn=$a)(enrolldState=disabled))" ;;
	wire) echo "$a" > "$d/mode" ;;
	stop) slapd_stop "$d/a" ;;
	start) slapd_again "$d/a" ;;
	place) admin ldapadd > "$d/log" <<< "dn: cn=$a,$SALES_DN
objectClass: device
cn: $a" ;;
	unplace) admin ldapdelete "cn=$a,$SALES_DN" ;;
	rename) admin ldapmodrdn -r "ou=${a%:*},$DEVICES_DN" "ou=${a#*:}" ;;
	move) admin ldapmodrdn -r -s "ou=${a#*:},$DEVICES_DN" "cn=${a%:*},$SALES_DN" "cn=${a%:*}-moved" ;;
	renew) admin ldapadd > "$d/log" <<< "dn: ou=$a,$DEVICES_DN
objectClass: organizationalUnit
ou: $a" ;;
	drop) admin ldapdelete -r "ou=$a,$DEVICES_DN" ;;
	deny | allow) rights "$v" ;;
	*) echo "heart.sh: $v?" >&2; return 1 ;;
	esac
}

# Take the right to add children of the OUs away, in front of the rules that give it.
rights()
{
	local verb="add: olcAccess
olcAccess: {0}to dn.subtree=\"$DEVICES_DN\" attrs=children by dn.exact=\"$AGENT_DN\" read by * break"
	[ "$1" = deny ] || verb="delete: olcAccess
olcAccess: {0}"
	ldapmodify -x -H "$LDAPI_URI" -D "$CONFIG_DN" -w "$ADMIN_PW" > "$HEART_DIR/log" <<< \
"dn: olcDatabase={1}mdb,cn=config
changetype: modify
$verb"
}

if [ -n "${HEART_DIR:-}" ]; then
	answer "$@"
	exit
fi

HEART_DIR=$(mktemp -d /tmp/e.XXXXXX)
wire=
trap 'kill $wire 2> /dev/null; slapd_stop "$HEART_DIR/a"; rm -rf "$HEART_DIR"' EXIT
slapd_start "$HEART_DIR/a" nosync=yes || exit 1
echo pass > "$HEART_DIR/mode"
python3 tests/heart/lossy.py "$HEART_DIR/ldapi" "$HEART_DIR/a/ldapi" "$HEART_DIR/mode" > "$HEART_DIR/wire" 2>&1 &
wire=$!
for _ in {1..100}; do
	[ ! -s "$HEART_DIR/wire" ] || break
	sleep 0.05
done
export HEART_DIR HEART_ASK=tests/behave/heart.sh
export HEART_DIRECTORY="uri = ldapi://${HEART_DIR//\//%2F}%2Fldapi
bind = simple
bind-dn = $AGENT_DN
bind-password-file = $AGENT_PW_FILE
ldap-timeout = 2s
ldap-connections = 16"
"${ENROLL_BIN:-build/bin}/heart" "$@"
