#include "lib/pki/hash.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "tests/unit/cunit.h"

static struct bytes unhex(const char *text)
{
	struct bytes b = BYTES_INIT;

	if (hex_decode(text, strlen(text), 4096, &b) < 0)
		abort();
	return b;
}

static void check_hex(const uint8_t *got, size_t len, const char *want)
{
	autoclean(str_free) struct str s = STR_INIT(8192);

	hex_add(&s, got, len);
	CU_ASSERT_STRING_EQUAL(str_text(&s), want);
}

static void digests_are_those_of_fips_180(void)
{
	uint8_t out[32];

	pki_sha256((const uint8_t *)"abc", 3, out);
	check_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	pki_sha256(NULL, 0, out);
	check_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	pki_sha1((const uint8_t *)"abc", 3, out);
	check_hex(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

/* RFC 4231 sections 4.2 and 4.3; the last row, of the empty key and text, is from openssl mac. */
static void hmac_is_that_of_rfc_4231(void)
{
	static const struct {
		const char *key, *data, *want;
	} rows[] = {
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
		  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(bytes_free) struct bytes key = unhex(rows[i].key);
		autoclean(bytes_free) struct bytes data = unhex(rows[i].data);
		uint8_t out[32];

		pki_hmac_sha256(key.data, key.len, data.data, data.len, out);
		check_hex(out, 32, rows[i].want);
	}
}

/* RFC 5869 appendix A.1 and A.3 (no salt, no info). */
static void hkdf_is_that_of_rfc_5869(void)
{
	autoclean(bytes_free) struct bytes ikm =
		unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	autoclean(bytes_free) struct bytes salt = unhex("000102030405060708090a0b0c");
	uint8_t prk[32], okm[42];

	pki_hkdf_extract(salt.data, salt.len, ikm.data, ikm.len, prk);
	check_hex(prk, 32, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
	pki_hkdf_expand(prk, "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9", okm, 42);
	check_hex(okm, 42, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
			   "34007208d5b887185865");
	pki_hkdf_extract(NULL, 0, ikm.data, ikm.len, prk);
	check_hex(prk, 32, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
	pki_hkdf_expand(prk, "", okm, 42);
	check_hex(okm, 42, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
			   "9d201395faa4b61a96c8");
}

/* The GCM specification (McGrew, Viega), test case 16. */
static void sealing_is_that_of_the_gcm_specification(void)
{
	autoclean(bytes_free) struct bytes key = unhex(
		"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
	autoclean(bytes_free) struct bytes nonce = unhex("cafebabefacedbaddecaf888");
	autoclean(bytes_free) struct bytes aad = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
	autoclean(bytes_free) struct bytes plain = unhex(
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT, back = BYTES_INIT;

	pki_seal_with_nonce(key.data, nonce.data, &aad, &plain, &sealed);
	check_hex(sealed.data, sealed.len, "cafebabefacedbaddecaf888"
		"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
		"76fc6ece0f4e1768cddf8853bb2d551b");
	CU_ASSERT_EQUAL(pki_open(key.data, &aad, sealed.data, sealed.len, &back), 0);
	CU_ASSERT_EQUAL(back.len, plain.len);
	CU_ASSERT(memcmp(back.data, plain.data, plain.len) == 0);
}

static void what_was_touched_does_not_open(void)
{
	uint8_t key[32] = { 7 }, aad_text[] = "row 1", other_text[] = "row 2";
	struct bytes aad = { aad_text, 5 }, other = { other_text, 5 };
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT, empty = BYTES_INIT;
	autoclean(bytes_free) struct bytes back = BYTES_INIT;

	pki_seal(key, &aad, (const uint8_t *)"hello", 5, &sealed);
	CU_ASSERT_EQUAL(sealed.len, 5 + AEAD_OVERHEAD);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1;
		CU_ASSERT_EQUAL(pki_open(key, &aad, sealed.data, sealed.len, &back), -1);
		sealed.data[i] ^= 1;
	}
	CU_ASSERT_EQUAL(pki_open(key, &other, sealed.data, sealed.len, &back), -1);
	CU_ASSERT_EQUAL(pki_open(key, NULL, sealed.data, sealed.len, &back), -1);
	CU_ASSERT_EQUAL(pki_open(key, &aad, sealed.data, sealed.len - 1, &back), -1);
	CU_ASSERT_EQUAL(pki_open(key, &aad, sealed.data, AEAD_OVERHEAD - 1, &back), -1);
	CU_ASSERT_PTR_NULL(back.data);
	CU_ASSERT_EQUAL(pki_open(key, &aad, sealed.data, sealed.len, &back), 0);
	CU_ASSERT_EQUAL(back.len, 5);

	pki_seal(key, NULL, NULL, 0, &empty);
	CU_ASSERT_EQUAL(pki_open(key, NULL, empty.data, empty.len, &back), 0);
	CU_ASSERT_EQUAL(back.len, 0);
}

static CU_TestInfo tests[] = {
	{ "digests are those of FIPS 180", digests_are_those_of_fips_180 },
	{ "HMAC is that of RFC 4231", hmac_is_that_of_rfc_4231 },
	{ "HKDF is that of RFC 5869", hkdf_is_that_of_rfc_5869 },
	{ "sealing is that of the GCM specification", sealing_is_that_of_the_gcm_specification },
	{ "what was touched does not open", what_was_touched_does_not_open },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_lib_pki_hash = { .pName = "lib/pki/hash", .pTests = tests };
