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

#define EDGE_MESSAGE_MAX (4 * 1024 * 1024) /* octets of one message on the pipe */
#define EDGE_DOCUMENT_MAX (EDGE_MESSAGE_MAX - 90000) /* the rest is room for eight anchors */
#define EDGE_ANCHORS_MAX 8

enum request_kind {
	REQUEST_NONE,
	REQUEST_DISCOVERY,
	REQUEST_BOOTSTRAP,
	REQUEST_ENROLLMENT,
	REQUEST_LEAVE,
	REQUEST_CRL,            /* the front's CRL row asks for the current bytes */
};

/* Texts are at most what the wire format allows; "" where a kind has no such field. */
struct enroll_request {
	enum request_kind kind;
	char dialect[16];              /* "native" */
	char listener[64];             /* name of the listener row */
	char address[48];              /* the peer's, as text */
	uint8_t leaf_used[32]; /* SHA-256 of the certificate of this very connection, says the front
				*/
	char client[65];
	uint32_t version;              /* chosen; 0 in discovery */
	char shown[33];                /* discovery: what the device shows */
	char identity[255];            /* canonical */
	char server_name[254];
	uint8_t nonce[32];             /* discovery */
	uint8_t leaf_seen[32];         /* bootstrap, enrollment, leave: what the device saw */
	uint8_t selector[16];          /* bootstrap */
	struct bytes state;            /* bootstrap, enrollment, leave */
	char serial[65];               /* enrollment: hardware serial */
	struct bytes csr;              /* enrollment: DER */
	uint8_t mac[32];               /* bootstrap, enrollment */
	int to_leave;                  /* discovery: what the conversation is for */
	struct bytes certificate;      /* leave: the device's, DER */
	struct bytes signature;        /* leave */
};

struct enroll_anchor {
	unsigned roles;                /* enum anchor_role of lib/wire/native.h */
	struct bytes der;
};
struct enroll_reply {
	enum code code;                /* ENR_NONE: granted */
	char attempt[ID_MAX];
	int64_t time;                  /* the core's clock */
	uint32_t version;
	char shown[33];                /* versions the server speaks */
	enum answer eligible;          /* discovery */
	uint8_t nonce[32];             /* discovery */
	struct bytes state;            /* discovery, bootstrap */
	struct enroll_anchor anchors[EDGE_ANCHORS_MAX];
	size_t n_anchors;
	struct bytes document;         /* enrollment; CRL bytes for REQUEST_CRL */
	int has_mac; /* always when granted (2, 3); in refusals only after a good MAC */
	uint8_t mac[32];
	int64_t valid_until;           /* the password stays good until; 0: not said */
	int64_t retry_after;           /* seconds; 0: none */
	unsigned outcome;              /* leave: enum native_outcome of lib/wire/native.h */
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
