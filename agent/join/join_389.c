/* 389 Directory Server: it has no no-op control, but tells what rights an account has. */
#include "agent/join/join_389.h"

#include <string.h>
#include <strings.h>

#include "lib/base/clean.h"
#include "lib/base/text.h"

/* Get-effective-rights (draft-ietf-ldapext-acl-model): value "dn:" and the account asked about. */
#define EFFECTIVE_RIGHTS "1.3.6.1.4.1.42.2.27.9.5.2"

/* Attributes that change after the add, too. */
static const char *const later[] = { "enrolldEnrollment", "enrolldMark" };

/* "objectClass:rsc, enrolldMark:rscwo": may that attribute be written? */
static int may_write(const char *rights, const char *attr)
{
	size_t len = strlen(attr);

	for (const char *p = rights; *p != '\0'; p += strspn(p, ", ")) {
		size_t word = strcspn(p, ",");

		if (word > len && p[len] == ':' && strncasecmp(p, attr, len) == 0)
			return memchr(p + len, 'w', word - len) != NULL;
		p += word;
	}
	return 0;
}

/* What the server says of an entry of ours that would stand there. */
static int judge(const struct dir_entry *e, const char *ou_dn, struct fail *f)
{
	const char *entry = dir_entry_text(e, "entryLevelRights");
	const char *attrs = dir_entry_text(e, "attributeLevelRights");

	if (entry == NULL || attrs == NULL)
		return fail(f, ENR_PREFLIGHT_UNKNOWN, "%s: the server tells no rights", ou_dn);
	if (strcmp(entry, "none") == 0 || strchr(entry, 'a') == NULL)
		return fail(f, ENR_CREATE_DENIED,
			"%s: the right to add devices (add) is missing", ou_dn);
	for (size_t i = 0; i < ARRAY_LEN(later); i++)
		if (!may_write(attrs, later[i]))
			return fail(f, ENR_CREATE_DENIED,
				"%s: the right to write %s of devices is missing", ou_dn, later[i]);
	return 0;
}

int ds389_may_add(struct join *j, const struct join_object *o, struct fail *f)
{
	/* The server makes up an entry of that class with a cn below the base. */
	static const char *const attrs[] = { "*@enrolldDevice:cn", NULL };
	autoclean(text_free) char *self = NULL;
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_query q = { .base = o->ou_dn, .scope = DIR_BASE, .attrs = attrs, .limit = 2 };
	struct dir_control control = { .oid = EFFECTIVE_RIGHTS };

	if (join_identity(j, &self, f) < 0)
		return -1;
	control.value = (const uint8_t *)self;
	control.len = strlen(self);
	q.control = &control;
	if (dir_search(j->dir, NULL, &q, &r, f) < 0)
		return join_recode(f, ENR_DIRECTORY_GONE, ENR_OU_CHANGED);
	for (size_t i = 0; i < r->n; i++)
		if (strncasecmp(r->entry[i].dn, "cn=template_", 12) == 0)
			return judge(&r->entry[i], o->ou_dn, f);
	if (r->n == 0)
		return fail(f, ENR_OU_CHANGED, "%s: not to be seen", o->ou_dn);
	return fail(f, ENR_PREFLIGHT_UNKNOWN, "%s: the server tells no rights", o->ou_dn);
}
