#include "lib/wire/identity.h"

#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

/* tests/unit/lib/wire/test_vectors.c has the list that PROTOCOL.md shows; here is what a table of
 * texts cannot say. */
static void what_is_wrong_is_told(void)
{
	static const struct {
		const char *typed, *told;
	} rows[] = {
		{ "andreas", "it has no @" },
		{ "a@b@c.d", "it has more than one @" },
		{ "@c.d", "there is nothing before the @" },
		{ "a@", "what follows the @ is not a domain" },
		{ "a@c", "what follows the @ has only one label" },
		{ "a@192.0.2.1", "what follows the @ is an address, not a domain" },
		{ "a@0x7f.0x1", "what follows the @ is an address, not a domain" },
		{ "a@xn--0.test", "what follows the @ is not a domain" },
		{ "a b@c.d", "it has white space in it" },
		{ "a\xe2\x80\xa8@c.d", "it has white space in it" },
		{ "a\tb@c.d", "it has a control character" },
		{ "a\xc2\x9b@c.d", "it has a control character" },
		{ "a\xef\xbf\xbf@c.d", "it has a code point that is no character" },
		{ "a\xff@c.d", "it is not UTF-8" },
		{ "a\xc0\x80@c.d", "it is not UTF-8" },
		{ "a\xed\xa0\x80@c.d", "it is not UTF-8" },
		{ "\"a\"@c.d", "it has a character before the @ that needs quotes" },
		{ "a)(uid=*@c.d", "it has a character before the @ that needs quotes" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[IDENTITY_MAX + 1] = "untouched";
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(
			identity_canonical(rows[i].typed, strlen(rows[i].typed), out, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_IDENTITY_INVALID);
		CU_ASSERT_STRING_EQUAL(f.told, rows[i].told);
		CU_ASSERT_STRING_EQUAL(out, "untouched");
	}
}

static void a_nul_inside_is_refused(void)
{
	char out[IDENTITY_MAX + 1];

	CU_ASSERT_EQUAL(identity_canonical("a@c.d\0x", 7, out, NULL), -1);
}

static void length_is_counted_in_octets_of_the_canonical_form(void)
{
	char typed[2048], out[IDENTITY_MAX + 1];
	struct fail f = FAIL_INIT;

	memset(typed, 'x', sizeof(typed));
	memcpy(typed + 250, "@c.d", 4);
	CU_ASSERT_EQUAL(identity_canonical(typed, 254, out, &f), 0);
	CU_ASSERT_EQUAL(strlen(out), IDENTITY_MAX);
	memset(typed, 'x', sizeof(typed));
	memcpy(typed + 251, "@c.d", 4);
	CU_ASSERT_EQUAL(identity_canonical(typed, 255, out, &f), -1);
	CU_ASSERT_STRING_EQUAL(f.told, "it is longer than 254 octets");
	CU_ASSERT_EQUAL(identity_canonical(typed, sizeof(typed), out, &f), -1);
	CU_ASSERT_STRING_EQUAL(f.told, "it is longer than 254 octets");
}

static void the_domain_is_found(void)
{
	CU_ASSERT_STRING_EQUAL(identity_domain("a@contoso.com"), "contoso.com");
}

static void server_names_lose_their_port(void)
{
	static const struct {
		const char *typed, *name;
		int port, code;
	} rows[] = {
		{ "m.contoso.com", "m.contoso.com", 0, 0 },
		{ "M.Contoso.com.:8443", "m.contoso.com", 8443, 0 },
		{ "m.contoso.com:65535", "m.contoso.com", 65535, 0 },
		{ "m.contoso.com:65536", NULL, 0, ENR_USAGE },
		{ "m.contoso.com:0", NULL, 0, ENR_USAGE },
		{ "m.contoso.com:", NULL, 0, ENR_USAGE },
		{ "m.contoso.com:443x", NULL, 0, ENR_USAGE },
		{ "m.contoso.com:+443", NULL, 0, ENR_USAGE },
		{ "m.contoso.com:0443", NULL, 0, ENR_USAGE },
		{ "https://m.contoso.com", NULL, 0, ENR_USAGE },
		{ "m contoso", NULL, 0, ENR_USAGE },
		{ "m_1.contoso.com", NULL, 0, ENR_USAGE },
		{ "\xff", NULL, 0, ENR_USAGE },
		{ "192.0.2.1", NULL, 0, ENR_ADDRESS_NOT_NAME },
		{ "192.0.2.1:443", NULL, 0, ENR_ADDRESS_NOT_NAME },
		{ "3221225985", NULL, 0, ENR_ADDRESS_NOT_NAME },
		{ "0xc0000201", NULL, 0, ENR_ADDRESS_NOT_NAME },
		{ "192.0x2.1.", NULL, 0, ENR_ADDRESS_NOT_NAME },
		{ "2001:db8::1", NULL, 0, ENR_ADDRESS_NOT_NAME },
		{ "[2001:db8::1]", NULL, 0, ENR_ADDRESS_NOT_NAME },
		{ "[2001:db8::1]:443", NULL, 0, ENR_ADDRESS_NOT_NAME },
		{ "::1", NULL, 0, ENR_ADDRESS_NOT_NAME },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[SERVER_NAME_MAX + 1] = "untouched";
		struct fail f = FAIL_INIT;
		int port = -7, rc = server_name_canonical(rows[i].typed, out, &port, &f);

		CU_ASSERT_EQUAL(rc, rows[i].name ? 0 : -1);
		CU_ASSERT_EQUAL((int)f.code, rows[i].code);
		CU_ASSERT_STRING_EQUAL(out, rows[i].name ? rows[i].name : "untouched");
		CU_ASSERT_EQUAL(port, rows[i].name ? rows[i].port : -7);
		CU_ASSERT_EQUAL(server_name_canonical(rows[i].typed, out, NULL, NULL), rc);
	}
}

static CU_TestInfo tests[] = {
	{ "what is wrong is told", what_is_wrong_is_told },
	{ "a NUL inside is refused", a_nul_inside_is_refused },
	{ "length is counted in octets of the canonical form",
	  length_is_counted_in_octets_of_the_canonical_form },
	{ "the domain is found", the_domain_is_found },
	{ "server names lose their port", server_names_lose_their_port },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_wire_identity = { .pName = "lib/wire/identity", .pTests = tests };
