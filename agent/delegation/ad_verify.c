/* Active Directory: every object of the naming contexts is asked for its security descriptor, and
 * what that gives the agent's log-in is held against the plan. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/delegation/ad_names.h"
#include "agent/delegation/ad.h"
#include "agent/delegation/flavour.h"
#include "agent/delegation/report.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

enum { PAGE = 500,
	UNSHOWN_MAX = 1000,
	CONTEXTS_MAX = 32 };

static const char is_protected[] = "inheritance is blocked on this object";

/* Entries that say the same to the same log-in, wherever they stand, are one finding. */
struct seen_entry {
	struct ace ace; /* rest is not kept */
	uint32_t excess;
	int inside;
	struct delegation_finding found; /* its texts come at the end */
	size_t inherited; /* objects that have it from above */
	char *first_inherited;
};
struct verify {
	const struct delegation_plan *plan;
	const struct delegation_right *right;
	size_t n_right;
	struct ad_token token;
	struct delegation_report *report;
	struct seen_entry *seen;
	size_t n_seen;
	char *unshown[UNSHOWN_MAX]; /* DNs without a descriptor */
	size_t n_unshown;
};

/* --- reading ------------------------------------------------------------------------- */

static void ad_token_clear(struct ad_token *t)
{
	free(t->sid);
	*t = (struct ad_token){ NULL, 0, 0 };
}

static int ad_token_read(struct dir *d, const char *server, struct ad_token *out, struct fail *f)
{
	static const char *const attrs[] = { "tokenGroups", NULL };
	const struct dir_query q = { .base = "", .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_via via = { .server = server };
	const struct dir_attr *a;

	if (dir_search(d, &via, &q, &r, f) < 0)
		return fail_in(f, "who we are");
	a = r->n > 0 ? dir_entry_attr(&r->entry[0], attrs[0]) : NULL;
	if (a == NULL || a->n == 0)
		return fail(f, ENR_PREFLIGHT_UNKNOWN, "%s: rootDSE shows no tokenGroups", via.used);
	out->sid = mem_array(a->n, sizeof(*out->sid));
	for (size_t i = 0; i < a->n; i++)
		if (sid_parse(a->value[i].data, a->value[i].len, &out->sid[out->n]) > 0)
			out->n++;
	return out->n > 0 ? 0
			  : fail(f, ENR_PREFLIGHT_UNKNOWN, "%s: the log-in has no SID", via.used);
}

int ad_who(struct dir *d, struct delegation_who *out, struct fail *f)
{
	static const char *const attrs[] = { "sAMAccountName", NULL };
	autoclean(ad_token_clear) struct ad_token token = { NULL, 0, 0 };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	char text[SID_TEXT_MAX], base[SID_TEXT_MAX + 8];
	const struct dir_query q = { .base = base, .scope = DIR_BASE, .attrs = attrs, .limit = 1 };

	if (ad_token_read(d, NULL, &token, f) < 0)
		return -1;
	sid_text(&token.sid[0], text);
	snprintf(base, sizeof(base), "<SID=%s>", text);
	if (dir_search(d, NULL, &q, &r, f) < 0)
		return fail_in(f, "the account of this log-in");
	*out = (struct delegation_who){ .sid = mem_text(text) };
	if (r->n > 0) {
		out->dn = mem_text(r->entry[0].dn);
		out->account = mem_text(dir_entry_text(&r->entry[0], attrs[0]));
	}
	return 0;
}

int ad_descriptor(const struct dir_entry *e, struct secdesc *out)
{
	const struct dir_attr *a = dir_entry_attr(e, "nTSecurityDescriptor");

	return a == NULL || a->n == 0 ? -1 : secdesc_parse(a->value[0].data, a->value[0].len, out);
}

/* --- one object ---------------------------------------------------------------------- */

static enum ad_place place_of(const struct verify *v, const struct dir_entry *e)
{
	if (plan_has_group(v->plan, e->dn))
		return PLACE_GROUP;
	if (plan_ou_of(v->plan, e->dn) == NULL)
		return PLACE_OUTSIDE;
	return dir_entry_has(e, "objectClass", "computer") ? PLACE_DEVICE : PLACE_INSIDE;
}

static struct seen_entry *seen_of(struct verify *v, const struct ace *a, uint32_t excess,
	int inside)
{
	struct ace key = *a;

	key.rest = BYTES_INIT;
	key.flags &= ACE_INHERIT_ONLY | ACE_CONTAINER_INHERIT;
	for (size_t i = 0; i < v->n_seen; i++)
		if (ace_equal(&v->seen[i].ace, &key) && v->seen[i].excess == excess &&
			v->seen[i].inside == inside)
			return &v->seen[i];
	if (v->n_seen == REPORT_FINDINGS_MAX) {
		v->report->more = 1;
		return NULL;
	}
	v->seen = mem_grow(v->seen, v->n_seen + 1, sizeof(*v->seen));
	v->seen[v->n_seen] = (struct seen_entry){ .ace = key, .excess = excess, .inside = inside };
	return &v->seen[v->n_seen++];
}

static void add_excess(struct verify *v, const struct ace *a, uint32_t excess, const char *dn)
{
	struct seen_entry *s = seen_of(v, a, excess, plan_ou_of(v->plan, dn) != NULL);

	if (s == NULL)
		return;
	if ((a->flags & ACE_INHERITED) == 0) {
		report_object(&s->found, dn);
		return;
	}
	s->inherited++;
	if (s->first_inherited == NULL)
		s->first_inherited = mem_text(dn);
}

/* Its owner may change the rights on an object, whatever the list says. */
static void look_at_owner(struct verify *v, const struct secdesc *s, enum ad_place place,
	const char *dn)
{
	struct ace as_if = { .type = ACE_ALLOW, .mask = AD_OWNER, .trustee = s->owner };

	if (!ad_token_has(&v->token, &s->owner) || ad_is_common(&s->owner))
		return;
	if (place == PLACE_DEVICE && sid_equal(&s->owner, &v->token.sid[0]))
		return; /* whoever adds a computer owns it */
	add_excess(v, &as_if, AD_OWNER, dn);
}

static void look_at_excess(struct verify *v, const struct secdesc *s, enum ad_place place,
	const char *dn)
{
	int owned = sid_equal(&s->owner, &v->token.sid[0]);

	if (s->dacl.null || !s->dacl.present) {
		struct ace all = { .type = ACE_ALLOW, .mask = RIGHT_EVERYTHING };

		sid_from_text("S-1-1-0", &all.trustee);
		add_excess(v, &all, RIGHT_EVERYTHING & AD_CHANGES, dn);
	}
	for (size_t i = 0; i < s->dacl.n; i++) {
		uint32_t mask = ad_excess(&s->dacl, i, &v->token, place, owned);

		if (mask != 0)
			add_excess(v, &s->dacl.ace[i], mask, dn);
	}
	look_at_owner(v, s, place, dn);
}

static const char *reason(const struct secdesc *s)
{
	return s->control & SECDESC_DACL_PROTECTED ? is_protected : NULL;
}

/* An OU: its own rights, and those of a computer that would be made in it. */
static void look_at_ou(struct verify *v, const struct secdesc *s, const char *dn)
{
	size_t have = 0, of = 0;

	for (size_t i = 0; i < v->n_right; i++) {
		const struct delegation_right *r = &v->right[i];

		if (r->scope == SCOPE_GROUP)
			continue;
		of++;
		if (ad_grants(&s->dacl, &v->token, r, r->scope == SCOPE_DEVICE))
			have++;
		else
			report_missing(v->report, r, dn, reason(s));
	}
	report_ou(v->report, dn, have, of);
}

static void look_at_object(struct verify *v, const struct secdesc *s, const char *dn,
	enum delegation_scope scope)
{
	size_t have = 0, of = 0;

	for (size_t i = 0; i < v->n_right; i++) {
		if (v->right[i].scope != scope)
			continue;
		of++;
		if (ad_grants(&s->dacl, &v->token, &v->right[i], 0))
			have++;
		else
			report_missing(v->report, &v->right[i], dn, reason(s));
	}
	if (scope == SCOPE_GROUP)
		report_ou(v->report, dn, have, of);
}

/* In an OU of ours everything must show itself; what does not is an OU as likely as not. */
static void look_at_unshown(struct verify *v, const char *dn, enum ad_place place)
{
	if (place == PLACE_OUTSIDE)
		return;
	report_missing(v->report, &v->right[0], dn, "it does not show who may do what");
	if (place == PLACE_INSIDE)
		report_ou(v->report, dn, 0, delegation_ou_rights(v->plan));
}

static int visit(const struct dir_entry *e, void *arg, struct fail *f)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	struct verify *v = arg;
	enum ad_place place = place_of(v, e);

	(void)f;
	v->report->objects++;
	if (ad_descriptor(e, &s) < 0) {
		look_at_unshown(v, e->dn, place);
		v->report->unknown++;
		if (v->n_unshown < UNSHOWN_MAX)
			v->unshown[v->n_unshown++] = mem_text(e->dn);
		return 0;
	}
	look_at_excess(v, &s, place, e->dn);
	if (place == PLACE_GROUP)
		look_at_object(v, &s, e->dn, SCOPE_GROUP);
	if (place == PLACE_DEVICE)
		look_at_object(v, &s, e->dn, SCOPE_DEVICE);
	if (place == PLACE_INSIDE && dir_entry_has(e, "objectClass", "organizationalUnit"))
		look_at_ou(v, &s, e->dn);
	return 0;
}

/* --- the whole ----------------------------------------------------------------------- */

static int walk(struct dir *d, struct verify *v, const char *base, struct fail *f)
{
	static const char *const attrs[] = { "nTSecurityDescriptor", "objectClass", NULL };
	const struct dir_control flags = { DIR_CONTROL_SD_FLAGS, DIR_SD_OWNER_GROUP_DACL,
		DIR_SD_LEN };
	const struct dir_query q = {
		.base = base, .scope = DIR_SUBTREE, .attrs = attrs, .limit = PAGE, .control = &flags
	};
	const struct dir_visitor visitor = { visit, v };

	return dir_walk(d, NULL, &q, &visitor, f);
}

static int walk_contexts(struct dir *d, struct verify *v, struct fail *f)
{
	static const char *const attrs[] = { "namingContexts", NULL };
	const struct dir_query q = { .base = "", .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	const struct dir_attr *a;

	if (dir_search(d, NULL, &q, &r, f) < 0)
		return -1;
	a = r->n > 0 ? dir_entry_attr(&r->entry[0], attrs[0]) : NULL;
	for (size_t i = 0; a != NULL && i < a->n && i < CONTEXTS_MAX; i++)
		if (walk(d, v, (const char *)a->value[i].data, f) < 0)
			return -1;
	return 0;
}

/* Objects that do not show their descriptor: the server itself says what we may change of them. */
static int ask_unshown(struct dir *d, struct verify *v, struct fail *f)
{
	static const char *const attrs[] = { "sDRightsEffective", "allowedAttributesEffective",
		"allowedChildClassesEffective", NULL };

	for (size_t i = 0; i < v->n_unshown; i++) {
		const struct dir_query q = {
			.base = v->unshown[i], .scope = DIR_BASE, .attrs = attrs, .limit = 1
		};
		autoclean(dir_result_free) struct dir_result *r = NULL;
		struct ace as_if = { .type = ACE_ALLOW, .mask = AD_SOMETHING };
		const char *sd;

		if (dir_search(d, NULL, &q, &r, f) < 0)
			return -1;
		if (r->n == 0)
			continue;
		sd = dir_entry_text(&r->entry[0], attrs[0]);
		if (sd == NULL)
			continue;
		v->report->unknown--;
		if (strcmp(sd, "0") != 0 || dir_entry_attr(&r->entry[0], attrs[1]) != NULL ||
			dir_entry_attr(&r->entry[0], attrs[2]) != NULL) {
			as_if.trustee = v->token.sid[0];
			add_excess(v, &as_if, AD_SOMETHING, v->unshown[i]);
		}
	}
	return 0;
}

static void tell_excess(struct dir *d, struct verify *v)
{
	for (size_t i = 0; i < v->n_seen; i++) {
		struct seen_entry *s = &v->seen[i];
		struct delegation_finding *found = report_finding(v->report, FINDING_EXCESS);

		if (found == NULL)
			return;
		/* Set somewhere that does not show it: named is where it arrived. */
		if (s->found.n_dn == 0) {
			report_object(&s->found, s->first_inherited);
			s->found.objects = 0;
		}
		*found = s->found;
		s->found.n_dn = 0;
		found->kind = FINDING_EXCESS;
		found->inside = s->inside;
		found->objects += s->inherited;
		found->what = ad_excess_words(d, &s->ace, s->excess);
		if (!sid_equal(&s->ace.trustee, &v->token.sid[0]))
			found->via = ad_sid_name(d, &s->ace.trustee);
	}
}

/* Groups whose power stands in no descriptor: user rights on every domain controller (MS-LSAD
 * section 3.1.1.2.1), enough to read or replace the directory's database. */
static const struct {
	const char *sid, *what;
} operators[] = {
	{ "S-1-5-32-549", "user rights on domain controllers: services, backup, restore" },
	{ "S-1-5-32-550", "user rights on domain controllers: log on, load drivers" },
	{ "S-1-5-32-551", "user rights on domain controllers: backup, restore" },
};

static void tell_operators(struct dir *d, struct verify *v)
{
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		struct delegation_finding *found;
		char base[SID_TEXT_MAX + 8];
		const struct dir_query q = { .base = base, .scope = DIR_BASE, .limit = 1 };
		autoclean(dir_result_free) struct dir_result *r = NULL;
		struct sid sid;

		if (sid_from_text(operators[i].sid, &sid) < 0 || !ad_token_has(&v->token, &sid))
			continue;
		found = report_finding(v->report, FINDING_EXCESS);
		if (found == NULL)
			return;
		snprintf(base, sizeof(base), "<SID=%s>", operators[i].sid);
		if (dir_search(d, NULL, &q, &r, NULL) == 0 && r->n > 0)
			report_object(found, r->entry[0].dn);
		else
			report_object(found, operators[i].sid);
		found->what = mem_text(operators[i].what);
		found->via = ad_sid_name(d, &sid);
	}
}

static void verify_clear(struct verify *v)
{
	for (size_t i = 0; i < v->n_unshown; i++)
		free(v->unshown[i]);
	for (size_t i = 0; i < v->n_seen; i++) {
		for (size_t k = 0; k < v->seen[i].found.n_dn; k++)
			free(v->seen[i].found.dn[k]);
		free(v->seen[i].first_inherited);
	}
	free(v->seen);
	ad_token_clear(&v->token);
}

int ad_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f)
{
	autoclean(verify_clear) struct verify v = { .plan = p };
	autoclean(delegation_report_clear) struct delegation_report report = { .n = 0 };

	v.right = delegation_plan_rights(p, &v.n_right);
	v.report = &report;
	if (ad_token_read(d, NULL, &v.token, f) < 0)
		return -1;
	v.token.maps = p->maps;
	if ((only != NULL ? walk(d, &v, only, f) : walk_contexts(d, &v, f)) < 0 ||
		ask_unshown(d, &v, f) < 0)
		return -1;
	tell_excess(d, &v);
	tell_operators(d, &v);
	report_absent(&report, p, only);
	report_sort(&report, p);
	*out = report;
	report = (struct delegation_report){ .n = 0 };
	return 0;
}

/* --- before an add ------------------------------------------------------------------- */

struct check {
	struct dir *dir;
	const struct delegation_plan *plan;
	struct ad_token token;
	struct dir_via via;
};

static void check_clear(struct check *c)
{
	ad_token_clear(&c->token);
}

static int check_one(struct check *c, const char *dn, struct fail *f)
{
	static const char *const attrs[] = { "nTSecurityDescriptor", NULL };
	const struct dir_control flags = { DIR_CONTROL_SD_FLAGS, DIR_SD_DACL, DIR_SD_LEN };
	const struct dir_query q = {
		.base = dn, .scope = DIR_BASE, .attrs = attrs, .limit = 1, .control = &flags
	};
	autoclean(dir_result_free) struct dir_result *r = NULL;
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	int group = plan_has_group(c->plan, dn);
	size_t n;
	const struct delegation_right *right = delegation_plan_rights(c->plan, &n);

	if (dir_search(c->dir, &c->via, &q, &r, f) < 0)
		return -1;
	if (r->n == 0 || ad_descriptor(&r->entry[0], &s) < 0)
		return fail(f, ENR_CREATE_DENIED, "%s: %s does not show the rights on it (read)",
			c->via.used, dn);
	for (size_t i = 0; i < n; i++)
		if (group == (right[i].scope == SCOPE_GROUP) &&
			!ad_grants(&s.dacl, &c->token, &right[i], right[i].scope == SCOPE_DEVICE))
			return fail(f, ENR_CREATE_DENIED,
				"%s: the right \"%s\" is missing on %s%s%s", c->via.used,
				right[i].what, dn, reason(&s) ? ": " : "",
				reason(&s) ? reason(&s) : "");
	return 0;
}

int ad_check(struct dir *d, const char *server, const struct delegation_plan *p, struct fail *f)
{
	autoclean(
		check_clear) struct check c = { .dir = d, .plan = p, .via = { .server = server } };

	if (ad_token_read(d, server, &c.token, f) < 0)
		return -1;
	for (size_t i = 0; i < p->n_ou; i++)
		if (check_one(&c, p->ou[i], f) < 0)
			return -1;
	for (size_t i = 0; i < p->n_group; i++) {
		if (check_one(&c, p->group[i], f) == 0)
			continue;
		if (f != NULL && f->code == ENR_DIRECTORY_GONE)
			f->code = ENR_GROUP_NOT_FOUND;
		return -1;
	}
	return 0;
}
