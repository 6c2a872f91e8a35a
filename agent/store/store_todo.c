/* Work in the directory: noted with what decided it, done when the directory says so. */
#include <stdlib.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

/* What is done makes what was noted before without meaning. */
static const struct {
	const char *word;
	unsigned ends; /* bits of enum todo_work */
} works[] = {
	[TODO_NONE] = { "nothing", 0 },
	[TODO_DISABLE] = { "disable", 1U << TODO_ENABLE },
	[TODO_ENABLE] = { "enable", 1U << TODO_DISABLE },
	[TODO_SPOIL] = { "new-password", 0 },
	[TODO_REMOVE] = { "remove", 1U << TODO_ENABLE },
};

const char *todo_work_word(enum todo_work w)
{
	return works[(size_t)w < ARRAY_LEN(works) ? w : TODO_NONE].word;
}

static void todo_clear(struct store_todo *t)
{
	free(t->name);
	free(t->detail);
	*t = (struct store_todo){ .work = TODO_NONE };
}

void store_todo_list_clear(struct store_todo_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		todo_clear(&l->item[i]);
	free(l->item);
	*l = (struct store_todo_list){ NULL, 0 };
}

int store_todo_drop(struct db *db, const char *record, unsigned works_bits, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_TODO_DROP);
	sql_put_text(&q, record);
	sql_put_int(&q, works_bits);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

int store_todo_note(
	struct db *db, const char *record, enum todo_work work, int64_t now, struct fail *f)
{
	struct sql q;

	if (works[work].ends && store_todo_drop(db, record, works[work].ends, f) < 0)
		return -1;
	sql_begin(&q, db, SQL_TODO_ADD);
	sql_put_text(&q, record);
	sql_put_int(&q, work);
	sql_put_int(&q, now);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

static void get(struct sql *q, struct store_todo *t)
{
	*t = (struct store_todo){ .seq = sql_get_int(q) };
	sql_get_word(q, t->record, sizeof(t->record));
	t->name = sql_get_text(q);
	t->work = (enum todo_work)sql_get_int(q);
	t->since = sql_get_int(q);
	t->due = sql_get_int(q);
	t->tries = sql_get_int(q);
	t->code = (enum code)sql_get_int(q);
	t->detail = sql_get_text(q);
}

/* Ends the query and the reading. */
static int give_all(struct db *db, struct sql *q, struct store_todo_list *out, struct fail *f)
{
	autoclean(store_todo_list_clear) struct store_todo_list l = { NULL, 0 };
	int rc;

	while ((rc = sql_step(q, f)) == 1) {
		l.item = mem_grow(l.item, l.n + 1, sizeof(*l.item));
		get(q, &l.item[l.n++]);
	}
	sql_end(q);
	db_read_end(db);
	if (rc < 0)
		return -1;
	store_todo_list_clear(out);
	*out = l;
	l = (struct store_todo_list){ NULL, 0 };
	return 0;
}

int store_todos(struct store *s, const char *record, size_t max, struct store_todo_list *out,
	struct fail *f)
{
	struct db *db = db_read_begin(s);
	struct sql q;

	sql_begin(&q, db, record ? SQL_TODO_OF : SQL_TODO_ALL);
	sql_put_int(&q, max ? (int64_t)max : -1);
	if (record)
		sql_put_text(&q, record);
	return give_all(db, &q, out, f);
}

int store_todos_due(struct store *s, int64_t now, size_t max, struct store_todo_list *out,
	struct fail *f)
{
	struct db *db = db_read_begin(s);
	struct sql q;

	sql_begin(&q, db, SQL_TODO_DUE);
	sql_put_int(&q, now);
	sql_put_int(&q, max ? (int64_t)max : -1);
	return give_all(db, &q, out, f);
}

int store_todo_add(struct store *s, const char *record, enum todo_work work, struct fail *f)
{
	struct db *db = db_write_begin(s, f);

	return db ? db_write_end(db, store_todo_note(db, record, work, clock_now(), f), f) : -1;
}

static int finish(struct db *db, const struct store_todo *t, const char *detail,
	const struct store_actor *by, struct fail *f)
{
	struct store_story told = { t->record, "directory", detail, ENR_NONE, by };
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_TODO_DONE);
	sql_put_int(&q, t->seq);
	rc = sql_run(&q, f);
	return rc < 0 ? -1 : rc == 0 ? 0
				     : store_story_add(db, &told, f);
}

int store_todo_done(struct store *s, const struct store_todo *t, const char *detail,
	const struct store_actor *by, struct fail *f)
{
	struct db *db = db_write_begin(s, f);

	return db ? db_write_end(db, finish(db, t, detail, by, f), f) : -1;
}

static int put_off(struct db *db, const struct store_todo *t, const struct fail *why, int64_t due,
	struct fail *f)
{
	struct store_story told = { t->record, "directory", why->evidence, why->code, NULL };
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_TODO_FAILED);
	sql_put_int(&q, t->seq);
	sql_put_int(&q, due);
	sql_put_int(&q, why->code);
	sql_put_text(&q, why->evidence);
	rc = sql_run(&q, f);
	return rc < 0 ? -1 : rc == 0 || t->code == why->code ? 0
							     : store_story_add(db, &told, f);
}

int store_todo_failed(struct store *s, const struct store_todo *t, const struct fail *why,
	int64_t due, struct fail *f)
{
	struct db *db = db_write_begin(s, f);

	return db ? db_write_end_lazy(db, put_off(db, t, why, due, f), f) : -1;
}
