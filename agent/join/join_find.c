/* Finding: OUs, owners, groups, names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/join/join.h"
#include "agent/join/join_private.h"
#include "ldap/dir_dn.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

/* One search; a base that is not there is an empty answer. */
static int search_below(struct join *j, struct dir_via *via, const struct dir_query *q,
	struct dir_result **out, struct fail *f)
{
	struct fail why = FAIL_INIT;

	if (dir_search(j->dir, via, q, out, &why) == 0)
		return 0;
	if (why.code == ENR_DIRECTORY_GONE) {
		*out = mem_new(sizeof(**out));
		return 0;
	}
	if (f != NULL)
		*f = why;
	return -1;
}

int join_below(struct join *j, struct dir_via *via, struct dir_query *q, struct dir_result **out,
	struct fail *f)
{
	const struct conf *conf = j->conf;

	*out = NULL;
	for (size_t i = 0; i < conf->n_ou; i++) {
		autoclean(dir_result_free) struct dir_result *r = NULL;

		if (!join_is_top(conf, i))
			continue;
		q->base = conf->ou[i].dn;
		if (search_below(j, via, q, &r, f) < 0)
			return -1;
		if (r->n > 0) {
			*out = steal(r);
			return 0;
		}
	}
	return 0;
}

/* --- OUs ----------------------------------------------------------------------------- */

static int join_not_allowed(const struct join *j, const char *dn, struct fail *f)
{
	autoclean(str_free) struct str bases = STR_INIT(400);
	const struct conf *conf = j->conf;

	for (size_t i = 0; i < conf->n_ou && bases.len < 300; i++)
		str_printf(&bases, "%s%.90s", i > 0 ? "; " : "", conf->ou[i].dn);
	return fail(f, ENR_OU_NOT_ALLOWED, "%s: not below any [ou] (%s)", dn, str_text(&bases));
}

static int is_ou(const struct join_flavour *v, const struct dir_entry *e)
{
	for (size_t i = 0; v->ou_classes[i] != NULL; i++)
		if (dir_entry_has(e, "objectClass", v->ou_classes[i]))
			return 1;
	return 0;
}

/* An entry that was found, as an OU; it must be one, and lie where we may work. */
static int ou_take(struct join *j, const struct dir_via *via, const struct dir_entry *e,
	struct join_ou *out, struct fail *f)
{
	const struct conf_ou *row = join_ou_row(j, e->dn);
	char guid[JOIN_GUID_MAX];

	if (!is_ou(j->flavour, e))
		return fail(f, ENR_OU_NOT_FOUND, "%s: is no %s", e->dn, j->flavour->ou_classes[0]);
	if (row == NULL)
		return join_not_allowed(j, e->dn, f);
	if (join_guid_of(j, e, guid, f) < 0)
		return -1;
	*out = (struct join_ou){ .dn = mem_text(e->dn), .server = mem_text(via->used),
		.suffix = row->suffix };
	snprintf(out->guid, sizeof(out->guid), "%s", guid);
	return 0;
}

static int ou_by_dn(struct join *j, const char *dn, struct join_ou *out, struct fail *f)
{
	const char *const attrs[] = { "objectClass", j->flavour->guid, NULL };
	const struct dir_query q = { .base = dn, .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_via via = { 0 };

	if (join_ou_row(j, dn) == NULL)
		return join_not_allowed(j, dn, f);
	if (dir_search(j->dir, &via, &q, &r, f) < 0)
		return join_recode(f, ENR_DIRECTORY_GONE, ENR_OU_NOT_FOUND);
	if (r->n == 0)
		return fail(f, ENR_OU_NOT_FOUND, "%s: not there, or not for the agent to see", dn);
	return ou_take(j, &via, &r->entry[0], out, f);
}

static int ou_by_guid(struct join *j, const char *guid, struct join_ou *out, struct fail *f)
{
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_via via = { 0 };

	if (join_by_guid(j, &via, guid, &r, f) < 0)
		return -1;
	if (r == NULL)
		return fail(f, ENR_OU_NOT_FOUND, "%s: no OU with this GUID below any [ou]", guid);
	return ou_take(j, &via, &r->entry[0], out, f);
}

int join_ou_find(struct join *j, const char *text, struct join_ou *out, struct fail *f)
{
	autoclean(str_free) struct str dn = STR_INIT(DIR_DN_MAX);

	if (dir_dn_plain(text, &dn) == 0)
		return ou_by_dn(j, str_text(&dn), out, f);
	str_clear(&dn);
	if (join_is_guid(j, text))
		return ou_by_guid(j, text, out, f);
	if (dir_dn_from_path(text, &dn) == 0)
		return ou_by_dn(j, str_text(&dn), out, f);
	return fail(f, ENR_OU_NOT_FOUND,
		"%.200s: neither a DN, nor a path like contoso.test/Devices, nor a GUID", text);
}

int join_ou_by_guid(struct join *j, const char *guid, struct join_ou *out, struct fail *f)
{
	if (ou_by_guid(j, guid, out, f) == 0)
		return 0;
	join_recode(f, ENR_OU_NOT_FOUND, ENR_OU_CHANGED);
	return join_recode(f, ENR_OU_NOT_ALLOWED, ENR_OU_CHANGED);
}

void join_ou_clear(struct join_ou *ou)
{
	free(ou->dn);
	free(ou->server);
	*ou = (struct join_ou){ .dn = NULL };
}

/* --- owners and groups --------------------------------------------------------------- */

/* (&(|(objectClass=person))(|(mail=text)(uid=text))); with text NULL only the class. */
static void named_filter(const struct join_named *kind, const char *text, struct str *out)
{
	dir_filter_open(out, '&');
	dir_filter_open(out, '|');
	for (size_t i = 0; kind->classes[i] != NULL; i++)
		dir_filter_eq(out, "objectClass", kind->classes[i]);
	dir_filter_close(out);
	if (kind->not_class != NULL) {
		dir_filter_open(out, '!');
		dir_filter_eq(out, "objectClass", kind->not_class);
		dir_filter_close(out);
	}
	if (text != NULL) {
		dir_filter_open(out, '|');
		for (size_t i = 0; kind->names[i] != NULL; i++)
			dir_filter_eq(out, kind->names[i], text);
		dir_filter_close(out);
	}
	dir_filter_close(out);
}

/* The one entry of that kind, by DN or by one of its names. none: the code if there is not one. */
static char *find_named(struct join *j, const struct join_named *kind, const char *text,
	enum code none, struct fail *f)
{
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(str_free) struct str plain = STR_INIT(DIR_DN_MAX);
	autoclean(dir_result_free) struct dir_result *r = NULL;
	int is_dn = dir_dn_plain(text, &plain) == 0;
	struct dir_query q = { .scope = is_dn ? DIR_BASE : DIR_SUBTREE, .limit = 2 };

	q.base = is_dn ? str_text(&plain) : join_base(j, f);
	if (q.base == NULL)
		return NULL;
	named_filter(kind, is_dn ? NULL : text, &filter);
	if (text[0] == '\0' || filter.overflow || !text_is_utf8(text, strlen(text))) {
		fail(f, none, "%.200s: not a name of a %s", text, kind->what);
		return NULL;
	}
	q.filter = str_text(&filter);
	q.control = is_dn ? NULL : j->flavour->scope;
	if (dir_search(j->dir, NULL, &q, &r, f) < 0) {
		if (is_dn)
			join_recode(f, ENR_DIRECTORY_GONE, none);
		return NULL;
	}
	if (r->n == 1 && !r->more)
		return mem_text(r->entry[0].dn);
	fail(f, none, r->n == 0 ? "%.200s: no such %s, or not for the agent to see"
				: "%.200s: more than one %s", text, kind->what);
	return NULL;
}

int join_owner_find(struct join *j, const char *text, char **dn, struct fail *f)
{
	char *found = find_named(j, &j->flavour->person, text, ENR_OWNER_NOT_FOUND, f);

	if (found != NULL)
		*dn = found;
	return found != NULL ? 0 : -1;
}

int join_group_find(struct join *j, const char *text, char **dn, struct fail *f)
{
	char *found = find_named(j, &j->flavour->group, text, ENR_GROUP_NOT_FOUND, f);

	if (found != NULL)
		*dn = found;
	return found != NULL ? 0 : -1;
}

/* --- names --------------------------------------------------------------------------- */

int join_name_free(struct join *j, const char *name, const char *ou_dn, struct fail *f)
{
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(str_free) struct str fqdn = STR_INIT(512);
	autoclean(dir_result_free) struct dir_result *r = NULL;
	const struct conf_ou *row = join_ou_row(j, ou_dn);
	struct dir_query q = { .scope = DIR_SUBTREE, .limit = 1 };

	if (row == NULL)
		return join_not_allowed(j, ou_dn, f);
	str_printf(&fqdn, "%s.%s", name, row->suffix != NULL ? row->suffix : "");
	dir_filter_open(&filter, '|');
	dir_filter_eq(&filter, j->flavour->name_attr, name);
	if (row->suffix != NULL && j->flavour->name_free == NULL)
		dir_filter_eq(&filter, j->flavour->fqdn, str_text(&fqdn));
	dir_filter_close(&filter);
	if (filter.overflow || fqdn.overflow)
		return fail(f, ENR_NAME_INVALID, "%.100s: too long", name);
	if (j->flavour->name_free != NULL &&
		j->flavour->name_free(j, name, row->suffix != NULL ? str_text(&fqdn) : NULL, f) < 0)
		return -1;
	q.filter = str_text(&filter);
	if (join_below(j, NULL, &q, &r, f) < 0)
		return -1;
	return r == NULL ? 0 : fail(f, ENR_NAME_TAKEN, "%s is in use by %s", name, r->entry[0].dn);
}
