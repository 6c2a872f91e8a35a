/* Groups: entered, left. Membership is written on the group (RFC 4519 section 2.17). */
#include "agent/join/join.h"
#include "agent/join/join_private.h"
#include "ldap/dir_dn.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

enum { GROUPS_MAX = 200 };

/* A member already. */
static int is_so(const struct dir_via *via)
{
	return via->result == DIR_RESULT_ATTRIBUTE_OR_VALUE_EXISTS ||
		via->result == DIR_RESULT_ENTRY_ALREADY_EXISTS;
}

int join_groups_enter(struct join *j, const struct join_created *made, const struct join_object *o,
	struct fail *f)
{
	for (size_t i = 0; i < o->n_groups; i++) {
		autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
		struct dir_via via = { .server = made->server };
		struct fail why = FAIL_INIT;

		dir_mods_add(m, j->flavour->member, made->dn);
		if (dir_modify(j->dir, &via, o->groups[i], m, &why) == 0 || is_so(&via))
			continue;
		if (f != NULL)
			*f = why;
		join_recode(f, ENR_DIRECTORY_GONE, ENR_GROUP_NOT_FOUND);
		return fail_in(f, "to make it a member");
	}
	return 0;
}

/* The groups an entry is a member of, searched: for servers that keep no memberOf. */
static int groups_search(struct join *j, const char *dn, struct dir_result **out, struct fail *f)
{
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	struct dir_query q = { .base = join_base(j, f), .scope = DIR_SUBTREE, .limit = GROUPS_MAX };
	struct fail why = FAIL_INIT;

	if (q.base == NULL)
		return -1;
	dir_filter_eq(&filter, j->flavour->member, dn);
	q.filter = str_text(&filter);
	if (dir_search(j->dir, NULL, &q, out, &why) == 0)
		return 0;
	if (why.code == ENR_DIRECTORY_GONE) { /* a base that the agent may not search */
		*out = mem_new(sizeof(**out));
		return 0;
	}
	if (f != NULL)
		*f = why;
	return -1;
}

int join_groups_of(struct join *j, const struct dir_entry *e, struct dir_result **out,
	struct fail *f)
{
	const struct dir_attr *a;
	struct dir_result *r;

	if (j->flavour->member_of == NULL)
		return groups_search(j, e->dn, out, f);
	a = dir_entry_attr(e, j->flavour->member_of);
	r = mem_new(sizeof(*r));
	r->n = a != NULL ? a->n : 0;
	r->entry = mem_array(r->n + 1, sizeof(*r->entry));
	for (size_t i = 0; i < r->n; i++)
		r->entry[i].dn = mem_text((const char *)a->value[i].data);
	*out = r;
	return 0;
}

int join_groups_leave(struct join *j, const char *dn, struct fail *f)
{
	autoclean(dir_result_free) struct dir_result *r = NULL;

	if (j->flavour->member_of != NULL)
		return 0;
	if (groups_search(j, dn, &r, f) < 0)
		return fail_in(f, "its groups");
	for (size_t i = 0; i < r->n; i++) {
		autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
		struct dir_via via = { 0 };
		struct fail why = FAIL_INIT;

		dir_mods_delete(m, j->flavour->member, dn);
		if (dir_modify(j->dir, &via, r->entry[i].dn, m, &why) == 0 ||
			via.result == DIR_RESULT_NO_SUCH_ATTRIBUTE ||
			why.code == ENR_DIRECTORY_GONE)
			continue;
		if (f != NULL)
			*f = why;
		return fail_in(f, "to end its membership");
	}
	return 0;
}
