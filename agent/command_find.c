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

/* Of two that go on, the one that waits to replace the other, or that other. */
static const struct store_record *of_two(
	const struct store_record *a, const struct store_record *b, enum find which)
{
	if (text_equal(a->take_record, b->id))
		return which == FIND_PASSWORD ? a : b;
	if (text_equal(b->take_record, a->id))
		return which == FIND_PASSWORD ? b : a;
	return NULL;
}

/* Of those that are over, the newest; of members, that the object may still be of. */
static const struct store_record *newest(const struct store_list *list, enum find which)
{
	for (size_t i = 0; which == FIND_MEMBER && i < list->n; i++) {
		const struct store_record *r = &list->item[i];

		if (r->finished_at && r->state != RECORD_REPLACED)
			return r;
	}
	return &list->item[0];
}

/* Records that all have one name are one device: the one whose story goes on, else the newest. */
static const struct store_record *the_one(const struct store_list *list, enum find which)
{
	const struct store_record *open = NULL;
	int64_t now = clock_now();

	for (size_t i = 0; i < list->n; i++) {
		const struct store_record *r = &list->item[i];

		if (!text_equal_ci(r->name, list->item[0].name))
			return NULL;
		if (is_over(r, now))
			continue;
		open = open ? of_two(open, r, which) : r;
		if (open == NULL)
			return NULL;
	}
	return open ? open : newest(list, which);
}

/* Who may not see a device is not told that it is there. */
static void leave_seen(const struct control_call *call, struct store_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (serve_sees(call, &list->item[i]))
			list->item[n++] = list->item[i];
		else
			store_record_clear(&list->item[i]);
	}
	list->n = n;
}

static json_t *names_of(const struct store_list *list)
{
	json_t *items = json_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct store_record *r = &list->item[i];

		json_array_append_new(items,
			json_pack("{s:s, s:s, s:s}", "name", r->name, "enrollment", r->id, "state",
				record_state_word(r->state, r->expires, clock_now())));
	}
	return json_pack("{s:o}", "items", items);
}

static void add_names(struct str *out, const struct store_list *list)
{
	for (size_t i = 0; i < list->n && out->len < 300; i++)
		str_printf(out, "%s%s %s", i ? ", " : "", list->item[i].name, list->item[i].id);
}

int serve_match(
	struct control_call *call, const char *text, struct store_list *list, struct fail *f)
{
	char quoted[200];

	if (store_match(command_context(call)->store, text, COMMAND_MATCH_MAX, list, f) < 0)
		return -1;
	leave_seen(call, list);
	if (list->n == 0)
		return fail(f, ENR_DEVICE_NOT_FOUND, "%s",
			text_quote(text, 40, quoted, sizeof(quoted)));
	return 0;
}

int serve_find(struct control_call *call, const char *text, enum find which,
	struct store_record *out, struct fail *f)
{
	autoclean(store_list_clear) struct store_list list = { 0 };
	autoclean(str_free) struct str names = STR_INIT(400);
	struct store *store = command_context(call)->store;
	const struct store_record *one;
	char quoted[200], id[ID_MAX];

	if (serve_match(call, text, &list, f) < 0)
		return -1;
	text_quote(text, 40, quoted, sizeof(quoted));
	one = the_one(&list, which);
	if (one == NULL) {
		add_names(&names, &list);
		call->details = names_of(&list);
		return fail(f, ENR_DEVICE_AMBIGUOUS, "%s: %s", quoted, str_text(&names));
	}
	memcpy(id, one->id, sizeof(id));
	if (store_by_id(store, id, out, f) != ANSWER_YES)
		return f && f->code ? -1 : fail(f, ENR_DEVICE_NOT_FOUND, "%s", quoted);
	return 0;
}
