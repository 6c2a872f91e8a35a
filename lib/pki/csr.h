/* PKCS#10 (RFC 2986) with the challengePassword attribute (RFC 2985 section 5.4.1). */
#ifndef LIB_PKI_CSR_H
#define LIB_PKI_CSR_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/pki/key.h"

#define CSR_MAX 8192

/* What is taken from a request: the key and the proof. Nothing else in it is believed. */
struct pki_csr {
	struct bytes spki;         /* SubjectPublicKeyInfo, DER */
	uint8_t spki_sha256[32];
	enum key_kind kind; /* KEY_NONE: not a kind we know; then key_words says what it is */
	int rsa_bits;       /* RSA only; rsa exponent was checked to be odd, 2^16 < e < 2^64 */
	char key_words[64];        /* "EC secp521r1", "RSA 1024 bits", "DSA" */
	char *challenge;           /* challengePassword, or NULL; any string type, as UTF-8 */
	struct X509_req_st *request; /* OpenSSL's form of it, for pki_csr_verify alone */
};

/* Build and sign. challenge may be NULL. subject CN is "enroll". */
int pki_csr_build(
	const struct pki_key *key, const char *challenge, struct bytes *der, struct fail *f);
/* Strict DER of at most CSR_MAX, no trailing octets. Parses only: no signature is checked.
 * ENR_CSR_MALFORMED. */
int pki_csr_parse(const uint8_t *der, size_t len, struct pki_csr *out, struct fail *f);
/* The signature over a request that was parsed, under its own key. Call after the MAC and the key
 * policy. ENR_PROOF_WRONG. */
int pki_csr_verify(const struct pki_csr *csr, struct fail *f);
void pki_csr_clear(struct pki_csr *csr);

#endif
