#include "lib/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

struct question {
	const char *text;
	int yes;
};

static void ask(const struct question *rows, size_t n, int (*question)(const char *))
{
	for (size_t i = 0; i < n; i++) {
		if (!!question(rows[i].text) == rows[i].yes)
			continue;
		printf("\nwrong about: %s\n", rows[i].text);
		CU_FAIL("a row above");
	}
}

#define L10 "abcdefghij"
#define L63 L10 L10 L10 L10 L10 L10 "abc"

static void labels(void)
{
	static const struct question rows[] = {
		{ "a", 1 }, { "LT-0042", 1 }, { "4a", 1 }, { L63, 1 }, { L63 "d", 0 }, { "", 0 },
		{ "123", 0 }, { "-a", 0 }, { "a-", 0 }, { "a.b", 0 }, { "a_b", 0 }, { "a b", 0 },
		{ "\xc3\xbc", 0 }, { "a\n", 0 },
	};

	ask(rows, ARRAY_LEN(rows), text_is_label);
}

static void host_names(void)
{
	static const struct question rows[] = {
		{ "a.b", 1 },
		{ "a", 1 },
		{ "a.1", 1 },
		{ L63 "." L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a", 1 },
		{ L63 "." L63 "." L63 "." L63, 0 },
		{ "a..b", 0 },
		{ ".a", 0 },
		{ "a.", 0 },
		{ "", 0 },
		{ "a.-b", 0 },
		{ "a:1", 0 },
	};

	ask(rows, ARRAY_LEN(rows), text_is_hostname);
}

static void addresses(void)
{
	static const struct question rows[] = {
		{ "192.0.2.1", 1 },
		{ "::1", 1 },
		{ "[2001:db8::1]", 1 },
		{ "::ffff:192.0.2.1", 1 },
		{ "192.0.2", 0 },
		{ "192.0.2.256", 0 },
		{ "2001:db8::1]", 0 },
		{ "a.b", 0 },
		{ "", 0 },
		{ "[]", 0 },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", 0 },
	};

	ask(rows, ARRAY_LEN(rows), text_is_ip);
}

static void utf_8(void)
{
	static const struct question rows[] = {
		{ "", 1 },
		{ "a", 1 },
		{ "\xc2\x80", 1 },
		{ "\xdf\xbf", 1 },
		{ "\xe0\xa0\x80", 1 },
		{ "\xed\x9f\xbf", 1 },
		{ "\xee\x80\x80", 1 },
		{ "\xf0\x90\x80\x80", 1 },
		{ "\xf4\x8f\xbf\xbf", 1 },
		{ "\x80", 0 },
		{ "\xc0\x80", 0 },
		{ "\xc1\xbf", 0 },
		{ "\xe0\x9f\xbf", 0 },
		{ "\xed\xa0\x80", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 },
		{ "a\xc3", 0 },
		{ "\xe2\x82", 0 },
		{ "\xf0\x9f\x98", 0 },
		{ "\xe2\x28\xa1", 0 },
		{ "\xc3\xc3\xbc", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(text_is_utf8(rows[i].text, strlen(rows[i].text)), rows[i].yes);
	CU_ASSERT_FALSE(text_is_utf8("a\0b", 3));
}

static void control_characters(void)
{
	static const struct question rows[] = {
		{ "a b", 0 },
		{ "\xc2\xa0", 0 },
		{ "\xc3\x80", 0 },
		{ "", 0 },
		{ "a\n", 1 },
		{ "\x1b", 1 },
		{ "\x7f", 1 },
		{ "\xc2\x80", 1 },
		{ "x\xc2\x9f", 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(text_has_control(rows[i].text, strlen(rows[i].text)), rows[i].yes);
	CU_ASSERT_TRUE(text_has_control("a\0", 2));
	CU_ASSERT_FALSE(text_has_control("a\n", 1));
}

static void equal_texts(void)
{
	CU_ASSERT_TRUE(text_equal(NULL, NULL) && text_equal("a", "a"));
	CU_ASSERT_FALSE(text_equal(NULL, "") || text_equal("", NULL) || text_equal("a", "A"));
	CU_ASSERT_TRUE(text_equal_ci(NULL, NULL) && text_equal_ci("aZ", "Az"));
	CU_ASSERT_FALSE(
		text_equal_ci("a", "ab") || text_equal_ci("ab", "a") || text_equal_ci("a", NULL));
	CU_ASSERT_FALSE(text_equal_ci("@", "`") || text_equal_ci("\xc3\x9c", "\xc3\xbc"));
}

static void numbers(void)
{
	static const struct {
		const char *text;
		int rc;
		int64_t n;
	} rows[] = {
		{ "0", 0, 0 },
		{ "-5", 0, -5 },
		{ "100", 0, 100 },
		{ "101", -1, 0 },
		{ "-6", -1, 0 },
		{ "", -1, 0 },
		{ "-", -1, 0 },
		{ "+1", -1, 0 },
		{ " 1", -1, 0 },
		{ "1 ", -1, 0 },
		{ "0x10", -1, 0 },
		{ "1e1", -1, 0 },
		{ "99999999999999999999", -1, 0 },
		{ "18446744073709551617", -1, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t n = 77;

		CU_ASSERT_EQUAL(text_number(rows[i].text, -5, 100, &n), rows[i].rc);
		CU_ASSERT_EQUAL(n, rows[i].rc == 0 ? rows[i].n : 77);
	}
}

static void durations(void)
{
	static const struct {
		const char *text;
		int64_t seconds; /* 0: refused */
	} rows[] = {
		{ "90s", 90 },
		{ "45m", 2700 },
		{ "8h", 28800 },
		{ "14d", 1209600 },
		{ "1d12h", 129600 },
		{ "0s", 0 },
		{ "", 0 },
		{ "8", 0 },
		{ "h", 0 },
		{ "-8h", 0 },
		{ "8 h", 0 },
		{ "8w", 0 },
		{ "8H", 0 },
		{ "99999999d", 0 },
		{ "44444444444444444444444444444444d", 0 },
		{ "31622400s", 31622400 },
		{ "9999999d", 0 },
		{ "1d-1h", 0 },
		{ "1.5h", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t s = 77;

		CU_ASSERT_EQUAL(text_duration(rows[i].text, &s), rows[i].seconds ? 0 : -1);
		CU_ASSERT_EQUAL(s, rows[i].seconds ? rows[i].seconds : 77);
	}
}

static void durations_in_words(void)
{
	char buf[32];

	CU_ASSERT_STRING_EQUAL(text_duration_words(86400, buf, sizeof(buf)), "1 day");
	CU_ASSERT_STRING_EQUAL(text_duration_words(28800, buf, sizeof(buf)), "8 hours");
	CU_ASSERT_STRING_EQUAL(text_duration_words(2700, buf, sizeof(buf)), "45 minutes");
	CU_ASSERT_STRING_EQUAL(text_duration_words(1, buf, sizeof(buf)), "1 second");
	CU_ASSERT_STRING_EQUAL(text_duration_words(0, buf, sizeof(buf)), "0 seconds");
}

static void quoted_text_is_safe_and_fits(void)
{
	char buf[64];

	CU_ASSERT_STRING_EQUAL(text_quote("ab c", 10, buf, sizeof(buf)), "'ab c'");
	CU_ASSERT_STRING_EQUAL(text_quote("a'\\\n\x1b\xff", 10, buf, sizeof(buf)),
		"'a\\x27\\x5c\\x0a\\x1b\\xff'");
	CU_ASSERT_STRING_EQUAL(text_quote("abcdef", 3, buf, sizeof(buf)), "'abc...'");
	CU_ASSERT_STRING_EQUAL(text_quote("", 3, buf, sizeof(buf)), "''");
	CU_ASSERT_STRING_EQUAL(text_quote("abcdef", 6, buf, 5), "");
}

/* 4 * max + 6 octets suffice, whatever the text; less never overruns. */
static void quoted_text_needs_what_the_header_says(void)
{
	static const char octets[] = "\xff\xff\xff\xff\xff\xff\xff\xff";
	char buf[64];

	for (size_t max = 1; max <= 8; max++) {
		char want[64] = "'";

		for (size_t i = 0; i < max; i++)
			strncat(want, "\\xff", sizeof(want) - strlen(want) - 1);
		strncat(want, "'", 2);
		CU_ASSERT_STRING_EQUAL(
			text_quote(&octets[8 - max], max, buf, 4 * max + 6), want);
	}
	for (size_t size = 0; size < sizeof(buf); size++) {
		memset(buf, 0x5a, sizeof(buf));
		text_quote("\xff\xff\xff\xff\xff\xff\xff\xff\xff", 8, buf, size);
		CU_ASSERT_TRUE(size == 0 || memchr(buf, '\0', size) != NULL);
		CU_ASSERT_EQUAL(buf[size], 0x5a);
	}
}

static void distances(void)
{
	CU_ASSERT_EQUAL(text_distance("show", "shwo"), 2);
	CU_ASSERT_EQUAL(text_distance("show", "SHOW"), 0);
	CU_ASSERT_EQUAL(text_distance("", "abc"), 3);
	CU_ASSERT_EQUAL(text_distance("kitten", "sitting"), 3);
	CU_ASSERT_EQUAL(text_distance("a", "abcdefghijklmnopqrstuvwxyz"), 9);
}

static CU_TestInfo tests[] = {
	{ "labels", labels },
	{ "host names", host_names },
	{ "addresses", addresses },
	{ "UTF-8", utf_8 },
	{ "control characters", control_characters },
	{ "equal texts", equal_texts },
	{ "numbers", numbers },
	{ "durations", durations },
	{ "durations in words", durations_in_words },
	{ "quoted text is safe and fits", quoted_text_is_safe_and_fits },
	{ "quoted text needs what the header says", quoted_text_needs_what_the_header_says },
	{ "distances", distances },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_text = { .pName = "lib/base/text", .pTests = tests };
