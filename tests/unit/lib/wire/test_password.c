#include "lib/wire/password.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "tests/unit/cunit.h"

enum { PASSWORDS = 300 };

static int parses(const char *text)
{
	char out[PASSWORD_LEN + 1];

	return password_parse(text, strlen(text), out, NULL) == 0;
}

static void new_ones_are_valid_and_differ(void)
{
	char last[PASSWORD_LEN + 1] = "";

	for (int i = 0; i < PASSWORDS; i++) {
		char made[PASSWORD_LEN + 1], again[PASSWORD_LEN + 1], shown[PASSWORD_TEXT_MAX];

		password_new(made);
		CU_ASSERT_EQUAL(strlen(made), PASSWORD_LEN);
		CU_ASSERT_EQUAL(strspn(made, base32_alphabet), PASSWORD_LEN);
		password_show(made, shown);
		CU_ASSERT_EQUAL(strlen(shown), PASSWORD_TEXT_MAX - 1);
		CU_ASSERT_EQUAL_FATAL(password_parse(shown, strlen(shown), again, NULL), 0);
		CU_ASSERT_STRING_EQUAL(made, again);
		CU_ASSERT_STRING_NOT_EQUAL(made, last);
		memcpy(last, made, sizeof(last));
	}
}

static void every_wrong_character_is_caught(void)
{
	size_t missed = 0, tried = 0;

	for (int i = 0; i < PASSWORDS; i++) {
		char p[PASSWORD_LEN + 1];

		password_new(p);
		for (size_t at = 0; at < PASSWORD_LEN; at++) {
			char right = p[at];

			for (const char *c = base32_alphabet; *c; c++) {
				p[at] = *c;
				tried += *c != right;
				missed += *c != right && parses(p);
			}
			p[at] = right;
		}
	}
	CU_ASSERT_EQUAL(tried, (size_t)PASSWORDS * PASSWORD_LEN * 31);
	CU_ASSERT_EQUAL(missed, 0);
}

/* How many swaps of places `apart` from each other go unseen; equal characters are no mistake. */
static size_t unseen_swaps(size_t apart)
{
	size_t missed = 0, tried = 0;

	for (int i = 0; i < PASSWORDS; i++) {
		char p[PASSWORD_LEN + 1];

		password_new(p);
		for (size_t at = 0; at + apart < PASSWORD_LEN; at++) {
			char a = p[at], b = p[at + apart];

			if (a == b)
				continue;
			p[at] = b;
			p[at + apart] = a;
			tried++;
			missed += parses(p);
			p[at] = a;
			p[at + apart] = b;
		}
	}
	CU_ASSERT_TRUE(tried > PASSWORDS);
	return missed;
}

static void every_swap_of_neighbours_is_caught(void)
{
	CU_ASSERT_EQUAL(unseen_swaps(1), 0);
}

static void every_swap_between_neighbouring_groups_is_caught(void)
{
	CU_ASSERT_EQUAL(unseen_swaps(5), 0);
}

/* Not only for passwords that chance gave: the differences that a mistake can make, all of them. */
static void no_single_mistake_is_a_multiple_of_the_modulus(void)
{
	unsigned power = 1;

	for (int k = 0; k < PASSWORD_LEN; k++, power = power * 32 % 1021) {
		for (unsigned d = 1; d < 32; d++) {
			CU_ASSERT_NOT_EQUAL(d * power % 1021, 0);
			CU_ASSERT_NOT_EQUAL(d * 31 * power % 1021, 0);
			CU_ASSERT_NOT_EQUAL(d * (288 - 1) * power % 1021, 0);
		}
	}
	CU_ASSERT_EQUAL((1u << 25) % 1021, 288);
}

static void what_is_wrong_is_told_and_nothing_is_quoted(void)
{
	static const struct {
		const char *typed, *told;
	} rows[] = {
		{ "00000-00000-00000-0000", "it has 19 characters instead of 20" },
		{ "00000-00000-00000-000011", "it has 21 characters instead of 20" },
		{ "00000-00000-00000-00002", "its check characters do not fit" },
		{ "00000-00000-00000-0000u", "it has a character that no password has" },
		{ "00000-00000-00000-0000\xff", "it has a character that no password has" },
		{ "", "it has 0 characters instead of 20" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[PASSWORD_LEN + 1] = "untouched";
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(password_parse(rows[i].typed, strlen(rows[i].typed), out, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_PASSWORD_TYPO);
		CU_ASSERT_STRING_EQUAL(f.told, rows[i].told);
		CU_ASSERT_STRING_EQUAL(out, "untouched");
	}
}

static void long_input_is_refused_unread(void)
{
	char typed[PASSWORD_TYPED_MAX + 1], out[PASSWORD_LEN + 1];
	struct fail f = FAIL_INIT;

	memset(typed, ' ', sizeof(typed));
	memcpy(typed, "00000000000000000001", 20);
	CU_ASSERT_EQUAL(password_parse(typed, sizeof(typed) - 1, out, &f), 0);
	CU_ASSERT_EQUAL(password_parse(typed, sizeof(typed), out, &f), -1);
	CU_ASSERT_STRING_EQUAL(f.told, "it is far too long");
}

static CU_TestInfo tests[] = {
	{ "new ones are valid and differ", new_ones_are_valid_and_differ },
	{ "every wrong character is caught", every_wrong_character_is_caught },
	{ "every swap of neighbours is caught", every_swap_of_neighbours_is_caught },
	{ "every swap between neighbouring groups is caught",
	  every_swap_between_neighbouring_groups_is_caught },
	{ "no single mistake is a multiple of the modulus",
	  no_single_mistake_is_a_multiple_of_the_modulus },
	{ "what is wrong is told, and nothing is quoted",
	  what_is_wrong_is_told_and_nothing_is_quoted },
	{ "long input is refused unread", long_input_is_refused_unread },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_wire_password = { .pName = "lib/wire/password", .pTests = tests };
