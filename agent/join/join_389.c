/* 389 Directory Server: it has no no-op control, but tells what rights an account has. */
#include "agent/join/join_389.h"

#include <string.h>
#include <strings.h>

#include "agent/delegation/delegation.h"
#include "lib/base/clean.h"

int ds389_may_add(struct join *j, const struct join_object *o, struct fail *f)
{
	autoclean(text_free) char *self = NULL;
	struct delegation_plan plan = { .flavour = j->flavour->name,
		.ou = &o->ou_dn,
		.n_ou = 1,
		.group = o->groups,
		.n_group = o->n_groups };

	if (join_identity(j, &self, f) < 0)
		return -1;
	if (strncasecmp(self, "dn:", 3) == 0)
		plan.agent = self + 3 + strspn(self + 3, " ");
	if (delegation_check(j->dir, NULL, &plan, f) < 0)
		return join_recode(f, ENR_DIRECTORY_GONE, ENR_OU_CHANGED);
	return 0;
}
