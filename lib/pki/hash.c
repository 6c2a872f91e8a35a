#include "lib/pki/hash.h"

#include <limits.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "lib/base/clean.h"
#include "lib/pki/ossl_private.h"

#define NONCE_LEN 12
#define TAG_LEN 16

/* OpenSSL takes some null pointers for "not given", even with length 0. */
static void *octets(const uint8_t *data)
{
	static uint8_t nothing[1];

	return data == NULL ? nothing : (void *)(uintptr_t)data;
}

void pki_sha1(const uint8_t *data, size_t len, uint8_t out[SHA1_LEN])
{
	ossl_must(EVP_Digest(octets(data), len, out, NULL, EVP_sha1(), NULL), "SHA-1");
}

void pki_sha256(const uint8_t *data, size_t len, uint8_t out[SHA256_LEN])
{
	ossl_must(EVP_Digest(octets(data), len, out, NULL, EVP_sha256(), NULL), "SHA-256");
}

void pki_hmac_sha256(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
	uint8_t out[SHA256_LEN])
{
	size_t got = 0;

	ossl_must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, octets(key), key_len, octets(data),
			  len, out, SHA256_LEN, &got) != NULL && got == SHA256_LEN,
		"HMAC-SHA-256");
}

static void hkdf(const OSSL_PARAM *params, uint8_t *out, size_t len)
{
	autoclean(ossl_kdf_clean) EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	autoclean(ossl_kdf_ctx_clean) EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;

	ossl_must(ctx != NULL && EVP_KDF_derive(ctx, out, len, params) > 0, "HKDF");
}

static char sha256_name[] = "SHA256";

void pki_hkdf_extract(const uint8_t *salt, size_t salt_len, const uint8_t *ikm, size_t ikm_len,
	uint8_t prk[SHA256_LEN])
{
	int mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, sha256_name, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, octets(ikm), ikm_len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, octets(salt), salt_len),
		OSSL_PARAM_construct_end(),
	};

	hkdf(params, prk, SHA256_LEN);
}

void pki_hkdf_expand(const uint8_t prk[SHA256_LEN], const char *info, uint8_t *out, size_t len)
{
	int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, sha256_name, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, octets(prk), SHA256_LEN),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_INFO, octets((const uint8_t *)info), strlen(info)),
		OSSL_PARAM_construct_end(),
	};

	hkdf(params, out, len);
}

void pki_seal_with_nonce(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[12],
	const struct bytes *aad, const struct bytes *plain, struct bytes *out)
{
	autoclean(ossl_cipher_ctx_clean) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t len = plain->len;
	uint8_t *sealed;
	int n = 0, ok;

	ossl_must(ctx != NULL && len < INT_MAX - AEAD_OVERHEAD &&
			(aad == NULL || aad->len < INT_MAX), "AES-256-GCM of that size");
	sealed = mem_new(len + AEAD_OVERHEAD);
	memcpy(sealed, nonce, NONCE_LEN);
	ok = EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce);
	if (ok > 0 && aad != NULL && aad->len > 0)
		ok = EVP_EncryptUpdate(ctx, NULL, &n, aad->data, (int)aad->len);
	if (ok > 0 && len > 0)
		ok = EVP_EncryptUpdate(ctx, sealed + NONCE_LEN, &n, plain->data, (int)len);
	if (ok > 0)
		ok = EVP_EncryptFinal_ex(ctx, sealed + NONCE_LEN + len, &n);
	if (ok > 0)
		ok = EVP_CIPHER_CTX_ctrl(
			ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, sealed + NONCE_LEN + len);
	ossl_must(ok, "AES-256-GCM");
	bytes_free(out);
	out->data = sealed;
	out->len = len + AEAD_OVERHEAD;
}

void pki_seal(const uint8_t key[AEAD_KEY_LEN], const struct bytes *aad, const uint8_t *plain,
	size_t len, struct bytes *out)
{
	struct bytes text = { (uint8_t *)(uintptr_t)plain, len };
	uint8_t nonce[NONCE_LEN];

	ossl_must(RAND_bytes(nonce, sizeof(nonce)), "random numbers");
	pki_seal_with_nonce(key, nonce, aad, &text, out);
}

int pki_open(const uint8_t key[AEAD_KEY_LEN], const struct bytes *aad, const uint8_t *sealed,
	size_t len, struct bytes *plain)
{
	autoclean(ossl_cipher_ctx_clean) EVP_CIPHER_CTX *ctx = NULL;
	autoclean(bytes_wipe) struct bytes text = BYTES_INIT;
	uint8_t tag[TAG_LEN];
	int n = 0, ok;

	if (len < AEAD_OVERHEAD || len >= INT_MAX || (aad != NULL && aad->len >= INT_MAX))
		return -1;
	ctx = EVP_CIPHER_CTX_new();
	text.len = len - AEAD_OVERHEAD;
	text.data = mem_new(text.len + 1); /* a NUL behind it, like every owned run of octets */
	memcpy(tag, sealed + len - TAG_LEN, TAG_LEN);
	ossl_must(ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed) > 0,
		"AES-256-GCM");
	ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag);
	if (ok > 0 && aad != NULL && aad->len > 0)
		ok = EVP_DecryptUpdate(ctx, NULL, &n, aad->data, (int)aad->len);
	if (ok > 0 && text.len > 0)
		ok = EVP_DecryptUpdate(
			ctx, text.data, &n, sealed + NONCE_LEN, (int)text.len);
	if (ok > 0)
		ok = EVP_DecryptFinal_ex(ctx, text.data + text.len, &n);
	ERR_clear_error();
	if (ok <= 0)
		return -1;
	bytes_wipe(plain);
	*plain = text;
	text = BYTES_INIT;
	return 0;
}
