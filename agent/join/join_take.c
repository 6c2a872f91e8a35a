/* An object that stands is taken over by a new enrollment: one modify, that swaps the mark. */
#include <stdlib.h>

#include "agent/join/join_private.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

static const char *own(const char *mark)
{
	return mark != NULL ? mark : "of nobody";
}

/* 0: carries what it must; 1: taken already, by this very enrollment; -1. */
static int check(const struct join *j, const struct join_object *o, const struct dir_entry *e,
	struct fail *f)
{
	const char *now = dir_entry_text(e, j->flavour->mark);

	if (text_equal(now, o->mark))
		return 1;
	if (text_equal(now, o->take_mark))
		return 0;
	return fail(f, ENR_NOT_OURS, "%s: carries the mark %s, not %s", e->dn, own(now),
		own(o->take_mark));
}

/* Everything that changes. Who has it keeps DN, SID and groups. */
static struct dir_mods *mods_of(const struct join *j, const struct join_object *o,
	const struct dir_entry *e)
{
	const struct join_flavour *v = j->flavour;
	const char *owner = dir_entry_text(e, v->owner);
	struct dir_mods *m = dir_mods_new();

	if (v->asserts)
		join_guard(j, o->take_guid, NULL, m);
	if (o->take_mark != NULL)
		dir_mods_delete(m, v->mark, o->take_mark);
	dir_mods_add(m, v->mark, o->mark);
	for (size_t i = 0; v->classes[i] != NULL; i++)
		if (!dir_entry_has(e, "objectClass", v->classes[i]))
			dir_mods_add(m, "objectClass", v->classes[i]);
	if (v->enrollment != NULL)
		dir_mods_replace(m, v->enrollment, o->enrollment);
	if (o->owner != NULL && (owner == NULL || dir_dn_equal(owner, o->owner) != 1))
		dir_mods_replace(m, v->owner, o->owner);
	if (o->certificate != NULL)
		dir_mods_replace_bytes(m, v->certificate, o->certificate, o->certificate_len);
	join_state_change(j, e, JOIN_ENABLED, m);
	if (v->take_more != NULL)
		v->take_more(j, e, o, m);
	return m;
}

int join_take_look(struct join *j, struct dir_via *via, const struct join_object *o,
	struct dir_result **out, struct fail *f)
{
	if (join_by_guid(j, via, o->take_guid, out, f) < 0)
		return -1;
	return *out != NULL ? 0 : join_gone(o->take_guid, f);
}

int join_take_check(struct join *j, const struct join_object *o, struct fail *f)
{
	const struct join_take how = { .foreign = o->take_mark == NULL };
	autoclean(join_seen_clear) struct join_seen seen = { .dn = NULL };
	autoclean(dir_result_free) struct dir_result *r = NULL;

	if (join_take_look(j, NULL, o, &r, f) < 0 || check(j, o, &r->entry[0], f) < 0)
		return -1;
	/* Hours have passed since somebody said yes: it may be a privileged one by now. */
	return join_may_take(j, o->take_guid, &how, &seen, f);
}

int join_take_over(struct join *j, struct dir_via *via, const struct join_object *o,
	char **dn, struct fail *f)
{
	autoclean(dir_result_free) struct dir_result *r = NULL;
	autoclean(dir_mods_free) struct dir_mods *m = NULL;
	autoclean(str_free) struct str target = STR_INIT(80);
	struct fail why = FAIL_INIT;
	int rc;

	if (join_take_look(j, via, o, &r, f) < 0)
		return -1;
	rc = check(j, o, &r->entry[0], f);
	if (rc == 0) {
		m = mods_of(j, o, &r->entry[0]);
		rc = dir_modify(j->dir, via, join_target(j, &r->entry[0], o->take_guid, &target),
			m, &why);
		if (rc < 0 && f != NULL)
			*f = why;
		if (rc < 0 && join_is_changed(via, why.code))
			return fail(f, ENR_NOT_OURS, "%s: changed while it was taken over",
				r->entry[0].dn);
	}
	if (rc >= 0)
		*dn = mem_text(r->entry[0].dn);
	return rc < 0 ? -1 : 0;
}
