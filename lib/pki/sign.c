#include "lib/pki/sign.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "lib/pki/ossl_private.h"

#define SALT_LEN 32

OSSL_CLEAN(md_ctx_clean, EVP_MD_CTX, EVP_MD_CTX_free)

/* What a key signs with; NULL: of its own (Ed25519). */
static const EVP_MD *digest_of(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
}

static int set_padding(EVP_PKEY_CTX *ctx, const EVP_PKEY *key)
{
	if (!EVP_PKEY_is_a(key, "RSA"))
		return 1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, SALT_LEN) == 1;
}

int pki_sign(const struct pki_key *key, const struct str *data, struct bytes *out, struct fail *f)
{
	autoclean(md_ctx_clean) EVP_MD_CTX *md = EVP_MD_CTX_new();
	const uint8_t *octets = (const uint8_t *)data->data;
	EVP_PKEY_CTX *ctx = NULL; /* md's */
	autoclean(bytes_free) struct bytes made = BYTES_INIT;
	size_t len = 0;

	if (md == NULL ||
		EVP_DigestSignInit(md, &ctx, digest_of(key->pkey), NULL, key->pkey) != 1 ||
		!set_padding(ctx, key->pkey) ||
		EVP_DigestSign(md, NULL, &len, octets, data->len) != 1)
		return ossl_fail(f, ENR_KEY_FILE, "signing");
	made = (struct bytes){ mem_new(len), len };
	if (EVP_DigestSign(md, made.data, &len, octets, data->len) != 1)
		return ossl_fail(f, ENR_KEY_FILE, "signing");
	bytes_set(out, made.data, len);
	return 0;
}

int pki_verify(const struct bytes *cert, const struct str *data, const struct bytes *signature,
	struct fail *f)
{
	autoclean(md_ctx_clean) EVP_MD_CTX *md = EVP_MD_CTX_new();
	autoclean(ossl_x509_clean) X509 *x = ossl_cert(cert->data, cert->len);
	EVP_PKEY *key = x ? X509_get0_pubkey(x) : NULL;
	EVP_PKEY_CTX *ctx = NULL; /* md's */

	if (md == NULL || key == NULL || ossl_key_kind(key) == KEY_NONE ||
		EVP_DigestVerifyInit(md, &ctx, digest_of(key), NULL, key) != 1 ||
		!set_padding(ctx, key) ||
		EVP_DigestVerify(md, signature->data, signature->len,
			(const uint8_t *)data->data, data->len) != 1)
		return ossl_fail(f, ENR_SIGNATURE_WRONG, "the signature is not by the key of the "
							 "certificate");
	ERR_clear_error();
	return 0;
}
