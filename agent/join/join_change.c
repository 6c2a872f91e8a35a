/* Objects that stand: read, switch on and off, take back. Always found by their GUID, and every
 * change asserts it, so that a DN that was given to another entry meanwhile changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "agent/join/join.h"
#include "agent/join/join_private.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

/* RFC 4511 and 4528: the entry is not as it was when we looked. */
enum { NO_SUCH_ATTRIBUTE = 16, ASSERTION_FAILED = 122 };
enum { TRIES = 3 };

static int is_changed(const struct dir_via *via, enum code code)
{
	return code == ENR_DIRECTORY_GONE || via->result == NO_SUCH_ATTRIBUTE ||
		via->result == ASSERTION_FAILED;
}

/* One swap and one delete. 0 gone; -1 with f; 1 with f: the entry changed, look again. */
static int undo_once(struct join *j, const struct dir_entry *e, const char *guid,
	const char *mark, struct fail *f)
{
	autoclean(text_free) char *swapped = mem_printf("%s:undo", mark);
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
	const char *now = dir_entry_text(e, j->flavour->mark);
	struct dir_via via = { 0 };
	struct fail why = FAIL_INIT;
	int rc = 0;

	if (!text_equal(now, mark) && !text_equal(now, swapped))
		return fail(f, ENR_NOT_OURS, "%s: carries the mark %s", e->dn,
			now != NULL ? now : "of nobody");
	if (text_equal(now, mark)) {
		join_filter_guid(j, guid, NULL, &filter);
		dir_mods_assert(m, str_text(&filter));
		dir_mods_delete(m, j->flavour->mark, mark);
		dir_mods_add(m, j->flavour->mark, swapped);
		rc = dir_modify(j->dir, &via, e->dn, m, &why);
	}
	if (rc == 0) {
		str_clear(&filter);
		join_filter_guid(j, guid, swapped, &filter);
		rc = dir_delete(j->dir, &via, e->dn, str_text(&filter), &why);
	}
	if (rc < 0 && f != NULL)
		*f = why;
	return rc < 0 && is_changed(&via, why.code) ? 1 : rc;
}

int join_undo(struct join *j, const char *guid, const char *mark, struct fail *f)
{
	const char *const attrs[] = { j->flavour->mark, NULL };

	for (int i = 0; i < TRIES; i++) {
		autoclean(dir_result_free) struct dir_result *r = NULL;
		int rc;

		if (join_by_guid(j, guid, attrs, &r, f) < 0)
			return -1;
		if (r == NULL)
			return 0;
		rc = undo_once(j, &r->entry[0], guid, mark, f);
		if (rc <= 0)
			return rc;
	}
	return -1;
}

static int gone(const char *guid, struct fail *f)
{
	return fail(f, ENR_DIRECTORY_GONE, "%s: no entry with this GUID below any [ou]", guid);
}

int join_set_state(struct join *j, const char *guid, enum join_state state, struct fail *f)
{
	autoclean(dir_result_free) struct dir_result *r = NULL;
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();

	if (join_by_guid(j, guid, NULL, &r, f) < 0)
		return -1;
	if (r == NULL)
		return gone(guid, f);
	join_filter_guid(j, guid, NULL, &filter);
	dir_mods_assert(m, str_text(&filter));
	dir_mods_replace(m, j->flavour->state, j->flavour->state_words[state]);
	return dir_modify(j->dir, NULL, r->entry[0].dn, m, f);
}

int join_read(struct join *j, const char *guid, struct join_seen *out, struct fail *f)
{
	const struct join_flavour *v = j->flavour;
	const char *const attrs[] = { v->enrollment, v->mark, v->state, NULL };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	const struct dir_entry *e;

	if (join_by_guid(j, guid, attrs, &r, f) < 0)
		return -1;
	if (r == NULL)
		return gone(guid, f);
	e = &r->entry[0];
	*out = (struct join_seen){
		.dn = mem_text(e->dn),
		.enrollment = mem_text(dir_entry_text(e, v->enrollment)),
		.mark = mem_text(dir_entry_text(e, v->mark)),
		.state = dir_entry_has(e, v->state, v->state_words[JOIN_ENABLED]) ? JOIN_ENABLED
										  : JOIN_DISABLED,
	};
	return 0;
}

void join_seen_clear(struct join_seen *s)
{
	free(s->dn);
	free(s->enrollment);
	free(s->mark);
	*s = (struct join_seen){ .dn = NULL };
}
