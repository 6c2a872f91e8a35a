/* Connections, transactions, statements: everything that calls SQLite. */
#include "agent/store/store_sqlite.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"

#define BUSY_MS 10000

/* NORMAL: store_sync.c waits for the disk. */
static const char settings[] =
	"PRAGMA journal_mode = WAL;"
	"PRAGMA synchronous = NORMAL;"
	"PRAGMA secure_delete = ON;"
	"PRAGMA foreign_keys = ON;"
	"PRAGMA trusted_schema = OFF;";

/* migrations[n] brings a store of version n to version n + 1. */
static const char *const migrations[] = {
#include "build/gen/schema/store.sql.inc"
};

static int db_fail(struct db *db, int rc, struct fail *f)
{
	return fail(f, ENR_STORE_UNAVAILABLE, "%s: %s (%d)", db->store->dir,
		db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc), rc);
}

int db_exec(struct db *db, const char *sql, struct fail *f)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_fail(db, rc, f);
}

int db_open(struct db *db, struct store *s, struct fail *f)
{
	char path[4200];
	int rc;

	db->store = s;
	snprintf(path, sizeof(path), "%s/store.sqlite", s->dir);
	rc = sqlite3_open_v2(path, &db->handle,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	if (rc != SQLITE_OK)
		return db_fail(db, rc, f);
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, BUSY_MS);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return db_exec(db, settings, f);
}

void db_close(struct db *db)
{
	for (size_t i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(db->stmt[i]);
		db->stmt[i] = NULL;
	}
	sqlite3_close(db->handle);
	db->handle = NULL;
}

static int version_of(struct db *db, int *out, struct fail *f)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : db_fail(db, rc, f);
}

int store_migrate(struct db *db, struct fail *f)
{
	char set[64];
	int version = 0;

	if (version_of(db, &version, f) < 0)
		return -1;
	if (version < 0 || (size_t)version > ARRAY_LEN(migrations))
		return fail(f, ENR_STORE_UNAVAILABLE,
			"%s: the store is of version %d, this program knows up to %zu",
			db->store->dir, version, ARRAY_LEN(migrations));
	for (; (size_t)version < ARRAY_LEN(migrations); version++) {
		snprintf(set, sizeof(set), "PRAGMA user_version = %d", version + 1);
		if (db_exec(db, "BEGIN EXCLUSIVE", f) < 0)
			return -1;
		if (db_exec(db, migrations[version], f) < 0 || db_exec(db, set, f) < 0 ||
			db_exec(db, "COMMIT", f) < 0) {
			(void)db_exec(db, "ROLLBACK", NULL);
			return -1;
		}
	}
	return 0;
}

/* --- who may use which connection ------------------------------------------------------------ */

struct db *db_read_begin(struct store *s)
{
	struct db *db;

	pthread_mutex_lock(&s->read_lock);
	while (s->n_idle == 0)
		pthread_cond_wait(&s->read_free, &s->read_lock);
	db = s->idle[--s->n_idle];
	pthread_mutex_unlock(&s->read_lock);
	return db;
}

void db_read_end_lazy(struct db *db)
{
	struct store *s = db->store;

	pthread_mutex_lock(&s->read_lock);
	s->idle[s->n_idle++] = db;
	pthread_cond_signal(&s->read_free);
	pthread_mutex_unlock(&s->read_lock);
}

void db_read_end(struct db *db)
{
	struct store *s = db->store;

	db_read_end_lazy(db);
	(void)store_sync_wait(s, store_sync_latest(s), NULL);
}

static int run(struct db *db, enum store_sql sql, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, sql);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

struct db *db_write_begin(struct store *s, struct fail *f)
{
	/* Nothing to wait for: only whether the disk has failed. */
	if (store_sync_wait(s, 0, f) < 0)
		return NULL;
	pthread_mutex_lock(&s->write_lock);
	s->changes = sqlite3_total_changes(s->writer.handle);
	if (run(&s->writer, SQL_BEGIN, f) == 0)
		return &s->writer;
	pthread_mutex_unlock(&s->write_lock);
	return NULL;
}

/* Commits if rc is 0, else rolls back. */
static int finish(struct db *db, int rc, struct fail *f)
{
	if (rc == 0)
		rc = run(db, SQL_COMMIT, f);
	if (rc != 0 && !sqlite3_get_autocommit(db->handle))
		(void)run(db, SQL_ROLLBACK, NULL);
	return rc;
}

int db_write_end(struct db *db, int rc, struct fail *f)
{
	struct store *s = db->store;
	int changed = rc == 0 && sqlite3_total_changes(db->handle) != s->changes;
	uint64_t number = changed ? store_sync_announce(s) : store_sync_latest(s);

	rc = finish(db, rc, f);
	if (changed)
		store_sync_committed(s, number);
	pthread_mutex_unlock(&s->write_lock);
	return rc != 0 ? rc : store_sync_wait(s, number, f);
}

int db_write_end_lazy(struct db *db, int rc, struct fail *f)
{
	rc = finish(db, rc, f);
	pthread_mutex_unlock(&db->store->write_lock);
	return rc;
}

/* --- one statement --------------------------------------------------------------------------- */

void sql_begin(struct sql *q, struct db *db, enum store_sql sql)
{
	int rc = SQLITE_OK;

	if (!db->stmt[sql])
		rc = sqlite3_prepare_v3(db->handle, store_statements[sql].text, -1,
			SQLITE_PREPARE_PERSISTENT, &db->stmt[sql], NULL);
	*q = (struct sql){ .db = db, .stmt = db->stmt[sql], .failed = rc };
}

static void put(struct sql *q, int rc)
{
	if (!q->failed)
		q->failed = rc;
}

void sql_put_text(struct sql *q, const char *t)
{
	put(q, q->stmt ? sqlite3_bind_text(q->stmt, ++q->at, t, -1, SQLITE_STATIC) : SQLITE_ERROR);
}

void sql_put_int(struct sql *q, int64_t v)
{
	put(q, q->stmt ? sqlite3_bind_int64(q->stmt, ++q->at, v) : SQLITE_ERROR);
}

void sql_put_blob(struct sql *q, const uint8_t *data, size_t len)
{
	put(q, q->stmt ? sqlite3_bind_blob64(q->stmt, ++q->at, data, len, SQLITE_STATIC) :
			 SQLITE_ERROR);
}

int sql_step(struct sql *q, struct fail *f)
{
	int rc = q->failed ? q->failed : sqlite3_step(q->stmt);

	q->at = 0;
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return db_fail(q->db, rc, f);
}

void sql_end(struct sql *q)
{
	if (!q->stmt)
		return;
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt);
	q->stmt = NULL;
}

int sql_run(struct sql *q, struct fail *f)
{
	int rc = sql_step(q, f);

	assert(rc != 1);
	sql_end(q);
	return rc < 0 ? -1 : sqlite3_changes(q->db->handle);
}

int sql_number(struct sql *q, int64_t *out, struct fail *f)
{
	int rc = sql_step(q, f);

	if (rc >= 0)
		*out = rc == 1 ? sql_get_int(q) : 0;
	sql_end(q);
	return rc;
}

char *sql_get_text(struct sql *q)
{
	return mem_text((const char *)sqlite3_column_text(q->stmt, q->at++));
}

void sql_get_word(struct sql *q, char *out, size_t size)
{
	const char *t = (const char *)sqlite3_column_text(q->stmt, q->at++);

	snprintf(out, size, "%s", t ? t : "");
}

int64_t sql_get_int(struct sql *q)
{
	return sqlite3_column_int64(q->stmt, q->at++);
}

void sql_get_fixed(struct sql *q, uint8_t *out, size_t len)
{
	const void *data = sqlite3_column_blob(q->stmt, q->at);

	if (data && (size_t)sqlite3_column_bytes(q->stmt, q->at) == len)
		memcpy(out, data, len);
	else
		memset(out, 0, len);
	q->at++;
}

void sql_get_bytes(struct sql *q, struct bytes *out)
{
	const void *data = sqlite3_column_blob(q->stmt, q->at);

	bytes_set(out, data, data ? (size_t)sqlite3_column_bytes(q->stmt, q->at) : 0);
	q->at++;
}
