/* Attempts of devices, expected or not. */
#include <stdlib.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"

#define STRAYS_MAX 10000
#define TRIES_MAX 300 /* attempts of one record, and lines they left in its story */

static void store_attempt_clear(struct store_attempt *a)
{
	free(a->address);
	free(a->identity);
	free(a->client);
	free(a->phase);
	free(a->detail);
	*a = (struct store_attempt){ .code = ENR_NONE };
}

void store_attempt_list_clear(struct store_attempt_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		store_attempt_clear(&l->item[i]);
	free(l->item);
	*l = (struct store_attempt_list){ NULL, 0 };
}

/* What the store knew of the attempt before. */
struct before {
	int known;
	enum code code;
	char record[ID_MAX];
};

static int read_before(struct db *db, const char *id, struct before *b, struct fail *f)
{
	struct sql q;
	int rc;

	*b = (struct before){ .known = 0 };
	sql_begin(&q, db, SQL_ATTEMPT_GET);
	sql_put_text(&q, id);
	rc = sql_step(&q, f);
	if (rc == 1) {
		b->known = 1;
		b->code = (enum code)sql_get_int(&q);
		sql_get_word(&q, b->record, sizeof(b->record));
	}
	sql_end(&q);
	return rc < 0 ? -1 : 0;
}

static int write_attempt(struct db *db, const struct store_attempt *a, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_ATTEMPT_SET);
	sql_put_text(&q, a->id);
	sql_put_int(&q, a->time);
	sql_put_text(&q, a->address ? a->address : "");
	sql_put_text(&q, a->identity ? a->identity : "");
	sql_put_text(&q, a->client ? a->client : "");
	sql_put_text(&q, a->record[0] ? a->record : NULL);
	sql_put_int(&q, a->code);
	sql_put_text(&q, a->phase);
	sql_put_text(&q, a->detail);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

static int write_failure(struct db *db, const struct store_attempt *a, const struct before *b,
	struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_LAST_FAILURE);
	sql_put_text(&q, a->record);
	sql_put_int(&q, a->code);
	sql_put_text(&q, a->phase);
	sql_put_text(&q, a->detail);
	sql_put_text(&q, a->id);
	sql_put_int(&q, a->time);
	if (sql_run(&q, f) < 0)
		return -1;
	if ((a->code != ENR_PASSWORD_WRONG && a->code != ENR_RELAYED) || b->code == a->code)
		return 0;
	sql_begin(&q, db, SQL_FAILED_TRY);
	sql_put_text(&q, a->record);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

/* Attempts of nobody we expect do not pile up. *strays is what is left. */
static int bound_strays(struct db *db, int64_t *strays, struct fail *f)
{
	struct sql q;
	int rc;

	if (*strays <= STRAYS_MAX)
		return 0;
	sql_begin(&q, db, SQL_STRAYS_DROP);
	sql_put_int(&q, *strays - STRAYS_MAX);
	rc = sql_run(&q, f);
	if (rc > 0)
		*strays -= rc;
	return rc < 0 ? -1 : 0;
}

static int drop_beyond(struct db *db, enum store_sql statement, const char *record, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, statement);
	sql_put_text(&q, record);
	sql_put_int(&q, TRIES_MAX);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

/* Nor do those of one that we expect, or that is here and asks again and again. */
static int bound_tries(struct db *db, const char *record, struct fail *f)
{
	return drop_beyond(db, SQL_TRIES_DROP, record, f) < 0 ||
			drop_beyond(db, SQL_TOLD_DROP, record, f) < 0
		? -1
		: 0;
}

/* The same request once more, in the same conversation, is no news. */
static int is_news(const struct store_attempt *a, const struct before *b)
{
	return !b->record[0] || b->code != a->code;
}

static int write_all(struct db *db, const struct store_attempt *a, int64_t *strays, struct fail *f)
{
	struct before b;

	if (read_before(db, a->id, &b, f) < 0)
		return -1;
	for (size_t i = 0; is_news(a, &b) && i < a->n_story; i++)
		if (store_story_add(db, &a->story[i], f) < 0)
			return -1;
	if (write_attempt(db, a, f) < 0)
		return -1;
	if (!b.known && !a->record[0])
		++*strays;
	if (b.known && !b.record[0] && a->record[0])
		--*strays;
	if (bound_strays(db, strays, f) < 0 || (a->record[0] && bound_tries(db, a->record, f) < 0))
		return -1;
	return a->record[0] && a->code != ENR_NONE ? write_failure(db, a, &b, f) : 0;
}

int store_attempt(struct store *s, const struct store_attempt *a, struct fail *f)
{
	int durable = a->record[0] && a->code != ENR_NONE, rc;
	struct db *db = db_write_begin(s, f);
	int64_t strays, before;

	if (!db)
		return -1;
	before = strays = s->strays;
	rc = write_all(db, a, &strays, f);
	s->strays = rc == 0 ? strays : before;
	return durable ? db_write_end(db, rc, f) : db_write_end_lazy(db, rc, f);
}

static void add_row(struct sql *q, struct store_attempt_list *l)
{
	struct store_attempt *a;

	l->item = mem_grow(l->item, l->n + 1, sizeof(*l->item));
	a = &l->item[l->n++];
	sql_get_word(q, a->id, sizeof(a->id));
	a->time = sql_get_int(q);
	a->address = sql_get_text(q);
	a->identity = sql_get_text(q);
	a->client = sql_get_text(q);
	sql_get_word(q, a->record, sizeof(a->record));
	a->code = (enum code)sql_get_int(q);
	a->phase = sql_get_text(q);
	a->detail = sql_get_text(q);
}

int store_attempts(struct store *s, const struct store_range *range,
	struct store_attempt_list *out, struct fail *f)
{
	autoclean(store_attempt_list_clear) struct store_attempt_list l = { NULL, 0 };
	char attempt[ID_MAX], enrollment[ID_MAX];
	const char *text = range->of;
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc;

	sql_begin(&q, db, text ? SQL_ATTEMPTS : SQL_ATTEMPTS_SINCE);
	if (text) {
		sql_put_text(&q, id_parse(text, 'A', attempt) ? attempt : NULL);
		sql_put_text(&q, text);
		sql_put_text(&q, id_parse(text, 'E', enrollment) ? enrollment : NULL);
	}
	sql_put_int(&q, range->since);
	sql_put_int(&q, range->max ? (int64_t)range->max : -1);
	while ((rc = sql_step(&q, f)) == 1)
		add_row(&q, &l);
	sql_end(&q);
	db_read_end(db);
	if (rc < 0)
		return -1;
	store_attempt_list_clear(out);
	*out = l;
	l = (struct store_attempt_list){ NULL, 0 };
	return 0;
}
