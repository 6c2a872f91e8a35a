/* The conversation with a server (docs/PROTOCOL.md section 8.1): three phases in order, each with
 * its checks. Nothing of an answer is used before its MAC fits, but what section 8.1 calls hearsay.
 * Holds the root key: keep it in this process and clear it. One thread. */
#ifndef CLIENT_TALK_H
#define CLIENT_TALK_H

#include <stdint.h>

#include "client/net.h"
#include "client/say.h"
#include "lib/pki/hash.h"
#include "lib/pki/key.h"

#define TALK_SKEW_MAX 300 /* seconds between the clocks */

struct talk {
	struct net *net;
	char host[SERVER_NAME_MAX + 1];
	int port;
	uint8_t root[NATIVE_ROOT_LEN];
	struct native_context context;
	struct bytes state; /* the server's, to be returned */
	char attempt[ID_MAX]; /* "" until the server gave one */
	char address[64]; /* of the server, or "" */
	enum answer eligible; /* hearsay */
	int64_t valid_until; /* of the password; 0: not known */
	int64_t skew; /* server's clock minus ours; hearsay until phase 2 */
	struct native_anchor anchors[NATIVE_ANCHORS_MAX];
	size_t n_anchors;
	int to_leave; /* set after talk_begin, with the anchors of the bootstrap: every request
		       * checks the issuer against them */
};

/* identity and host canonical. Forgets an earlier conversation but not the net. */
void talk_begin(struct talk *t, const char *identity, const char *host, int port);
void talk_clear(struct talk *t);

/* Phase 1. No password is needed yet. 0, or -1 and x. */
int talk_discover(struct talk *t, struct trouble *x);
/* Phase 2: t->anchors are those of somebody who knows the password. */
int talk_bootstrap(struct talk *t, const char password[PASSWORD_LEN + 1], struct trouble *x);
/* The key of the secrets in the document (docs/PROTOCOL.md section 10); after phase 2. */
void talk_secret_key(const struct talk *t, uint8_t key[AEAD_KEY_LEN]);
/* Phase 3. serial: of the hardware, may be "". The MAC of the document fits; it is not parsed. */
int talk_enroll(struct talk *t, const struct pki_key *key, const char *serial,
	struct bytes *document, struct trouble *x);

/* Who leaves: its key, and its certificate (DER). */
struct talk_member {
	const struct pki_key *key;
	const struct bytes *certificate;
};
/* After a talk_discover to leave. */
int talk_leave(struct talk *t, const struct talk_member *who, enum native_outcome *outcome,
	struct trouble *x);

#endif
