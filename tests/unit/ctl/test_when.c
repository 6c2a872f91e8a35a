#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/when.h"
#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

#define NOON 1795608000LL /* 2026-11-25 12:00:00 UTC */

static int use_utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

static void test_words(void)
{
	static const struct {
		int64_t t;
		const char *want;
	} cases[] = {
		{ NOON, "today, 12:00" },
		{ NOON - 12 * 3600, "today, 00:00" },
		{ NOON - 12 * 3600 - 1, "yesterday, 23:59" },
		{ NOON + 12 * 3600, "tomorrow, 00:00" },
		{ NOON + 36 * 3600, "2026-11-27 00:00" },
		{ NOON - 40 * 86400, "2026-10-16 12:00" },
	};
	char buf[WHEN_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CU_ASSERT_STRING_EQUAL(when_words(cases[i].t, NOON, buf), cases[i].want);
}

/* Around the end of a year, days still count. */
static void test_new_year(void)
{
	char buf[WHEN_MAX];
	int64_t eve = 1798761599; /* 2026-12-31 23:59:59 */

	CU_ASSERT_STRING_EQUAL(when_words(eve + 1, eve, buf), "tomorrow, 00:00");
	CU_ASSERT_STRING_EQUAL(when_words(eve, eve + 1, buf), "yesterday, 23:59");
}

static void test_ago(void)
{
	static const struct {
		int64_t apart;
		const char *want;
	} cases[] = {
		{ 0, "just now" },
		{ -1, "1 second ago" },
		{ -120, "2 minutes ago" },
		{ -3600, "1 hour ago" },
		{ -86400, "24 hours ago" },
		{ -2 * 86400, "2 days ago" },
		{ 5 * 3600, "in 5 hours" },
	};
	char buf[WHEN_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		CU_ASSERT_STRING_EQUAL(when_ago(NOON + cases[i].apart, NOON, buf), cases[i].want);
}

static void test_parts(void)
{
	char buf[WHEN_MAX];

	CU_ASSERT_STRING_EQUAL(when_clock(NOON + 61, buf), "12:01:01");
	CU_ASSERT_STRING_EQUAL(when_day(NOON, buf), "2026-11-25");
}

static CU_TestInfo tests[] = {
	{ "yesterday, today, tomorrow, or a date", test_words },
	{ "the year's end is no gap", test_new_year },
	{ "how long ago, in the largest unit that fits", test_ago },
	{ "clock and day", test_parts },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_ctl_when = { .pName = "ctl/when", .pInitFunc = use_utc, .pTests = tests };
