/* The part of the store's interface that one enrollment uses, from the claim to its end; included
 * by store.h. What store.h says of threads, durability and failures holds here too. */
#ifndef AGENT_STORE_STORE_ENROLLMENT_H
#define AGENT_STORE_STORE_ENROLLMENT_H

#include <stdint.h>

#include "agent/store/store.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"

enum claim_kind {
	CLAIM_NONE,
	CLAIM_WON,      /* pending -> claimed: epoch + 1, new nonce, this key */
	CLAIM_RESUMED,  /* this same key had claimed before and did not finish (claimed, issued or
			   uncertain) */
	CLAIM_FINISHED, /* enrolled by this same key, and the window (max(expires, finish + 24 h))
			   is open */
};
struct store_claim {
	const char *id;
	const uint8_t *spki_sha256;
	const uint8_t *cert_serial;    /* 16 octets, for a fresh win without a kept certificate */
	int64_t cert_not_before, cert_not_after;
	int64_t now;
	const char *attempt;
	const char *machine_password;  /* sealed with a fresh win; or NULL */
	const char *server;            /* a fresh win: where the object is to be written */
	int lazy; /* a fresh win reaches the disk with the next change: only if nothing is sent
		   * anywhere before that */
};
/* Exactly one key wins; expiry is tested here and nowhere else. *r becomes the record as it stands
 * after. Definite refusals: ENR_ENROLLING_ELSEWHERE (claimed by another key), ENR_PASSWORD_USED,
 * ENR_PASSWORD_EXPIRED, ENR_PASSWORD_CANCELED, ENR_PASSWORD_EARLY. A win by another key than the
 * one a kept certificate belongs to revokes that certificate in the same transaction; a win by the
 * same key keeps cert_serial and dates of the kept one. */
int store_claim(struct store *s, const struct store_claim *c, enum claim_kind *kind,
	struct store_record *r, struct fail *f);

/* Until when that window is open. */
int64_t store_window(const struct store_record *r);

/* What the following are conditional on: id, epoch, nonce of r (as store_claim filled it). On
 * success r is brought up to date. ENR_STATE_WRONG if another hand moved the record. */
/* claimed -> issued. der NULL or empty: the certificate that was kept (store_cert_of) is the one.
 */
int store_issued(struct store *s, struct store_record *r, const struct bytes *der,
	const struct store_actor *by, struct fail *f);
/* What was signed for the claim is worth nothing and was never handed out: revoked (superseded),
 * and the claim goes on under another serial. issued -> claimed. */
int store_discard(struct store *s, struct store_record *r, const uint8_t cert_serial[16],
	const struct store_actor *by, struct fail *f);
/* Another server than the claim's is to be written to (object_server), durable before anything is
 * sent there: after a crash only that one can tell. Only while no other one may have the object.
 * claimed, issued or uncertain, which stays. */
int store_sending(struct store *s, struct store_record *r, const char *server,
	const struct store_actor *by, struct fail *f);
struct store_trouble {
	const struct fail *why;        /* NULL: none */
	const char *phase;             /* of the last failure, and the event; NULL: "released" */
	const char *server;            /* for store_uncertain: who did not answer */
	const char *left_mark;         /* for store_release: what the object to take over carries
					* now, for the next try (take_mark); NULL: as before */
};
/* claimed, issued or uncertain -> uncertain */
int store_uncertain(struct store *s, struct store_record *r, const struct store_trouble *t,
	const struct store_actor *by, struct fail *f);
/* claimed, issued or uncertain -> pending (password stays good); a certificate already durable is
 * kept, unreleased; the machine password is wiped. */
int store_release(struct store *s, struct store_record *r, const struct store_trouble *t,
	const struct store_actor *by, struct fail *f);
struct store_object {
	const char *dn, *guid, *server;
	const char *account, *sid;     /* or NULL */
	int64_t key_version;           /* 0: none */
};
/* The object is known to stand: remembered before finish. claimed, issued or uncertain -> issued if
 * the certificate is durable, else claimed. Reaches the disk with the next change: until then the
 * object's mark says the same. */
int store_joined(struct store *s, struct store_record *r, const struct store_object *o,
		 const struct store_actor *by, struct fail *f);
/* issued -> enrolled; the document is sealed and kept until the window closes, the machine password
 * is wiped; the last failure is over. In the same transaction the enrollment that take_record names
 * ends: enrolled or disabled -> replaced, its certificates revoked (superseded). */
int store_finish(struct store *s, struct store_record *r, const struct bytes *document,
	const struct store_actor *by, struct fail *f);
/* The sealed document of an enrolled record. ENR_PASSWORD_USED if it was wiped. */
int store_document(
	struct store *s, const struct store_record *r, struct bytes *out, struct fail *f);
/* The machine password of the record's claim, until it is finished or released: mem_wipe it.
 * ENR_STATE_WRONG: there is none. */
#define STORE_MACHINE_PASSWORD_MAX 256 /* with its NUL */
int store_machine_password(struct store *s, const struct store_record *r,
	char out[STORE_MACHINE_PASSWORD_MAX], struct fail *f);
/* The root of the record's password: mem_wipe it. ENR_STATE_WRONG: it was wiped. */
int store_root(struct store *s, const struct store_record *r, uint8_t root[STORE_ROOT_LEN],
	struct fail *f);
/* Left over from a crash or uncertain: claimed, issued, uncertain; oldest first. */
int store_unfinished(struct store *s, size_t max, struct store_list *out, struct fail *f);

#endif
