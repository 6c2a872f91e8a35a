/* Finding records. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

void store_list_clear(struct store_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		store_record_clear(&l->item[i]);
	free(l->item);
	*l = (struct store_list){ NULL, 0 };
}

/* Rows of RECORD_COLUMNS into a list; ends the query. */
static int store_records_read(struct sql *q, struct store_list *out, struct fail *f)
{
	autoclean(store_list_clear) struct store_list l = { NULL, 0 };
	size_t room = 0;
	int rc;

	while ((rc = sql_step(q, f)) == 1) {
		if (l.n == room) {
			room = room ? room * 2 : 16;
			l.item = mem_grow(l.item, room, sizeof(*l.item));
		}
		l.item[l.n] = (struct store_record){ .state = RECORD_NONE };
		store_record_get(q, &l.item[l.n++]);
	}
	sql_end(q);
	if (rc < 0)
		return -1;
	store_list_clear(out);
	*out = l;
	l = (struct store_list){ NULL, 0 };
	return 0;
}

/* One row of RECORD_COLUMNS (what stands behind them is not read). */
static enum answer one(struct store *s, enum store_sql sql, const char *text,
	struct store_record *out, struct fail *f)
{
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc;

	sql_begin(&q, db, sql);
	sql_put_text(&q, text);
	rc = sql_step(&q, f);
	if (rc == 1)
		store_record_get(&q, out);
	sql_end(&q);
	db_read_end(db);
	return rc < 0 ? ANSWER_UNKNOWN : rc == 0 ? ANSWER_NO : ANSWER_YES;
}

enum answer store_by_id(struct store *s, const char *id, struct store_record *out, struct fail *f)
{
	return one(s, SQL_RECORD_BY_ID, id, out, f);
}

enum answer store_by_name(
	struct store *s, const char *name, struct store_record *out, struct fail *f)
{
	return one(s, SQL_RECORD_BY_NAME, name, out, f);
}

enum answer store_by_selector(struct store *s, const uint8_t selector[STORE_SELECTOR_LEN],
	struct store_record *out, uint8_t root[STORE_ROOT_LEN], struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(sealed_clear) struct sealed sealed = { .data = BYTES_INIT };
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_RECORD_BY_SELECTOR);
	sql_put_blob(&q, selector, STORE_SELECTOR_LEN);
	rc = sql_step(&q, f);
	if (rc == 1) {
		store_record_get(&q, &r);
		sql_get_sealed(&q, &sealed);
	}
	sql_end(&q);
	db_read_end_lazy(db);
	if (rc < 1)
		return rc < 0 ? ANSWER_UNKNOWN : ANSWER_NO;
	if (store_root_open(s, &r, &sealed, root) < 0) {
		fail(f, ENR_STORE_KEY_MISSING, "%s (%s) does not unseal", r.name, r.id);
		return ANSWER_UNKNOWN;
	}
	store_record_clear(out);
	*out = r;
	r = (struct store_record){ .state = RECORD_NONE };
	return ANSWER_YES;
}

enum answer store_expects(struct store *s, const char *identity, int64_t now, struct fail *f)
{
	struct db *db = db_read_begin(s);
	int64_t found;
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_EXPECTED);
	sql_put_text(&q, identity);
	sql_put_int(&q, now);
	rc = sql_number(&q, &found, f);
	if (rc == 0) {
		sql_begin(&q, db, SQL_WORKING);
		sql_put_text(&q, identity);
		rc = sql_number(&q, &found, f);
	}
	db_read_end_lazy(db);
	return rc < 0 ? ANSWER_UNKNOWN : rc == 0 ? ANSWER_NO : ANSWER_YES;
}

/* --- by what a person wrote ------------------------------------------------------------------ */

/* Canonical identities have no capitals. */
static char *lower(const char *t)
{
	char *copy = mem_text(t);

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

/* A certificate's serial as it is kept: hex in capitals, without colons and blanks. */
static char *serial(const char *t)
{
	char *copy = mem_text(t), *to = copy;

	for (; *t; t++) {
		if (*t != ':' && *t != ' ')
			*to++ = (char)toupper((unsigned char)*t);
	}
	*to = '\0';
	return copy;
}

int store_match(
	struct store *s, const char *text, size_t max, struct store_list *out, struct fail *f)
{
	autoclean(text_free) char *identity = lower(text), *hex = serial(text);
	char enrollment[ID_MAX], attempt[ID_MAX];
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_MATCH);
	sql_put_text(&q, id_parse(text, 'E', enrollment) ? enrollment : NULL);
	sql_put_text(&q, text);
	sql_put_text(&q, identity);
	sql_put_text(&q, hex);
	sql_put_text(&q, id_parse(text, 'A', attempt) ? attempt : NULL);
	sql_put_text(&q, text);
	sql_put_int(&q, max ? (int64_t)max : -1);
	rc = store_records_read(&q, out, f);
	db_read_end(db);
	return rc;
}

/* --- lists ----------------------------------------------------------------------------------- */

struct wanted {
	int64_t state, also; /* 0: any; -1: none */
	int when;            /* 0: always, 1: unexpired, 2: expired */
};

static struct wanted wanted_of(const char *word)
{
	struct wanted w = { word ? -1 : 0, -1, 0 };

	if (!word)
		return w;
	if (text_equal(word, "expired") || text_equal(word, "pending")) {
		w.state = RECORD_PENDING;
		w.when = text_equal(word, "pending") ? 1 : 2;
		return w;
	}
	for (enum record_state i = RECORD_CLAIMED; i < RECORD_STATES; i++) {
		if (!text_equal(word, record_state_word(i, 0, 0)))
			continue;
		if (w.state < 0)
			w.state = i;
		else
			w.also = i;
	}
	return w;
}

int store_select(
	struct store *s, const struct store_filter *filter, struct store_list *out, struct fail *f)
{
	struct wanted w = wanted_of(filter->state);
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_SELECT);
	sql_put_int(&q, w.state);
	sql_put_int(&q, w.also);
	sql_put_int(&q, w.when);
	sql_put_int(&q, filter->now);
	sql_put_text(&q, filter->ou_dn);
	sql_put_text(&q, filter->identity);
	sql_put_int(&q, filter->failed);
	sql_put_int(&q, filter->since);
	sql_put_int(&q, filter->expiring_before);
	sql_put_int(&q, filter->max ? (int64_t)filter->max : -1);
	rc = store_records_read(&q, out, f);
	db_read_end(db);
	return rc;
}

static int read_counts(struct db *db, int64_t counts[RECORD_STATES], struct fail *f)
{
	int64_t state;
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_COUNTS);
	while ((rc = sql_step(&q, f)) == 1) {
		state = sql_get_int(&q);
		if (state >= 0 && state < RECORD_STATES)
			counts[state] = sql_get_int(&q);
	}
	sql_end(&q);
	return rc;
}

int store_counts(struct store *s, int64_t now, int64_t out[RECORD_STATES], int64_t *expired,
	struct fail *f)
{
	int64_t counts[RECORD_STATES] = { 0 }, old = 0;
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc = read_counts(db, counts, f);

	if (rc == 0) {
		sql_begin(&q, db, SQL_COUNT_EXPIRED);
		sql_put_int(&q, now);
		rc = sql_number(&q, &old, f);
	}
	db_read_end(db);
	if (rc < 0)
		return -1;
	counts[RECORD_PENDING] -= old < counts[RECORD_PENDING] ? old : counts[RECORD_PENDING];
	memcpy(out, counts, sizeof(counts));
	*expired = old;
	return 0;
}

int store_unfinished(struct store *s, size_t max, struct store_list *out, struct fail *f)
{
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_UNFINISHED);
	sql_put_int(&q, max ? (int64_t)max : -1);
	rc = store_records_read(&q, out, f);
	db_read_end(db);
	return rc;
}
