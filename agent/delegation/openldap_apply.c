/* OpenLDAP: the plan as olcAccess of the database that holds the OUs, in front of the rules that
 * are there, so that whatever those say comes after ours. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/delegation/flavour.h"
#include "ldap/dir.h"
#include "ldap/dir_dn.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

enum { DATABASES_MAX = 64 };

/* A rule without the number in front of it. */
static const char *unnumbered(const char *rule)
{
	const char *end = rule[0] == '{' ? strchr(rule, '}') : NULL;

	return end != NULL ? end + 1 : rule;
}

/* The same but for blanks and the case of letters: an admin's tools may have laid it out anew. */
static int is_same_rule(const char *a, const char *b)
{
	static const char blank[] = " \t\r\n";

	for (;;) {
		size_t gap_a = strspn(a, blank), gap_b = strspn(b, blank), word;

		a += gap_a;
		b += gap_b;
		if (*a == '\0' || *b == '\0')
			return *a == *b;
		if ((gap_a > 0) != (gap_b > 0))
			return 0;
		word = strcspn(a, blank);
		if (strcspn(b, blank) != word || strncasecmp(a, b, word) != 0)
			return 0;
		a += word;
		b += word;
	}
}

/* One database: the rules that stand there, and those of the plan that belong there. */
struct database {
	const struct dir_entry *entry;
	const struct dir_attr *rules; /* or NULL */
	const char **ours;
	size_t n;
};

static int is_ours(const struct database *db, const char *rule)
{
	for (size_t i = 0; i < db->n; i++)
		if (is_same_rule(unnumbered(rule), db->ours[i]))
			return 1;
	return 0;
}

static int database_list(struct dir *d, struct dir_result **out, struct fail *f)
{
	static const char *const attrs[] = { "olcSuffix", "olcAccess", "olcAddContentAcl", NULL };
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	struct dir_query q = {
		.base = "cn=config", .scope = DIR_ONE, .attrs = attrs, .limit = DATABASES_MAX
	};
	struct dir_via via = { 0 };

	dir_filter_present(&filter, "olcSuffix");
	q.filter = str_text(&filter);
	if (dir_search(d, &via, &q, out, f) < 0) {
		if (f == NULL)
			return -1;
		if (f->code == ENR_DIRECTORY_GONE || via.result == DIR_RESULT_INSUFFICIENT_ACCESS)
			f->code = ENR_RIGHTS_DENIED;
		return -1;
	}
	if ((*out)->n == 0)
		return fail(f, ENR_RIGHTS_DENIED,
			"cn=config shows this account no database: load what enrollctl delegation "
			"plan prints");
	return 0;
}

/* The database with the longest suffix over dn; NULL: none. */
static const struct dir_entry *database_of(const struct dir_result *databases, const char *dn)
{
	const struct dir_entry *best = NULL;
	int deepest = -1;

	for (size_t i = 0; i < databases->n; i++) {
		const struct dir_attr *a = dir_entry_attr(&databases->entry[i], "olcSuffix");

		for (size_t k = 0; a != NULL && k < a->n; k++) {
			const char *suffix = (const char *)a->value[k].data;
			int depth = dir_dn_depth(suffix);

			if (dir_dn_is_within(dn, suffix) != 1 || depth <= deepest)
				continue;
			deepest = depth;
			best = &databases->entry[i];
		}
	}
	return best;
}

/* Ours stand in front, in our order, and an add is held to them. */
static int is_set(const struct database *db)
{
	if (db->rules == NULL || db->rules->n < db->n ||
		!dir_entry_has(db->entry, "olcAddContentAcl", "TRUE"))
		return 0;
	for (size_t i = 0; i < db->n; i++)
		if (!is_same_rule(unnumbered((const char *)db->rules->value[i].data), db->ours[i]))
			return 0;
	return 1;
}

static size_t count_new(const struct database *db)
{
	size_t there = 0;

	for (size_t i = 0; db->rules != NULL && i < db->rules->n; i++)
		there += (size_t)is_ours(db, (const char *)db->rules->value[i].data);
	return db->n > there ? db->n - there : 0;
}

/* Ours in front, then the others as they were. One change, which slapd makes as a whole. */
static int set(struct dir *d, const struct database *db, struct fail *f)
{
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
	size_t old = db->rules != NULL ? db->rules->n : 0, count = 0;
	char **all = mem_array(db->n + old + 1, sizeof(*all));
	struct dir_via via = { 0 };
	int rc;

	for (size_t i = 0; i < db->n; i++, count++)
		all[count] = mem_printf("{%zu}%s", count, db->ours[i]);
	for (size_t i = 0; i < old; i++) {
		const char *rule = (const char *)db->rules->value[i].data;

		if (is_ours(db, rule))
			continue;
		all[count] = mem_printf("{%zu}%s", count, unnumbered(rule));
		count++;
	}
	dir_mods_replace(m, "olcAddContentAcl", "TRUE");
	dir_mods_replace_list(m, "olcAccess", (const char *const *)all, count);
	rc = dir_modify(d, &via, db->entry->dn, m, f);
	if (rc < 0 && f != NULL && via.result == DIR_RESULT_INSUFFICIENT_ACCESS)
		f->code = ENR_RIGHTS_DENIED;
	while (count > 0)
		free(all[--count]);
	free(all);
	return rc;
}

struct setting {
	struct dir *dir;
	const struct delegation_lines *lines;
	int dry;
	size_t *changed;
};

/* What of the plan belongs into that database. */
static int set_database(const struct setting *s, const struct dir_result *databases,
	const struct dir_entry *entry, struct fail *f)
{
	struct database db = { .entry = entry, .rules = dir_entry_attr(entry, "olcAccess") };
	size_t fresh;
	int rc = 0;

	db.ours = mem_array(s->lines->n + 1, sizeof(*db.ours));
	for (size_t i = 0; i < s->lines->n; i++)
		if (database_of(databases, s->lines->line[i].on) == entry)
			db.ours[db.n++] = s->lines->line[i].native;
	if (db.n > 0 && !is_set(&db)) {
		/* All there, but behind others, or without effect on adds: set anew. */
		fresh = count_new(&db);
		*s->changed += fresh > 0 ? fresh : db.n;
		if (!s->dry)
			rc = set(s->dir, &db, f);
	}
	free(db.ours);
	return rc;
}

static int set_all(const struct setting *s, struct fail *f)
{
	autoclean(dir_result_free) struct dir_result *databases = NULL;

	if (database_list(s->dir, &databases, f) < 0)
		return -1;
	for (size_t i = 0; i < s->lines->n; i++)
		if (database_of(databases, s->lines->line[i].on) == NULL)
			return fail(f, ENR_RIGHTS_DENIED, "no database of this server holds %s",
				s->lines->line[i].on);
	for (size_t i = 0; i < databases->n; i++)
		if (set_database(s, databases, &databases->entry[i], f) < 0)
			return -1;
	return 0;
}

int openldap_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f)
{
	autoclean(delegation_lines_clear) struct delegation_lines lines = { NULL, 0 };
	const struct setting s = { d, &lines, dry, changed };
	size_t left = 0;
	const struct setting again = { d, &lines, 1, &left };

	if (delegation_say(p, &lines, f) < 0 || set_all(&s, f) < 0)
		return -1;
	if (dry || *changed == 0)
		return 0;
	if (set_all(&again, f) < 0)
		return -1;
	return left == 0 ? 0
			 : fail(f, ENR_RIGHTS_DENIED,
				   "%zu rules do not stand there as they were written", left);
}
