/* The rest of the store's interface, included by store.h: attempts of devices, the story of
 * records, certificates. What store.h says of threads, durability and failures holds here too. */
#ifndef AGENT_STORE_STORE_STORY_H
#define AGENT_STORE_STORE_STORY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/id.h"
#include "lib/base/mem.h"

struct store;
struct store_actor;
struct store_record;

/* --- attempts and failures ------------------------------------------------------------------- */

struct store_story;
struct store_attempt {
	char id[ID_MAX];               /* "A-…" */
	int64_t time;
	char *address, *identity, *client;
	char record[ID_MAX];           /* or "" */
	enum code code;                /* ENR_NONE: it succeeded */
	char *phase, *detail;          /* or NULL */
	const struct store_story *story; /* lines that are told with it, or NULL; lent */
	size_t n_story;
};
/* Insert or update; a record once named stays. Attempts without a record are bounded (the oldest of
 * more than 10,000 go), and so are those of one record, with the lines of its story that devices
 * caused: the newest 300 of each stay, and what tells how it enrolled. Lines of an attempt whose
 * record and code were known before are not told again. Those without a record or a code are not
 * synced. With a record and a code: also its last failure, and failed_tries + 1 if code is
 * ENR_PASSWORD_WRONG or ENR_RELAYED. */
int store_attempt(struct store *s, const struct store_attempt *a, struct fail *f);
struct store_attempt_list {
	struct store_attempt *item;
	size_t n;
};
void store_attempt_list_clear(struct store_attempt_list *l);

/* Which rows: the newest max (0: no limit) that are not older than since. */
struct store_range {
	const char *of;                /* NULL: all */
	int64_t since;
	size_t max;
};
/* Of an address, A-, identity or record; newest first. */
int store_attempts(struct store *s, const struct store_range *range,
	struct store_attempt_list *out, struct fail *f);

/* --- story and audit ------------------------------------------------------------------------- */

struct store_event {
	int64_t seq, time;
	char *event; /* "expected", "reissued", "claimed", "directory", "enrolled", "revoked" … */
	char *by;                      /* or NULL: the agent */
	char *attempt, *note, *detail; /* or NULL */
	enum code code;
	char record[ID_MAX];
};
struct store_event_list {
	struct store_event *item;
	size_t n;
};
void store_event_list_clear(struct store_event_list *l);
/* Of a record, in the order they happened. */
int store_events(struct store *s, const struct store_range *range, struct store_event_list *out,
	struct fail *f);

/* A line of the story that changes no state. Durable at once if a person did it; what the agent
 * says to itself reaches the disk with the next change of state. */
struct store_story {
	const char *record, *event;
	const char *detail;            /* or NULL */
	enum code code;
	const struct store_actor *by;  /* or NULL: the agent */
};
int store_event(struct store *s, const struct store_story *e, struct fail *f);

/* --- certificates ---------------------------------------------------------------------------- */

enum cert_state { CERT_UNRELEASED, CERT_VALID, CERT_HELD, CERT_REVOKED };
struct store_cert {
	char serial[48];               /* upper-case hex */
	char record[ID_MAX];
	char *name;
	enum cert_state state;
	int reason;                    /* RFC 5280, when revoked or held */
	int64_t not_before, not_after, revoked_at;
	struct bytes der;
};
struct store_cert_list {
	struct store_cert *item;
	size_t n;
};
void store_cert_list_clear(struct store_cert_list *l);
/* Of a record (NULL: of all), oldest first. */
int store_certs(
	struct store *s, const char *record, struct store_cert_list *out, struct fail *f);
/* Revoked and held ones that have not ended: what a CRL lists. */
int store_certs_revoked(
	struct store *s, int64_t now, struct store_cert_list *out, struct fail *f);
/* The certificate of the record's current claim. NO: none durable yet. */
enum answer store_cert_of(
	struct store *s, const struct store_record *r, struct store_cert *out, struct fail *f);
/* The one of that serial number (upper-case hex), whatever its state. */
enum answer store_cert_by_serial(
	struct store *s, const char *serial, struct store_cert *out, struct fail *f);
void store_cert_clear(struct store_cert *c);
/* The next CRL number (durable before it is returned). */
int store_crl_number(struct store *s, uint64_t *out, struct fail *f);

#endif
