/* GUIDs as people, records and directories write them, and entries found by them. */
#include <stdio.h>
#include <string.h>

#include "agent/join/join_private.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "lib/wire/sid.h"

static int has_shape(const char *text, const char *shape)
{
	size_t len = strlen(shape);

	if (strlen(text) != len)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (shape[i] == '-' && text[i] != '-')
			return 0;
		if (shape[i] == 'x' && strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return 0;
	}
	return 1;
}

int join_is_guid(const struct join *j, const char *text)
{
	static const char uuid[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	static const char unique[] = "xxxxxxxx-xxxxxxxx-xxxxxxxx-xxxxxxxx";

	return has_shape(text, j->flavour->guid_form == GUID_FORM_UNIQUE ? unique : uuid);
}

void join_filter_guid(const struct join *j, const char *guid, const char *mark, struct str *out)
{
	uint8_t octets[GUID_OCTETS] = { 0 };

	if (mark != NULL)
		dir_filter_open(out, '&');
	if (j->flavour->guid_form == GUID_FORM_OCTETS) {
		guid_from_text(guid, octets);
		dir_filter_bytes(out, j->flavour->guid, octets, sizeof(octets));
	} else {
		dir_filter_eq(out, j->flavour->guid, guid);
	}
	if (mark != NULL) {
		dir_filter_eq(out, j->flavour->mark, mark);
		dir_filter_close(out);
	}
}

int join_guid_of(const struct join *j, const struct dir_entry *e, char out[JOIN_GUID_MAX],
	struct fail *f)
{
	const struct dir_attr *a = dir_entry_attr(e, j->flavour->guid);
	const char *text;

	if (j->flavour->guid_form == GUID_FORM_OCTETS && a != NULL && a->n == 1 &&
		a->value[0].len == GUID_OCTETS) {
		guid_text(a->value[0].data, out);
		return 0;
	}
	text = dir_entry_text(e, j->flavour->guid);
	if (j->flavour->guid_form == GUID_FORM_OCTETS || text == NULL || !join_is_guid(j, text))
		return fail(f, ENR_DIRECTORY_REFUSED, "%s: shows no %s; may the agent read it?",
			e->dn, j->flavour->guid);
	snprintf(out, JOIN_GUID_MAX, "%s", text);
	return 0;
}

/* One server has no such object: perhaps it has not heard of it yet. A no needs them all; the one
 * that has it is the one to stay with. */
static int ask_others(struct join *j, struct dir_via *via, struct dir_query *q,
	struct dir_result **out, struct fail *f)
{
	int in_use;

	for (size_t i = 0;; i++) {
		struct dir_via one = { .server = dir_server_uri(j->dir, i, &in_use) };

		if (one.server == NULL)
			return 0;
		if (!in_use || text_equal(one.server, via->used))
			continue;
		if (join_below(j, &one, q, out, f) < 0)
			return fail_in(f, "%s has no such object; the others", via->used);
		if (*out == NULL)
			continue;
		*via = one;
		return 0;
	}
}

int join_by_guid(struct join *j, struct dir_via *via, const char *guid,
	struct dir_result **out, struct fail *f)
{
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	const char *attrs[JOIN_ATTRS_MAX];
	struct dir_query q = { .scope = DIR_SUBTREE, .attrs = attrs, .limit = 1 };

	*out = NULL;
	if (!join_is_guid(j, guid))
		return 0;
	join_attrs(j->flavour, attrs);
	join_filter_guid(j, guid, NULL, &filter);
	q.filter = str_text(&filter);
	if (join_below(j, via, &q, out, f) < 0)
		return -1;
	return *out == NULL && via != NULL && via->server == NULL ? ask_others(j, via, &q, out, f)
								  : 0;
}
