/* Certificates of records, and the number of the CRL. */
#include <stdlib.h>
#include <string.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"

void store_cert_clear(struct store_cert *c)
{
	free(c->name);
	bytes_free(&c->der);
	*c = (struct store_cert){ .state = CERT_UNRELEASED };
}

void store_cert_list_clear(struct store_cert_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		store_cert_clear(&l->item[i]);
	free(l->item);
	*l = (struct store_cert_list){ NULL, 0 };
}

static void get_cert(struct sql *q, struct store_cert *c)
{
	*c = (struct store_cert){ .state = CERT_UNRELEASED };
	sql_get_word(q, c->serial, sizeof(c->serial));
	sql_get_word(q, c->record, sizeof(c->record));
	c->name = sql_get_text(q);
	c->state = (enum cert_state)sql_get_int(q);
	c->reason = (int)sql_get_int(q);
	c->not_before = sql_get_int(q);
	c->not_after = sql_get_int(q);
	c->revoked_at = sql_get_int(q);
	sql_get_bytes(q, &c->der);
}

static int read_all(struct sql *q, struct store_cert_list *out, struct fail *f)
{
	int rc;

	while ((rc = sql_step(q, f)) == 1) {
		out->item = mem_grow(out->item, out->n + 1, sizeof(*out->item));
		get_cert(q, &out->item[out->n++]);
	}
	sql_end(q);
	return rc;
}

/* Ends the query and the reading. */
static int give_all(struct db *db, struct sql *q, struct store_cert_list *out, struct fail *f)
{
	autoclean(store_cert_list_clear) struct store_cert_list l = { NULL, 0 };
	int rc = read_all(q, &l, f);

	db_read_end(db);
	if (rc < 0)
		return -1;
	store_cert_list_clear(out);
	*out = l;
	l = (struct store_cert_list){ NULL, 0 };
	return 0;
}

int store_certs(
	struct store *s, const char *record, struct store_cert_list *out, struct fail *f)
{
	struct db *db = db_read_begin(s);
	struct sql q;

	sql_begin(&q, db, record ? SQL_CERTS_OF : SQL_CERTS_ALL);
	if (record)
		sql_put_text(&q, record);
	return give_all(db, &q, out, f);
}

int store_certs_revoked(
	struct store *s, int64_t now, struct store_cert_list *out, struct fail *f)
{
	struct db *db = db_read_begin(s);
	struct sql q;

	sql_begin(&q, db, SQL_CERTS_REVOKED);
	sql_put_int(&q, now);
	return give_all(db, &q, out, f);
}

void store_serial_text(const uint8_t serial[16], char out[STORE_SERIAL_MAX])
{
	autoclean(str_free) struct str hex = STR_INIT(STORE_SERIAL_MAX);

	hex_add_upper(&hex, serial, 16);
	memcpy(out, str_text(&hex), STORE_SERIAL_MAX);
}

/* One row; ends the query and the reading. */
static enum answer give_one(struct db *db, struct sql *q, struct store_cert *out, struct fail *f)
{
	int rc = sql_step(q, f);

	if (rc == 1) {
		store_cert_clear(out);
		get_cert(q, out);
	}
	sql_end(q);
	if (rc == 1)
		db_read_end(db);
	else
		db_read_end_lazy(db); /* certificates do not go: what is not there was not there */
	return rc < 0 ? ANSWER_UNKNOWN : rc == 0 ? ANSWER_NO : ANSWER_YES;
}

enum answer store_cert_of(
	struct store *s, const struct store_record *r, struct store_cert *out, struct fail *f)
{
	char serial[STORE_SERIAL_MAX];
	struct db *db = db_read_begin(s);
	struct sql q;

	store_serial_text(r->cert_serial, serial);
	sql_begin(&q, db, SQL_CERT_OF);
	sql_put_text(&q, serial);
	sql_put_text(&q, r->id);
	return give_one(db, &q, out, f);
}

enum answer store_cert_by_serial(
	struct store *s, const char *serial, struct store_cert *out, struct fail *f)
{
	struct db *db = db_read_begin(s);
	struct sql q;

	sql_begin(&q, db, SQL_CERT_BY_SERIAL);
	sql_put_text(&q, serial);
	return give_one(db, &q, out, f);
}

int store_revoke_of(
	struct db *db, const char *record, unsigned states, int reason, struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_CERTS_REVOKE);
	sql_put_text(&q, record);
	sql_put_int(&q, reason);
	sql_put_int(&q, clock_now());
	sql_put_int(&q, states);
	return sql_run(&q, f);
}

int store_crl_number(struct store *s, uint64_t *out, struct fail *f)
{
	struct db *db = db_write_begin(s, f);
	int64_t number;
	struct sql q;
	int rc;

	if (!db)
		return -1;
	sql_begin(&q, db, SQL_META_GET);
	sql_put_text(&q, "crl_number");
	rc = sql_number(&q, &number, f) < 0 ? -1 : 0;
	if (rc == 0) {
		number++;
		sql_begin(&q, db, SQL_META_SET);
		sql_put_text(&q, "crl_number");
		sql_put_int(&q, number);
		rc = sql_run(&q, f) < 0 ? -1 : 0;
	}
	rc = db_write_end(db, rc, f);
	if (rc == 0)
		*out = (uint64_t)number;
	return rc;
}
