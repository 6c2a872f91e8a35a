/* What a key signs is verified with its certificate alone, and nothing else is. */
#include "lib/pki/sign.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/pki/cert.h"
#include "tests/unit/cunit.h"

static const enum key_kind kinds[] = { KEY_P256, KEY_P384, KEY_RSA2048, KEY_ED25519 };

static void certify(const struct pki_key *key, struct bytes *out)
{
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	const char *const names[] = { "wm-1.contoso.test" };
	struct cert_spec spec = { .role = CERT_ROOT,
		.cn = "WM-1",
		.names = names,
		.n_names = 1,
		.not_before = clock_now() - 60,
		.not_after = clock_now() + 3600,
		.issuer_key = key };
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL_FATAL(pki_key_spki(key, &spki, &f), 0);
	spec.spki = spki.data;
	spec.spki_len = spki.len;
	CU_ASSERT_EQUAL_FATAL(cert_build(&spec, out, &f), 0);
}

static void check_kind(enum key_kind kind)
{
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(kind, NULL);
	autoclean(pki_key_free) struct pki_key *other = pki_key_generate(kind, NULL);
	autoclean(bytes_free) struct bytes cert = BYTES_INIT, not_mine = BYTES_INIT;
	autoclean(bytes_free) struct bytes signature = BYTES_INIT;
	autoclean(str_free) struct str data = STR_INIT(64);
	struct fail f = FAIL_INIT;

	certify(key, &cert);
	certify(other, &not_mine);
	str_text_add(&data, "what is signed");
	CU_ASSERT_EQUAL_FATAL(pki_sign(key, &data, &signature, &f), 0);
	CU_ASSERT_EQUAL(pki_verify(&cert, &data, &signature, &f), 0);
	CU_ASSERT_EQUAL(pki_verify(&not_mine, &data, &signature, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_SIGNATURE_WRONG);
	data.data[0] ^= 1;
	CU_ASSERT_EQUAL(pki_verify(&cert, &data, &signature, &f), -1);
	data.data[0] ^= 1;
	signature.data[signature.len - 1] ^= 1;
	CU_ASSERT_EQUAL(pki_verify(&cert, &data, &signature, &f), -1);
	signature.data[signature.len - 1] ^= 1;
	signature.len--;
	CU_ASSERT_EQUAL(pki_verify(&cert, &data, &signature, &f), -1);
	signature.len = 0;
	CU_ASSERT_EQUAL(pki_verify(&cert, &data, &signature, &f), -1);
}

static void test_kinds(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		check_kind(kinds[i]);
}

static void test_garbage(void)
{
	autoclean(str_free) struct str data = STR_INIT(64);
	const struct bytes none = BYTES_INIT, junk = { (uint8_t *)(uintptr_t) "junk", 4 };
	struct fail f = FAIL_INIT;

	str_text_add(&data, "x");
	CU_ASSERT_EQUAL(pki_verify(&none, &data, &junk, &f), -1);
	CU_ASSERT_EQUAL(pki_verify(&junk, &data, &none, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_SIGNATURE_WRONG);
}

static CU_TestInfo tests[] = {
	{ "each kind of key", test_kinds },
	{ "no certificate, no signature", test_garbage },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_lib_pki_sign = { "lib/pki/sign", NULL, NULL, NULL, NULL, tests };
