/* An object of ours as an entry: what is read of it, what its mark and state are, how a change is
 * held to that very entry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/join/join_ad.h"
#include "agent/join/join_private.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/id.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

void join_attrs(const struct join_flavour *v, const char *out[JOIN_ATTRS_MAX])
{
	const char *const all[] = { "objectClass", v->guid, v->enrollment, v->mark, v->state,
		v->fqdn, v->owner, v->account, v->sid, v->key_version, v->member_of, v->mapping };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i] != NULL)
			out[n++] = all[i];
	out[n] = NULL;
}

/* The second field of version:record:epoch:nonce, where the entry has no attribute for it. */
static char *enrollment_in(const char *mark)
{
	const char *start = mark != NULL ? strchr(mark, ':') : NULL;
	const char *end = start != NULL ? strchr(start + 1, ':') : NULL;

	return end != NULL ? mem_textn(start + 1, (size_t)(end - start - 1)) : NULL;
}

int join_is_mark(const char *text)
{
	autoclean(text_free) char *record = enrollment_in(text);
	char id[ID_MAX];

	return record != NULL && strncmp(text, "1:", 2) == 0 && id_parse(record, 'E', id);
}

static enum join_state state_of(const struct join_flavour *v, const struct dir_entry *e)
{
	if (v->state_words[JOIN_ENABLED] == NULL)
		return ad_is_enabled(e) ? JOIN_ENABLED : JOIN_DISABLED;
	return dir_entry_attr(e, v->state) == NULL                         ? v->state_absent
		: dir_entry_has(e, v->state, v->state_words[JOIN_ENABLED]) ? JOIN_ENABLED
									   : JOIN_DISABLED;
}

void join_state_change(const struct join *j, const struct dir_entry *e, enum join_state state,
	struct dir_mods *m)
{
	const struct join_flavour *v = j->flavour;

	if (v->state_words[state] == NULL)
		ad_state_change(e, state == JOIN_ENABLED, m);
	else
		dir_mods_replace(m, v->state, v->state_words[state]);
}

void join_seen_of(const struct join *j, const struct dir_entry *e, struct join_seen *out)
{
	const struct join_flavour *v = j->flavour;
	const char *mark = dir_entry_text(e, v->mark);

	*out = (struct join_seen){
		.dn = mem_text(e->dn),
		.enrollment = v->enrollment != NULL ? mem_text(dir_entry_text(e, v->enrollment))
			: join_is_mark(mark)        ? enrollment_in(mark)
						    : NULL,
		.mark = mem_text(mark),
		.account = v->account != NULL ? mem_text(dir_entry_text(e, v->account)) : NULL,
		.sid = v->sid != NULL ? ad_sid_text(e, v->sid) : NULL,
		.key_version = v->key_version != NULL ? ad_number(e, v->key_version, 0) : 0,
		.state = state_of(v, e),
	};
}

int join_created_of(const struct join *j, const struct dir_entry *e, const char *server,
	struct join_created *out, struct fail *f)
{
	const struct join_flavour *v = j->flavour;
	autoclean(text_free) char *sid = v->sid != NULL ? ad_sid_text(e, v->sid) : NULL;
	char guid[JOIN_GUID_MAX];

	if (join_guid_of(j, e, guid, f) < 0)
		return -1;
	if (v->sid != NULL && sid == NULL)
		return fail(f, ENR_DIRECTORY_REFUSED, "%s: shows no %s; may the agent read it?",
			e->dn, v->sid);
	*out = (struct join_created){
		.dn = mem_text(e->dn),
		.server = mem_text(server),
		.account = v->account != NULL ? mem_text(dir_entry_text(e, v->account)) : NULL,
		.sid = steal(sid),
		.key_version = v->key_version != NULL ? ad_number(e, v->key_version, 0) : 0,
	};
	snprintf(out->guid, sizeof(out->guid), "%s", guid);
	return 0;
}

void join_guard(const struct join *j, const char *guid, const char *mark, struct dir_mods *m)
{
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);

	if (j->flavour->asserts) {
		join_filter_guid(j, guid, mark, &filter);
		dir_mods_assert(m, str_text(&filter));
	} else if (mark != NULL) {
		dir_mods_delete(m, j->flavour->mark, mark);
		dir_mods_add(m, j->flavour->mark, mark);
	}
}

const char *join_target(const struct join *j, const struct dir_entry *e, const char *guid,
	struct str *out)
{
	if (j->flavour->guid_form != GUID_FORM_OCTETS)
		return e->dn;
	str_printf(out, "<GUID=%s>", guid);
	return str_text(out);
}

void join_created_clear(struct join_created *c)
{
	free(c->dn);
	free(c->server);
	free(c->account);
	free(c->sid);
	*c = (struct join_created){ .dn = NULL };
}

void join_seen_clear(struct join_seen *s)
{
	free(s->dn);
	free(s->enrollment);
	free(s->mark);
	free(s->account);
	free(s->sid);
	*s = (struct join_seen){ .dn = NULL };
}
