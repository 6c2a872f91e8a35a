/* Objects that stand: switched, published, taken back, removed. Always found by their GUID, and
 * every change holds for that entry and its mark alone, so that a DN that was given to another
 * entry meanwhile changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "agent/join/join.h"
#include "agent/join/join_ad.h"
#include "agent/join/join_private.h"
#include "ldap/dir_dn.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

enum { TRIES = 3,
	CHILDREN_MAX = 1000 };

int join_is_changed(const struct dir_via *via, enum code code)
{
	return code == ENR_DIRECTORY_GONE || via->result == DIR_RESULT_NO_SUCH_ATTRIBUTE ||
		via->result == DIR_RESULT_ASSERTION_FAILED;
}

int join_gone(const char *guid, struct fail *f)
{
	return fail(f, ENR_DIRECTORY_GONE, "%s: no entry with this GUID below any [ou]", guid);
}

/* It stood there at each look, and changed before each change: no "gone" of ours. */
static int gave_up(struct fail *f)
{
	return join_recode(f, ENR_DIRECTORY_GONE, ENR_DIRECTORY_BUSY);
}

/* --- going --------------------------------------------------------------------------- */

struct going {
	const char *guid, *server;
	const char *mark; /* NULL: any of ours */
	const char *word; /* what is put behind the mark first */
	int with_children;
};

/* Deepest first. */
static int by_depth(const void *a, const void *b)
{
	return dir_dn_depth(((const struct dir_entry *)b)->dn) -
		dir_dn_depth(((const struct dir_entry *)a)->dn);
}

static int children_delete(struct join *j, const char *server, const char *dn, struct fail *f)
{
	const struct dir_query q = { .base = dn, .scope = DIR_SUBTREE, .limit = CHILDREN_MAX };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_via via = { .server = server };
	struct fail why = FAIL_INIT;

	if (dir_search(j->dir, &via, &q, &r, f) < 0)
		return -1;
	qsort(r->entry, r->n, sizeof(*r->entry), by_depth);
	for (size_t i = 0; i < r->n; i++) {
		if (dir_dn_equal(r->entry[i].dn, dn) == 1)
			continue;
		if (dir_delete(j->dir, &via, r->entry[i].dn, NULL, &why) < 0 &&
			why.code != ENR_DIRECTORY_GONE) {
			if (f != NULL)
				*f = why;
			return fail_in(f, "an entry below it");
		}
	}
	if (r->more)
		return fail(f, ENR_DIRECTORY_BUSY, "%s: more than %d entries below it; again", dn,
			CHILDREN_MAX);
	return 0;
}

/* The mark is there, or was swapped by a try before. */
static int marks_of(const struct going *g, const struct dir_entry *e, const char *now,
	char **mark, struct fail *f)
{
	autoclean(text_free) char *before = mem_text(now);
	size_t len = now != NULL ? strlen(now) : 0, tail = strlen(g->word);

	if (len > tail && strcmp(now + len - tail, g->word) == 0)
		before[len - tail] = '\0';
	if (g->mark != NULL ? !text_equal(before, g->mark) : !join_is_mark(before))
		return fail(f, ENR_NOT_OURS, "%s: carries the mark %s", e->dn,
			now != NULL ? now : "of nobody");
	*mark = steal(before);
	return 0;
}

/* One swap and one delete, on that server. 0 gone; -1 with f; 1 with f: the entry changed,
 * look again. */
static int go_once(struct join *j, const struct dir_entry *e, const struct going *g,
	const char *server, struct fail *f)
{
	autoclean(str_free) struct str target = STR_INIT(80);
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
	autoclean(text_free) char *mark = NULL, *swapped = NULL;
	const char *now = dir_entry_text(e, j->flavour->mark);
	const char *dn = join_target(j, e, g->guid, &target);
	struct dir_via via = { .server = server };
	struct fail why = FAIL_INIT;
	int rc = 0;

	if (marks_of(g, e, now, &mark, f) < 0)
		return -1;
	swapped = mem_printf("%s%s", mark, g->word);
	if (text_equal(now, mark)) {
		if (j->flavour->asserts)
			join_guard(j, g->guid, NULL, m);
		dir_mods_delete(m, j->flavour->mark, mark);
		dir_mods_add(m, j->flavour->mark, swapped);
		rc = dir_modify(j->dir, &via, dn, m, &why);
	}
	if (rc == 0 && join_groups_leave(j, e->dn, f) < 0)
		return -1;
	if (rc == 0 && g->with_children && !j->flavour->tree_delete &&
		children_delete(j, server, e->dn, f) < 0)
		return -1;
	if (rc == 0 && g->with_children && j->flavour->tree_delete) {
		rc = dir_delete_tree(j->dir, &via, dn, &why);
	} else if (rc == 0) {
		join_filter_guid(j, g->guid, swapped, &filter);
		rc = dir_delete(j->dir, &via, dn, j->flavour->asserts ? str_text(&filter) : NULL,
			&why);
	}
	if (rc < 0 && f != NULL)
		*f = why;
	return rc < 0 && join_is_changed(&via, why.code) ? 1 : rc;
}

static int go(struct join *j, const struct going *g, struct fail *f)
{
	for (int i = 0; i < TRIES; i++) {
		autoclean(dir_result_free) struct dir_result *r = NULL;
		struct dir_via via = { .server = g->server };
		int rc;

		if (join_by_guid(j, &via, g->guid, &r, f) < 0)
			return -1;
		if (r == NULL)
			return 0;
		rc = go_once(j, &r->entry[0], g, via.server, f);
		if (rc <= 0)
			return rc;
	}
	return gave_up(f);
}

int join_undo(struct join *j, const char *guid, const char *mark, const char *server,
	struct fail *f)
{
	const struct going g = { .guid = guid, .mark = mark, .server = server, .word = ":undo" };

	return go(j, &g, f);
}

int join_remove(struct join *j, const char *guid, const char *mark, struct fail *f)
{
	const struct going g = {
		.guid = guid, .mark = mark, .word = ":remove", .with_children = 1
	};

	return go(j, &g, f);
}

/* --- changes ------------------------------------------------------------------------- */

/* Puts into m what is to change of the entry. */
typedef void change_fill(struct join *j, const struct dir_entry *e, const void *arg,
	struct dir_mods *m);

struct change {
	const char *guid;
	const char *mark;              /* what it must carry; NULL: what it carries */
	change_fill *fill;
	const void *arg;
};

/* 0, -1 with f, or 1 with f: the entry changed, look again. */
static int change_once(struct join *j, struct dir_via *via, const struct change *c, struct fail *f)
{
	autoclean(dir_result_free) struct dir_result *r = NULL;
	autoclean(str_free) struct str target = STR_INIT(80);
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
	struct fail why = FAIL_INIT;
	const struct dir_entry *e;
	const char *now;

	if (join_by_guid(j, via, c->guid, &r, f) < 0)
		return -1;
	if (r == NULL)
		return join_gone(c->guid, f);
	e = &r->entry[0];
	now = dir_entry_text(e, j->flavour->mark);
	if (c->mark != NULL && !text_equal(now, c->mark))
		return fail(f, ENR_NOT_OURS, "%s: carries the mark %s", e->dn,
			now != NULL ? now : "of nobody");
	join_guard(j, c->guid, now, m);
	c->fill(j, e, c->arg, m);
	if (dir_modify(j->dir, via, join_target(j, e, c->guid, &target), m, &why) == 0)
		return 0;
	if (f != NULL)
		*f = why;
	return join_is_changed(via, why.code) ? 1 : -1;
}

static int change(struct join *j, struct dir_via *via, const struct change *c, struct fail *f)
{
	int rc = 1;

	for (int i = 0; i < TRIES && rc == 1; i++)
		rc = change_once(j, via, c, f);
	return rc == 1 ? gave_up(f) : rc;
}

static void fill_state(struct join *j, const struct dir_entry *e, const void *arg,
	struct dir_mods *m)
{
	join_state_change(j, e, *(const enum join_state *)arg, m);
}

int join_set_state(struct join *j, const char *guid, enum join_state state, struct fail *f)
{
	struct dir_via via = { 0 };

	return change(j, &via, &(struct change){ guid, NULL, fill_state, &state }, f);
}

/* Values by issuer and serial number; of: those of the issuer of that one alone, or NULL. */
static void mapping_drop(const struct join *j, const struct dir_entry *e, const char *of,
	struct dir_mods *m)
{
	const struct dir_attr *a =
		j->flavour->mapping != NULL ? dir_entry_attr(e, j->flavour->mapping) : NULL;
	const char *end = of != NULL ? strstr(of, "<SR>") : NULL;
	size_t len = end != NULL ? (size_t)(end - of) + 4 : 8;

	for (size_t i = 0; a != NULL && i < a->n; i++) {
		const char *value = (const char *)a->value[i].data;

		if (strncmp(value, of != NULL ? of : "X509:<I>", len) == 0 &&
			strstr(value, "<SR>") != NULL)
			dir_mods_delete(m, j->flavour->mapping, value);
	}
}

static void fill_publish(struct join *j, const struct dir_entry *e, const void *arg,
	struct dir_mods *m)
{
	const struct join_flavour *v = j->flavour;
	const struct join_object *o = arg;

	if (v->enrollment != NULL && o->enrollment != NULL)
		dir_mods_replace(m, v->enrollment, o->enrollment);
	if (o->certificate != NULL)
		dir_mods_replace_bytes(m, v->certificate, o->certificate, o->certificate_len);
	if (v->mapping != NULL && o->mapping != NULL) {
		mapping_drop(j, e, o->mapping, m);
		if (o->maps)
			dir_mods_add(m, v->mapping, o->mapping);
	}
}

int join_publish(struct join *j, const char *guid, const char *server,
	const struct join_object *o, struct fail *f)
{
	struct dir_via via = { .server = server };

	return change(j, &via, &(struct change){ guid, o->mark, fill_publish, o }, f);
}

static void fill_password(struct join *j, const struct dir_entry *e, const void *arg,
	struct dir_mods *m)
{
	(void)arg;
	ad_password_spoil(m);
	if (conf_maps(j->conf))
		mapping_drop(j, e, NULL, m);
}

int join_spoil_password(struct join *j, const char *guid, struct fail *f)
{
	struct dir_via via = { 0 };

	if (!j->flavour->traits.has_password)
		return 0;
	return change(j, &via, &(struct change){ guid, NULL, fill_password, NULL }, f);
}
