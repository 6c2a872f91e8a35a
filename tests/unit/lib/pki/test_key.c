#include "lib/pki/key.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "tests/unit/cunit.h"

static void kinds_have_names(void)
{
	static const char *const names[] = {
		"p256", "p384", "rsa2048", "rsa3072", "rsa4096", "ed25519"
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		enum key_kind kind = key_kind_find(names[i]);

		CU_ASSERT_EQUAL(kind, (enum key_kind)(KEY_P256 + i));
		CU_ASSERT_STRING_EQUAL(key_kind_name(kind), names[i]);
	}
	CU_ASSERT_EQUAL(key_kind_find("P256"), KEY_NONE);
	CU_ASSERT_EQUAL(key_kind_find(""), KEY_NONE);
	CU_ASSERT_EQUAL(key_kind_find(NULL), KEY_NONE);
	CU_ASSERT_STRING_EQUAL(key_kind_name(KEY_NONE), "none");
}

static void same_key(const struct pki_key *a, const struct pki_key *b)
{
	autoclean(bytes_free) struct bytes one = BYTES_INIT, two = BYTES_INIT;

	CU_ASSERT_FATAL(a != NULL && b != NULL);
	CU_ASSERT_EQUAL(pki_key_spki(a, &one, NULL), 0);
	CU_ASSERT_EQUAL(pki_key_spki(b, &two, NULL), 0);
	CU_ASSERT(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
	CU_ASSERT_EQUAL(pki_key_kind(a), pki_key_kind(b));
}

static void a_key_comes_back_from_its_file(void)
{
	char dir[] = "/tmp/e.XXXXXX";
	autoclean(text_free) char *path = NULL, *uri = NULL, *uri3 = NULL;
	static const enum key_kind kinds[] = { KEY_P256, KEY_P384, KEY_RSA2048, KEY_ED25519 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	path = file_join(dir, "key");
	uri = mem_printf("file:%s", path);
	uri3 = mem_printf("file://%s", path);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		autoclean(pki_key_free) struct pki_key *key = pki_key_generate(kinds[i], NULL);
		autoclean(pki_key_free) struct pki_key *parsed = NULL, *one = NULL, *two = NULL;
		autoclean(pki_key_free) struct pki_key *three = NULL;
		autoclean(str_wipe) struct str pem = STR_INIT(16384);

		CU_ASSERT_EQUAL(pki_key_kind(key), kinds[i]);
		CU_ASSERT_EQUAL(pki_key_pem(key, NULL, &pem, NULL), 0);
		CU_ASSERT_EQUAL(strncmp(str_text(&pem), "-----BEGIN PRIVATE KEY-----", 27), 0);
		CU_ASSERT_EQUAL(file_write(path, str_text(&pem), pem.len, 0600, NULL), 0);
		parsed = pki_key_parse_pem((const uint8_t *)str_text(&pem), pem.len, NULL);
		one = pki_key_load(path, NULL, NULL);
		two = pki_key_load(uri, NULL, NULL);
		three = pki_key_load(uri3, "not needed", NULL);
		same_key(key, parsed);
		same_key(key, one);
		same_key(key, two);
		same_key(key, three);
	}
	unlink(path);
	rmdir(dir);
}

static void files_that_are_no_key_say_why(void)
{
	static const char x25519[] =
		"-----BEGIN PRIVATE KEY-----\n"
		"MC4CAQAwBQYDK2VuBCIEIHBs0gyDu5p5DhQdmJy8hVd5RxOMIzYIMB3zcCxWnnNK\n"
		"-----END PRIVATE KEY-----\n"; /* it signs nothing */
	static const struct {
		const char *content;
		mode_t mode;
		const char *evidence;
	} rows[] = {
		{ "", 0600, "is empty" },
		{ "hello\n", 0600, "holds no private key" },
		{ "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0600,
		  "holds no private key" },
		{ x25519, 0600, "of a kind that is not used here" },
		{ "", 0640, "may be used by others" },
	};
	char dir[] = "/tmp/e.XXXXXX";
	autoclean(text_free) char *path = NULL;
	struct fail f = FAIL_INIT;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	path = file_join(dir, "key");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].content);

		CU_ASSERT_EQUAL(file_write(path, rows[i].content, len, rows[i].mode, NULL), 0);
		CU_ASSERT_PTR_NULL(pki_key_load(path, NULL, &f));
		CU_ASSERT_EQUAL(f.code, ENR_KEY_FILE);
		CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, rows[i].evidence));
		CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, path));
	}
	unlink(path);
	CU_ASSERT_PTR_NULL(pki_key_load(path, NULL, &f));
	CU_ASSERT_EQUAL(f.code, ENR_KEY_FILE);
	CU_ASSERT_PTR_NULL(pki_key_load("pkcs11:token=x", NULL, &f));
	CU_ASSERT_EQUAL(f.code, ENR_KEY_FILE);
	rmdir(dir);
}

static void a_passphrase_must_be_one(void)
{
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(KEY_P256, NULL);
	autoclean(str_wipe) struct str pem = STR_INIT(16384);
	char *phrase = mem_new(2000);
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(pki_key_pem(key, "", &pem, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_KEY_FILE);
	memset(phrase, 'x', 1999);
	CU_ASSERT_EQUAL(pki_key_pem(key, phrase, &pem, &f), -1);
	CU_ASSERT_EQUAL(pem.len, 0);
	CU_ASSERT_EQUAL(pki_key_pem(key, "open", &pem, &f), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&pem), "ENCRYPTED"));
	CU_ASSERT_PTR_NULL(pki_key_parse_pem((const uint8_t *)str_text(&pem), pem.len, &f));
	free(phrase);
}

static CU_TestInfo tests[] = {
	{ "kinds have names", kinds_have_names },
	{ "a key comes back from its file", a_key_comes_back_from_its_file },
	{ "files that are no key say why", files_that_are_no_key_say_why },
	{ "a passphrase must be one", a_passphrase_must_be_one },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_lib_pki_key = { .pName = "lib/pki/key", .pTests = tests };
