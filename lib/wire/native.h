/* The messages of the native protocol, bytes <-> structs (docs/PROTOCOL.md; grammar in
 * schema/native.rng). Every x_parse has a x_write as its counterpart; x_payload appends the fields
 * that go under the MAC of that message, x_transcript chains the whole message into a transcript
 * hash. Pure, thread-safe.
 *
 * Parsers take any octets and give ENR_MESSAGE_MALFORMED, ENR_MESSAGE_TOO_LARGE,
 * ENR_IDENTITY_INVALID, or ENR_VERSION_UNSUPPORTED (told lists the versions this side speaks). On
 * success they overwrite *out, which then owns its octets (x_clear); on failure it is untouched.
 * Writers append and return -1 if the ceiling of out was reached or a text cannot be XML. */
#ifndef LIB_WIRE_NATIVE_H
#define LIB_WIRE_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/id.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/wire/native_keys.h"

#define NATIVE_MEDIA_TYPE "application/vnd.enrolld.native+xml"
#define NATIVE_PATH_DISCOVERY "/enroll/discovery"
#define NATIVE_PATH_BOOTSTRAP "/enroll/bootstrap"
#define NATIVE_PATH_ENROLLMENT "/enroll/enrollment"
#define NATIVE_PATH_LEAVE "/enroll/leave"
#define NATIVE_REQUEST_MAX 65536   /* octets of a request body */
#define NATIVE_ANSWER_MAX 262144   /* octets of an answer body */
#define NATIVE_STATE_MAX 1024      /* opaque conversation state */
#define NATIVE_ANCHORS_MAX 8
#define NATIVE_ANCHOR_MAX 8192     /* DER */
#define NATIVE_CSR_MAX 8192
#define NATIVE_CERTIFICATE_MAX 8192 /* DER */
#define NATIVE_SIGNATURE_MAX 1024
#define NATIVE_DOCUMENT_MAX 131072
#define NATIVE_SERIAL_MAX 64       /* hardware serial, printable */
#define NATIVE_CLIENT_MAX 64       /* "enroll/1.0.0" */

/* What a conversation is for. */
enum native_purpose { NATIVE_FOR_ENROLLMENT, NATIVE_FOR_LEAVE };
/* Phase 1, device -> server. No MAC. */
struct native_discovery {
	char shown[NATIVE_SHOWN_MAX + 1];
	char identity[IDENTITY_MAX + 1];       /* canonical after parse */
	char server_name[SERVER_NAME_MAX + 1];
	uint8_t nonce[NATIVE_NONCE_LEN];
	char client[NATIVE_CLIENT_MAX + 1];    /* may be "" */
	enum native_purpose purpose;
};
/* Phase 1, server -> device. No MAC; its fields are under later ones by the transcript. */
struct native_discovered {
	uint32_t version;                      /* chosen: the highest both show */
	char shown[NATIVE_SHOWN_MAX + 1];
	enum answer eligible;                  /* UNKNOWN: the server does not say */
	int64_t time;
	uint8_t nonce[NATIVE_NONCE_LEN];
	char attempt[ID_MAX];
	struct bytes state;                    /* opaque, to be sent back in phase 2 */
};
/* Phase 2, device -> server. */
struct native_bootstrap {
	uint32_t version;
	char identity[IDENTITY_MAX + 1];
	char server_name[SERVER_NAME_MAX + 1];
	uint8_t leaf[NATIVE_HASH_LEN];         /* what the device saw */
	uint8_t selector[NATIVE_SELECTOR_LEN];
	struct bytes state;
	uint8_t mac[NATIVE_MAC_LEN];
};
enum anchor_role { ANCHOR_SERVER = 1, ANCHOR_DEVICE_CA = 2, ANCHOR_DM_SERVER = 4, ANCHOR_VPN = 8 };
struct native_anchor {
	unsigned roles;                        /* enum anchor_role, or-ed; not 0 */
	struct bytes der;
};
/* Phase 2, server -> device. */
struct native_bootstrapped {
	uint32_t version;
	int64_t time;
	int64_t valid_until;                   /* the password, until when; 0: not said */
	struct native_anchor anchors[NATIVE_ANCHORS_MAX];
	size_t n_anchors;                      /* 1..8 */
	char attempt[ID_MAX];
	struct bytes state;                    /* opaque, for phase 3 */
	uint8_t mac[NATIVE_MAC_LEN];
};
/* Phase 3, device -> server. */
struct native_enrollment {
	uint32_t version;
	char identity[IDENTITY_MAX + 1];
	char server_name[SERVER_NAME_MAX + 1];
	uint8_t leaf[NATIVE_HASH_LEN];
	char serial[NATIVE_SERIAL_MAX + 1];    /* hardware serial, may be "" */
	struct bytes csr;                      /* PKCS#10, DER */
	struct bytes state;
	uint8_t mac[NATIVE_MAC_LEN];
};
/* Phase 3, server -> device. */
struct native_enrolled {
	uint32_t version;
	int64_t time;
	char attempt[ID_MAX];
	struct bytes document;                 /* wap-provisioningdoc */
	uint8_t mac[NATIVE_MAC_LEN];
};
/* Leaving, device -> server, after a discovery for it. Signed with the device's key. */
struct native_leave {
	uint32_t version;
	char identity[IDENTITY_MAX + 1];
	char server_name[SERVER_NAME_MAX + 1];
	uint8_t leaf[NATIVE_HASH_LEN];
	struct bytes certificate;              /* the device's, DER */
	struct bytes state;
	struct bytes signature;                /* lib/pki/sign.h over native_leave_signed */
};
/* What has become of the enrollment. */
enum native_outcome {
	NATIVE_KEPT,                           /* the server was told, and changes nothing */
	NATIVE_DISABLED,
	NATIVE_REVOKED,
	NATIVE_REMOVED,
	NATIVE_REPLACED,                       /* another enrollment has the object */
};
/* Leaving, server -> device. */
struct native_left {
	uint32_t version;
	int64_t time;
	char attempt[ID_MAX];
	enum native_outcome outcome;
};
/* Any phase, server -> device. has_mac only after the device's MAC was good. */
struct native_refused {
	uint32_t version;
	enum code code;  /* a number this side does not know parses as ENR_INTERNAL */
	uint32_t number; /* as it was on the wire; 0 when writing: that of code */
	char shown[NATIVE_SHOWN_MAX + 1];      /* versions the server speaks */
	int64_t time;
	int64_t valid_until;                   /* the password, until when; 0: not said */
	char attempt[ID_MAX];                  /* may be "" (refused before an attempt was made) */
	int has_mac;
	uint8_t mac[NATIVE_MAC_LEN];
};

int native_discovery_parse(
	const uint8_t *xml, size_t len, struct native_discovery *out, struct fail *f);
int native_discovery_write(const struct native_discovery *m, struct str *out);
int native_discovered_parse(
	const uint8_t *xml, size_t len, struct native_discovered *out, struct fail *f);
int native_discovered_write(const struct native_discovered *m, struct str *out);
int native_bootstrap_parse(
	const uint8_t *xml, size_t len, struct native_bootstrap *out, struct fail *f);
int native_bootstrap_write(const struct native_bootstrap *m, struct str *out);
int native_bootstrapped_parse(
	const uint8_t *xml, size_t len, struct native_bootstrapped *out, struct fail *f);
int native_bootstrapped_write(const struct native_bootstrapped *m, struct str *out);
int native_enrollment_parse(
	const uint8_t *xml, size_t len, struct native_enrollment *out, struct fail *f);
int native_enrollment_write(const struct native_enrollment *m, struct str *out);
int native_enrolled_parse(
	const uint8_t *xml, size_t len, struct native_enrolled *out, struct fail *f);
int native_enrolled_write(const struct native_enrolled *m, struct str *out);
int native_leave_parse(const uint8_t *xml, size_t len, struct native_leave *out, struct fail *f);
int native_leave_write(const struct native_leave *m, struct str *out);
int native_left_parse(const uint8_t *xml, size_t len, struct native_left *out, struct fail *f);
int native_left_write(const struct native_left *m, struct str *out);
int native_refused_parse(
	const uint8_t *xml, size_t len, struct native_refused *out, struct fail *f);
int native_refused_write(const struct native_refused *m, struct str *out);

void native_discovered_clear(struct native_discovered *m);
void native_bootstrap_clear(struct native_bootstrap *m);
void native_bootstrapped_clear(struct native_bootstrapped *m);
void native_enrollment_clear(struct native_enrollment *m);
void native_enrolled_clear(struct native_enrolled *m);
void native_leave_clear(struct native_leave *m);

/* The fields under the MAC of a message (all of it but what native_context says and the MAC
 * itself). */
void native_bootstrap_payload(const struct native_bootstrap *m, struct str *out);
void native_bootstrapped_payload(const struct native_bootstrapped *m, struct str *out);
void native_enrollment_payload(const struct native_enrollment *m, struct str *out);
void native_enrolled_payload(const struct native_enrolled *m, struct str *out);
void native_refused_payload(const struct native_refused *m, struct str *out);

/* What the signature of a leave goes over: its payload in the context, with T1 as transcript. */
void native_leave_signed(
	const struct native_leave *m, const struct native_context *c, struct str *out);

/* Transcript: T1 after phase 1, T2 after phase 2, T3 = T2 chained with the phase 3 request. The
 * state fields are left out (opaque; they contain the hash). MACs are included. */
void native_transcript_discovery(const struct native_discovery *q,
	const struct native_discovered *a, uint8_t t1[NATIVE_HASH_LEN]);
void native_transcript_bootstrap(const uint8_t t1[NATIVE_HASH_LEN],
	const struct native_bootstrap *q,
	uint8_t out[NATIVE_HASH_LEN]); /* under the bootstrap answer's MAC */
void native_transcript_bootstrapped(const uint8_t in[NATIVE_HASH_LEN],
	const struct native_bootstrapped *a, uint8_t t2[NATIVE_HASH_LEN]);
void native_transcript_enrollment(const uint8_t t2[NATIVE_HASH_LEN],
	const struct native_enrollment *q,
	uint8_t t3[NATIVE_HASH_LEN]); /* under the enrollment answer's MAC */

/* The highest version both lists show, 0 if none. Lists are "1,2". */
uint32_t native_choose(const char *shown_a, const char *shown_b);

#endif
