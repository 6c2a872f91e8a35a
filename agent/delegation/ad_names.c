#include "agent/delegation/ad_names.h"

#include <stdlib.h>
#include <string.h>

#include "agent/delegation/ad.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"

enum { WORDS_MAX = 600 };

char *ad_sid_name(struct dir *d, const struct sid *s)
{
	static const char *const attrs[] = { "sAMAccountName", "cn", NULL };
	char text[SID_TEXT_MAX], base[SID_TEXT_MAX + 8];
	const struct dir_query q = { .base = base, .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	const char *name = NULL;

	sid_text(s, text);
	snprintf(base, sizeof(base), "<SID=%s>", text);
	if (dir_search(d, NULL, &q, &r, NULL) == 0 && r->n > 0) {
		name = dir_entry_text(&r->entry[0], attrs[0]);
		if (name == NULL)
			name = dir_entry_text(&r->entry[0], attrs[1]);
	}
	return mem_text(name != NULL ? name : text);
}

/* The first value of attr in what the search finds; NULL. */
static char *first_of(struct dir *d, const struct dir_query *q)
{
	autoclean(dir_result_free) struct dir_result *r = NULL;

	if (dir_search(d, NULL, q, &r, NULL) < 0 || r->n == 0)
		return NULL;
	return mem_text(dir_entry_text(&r->entry[0], q->attrs[0]));
}

static char *context_of(struct dir *d, const char *attr)
{
	const char *const attrs[] = { attr, NULL };
	const struct dir_query q = { .base = "", .scope = DIR_BASE, .attrs = attrs, .limit = 1 };

	return first_of(d, &q);
}

/* A class or attribute of the schema, or an extended right or property set. */
static char *guid_name(struct dir *d, const uint8_t guid[GUID_OCTETS])
{
	static const char *const class_name[] = { "lDAPDisplayName", NULL };
	static const char *const right_name[] = { "displayName", NULL };
	autoclean(text_free) char *schema = context_of(d, "schemaNamingContext");
	autoclean(text_free) char *conf = context_of(d, "configurationNamingContext");
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	char text[GUID_TEXT_MAX];
	struct dir_query q = { .scope = DIR_SUBTREE, .limit = 1 };
	char *name = NULL;

	guid_text(guid, text);
	if (schema != NULL) {
		dir_filter_bytes(&filter, "schemaIDGUID", guid, GUID_OCTETS);
		q.base = schema;
		q.filter = str_text(&filter);
		q.attrs = class_name;
		name = first_of(d, &q);
	}
	if (name == NULL && conf != NULL) {
		str_clear(&filter);
		dir_filter_eq(&filter, "rightsGuid", text);
		q.base = conf;
		q.filter = str_text(&filter);
		q.attrs = right_name;
		name = first_of(d, &q);
	}
	return name != NULL ? name : mem_text(text);
}

/* Each right that has an object in words, and what it is without one. */
static const struct {
	uint32_t bit;
	const char *word, *any; /* any NULL: such a right has no object */
} words[] = {
	{ RIGHT_CREATE_CHILD, "create child", "anything" },
	{ RIGHT_DELETE_CHILD, "delete child", "anything" },
	{ RIGHT_WRITE_PROPERTY, "write", "every attribute" },
	{ RIGHT_SELF_WRITE, "validated write", "all" },
	{ RIGHT_CONTROL_ACCESS, "control access", "all" },
	{ RIGHT_DELETE, "delete", NULL },
	{ RIGHT_DELETE_TREE, "delete tree", NULL },
	{ RIGHT_WRITE_DACL, "change the rights (WriteDacl)", NULL },
	{ RIGHT_WRITE_OWNER, "take ownership (WriteOwner)", NULL },
	{ AD_OWNER, "owner of the object", NULL },
	{ AD_SOMETHING, "something, which the server does not show", NULL },
};

char *ad_excess_words(struct dir *d, const struct ace *a, uint32_t mask)
{
	autoclean(text_free) char *object = a->has_object ? guid_name(d, a->object) : NULL;
	autoclean(text_free) char *class = a->has_inherited ? guid_name(d, a->inherited) : NULL;
	autoclean(str_free) struct str out = STR_INIT(WORDS_MAX);

	if ((rights_mapped(a->mask) & RIGHT_EVERYTHING) == RIGHT_EVERYTHING && !a->has_object) {
		str_text_add(&out, "full control (GenericAll)");
		mask = 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!(mask & words[i].bit))
			continue;
		str_printf(&out, "%s%s", out.len > 0 ? ", " : "", words[i].word);
		if (words[i].any != NULL)
			str_printf(&out, ": %s", object != NULL ? object : words[i].any);
	}
	if (a->flags & ACE_INHERIT_ONLY)
		str_printf(&out, ", on %s below", class != NULL ? class : "objects");
	return str_steal(&out);
}
