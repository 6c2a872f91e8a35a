/* 389 Directory Server: the server itself says what an account may do (get-effective-rights), also
 * of an entry that is not there yet. So the log-in may be the account's, which sees what it may
 * see, or an admin's, which sees everything. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/delegation/flavour.h"
#include "agent/delegation/report.h"
#include "ldap/dir.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define EFFECTIVE_RIGHTS "1.3.6.1.4.1.42.2.27.9.5.2"

enum { PAGE = 200,
	CONTEXTS_MAX = 32 };

struct rights {
	struct dir *dir;
	const struct delegation_plan *plan;
	const struct delegation_right *right;
	size_t n_right;
	struct delegation_report *report;
	char **ou; /* found by the walk */
	size_t n_ou;
	char *asked; /* value of the control */
	struct dir_control control;
};

static void rights_clear(struct rights *r)
{
	for (size_t i = 0; i < r->n_ou; i++)
		free(r->ou[i]);
	free(r->ou);
	free(r->asked);
}

static int rights_begin(struct rights *r, struct fail *f)
{
	if (plan_has_agent(r->plan, f) < 0)
		return -1;
	r->right = delegation_rights(r->plan->flavour, &r->n_right);
	r->asked = mem_printf("dn:%s", r->plan->agent);
	r->control = (struct dir_control){ EFFECTIVE_RIGHTS, (const uint8_t *)r->asked,
		strlen(r->asked) };
	return 0;
}

/* --- what the server says ------------------------------------------------------------ */

/* "cn:rsc, owner:rscwo": the letters of attr into a text of their own; "" if it is not named. */
static void letters_of(const char *rights, const char *attr, char out[16])
{
	size_t len = strlen(attr);

	out[0] = '\0';
	for (const char *p = rights; *p != '\0'; p += strspn(p, ", ")) {
		size_t word = strcspn(p, ",");

		if (word > len && p[len] == ':' && strncasecmp(p, attr, len) == 0)
			snprintf(out, 16, "%.*s", (int)(word - len - 1), p + len + 1);
		p += word;
	}
}

static int has(const char *letters, const char *wanted)
{
	if (letters == NULL || strcmp(letters, "none") == 0)
		return 0;
	for (; *wanted != '\0'; wanted++)
		if (strchr(letters, *wanted) == NULL)
			return 0;
	return 1;
}

static int entry_grants(const struct dir_entry *e, const struct delegation_right *right)
{
	const char *entry = dir_entry_text(e, "entryLevelRights");
	const char *attrs = dir_entry_text(e, "attributeLevelRights");
	char letters[16];

	if (right->attr == NULL)
		return has(entry, right->letters);
	if (attrs == NULL)
		return 0;
	letters_of(attrs, right->attr, letters);
	return has(letters, right->letters);
}

/* --- what is there ------------------------------------------------------------------- */

static void excess(struct rights *r, const char *dn, const char *what, const char *attr)
{
	report_excess(r->report, r->plan, dn, what, attr);
}

static int is_planned(const struct rights *r, const char *attr, enum delegation_scope scope)
{
	for (size_t i = 0; i < r->n_right; i++)
		if (r->right[i].scope == scope && text_equal_ci(r->right[i].attr, attr) &&
			strchr(r->right[i].letters, 'w') != NULL)
			return 1;
	return 0;
}

/* 1 if every attribute that the server names may be written. */
static int is_all(const char *attrs)
{
	size_t named = 0, written = 0;

	for (const char *p = attrs; *p != '\0'; p += strspn(p, ", ")) {
		size_t word = strcspn(p, ","), name = strcspn(p, ":,");

		named++;
		written += memchr(p + name, 'w', word - name) != NULL;
		p += word;
	}
	return named > 1 && named == written;
}

static void look_at_attrs(struct rights *r, const struct dir_entry *e, enum delegation_scope scope)
{
	const char *attrs = dir_entry_text(e, "attributeLevelRights");
	int own = dir_dn_equal(e->dn, r->plan->agent) == 1;

	if (attrs != NULL && is_all(attrs)) {
		excess(r, e->dn, "write", "every attribute");
		return;
	}
	for (const char *p = attrs != NULL ? attrs : ""; *p != '\0'; p += strspn(p, ", ")) {
		size_t word = strcspn(p, ","), name = strcspn(p, ":,");
		autoclean(text_free) char *attr = mem_textn(p, name);
		autoclean(text_free) char *letters =
			mem_textn(p + name, word > name ? word - name : 0);

		/* ":none" has an o, but no w and no W. */
		if (strpbrk(letters, "wW") != NULL && !is_planned(r, attr, scope) &&
			(!own || text_equal_ci(attr, "aci") || text_equal_ci(attr, "nsRoleDN")))
			excess(r, e->dn, "write", attr);
		p += word;
	}
}

static int visit(const struct dir_entry *e, void *arg, struct fail *f)
{
	static const struct {
		char letter;
		const char *what;
		int of_devices; /* the plan has it */
	} words[] = { { 'a', "add", 1 }, { 'd', "delete", 1 }, { 'n', "rename", 0 } };
	struct rights *r = arg;
	const char *entry = dir_entry_text(e, "entryLevelRights");
	int inside = plan_ou_of(r->plan, e->dn) != NULL;
	int device = inside && dir_entry_has(e, "objectClass", "enrolldDevice");
	int group = plan_has_group(r->plan, e->dn);

	(void)f;
	r->report->objects++;
	if (entry == NULL) {
		r->report->unknown++;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (has(entry, (char[2]){ words[i].letter, '\0' }) &&
			!(device && words[i].of_devices))
			excess(r, e->dn, words[i].what, NULL);
	look_at_attrs(r, e, device ? SCOPE_DEVICE : group ? SCOPE_GROUP
							  : SCOPE_OU);
	if ((inside && dir_entry_has(e, "objectClass", "organizationalUnit")) || group) {
		r->ou = mem_grow(r->ou, r->n_ou + 1, sizeof(*r->ou));
		r->ou[r->n_ou++] = mem_text(e->dn);
	}
	return 0;
}

static int walk(struct rights *r, const char *base, struct fail *f)
{
	static const char *const attrs[] = { "*", "aci", "nsRoleDN", "nsAccountLock", NULL };
	const struct dir_query q = { .base = base,
		.scope = DIR_SUBTREE,
		.attrs = attrs,
		.limit = PAGE,
		.control = &r->control };
	const struct dir_visitor visitor = { visit, r };

	return dir_walk(r->dir, NULL, &q, &visitor, f);
}

static int walk_contexts(struct rights *r, struct fail *f)
{
	static const char *const attrs[] = { "namingContexts", NULL };
	const struct dir_query q = { .base = "", .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *found = NULL;
	const struct dir_attr *a;

	if (dir_search(r->dir, NULL, &q, &found, f) < 0)
		return -1;
	a = found->n > 0 ? dir_entry_attr(&found->entry[0], attrs[0]) : NULL;
	for (size_t i = 0; a != NULL && i < a->n && i < CONTEXTS_MAX; i++)
		if (walk(r, (const char *)a->value[i].data, f) < 0)
			return -1;
	return 0;
}

/* --- what is missing ----------------------------------------------------------------- */

/* The rights on dn and on a device that would be made in it, in one answer: the server makes up an
 * entry of that class. */
static int ask(struct rights *r, const char *dn, struct dir_result **out, struct fail *f)
{
	static const char *const attrs[] = { "objectClass", "member", "nsAccountLock",
		"*@enrolldDevice:cn", "nsAccountLock@enrolldDevice:cn",
		"userCertificate@enrolldDevice:cn", "owner@enrolldDevice:cn", NULL };
	const struct dir_query q = {
		.base = dn, .scope = DIR_BASE, .attrs = attrs, .limit = 16, .control = &r->control
	};

	return dir_search(r->dir, NULL, &q, out, f);
}

static int is_granted(const struct dir_result *answer, const struct delegation_right *right)
{
	for (size_t i = 0; i < answer->n; i++) {
		const struct dir_entry *e = &answer->entry[i];
		int made_up = strncasecmp(e->dn, "cn=template_", 12) == 0;

		if (made_up == (right->scope == SCOPE_DEVICE) && entry_grants(e, right))
			return 1;
	}
	return 0;
}

/* Each right of the plan that dn lacks goes to lacks (may be NULL) and into the report (or not). */
static int look_at(struct rights *r, const char *dn, struct delegation_lines *lacks, struct fail *f)
{
	autoclean(dir_result_free) struct dir_result *answer = NULL;
	int group = plan_has_group(r->plan, dn);
	size_t have = 0, of = 0;

	if (ask(r, dn, &answer, f) < 0)
		return -1;
	for (size_t i = 0; i < r->n_right; i++) {
		const struct delegation_right *right = &r->right[i];

		if (group != (right->scope == SCOPE_GROUP))
			continue;
		of++;
		if (is_granted(answer, right))
			have++;
		else if (lacks != NULL)
			line_add(lacks, right, dn);
		else
			report_missing(r->report, right, dn, NULL);
	}
	if (r->report != NULL)
		report_ou(r->report, dn, have, of);
	return 0;
}

int ds389_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f)
{
	autoclean(delegation_report_clear) struct delegation_report report = { .n = 0 };
	autoclean(rights_clear) struct rights r = { .dir = d, .plan = p, .report = &report };

	if (rights_begin(&r, f) < 0 ||
		(only != NULL ? walk(&r, only, f) : walk_contexts(&r, f)) < 0)
		return -1;
	for (size_t i = 0; i < r.n_ou; i++)
		if (look_at(&r, r.ou[i], NULL, f) < 0)
			return -1;
	report_absent(&report, p, only);
	report_sort(&report, p);
	*out = report;
	report = (struct delegation_report){ .n = 0 };
	return 0;
}

/* What of the plan is missing; texts of it are those of the plan. */
static int missing(struct dir *d, const struct delegation_plan *p, struct delegation_lines *out,
	struct fail *f)
{
	autoclean(rights_clear) struct rights r = { .dir = d, .plan = p };

	if (rights_begin(&r, f) < 0)
		return -1;
	for (size_t i = 0; i < p->n_ou; i++)
		if (look_at(&r, p->ou[i], out, f) < 0)
			return -1;
	for (size_t i = 0; i < p->n_group; i++)
		if (look_at(&r, p->group[i], out, f) < 0)
			return -1;
	return 0;
}

int ds389_check(struct dir *d, const char *server, const struct delegation_plan *p, struct fail *f)
{
	autoclean(delegation_lines_clear) struct delegation_lines lacks = { NULL, 0 };

	(void)server;
	if (missing(d, p, &lacks, f) < 0)
		return -1;
	if (lacks.n == 0)
		return 0;
	return fail(f, ENR_CREATE_DENIED, "the right \"%s\" is missing on %s",
		lacks.line[0].right->what, lacks.line[0].on);
}

/* --- said and set -------------------------------------------------------------------- */

static char *aci_of(const struct delegation_plan *p, const struct delegation_right *right)
{
	return mem_printf("%s(version 3.0; acl \"enrolld: %s\"; allow (%s) userdn=\"ldap:///%s\";)",
		right->target, right->what, right->allow, p->agent);
}

int ds389_say(
	const struct delegation_plan *p, size_t i, struct delegation_line *l, struct fail *f)
{
	(void)i;
	if (plan_has_agent(p, f) < 0)
		return -1;
	l->native = aci_of(p, l->right);
	l->command[0] = mem_printf("dn: %s\nchangetype: modify\nadd: aci\naci: %s\n", l->on,
		l->native);
	return 0;
}

int ds389_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f)
{
	autoclean(delegation_lines_clear) struct delegation_lines lacks = { NULL, 0 };

	if (missing(d, p, &lacks, f) < 0)
		return -1;
	for (size_t i = 0; i < lacks.n; i++) {
		autoclean(text_free) char *aci = aci_of(p, lacks.line[i].right);
		autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
		struct dir_via via = { 0 };

		(*changed)++;
		dir_mods_add(m, "aci", aci);
		if (dry || dir_modify(d, &via, lacks.line[i].on, m, f) == 0)
			continue;
		if (f != NULL && via.result == DIR_RESULT_INSUFFICIENT_ACCESS)
			f->code = ENR_RIGHTS_DENIED;
		return -1;
	}
	return 0;
}
