/* The primitives of the protocol: SHA-2, HMAC (RFC 2104), HKDF (RFC 5869), AES-256-GCM (NIST SP
 * 800-38D). They end the process if OpenSSL itself fails (no memory, no provider); nothing a peer
 * sends does that. Thread-safe. */
#ifndef LIB_PKI_HASH_H
#define LIB_PKI_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"

#define SHA1_LEN 20
#define SHA256_LEN 32
#define AEAD_KEY_LEN 32
#define AEAD_OVERHEAD 28 /* nonce 12 in front, tag 16 behind */

void pki_sha1(const uint8_t *data, size_t len, uint8_t out[SHA1_LEN]);
void pki_sha256(const uint8_t *data, size_t len, uint8_t out[SHA256_LEN]);
void pki_hmac_sha256(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
		     uint8_t out[SHA256_LEN]);
void pki_hkdf_extract(const uint8_t *salt, size_t salt_len, const uint8_t *ikm, size_t ikm_len,
		      uint8_t prk[SHA256_LEN]);
void pki_hkdf_expand(const uint8_t prk[SHA256_LEN], const char *info, uint8_t *out, size_t len);

/* out becomes nonce(12, random) || ciphertext || tag(16). */
void pki_seal(const uint8_t key[AEAD_KEY_LEN], const struct bytes *aad, const uint8_t *plain,
	size_t len, struct bytes *out);
/* The same with a nonce given: test vectors only. */
void pki_seal_with_nonce(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[12],
	const struct bytes *aad, const struct bytes *plain, struct bytes *out);
/* 0, or -1 if it does not open under this key and aad (nothing is said why). */
int pki_open(const uint8_t key[AEAD_KEY_LEN], const struct bytes *aad, const uint8_t *sealed,
	size_t len, struct bytes *plain);

#endif
