/* What passes with time: the high-water clock, and what is forgotten. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

#define BACKWARDS_MAX 300
#define WRITE_EVERY 60
#define WIPE_BATCH 200
#define REASON_CESSATION 5

static int write_clock(struct db *db, int64_t now, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_META_SET);
	sql_put_text(&q, "clock");
	sql_put_int(&q, now);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

int store_clock(struct store *s, int64_t now, struct fail *f)
{
	char seen[CLOCK_TEXT_MAX], is[CLOCK_TEXT_MAX];
	int64_t highest, written;
	struct db *db;
	int rc;

	pthread_mutex_lock(&s->write_lock);
	highest = s->clock_seen;
	written = s->clock_written;
	if (now > highest)
		s->clock_seen = now;
	if (now >= written + WRITE_EVERY)
		s->clock_written = now; /* the others need not write it too */
	pthread_mutex_unlock(&s->write_lock);
	if (now < highest - BACKWARDS_MAX)
		return fail(f, ENR_CLOCK_BACKWARDS, "it is %s, but was %s before",
			clock_text(now, is), clock_text(highest, seen));
	if (now < written + WRITE_EVERY)
		return 0;
	db = db_write_begin(s, f);
	if (!db)
		return -1;
	rc = write_clock(db, now, f);
	if (rc < 0)
		s->clock_written = written;
	return db_write_end(db, rc, f);
}

int store_clock_trust(struct store *s, int64_t now, struct fail *f)
{
	struct store_story e = { .event = "clock-trusted" };
	char detail[CLOCK_TEXT_MAX + 16], seen[CLOCK_TEXT_MAX];
	struct db *db = db_write_begin(s, f);
	int later, rc;

	if (!db)
		return -1;
	later = s->clock_seen > now;
	snprintf(detail, sizeof(detail), "it was %s", clock_text(s->clock_seen, seen));
	e.detail = detail;
	rc = write_clock(db, now, f);
	if (rc == 0 && later)
		rc = store_story_add(db, &e, f);
	if (rc == 0)
		s->clock_seen = s->clock_written = now;
	return db_write_end(db, rc, f);
}

/* --- forgetting ------------------------------------------------------------------------------ */

struct due {
	char id[WIPE_BATCH][ID_MAX];
	size_t n;
};

static int read_due(struct db *db, int64_t now, struct due *due, struct fail *f)
{
	struct sql q;
	int rc;

	due->n = 0;
	sql_begin(&q, db, SQL_WIPE_DUE);
	sql_put_int(&q, now);
	sql_put_int(&q, WIPE_BATCH);
	while ((rc = sql_step(&q, f)) == 1)
		sql_get_word(&q, due->id[due->n++], ID_MAX);
	sql_end(&q);
	return rc;
}

static int wipe_one(struct db *db, const char *id, int64_t now, struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	struct store_story e = { .record = id, .event = "forgotten" };
	struct sql q;

	if (store_must_read(db, id, &r, f) < 0 || store_root_forget(db, &r, &sealed, f) < 0)
		return -1;
	if (r.state == RECORD_PENDING &&
		store_revoke_of(db, id, 1U << CERT_UNRELEASED, REASON_CESSATION, f) < 0)
		return -1;
	sql_begin(&q, db, SQL_WIPE);
	sql_put_text(&q, id);
	sql_put_int(&q, r.state == RECORD_PENDING ? now : 0);
	sql_put_text(&q, sealed.len ? db->store->sealing[0].id : NULL);
	sql_put_blob(&q, sealed.data, sealed.len);
	return sql_run(&q, f) < 0 ? -1 : store_story_add(db, &e, f);
}

static int wipe_batch(struct db *db, int64_t now, size_t *n, struct fail *f)
{
	struct due *due = mem_new(sizeof(*due));
	struct sql q;
	int rc = read_due(db, now, due, f);

	for (size_t i = 0; i < due->n && rc == 0; i++)
		rc = wipe_one(db, due->id[i], now, f);
	*n = due->n;
	free(due);
	if (rc < 0)
		return -1;
	sql_begin(&q, db, SQL_DOCUMENT_WIPE);
	sql_put_int(&q, now);
	sql_put_int(&q, WIPE_BATCH);
	rc = sql_run(&q, f);
	if (rc > 0 && (size_t)rc > *n)
		*n = (size_t)rc;
	return rc < 0 ? -1 : 0;
}

int store_wipe(struct store *s, int64_t now, struct fail *f)
{
	size_t n = 0, all = 0;
	struct db *db;

	do {
		db = db_write_begin(s, f);
		if (!db || db_write_end(db, wipe_batch(db, now, &n, f), f) < 0)
			return -1;
		all += n;
	} while (n == WIPE_BATCH);
	if (all == 0)
		return 0;
	/* Wiped pages are zeroed in the file only when the log has gone back into it. */
	pthread_mutex_lock(&s->write_lock);
	(void)db_exec(&s->writer, "PRAGMA wal_checkpoint(TRUNCATE)", NULL);
	pthread_mutex_unlock(&s->write_lock);
	return 0;
}
