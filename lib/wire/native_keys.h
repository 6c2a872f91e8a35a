/* Keys and MACs of the native protocol (docs/PROTOCOL.md). One root from password and identity
 * (HKDF-Extract, RFC 5869), one key per label and direction (HKDF-Expand); HMAC-SHA-256 over
 * length-prefixed octets. Pure, thread-safe; wipe roots and keys. */
#ifndef LIB_WIRE_NATIVE_KEYS_H
#define LIB_WIRE_NATIVE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/wire/identity.h"
#include "lib/wire/password.h"

#define NATIVE_ROOT_LEN 32
#define NATIVE_SELECTOR_LEN 16
#define NATIVE_NONCE_LEN 32
#define NATIVE_MAC_LEN 32
#define NATIVE_HASH_LEN 32
#define NATIVE_KEY_LEN 32
#define NATIVE_CHALLENGE_MAX 45 /* base64 of 32 octets, and NUL */
#define NATIVE_SHOWN_MAX 32 /* "1" or "1,2,3": decimal versions, ascending, comma */
#define NATIVE_VERSION 1
#define NATIVE_SHOWN "1"

enum native_label {
	NATIVE_DEVICE_BOOTSTRAP,
	NATIVE_SERVER_BOOTSTRAP,
	NATIVE_DEVICE_ENROLLMENT,
	NATIVE_SERVER_ENROLLMENT,
	NATIVE_SERVER_REFUSAL,
	NATIVE_DOCUMENT_SECRET, /* an AES-256-GCM key, not a MAC key */
	NATIVE_DEVICE_LEAVE,    /* what a signature says it is for, not a key */
};

void native_root(
	const char password[PASSWORD_LEN + 1], const char *identity, uint8_t root[NATIVE_ROOT_LEN]);
void native_selector(const uint8_t root[NATIVE_ROOT_LEN], uint8_t selector[NATIVE_SELECTOR_LEN]);
void native_key(const uint8_t root[NATIVE_ROOT_LEN], enum native_label label,
	uint8_t key[NATIVE_KEY_LEN]);

/* What every MAC says besides its payload. */
struct native_context {
	uint32_t version;                       /* chosen */
	char shown_device[NATIVE_SHOWN_MAX + 1];
	char shown_server[NATIVE_SHOWN_MAX + 1];
	char identity[IDENTITY_MAX + 1];        /* canonical */
	char server_name[SERVER_NAME_MAX + 1];  /* canonical; the name the device asked for */
	uint8_t leaf[NATIVE_HASH_LEN];          /* SHA-256 of the server's leaf certificate, DER */
	uint8_t nonce_device[NATIVE_NONCE_LEN];
	uint8_t nonce_server[NATIVE_NONCE_LEN];
	uint8_t transcript[NATIVE_HASH_LEN];    /* hash of all earlier messages */
};
/* The octets that a MAC, or a signature, of that label goes over; appended. */
void native_labelled(enum native_label label, const struct native_context *c,
	const struct str *payload, struct str *out);
/* payload: built with pack_* (length-prefixed fields) in the order PROTOCOL.md gives for the label.
 */
void native_mac(const uint8_t root[NATIVE_ROOT_LEN], enum native_label label,
	const struct native_context *c, const struct str *payload, uint8_t mac[NATIVE_MAC_LEN]);

/* challengePassword of the CSR: base64 of SHA-256 over the label and the transcript of phases 1
 * and 2. */
void native_challenge(const struct native_context *c, char out[NATIVE_CHALLENGE_MAX]);

/* What a sealed secret of the document is bound to (PROTOCOL.md section 10): pki_seal under the key
 * of NATIVE_DOCUMENT_SECRET with this as associated data. name: of the parm; enrollment:
 * "E-4H2X-8RNP". */
void native_secret_aad(const char *name, const char *enrollment, struct str *out);

#endif
