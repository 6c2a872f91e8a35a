/* What the files of lib/pki share about OpenSSL: failures, cleanups, whole DER and PEM. Never
 * included outside this folder. The error queue of the thread is empty before and after every call
 * of lib/pki: whoever meets an error takes it into a struct fail here. Thread-safe. */
#ifndef LIB_PKI_OSSL_PRIVATE_H
#define LIB_PKI_OSSL_PRIVATE_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "lib/base/clean.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/pki/key.h"

/* fail() with the reason of the oldest queued error behind the text; empties the queue. -1. */
int ossl_fail(struct fail *f, enum code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends the process if ok is not positive: for primitives that only fail without memory or
 * provider. */
void ossl_must(int ok, const char *what);

/* DER and nothing but DER (ITU-T X.690 chapter 10), over the whole of data: definite and shortest
 * lengths, no constructed strings, whole numbers and booleans in their one form. 1 or 0. What lies
 * inside octet and bit strings is not looked at. */
int der_is_strict(const uint8_t *data, size_t len);

/* Exactly one certificate in strict DER of at most CERT_MAX octets; else NULL, and the queue stays
 * as it is. */
X509 *ossl_cert(const uint8_t *der, size_t len);
/* Moves what i2d gave (OPENSSL memory) into out; its old content is freed. -1 if there is none. */
int ossl_der_take(unsigned char **der, int len, struct bytes *out);
/* What was written into a memory BIO, appended. */
void ossl_bio_add(BIO *bio, struct str *out);
/* Seconds since the epoch; 0 or -1. */
int ossl_time(const ASN1_TIME *t, int64_t *out);

/* cert_domain.c: a principal name (UPN) as an alternative name, or NULL; the SID extension into
 * cert. 1 or 0. */
GENERAL_NAME *ossl_principal_name(const char *upn);
int ossl_add_sid(X509 *cert, const char *sid);

struct pki_key {
	EVP_PKEY *pkey;
	enum key_kind kind;
};
struct cert_issuer {
	X509 *cert;
};
/* The digest signatures of this key are made over: SHA-256, or NULL for Ed25519. */
const EVP_MD *ossl_digest(const struct pki_key *k);
/* KEY_NONE for what we do not know. RSA: the largest size of ours the key reaches, up to 4096. */
enum key_kind ossl_key_kind(const EVP_PKEY *pkey);

#define OSSL_CLEAN(name, type, fn)                                                                 \
	static inline void name(type **p)                                                          \
	{                                                                                          \
		fn(*p);                                                                            \
		*p = NULL;                                                                         \
	}

OSSL_CLEAN(ossl_x509_clean, X509, X509_free)
OSSL_CLEAN(ossl_req_clean, X509_REQ, X509_REQ_free)
OSSL_CLEAN(ossl_crl_clean, X509_CRL, X509_CRL_free)
OSSL_CLEAN(ossl_pkey_clean, EVP_PKEY, EVP_PKEY_free)
OSSL_CLEAN(ossl_pkey_ctx_clean, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
OSSL_CLEAN(ossl_cipher_ctx_clean, EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
OSSL_CLEAN(ossl_kdf_clean, EVP_KDF, EVP_KDF_free)
OSSL_CLEAN(ossl_kdf_ctx_clean, EVP_KDF_CTX, EVP_KDF_CTX_free)
OSSL_CLEAN(ossl_pubkey_clean, X509_PUBKEY, X509_PUBKEY_free)
OSSL_CLEAN(ossl_p8_clean, PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
OSSL_CLEAN(ossl_sig_clean, X509_SIG, X509_SIG_free)
OSSL_CLEAN(ossl_general_names_clean, GENERAL_NAMES, GENERAL_NAMES_free)
OSSL_CLEAN(ossl_bio_clean, BIO, BIO_free_all)

#endif
