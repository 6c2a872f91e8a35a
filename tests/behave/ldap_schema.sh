# shellcheck shell=bash
# The schema loads into a fresh OpenLDAP in each form it comes in, and says the same in all of them; its OIDs lie under the
# arc of our UUID, and each definition says what it is for.
set -uo pipefail
. tests/behave/slapd.sh
t=$(mktemp -d /tmp/e.XXXXXX)
trap 'slapd_stop "$t/a"; rm -rf "$t"' EXIT
here=$PWD
# ours FOLDER: what a configuration holds of ours, without its order.
ours()
{
	slapcat -F "$1" -n 0 -o ldif-wrap=no | grep -i "^olc.*'enrolld" | sed 's/: {[0-9]*}/: /' | sort
}

echo "== slapd.conf"
{
	for s in core cosine; do echo "include /etc/ldap/schema/$s.schema"; done
	printf 'include %s\n' "$here/schema/openldap/enrolld.schema"
} > "$t/slapd.conf"
mkdir "$t/conf" "$t/add"
want "*succeeded*" slaptest -f "$t/slapd.conf" -F "$t/conf"
ours "$t/conf" > "$t/one"
want 5 grep -c . "$t/one"

echo "== slapadd"
{
	printf 'dn: cn=config\nobjectClass: olcGlobal\ncn: config\n\n'
	printf 'dn: cn=schema,cn=config\nobjectClass: olcSchemaConfig\ncn: schema\n\n'
	for s in core cosine; do printf 'include: file:///etc/ldap/schema/%s.ldif\n\n' $s; done
	cat schema/openldap/enrolld.ldif
} > "$t/all.ldif"
want "*" slapadd -n 0 -F "$t/add" -l "$t/all.ldif"
ours "$t/add" > "$t/two"
want "" diff "$t/one" "$t/two"

echo "== ldapadd, while the server runs"
slapd_start "$t/a" || exit 1
ours "$t/a/config" > "$t/three"
want "" diff "$t/one" "$t/three"

echo "== numbers and words"
want ok python3 - "$t/one" <<'PY'
import re, sys, uuid
arc = f"2.25.{uuid.UUID('311e6a26-0493-4586-97f3-c364965b0a80').int}.1."
syntaxes = {"15", "26"}                      # RFC 4517: Directory String, IA5 String
rules = {"caseIgnoreMatch", "caseExactMatch", "caseIgnoreIA5Match"}
seen = set()
for line in open(sys.argv[1]):
    kind, oid, name = re.match(r"olc(AttributeTypes|ObjectClasses): \( (\S+) NAME '(enrolld[A-Z]\w+)' ", line).groups()
    assert oid.startswith(arc + ("1." if kind == "AttributeTypes" else "2.")), line
    assert oid not in seen and name not in seen, line
    seen |= {oid, name}
    assert len(re.search(r" DESC '([^']+)'", line).group(1)) > 15, line
    if kind == "AttributeTypes":
        assert re.search(r" SYNTAX 1\.3\.6\.1\.4\.1\.1466\.115\.121\.1\.(\d+)\{\d+\}", line).group(1) in syntaxes, line
        assert re.search(r" EQUALITY (\w+)", line).group(1) in rules and " SINGLE-VALUE " in line, line
print("ok")
PY
verdict
