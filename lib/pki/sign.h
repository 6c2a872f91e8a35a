/* Signatures of devices, over octets that say what they are for (lib/wire). One scheme a kind of
 * key, so there is nothing to agree on: ECDSA with SHA-256 (DER, RFC 3279 section 2.2.3) on P-256
 * and P-384; RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 octets (RFC 8017
 * section 8.1); Ed25519 (RFC 8032). Pure, thread-safe. */
#ifndef LIB_PKI_SIGN_H
#define LIB_PKI_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/pki/key.h"

/* ENR_KEY_FILE. out is replaced. */
int pki_sign(const struct pki_key *key, const struct str *data, struct bytes *out, struct fail *f);
/* Under the key of that certificate. ENR_SIGNATURE_WRONG. */
int pki_verify(const struct bytes *cert, const struct str *data, const struct bytes *signature,
	struct fail *f);

#endif
