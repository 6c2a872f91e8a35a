/* OpenLDAP: the plan as olcAccess. Each rule ends with "by * break", so that it gives the account
 * its right and leaves what others may do to the rules behind it. */
#include "agent/delegation/flavour.h"
#include "lib/base/mem.h"

int openldap_say(
	const struct delegation_plan *p, size_t i, struct delegation_line *l, struct fail *f)
{
	if (plan_has_agent(p, f) < 0)
		return -1;
	l->native = mem_printf("to dn.%s=\"%s\" %s by dn.exact=\"%s\" %s by * break",
		l->right->scope == SCOPE_GROUP ? "base" : "subtree", l->on, l->right->target,
		p->agent, l->right->allow);
	l->command[0] = mem_printf("dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n"
				   "add: olcAccess\nolcAccess: {%zu}%s\n",
		i, l->native);
	return 0;
}
