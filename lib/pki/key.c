#include "lib/pki/key.h"

#include <limits.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/pki/ossl_private.h"

#define KEY_FILE_MAX 65536
#define PBKDF2_ROUNDS 600000 /* OWASP's floor for PBKDF2-HMAC-SHA-256 */
#define SALT_LEN 16

static const struct kind_row {
	enum key_kind kind;
	const char *name;
	const char *algorithm;
	const char *group; /* EC */
	int bits;          /* RSA */
} kinds[] = {
	{ KEY_P256, "p256", "EC", "P-256", 0 },
	{ KEY_P384, "p384", "EC", "P-384", 0 },
	{ KEY_RSA2048, "rsa2048", "RSA", NULL, 2048 },
	{ KEY_RSA3072, "rsa3072", "RSA", NULL, 3072 },
	{ KEY_RSA4096, "rsa4096", "RSA", NULL, 4096 },
	{ KEY_ED25519, "ed25519", "ED25519", NULL, 0 },
};

static const struct kind_row *kind_row(enum key_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].kind == kind)
			return &kinds[i];
	}
	return NULL;
}

enum key_kind key_kind_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (text_equal(kinds[i].name, name))
			return kinds[i].kind;
	}
	return KEY_NONE;
}

const char *key_kind_name(enum key_kind kind)
{
	const struct kind_row *row = kind_row(kind);

	return row ? row->name : "none";
}

static enum key_kind curve_kind(const EVP_PKEY *pkey)
{
	char group[64];
	size_t len;

	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) <= 0)
		return KEY_NONE;
	switch (OBJ_txt2nid(group)) {
	case NID_X9_62_prime256v1:
		return KEY_P256;
	case NID_secp384r1:
		return KEY_P384;
	default:
		return KEY_NONE;
	}
}

enum key_kind ossl_key_kind(const EVP_PKEY *pkey)
{
	int bits = EVP_PKEY_get_bits(pkey);

	if (EVP_PKEY_is_a(pkey, "EC"))
		return curve_kind(pkey);
	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return KEY_ED25519;
	if (!EVP_PKEY_is_a(pkey, "RSA") || bits < 2048 || bits > 4096)
		return KEY_NONE;
	return bits < 3072 ? KEY_RSA2048 : bits < 4096 ? KEY_RSA3072 : KEY_RSA4096;
}

const EVP_MD *ossl_digest(const struct pki_key *k)
{
	return k->kind == KEY_ED25519 ? NULL : EVP_sha256();
}

static struct pki_key *key_new(EVP_PKEY *pkey, enum key_kind kind)
{
	struct pki_key *k = mem_new(sizeof(*k));

	k->pkey = pkey;
	k->kind = kind;
	return k;
}

struct pki_key *pki_key_generate(enum key_kind kind, struct fail *f)
{
	const struct kind_row *row = kind_row(kind);
	EVP_PKEY *pkey;

	if (row == NULL) {
		fail(f, ENR_KEY_REFUSED, "no such kind of key");
		return NULL;
	}
	if (row->group != NULL)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, row->algorithm, row->group);
	else if (row->bits > 0)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, row->algorithm, (size_t)row->bits);
	else
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, row->algorithm);
	if (pkey == NULL) {
		ossl_fail(f, ENR_KEY_NOT_MADE, "make a key of kind %s", row->name);
		return NULL;
	}
	return key_new(pkey, kind);
}

/* Never asks at a terminal: without a passphrase an encrypted key fails. */
static int passphrase_given(char *buf, int size, int writing, void *arg)
{
	const char *passphrase = arg;
	int len = 0;

	(void)writing;
	for (; passphrase != NULL && passphrase[len] != '\0'; len++) {
		if (len == size)
			return -1;
		buf[len] = passphrase[len];
	}
	return len > 0 ? len : -1;
}

static struct pki_key *key_parse(
	const uint8_t *pem, size_t len, const char *passphrase, struct fail *f)
{
	autoclean(ossl_bio_clean) BIO *bio = len < INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	autoclean(ossl_pkey_clean) EVP_PKEY *pkey = NULL;
	enum key_kind kind;

	if (len == 0) {
		fail(f, ENR_KEY_FILE, "is empty");
		return NULL;
	}
	ERR_clear_error();
	if (bio != NULL)
		pkey = PEM_read_bio_PrivateKey(
			bio, NULL, passphrase_given, (void *)(uintptr_t)passphrase);
	if (pkey == NULL) {
		ossl_fail(f, ENR_KEY_FILE, "holds no private key in PEM that %s opens",
			passphrase ? "this passphrase" : "no passphrase");
		return NULL;
	}
	ERR_clear_error();
	kind = ossl_key_kind(pkey);
	if (kind == KEY_NONE) {
		fail(f, ENR_KEY_FILE, "holds a key of a kind that is not used here: %s, %d bits",
			EVP_PKEY_get0_type_name(pkey), EVP_PKEY_get_bits(pkey));
		return NULL;
	}
	return key_new(steal(pkey), kind);
}

struct pki_key *pki_key_parse_pem(const uint8_t *pem, size_t len, struct fail *f)
{
	return key_parse(pem, len, NULL, f);
}

/* The path of a URI, or NULL with f filled. */
static const char *uri_path(const char *uri, struct fail *f)
{
	if (strncmp(uri, "pkcs11:", 7) == 0) {
		fail(f, ENR_KEY_FILE, "%s: keys in PKCS#11 tokens are not supported", uri);
		return NULL;
	}
	if (strncmp(uri, "file:", 5) != 0)
		return uri;
	uri += 5;
	return strncmp(uri, "///", 3) == 0 ? uri + 2 : uri;
}

struct pki_key *pki_key_load(const char *uri, const char *passphrase, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes pem = BYTES_INIT;
	const char *path = uri_path(uri, f);
	struct fail why = FAIL_INIT;
	struct pki_key *k;

	if (path == NULL)
		return NULL;
	if (file_is_private(path, &why) < 0 || file_read(path, KEY_FILE_MAX, &pem, &why) < 0) {
		fail(f, ENR_KEY_FILE, "%s", why.evidence);
		return NULL;
	}
	k = key_parse(pem.data, pem.len, passphrase, f);
	if (k == NULL)
		fail_in(f, "%s", path);
	return k;
}

/* PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018). */
static int write_encrypted(BIO *bio, PKCS8_PRIV_KEY_INFO *p8, const char *passphrase)
{
	autoclean(ossl_sig_clean) X509_SIG *sealed = NULL;
	unsigned char salt[SALT_LEN];
	X509_ALGOR *scheme;

	if (RAND_bytes(salt, sizeof(salt)) <= 0)
		return 0;
	scheme = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), PBKDF2_ROUNDS, salt, sizeof(salt), NULL,
		NID_hmacWithSHA256);
	if (scheme == NULL)
		return 0;
	sealed = PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), p8, scheme);
	if (sealed == NULL) {
		X509_ALGOR_free(scheme);
		return 0;
	}
	return PEM_write_bio_PKCS8(bio, sealed);
}

int pki_key_pem(const struct pki_key *k, const char *passphrase, struct str *out, struct fail *f)
{
	autoclean(ossl_bio_clean) BIO *bio = BIO_new(BIO_s_mem()); /* wiped when freed */
	autoclean(ossl_p8_clean) PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(k->pkey);
	int ok = bio != NULL && p8 != NULL;

	if (passphrase != NULL && passphrase[0] == '\0')
		return fail(f, ENR_KEY_FILE, "the passphrase is empty");
	if (passphrase != NULL && strlen(passphrase) > PEM_BUFSIZE)
		return fail(f, ENR_KEY_FILE, "the passphrase is over %d octets", PEM_BUFSIZE);
	if (ok && passphrase != NULL)
		ok = write_encrypted(bio, p8, passphrase);
	else if (ok)
		ok = PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, p8);
	if (!ok)
		return ossl_fail(f, ENR_KEY_FILE, "write a key as PEM");
	ossl_bio_add(bio, out);
	return out->overflow ? fail(f, ENR_KEY_FILE, "the key does not fit its buffer") : 0;
}

int pki_key_spki(const struct pki_key *k, struct bytes *der, struct fail *f)
{
	unsigned char *raw = NULL;
	int len = i2d_PUBKEY(k->pkey, &raw);

	if (ossl_der_take(&raw, len, der) < 0)
		return ossl_fail(f, ENR_KEY_FILE, "encode a public key");
	return 0;
}

enum key_kind pki_key_kind(const struct pki_key *k)
{
	return k->kind;
}

void pki_key_free(struct pki_key **k)
{
	if (*k == NULL)
		return;
	EVP_PKEY_free((*k)->pkey);
	free(*k);
	*k = NULL;
}
