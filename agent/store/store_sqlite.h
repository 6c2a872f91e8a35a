/* Private to this folder: connections, statements, transactions, and reading rows. */
#ifndef AGENT_STORE_STORE_SQLITE_H
#define AGENT_STORE_STORE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/store/store.h"
#include "agent/store/store_statements.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"

#define READERS_MAX 8
#define SEALING_KEYS_MAX 16
#define KEY_ID_MAX 17 /* 16 hex digits and a NUL */

struct db {
	struct store *store;
	sqlite3 *handle;
	sqlite3_stmt *stmt[SQL_COUNT]; /* prepared at first use */
};

struct sealing_key {
	char id[KEY_ID_MAX];
	uint8_t key[32];
};

/* Which changes are on the disk; by number, in the order of their commits. */
struct store_sync {
	pthread_mutex_t lock;
	pthread_cond_t done;
	int fd;                     /* of the log */
	int (*flush)(int fd);       /* fdatasync; tests put another here */
	uint64_t announced, committed, flushed; /* the last of each */
	int busy;                   /* somebody flushes */
	int broken; /* errno of a flush that failed. Nothing is promised any more: what the kernel
		     * could not write once it may have forgotten (errno of the next would be 0). */
};

struct store {
	char *dir, *keys_dir;
	int lock;                   /* of the folder: one store, one process */
	int64_t keep_ended, max_open;
	struct sealing_key
		sealing[SEALING_KEYS_MAX]; /* the first seals, all open; fixed after open */
	size_t n_sealing;

	pthread_mutex_t write_lock; /* writer, clock, strays, keys of store_key */
	struct db writer;
	int changes;                /* rows the writer changed, before this transaction */
	struct store_sync sync;     /* has its own lock */
	int64_t clock_seen, clock_written;
	int64_t strays;             /* attempts without a record */

	pthread_mutex_t read_lock;  /* idle */
	pthread_cond_t read_free;
	struct db reader[READERS_MAX];
	struct db *idle[READERS_MAX];
	size_t n_idle;
};

/* --- connections ----------------------------------------------------------------------------- */

int db_open(struct db *db, struct store *s, struct fail *f);
void db_close(struct db *db);
int db_exec(struct db *db, const char *sql, struct fail *f);
int store_migrate(struct db *db, struct fail *f);

/* Waits for a connection; the end waits until whatever may have been read is on the disk. */
struct db *db_read_begin(struct store *s);
void db_read_end(struct db *db);
/* The same without waiting for the disk: where nothing is done about what was read until a change,
 * which waits. */
void db_read_end_lazy(struct db *db);

/* A change: one transaction of the one writer. db_write_begin returns NULL on failure; db_write_end
 * commits if rc is 0, else rolls back, and returns rc (or -1 if the commit failed). Between them
 * only statements of that connection. When db_write_end returns 0, this change and all before it
 * are on the disk. If the disk fails it returns -1 though the change is to be seen; then no other
 * change begins until the store is opened again. */
struct db *db_write_begin(struct store *s, struct fail *f);
int db_write_end(struct db *db, int rc, struct fail *f);
/* The same without waiting for the disk: for what may be lost. */
int db_write_end_lazy(struct db *db, int rc, struct fail *f);

/* store_sync.c. The number of a change that is about to be committed, write_lock held: readers may
 * see it from now on. That is done, well or not. The last number that was given. */
uint64_t store_sync_announce(struct store *s);
void store_sync_committed(struct store *s, uint64_t number);
uint64_t store_sync_latest(struct store *s);
/* Returns when the changes up to that number are on the disk. */
int store_sync_wait(struct store *s, uint64_t number, struct fail *f);
/* The log must be there; what the writer did so far is flushed. */
int store_sync_open(struct store *s, struct fail *f);
void store_sync_close(struct store *s);

/* --- statements ------------------------------------------------------------------------------ */

/* sql_begin; sql_put_… for ?1, ?2, … in turn; sql_step until it is not 1; sql_get_… for the columns
 * in turn; sql_end. What was put must last until sql_end. A statement is used by one query of its
 * connection at a time. */
struct sql {
	struct db *db;
	sqlite3_stmt *stmt;
	int at;
	int failed;
};
void sql_begin(struct sql *q, struct db *db, enum store_sql sql);
void sql_put_text(struct sql *q, const char *t);            /* NULL is NULL */
void sql_put_int(struct sql *q, int64_t v);
void sql_put_blob(struct sql *q, const uint8_t *data, size_t len); /* data NULL is NULL */
/* 1 a row, 0 no more, -1 and f. */
int sql_step(struct sql *q, struct fail *f);
void sql_end(struct sql *q);
/* Step once, expecting no row, and end. The number of rows changed, or -1. */
int sql_run(struct sql *q, struct fail *f);
/* Step once; *out gets the first column of the row, or 0 without one. 1, 0, -1 as sql_step. */
int sql_number(struct sql *q, int64_t *out, struct fail *f);

char *sql_get_text(struct sql *q);                          /* free() it */
void sql_get_word(struct sql *q, char *out, size_t size);   /* cut; "" for NULL */
int64_t sql_get_int(struct sql *q);
void sql_get_fixed(struct sql *q, uint8_t *out, size_t len); /* zeros unless exactly len octets */
void sql_get_bytes(struct sql *q, struct bytes *out);

/* --- shared steps inside a transaction ------------------------------------------------------- */

/* The columns of RECORD_COLUMNS, in turn. */
void store_record_get(struct sql *q, struct store_record *r);
/* 1 and *r, 0, -1. */
int store_record_read(struct db *db, const char *id, struct store_record *r, struct fail *f);
/* The record, or ENR_DEVICE_NOT_FOUND. */
int store_must_read(struct db *db, const char *id, struct store_record *r, struct fail *f);
/* store_cancel inside a transaction. */
int store_cancel_within(
	struct db *db, const char *id, const struct store_actor *by, struct fail *f);

int store_story_add(struct db *db, const struct store_story *e, struct fail *f);
/* All certificates of the record in one of the states given as a bit mask (1 << CERT_…) become
 * revoked. How many, or -1. */
int store_revoke_of(
	struct db *db, const char *record, unsigned states, int reason, struct fail *f);

/* Note work for the directory; what it makes meaningless is dropped. And: drop what stands there of
 * a record, a bit for each enum todo_work. */
int store_todo_note(
	struct db *db, const char *record, enum todo_work work, int64_t now, struct fail *f);
int store_todo_drop(struct db *db, const char *record, unsigned works_bits, struct fail *f);

#define STORE_SERIAL_MAX 33 /* 32 hex digits and a NUL */
void store_serial_text(const uint8_t serial[16], char out[STORE_SERIAL_MAX]);

/* The sealed root of a record, opened: ENR_STATE_WRONG if it was wiped, ENR_STORE_KEY_MISSING if it
 * does not open. */
int store_root_read(struct db *db, const struct store_record *r, uint8_t root[STORE_ROOT_LEN],
	struct fail *f);
/* What stays sealed of a record whose password is forgotten: that nobody changed it. Nothing, if it
 * does not open now. */
int store_root_forget(struct db *db, const struct store_record *r, struct bytes *sealed,
	struct fail *f);
/* The machine password of r's claim: kept, and wiped. */
int store_machine_add(
	struct db *db, const struct store_record *r, const char *password, struct fail *f);
int store_machine_drop(struct db *db, const char *id, struct fail *f);
/* -1 and ENR_STATE_WRONG, saying which state r is in. */
int store_wrong_state(const struct store_record *r, struct fail *f);

/* --- sealing --------------------------------------------------------------------------------- */

int store_keys_open(struct store *s, struct fail *f);
void store_keys_close(struct store *s);
/* The store knows a key by its id, or has no records yet: else ENR_STORE_KEY_MISSING. */
int store_keys_check(struct store *s, struct db *db, struct fail *f);
struct sealed {
	char key_id[KEY_ID_MAX];
	struct bytes data;
};
void sealed_clear(struct sealed *s);
void sql_get_sealed(struct sql *q, struct sealed *out);    /* two columns: key_id, data */
/* The one row of those two that a statement has for that record. 1, 0: none, -1. */
int sealed_read(struct store *s, enum store_sql statement, const char *id, struct sealed *out,
	struct fail *f);
/* The root of a password, bound to r's deciding columns; the document, bound to r's claim. Opening:
 * 0, or -1 without a reason. */
void store_root_seal(const struct store *s, const struct store_record *r, const uint8_t *root,
	struct bytes *out);
int store_root_open(const struct store *s, const struct store_record *r,
	const struct sealed *sealed, uint8_t root[STORE_ROOT_LEN]);
void store_document_seal(const struct store *s, const struct store_record *r,
	const struct bytes *text, struct bytes *out);
int store_document_open(const struct store *s, const struct store_record *r,
	const struct sealed *sealed, struct bytes *out);
/* The machine password, bound to r's claim. */
void store_machine_seal(const struct store *s, const struct store_record *r,
	const char *password, struct bytes *out);
int store_machine_open(const struct store *s, const struct store_record *r,
	const struct sealed *sealed, struct bytes *out);

#endif
