/* A record and its password: made, renewed, withdrawn. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#define REASON_SUPERSEDED 4
#define REASON_CESSATION 5

/* What is sealed of a record whose password was forgotten. */
static const uint8_t no_root[STORE_ROOT_LEN];

static const char *const state_words[] = {
	[RECORD_NONE] = "none",
	[RECORD_PENDING] = "pending",
	[RECORD_CLAIMED] = "enrolling",
	[RECORD_ISSUED] = "enrolling",
	[RECORD_UNCERTAIN] = "uncertain",
	[RECORD_ENROLLED] = "enrolled",
	[RECORD_DISABLED] = "disabled",
	[RECORD_REVOKED] = "revoked",
	[RECORD_CANCELED] = "canceled",
	[RECORD_REMOVED] = "removed",
	[RECORD_REPLACED] = "replaced",
};

const char *record_state_word(enum record_state s, int64_t expires, int64_t now)
{
	if (s == RECORD_PENDING && expires <= now)
		return "expired";
	return s < RECORD_STATES ? state_words[s] : "none";
}

void store_record_clear(struct store_record *r)
{
	char **const texts[] = { &r->identity, &r->name, &r->fqdn, &r->ou_dn, &r->ou_guid,
		&r->owner_dn, &r->profile, &r->serial, &r->description, &r->dialects, &r->order_key,
		&r->groups, &r->take_guid, &r->take_mark, &r->take_record, &r->created_by,
		&r->object_dn, &r->object_guid, &r->object_server, &r->object_account,
		&r->object_sid, &r->last_phase, &r->last_detail, &r->last_attempt };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(*texts[i]);
	*r = (struct store_record){ .state = RECORD_NONE };
}

void store_record_get(struct sql *q, struct store_record *r)
{
	store_record_clear(r);
	sql_get_word(q, r->id, sizeof(r->id));
	r->state = (enum record_state)sql_get_int(q);
	r->identity = sql_get_text(q);
	r->name = sql_get_text(q);
	r->fqdn = sql_get_text(q);
	r->ou_dn = sql_get_text(q);
	r->ou_guid = sql_get_text(q);
	r->owner_dn = sql_get_text(q);
	r->profile = sql_get_text(q);
	r->vpn = (int)sql_get_int(q);
	r->serial = sql_get_text(q);
	r->description = sql_get_text(q);
	r->dialects = sql_get_text(q);
	r->order_key = sql_get_text(q);
	r->groups = sql_get_text(q);
	r->take_guid = sql_get_text(q);
	r->take_mark = sql_get_text(q);
	r->take_record = sql_get_text(q);
	r->created_by = sql_get_text(q);
	r->created = sql_get_int(q);
	r->not_before = sql_get_int(q);
	r->expires = sql_get_int(q);
	r->failed_tries = sql_get_int(q);
	r->epoch = sql_get_int(q);
	sql_get_fixed(q, r->nonce, sizeof(r->nonce));
	sql_get_fixed(q, r->spki_sha256, sizeof(r->spki_sha256));
	r->claimed_at = sql_get_int(q);
	sql_get_fixed(q, r->cert_serial, sizeof(r->cert_serial));
	r->cert_not_before = sql_get_int(q);
	r->cert_not_after = sql_get_int(q);
	r->object_dn = sql_get_text(q);
	r->object_guid = sql_get_text(q);
	r->object_server = sql_get_text(q);
	r->object_account = sql_get_text(q);
	r->object_sid = sql_get_text(q);
	r->object_key_version = sql_get_int(q);
	r->finished_at = sql_get_int(q);
	r->ended_at = sql_get_int(q);
	r->last_code = (enum code)sql_get_int(q);
	r->last_phase = sql_get_text(q);
	r->last_detail = sql_get_text(q);
	r->last_attempt = sql_get_text(q);
	r->last_at = sql_get_int(q);
}

int store_record_read(struct db *db, const char *id, struct store_record *r, struct fail *f)
{
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_RECORD_BY_ID);
	sql_put_text(&q, id);
	rc = sql_step(&q, f);
	if (rc == 1)
		store_record_get(&q, r);
	sql_end(&q);
	return rc;
}

/* --- who holds a name, how many are open ----------------------------------------------------- */

/* 1: somebody else who held the name let go of it, look again; 0: nobody has it; -1. */
static int let_go_of(struct db *db, const struct store_record *r, int64_t now, struct fail *f)
{
	char holder[ID_MAX] = "";
	int64_t state = 0, expires = 0;
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_HOLDER);
	sql_put_text(&q, r->name);
	sql_put_text(&q, r->id);
	sql_put_text(&q, r->take_record);
	rc = sql_step(&q, f);
	if (rc == 1) {
		sql_get_word(&q, holder, sizeof(holder));
		state = sql_get_int(&q);
		expires = sql_get_int(&q);
	}
	sql_end(&q);
	if (rc < 1)
		return rc;
	if (state != RECORD_PENDING || expires > now) {
		fail(f, ENR_NAME_TAKEN, "%s: %s has this name", r->name, holder);
		return fail_told(f, "%s", holder);
	}
	if (store_revoke_of(db, holder, 1U << CERT_UNRELEASED, REASON_SUPERSEDED, f) < 0)
		return -1;
	sql_begin(&q, db, SQL_LET_GO);
	sql_put_text(&q, holder);
	sql_put_int(&q, expires);
	return sql_run(&q, f) < 0 ? -1 : 1;
}

/* Makes sure that no open record has the name but r itself and the one it is to replace. An expired
 * one lets go of it. */
static int take_name(struct db *db, const struct store_record *r, int64_t now, struct fail *f)
{
	int rc;

	do
		rc = let_go_of(db, r, now, f);
	while (rc == 1);
	return rc;
}

/* One more open record of the identity is allowed? Never counts further than the limit. */
static int take_room(struct db *db, const char *identity, int64_t now, struct fail *f)
{
	int64_t max = db->store->max_open, pending, working;
	struct sql q;

	sql_begin(&q, db, SQL_OPEN_PENDING);
	sql_put_text(&q, identity);
	sql_put_int(&q, now);
	sql_put_int(&q, max);
	if (sql_number(&q, &pending, f) < 0)
		return -1;
	sql_begin(&q, db, SQL_OPEN_WORKING);
	sql_put_text(&q, identity);
	sql_put_int(&q, max);
	if (sql_number(&q, &working, f) < 0)
		return -1;
	if (pending + working >= max)
		return fail(f, ENR_TOO_MANY_OPEN, "%s has %" PRId64 " already", identity,
			pending + working);
	return 0;
}

static int new_id(struct db *db, char out[ID_MAX], struct fail *f)
{
	int64_t taken = 1;
	struct sql q;

	for (int i = 0; i < 16; i++) {
		id_new('E', out);
		sql_begin(&q, db, SQL_ID_TAKEN);
		sql_put_text(&q, out);
		if (sql_number(&q, &taken, f) < 0)
			return -1;
		if (!taken)
			return 0;
	}
	return fail(f, ENR_STORE_UNAVAILABLE, "no free identifier after 16 tries");
}

/* A dry run has done all of it but to keep it. */
static int keep(struct db *db, int rc, const struct store_actor *by, struct fail *f)
{
	if (rc < 0 || !by || !by->dry)
		return db_write_end(db, rc, f);
	(void)db_write_end(db, -1, NULL);
	return 0;
}

/* --- making one ------------------------------------------------------------------------------ */

static int insert(struct db *db, const struct store_record *r, const struct store_password *p,
	struct fail *f)
{
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	const struct store *s = db->store;
	struct sql q;

	store_root_seal(s, r, p->root, &sealed);
	sql_begin(&q, db, SQL_RECORD_ADD);
	sql_put_text(&q, r->id);
	sql_put_text(&q, r->identity);
	sql_put_text(&q, r->name);
	sql_put_text(&q, r->fqdn);
	sql_put_text(&q, r->ou_guid);
	sql_put_text(&q, r->owner_dn);
	sql_put_text(&q, r->profile);
	sql_put_int(&q, r->vpn);
	sql_put_text(&q, r->serial);
	sql_put_text(&q, r->dialects);
	sql_put_int(&q, r->not_before);
	sql_put_int(&q, r->expires);
	sql_put_blob(&q, p->selector, STORE_SELECTOR_LEN);
	sql_put_text(&q, s->sealing[0].id);
	sql_put_blob(&q, sealed.data, sealed.len);
	sql_put_int(&q, r->expires + s->keep_ended);
	sql_put_text(&q, r->ou_dn);
	sql_put_text(&q, r->description);
	sql_put_text(&q, r->order_key);
	sql_put_text(&q, r->created_by);
	sql_put_int(&q, r->created);
	sql_put_text(&q, r->groups);
	sql_put_text(&q, r->take_guid);
	sql_put_text(&q, r->take_mark);
	sql_put_text(&q, r->take_record);
	return sql_run(&q, f) < 0 ? -1 : 0;
}

static int add(struct db *db, struct store_record *r, const struct store_password *p,
	const struct store_actor *by, struct fail *f)
{
	if (new_id(db, r->id, f) < 0 || take_name(db, r, r->created, f) < 0 ||
		take_room(db, r->identity, r->created, f) < 0 ||
		insert(db, r, p, f) < 0)
		return -1;
	return store_story_add(
		db, &(struct store_story){ .record = r->id, .event = "expected", .by = by }, f);
}

int store_add(struct store *s, struct store_record *r, const struct store_password *p,
	const struct store_actor *by, struct fail *f)
{
	struct store_record was = *r; /* texts stay with *r */
	struct db *db = db_write_begin(s, f);

	if (!db)
		return -1;
	r->created = clock_now();
	if (keep(db, add(db, r, p, by, f), by, f) < 0) {
		memcpy(r->id, was.id, sizeof(r->id));
		r->created = was.created;
		return -1;
	}
	r->state = RECORD_PENDING;
	r->epoch = 0;
	return 0;
}

/* --- changing one ---------------------------------------------------------------------------- */

int store_wrong_state(const struct store_record *r, struct fail *f)
{
	return fail(f, ENR_STATE_WRONG, "%s (%s) is %s", r->name, r->id,
		record_state_word(r->state, r->expires, clock_now()));
}

int store_must_read(struct db *db, const char *id, struct store_record *r, struct fail *f)
{
	int rc = store_record_read(db, id, r, f);

	if (rc == 0)
		return fail(f, ENR_DEVICE_NOT_FOUND, "%s", id);
	return rc < 0 ? -1 : 0;
}

/* An expired or canceled record that is to be open again needs its name and room. */
static int reopen(struct db *db, const struct store_record *r, int64_t now, struct fail *f)
{
	if (take_name(db, r, now, f) < 0)
		return -1;
	if (r->state == RECORD_PENDING && r->expires > now)
		return 0;
	return take_room(db, r->identity, now, f);
}

/* 1 and the root (all zero: it was forgotten), 0 if nothing is sealed, or it does not open; -1. */
static int open_root(struct db *db, const struct store_record *r, uint8_t root[STORE_ROOT_LEN],
	struct fail *f)
{
	autoclean(sealed_clear) struct sealed sealed = { .data = BYTES_INIT };
	struct sql q;
	int rc;

	sql_begin(&q, db, SQL_SEALED);
	sql_put_text(&q, r->id);
	rc = sql_step(&q, f);
	if (rc == 1)
		sql_get_sealed(&q, &sealed);
	sql_end(&q);
	return rc < 1 ? rc : store_root_open(db->store, r, &sealed, root) == 0;
}

static int does_not_unseal(const struct store_record *r, struct fail *f)
{
	return fail(f, ENR_STORE_KEY_MISSING, "%s (%s) does not unseal", r->name, r->id);
}

/* A new password is for what was decided, not for what somebody wrote into the row since. */
static int must_unseal(struct db *db, const struct store_record *r, struct fail *f)
{
	uint8_t root[STORE_ROOT_LEN];
	int rc = open_root(db, r, root, f);

	mem_wipe(root, sizeof(root));
	return rc == 1 ? 0 : rc == 0 ? does_not_unseal(r, f) : -1;
}

static int reissue(struct db *db, const char *id, const struct store_password *p,
	const struct store_actor *by, struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	int64_t now = clock_now();
	struct sql q;

	if (store_must_read(db, id, &r, f) < 0)
		return -1;
	if (r.state != RECORD_PENDING && r.state != RECORD_CANCELED)
		return store_wrong_state(&r, f);
	if (must_unseal(db, &r, f) < 0 || reopen(db, &r, now, f) < 0)
		return -1;
	r.expires = p->expires;
	store_root_seal(db->store, &r, p->root, &sealed);
	sql_begin(&q, db, SQL_RESEAL);
	sql_put_text(&q, r.id);
	sql_put_int(&q, r.expires);
	sql_put_blob(&q, p->selector, STORE_SELECTOR_LEN);
	sql_put_text(&q, db->store->sealing[0].id);
	sql_put_blob(&q, sealed.data, sealed.len);
	sql_put_int(&q, r.expires + db->store->keep_ended);
	if (sql_run(&q, f) < 0)
		return -1;
	return store_story_add(
		db, &(struct store_story){ .record = r.id, .event = "reissued", .by = by }, f);
}

int store_reissue(struct store *s, const char *id, const struct store_password *p,
	const struct store_actor *by, struct fail *f)
{
	struct db *db = db_write_begin(s, f);

	return db ? keep(db, reissue(db, id, p, by, f), by, f) : -1;
}

int store_root_read(struct db *db, const struct store_record *r, uint8_t root[STORE_ROOT_LEN],
	struct fail *f)
{
	int rc = open_root(db, r, root, f);

	if (rc < 1)
		return rc < 0 ? -1 : does_not_unseal(r, f);
	if (memcmp(root, no_root, STORE_ROOT_LEN) == 0)
		return fail(
			f, ENR_STATE_WRONG, "%s (%s): its password was forgotten", r->name, r->id);
	return 0;
}

int store_root_forget(struct db *db, const struct store_record *r, struct bytes *sealed,
	struct fail *f)
{
	uint8_t root[STORE_ROOT_LEN];
	int rc = open_root(db, r, root, f);

	mem_wipe(root, sizeof(root));
	if (rc == 1)
		store_root_seal(db->store, r, no_root, sealed);
	return rc < 0 ? -1 : 0;
}

static int extend(struct db *db, const char *id, int64_t expires, const struct store_actor *by,
	struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	uint8_t root[STORE_ROOT_LEN];
	int64_t now = clock_now();
	struct sql q;

	if (store_must_read(db, id, &r, f) < 0)
		return -1;
	if (r.state != RECORD_PENDING)
		return store_wrong_state(&r, f);
	if (reopen(db, &r, now, f) < 0 || store_root_read(db, &r, root, f) < 0)
		return -1;
	r.expires = expires;
	store_root_seal(db->store, &r, root, &sealed);
	mem_wipe(root, sizeof(root));
	sql_begin(&q, db, SQL_EXTENDED);
	sql_put_text(&q, r.id);
	sql_put_int(&q, r.expires);
	sql_put_text(&q, db->store->sealing[0].id);
	sql_put_blob(&q, sealed.data, sealed.len);
	sql_put_int(&q, r.expires + db->store->keep_ended);
	if (sql_run(&q, f) < 0)
		return -1;
	return store_story_add(
		db, &(struct store_story){ .record = r.id, .event = "extended", .by = by }, f);
}

int store_extend(struct store *s, const char *id, int64_t expires, const struct store_actor *by,
	struct fail *f)
{
	struct db *db = db_write_begin(s, f);

	return db ? keep(db, extend(db, id, expires, by, f), by, f) : -1;
}

int store_cancel_within(
	struct db *db, const char *id, const struct store_actor *by, struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	int64_t now = clock_now();
	struct sql q;

	if (store_must_read(db, id, &r, f) < 0)
		return -1;
	if (r.state != RECORD_PENDING)
		return store_wrong_state(&r, f);
	if (store_revoke_of(db, id, 1U << CERT_UNRELEASED, REASON_CESSATION, f) < 0)
		return -1;
	sql_begin(&q, db, SQL_ENDED);
	sql_put_text(&q, id);
	sql_put_int(&q, RECORD_CANCELED);
	sql_put_int(&q, now);
	sql_put_int(&q, now + db->store->keep_ended);
	sql_put_int(&q, RECORD_PENDING);
	if (sql_run(&q, f) < 0)
		return -1;
	return store_story_add(
		db, &(struct store_story){ .record = id, .event = "canceled", .by = by }, f);
}

int store_cancel(struct store *s, const char *id, const struct store_actor *by, struct fail *f)
{
	struct db *db = db_write_begin(s, f);

	return db ? db_write_end(db, store_cancel_within(db, id, by, f), f) : -1;
}
