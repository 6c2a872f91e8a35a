# shellcheck shell=bash
# LDAP metacharacters in every field that reaches the directory: they are text, or refused; they never
# become syntax.  What is accepted reads back as it was given.
. tests/behave/slapd.sh
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'slapd_stop "$t/a"; rm -rf "$t"' EXIT
slapd_start "$t/a" || exit 1
long=$(printf 'x%.0s' {1..9000})

echo "== who owns it"
for owner in '*' 'andreas*' '*)(uid=*' 'andreas@contoso.test)(objectClass=*' '(|(uid=andreas))' 'x)(|(uid=andreas' '\2a' \
	'andreas\00' $'andreas\xff' $'and\nreas' 'uid=*' 'uid=andreas' 'uid=*,ou=People,dc=contoso,dc=test' \
	'uid=andreas,ou=People,dc=contoso,dc=test??sub?(uid=*)' '<andreas>' "'" '"' ';' ' ' '' "$long"; do
	want "ENR-315 owner-not-found: *" tool owner text="$owner"
done
want "ok dn=uid=andreas,*" tool owner text='uid=\61ndreas,ou=People,dc=contoso,dc=test'

echo "== which OU"
for ou in '*' 'ou=*,dc=contoso,dc=test)' 'contoso.test/*' 'contoso.test/Managed Devices/*)(ou=*' 'contoso.test//Sales' \
	'contoso.test/Managed Devices/Sales,ou=x' '/' '\' ',' '=' 'ou' '#04' ' ' '' '%2a' "$long" "contoso.test/$long" \
	$'contoso.test/Managed Devices/S\xff' '*-****-****-****-************' '00000000-0000-0000-0000-00000000000*'; do
	want "ENR-31[13] ou-not-*" tool ou text="$ou"
done
for ou in "ou=Sales\\,ou=Managed Devices,$BASE_DN" "ou=Sales\\,$DEVICES_DN" "ou=Sales+cn=x,$DEVICES_DN" \
	"ou=Managed Devices,$BASE_DN,dc=test" "cn=x,ou=Managed Devices\\,$BASE_DN" "ou=\\*,$DEVICES_DN" "ou=Sales#,$DEVICES_DN" \
	"ou=#0403536162,$DEVICES_DN"; do
	want "ENR-31[13] ou-not-*" tool ou text="$ou"
done
# The same name in disguise is the same OU, and stays it.
want "ok dn=$SALES_DN *" tool ou text="OU=\\53ales,OU=Managed\\20Devices,DC=CONTOSO,DC=TEST"
want "ok dn=$SALES_DN *" tool ou text="2.5.4.11=sales,$DEVICES_DN"

echo "== what it is called"
for name in '*' 'a*' 'a)(cn=*' 'a,ou=People' 'a+cn=b' 'a\2ab' 'a=b' 'a b' ' a' 'a"b' 'a;b' 'a<b' 'a#b' '#a' $'a\nb' $'a\xff' 'a.b' '-a' 'a-' '' \
	'1234' "$long"; do
	want "ENR-310 name-invalid: *" tool create name="$name" ou="$SALES_DN" mark=m enrollment=e
	want "ENR-310 name-invalid: *" tool preflight name="$name" ou="$SALES_DN" mark=m enrollment=e
	want "unknown ENR-310 *" tool look name="$name" ou="$SALES_DN" mark=m
done
want "ok" tool free name='a)(cn=*' ou="$SALES_DN"
want "ok" tool free name='*' ou="$SALES_DN"

echo "== where it goes"
for ou in "ou=Servers,$BASE_DN" "$SALES_DN,dc=x" "ou=Sales\\,$DEVICES_DN" "" "*" "cn=x" "$BASE_DN" "ou=Managed Devices\\,$BASE_DN"; do
	want "ENR-313 ou-not-allowed: *" tool create name=WM-1 ou="$ou" mark=m enrollment=e
	want "ENR-313 ou-not-allowed: *" tool preflight name=WM-1 ou="$ou" mark=m enrollment=e
done

echo "== what is written on it reads back as it was given"
n=0
for text in '*' '(&(a=b))' '\2a' '\00' 'a,b+c="d"<e>;f' '#x' 'Sales, "front"; <b>' "O'Neil" 'Ærø 東京' $'tab\there' $'two\nlines' 'x: y' '${x} `y` %s%n'; do
	n=$((n + 1))
	want "ok *" tool create name="WM-$n" ou="$SALES_DN" mark="1:r:$n:x" enrollment="E-$n" serial="$text" description="$text"
	guid=$(sed -n 's/.*guid=\([0-9a-f-]*\).*/\1/p' <<< "$got")
	if [[ $got == ok* ]]; then
		value=$(admin ldapsearch -LLL -o ldif-wrap=no -b "cn=WM-$n,$SALES_DN" -s base description | sed -n 's/^description:: //p')
		[ -z "$value" ] && value=$(admin ldapsearch -LLL -o ldif-wrap=no -b "cn=WM-$n,$SALES_DN" -s base description | sed -n 's/^description: //p') ||
			value=$(base64 -d <<< "$value")
		[ "$value" = "$text" ] && echo "ok    reads back" || { echo "WRONG reads back as $value"; wrong=$((wrong + 1)); }
		want "ENR-316 not-ours: *" tool undo guid="$guid" mark='*'
		want "ENR-316 not-ours: *" tool undo guid="$guid" mark="1:r:$n:*"
	fi
done
want "serialNumber: O'Neil*serialNumber: x: y" grep -x 'serialNumber: .*' <<< "$(admin ldapsearch -LLL -b "$DEVICES_DN" '(serialNumber=*)' serialNumber)"
want "no" tool look name=WM-1 ou="$SALES_DN" mark='*'
want "no" tool look name=WM-1 ou="$SALES_DN" mark='1:R:1:X'
want "yes *" tool look name=WM-1 ou="$SALES_DN" mark=1:r:1:x
for guid in '*' '' ')(objectClass=*' "$long"; do
	want "ENR-613 directory-gone: *" tool read guid="$guid"
	want "ENR-613 directory-gone: *" tool state guid="$guid" state=disabled
	want "ok" tool undo guid="$guid" mark=1:r:1:x
	want "ENR-324 ou-changed: *" tool ou-guid guid="$guid"
done
echo "== what the directory cannot hold is a definite no"
want "ENR-605 directory-schema: *" tool create name=WM-X ou="$SALES_DN" mark=m enrollment=e owner='not a dn'
want "ENR-605 directory-schema: *" tool create name=WM-X ou="$SALES_DN" mark=m enrollment=e description=$'\xff'
want "ENR-605 directory-schema: *" tool create name=WM-X ou="$SALES_DN" mark='' enrollment=e
want "ENR-605 directory-schema: *" tool create name=WM-X ou="$SALES_DN" mark=m enrollment=e cert="$t/a/facts"
want "$n" grep -c '^dn: cn=WM' <<< "$(admin ldapsearch -LLL -b "$BASE_DN" '(objectClass=device)' 1.1)"
verdict
