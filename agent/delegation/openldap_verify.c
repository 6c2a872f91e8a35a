/* OpenLDAP: every entry that the account sees, tried (openldap_try.h) and held against the plan. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/delegation/flavour.h"
#include "agent/delegation/openldap_try.h"
#include "agent/delegation/report.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

enum { PAGE = 200,
	CONTEXTS_MAX = 32,
	/* Some ten questions each. */
	ENTRIES_MAX = 10000 };

/* Tried on every entry, whether it has them or not, and also where entries hide. */
static const char *const always[] = { "userPassword", "description", "member", "seeAlso", NULL };

struct seen {
	char *dn;
	char **attr; /* ends with NULL */
	int device, ou, identified; /* its classes; entryUUID is shown */
	size_t context;
};

struct verify {
	struct attempts try;
	const struct delegation_plan *plan;
	const struct delegation_right *right;
	size_t n_right;
	struct delegation_report *report;
	char *context[CONTEXTS_MAX];
	int has_cn[CONTEXTS_MAX], has_ou[CONTEXTS_MAX]; /* in use there */
	size_t n_context, now;
	struct seen *seen;
	size_t n_seen;
};

static void verify_clear(struct verify *v)
{
	for (size_t i = 0; i < v->n_context; i++)
		free(v->context[i]);
	for (size_t i = 0; i < v->n_seen; i++) {
		for (size_t k = 0; v->seen[i].attr[k] != NULL; k++)
			free(v->seen[i].attr[k]);
		free(v->seen[i].attr);
		free(v->seen[i].dn);
	}
	free(v->seen);
}

/* --- the plan ------------------------------------------------------------------------ */

/* 1 if the rule of that right is about attr ("attrs=entry,cn"); options do not count. */
static int is_about(const struct delegation_right *r, const char *attr)
{
	const char *list = strstr(r->target, "attrs=");
	size_t len = strcspn(attr, ";");

	for (list = list != NULL ? list + 6 : ""; *list != '\0'; list += strspn(list, ",")) {
		size_t word = strcspn(list, ",");

		if (word == len && strncasecmp(list, attr, len) == 0)
			return 1;
		list += word;
	}
	return 0;
}

/* The right of the plan by which attr may be changed. */
static const struct delegation_right *right_to(const struct verify *v, enum delegation_scope scope,
	const char *attr)
{
	for (size_t i = 0; i < v->n_right; i++)
		if (v->right[i].scope == scope && !text_equal(v->right[i].allow, "read") &&
			is_about(&v->right[i], attr))
			return &v->right[i];
	return NULL;
}

static const struct delegation_right *right_to_read(const struct verify *v,
	enum delegation_scope scope)
{
	for (size_t i = 0; i < v->n_right; i++)
		if (v->right[i].scope == scope && text_equal(v->right[i].allow, "read"))
			return &v->right[i];
	return NULL;
}

/* What one OU, device or group lacks; each right once. */
struct lacks {
	const struct delegation_right *right[8];
	size_t n;
};

static void lack(struct verify *v, struct lacks *l, const struct delegation_right *right,
	const char *dn, const char *why)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->right[i] == right)
			return;
	if (right == NULL || l->n == ARRAY_LEN(l->right))
		return;
	l->right[l->n++] = right;
	report_missing(v->report, right, dn, why);
}

/* --- what is there ------------------------------------------------------------------- */

static int keep(const struct dir_entry *e, void *arg, struct fail *f)
{
	struct verify *v = arg;
	struct seen *s;

	(void)f;
	v->report->objects++;
	if (v->n_seen == ENTRIES_MAX) {
		v->report->unknown++;
		return 0;
	}
	v->seen = mem_grow(v->seen, v->n_seen + 1, sizeof(*v->seen));
	s = &v->seen[v->n_seen++];
	*s = (struct seen){ .dn = mem_text(e->dn),
		.attr = mem_array(e->n + 1, sizeof(*s->attr)),
		.device = dir_entry_has(e, "objectClass", "enrolldDevice"),
		.ou = dir_entry_has(e, "objectClass", "organizationalUnit"),
		.identified = dir_entry_attr(e, "entryUUID") != NULL,
		.context = v->now };
	for (size_t i = 0, n = 0; i < e->n; i++)
		if (!text_equal_ci(e->attr[i].name, "entryUUID"))
			s->attr[n++] = mem_text(e->attr[i].name);
	v->has_cn[v->now] |= dir_entry_attr(e, "cn") != NULL;
	v->has_ou[v->now] |= dir_entry_attr(e, "ou") != NULL;
	return 0;
}

static int walk(struct verify *v, const char *base, struct fail *f)
{
	static const char *const attrs[] = { "*", "entryUUID", NULL };
	const struct dir_query q = {
		.base = base, .scope = DIR_SUBTREE, .attrs = attrs, .limit = PAGE
	};
	const struct dir_visitor visitor = { keep, v };
	struct dir_via via = { .server = v->try.server };
	struct fail why = FAIL_INIT;

	/* Where it begins may hide. */
	if (dir_walk(v->try.dir, &via, &q, &visitor, &why) == 0 || why.code == ENR_DIRECTORY_GONE)
		return 0;
	if (f != NULL)
		*f = why;
	return -1;
}

static int read_contexts(struct verify *v, struct fail *f)
{
	static const char *const attrs[] = { "namingContexts", NULL };
	const struct dir_query q = { .base = "", .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *found = NULL;
	struct dir_via via = { 0 };
	const struct dir_attr *a;

	if (dir_search(v->try.dir, &via, &q, &found, f) < 0)
		return -1;
	memcpy(v->try.server, via.used, sizeof(v->try.server));
	a = found->n > 0 ? dir_entry_attr(&found->entry[0], attrs[0]) : NULL;
	for (size_t i = 0; a != NULL && i < a->n && i < CONTEXTS_MAX; i++)
		v->context[v->n_context++] = mem_text((const char *)a->value[i].data);
	if (v->n_context == 0)
		return fail(f, ENR_PREFLIGHT_UNKNOWN, "the server names no naming context");
	return 0;
}

/* An entry that an OU without devices may need: our own shows that cn is in use. */
static int look_at_self(struct verify *v, struct fail *f)
{
	static const char *const attrs[] = { "cn", NULL };
	const struct dir_query q = {
		.base = v->plan->agent, .scope = DIR_BASE, .attrs = attrs, .limit = 1
	};
	struct dir_via via = { .server = v->try.server };
	autoclean(dir_result_free) struct dir_result *found = NULL;
	struct fail why = FAIL_INIT;

	if (dir_search(v->try.dir, &via, &q, &found, &why) < 0) {
		if (why.code != ENR_DIRECTORY_GONE && f != NULL)
			*f = why;
		return why.code == ENR_DIRECTORY_GONE ? 0 : -1;
	}
	for (size_t i = 0; i < v->n_context; i++)
		if (found->n > 0 && dir_entry_attr(&found->entry[0], "cn") != NULL &&
			dir_dn_is_within(v->plan->agent, v->context[i]) == 1)
			v->has_cn[i] = 1;
	return 0;
}

static int collect(struct verify *v, const char *only, struct fail *f)
{
	if (read_contexts(v, f) < 0 || look_at_self(v, f) < 0)
		return -1;
	for (v->now = 0; v->now < v->n_context; v->now++) {
		const char *base = v->context[v->now];

		if (only != NULL && dir_dn_is_within(only, base) != 1)
			continue;
		if (walk(v, only != NULL ? only : base, f) < 0)
			return -1;
	}
	return 0;
}

/* --- what is too much ---------------------------------------------------------------- */

/* 1 if the account may do it, 0 not; what cannot be told makes this entry an unknown one. */
static int is_may(enum tried tried, int *unknown)
{
	*unknown |= tried == TRIED_UNKNOWN;
	return tried == TRIED_MAY;
}

static enum delegation_scope scope_of(const struct verify *v, const struct seen *s)
{
	if (plan_has_group(v->plan, s->dn))
		return SCOPE_GROUP;
	return s->device && plan_ou_of(v->plan, s->dn) != NULL ? SCOPE_DEVICE : SCOPE_OU;
}

static int has_attr(const struct seen *s, const char *attr)
{
	for (size_t i = 0; s->attr[i] != NULL; i++)
		if (text_equal_ci(s->attr[i], attr))
			return 1;
	return 0;
}

struct tally {
	size_t tried, written;
	int unknown;
};

/* Attributes that may be taken away beyond the plan, counted; named only if that is not all. */
static int look_at_attrs(struct verify *v, const struct seen *s, int name, struct tally *t,
	struct fail *f)
{
	int own = dir_dn_equal(s->dn, v->plan->agent) == 1;
	const char *const *lists[] = { (const char *const *)s->attr, always };

	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (size_t i = 0; lists[l][i] != NULL; i++) {
			const char *attr = lists[l][i];
			const struct delegation_right *right = right_to(v, scope_of(v, s), attr);
			enum tried answer;

			/* Its own password is everybody's to change. */
			if ((l == 1 && has_attr(s, attr)) ||
				(right != NULL && text_equal(right->allow, "write")) ||
				(own && text_equal_ci(attr, "userPassword")))
				continue;
			answer = try_take(&v->try, s->dn, attr, f);
			if (answer == TRIED_FAILED)
				return -1;
			t->tried++;
			if (!is_may(answer, &t->unknown))
				continue;
			t->written++;
			if (name)
				report_excess(v->report, v->plan, s->dn, "write", attr);
		}
	return 0;
}

/* A right to give alone shows where nothing may be taken: the class that is there, and a text. */
static int look_at_gifts(struct verify *v, const struct seen *s, int *unknown, struct fail *f)
{
	static const char *const gifts[][2] = { { "description", "x" }, { "member", "cn=x" },
		{ "seeAlso", "cn=x" }, { "objectClass", "top" } };

	for (size_t i = 0; i < ARRAY_LEN(gifts); i++) {
		enum tried answer;

		if (right_to(v, scope_of(v, s), gifts[i][0]) != NULL)
			continue;
		answer = try_give(&v->try, s->dn, gifts[i][0], gifts[i][1], f);
		if (answer == TRIED_FAILED)
			return -1;
		if (is_may(answer, unknown))
			report_excess(v->report, v->plan, s->dn, "add values", gifts[i][0]);
	}
	return 0;
}

static int look_at_tree(struct verify *v, const struct seen *s, int *unknown, struct fail *f)
{
	int inside = plan_ou_of(v->plan, s->dn) != NULL;
	enum tried answer;

	if (!(inside && s->device)) {
		answer = try_delete(&v->try, s->dn, f);
		if (answer == TRIED_FAILED)
			return -1;
		if (is_may(answer, unknown))
			report_excess(v->report, v->plan, s->dn, "delete", NULL);
	}
	if (!(inside && s->ou)) {
		answer = TRIED_UNKNOWN;
		if (v->has_cn[s->context])
			answer = try_add(&v->try, s->dn, NULL, f);
		if (answer == TRIED_FAILED)
			return -1;
		if (is_may(answer, unknown))
			report_excess(v->report, v->plan, s->dn, "add", NULL);
		return 0;
	}
	answer = TRIED_UNKNOWN;
	if (v->has_ou[s->context])
		answer = try_add_ou(&v->try, s->dn, f);
	if (answer == TRIED_FAILED)
		return -1;
	if (is_may(answer, unknown))
		report_excess(v->report, v->plan, s->dn, "add", "organizationalUnit");
	return 0;
}

static int look_for_excess(struct verify *v, const struct seen *s, struct fail *f)
{
	struct tally t = { .tried = 0 };
	int rc = 0;

	if (look_at_attrs(v, s, 0, &t, f) < 0)
		return -1;
	if (t.written > 1 && t.written == t.tried)
		report_excess(v->report, v->plan, s->dn, "write", "every attribute");
	else if (t.written > 0)
		rc = look_at_attrs(v, s, 1, &t, f);
	else
		rc = look_at_gifts(v, s, &t.unknown, f);
	if (rc < 0 || look_at_tree(v, s, &t.unknown, f) < 0)
		return -1;
	v->report->unknown += t.unknown != 0;
	return 0;
}

/* --- what is missing ----------------------------------------------------------------- */

static const struct delegation_right *right_of(const struct verify *v, enum tried tried,
	const char *attr)
{
	if (tried == TRIED_NO_ENTRY)
		return right_to(v, SCOPE_DEVICE, "entry");
	if (tried == TRIED_NO_ATTR)
		return right_to(v, SCOPE_DEVICE, attr);
	return right_to(v, SCOPE_OU, "children");
}

/* Each attribute that a device is made of, whether one has it yet or not. */
static int look_at_parts(struct verify *v, const char *dn, struct lacks *l, int *unknown,
	struct fail *f)
{
	static const char *const parts[] = { "serialNumber", "description", "enrolldFqdn",
		"enrolldEnrollment", "enrolldMark", "enrolldState", "userCertificate", "owner" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		enum tried answer;

		answer = try_add(&v->try, dn, parts[i], f);
		if (answer == TRIED_FAILED)
			return -1;
		if (!is_may(answer, unknown) && answer != TRIED_UNKNOWN)
			lack(v, l, right_to(v, SCOPE_DEVICE, parts[i]), dn, NULL);
	}
	return 0;
}

static int look_at_ou(struct verify *v, const struct seen *s, struct fail *f)
{
	size_t of = delegation_ou_rights(v->plan);
	struct lacks l = { .n = 0 };
	enum tried answer = TRIED_UNKNOWN;
	int unknown = 0, rc = 0;

	if (!s->identified || !has_attr(s, "ou"))
		lack(v, &l, right_to_read(v, SCOPE_OU), s->dn, NULL);
	if (v->has_cn[s->context])
		answer = try_add(&v->try, s->dn, NULL, f);
	if (answer == TRIED_FAILED)
		return -1;
	if (is_may(answer, &unknown)) {
		rc = look_at_parts(v, s->dn, &l, &unknown, f);
	} else if (answer != TRIED_UNKNOWN) {
		lack(v, &l, right_of(v, answer, "cn"), s->dn, NULL);
		/* What else is missing cannot be seen before this is there. */
		unknown = 1;
	}
	v->report->unknown += unknown != 0;
	report_ou(v->report, s->dn, unknown ? 0 : of - l.n, of);
	return rc;
}

static int look_at_device(struct verify *v, const struct seen *s, struct fail *f)
{
	static const char *const changes[] = { "enrolldEnrollment", "enrolldMark", "enrolldState",
		"userCertificate;binary", "owner" };
	struct lacks l = { .n = 0 };
	enum tried answer;
	int unknown = 0;

	if (!s->identified)
		lack(v, &l, right_to_read(v, SCOPE_OU), s->dn, NULL);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		answer = try_take(&v->try, s->dn, changes[i], f);
		if (answer == TRIED_FAILED)
			return -1;
		if (!is_may(answer, &unknown) && answer != TRIED_UNKNOWN)
			lack(v, &l, right_to(v, SCOPE_DEVICE, changes[i]), s->dn, NULL);
	}
	answer = try_delete(&v->try, s->dn, f);
	if (answer == TRIED_FAILED)
		return -1;
	if (!is_may(answer, &unknown) && answer != TRIED_UNKNOWN)
		lack(v, &l, right_of(v, answer == TRIED_NOT ? TRIED_NO_ENTRY : answer, ""), s->dn,
			NULL);
	v->report->unknown += unknown != 0;
	return 0;
}

static int look_at_group(struct verify *v, const struct seen *s, struct fail *f)
{
	struct lacks l = { .n = 0 };
	enum tried take, give;
	int unknown = 0;

	take = try_take(&v->try, s->dn, "member", f);
	if (take == TRIED_FAILED)
		return -1;
	give = try_give(&v->try, s->dn, "member", "cn=x", f);
	if (give == TRIED_FAILED)
		return -1;
	if ((!is_may(take, &unknown) || !is_may(give, &unknown)) && !unknown)
		lack(v, &l, right_to(v, SCOPE_GROUP, "member"), s->dn, NULL);
	v->report->unknown += unknown != 0;
	report_ou(v->report, s->dn, unknown ? 0 : 2 - l.n, 2);
	return 0;
}

static int look_at(struct verify *v, const struct seen *s, struct fail *f)
{
	int inside = plan_ou_of(v->plan, s->dn) != NULL, rc = 0;

	if (plan_has_group(v->plan, s->dn))
		rc = look_at_group(v, s, f);
	else if (inside && s->ou)
		rc = look_at_ou(v, s, f);
	else if (inside && s->device)
		rc = look_at_device(v, s, f);
	return rc < 0 ? -1 : look_for_excess(v, s, f);
}

/* --- what hides ---------------------------------------------------------------------- */

/* The name above, or NULL. */
static const char *above(const char *dn)
{
	for (; *dn != '\0'; dn++) {
		if (*dn == '\\' && dn[1] != '\0')
			dn++;
		else if (*dn == ',')
			return dn + 1 + strspn(dn + 1, " ");
	}
	return NULL;
}

/* Above an OU that came before number n, too: done. */
static int is_done(const struct verify *v, size_t n, const char *dn)
{
	for (size_t i = 0; i < n; i++)
		if (dir_dn_is_within(v->plan->ou[i], dn) == 1)
			return 1;
	return 0;
}

static int is_seen(const struct verify *v, const char *dn)
{
	for (size_t i = 0; i < v->n_seen; i++)
		if (dir_dn_equal(v->seen[i].dn, dn) == 1)
			return 1;
	return 0;
}

/* What is above the OUs is there, whether the account sees it or not. */
static int look_above(struct verify *v, struct fail *f)
{
	static char *nothing[] = { NULL };

	for (size_t i = 0; i < v->plan->n_ou; i++)
		for (size_t c = 0; c < v->n_context; c++)
			for (const char *dn = above(v->plan->ou[i]);
				dn != NULL && dir_dn_is_within(dn, v->context[c]) == 1;
				dn = above(dn)) {
				const struct seen hidden = { .dn = (char *)dn,
					.attr = nothing,
					.context = c };

				if (!is_done(v, i, dn) && !is_seen(v, dn) &&
					look_for_excess(v, &hidden, f) < 0)
					return -1;
			}
	return 0;
}

/* Groups of the plan that the walk did not show. */
static void report_hidden_groups(struct verify *v)
{
	for (size_t i = 0; i < v->plan->n_group; i++) {
		if (is_seen(v, v->plan->group[i]))
			continue;
		report_ou(v->report, v->plan->group[i], 0, 2);
		report_missing(v->report, right_to_read(v, SCOPE_GROUP), v->plan->group[i],
			"the group is not there, or not shown to the account");
	}
}

int openldap_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f)
{
	autoclean(delegation_report_clear) struct delegation_report report = { .n = 0 };
	autoclean(verify_clear) struct verify v = { .try.dir = d, .plan = p, .report = &report };

	if (plan_has_agent(p, f) < 0)
		return -1;
	v.right = delegation_rights(p->flavour, &v.n_right);
	if (collect(&v, only, f) < 0)
		return -1;
	for (size_t i = 0; i < v.n_seen; i++)
		if (look_at(&v, &v.seen[i], f) < 0)
			return -1;
	if (only == NULL) {
		report_hidden_groups(&v);
		if (look_above(&v, f) < 0)
			return -1;
	}
	report_absent(&report, p, only);
	report_sort(&report, p);
	*out = report;
	report = (struct delegation_report){ .n = 0 };
	return 0;
}
