#!/bin/bash
# Each right of the plan on Active Directory is taken away in turn: verify names it, and an enrollment that was expected before fails
# with the code that verify prints, before anything is written. With all of them again the same password enrolls.
set -uo pipefail
. tests/behave/delegation.sh
samba_world "$@"
delegation_ad
apply
[ $rc = 0 ] || wrong "apply: $rc"
ctl delegation plan -o json > "$d/plan.json"
plan_field native > "$d/natives"
plan_field right > "$d/names"
plan_field on > "$d/on"
pre LT-1 --ou "$SAMBA_SALES_DN"

# nothing_written WHAT: no object, no certificate, no member.
nothing_written()
{
	samba_search '(|(cn=LT-1)(sAMAccountName=LT-1$))' 1.1 | grep -q '^dn:' && wrong "$1: there is an object"
	[ -z "$(ctl certificate list -o name 2> "$d/err")" ] || wrong "$1: there is a certificate"
}

mapfile -t others < <(sed -n 2,14p "$d/natives")
while IFS='|' read -r right on ace <&3; do
	# The account reads by what everybody has, too: an OU that neither inherits nor has that.
	dn=$on
	[ "$right" != read ] || dn=$SAMBA_SALES_DN
	echo "== without $right"
	if [ "$right" = read ]; then
		samba_ldb "$DELEGATION_RIGHTS"'
head, entries = read(sys.argv[1])
write(sys.argv[1], "P", [e for e in entries if not e.endswith(";AU)")] + sys.argv[2:])' "$dn" \
			"${others[@]}" || wrong "entries"
	else
		entry del "$on" "$ace"
	fi
	verify 1
	findings | grep -qF "missing|$right||$dn|1|ENR-" || wrong "verify does not name $right: $(findings)"
	code=$(findings | sed -n "s/^missing|$right|.*|\(ENR-...\)$/\1/p" | head -n 1)
	join LT-1
	device "without $right" "${code:-none}" 1
	ctl device show LT-1 > "$d/out" 2> "$d/err"
	says "$code"
	[ "$right" = read ] || says "$right"
	nothing_written "without $right"
	if [ "$right" = read ]; then
		samba_ldb "$DELEGATION_RIGHTS"'
head, entries = read(sys.argv[1])
write(sys.argv[1], "AI", [e for e in entries if "S-1-5-21" not in e] + ["(A;;RPLCLORC;;;AU)"])' "$dn" || wrong "put back"
	else
		entry add "$on" "$ace"
	fi
done 3< <(paste -d'|' "$d/names" "$d/on" "$d/natives")

verify 0
join LT-1
joins "with all of them the same password enrolls"
samba_search '(cn=LT-1)' sAMAccountName > "$d/out"
says 'sAMAccountName: LT-1'
verify 0 && ok "the computer that it made is none too many"
error_end
