#include "client/domain.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/str.h"
#include "lib/base/text.h"
#include "lib/wire/native_keys.h"
#include "lib/wire/wapdoc_names.h"
#include "tests/unit/cunit.h"

static const uint8_t key[AEAD_KEY_LEN] = { 1, 2, 3 };
static struct wapdoc_node *doc;

/* What the server puts in, so that one of them can be another. */
static const struct {
	const char *parm, *value;
} usual[] = {
	{ WAPDOC_DNS_DOMAIN, "Corp.Example" },
	{ WAPDOC_DN, "CN=LT-0042,DC=corp,DC=example" },
	{ WAPDOC_REALM, "corp.example" },
	{ WAPDOC_DOMAIN_CONTROLLER, "DC1.corp.example" },
	{ WAPDOC_NETBIOS_DOMAIN, "CORP" },
	{ WAPDOC_ACCOUNT, "LT-0042$" },
	{ WAPDOC_SID, "S-1-5-21-1-2-3-1108" },
	{ WAPDOC_KEY_VERSION, "2" },
	{ WAPDOC_SERVICE_PRINCIPALS, "HOST/LT-0042 HOST/lt-0042.corp.example" },
	{ WAPDOC_LOGIN, "sssd" },
};

static char *sealed(const char *parm, const char *enrollment, const char *secret)
{
	autoclean(str_free) struct str aad = STR_INIT(256);
	autoclean(bytes_free) struct bytes out = BYTES_INIT;
	struct bytes bound;

	native_secret_aad(parm, enrollment, &aad);
	bound = (struct bytes){ (uint8_t *)aad.data, aad.len };
	pki_seal(key, &bound, (const uint8_t *)secret, strlen(secret), &out);
	return b64_text(out.data, out.len);
}

/* The usual section, but for one parm (NULL: none), whose value is another (NULL: missing). */
static struct wapdoc_node *make(const char *parm, const char *value)
{
	autoclean(text_free) char *password =
		sealed(WAPDOC_MACHINE_PASSWORD, "E-4H2X-8RNP", "Secret \xc3\xa4 1");
	struct wapdoc_node *n;

	wapdoc_free(&doc);
	doc = wapdoc_new();
	n = wapdoc_characteristic(doc, WAPDOC_ENROLLMENT);
	wapdoc_parm(n, WAPDOC_ENROLLMENT_ID, "E-4H2X-8RNP");
	n = wapdoc_characteristic(doc, WAPDOC_DOMAIN);
	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (!text_equal(usual[i].parm, parm))
			wapdoc_parm(n, usual[i].parm, usual[i].value);
	if (!text_equal(parm, WAPDOC_MACHINE_PASSWORD))
		wapdoc_parm(n, WAPDOC_MACHINE_PASSWORD, password);
	if (parm != NULL && value != NULL)
		wapdoc_parm(n, parm, value);
	return n;
}

static void tear_down(void)
{
	wapdoc_free(&doc);
}

static void a_section_is_taken_apart(void)
{
	autoclean(domain_clear) struct domain d = { 0 };
	struct wapdoc_node *n = make(NULL, NULL);

	CU_ASSERT_EQUAL_FATAL(domain_read(doc, n, key, &d, NULL), 0);
	CU_ASSERT_STRING_EQUAL(d.dns, "corp.example");
	CU_ASSERT_STRING_EQUAL(d.realm, "CORP.EXAMPLE");
	CU_ASSERT_STRING_EQUAL(d.controller, "dc1.corp.example");
	CU_ASSERT_STRING_EQUAL(d.account, "LT-0042$");
	CU_ASSERT_EQUAL(d.key_version, 2);
	CU_ASSERT_EQUAL_FATAL(d.n_services, 2);
	CU_ASSERT_STRING_EQUAL(d.service[1], "HOST/lt-0042.corp.example");
	CU_ASSERT_EQUAL(d.login, 1);
	CU_ASSERT_EQUAL(d.password.len, 11);
}

static void without_an_account_there_is_no_kerberos(void)
{
	autoclean(domain_clear) struct domain d = { 0 };
	struct wapdoc_node *n = make(WAPDOC_ACCOUNT, NULL);

	CU_ASSERT_EQUAL(domain_read(doc, n, NULL, &d, NULL), 0);
	CU_ASSERT_PTR_NULL(d.account);
	CU_ASSERT_EQUAL(d.login, 0);
	CU_ASSERT_EQUAL(d.password.len, 0);
}

static void what_is_not_usable_is_refused(void)
{
	static const struct {
		const char *parm, *value;
	} bad[] = {
		{ WAPDOC_DNS_DOMAIN, NULL },
		{ WAPDOC_DNS_DOMAIN, "corp example" },
		{ WAPDOC_DN, "CN=x\ny" },
		{ WAPDOC_REALM, NULL },
		{ WAPDOC_REALM, "CORP.EXAMPLE\n[realms]" },
		{ WAPDOC_DOMAIN_CONTROLLER, "dc1.corp.example, evil" },
		{ WAPDOC_NETBIOS_DOMAIN, "CO RP" },
		{ WAPDOC_ACCOUNT, "LT-0042" },
		{ WAPDOC_ACCOUNT, "$" },
		{ WAPDOC_ACCOUNT, "LT/0042$" },
		{ WAPDOC_ACCOUNT, "LT-0042@ELSEWHERE$" },
		{ WAPDOC_ACCOUNT, "LT-00421234567890123456$" },
		{ WAPDOC_SID, "S-1-5-x" },
		{ WAPDOC_KEY_VERSION, NULL },
		{ WAPDOC_KEY_VERSION, "0" },
		{ WAPDOC_KEY_VERSION, "2147483648" },
		{ WAPDOC_KEY_VERSION, "2x" },
		{ WAPDOC_SERVICE_PRINCIPALS, "HOST" },
		{ WAPDOC_SERVICE_PRINCIPALS, "HOST/a@ELSEWHERE" },
		{ WAPDOC_SERVICE_PRINCIPALS, "HOST/a/b" },
		{ WAPDOC_SERVICE_PRINCIPALS, "/a" },
		{ WAPDOC_SERVICE_PRINCIPALS, "a/1 a/2 a/b a/c a/d a/e a/f a/g a/h a/i a/j a/k a/l "
					     "a/m a/n a/o a/p a/q a/r" },
		{ WAPDOC_LOGIN, "maybe" },
		{ WAPDOC_MACHINE_PASSWORD, NULL },
		{ WAPDOC_MACHINE_PASSWORD, "plain" },
		{ WAPDOC_MACHINE_PASSWORD, "AAAA" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		autoclean(domain_clear) struct domain d = { 0 };
		struct wapdoc_node *n = make(bad[i].parm, bad[i].value);
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(domain_read(doc, n, key, &d, &f), -1);
		if (f.code != ENR_DOCUMENT_INVALID)
			printf("\n%s = %s: %s\n", bad[i].parm, bad[i].value, f.evidence);
		CU_ASSERT_EQUAL(f.code, ENR_DOCUMENT_INVALID);
		CU_ASSERT_PTR_NULL(d.dns);
	}
}

/* A password that was sealed for something else does not open, whoever has the key. */
static void a_secret_is_bound_to_its_place(void)
{
	static const struct {
		const char *parm, *enrollment, *secret;
	} other[] = {
		{ WAPDOC_MACHINE_PASSWORD, "E-0000-0000", "Secret" },
		{ "Other", "E-4H2X-8RNP", "Secret" },
		{ WAPDOC_MACHINE_PASSWORD, "E-4H2X-8RNP", "" },
		{ WAPDOC_MACHINE_PASSWORD, "E-4H2X-8RNP", "\xff\xfe" },
	};

	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		autoclean(text_free) char *text =
			sealed(other[i].parm, other[i].enrollment, other[i].secret);
		struct wapdoc_node *n = make(WAPDOC_MACHINE_PASSWORD, text);
		autoclean(domain_clear) struct domain d = { 0 };
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(domain_read(doc, n, key, &d, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_DOCUMENT_INVALID);
	}
}

static void a_key_that_is_gone_is_said(void)
{
	autoclean(domain_clear) struct domain d = { 0 };
	struct wapdoc_node *n = make(NULL, NULL);
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(domain_read(doc, n, NULL, &d, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_LOCAL_STATE);
}

static CU_TestInfo tests[] = {
	{ "a section is taken apart", a_section_is_taken_apart },
	{ "without an account there is no Kerberos", without_an_account_there_is_no_kerberos },
	{ "what is not usable is refused", what_is_not_usable_is_refused },
	{ "a secret is bound to its place", a_secret_is_bound_to_its_place },
	{ "a key that is gone is said", a_key_that_is_gone_is_said },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_client_domain = {
	.pName = "client/domain", .pTearDownFunc = tear_down, .pTests = tests
};
