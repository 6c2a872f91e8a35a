/* A device in a test: its half of the native protocol (docs/PROTOCOL.md), message by message, with
 * every field open to be spoilt before it is proved or after. One thread at a time for a peer. */
#ifndef TESTS_UNIT_AGENT_ENROLLMENT_PEER_H
#define TESTS_UNIT_AGENT_ENROLLMENT_PEER_H

#include <stdint.h>

#include "lib/pki/key.h"
#include "lib/wire/native.h"
#include "lib/wire/native_keys.h"
#include "lib/wire/password.h"

struct peer {
	char password[PASSWORD_LEN + 1];
	uint8_t leaf[NATIVE_HASH_LEN];   /* of the server, as the device sees it */
	struct pki_key *key;             /* made when it is needed */
	uint8_t root[NATIVE_ROOT_LEN];
	struct native_context context;   /* its transcript grows */
	uint8_t before[NATIVE_HASH_LEN]; /* the transcript before the last request */

	struct native_discovery discovery;
	struct native_discovered discovered;
	struct native_bootstrap bootstrap;
	struct native_bootstrapped bootstrapped;
	struct native_enrollment enrollment;
	struct native_enrolled enrolled;
	struct native_leave leave;
};

/* password as shown to a person. Ends the process if it is none. */
void peer_begin(struct peer *p, const char *identity, const char *password,
	const char *server_name);
void peer_end(struct peer *p);

/* Each fills the message of its phase from what came before. peer_x_prove computes the MAC over the
 * message as it then stands; peer_x_sent chains it. */
void peer_discovery(struct peer *p);
/* Takes the answer over. */
void peer_discovered(struct peer *p, const struct native_discovered *m);
void peer_bootstrap(struct peer *p);
void peer_bootstrap_prove(struct peer *p);
void peer_bootstrap_sent(struct peer *p);
/* 1 if the MAC is right; takes the answer over then. */
int peer_bootstrapped(struct peer *p, const struct native_bootstrapped *m);
void peer_enrollment(struct peer *p);
void peer_enrollment_prove(struct peer *p);
void peer_enrollment_sent(struct peer *p);
int peer_enrolled(struct peer *p, const struct native_enrolled *m);
/* After the discovered of a discovery to leave. certificate: the device's, DER. */
void peer_leave(struct peer *p, const struct bytes *certificate);
void peer_leave_sign(struct peer *p);
/* 1 if the refusal of the request that was sent last proves itself. */
int peer_refused(const struct peer *p, const struct native_refused *m);

#endif
