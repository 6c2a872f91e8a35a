/* 389 Directory Server: it has no no-op control, but tells what rights an account has. */
#include "agent/join/join_389.h"

#include <string.h>
#include <strings.h>

#include "agent/delegation/delegation.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"

/* Is there such an entry to be seen? 1, 0, -1 with f. The server says "nothing found" of an entry
 * that is not there, too. */
static int is_seen(struct join *j, const char *dn, struct fail *f)
{
	const struct dir_query q = { .base = dn, .scope = DIR_BASE, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct fail why = FAIL_INIT;

	if (dir_search(j->dir, NULL, &q, &r, &why) == 0)
		return r->n > 0;
	if (why.code == ENR_DIRECTORY_GONE)
		return 0;
	if (f != NULL)
		*f = why;
	return -1;
}

/* An OU that is gone, where the one it was below is seen, is no missing right. */
static int check_ou(struct join *j, const char *ou_dn, struct fail *f)
{
	const struct conf_ou *top = join_ou_top(j, ou_dn);
	int seen = is_seen(j, ou_dn, f);

	if (seen == 0 && top != NULL && dir_dn_equal(top->dn, ou_dn) != 1) {
		seen = is_seen(j, top->dn, f);
		if (seen == 1)
			return fail(f, ENR_OU_CHANGED, "%s: not there", ou_dn);
	}
	return seen < 0 ? -1 : 0;
}

int ds389_may_add(struct join *j, const struct join_object *o, struct fail *f)
{
	autoclean(text_free) char *self = NULL;
	struct delegation_plan plan = { .flavour = j->flavour->name,
		.ou = &o->ou_dn,
		.n_ou = 1,
		.group = o->groups,
		.n_group = o->n_groups };

	if (check_ou(j, o->ou_dn, f) < 0 || join_identity(j, &self, f) < 0)
		return -1;
	if (strncasecmp(self, "dn:", 3) == 0)
		plan.agent = self + 3 + strspn(self + 3, " ");
	if (delegation_check(j->dir, NULL, &plan, f) < 0)
		return join_recode(f, ENR_DIRECTORY_GONE, ENR_OU_CHANGED);
	return 0;
}
