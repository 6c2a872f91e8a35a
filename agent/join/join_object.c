/* Making an object: the check before it, the add, the look after an add that was not answered. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/join/join.h"
#include "agent/join/join_private.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

/* The attributes of an object besides its classes and its certificate, and where each comes from.
 */
static const struct {
	size_t attr; /* offset of the name in struct join_flavour */
	size_t value; /* offset of the text in struct join_object */
} parts[] = {
	{ offsetof(struct join_flavour, name_attr), offsetof(struct join_object, name) },
	{ offsetof(struct join_flavour, fqdn), offsetof(struct join_object, fqdn) },
	{ offsetof(struct join_flavour, serial), offsetof(struct join_object, serial) },
	{ offsetof(struct join_flavour, owner), offsetof(struct join_object, owner) },
	{ offsetof(struct join_flavour, description), offsetof(struct join_object, description) },
	{ offsetof(struct join_flavour, enrollment), offsetof(struct join_object, enrollment) },
	{ offsetof(struct join_flavour, mark), offsetof(struct join_object, mark) },
};

static const char *text_at(const void *object, size_t offset)
{
	return *(const char *const *)((const char *)object + offset);
}

/* May this attribute be part of what is sent? 1, 0, or -1 with f. */
typedef int part_test(struct join *j, const char *server, const struct join_object *o,
	const char *attr, struct fail *f);

static int test_all(struct join *j, const char *server, const struct join_object *o,
	const char *attr, struct fail *f)
{
	(void)j;
	(void)server;
	(void)o;
	(void)attr;
	(void)f;
	return 1;
}

static int test_used(struct join *j, const char *server, const struct join_object *o,
	const char *attr, struct fail *f)
{
	enum answer used = join_attr_used(j, server, o->ou_dn, attr, f);

	if (used == ANSWER_UNKNOWN)
		return fail_in(f, "is %s in use there", attr);
	if (used == ANSWER_NO && strcmp(attr, j->flavour->name_attr) == 0)
		return fail(f, ENR_PREFLIGHT_UNKNOWN,
			"no entry with %s is to be seen near %s, and a no-op add that is the first "
			"to use an attribute would spoil the database: let the agent's account "
			"read its own %s",
			attr, o->ou_dn, attr);
	return used == ANSWER_YES;
}

/* serialNumber is a PrintableString (RFC 4519 section 2.31; RFC 4517 section 3.2): a serial with
 * anything else in it cannot stand there and is left out. */
static int is_printable(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789'()+,-./:=? ";

	return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

/* The value of a part, NULL if the object does not have it. */
static const char *part_value(const struct join_flavour *v, const struct join_object *o, size_t i)
{
	const char *value = text_at(o, parts[i].value);

	if (text_at(v, parts[i].attr) == NULL)
		return NULL;
	if (parts[i].value == offsetof(struct join_object, serial) && value != NULL &&
		!is_printable(value))
		return NULL;
	return value;
}

/* What is to be sent, by that test. NULL with f. */
static struct dir_mods *object_mods(struct join *j, const char *server,
	const struct join_object *o, part_test *test, struct fail *f)
{
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
	const struct join_flavour *v = j->flavour;
	int send;

	for (size_t i = 0; v->classes[i] != NULL; i++)
		dir_mods_add(m, "objectClass", v->classes[i]);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const char *value = part_value(v, o, i);

		if (value == NULL)
			continue;
		send = test(j, server, o, text_at(v, parts[i].attr), f);
		if (send < 0)
			return NULL;
		if (send)
			dir_mods_add(m, text_at(v, parts[i].attr), value);
	}
	send = v->state_words[JOIN_ENABLED] != NULL ? test(j, server, o, v->state, f) : 0;
	if (send > 0)
		dir_mods_add(m, v->state, v->state_words[JOIN_ENABLED]);
	if (v->add_more != NULL)
		v->add_more(j, o, m);
	if (send >= 0 && o->certificate != NULL)
		send = test(j, server, o, v->certificate, f);
	if (send < 0)
		return NULL;
	if (send > 0)
		dir_mods_add_bytes(m, v->certificate, o->certificate, o->certificate_len);
	return steal(m);
}

/* The DN, after everything that can be refused without asking. */
static int object_dn(const struct join *j, const struct join_object *o, struct str *dn,
	struct fail *f)
{
	if (!text_is_label(o->name))
		return fail(f, ENR_NAME_INVALID, "%.100s: not one RFC 1123 label", o->name);
	if (join_ou_row(j, o->ou_dn) == NULL)
		return fail(f, ENR_OU_NOT_ALLOWED, "%.300s: not below any [ou]", o->ou_dn);
	dir_dn_child(dn, j->flavour->name_attr, o->name, o->ou_dn);
	if (dn->overflow)
		return fail(f, ENR_NAME_INVALID, "%.100s: the DN is too long", o->name);
	return 0;
}

/* The very add, without effect. What is in use there must be asked of the same server. */
static int noop_at(struct join *j, const char *server, const struct join_object *o, const char *dn,
	struct fail *f)
{
	part_test *test = j->flavour->noop_used_attributes_only ? test_used : test_all;
	autoclean(dir_mods_free) struct dir_mods *m = object_mods(j, server, o, test, f);
	struct dir_via via = { .server = server };

	if (m == NULL)
		return -1;
	if (dir_add_noop(j->dir, &via, dn, m, f) == 0)
		return 0;
	return join_recode(f, ENR_DIRECTORY_GONE, ENR_OU_CHANGED);
}

static int try_noop(struct join *j, const struct join_object *o, const char *dn, struct fail *f)
{
	autoclean(dir_root_clear) struct dir_root root = { NULL, NULL };
	struct dir_via any = { 0 };
	struct fail why = FAIL_INIT;

	if (o->server != NULL && noop_at(j, o->server, o, dn, &why) == 0)
		return 0;
	if (o->server != NULL && why.code != ENR_DIRECTORY_UNREACHABLE) {
		if (f != NULL)
			*f = why;
		return -1;
	}
	/* Whoever answers a question that every server answers. */
	return dir_root(j->dir, &any, &root, f) < 0 ? -1 : noop_at(j, any.used, o, dn, f);
}

int join_preflight(struct join *j, const struct join_object *o, struct fail *f)
{
	autoclean(str_free) struct str dn = STR_INIT(DIR_DN_MAX);

	if (object_dn(j, o, &dn, f) < 0)
		return -1;
	if (o->take_guid != NULL)
		return join_take_check(j, o, f);
	if (j->flavour->noop)
		return try_noop(j, o, str_text(&dn), f);
	return j->flavour->may_add(j, o, f);
}

/* --- made ---------------------------------------------------------------------------- */

/* What was written: where, and the mark it carries. */
struct written {
	const char *dn, *mark;
};

/* Read what was made, where it was made; what another hand put there meanwhile is not it. */
static int read_once(struct join *j, struct dir_via *via, const struct written *w,
	struct join_created *out, struct fail *f)
{
	const char *attrs[JOIN_ATTRS_MAX];
	const struct dir_query q = { .base = w->dn, .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;

	join_attrs(j->flavour, attrs);
	if (dir_search(j->dir, via, &q, &r, f) < 0)
		return -1;
	if (r->n == 0)
		return fail(f, ENR_DIRECTORY_GONE, "%s: not to be seen", w->dn);
	if (!text_equal(dir_entry_text(&r->entry[0], j->flavour->mark), w->mark))
		return fail(f, ENR_NOT_OURS, "%s: does not carry the mark of this add", w->dn);
	return join_created_of(j, &r->entry[0], via->used, out, f);
}

static int read_back(struct join *j, const char *server, const struct written *w,
	struct join_created *out, struct fail *f)
{
	struct dir_via back = { .server = server };
	struct fail why = FAIL_INIT;

	if (read_once(j, &back, w, out, &why) == 0)
		return 0;
	back.fresh = 1;
	if (read_once(j, &back, w, out, &why) == 0)
		return 0;
	return fail(f, ENR_UNCERTAIN, "it was written, and could not be read back: %.400s",
		why.evidence);
}

/* The object stands, and a group refused it: it goes again. One that was taken over stays. */
static int take_back(struct join *j, const struct join_object *o, const struct join_created *made,
	const struct fail *why, struct fail *f)
{
	struct fail undo = FAIL_INIT;

	if (o->take_guid == NULL &&
		join_undo(j, made->guid, o->mark, made->server, &undo) < 0)
		return fail(f, ENR_UNCERTAIN, "%.250s; and it could not be taken back: %.250s",
			why->evidence, undo.evidence);
	if (f != NULL)
		*f = *why;
	return -1;
}

static int add(struct join *j, struct dir_via *via, const struct join_object *o, const char *dn,
	struct fail *f)
{
	autoclean(dir_mods_free) struct dir_mods *m = object_mods(j, "", o, test_all, f);

	if (m == NULL)
		return -1;
	if (dir_add(j->dir, via, dn, m, f) < 0)
		return join_recode(f, ENR_DIRECTORY_GONE, ENR_OU_CHANGED);
	return 0;
}

int join_create(struct join *j, const struct join_object *o, const char *server,
	struct join_created *out, struct fail *f)
{
	autoclean(str_free) struct str dn = STR_INIT(DIR_DN_MAX);
	autoclean(text_free) char *taken = NULL;
	struct dir_via via = { .server = server };
	struct written written = { .mark = o->mark };
	struct join_created made = { .dn = NULL };
	struct fail why = FAIL_INIT;
	int rc;

	if (object_dn(j, o, &dn, f) < 0)
		return -1;
	rc = o->take_guid != NULL ? join_take_over(j, &via, o, &taken, &why)
				  : add(j, &via, o, str_text(&dn), &why);
	written.dn = taken != NULL ? taken : str_text(&dn);
	if (rc == 0)
		rc = read_back(j, via.used, &written, &made, &why);
	if (rc == 0 && join_groups_enter(j, &made, o, &why) < 0)
		rc = take_back(j, o, &made, &why, &why);
	if (rc == 0) {
		*out = made;
		return 0;
	}
	if (why.code == ENR_UNCERTAIN || made.server != NULL)
		out->server = mem_text(via.used);
	join_created_clear(&made);
	if (f != NULL)
		*f = why;
	return -1;
}

/* --- looked for ---------------------------------------------------------------------- */

/* Is the entry to be seen? NO: there is no such entry. */
static enum answer is_seen(struct join *j, struct dir_via *via, const char *dn, struct fail *f)
{
	const struct dir_query q = { .base = dn, .scope = DIR_BASE, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct fail why = FAIL_INIT;

	if (dir_search(j->dir, via, &q, &r, &why) == 0 && r->n > 0)
		return ANSWER_YES;
	if (why.code == ENR_NONE)
		fail(&why, ENR_OU_CHANGED, "%s: not to be seen", dn);
	if (f != NULL)
		*f = why;
	join_recode(f, ENR_DIRECTORY_GONE, ENR_OU_CHANGED);
	return why.code == ENR_DIRECTORY_GONE ? ANSWER_NO : ANSWER_UNKNOWN;
}

/* Nothing was found. That is a no only if we can see the OU at all, or where it would be: an
 * account that lost its rights sees nothing anywhere. */
static enum answer absent(struct join *j, struct dir_via *via, const char *ou_dn, struct fail *f)
{
	const struct conf_ou *top = join_ou_top(j, ou_dn);
	enum answer seen = is_seen(j, via, ou_dn, f);

	if (seen == ANSWER_NO && top != NULL && dir_dn_equal(top->dn, ou_dn) != 1)
		seen = is_seen(j, via, top->dn, f);
	return seen == ANSWER_YES ? ANSWER_NO : ANSWER_UNKNOWN;
}

/* What stands there, or *out is NULL. */
static int look(struct join *j, struct dir_via *via, const struct join_object *o,
	struct dir_result **out, struct fail *f)
{
	autoclean(str_free) struct str dn = STR_INIT(DIR_DN_MAX);
	const char *attrs[JOIN_ATTRS_MAX];
	struct dir_query q = { .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	struct fail why = FAIL_INIT;
	int rc;

	if (object_dn(j, o, &dn, f) < 0)
		return -1;
	q.base = str_text(&dn);
	join_attrs(j->flavour, attrs);
	rc = o->take_guid != NULL ? join_take_look(j, via, o, out, &why)
				  : dir_search(j->dir, via, &q, out, &why);
	if (rc == 0 && (*out)->n == 0)
		dir_result_free(out);
	if (rc == 0 || why.code == ENR_DIRECTORY_GONE)
		return 0;
	if (f != NULL)
		*f = why;
	return -1;
}

enum answer join_look(struct join *j, const struct join_object *o, const char *server,
	struct join_created *out, struct fail *f)
{
	autoclean(dir_result_free) struct dir_result *there = NULL, *astray = NULL;
	struct dir_via via = { .server = server, .fresh = 1 };
	struct dir_result *r;

	if (look(j, &via, o, &there, f) < 0)
		return ANSWER_UNKNOWN;
	r = there;
	if (r == NULL || !text_equal(dir_entry_text(&r->entry[0], j->flavour->mark), o->mark)) {
		struct dir_via same = { .server = via.used };

		if (o->take_guid == NULL && join_astray(j, &same, o, &astray, f) < 0)
			return ANSWER_UNKNOWN;
		if (astray == NULL)
			return r != NULL ? ANSWER_NO : absent(j, &same, o->ou_dn, f);
		r = astray;
	}
	return join_created_of(j, &r->entry[0], via.used, out, f) < 0 ? ANSWER_UNKNOWN : ANSWER_YES;
}
