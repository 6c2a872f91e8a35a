#include "agent/delegation/flavour.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ldap/dir.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

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

int delegation_say(const struct delegation_plan *p, struct delegation_lines *out, struct fail *f)
{
	const struct delegation_flavour *v = find(p->flavour, f);

	return v != NULL ? v->say(p, out, f) : -1;
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

int ldap_who(struct dir *d, struct delegation_who *out, struct fail *f)
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

struct delegation_line *line_add(struct delegation_lines *l, const struct delegation_right *r,
	const char *on)
{
	l->line = mem_grow(l->line, l->n + 1, sizeof(*l->line));
	l->line[l->n] = (struct delegation_line){ .right = r, .on = on };
	return &l->line[l->n++];
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
