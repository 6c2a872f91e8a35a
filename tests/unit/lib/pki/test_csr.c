#include "lib/pki/csr.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/pki/hash.h"
#include "tests/unit/cunit.h"

#define SEEDS "tests/fuzz/seeds/csr"
#define CHALLENGE "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

/* Requests that other people's programs made, and broken ones. words NULL: malformed. */
static const struct {
	const char *file, *words;
	enum key_kind kind;
	const char *challenge;
	int proves;
} rows[] = {
	{ "p256.der", "EC prime256v1", KEY_P256, CHALLENGE, 1 },
	{ "p384.der", "EC secp384r1", KEY_P384, CHALLENGE, 1 },
	{ "p521.der", "EC secp521r1", KEY_NONE, CHALLENGE, 0 },
	{ "rsa2048.der", "RSA 2048 bits", KEY_RSA2048, CHALLENGE, 1 },
	{ "rsa2560.der", "RSA 2560 bits", KEY_RSA2048, NULL, 1 },
	{ "rsa3072.der", "RSA 3072 bits", KEY_RSA3072, CHALLENGE, 1 },
	{ "rsa4096.der", "RSA 4096 bits", KEY_RSA4096, CHALLENGE, 1 },
	{ "rsa1024.der", "RSA 1024 bits", KEY_NONE, NULL, 0 },
	{ "rsa1023.der", "RSA 1023 bits", KEY_NONE, CHALLENGE, 0 },
	{ "rsa2047.der", "RSA 2047 bits", KEY_NONE, CHALLENGE, 0 },
	{ "rsa4104.der", "RSA 4104 bits", KEY_NONE, CHALLENGE, 0 },
	{ "rsa8192.der", "RSA 8192 bits", KEY_NONE, CHALLENGE, 0 },
	{ "rsa-even-modulus.der", "RSA 2048 bits", KEY_RSA2048, CHALLENGE, 0 },
	{ "rsa-md5.der", "RSA 2048 bits", KEY_RSA2048, CHALLENGE, 0 },
	{ "secp256k1.der", "EC secp256k1", KEY_NONE, CHALLENGE, 0 },
	{ "brainpool.der", "EC brainpoolP256r1", KEY_NONE, CHALLENGE, 0 },
	{ "ed448.der", "ED448", KEY_NONE, CHALLENGE, 0 },
	{ "x25519.der", "X25519", KEY_NONE, CHALLENGE, 0 },
	{ "asks-for-more.der", "EC prime256v1", KEY_P256, CHALLENGE, 1 },
	{ "ed25519.der", "Ed25519", KEY_ED25519, CHALLENGE, 1 },
	{ "no-challenge.der", "EC prime256v1", KEY_P256, NULL, 1 },
	{ "p256-sha1.der", "EC prime256v1", KEY_P256, NULL, 0 },
	{ "rsa-pss.der", "RSASSA-PSS", KEY_NONE, NULL, 0 },
	{ "dsa.der", "DSA", KEY_NONE, NULL, 0 },
	{ "unknown-algorithm.der", "unknown", KEY_NONE, NULL, 0 },
	{ "challenge-bmp.der", "EC prime256v1", KEY_P256, "Zürich", 1 },
	{ "challenge-t61.der", "EC prime256v1", KEY_P256, "Zürich", 1 },
	{ "wrong-signature.der", "EC prime256v1", KEY_P256, "one", 0 },
	{ "challenge-twice.der", NULL, KEY_NONE, NULL, 0 },
	{ "challenge-two-values.der", NULL, KEY_NONE, NULL, 0 },
	{ "challenge-no-value.der", NULL, KEY_NONE, NULL, 0 },
	{ "challenge-empty.der", NULL, KEY_NONE, NULL, 0 },
	{ "challenge-octets.der", NULL, KEY_NONE, NULL, 0 },
	{ "challenge-nul.der", NULL, KEY_NONE, NULL, 0 },
	{ "challenge-bad-utf8.der", NULL, KEY_NONE, NULL, 0 },
	{ "challenge-long.der", NULL, KEY_NONE, NULL, 0 },
	{ "rsa-inner-length.der", NULL, KEY_NONE, NULL, 0 },
	{ "rsa-e1.der", NULL, KEY_NONE, NULL, 0 },
	{ "rsa-e3.der", NULL, KEY_NONE, NULL, 0 },
	{ "rsa-e-even.der", NULL, KEY_NONE, NULL, 0 },
	{ "rsa-e-huge.der", NULL, KEY_NONE, NULL, 0 },
	{ "rsa-20000.der", NULL, KEY_NONE, NULL, 0 },
	{ "ec-explicit.der", NULL, KEY_NONE, NULL, 0 },
	{ "ec-compressed.der", NULL, KEY_NONE, NULL, 0 },
	{ "ec-not-on-curve.der", NULL, KEY_NONE, NULL, 0 },
	{ "version-1.der", NULL, KEY_NONE, NULL, 0 },
	{ "trailing-octet.der", NULL, KEY_NONE, NULL, 0 },
	{ "truncated.der", NULL, KEY_NONE, NULL, 0 },
	{ "indefinite.der", NULL, KEY_NONE, NULL, 0 },
	{ "long-length.der", NULL, KEY_NONE, NULL, 0 },
	{ "large.der", NULL, KEY_NONE, NULL, 0 },
	{ "empty-sequence.der", NULL, KEY_NONE, NULL, 0 },
};

static void check_row(size_t i, const struct bytes *der)
{
	autoclean(pki_csr_clear) struct pki_csr csr = { 0 };
	struct fail f = FAIL_INIT;
	int parsed = pki_csr_parse(der->data, der->len, &csr, &f);

	if (parsed != (rows[i].words ? 0 : -1))
		printf("%s: %s\n", rows[i].file, f.evidence);
	CU_ASSERT_EQUAL_FATAL(parsed, rows[i].words ? 0 : -1);
	CU_ASSERT_EQUAL(pki_csr_verify(&csr, &f), rows[i].proves ? 0 : -1);
	if (!rows[i].proves)
		CU_ASSERT_EQUAL(f.code, ENR_PROOF_WRONG);
	if (parsed < 0) {
		CU_ASSERT_EQUAL(pki_csr_parse(der->data, der->len, &csr, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_CSR_MALFORMED);
		CU_ASSERT_PTR_NULL(csr.spki.data);
		return;
	}
	CU_ASSERT_STRING_EQUAL(csr.key_words, rows[i].words);
	CU_ASSERT_EQUAL(csr.kind, rows[i].kind);
	CU_ASSERT_EQUAL(csr.challenge != NULL, rows[i].challenge != NULL);
	if (csr.challenge != NULL && rows[i].challenge != NULL)
		CU_ASSERT_STRING_EQUAL(csr.challenge, rows[i].challenge);
}

static void requests_of_others_are_read_as_they_are(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(text_free) char *path = file_join(SEEDS, rows[i].file);
		autoclean(bytes_free) struct bytes der = BYTES_INIT;

		CU_ASSERT_EQUAL_FATAL(file_read(path, 65536, &der, NULL), 0);
		check_row(i, &der);
	}
}

static void what_we_build_we_read(void)
{
	static const enum key_kind kinds[] = { KEY_P256, KEY_P384, KEY_RSA2048, KEY_ED25519 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		autoclean(pki_key_free) struct pki_key *key = pki_key_generate(kinds[i], NULL);
		autoclean(bytes_free) struct bytes der = BYTES_INIT, spki = BYTES_INIT;
		autoclean(pki_csr_clear) struct pki_csr csr = { 0 };
		uint8_t hash[SHA256_LEN];

		CU_ASSERT_EQUAL_FATAL(pki_csr_build(key, CHALLENGE, &der, NULL), 0);
		CU_ASSERT_EQUAL_FATAL(pki_csr_parse(der.data, der.len, &csr, NULL), 0);
		CU_ASSERT_EQUAL(pki_csr_verify(&csr, NULL), 0);
		CU_ASSERT_EQUAL(csr.kind, kinds[i]);
		CU_ASSERT_STRING_EQUAL(csr.challenge, CHALLENGE);
		CU_ASSERT_EQUAL(pki_key_spki(key, &spki, NULL), 0);
		CU_ASSERT(spki.len == csr.spki.len &&
			memcmp(spki.data, csr.spki.data, spki.len) == 0);
		pki_sha256(spki.data, spki.len, hash);
		CU_ASSERT(memcmp(hash, csr.spki_sha256, sizeof(hash)) == 0);
	}
}

/* Parses, and is signed by its own key. */
static int proves(const uint8_t *der, size_t len)
{
	autoclean(pki_csr_clear) struct pki_csr csr = { 0 };

	return pki_csr_parse(der, len, &csr, NULL) == 0 && pki_csr_verify(&csr, NULL) == 0;
}

static void no_octet_can_change_and_still_prove(void)
{
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(KEY_P256, NULL);
	autoclean(bytes_free) struct bytes der = BYTES_INIT;

	CU_ASSERT_EQUAL_FATAL(pki_csr_build(key, CHALLENGE, &der, NULL), 0);
	CU_ASSERT(proves(der.data, der.len));
	for (size_t i = 0; i < der.len; i++) {
		der.data[i] ^= 0x01;
		CU_ASSERT(!proves(der.data, der.len));
		der.data[i] ^= 0x01;
	}
	for (size_t len = 0; len < der.len; len++)
		CU_ASSERT(!proves(der.data, len));
}

static CU_TestInfo tests[] = {
	{ "requests of others are read as they are", requests_of_others_are_read_as_they_are },
	{ "what we build we read", what_we_build_we_read },
	{ "no octet can change and still prove", no_octet_can_change_and_still_prove },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_lib_pki_csr = { .pName = "lib/pki/csr", .pTests = tests };
