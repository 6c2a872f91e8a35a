# shellcheck shell=bash
# fixture
# What the scripts delegation_*.sh share. To be sourced from the root of the tree, on top of error.sh; run as a script it
# does nothing.
#
#	delegation_ad [NAME=VALUE…]	a domain controller and a server on it; what agent_make takes
#	apply [OPTION…]			enrollctl delegation apply, as the administrator; out and err in $d/out, $d/err
#	entry add|del DN ACE…		into or out of the list of rights of an object, as SDDL has it
#	planted WHAT DN ACE GLOB…	add it, look for these findings (see finds), put back what was there
#	plan_field FIELD		of each line of the plan in $d/plan.json, one a line
#	verify EXIT			enrollctl delegation verify; JSON in $d/verify
#	findings			what it found, one a line: missing|excess, right, via, on, objects, code; with | between
#	finds WHAT GLOB…		verify must end with 1 and have just these findings, in any order

# shellcheck source=tests/behave/error.sh
. tests/behave/error.sh
# shellcheck source=tests/behave/samba.sh
. tests/behave/samba.sh

delegation_clean_up()
{
	agent_clean_up
	samba_stop
	rm -rf "$d"
}

delegation_ad()
{
	trap delegation_clean_up EXIT
	chmod 755 "$d"
	samba_start "$d/ad" || exit 1
	agent_make "$d/agent" flavour=ad profile_lines="groups = CN=wifi-devices,$SAMBA_GROUPS_DN" "$@" || exit 1
	agent_start "$d/agent" || exit 1
	SERVER=$AGENT_NAME:$AGENT_PORT
}

apply()
{
	ctl delegation apply --admin "$SAMBA_ADMIN" --admin-password-file "$SAMBA_ADMIN_PW_FILE" "$@" \
		> "$d/out" 2> "$d/err" < /dev/null
	rc=$?
}

# In SDDL, since its lists cannot be changed safely from Python. What is inherited is left out: the server adds it again.
DELEGATION_RIGHTS='
import re
flags = ["sd_flags:1:4"]
domain = security.dom_sid(sam.get_domain_sid())
def read(dn):
    r = sam.search(dn, scope=ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=flags)
    text = ndr_unpack(security.descriptor, r[0]["nTSecurityDescriptor"][0]).as_sddl(domain)
    head, entries = re.match(r"D:([^(]*)(.*)", text).groups()
    return head, [e for e in re.findall(r"\([^)]*\)", entries) if "ID" not in e.split(";")[1]]
def write(dn, head, entries):
    m = ldb.Message(ldb.Dn(sam, dn))
    sd = ndr_pack(security.descriptor.from_sddl("D:" + head + "".join(entries), domain))
    m["sd"] = ldb.MessageElement(sd, ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
    sam.modify(m, controls=flags)
def normal(entry):
    return security.descriptor.from_sddl("D:" + entry, domain).as_sddl(domain)[2:]
'

entry()
{
	samba_ldb "$DELEGATION_RIGHTS"'
how, dn, *wanted = sys.argv[1:]
head, entries = read(dn)
if how == "add":
    deny = [e for e in wanted if e.startswith("(D") or e.startswith("(OD")]
    entries = deny + entries + [e for e in wanted if e not in deny]
for e in wanted if how == "del" else ():
    entries.remove(normal(e))
write(dn, head, entries)' "$@" || wrong "entry $*"
}

# planted WHAT DN ACE GLOB…: put there, named, taken away again.
planted()
{
	local what=$1 dn=$2 ace=$3
	shift 3
	samba_ldb "$DELEGATION_RIGHTS"'
head, entries = read(sys.argv[1])
print(head + "".join(entries))' "$dn" > "$d/rights" || wrong "rights of $dn"
	entry add "$dn" "$ace"
	finds "$what" "$@"
	samba_ldb "$DELEGATION_RIGHTS"'
head, entries = re.match(r"([^(]*)(.*)", sys.stdin.read().strip()).groups()
write(sys.argv[1], head, [entries])' "$dn" < "$d/rights" || wrong "rights of $dn, put back"
}

verify()
{
	ctl delegation verify -o json > "$d/verify" 2> "$d/err" < /dev/null
	rc=$?
	cp "$d/verify" "$d/out"
	[ $rc = "$1" ] || wrong "verify ends with $rc, not $1"
	python3 tests/behave/json_valid.py delegation < "$d/verify" > "$d/why" || wrong "$(cat "$d/why")"
}

findings()
{
	python3 -c '
import json, sys
for f in json.load(sys.stdin)["items"]:
    print("|".join(str(x) for x in (f["finding"], f["right"], f["via"] or "", ";".join(f["on"]), f["objects"], f["code"] or "")))
' < "$d/verify" | sort
}

finds()
{
	local what=$1 n got before=$failures glob
	shift
	verify 1
	got=$(findings)
	n=$(grep -c . <<< "$got")
	[ "$n" = $# ] || wrong "$what: $n findings, not $#: $got"
	for glob; do
		# shellcheck disable=SC2053
		while IFS= read -r line; do [[ $line == $glob ]] && continue 2; done <<< "$got"
		wrong "$what: none is $glob: $got"
	done
	[ "$failures" != "$before" ] || ok "$what: $(head -n 1 <<< "$got")"
}

plan_field()
{
	python3 -c '
import json, sys
for i in json.load(sys.stdin)["items"]:
    print(i["commands"][0] if sys.argv[1] == "commands" else i[sys.argv[1]])' "$1" < "$d/plan.json"
}

# The login of the server is made anew: a log-in keeps the groups it had.
log_in_again()
{
	agent_stop "$d/agent" > "$d/log"
	agent_start "$d/agent"
}
