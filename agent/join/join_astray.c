/* Objects of an enrollment that stand where its claim does not expect them: somebody moved or
 * renamed them, or an add that was given up was carried out after all. */
#include <string.h>

#include "agent/join/join_private.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

enum { ASTRAY_MAX = 8 };

/* By what is indexed: the enrollment, or where the entry has none, the name. */
static void filter_of(const struct join *j, const struct join_object *o, struct str *out)
{
	const struct join_flavour *v = j->flavour;

	if (v->enrollment != NULL && o->enrollment != NULL)
		dir_filter_eq(out, v->enrollment, o->enrollment);
	else
		dir_filter_eq(out, v->name_attr, o->name);
}

int join_astray(struct join *j, struct dir_via *via, const struct join_object *o,
	struct dir_result **out, struct fail *f)
{
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	const char *attrs[JOIN_ATTRS_MAX];
	struct dir_query q = { .scope = DIR_SUBTREE, .attrs = attrs, .limit = 1 };

	join_attrs(j->flavour, attrs);
	dir_filter_open(&filter, '&');
	filter_of(j, o, &filter);
	dir_filter_eq(&filter, j->flavour->mark, o->mark);
	dir_filter_close(&filter);
	q.filter = str_text(&filter);
	return join_below(j, via, &q, out, f);
}

/* The mark without the word that a swap put behind it, if it is one of that enrollment's, and not
 * o's own; else NULL. free() it. */
static char *earlier_mark(const struct join_object *o, const char *mark)
{
	autoclean(text_free) char *begin = mem_printf("1:%s:", o->enrollment);
	const char *end = mark;

	if (mark == NULL || strncmp(mark, begin, strlen(begin)) != 0 || text_equal(mark, o->mark))
		return NULL;
	for (int colons = 0; *end != '\0'; end++)
		if (*end == ':' && ++colons == 4)
			break;
	return mem_textn(mark, (size_t)(end - mark));
}

enum answer join_earlier_undo(struct join *j, const struct join_object *o, struct fail *f)
{
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(dir_result_free) struct dir_result *r = NULL;
	const char *attrs[JOIN_ATTRS_MAX];
	struct dir_query q = { .scope = DIR_SUBTREE, .attrs = attrs, .limit = ASTRAY_MAX };
	enum answer found = ANSWER_NO;
	struct dir_via via = { 0 };

	join_attrs(j->flavour, attrs);
	filter_of(j, o, &filter);
	q.filter = str_text(&filter);
	if (join_below(j, &via, &q, &r, f) < 0)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; r != NULL && i < r->n; i++) {
		const char *now = dir_entry_text(&r->entry[i], j->flavour->mark);
		autoclean(text_free) char *mark = earlier_mark(o, now);
		char guid[JOIN_GUID_MAX];

		if (mark == NULL)
			continue;
		if (join_guid_of(j, &r->entry[i], guid, f) < 0 ||
			join_undo(j, guid, mark, via.used, f) < 0)
			return ANSWER_UNKNOWN;
		found = ANSWER_YES;
	}
	return found;
}
