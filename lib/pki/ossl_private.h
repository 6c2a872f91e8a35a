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

/* fail() with the reason of the oldest queued error behind the text; empties the queue. -1. */
int ossl_fail(struct fail *f, enum code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends the process if ok is not positive: for primitives that only fail without memory or
 * provider. */
void ossl_must(int ok, const char *what);

/* Exactly one certificate in DER, nothing behind it, at most CERT_MAX octets; else NULL. */
X509 *ossl_cert(const uint8_t *der, size_t len);
/* The DER of an object, i2d being its function. The old content of out is replaced. */
int ossl_cert_der(const X509 *cert, struct bytes *out);

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
OSSL_CLEAN(ossl_bio_clean, BIO, BIO_free_all)

#endif
