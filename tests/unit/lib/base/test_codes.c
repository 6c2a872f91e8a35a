#include "lib/base/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static int is_word(const char *w)
{
	return *w && strspn(w, "abcdefghijklmnopqrstuvwxyz-") == strlen(w);
}

static void every_row_is_whole_and_in_order(void)
{
	size_t n;
	const struct code_row *rows = code_rows(&n);

	CU_ASSERT_TRUE_FATAL(n > 50);
	for (size_t i = 0; i < n; i++) {
		const struct code_row *r = &rows[i];

		CU_ASSERT_TRUE(r->code > 100 && r->code < 1000 && r->code % 100 != 0);
		CU_ASSERT_TRUE(i == 0 || rows[i - 1].code < r->code);
		CU_ASSERT_TRUE(is_word(r->word));
		CU_ASSERT_TRUE(r->http == 0 || (r->http >= 400 && r->http < 600));
		CU_ASSERT_TRUE(r->exit >= EXIT_REFUSED && r->exit <= EXIT_PARTLY);
		if (!r->what[0] || !r->what_admin || !r->what_admin[0] || !r->why || !r->act[0] ||
			!r->act_admin[0]) {
			printf("\nENR-%d has an empty text\n", (int)r->code);
			CU_FAIL("a row above");
		}
	}
}

static void every_row_is_found_by_number_and_word(void)
{
	size_t n;
	const struct code_row *rows = code_rows(&n);

	for (size_t i = 0; i < n; i++) {
		char name[16], small[16], digits[16];

		snprintf(name, sizeof(name), "ENR-%d", (int)rows[i].code);
		snprintf(small, sizeof(small), "enr-%d", (int)rows[i].code);
		snprintf(digits, sizeof(digits), "%d", (int)rows[i].code);
		CU_ASSERT_PTR_EQUAL(code_row(rows[i].code), &rows[i]);
		CU_ASSERT_STRING_EQUAL(code_name(rows[i].code), name);
		CU_ASSERT_PTR_EQUAL(code_find(name), &rows[i]);
		CU_ASSERT_PTR_EQUAL(code_find(small), &rows[i]);
		CU_ASSERT_PTR_EQUAL(code_find(digits), &rows[i]);
		CU_ASSERT_PTR_EQUAL(code_find(rows[i].word), &rows[i]);
	}
}

static void what_is_no_code_is_not_found(void)
{
	static const char *const rows[] = { "", "ENR-", "ENR-000", "ENR-999", "ENR-60", "ENR-6022",
		"6O2", "60x", " 602", "ENR- 02", "-02", "+02", "ENR-ENR-602", "no-such-word" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_PTR_NULL(code_find(rows[i]));
	CU_ASSERT_EQUAL(code_row((enum code)999)->code, ENR_INTERNAL);
	CU_ASSERT_EQUAL(code_row(ENR_NONE)->code, ENR_INTERNAL);
}

/* "No" and "could not find out" never share a code. */
static void transient_is_exit_6(void)
{
	CU_ASSERT_TRUE(code_is_transient(ENR_DIRECTORY_UNREACHABLE));
	CU_ASSERT_TRUE(code_is_transient(ENR_SERVER_BUSY));
	CU_ASSERT_FALSE(code_is_transient(ENR_PASSWORD_WRONG));
	CU_ASSERT_FALSE(code_is_transient(ENR_CREATE_DENIED));
}

static void the_server_is_to_blame_for_its_directory_not_for_a_slip(void)
{
	CU_ASSERT_TRUE(code_is_servers(ENR_CREATE_DENIED) && code_is_servers(ENR_CA_UNAVAILABLE));
	CU_ASSERT_TRUE(code_is_servers(ENR_OU_CHANGED) && code_is_servers(ENR_STORE_UNAVAILABLE));
	CU_ASSERT_FALSE(code_is_servers(ENR_PASSWORD_TYPO) || code_is_servers(ENR_CLOCK_WRONG));
	CU_ASSERT_FALSE(code_is_servers(ENR_SERIAL_MISMATCH) || code_is_servers(ENR_APPLY_FAILED));
	CU_ASSERT_FALSE(code_is_servers(ENR_USAGE) || code_is_servers(ENR_NONE));
}

static CU_TestInfo tests[] = {
	{ "every row is whole and in order", every_row_is_whole_and_in_order },
	{ "every row is found by number and word", every_row_is_found_by_number_and_word },
	{ "what is no code is not found", what_is_no_code_is_not_found },
	{ "transient is exit 6", transient_is_exit_6 },
	{ "the server is to blame for its directory, not for a slip",
		the_server_is_to_blame_for_its_directory_not_for_a_slip },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_codes = { .pName = "lib/base/codes", .pTests = tests };
