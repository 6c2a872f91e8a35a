/* Objects that stand: read, found by name, judged. */
#include <string.h>

#include "agent/join/join.h"
#include "agent/join/join_private.h"
#include "ldap/dir_dn.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

enum { COUNT_MAX = 1000 };

/* -1: could not be found out. */
static int64_t children_of(struct join *j, struct dir_via *via, const char *dn)
{
	const struct dir_query q = { .base = dn, .scope = DIR_SUBTREE, .limit = COUNT_MAX };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_via same = { .server = via->used[0] != '\0' ? via->used : NULL };

	if (dir_search(j->dir, &same, &q, &r, NULL) < 0 || r->n == 0)
		return -1;
	return (int64_t)r->n - 1;
}

/* Entry and what is counted beside it. */
static void see(struct join *j, struct dir_via *via, const struct dir_entry *e,
	const struct dir_result *groups, struct join_seen *out)
{
	join_seen_of(j, e, out);
	out->n_groups = (int64_t)groups->n;
	out->n_children = children_of(j, via, e->dn);
}

/* The entry and its groups. */
static int look_at(struct join *j, struct dir_via *via, const char *guid, struct dir_result *out[2],
	struct fail *f)
{
	if (join_by_guid(j, via, guid, &out[0], f) < 0)
		return -1;
	if (out[0] == NULL)
		return join_gone(guid, f);
	return join_groups_of(j, &out[0]->entry[0], &out[1], f);
}

int join_read(struct join *j, const char *guid, struct join_seen *out, struct fail *f)
{
	struct dir_result *r[2] = { NULL, NULL };
	struct dir_via via = { 0 };
	int rc = look_at(j, &via, guid, r, f);

	if (rc == 0)
		see(j, &via, &r[0]->entry[0], r[1], out);
	dir_result_free(&r[0]);
	dir_result_free(&r[1]);
	return rc;
}

int join_find_name(struct join *j, const char *name, char guid[JOIN_GUID_MAX], struct fail *f)
{
	const struct join_flavour *v = j->flavour;
	const char *const attrs[] = { v->guid, NULL };
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_query q = { .scope = DIR_SUBTREE, .attrs = attrs, .limit = 2 };
	char account[JOIN_ACCOUNT_MAX];

	if (!text_is_label(name))
		return fail(f, ENR_NAME_INVALID, "%.100s: not one RFC 1123 label", name);
	join_account(j, name, account);
	dir_filter_open(&filter, '&');
	dir_filter_eq(&filter, "objectClass", v->device_class);
	dir_filter_open(&filter, '|');
	dir_filter_eq(&filter, v->name_attr, name);
	if (v->account != NULL)
		dir_filter_eq(&filter, v->account, account);
	dir_filter_close(&filter);
	dir_filter_close(&filter);
	q.filter = str_text(&filter);
	if (join_below(j, NULL, &q, &r, f) < 0)
		return -1;
	if (r == NULL)
		return fail(f, ENR_DIRECTORY_GONE, "%s: no such object below any [ou]", name);
	if (r->n > 1)
		return fail(f, ENR_DEVICE_AMBIGUOUS, "%s: %s and %s", name, r->entry[0].dn,
			r->entry[1].dn);
	return join_guid_of(j, &r->entry[0], guid, f);
}

/* --- taking over --------------------------------------------------------------------- */

/* Is one of these, names or DNs, that group? 1, 0, -1 with f. */
static int names_group(struct join *j, const struct conf_list *list, const char *dn, struct fail *f)
{
	for (size_t i = 0; i < list->n; i++) {
		autoclean(text_free) char *found = NULL;
		struct fail why = FAIL_INIT;

		if (dir_dn_equal(list->item[i], dn) == 1)
			return 1;
		if (dir_dn_is(list->item[i]))
			continue;
		if (join_group_find(j, list->item[i], &found, &why) == 0) {
			if (dir_dn_equal(found, dn) == 1)
				return 1;
		} else if (why.code != ENR_GROUP_NOT_FOUND) {
			if (f != NULL)
				*f = why;
			return -1;
		}
	}
	return 0;
}

/* May the object stay in it: is it listed in take-groups, or by a profile? */
static int is_listed(struct join *j, const char *dn, struct fail *f)
{
	const struct conf *conf = j->conf;
	int rc = names_group(j, &conf->take_groups, dn, f);

	for (size_t i = 0; i < conf->n_profile && rc == 0; i++)
		rc = names_group(j, &conf->profile[i].groups, dn, f);
	return rc;
}

static int groups_allow(struct join *j, const char *dn, const struct dir_result *groups,
	struct fail *f)
{
	for (size_t i = 0; i < groups->n; i++) {
		int listed = is_listed(j, groups->entry[i].dn, f);

		if (listed < 0)
			return -1;
		if (!listed)
			return fail(f, ENR_NOT_OURS,
				"%s: is a member of %s, which neither [directory] take-groups nor "
				"a profile lists; who may change that group takes it out, or an "
				"administrator lists it",
				dn, groups->entry[i].dn);
	}
	return groups->more ? fail(f, ENR_NOT_OURS, "%s: is a member of too many groups", dn) : 0;
}

static int judge(struct join *j, const struct dir_entry *e, const struct join_take *how,
	const struct dir_result *groups, struct fail *f)
{
	const char *mark = dir_entry_text(e, j->flavour->mark);

	if (!dir_entry_has(e, "objectClass", j->flavour->device_class))
		return fail(f, ENR_NOT_OURS, "%s: is no %s", e->dn, j->flavour->device_class);
	if (j->flavour->may_take != NULL && j->flavour->may_take(j, e, f) < 0)
		return -1;
	if (groups_allow(j, e->dn, groups, f) < 0)
		return -1;
	if (mark == NULL && !how->foreign)
		return fail(f, ENR_NOT_OURS,
			"%s: was not made by this agent (no %s); only a role that may take foreign "
			"objects takes it over",
			e->dn, j->flavour->mark);
	if (mark != NULL && !join_is_mark(mark))
		return fail(f, ENR_NOT_OURS, "%s: %s is in use by others: %.100s", e->dn,
			j->flavour->mark, mark);
	return 0;
}

int join_may_take(struct join *j, const char *guid, const struct join_take *how,
	struct join_seen *found, struct fail *f)
{
	struct dir_result *r[2] = { NULL, NULL };
	struct dir_via via = { 0 };
	int rc = look_at(j, &via, guid, r, f);

	if (rc == 0) {
		see(j, &via, &r[0]->entry[0], r[1], found);
		rc = judge(j, &r[0]->entry[0], how, r[1], f);
	}
	dir_result_free(&r[0]);
	dir_result_free(&r[1]);
	return rc;
}
