/* OpenLDAP: the plan as olcAccess. Each rule ends with "by * break", so that it gives the account
 * its right and leaves what others may do to the rules behind it. */
#include "agent/delegation/flavour.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"

static void say_one(const struct delegation_plan *p, const struct delegation_right *r,
	const char *on, struct delegation_lines *out)
{
	struct delegation_line *l = line_add(out, r, on);

	l->native = mem_printf("to dn.%s=\"%s\" %s by dn.exact=\"%s\" %s by * break",
		r->scope == SCOPE_GROUP ? "base" : "subtree", on, r->target, p->agent, r->allow);
	l->command[0] = mem_printf("dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n"
				   "add: olcAccess\nolcAccess: {%zu}%s\n",
		out->n - 1, l->native);
}

int openldap_say(const struct delegation_plan *p, struct delegation_lines *out, struct fail *f)
{
	size_t n;
	const struct delegation_right *r = delegation_rights(p->flavour, &n);

	if (p->agent == NULL)
		return fail(f, ENR_PREFLIGHT_UNKNOWN, "the server does not say who the account is");
	for (size_t o = 0; o < p->n_ou; o++)
		for (size_t i = 0; i < n; i++)
			if (r[i].scope != SCOPE_GROUP)
				say_one(p, &r[i], p->ou[o], out);
	for (size_t g = 0; g < p->n_group; g++)
		for (size_t i = 0; i < n; i++)
			if (r[i].scope == SCOPE_GROUP)
				say_one(p, &r[i], p->group[g], out);
	return 0;
}
