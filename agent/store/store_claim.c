/* Who gets the record: exactly one key. Everything is decided in one transaction. */
#include <stdlib.h>
#include <string.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

#define REASON_SUPERSEDED 4
#define WINDOW (24 * 3600) /* after the finish the document is given again */

/* What is answered to a claim of a record that is not pending. */
static const struct row {
	enum record_state state;
	enum claim_kind same_key;  /* what the same key gets; CLAIM_NONE: the refusal as well */
	enum code refusal;
} rows[] = {
	{ RECORD_CLAIMED, CLAIM_RESUMED, ENR_ENROLLING_ELSEWHERE },
	{ RECORD_ISSUED, CLAIM_RESUMED, ENR_ENROLLING_ELSEWHERE },
	{ RECORD_UNCERTAIN, CLAIM_RESUMED, ENR_ENROLLING_ELSEWHERE },
	{ RECORD_ENROLLED, CLAIM_FINISHED, ENR_PASSWORD_USED },
	{ RECORD_DISABLED, CLAIM_NONE, ENR_PASSWORD_USED },
	{ RECORD_REVOKED, CLAIM_NONE, ENR_PASSWORD_USED },
	{ RECORD_REMOVED, CLAIM_NONE, ENR_PASSWORD_USED },
	{ RECORD_REPLACED, CLAIM_NONE, ENR_PASSWORD_USED },
	{ RECORD_CANCELED, CLAIM_NONE, ENR_PASSWORD_CANCELED },
};

static const struct row *row_of(enum record_state state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].state == state)
			return &rows[i];
	}
	return NULL;
}

int64_t store_window(const struct store_record *r)
{
	int64_t end = r->finished_at + WINDOW;

	return r->expires > end ? r->expires : end;
}

static int refuse(const struct store_record *r, enum code code, int64_t now, struct fail *f)
{
	char t[CLOCK_TEXT_MAX];

	if (code == ENR_PASSWORD_EXPIRED)
		return fail(f, code, "%s (%s) expired %s", r->name, r->id,
			clock_text(r->expires, t));
	if (code == ENR_PASSWORD_EARLY)
		return fail(f, code, "%s (%s) is valid from %s", r->name, r->id,
			clock_text(r->not_before, t));
	return fail(f, code, "%s (%s) is %s", r->name, r->id,
		record_state_word(r->state, r->expires, now));
}

static int same_key(const struct store_record *r, const struct store_claim *c)
{
	return memcmp(r->spki_sha256, c->spki_sha256, STORE_HASH_LEN) == 0;
}

static int claim_taken(const struct store_record *r, const struct store_claim *c,
	enum claim_kind *kind, struct fail *f)
{
	const struct row *row = row_of(r->state);

	if (!row)
		return fail(f, ENR_STORE_UNAVAILABLE, "%s is in state %d", r->id, r->state);
	if (!same_key(r, c) || row->same_key == CLAIM_NONE ||
		(row->same_key == CLAIM_FINISHED && c->now >= store_window(r)))
		return refuse(r, row->refusal, c->now, f);
	*kind = row->same_key;
	return 0;
}

/* 1: the certificate of r's last claim is durable, was never handed out, and belongs to this key;
 * 0 or -1. All others that were never handed out end here. */
static int keep_certificate(struct db *db, const struct store_record *r,
	const struct store_claim *c, struct fail *f)
{
	char serial[STORE_SERIAL_MAX];
	int64_t state = -1;
	struct sql q;
	int rc;

	if (same_key(r, c)) {
		store_serial_text(r->cert_serial, serial);
		sql_begin(&q, db, SQL_CERT_STATE);
		sql_put_text(&q, serial);
		sql_put_text(&q, r->id);
		rc = sql_number(&q, &state, f);
		if (rc < 0)
			return -1;
		if (rc == 1 && state == CERT_UNRELEASED)
			return 1;
	}
	rc = store_revoke_of(db, r->id, 1U << CERT_UNRELEASED, REASON_SUPERSEDED, f);
	return rc < 0 ? -1 : 0;
}

static int win(struct db *db, struct store_record *r, const struct store_claim *c, struct fail *f)
{
	struct store_actor by = { .attempt = c->attempt };
	struct store_story e = { .record = r->id, .event = "claimed", .by = &by };
	uint8_t nonce[STORE_NONCE_LEN];
	int kept = keep_certificate(db, r, c, f);
	struct sql q;
	int rc;

	if (kept < 0)
		return -1;
	random_bytes(nonce, sizeof(nonce));
	sql_begin(&q, db, SQL_CLAIM);
	sql_put_text(&q, r->id);
	sql_put_blob(&q, nonce, sizeof(nonce));
	sql_put_blob(&q, c->spki_sha256, STORE_HASH_LEN);
	sql_put_int(&q, c->now);
	sql_put_blob(&q, kept ? r->cert_serial : c->cert_serial, sizeof(r->cert_serial));
	sql_put_int(&q, kept ? r->cert_not_before : c->cert_not_before);
	sql_put_int(&q, kept ? r->cert_not_after : c->cert_not_after);
	sql_put_text(&q, c->server);
	rc = sql_run(&q, f);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return store_wrong_state(r, f);
	return store_story_add(db, &e, f);
}

static int claim(struct db *db, const struct store_claim *c, enum claim_kind *kind,
	struct store_record *r, struct fail *f)
{
	uint8_t root[STORE_ROOT_LEN];
	int rc = store_record_read(db, c->id, r, f);

	if (rc < 1)
		return rc < 0 ? -1 : fail(f, ENR_DEVICE_NOT_FOUND, "%s", c->id);
	if (r->state != RECORD_PENDING)
		return claim_taken(r, c, kind, f);
	if (c->now >= r->expires)
		return refuse(r, ENR_PASSWORD_EXPIRED, c->now, f);
	if (c->now < r->not_before)
		return refuse(r, ENR_PASSWORD_EARLY, c->now, f);
	/* What decides is what was sealed, also if the row changed since the password was proved.
	 */
	if (store_root_read(db, r, root, f) < 0)
		return -1;
	mem_wipe(root, sizeof(root));
	if (win(db, r, c, f) < 0)
		return -1;
	*kind = CLAIM_WON;
	if (store_record_read(db, c->id, r, f) != 1)
		return -1;
	return c->machine_password ? store_machine_add(db, r, c->machine_password, f) : 0;
}

int store_claim(struct store *s, const struct store_claim *c, enum claim_kind *kind,
	struct store_record *r, struct fail *f)
{
	autoclean(store_record_clear) struct store_record got = { .state = RECORD_NONE };
	enum claim_kind how = CLAIM_NONE;
	struct db *db = db_write_begin(s, f);
	int rc;

	if (!db)
		return -1;
	rc = claim(db, c, &how, &got, f);
	if (c->lazy && how == CLAIM_WON)
		rc = db_write_end_lazy(db, rc, f);
	else
		rc = db_write_end(db, rc, f);
	if (rc < 0)
		return -1;
	store_record_clear(r);
	*r = got;
	got = (struct store_record){ .state = RECORD_NONE };
	*kind = how;
	return 0;
}
