/* A device that has enrolled: switched off, on again, or ended; with its certificates and with what
 * the directory has to be told, in one transaction. */
#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

#define REASON_CESSATION 5
#define REASON_HOLD 6

/* Who may become what, what the story calls it, and what becomes of the certificates. */
static const struct change {
	enum record_state from, to;
	const char *event;
	int held; /* keeps the name */
	enum cert_state cert_from, cert_to; /* equal: revoke what is left */
} changes[] = {
	{ RECORD_ENROLLED, RECORD_DISABLED, "disabled", 1, CERT_VALID, CERT_HELD },
	{ RECORD_DISABLED, RECORD_ENROLLED, "enabled", 1, CERT_HELD, CERT_VALID },
	{ RECORD_ENROLLED, RECORD_REVOKED, "revoked", 0, CERT_REVOKED, CERT_REVOKED },
	{ RECORD_DISABLED, RECORD_REVOKED, "revoked", 0, CERT_REVOKED, CERT_REVOKED },
	{ RECORD_ENROLLED, RECORD_REMOVED, "removed", 0, CERT_REVOKED, CERT_REVOKED },
	{ RECORD_DISABLED, RECORD_REMOVED, "removed", 0, CERT_REVOKED, CERT_REVOKED },
	{ RECORD_REVOKED, RECORD_REMOVED, "removed", 0, CERT_REVOKED, CERT_REVOKED },
};

static const struct change *change_of(enum record_state from, enum record_state to)
{
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		if (changes[i].from == from && changes[i].to == to)
			return &changes[i];
	}
	return NULL;
}

/* How many certificates, or -1. */
static int end_certs(struct db *db, const struct store_change *w, struct fail *f)
{
	unsigned all = 1U << CERT_UNRELEASED | 1U << CERT_VALID | 1U << CERT_HELD;
	struct sql q;

	sql_begin(&q, db, SQL_DOCUMENT_DROP);
	sql_put_text(&q, w->id);
	if (sql_run(&q, f) < 0)
		return -1;
	return store_revoke_of(db, w->id, all, w->reason ? w->reason : REASON_CESSATION, f);
}

static int move_certs(struct db *db, const char *id, const struct change *c, int64_t now,
	struct fail *f)
{
	struct sql q;

	sql_begin(&q, db, SQL_CERTS_MOVE);
	sql_put_text(&q, id);
	sql_put_int(&q, c->cert_to);
	sql_put_int(&q, c->cert_to == CERT_HELD ? REASON_HOLD : 0);
	sql_put_int(&q, c->cert_to == CERT_HELD ? now : 0);
	sql_put_int(&q, c->cert_from);
	return sql_run(&q, f);
}

static int note_work(struct db *db, const struct store_record *r, unsigned work, int64_t now,
	struct fail *f)
{
	for (int i = TODO_DISABLE; r->object_guid && i <= TODO_LAST; i++) {
		if ((work & 1U << i) && store_todo_note(db, r->id, (enum todo_work)i, now, f) < 0)
			return -1;
	}
	return 0;
}

/* 1: a re-imaging waits to end that enrollment: its id and state; 0; -1. */
static int find_awaiting(struct db *db, const char *id, struct store_record *out, struct fail *f)
{
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_AWAITING);
	sql_put_text(&q, id);
	rc = sql_step(&q, f);
	if (rc == 1) {
		sql_get_word(&q, out->id, sizeof(out->id));
		out->state = (enum record_state)sql_get_int(&q);
		out->expires = sql_get_int(&q);
	}
	sql_end(&q);
	return rc;
}

enum answer store_awaits(struct store *s, const char *id, struct fail *f)
{
	struct store_record next = { .state = RECORD_NONE };
	struct db *db = db_read_begin(s);
	int rc = find_awaiting(db, id, &next, f);

	db_read_end(db);
	if (rc < 1)
		return rc < 0 ? ANSWER_UNKNOWN : ANSWER_NO;
	return next.state != RECORD_PENDING || next.expires > clock_now() ? ANSWER_YES : ANSWER_NO;
}

/* The password of a re-imaging that has not begun. */
static int withdraw(struct db *db, const struct store_change *w, struct fail *f)
{
	struct store_record next = { .state = RECORD_NONE };
	int rc = find_awaiting(db, w->id, &next, f);

	if (rc < 1 || next.state != RECORD_PENDING)
		return rc < 0 ? -1 : 0;
	return store_cancel_within(db, next.id, w->by, f) < 0 ? -1 : 1;
}

static int set_state(
	struct db *db, const struct store_change *w, int64_t *certificates, struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	struct store_story told = { .record = w->id, .detail = w->detail, .by = w->by };
	const struct change *c;
	int64_t now = clock_now();
	struct sql q;

	if (store_must_read(db, w->id, &r, f) < 0)
		return -1;
	c = change_of(r.state, w->to);
	if (!c)
		return store_wrong_state(&r, f);
	*certificates =
		c->cert_from == c->cert_to ? end_certs(db, w, f) : move_certs(db, w->id, c, now, f);
	if (*certificates < 0)
		return -1;
	sql_begin(&q, db, SQL_SET_STATE);
	sql_put_text(&q, w->id);
	sql_put_int(&q, w->to);
	sql_put_int(&q, c->held);
	sql_put_int(&q, c->held ? 0 : r.ended_at ? r.ended_at
						 : now);
	sql_put_int(&q, r.state);
	if (sql_run(&q, f) < 0 || note_work(db, &r, w->work, now, f) < 0 ||
		(w->withdraw && withdraw(db, w, f) < 0))
		return -1;
	told.event = c->event;
	return store_story_add(db, &told, f);
}

int store_set_state(
	struct store *s, const struct store_change *c, int64_t *certificates, struct fail *f)
{
	struct db *db = db_write_begin(s, f);
	int64_t n = 0;

	if (!db || db_write_end(db, set_state(db, c, &n, f), f) < 0)
		return -1;
	if (certificates)
		*certificates = n;
	return 0;
}
