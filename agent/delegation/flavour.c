#include "agent/delegation/flavour.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ldap/dir.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

/* Where the server's own word for us is a DN. */
static int ldap_who(struct dir *d, struct delegation_who *out, struct fail *f)
{
	autoclean(text_free) char *id = NULL;
	const char *dn;

	if (dir_whoami(d, NULL, &id, f) < 0)
		return -1;
	dn = id + (strncasecmp(id, "dn:", 3) == 0 ? 3 : strlen(id));
	dn += strspn(dn, " ");
	if (*dn == '\0')
		return fail(f, ENR_PREFLIGHT_UNKNOWN, "the server says we are \"%.200s\"", id);
	*out = (struct delegation_who){ .dn = mem_text(dn) };
	return 0;
}

static const struct delegation_flavour flavours[] = {
	{ "ad", ad_who, ad_say, ad_verify, ad_check, ad_apply },
	{ "389ds", ldap_who, ds389_say, ds389_verify, ds389_check, ds389_apply },
	{ "openldap", ldap_who, openldap_say, openldap_verify, NULL, openldap_apply },
};

static const struct delegation_flavour *find(const char *name, struct fail *f)
{
	for (size_t i = 0; i < ARRAY_LEN(flavours); i++)
		if (text_equal(flavours[i].name, name))
			return &flavours[i];
	fail(f, ENR_PREFLIGHT_UNKNOWN, "no plan of rights is known for [directory] flavour = %s",
		name);
	return NULL;
}

/* The rights on an OU and on devices in it, or on a group. */
static int say_of(const struct delegation_plan *p, const char *on, int is_group,
	struct delegation_lines *out, struct fail *f)
{
	size_t n;
	const struct delegation_flavour *v = find(p->flavour, f);
	const struct delegation_right *r = delegation_plan_rights(p, &n);

	for (size_t i = 0; v != NULL && i < n; i++) {
		if ((r[i].scope == SCOPE_GROUP) != is_group)
			continue;
		line_add(out, &r[i], on);
		if (v->say(p, out->n - 1, &out->line[out->n - 1], f) < 0)
			return -1;
	}
	return v != NULL ? 0 : -1;
}

int delegation_say(const struct delegation_plan *p, struct delegation_lines *out, struct fail *f)
{
	autoclean(delegation_lines_clear) struct delegation_lines all = { NULL, 0 };

	for (size_t i = 0; i < p->n_ou; i++)
		if (say_of(p, p->ou[i], 0, &all, f) < 0)
			return -1;
	for (size_t i = 0; i < p->n_group; i++)
		if (say_of(p, p->group[i], 1, &all, f) < 0)
			return -1;
	*out = all;
	all = (struct delegation_lines){ NULL, 0 };
	return 0;
}

int delegation_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f)
{
	const struct delegation_flavour *v = find(p->flavour, f);

	return v != NULL ? v->verify(d, p, only, out, f) : -1;
}

int delegation_check(struct dir *d, const char *server, const struct delegation_plan *p,
	struct fail *f)
{
	const struct delegation_flavour *v = find(p->flavour, f);

	if (v == NULL)
		return -1;
	return v->check != NULL ? v->check(d, server, p, f) : 0;
}

int delegation_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f)
{
	const struct delegation_flavour *v = find(p->flavour, f);

	*changed = 0;
	return v != NULL ? v->apply(d, p, dry, changed, f) : -1;
}

void line_add(struct delegation_lines *l, const struct delegation_right *r, const char *on)
{
	l->line = mem_grow(l->line, l->n + 1, sizeof(*l->line));
	l->line[l->n++] = (struct delegation_line){ .right = r, .on = on };
}

int plan_has_agent(const struct delegation_plan *p, struct fail *f)
{
	if (p->agent != NULL)
		return 0;
	return fail(f, ENR_PREFLIGHT_UNKNOWN, "the server does not say who the account is");
}

void delegation_lines_clear(struct delegation_lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->line[i].native);
		free(l->line[i].command[0]);
		free(l->line[i].command[1]);
	}
	free(l->line);
	*l = (struct delegation_lines){ NULL, 0 };
}

int delegation_who(struct dir *d, const char *flavour, struct delegation_who *out, struct fail *f)
{
	const struct delegation_flavour *v = find(flavour, f);

	return v != NULL ? v->who(d, out, f) : -1;
}

void delegation_who_clear(struct delegation_who *w)
{
	free(w->dn);
	free(w->sid);
	free(w->account);
	*w = (struct delegation_who){ NULL, NULL, NULL };
}
