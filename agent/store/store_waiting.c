/* Work in the directory that a revocation left: noted with it, done when the directory says so. */
#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"

int store_waiting_add(struct db *db, const char *id, int64_t since, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_WAITING_ADD);
	sql_put_text(&q, id);
	sql_put_int(&q, since);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

int store_waiting(struct store *s, size_t max, struct store_list *out, struct fail *f)
{
	struct db *db = db_read_begin(s);
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_WAITING);
	sql_put_int(&q, max ? (int64_t)max : -1);
	rc = store_records_read(&q, out, f);
	db_read_end(db);
	return rc;
}

static int drop(struct db *db, const char *id, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_WAITING_DROP);
	sql_put_text(&q, id);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

int store_waited(struct store *s, const char *id, struct fail *f)
{
	struct db *db = db_write_begin(s, f);

	return db ? db_write_end(db, drop(db, id, f), f) : -1;
}
