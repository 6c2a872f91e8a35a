/* From the claim to the end of an enrollment. Every change is conditional on the claim (epoch and
 * nonce) and on the state it starts from, and is told in the story in the same transaction. */
#include <stdlib.h>
#include <string.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

#define REASON_SUPERSEDED 4

/* One step: its own statements, then the event. */
struct step {
	const char *event;
	int (*change)(struct db *db, const struct store_record *r, const void *what,
		struct fail *f);
	const void *what;
	const struct store_actor *by;
	const char *detail;
	enum code code;
	int lazy;                      /* on the disk with the next change that is not */
};

/* Begins a statement that has OF_CLAIM. */
static void begin_of(struct sql *q, struct db *db, enum store_sql sql, const struct store_record *r)
{
	sql_begin(q, db, sql);
	sql_put_text(q, r->id);
	sql_put_int(q, r->epoch);
	sql_put_blob(q, r->nonce, sizeof(r->nonce));
}

static int run_of(struct sql *q, const struct store_record *r, struct fail *f)
{
	int rc = sql_run(q, f);

	if (rc == 0)
		return fail(
			f, ENR_STATE_WRONG, "%s (%s) was moved by another hand", r->name, r->id);
	return rc < 0 ? -1 : 0;
}

static int take(struct store *s, struct store_record *r, const struct step *step, struct fail *f)
{
	autoclean(store_record_clear) struct store_record now = { .state = RECORD_NONE };
	struct store_story e = { r->id, step->event, step->detail, step->code, step->by };
	struct db *db = db_write_begin(s, f);
	int rc;

	if (!db)
		return -1;
	rc = step->change(db, r, step->what, f);
	if (rc == 0)
		rc = store_story_add(db, &e, f);
	if (rc == 0)
		rc = store_record_read(db, r->id, &now, f) == 1 ? 0 : -1;
	if ((step->lazy ? db_write_end_lazy(db, rc, f) : db_write_end(db, rc, f)) < 0)
		return -1;
	store_record_clear(r);
	*r = now;
	now = (struct store_record){ .state = RECORD_NONE };
	return 0;
}

/* --- issued ---------------------------------------------------------------------------------- */

/* 1: this very certificate is durable already; 0: none of this serial; -1. */
static int has_certificate(struct db *db, const struct store_record *r, const char *serial,
	const struct bytes *der, struct fail *f)
{
	int64_t same = 0;
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_CERT_SAME);
	sql_put_text(&q, serial);
	sql_put_text(&q, r->id);
	sql_put_blob(&q, der->data, der->len);
	rc = sql_number(&q, &same, f);
	if (rc == 1 && !same)
		return fail(f, ENR_STATE_WRONG, "%s has another certificate %s", r->id, serial);
	return rc;
}

static int change_issued(
	struct db *db, const struct store_record *r, const void *what, struct fail *f)
{
	const struct bytes *der = what;
	char serial[STORE_SERIAL_MAX];
	struct sql q;
	int rc;

	begin_of(&q, db, SQL_ISSUED, r);
	if (run_of(&q, r, f) < 0)
		return -1;
	store_serial_text(r->cert_serial, serial);
	rc = has_certificate(db, r, serial, der, f);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (!der->len)
		return fail(f, ENR_STATE_WRONG, "%s has no certificate", r->id);
	sql_begin(&q, db, SQL_CERT_ADD);
	sql_put_text(&q, serial);
	sql_put_text(&q, r->id);
	sql_put_text(&q, r->name);
	sql_put_int(&q, r->cert_not_before);
	sql_put_int(&q, r->cert_not_after);
	sql_put_blob(&q, der->data, der->len);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

int store_issued(struct store *s, struct store_record *r, const struct bytes *der,
	const struct store_actor *by, struct fail *f)
{
	struct bytes none = BYTES_INIT;
	struct step step = { "issued", change_issued, der ? der : &none, by, NULL, ENR_NONE, 0 };

	return take(s, r, &step, f);
}

static int change_discarded(
	struct db *db, const struct store_record *r, const void *what, struct fail *f)
{
	struct sql q;

	begin_of(&q, db, SQL_DISCARD, r);
	sql_put_blob(&q, what, sizeof(r->cert_serial));
	if (run_of(&q, r, f) < 0)
		return -1;
	return store_revoke_of(db, r->id, 1U << CERT_UNRELEASED, REASON_SUPERSEDED, f) < 0 ? -1
											   : 0;
}

int store_discard(struct store *s, struct store_record *r, const uint8_t cert_serial[16],
	const struct store_actor *by, struct fail *f)
{
	struct step step = { "certificate-discarded", change_discarded, cert_serial, by, NULL,
		ENR_NONE, 0 };

	return take(s, r, &step, f);
}

/* --- sending --------------------------------------------------------------------------------- */

static int change_sending(
	struct db *db, const struct store_record *r, const void *what, struct fail *f)
{
	struct sql q;

	begin_of(&q, db, SQL_SENDING, r);
	sql_put_text(&q, what);
	return run_of(&q, r, f);
}

int store_sending(struct store *s, struct store_record *r, const char *server,
	const struct store_actor *by, struct fail *f)
{
	struct step step = { "sending", change_sending, server, by, server, ENR_NONE, 0 };

	return take(s, r, &step, f);
}

/* --- uncertain, released --------------------------------------------------------------------- */

struct reported {
	const struct store_trouble *t;
	const struct store_actor *by;
};

static int remember_trouble(
	struct db *db, const struct store_record *r, const struct reported *of, struct fail *f)
{
	const struct fail *why = of->t->why;
	struct sql q;

	if (!why || why->code == ENR_NONE)
		return 0;
	sql_begin(&q, db, SQL_LAST_FAILURE);
	sql_put_text(&q, r->id);
	sql_put_int(&q, why->code);
	sql_put_text(&q, of->t->phase);
	sql_put_text(&q, why->evidence);
	sql_put_text(&q, of->by ? of->by->attempt : NULL);
	sql_put_int(&q, clock_now());
	return sql_run(&q, f) < 0 ? -1 : 0;
}

static int change_uncertain(
	struct db *db, const struct store_record *r, const void *what, struct fail *f)
{
	const struct reported *of = what;
	struct sql q;

	begin_of(&q, db, SQL_UNCERTAIN, r);
	sql_put_text(&q, of->t->server);
	return run_of(&q, r, f) < 0 ? -1 : remember_trouble(db, r, of, f);
}

static struct step trouble_step(const char *event, const struct reported *of)
{
	const struct fail *why = of->t->why;

	return (struct step){ .event = event, .what = of, .by = of->by,
		.detail = why ? why->evidence : NULL, .code = why ? why->code : ENR_NONE };
}

int store_uncertain(struct store *s, struct store_record *r, const struct store_trouble *t,
	const struct store_actor *by, struct fail *f)
{
	struct reported of = { t, by };
	struct step step = trouble_step("uncertain", &of);

	step.change = change_uncertain;
	return take(s, r, &step, f);
}

/* The object to take over carries another mark now: what decides is sealed again. */
static int remark(
	struct db *db, const struct store_record *r, const char *mark, struct fail *f)
{
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	struct store_record changed = *r; /* texts stay with *r */
	uint8_t root[STORE_ROOT_LEN];
	struct sql q;

	if (store_root_read(db, r, root, f) < 0)
		return -1;
	changed.take_mark = (char *)(uintptr_t)mark;
	store_root_seal(db->store, &changed, root, &sealed);
	mem_wipe(root, sizeof(root));
	sql_begin(&q, db, SQL_REMARK);
	sql_put_text(&q, r->id);
	sql_put_text(&q, mark);
	sql_put_text(&q, db->store->sealing[0].id);
	sql_put_blob(&q, sealed.data, sealed.len);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

static int change_released(
	struct db *db, const struct store_record *r, const void *what, struct fail *f)
{
	const struct reported *of = what;
	struct sql q;

	begin_of(&q, db, SQL_RELEASE, r);
	sql_put_int(&q, db->store->keep_ended);
	if (run_of(&q, r, f) < 0 || store_machine_drop(db, r->id, f) < 0)
		return -1;
	if (of->t->left_mark && remark(db, r, of->t->left_mark, f) < 0)
		return -1;
	return remember_trouble(db, r, of, f);
}

int store_release(struct store *s, struct store_record *r, const struct store_trouble *t,
	const struct store_actor *by, struct fail *f)
{
	struct reported of = { t, by };
	struct step step = trouble_step(t->phase ? t->phase : "released", &of);

	step.change = change_released;
	return take(s, r, &step, f);
}

/* --- joined, enrolled ------------------------------------------------------------------------ */

static int change_joined(
	struct db *db, const struct store_record *r, const void *what, struct fail *f)
{
	const struct store_object *o = what;
	struct sql q;

	begin_of(&q, db, SQL_JOINED, r);
	sql_put_text(&q, o->dn);
	sql_put_text(&q, o->guid);
	sql_put_text(&q, o->server);
	sql_put_text(&q, o->account);
	sql_put_text(&q, o->sid);
	sql_put_int(&q, o->key_version);
	return run_of(&q, r, f);
}

int store_joined(struct store *s, struct store_record *r, const struct store_object *o,
		 const struct store_actor *by, struct fail *f)
{
	struct step step = { "joined", change_joined, o, by, o->dn, ENR_NONE, 1 };

	return take(s, r, &step, f);
}

static int keep_document(struct db *db, const struct store_record *r, const struct bytes *text,
	int64_t until, struct fail *f)
{
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	struct sql q;

	store_document_seal(db->store, r, text, &sealed);
	sql_begin(&q, db, SQL_DOCUMENT_SET);
	sql_put_text(&q, r->id);
	sql_put_text(&q, db->store->sealing[0].id);
	sql_put_blob(&q, sealed.data, sealed.len);
	sql_put_int(&q, until);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

/* The enrollment whose object this one took over is over. */
static int end_taken(struct db *db, const struct store_record *r, int64_t now, struct fail *f)
{
	unsigned all = 1U << CERT_UNRELEASED | 1U << CERT_VALID | 1U << CERT_HELD;
	struct store_story e = { r->take_record, "replaced", r->id, ENR_NONE, NULL };
	struct sql q;

	if (store_revoke_of(db, r->take_record, all, REASON_SUPERSEDED, f) < 0 ||
		store_todo_drop(db, r->take_record, ~0U, f) < 0)
		return -1;
	sql_begin(&q, db, SQL_DOCUMENT_DROP);
	sql_put_text(&q, r->take_record);
	if (sql_run(&q, f) < 0)
		return -1;
	sql_begin(&q, db, SQL_TAKEN_OVER);
	sql_put_text(&q, r->take_record);
	sql_put_int(&q, RECORD_REPLACED);
	sql_put_int(&q, now);
	return sql_run(&q, f) < 0 ? -1 : store_story_add(db, &e, f);
}

static int change_finished(
	struct db *db, const struct store_record *r, const void *what, struct fail *f)
{
	struct store_record done = { .expires = r->expires, .finished_at = clock_now() };
	int64_t until = store_window(&done);
	char serial[STORE_SERIAL_MAX];
	struct sql q;

	if (r->take_record && end_taken(db, r, done.finished_at, f) < 0)
		return -1;
	if (store_machine_drop(db, r->id, f) < 0)
		return -1;
	begin_of(&q, db, SQL_FINISH, r);
	sql_put_int(&q, done.finished_at);
	sql_put_int(&q, until + db->store->keep_ended);
	if (run_of(&q, r, f) < 0)
		return -1;
	store_serial_text(r->cert_serial, serial);
	sql_begin(&q, db, SQL_CERT_RELEASE);
	sql_put_text(&q, serial);
	sql_put_text(&q, r->id);
	if (sql_run(&q, f) != 1)
		return fail(
			f, ENR_STATE_WRONG, "%s has no certificate %s to hand out", r->id, serial);
	return keep_document(db, r, what, until, f);
}

int store_finish(struct store *s, struct store_record *r, const struct bytes *document,
	const struct store_actor *by, struct fail *f)
{
	struct step step = { "enrolled", change_finished, document, by, NULL, ENR_NONE, 0 };

	return take(s, r, &step, f);
}

int store_document(
	struct store *s, const struct store_record *r, struct bytes *out, struct fail *f)
{
	autoclean(sealed_clear) struct sealed sealed = { .data = BYTES_INIT };
	int rc = sealed_read(s, SQL_DOCUMENT_GET, r->id, &sealed, f);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return fail(f, ENR_PASSWORD_USED, "%s: the document was wiped", r->id);
	if (store_document_open(s, r, &sealed, out) < 0)
		return fail(f, ENR_STORE_KEY_MISSING, "the document of %s does not unseal", r->id);
	return 0;
}
