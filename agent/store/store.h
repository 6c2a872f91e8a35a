/* Pre-enrollment records, their certificates, attempts and story. One back end now
 * (store_*.c): SQLite, WAL, secure_delete; a change is on the disk when its call returns 0, and
 * who waits for the disk at the same time waits together. Every call is thread-safe and may block
 * on the disk: worker threads only.
 *
 * Every change of state is one transaction that also writes its event row (audit), and is
 * conditional on what the caller saw (state, epoch, nonce). Keys of passwords are sealed with
 * AES-256-GCM under a key kept beside the store (state_dir/keys/sealing.key, made at first start,
 * 0600): associated data are the key id and every deciding column (record, identity, name, OU GUID,
 * owner, profile, expiry), so a writer to the database cannot move a password to another record. A
 * store that has records but no sealing key refuses to open (ENR_STORE_KEY_MISSING). All failures:
 * ENR_STORE_UNAVAILABLE unless said otherwise. No call's cost grows with the number of records, but
 * listing and counting. */
#ifndef AGENT_STORE_STORE_H
#define AGENT_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "agent/store/store_story.h"
#include "agent/store/store_todo.h"
#include "lib/base/fail.h"
#include "lib/base/id.h"
#include "lib/base/mem.h"

#define STORE_ROOT_LEN 32
#define STORE_SELECTOR_LEN 16
#define STORE_NONCE_LEN 16
#define STORE_HASH_LEN 32

struct conf;

enum record_state {
	RECORD_NONE,
	RECORD_PENDING,
	RECORD_CLAIMED, /* shown: enrolling */
	RECORD_ISSUED,  /* shown: enrolling; the certificate is durable, only forward from here */
	RECORD_UNCERTAIN,
	RECORD_ENROLLED,
	RECORD_DISABLED,
	RECORD_REVOKED,
	RECORD_CANCELED,
	RECORD_REMOVED,
	RECORD_REPLACED, /* its object went to another enrollment (take_record) */
	RECORD_STATES    /* how many */
};
/* "pending", "enrolling", …; "expired" for a pending one past its time. */
const char *record_state_word(enum record_state s, int64_t expires, int64_t now);

struct store_record {
	char id[ID_MAX];               /* "E-…" */
	enum record_state state;
	char *identity;                /* canonical */
	char *name; /* upper case as given, unique among open records without case */
	char *fqdn;                    /* name in lower case + "." + DNS suffix of the OU */
	char *ou_dn, *ou_guid;
	char *owner_dn;                /* or NULL */
	char *profile;
	int vpn;
	char *serial;                  /* hardware serial wanted, or NULL */
	char *description;             /* or NULL */
	char *dialects;                /* "native" */
	char *order_key;               /* --key, or NULL */
	char *groups;                  /* DNs, one a line; or NULL. Decides: sealed */
	char *take_guid; /* re-image: the object to take over; or NULL. Decides: sealed */
	char *take_mark;               /* its mark when that was decided; NULL: none. Sealed */
	char *take_record; /* the enrollment that ends when this one is finished, or NULL */
	char *created_by;
	int64_t created, not_before, expires;
	int64_t failed_tries;
	/* claim */
	int64_t epoch;
	uint8_t nonce[STORE_NONCE_LEN];
	uint8_t spki_sha256[STORE_HASH_LEN]; /* zero: no key yet */
	int64_t claimed_at;
	uint8_t cert_serial[16];       /* chosen at the claim */
	int64_t cert_not_before, cert_not_after;
	/* object */
	char *object_dn, *object_guid, *object_server; /* or NULL */
	char *object_account, *object_sid; /* or NULL */
	int64_t object_key_version;    /* 0: none */
	int64_t finished_at, ended_at; /* 0: not yet */
	/* last failure, code 0: none */
	enum code last_code;
	char *last_phase, *last_detail, *last_attempt;
	int64_t last_at;
};
void store_record_clear(struct store_record *r);

/* Opens or makes state_dir/store.sqlite and the keys folder. One process at a time: another one is
 * waited for a while, then ENR_STORE_UNAVAILABLE. */
struct store *store_open(const struct conf *conf, struct fail *f);
void store_close(struct store **s);

/* Keys of the core other than the sealing key, made at first use, each a 0600 file in
 * state_dir/keys: "conversation" (opaque states), "mark", … 32 octets. */
int store_key(struct store *s, const char *name, uint8_t key[32], struct fail *f);

/* High-water clock. ENR_CLOCK_BACKWARDS if now lies more than five minutes before the highest seen;
 * else remembers now (written at most once a minute). */
int store_clock(struct store *s, int64_t now, struct fail *f);

/* An admin says that now is right: what was seen before it does not count. In the audit, if there
 * was something later. */
int store_clock_trust(struct store *s, int64_t now, struct fail *f);

/* --- pre-enrollment -------------------------------------------------------------------------- */

struct store_actor {
	const char *who; /* "CORP\\maria", "root", "uid 1000"; NULL: the agent itself */
	const char *note;              /* --note, or NULL */
	const char *attempt;           /* or NULL */
	int dry; /* store_add, store_reissue, store_extend: everything is checked, nothing is kept
		  */
};
struct store_password {
	const uint8_t *root, *selector; /* its HKDF root (sealed at once), its selector */
	int64_t expires;               /* for store_reissue; store_add takes that of the record */
};
/* id, created, state, epoch are set by the call. ENR_NAME_TAKEN (an open record has the name; told
 * names it), ENR_TOO_MANY_OPEN. */
int store_add(struct store *s, struct store_record *r, const struct store_password *p,
	const struct store_actor *by, struct fail *f);
/* Pending, expired or canceled -> pending with a new password and end; the old one stops at once.
 * ENR_STATE_WRONG. */
int store_reissue(struct store *s, const char *id, const struct store_password *p,
	const struct store_actor *by, struct fail *f);
/* Pending, or expired while its keys are kept; that needs its name still (ENR_NAME_TAKEN) and room
 * (ENR_TOO_MANY_OPEN), like reissue. ENR_STATE_WRONG. */
int store_extend(struct store *s, const char *id, int64_t expires, const struct store_actor *by,
	struct fail *f);
/* Pending or expired. ENR_STATE_WRONG. */
int store_cancel(struct store *s, const char *id, const struct store_actor *by, struct fail *f);

/* --- look-up --------------------------------------------------------------------------------- */

/* YES and *out, *root (unsealed); NO; UNKNOWN and f. ENR_STORE_KEY_MISSING if it does not unseal. A
 * record whose keys were wiped is not found. */
enum answer store_by_selector(struct store *s, const uint8_t selector[STORE_SELECTOR_LEN],
	struct store_record *out, uint8_t root[STORE_ROOT_LEN], struct fail *f);
enum answer store_by_id(struct store *s, const char *id, struct store_record *out, struct fail *f);
/* Does any pending, unexpired (or enrolling, uncertain) record have this identity? One index probe.
 */
enum answer store_expects(struct store *s, const char *identity, int64_t now, struct fail *f);
/* The newest record of that name (any state), the way people name a device. */
enum answer store_by_name(
	struct store *s, const char *name, struct store_record *out, struct fail *f);

struct store_list {
	struct store_record *item;
	size_t n;
};
void store_list_clear(struct store_list *l);
/* Whatever a person may write for DEVICE: name, E-, A-, e-mail, serial (hardware or certificate),
 * IP address of the last attempt. Newest first, at most max. */
int store_match(
	struct store *s, const char *text, size_t max, struct store_list *out, struct fail *f);
struct store_filter {
	const char *state;             /* word, or NULL */
	const char *ou_dn; /* exactly this OU or below (normalised by the caller), or NULL */
	const char *identity;          /* or NULL */
	int failed;                    /* only with a last failure */
	int64_t since;                 /* created at or after; 0: all */
	int64_t expiring_before;       /* certificate ends before; 0: all */
	int64_t now;
	size_t max;                    /* 0: no limit */
};
int store_select(
	struct store *s, const struct store_filter *filter, struct store_list *out, struct fail *f);
/* Counts by state word, for `status`: out[enum record_state], expired apart. */
int store_counts(struct store *s, int64_t now, int64_t out[RECORD_STATES], int64_t *expired,
	struct fail *f);

/* --- after it ------------------------------------------------------------------------------- */

struct store_change {
	const char *id;
	enum record_state to;
	int reason;                    /* RFC 5280, of what is revoked; 0: cessationOfOperation */
	unsigned work; /* what the directory has to be told: bits of enum todo_work */
	int withdraw;                  /* the password of a re-imaging that waits for it, too */
	const char *detail;            /* for the story, or NULL */
	const struct store_actor *by;
};
/* enrolled <-> disabled; either -> revoked or removed; revoked -> removed. In the same transaction:
 * certificates are on hold, valid again, or revoked (*certificates: how many, may be NULL), and
 * work for the directory is noted (store_todo.h) if there is an object. ENR_STATE_WRONG. */
int store_set_state(
	struct store *s, const struct store_change *c, int64_t *certificates, struct fail *f);

/* Does an open re-imaging wait to end that enrollment (its take_record)? */
enum answer store_awaits(struct store *s, const char *id, struct fail *f);

/* Wipe keys of records ended longer than keep_ended, and documents whose window closed. */
int store_wipe(struct store *s, int64_t now, struct fail *f);

#include "agent/store/store_enrollment.h"

#endif
