/* The story of a record: rows that are written with the change they tell. */
#include <stdlib.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

int store_story_add(struct db *db, const struct store_story *e, struct fail *f)
{
	static const struct store_actor agent = { .who = NULL };
	const struct store_actor *by = e->by ? e->by : &agent;
	struct sql q;

	sql_begin(&q, db, SQL_EVENT_ADD);
	sql_put_int(&q, clock_now());
	sql_put_text(&q, e->record);
	sql_put_text(&q, e->event);
	sql_put_text(&q, by->who);
	sql_put_text(&q, by->attempt);
	sql_put_text(&q, by->note);
	sql_put_text(&q, e->detail);
	sql_put_int(&q, e->code);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

int store_event(struct store *s, const struct store_story *e, struct fail *f)
{
	int durable = e->by && e->by->who;
	struct db *db = db_write_begin(s, f);
	int rc;

	if (!db)
		return -1;
	rc = store_story_add(db, e, f);
	return durable ? db_write_end(db, rc, f) : db_write_end_lazy(db, rc, f);
}

void store_event_list_clear(struct store_event_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct store_event *e = &l->item[i];

		free(e->event);
		free(e->by);
		free(e->attempt);
		free(e->note);
		free(e->detail);
	}
	free(l->item);
	*l = (struct store_event_list){ NULL, 0 };
}

static void add_row(struct sql *q, struct store_event_list *l)
{
	struct store_event *e;

	l->item = mem_grow(l->item, l->n + 1, sizeof(*l->item));
	e = &l->item[l->n++];
	e->seq = sql_get_int(q);
	e->time = sql_get_int(q);
	e->event = sql_get_text(q);
	e->by = sql_get_text(q);
	e->attempt = sql_get_text(q);
	e->note = sql_get_text(q);
	e->detail = sql_get_text(q);
	e->code = (enum code)sql_get_int(q);
	sql_get_word(q, e->record, sizeof(e->record));
}

int store_events(struct store *s, const struct store_range *range, struct store_event_list *out,
	struct fail *f)
{
	autoclean(store_event_list_clear) struct store_event_list l = { NULL, 0 };
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc;

	sql_begin(&q, db, range->of ? SQL_EVENTS_OF : SQL_EVENTS);
	if (range->of)
		sql_put_text(&q, range->of);
	sql_put_int(&q, range->since);
	sql_put_int(&q, range->max ? (int64_t)range->max : -1);
	while ((rc = sql_step(&q, f)) == 1)
		add_row(&q, &l);
	sql_end(&q);
	db_read_end(db);
	if (rc < 0)
		return -1;
	store_event_list_clear(out);
	*out = l;
	l = (struct store_event_list){ NULL, 0 };
	return 0;
}
