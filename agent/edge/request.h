/* The narrow waist: what a dialect (front) asks of the heart (core), and the answer, as structs and
 * as octets on the pipe between the two processes. Whatever the front says is hostile to the core:
 * enroll_request_unpack validates everything again (forms, lengths, canonical identity and names).
 * Pure, thread-safe. */
#ifndef AGENT_EDGE_REQUEST_H
#define AGENT_EDGE_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/id.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/wire/native.h"

#define EDGE_MESSAGE_MAX (4 * 1024 * 1024) /* octets of one message on the pipe */
#define EDGE_DOCUMENT_MAX (EDGE_MESSAGE_MAX - 90000) /* the rest is room for eight anchors */
#define EDGE_DIALECT_MAX 15
#define EDGE_LISTENER_MAX 63 /* more than the name of a row can have */

enum request_kind {
	REQUEST_NONE,
	REQUEST_DISCOVERY,
	REQUEST_BOOTSTRAP,
	REQUEST_ENROLLMENT,
	REQUEST_LEAVE,
	REQUEST_CRL,            /* the front's CRL row asks for the current bytes */
};

/* Texts are at most what the wire allows (lib/wire/native.h); "" where a kind has no such field. */
struct enroll_request {
	enum request_kind kind;
	char dialect[EDGE_DIALECT_MAX + 1]; /* "native" */
	char listener[EDGE_LISTENER_MAX + 1]; /* name of the listener row */
	char address[48];              /* the peer's, as text */
	/* SHA-256 of the certificate of this very connection, says the front */
	uint8_t leaf_used[NATIVE_HASH_LEN];
	char client[NATIVE_CLIENT_MAX + 1];
	uint32_t version;              /* chosen; 0 in discovery */
	char shown[NATIVE_SHOWN_MAX + 1]; /* discovery: what the device shows */
	char identity[IDENTITY_MAX + 1]; /* canonical */
	char server_name[SERVER_NAME_MAX + 1];
	uint8_t nonce[NATIVE_NONCE_LEN]; /* discovery */
	uint8_t leaf_seen[NATIVE_HASH_LEN]; /* bootstrap, enrollment, leave: what the device saw */
	uint8_t selector[NATIVE_SELECTOR_LEN]; /* bootstrap */
	struct bytes state;            /* bootstrap, enrollment, leave */
	char serial[NATIVE_SERIAL_MAX + 1]; /* enrollment: hardware serial */
	struct bytes csr;              /* enrollment: DER */
	uint8_t mac[NATIVE_MAC_LEN];   /* bootstrap, enrollment */
	int to_leave;                  /* discovery: what the conversation is for */
	struct bytes certificate;      /* leave: the device's, DER */
	struct bytes signature;        /* leave */
};

struct enroll_anchor {
	unsigned roles;                /* enum anchor_role, or-ed */
	struct bytes der;
};
struct enroll_reply {
	enum code code;                /* ENR_NONE: granted */
	char attempt[ID_MAX];
	int64_t time;                  /* the core's clock */
	uint32_t version;
	char shown[NATIVE_SHOWN_MAX + 1]; /* versions the server speaks */
	enum answer eligible;          /* discovery */
	uint8_t nonce[NATIVE_NONCE_LEN]; /* discovery */
	struct bytes state;            /* discovery, bootstrap */
	struct enroll_anchor anchors[NATIVE_ANCHORS_MAX];
	size_t n_anchors;
	struct bytes document;         /* enrollment; CRL bytes for REQUEST_CRL */
	int has_mac; /* always when granted (2, 3); in refusals only after a good MAC */
	uint8_t mac[NATIVE_MAC_LEN];
	int64_t valid_until;           /* the password stays good until; 0: not said */
	int64_t retry_after;           /* seconds; 0: none */
	unsigned outcome;              /* leave: enum native_outcome */
	int charge;                    /* the front charges this peer's bucket with a failure */
};

void enroll_request_pack(const struct enroll_request *q, struct str *out);
/* ENR_MESSAGE_MALFORMED. */
int enroll_request_unpack(
	const uint8_t *data, size_t len, struct enroll_request *out, struct fail *f);
void enroll_request_clear(struct enroll_request *q);
/* Overflow if the document is larger than the other side takes. */
void enroll_reply_pack(const struct enroll_reply *a, struct str *out);
int enroll_reply_unpack(const uint8_t *data, size_t len, struct enroll_reply *out, struct fail *f);
void enroll_reply_clear(struct enroll_reply *a);

#endif
