/* Private keys by URI ("file:/path" or a bare path to PEM; "pkcs11:" is refused by name until it
 * exists). */
#ifndef LIB_PKI_KEY_H
#define LIB_PKI_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

struct pki_key; /* immutable after load; may be shared between threads for signing */

enum key_kind {
	KEY_NONE,
	KEY_P256,
	KEY_P384,
	KEY_RSA2048,
	KEY_RSA3072,
	KEY_RSA4096,
	KEY_ED25519,
};
/* "p256", "p384", "rsa2048", "rsa3072", "rsa4096", "ed25519"; KEY_NONE for anything else. */
enum key_kind key_kind_find(const char *name);
const char *key_kind_name(enum key_kind kind);

struct pki_key *pki_key_generate(enum key_kind kind, struct fail *f);
/* passphrase may be NULL. Checks that a key file is private (file_is_private). ENR_KEY_FILE. */
struct pki_key *pki_key_load(const char *uri, const char *passphrase, struct fail *f);
/* PKCS#8 PEM; encrypted (AES-256-CBC, PBKDF2) if passphrase is not NULL. Wipe it. */
int pki_key_pem(const struct pki_key *k, const char *passphrase, struct str *out, struct fail *f);
struct pki_key *pki_key_parse_pem(const uint8_t *pem, size_t len, struct fail *f);
/* SubjectPublicKeyInfo in DER. */
int pki_key_spki(const struct pki_key *k, struct bytes *der, struct fail *f);
enum key_kind pki_key_kind(const struct pki_key *k); /* never KEY_NONE */
void pki_key_free(struct pki_key **k);

#endif
