/* What the directory has still to be told: worked off at once by the verb that decided it, else by
 * the sweep, in order for each device. An object that another enrollment has taken over is left
 * alone. */
#include <stdio.h>
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

#define TODO_MAX 256 /* records in one go; the next sweep goes on */
#define PAUSE_FIRST 5 /* seconds after a no of the directory, times the tries so far */
#define PAUSE_MOST 300

static int do_disable(struct join *j, const struct store_record *r, const char *mark,
	struct fail *f)
{
	(void)mark;
	return join_set_state(j, r->object_guid, JOIN_DISABLED, f);
}

static int do_enable(struct join *j, const struct store_record *r, const char *mark, struct fail *f)
{
	(void)mark;
	return join_set_state(j, r->object_guid, JOIN_ENABLED, f);
}

static int do_spoil(struct join *j, const struct store_record *r, const char *mark, struct fail *f)
{
	(void)mark;
	return join_spoil_password(j, r->object_guid, f);
}

static int do_remove(struct join *j, const struct store_record *r, const char *mark, struct fail *f)
{
	return join_remove(j, r->object_guid, mark, f);
}

static const struct {
	const char *done; /* for the story */
	int (*run)(struct join *j, const struct store_record *r, const char *mark, struct fail *f);
} works[] = {
	[TODO_NONE] = { NULL, NULL },
	[TODO_DISABLE] = { "object disabled", do_disable },
	[TODO_ENABLE] = { "object enabled", do_enable },
	[TODO_SPOIL] = { "machine password made new", do_spoil },
	[TODO_REMOVE] = { "object removed", do_remove },
};

int todo_is_anothers(const char *mark, const struct store_record *r)
{
	char own[RULES_MARK_MAX];
	const char *id = mark ? strchr(mark, ':') : NULL;
	size_t len = strlen(r->id);

	if (id == NULL || text_equal(mark, (rules_mark(r, own), own)))
		return 0;
	return strncmp(id + 1, r->id, len) != 0 || id[1 + len] != ':';
}

/* 0 and what is told of it; 1 and that there is no object of ours; -1 and f. */
static int do_one(struct enrollment *e, const struct store_record *r, enum todo_work work,
	const char **told, struct fail *f)
{
	autoclean(join_seen_clear) struct join_seen seen = { 0 };
	struct join *j = e->parts.join;
	struct fail why = FAIL_INIT;
	char mark[RULES_MARK_MAX];

	rules_mark(r, mark);
	*told = works[work].done;
	if (join_read(j, r->object_guid, &seen, &why) == 0) {
		if (todo_is_anothers(seen.mark, r)) {
			*told = "the object belongs to another enrollment";
			return 1;
		}
		if (works[work].run(j, r, mark, &why) == 0)
			return 0;
	}
	if (why.code == ENR_DIRECTORY_GONE) {
		*told = "the object is gone";
		return 1;
	}
	if (f)
		*f = why;
	return -1;
}

static int64_t due(const struct store_todo *t, enum code code)
{
	int64_t pause = PAUSE_FIRST * (t->tries + 1);

	if (code_is_transient(code))
		return 0;
	return clock_now() + (pause > PAUSE_MOST ? PAUSE_MOST : pause);
}

/* With todo_lock held, so that what is decided meanwhile comes after what is under way. */
static int work_off(struct enrollment *e, const struct store_record *r,
	const struct store_actor *by, unsigned *missed, struct fail *f)
{
	autoclean(store_todo_list_clear) struct store_todo_list list = { 0 };
	struct store *store = e->parts.store;

	if (store_todos(store, r->id, 0, &list, f) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct store_todo *t = &list.item[i];
		struct fail why = FAIL_INIT, failed = FAIL_INIT;
		const char *told = "there is no object";
		int rc = r->object_guid ? do_one(e, r, t->work, &told, &why) : 1;

		if (rc > 0 && missed != NULL)
			*missed |= 1U << t->work;
		if (rc < 0) {
			if (store_todo_failed(store, t, &why, due(t, why.code), &failed) < 0)
				log_warn("todo", "record=%s code=%s", r->id,
					code_name(failed.code));
			if (f)
				*f = why;
			return -1;
		}
		if (store_todo_done(store, t, told, by, f) < 0)
			return -1;
		log_info("todo", "record=%s name=%s work=%s result=done", r->id, r->name,
			todo_work_word(t->work));
	}
	return 0;
}

int todo_work_off(struct enrollment *e, const struct store_record *r,
	const struct store_actor *by, unsigned *missed, struct fail *f)
{
	int ended;

	pthread_mutex_lock(&e->todo_lock);
	ended = work_off(e, r, by, missed, f);
	pthread_mutex_unlock(&e->todo_lock);
	return ended;
}

int todo_sweep(struct enrollment *e, struct fail *f)
{
	autoclean(store_todo_list_clear) struct store_todo_list list = { 0 };
	int left = 0;

	if (store_todos_due(e->parts.store, clock_now(), TODO_MAX, &list, f) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		autoclean(store_record_clear) struct store_record r = { 0 };
		struct fail why = FAIL_INIT;

		if (store_by_id(e->parts.store, list.item[i].record, &r, &why) == ANSWER_YES &&
			todo_work_off(e, &r, NULL, NULL, &why) == 0)
			continue;
		left++;
		log_warn("todo", "record=%s name=%s work=%s code=%s evidence=\"%s\"",
			list.item[i].record, list.item[i].name, todo_work_word(list.item[i].work),
			code_name(why.code), why.evidence);
		if (why.code == ENR_DIRECTORY_UNREACHABLE)
			return left + (int)(list.n - i - 1);
	}
	return left;
}
