/* Which device is meant, and may the caller touch it. */
#include <string.h>

#include "agent/command_private.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

/* OUs of a role as the configuration has them: a DN, or a canonical path. */
static int is_inside(const char *dn, const char *limit)
{
	autoclean(str_free) struct str made = STR_INIT(DIR_DN_MAX);

	if (dir_dn_is(limit))
		return dir_dn_is_within(dn, limit) == 1;
	if (dir_dn_from_path(limit, &made) < 0 || made.overflow)
		return 0;
	return dir_dn_is_within(dn, str_text(&made)) == 1;
}

int serve_sees(const struct control_call *call, const struct store_record *r)
{
	return control_allows(call->caller, r->ou_dn, r->name, is_inside, NULL) == 0;
}

int serve_may_add(struct control_call *call, const char *ou, const char *name, struct fail *f)
{
	autoclean(join_ou_clear) struct join_ou found = { 0 };

	if (call->caller->rows == NULL)
		return 0;
	if (ou == NULL)
		return fail(f, ENR_USAGE, "no OU is given, and the profile names none");
	if (join_ou_find(command_context(call)->join, ou, &found, f) < 0)
		return -1;
	return control_allows(call->caller, found.dn, name, is_inside, f);
}

static int is_over(const struct store_record *r, int64_t now)
{
	return r->state == RECORD_CANCELED || r->state == RECORD_REVOKED ||
		r->state == RECORD_REMOVED || r->state == RECORD_REPLACED ||
		(r->state == RECORD_PENDING && r->expires <= now);
}

/* Records that all have one name are one device: the one whose story goes on, else the newest. */
static const struct store_record *the_one(const struct store_list *list)
{
	const struct store_record *open = NULL;
	int64_t now = clock_now();

	for (size_t i = 0; i < list->n; i++) {
		const struct store_record *r = &list->item[i];

		if (!text_equal_ci(r->name, list->item[0].name))
			return NULL;
		if (!is_over(r, now) && open)
			return NULL;
		if (!is_over(r, now))
			open = r;
	}
	return open ? open : &list->item[0];
}

static json_t *names_of(const struct control_call *call, const struct store_list *list)
{
	json_t *items = json_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct store_record *r = &list->item[i];

		if (serve_sees(call, r))
			json_array_append_new(items,
				json_pack("{s:s, s:s, s:s}", "name", r->name, "enrollment", r->id,
					"state",
					record_state_word(r->state, r->expires, clock_now())));
	}
	return json_pack("{s:o}", "items", items);
}

static void add_names(struct str *out, const struct store_list *list)
{
	for (size_t i = 0; i < list->n && out->len < 300; i++)
		str_printf(out, "%s%s %s", i ? ", " : "", list->item[i].name, list->item[i].id);
}

int serve_find(
	struct control_call *call, const char *text, struct store_record *out, struct fail *f)
{
	autoclean(store_list_clear) struct store_list list = { 0 };
	autoclean(str_free) struct str names = STR_INIT(400);
	struct store *store = command_context(call)->store;
	const struct store_record *one;
	char quoted[200], id[ID_MAX];

	if (store_match(store, text, COMMAND_MATCH_MAX, &list, f) < 0)
		return -1;
	text_quote(text, 40, quoted, sizeof(quoted));
	if (list.n == 0)
		return fail(f, ENR_DEVICE_NOT_FOUND, "%s", quoted);
	one = the_one(&list);
	if (one == NULL) {
		add_names(&names, &list);
		if (call->caller->rows == NULL)
			call->details = names_of(call, &list);
		return fail(f, ENR_DEVICE_AMBIGUOUS, "%s: %s", quoted,
			call->caller->rows ? "several" : str_text(&names));
	}
	if (control_allows(call->caller, one->ou_dn, one->name, is_inside, f) < 0)
		return -1;
	memcpy(id, one->id, sizeof(id));
	if (store_by_id(store, id, out, f) != ANSWER_YES)
		return f && f->code ? -1 : fail(f, ENR_DEVICE_NOT_FOUND, "%s", quoted);
	return 0;
}
