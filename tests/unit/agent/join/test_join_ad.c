/* Active Directory, as far as no server is needed; the rest stands in tests/behave/ad_join.sh. */
#include "agent/join/join_ad.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static void short_names_stay_and_long_ones_keep_their_beginning(void)
{
	static const struct {
		const char *name, *account;
	} rows[] = {
		{ "a", "A$" },
		{ "LT-0042", "LT-0042$" },
		{ "lt-0042", "LT-0042$" },
		{ "abcdefghijklmno", "ABCDEFGHIJKLMNO$" },
		/* The hash is SHA-256 of ABCDEFGHIJKLMNOP, computed apart. */
		{ "abcdefghijklmnop", "ABCDEFWZMBH7174$" },
	};
	char account[JOIN_ACCOUNT_MAX], again[JOIN_ACCOUNT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ad_account(rows[i].name, account);
		CU_ASSERT_STRING_EQUAL(account, rows[i].account);
	}
	CU_ASSERT_EQUAL(strlen(account), 16);
	CU_ASSERT_EQUAL(strncmp(account, "ABCDEF", 6), 0);
	ad_account("ABCDEFGHIJKLMNOP", again);
	CU_ASSERT_STRING_EQUAL(account, again);
	ad_account("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJK", again);
	CU_ASSERT_EQUAL(strlen(again), 16);
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

static void a_hundred_thousand_long_names_have_as_many_accounts(void)
{
	enum { N = 100000 };
	static const char *const prefixes[] = { "workstation", "workstations", "work-station" };
	char(*accounts)[JOIN_ACCOUNT_MAX] = mem_array(N, sizeof(*accounts));
	size_t same = 0;

	for (size_t i = 0; i < N; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s-in-building-%zu", prefixes[i % 3], i);
		ad_account(name, accounts[i]);
		if (strlen(accounts[i]) != 16)
			CU_FAIL("not 15 characters and a dollar");
	}
	qsort(accounts, N, sizeof(*accounts), by_text);
	for (size_t i = 1; i < N; i++)
		same += strcmp(accounts[i - 1], accounts[i]) == 0;
	CU_ASSERT_EQUAL(same, 0);
	free(accounts);
}

static void passwords_are_utf16_in_quotes(void)
{
	static const struct {
		const char *text;
		const char *octets;
		size_t len;
	} rows[] = {
		{ "", "\"\0\"\0", 4 },
		{ "ab", "\"\0a\0b\0\"\0", 8 },
		{ "\xc3\xa4", "\"\0\xe4\0\"\0", 6 },
		{ "\xe2\x82\xac", "\"\0\xac\x20\"\0", 6 },
		{ "\xf0\x9f\x94\x91", "\"\0\x3d\xd8\x11\xdd\"\0", 8 },
	};
	char *long_one = mem_new(600);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(bytes_wipe) struct bytes out = BYTES_INIT;

		CU_ASSERT_EQUAL(ad_password_octets(rows[i].text, &out), 0);
		CU_ASSERT_EQUAL_FATAL(out.len, rows[i].len);
		CU_ASSERT_EQUAL(memcmp(out.data, rows[i].octets, out.len), 0);
	}
	CU_ASSERT_EQUAL(ad_password_octets("\xff", &(struct bytes){ NULL, 0 }), -1);
	memset(long_one, 'x', 599);
	CU_ASSERT_EQUAL(ad_password_octets(long_one, &(struct bytes){ NULL, 0 }), -1);
	free(long_one);
}

static void the_catalogue_stands_beside_the_directory(void)
{
	static const struct {
		const char *uri, *catalogue;
	} rows[] = {
		{ "ldaps://dc1.contoso.test", "ldaps://dc1.contoso.test:3269" },
		{ "ldaps://dc1.contoso.test:636", "ldaps://dc1.contoso.test:3269" },
		{ "ldap://dc1.contoso.test:389/", "ldap://dc1.contoso.test:3268" },
		{ "LDAP://[::1]", "LDAP://[::1]:3268" },
		{ "ldap://[::1]:389", "ldap://[::1]:3268" },
		{ "ldap://dc1.contoso.test:10389", NULL },
		{ "ldaps://dc1.contoso.test:389", NULL },
		{ "ldapi://%2Frun%2Fldapi", NULL },
		{ "dc1", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char uri[DIR_URI_MAX] = "";
		int rc = ad_catalogue_uri(rows[i].uri, uri);

		CU_ASSERT_EQUAL(rc, rows[i].catalogue != NULL ? 0 : -1);
		if (rows[i].catalogue != NULL)
			CU_ASSERT_STRING_EQUAL(uri, rows[i].catalogue);
	}
}

static CU_TestInfo tests[] = {
	{ "short names stay, and long ones keep their beginning",
		short_names_stay_and_long_ones_keep_their_beginning },
	{ "a hundred thousand long names have as many accounts",
		a_hundred_thousand_long_names_have_as_many_accounts },
	{ "passwords are UTF-16 in quotes", passwords_are_utf16_in_quotes },
	{ "the catalogue stands beside the directory", the_catalogue_stands_beside_the_directory },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_agent_join_join_ad = { "agent/join/join_ad", NULL, NULL, NULL, NULL, tests };
