#include "lib/base/clock.h"

#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static void text_and_seconds_go_both_ways(void)
{
	static const struct {
		int64_t t;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 1795422011, "2026-11-23T08:20:11Z" },
		{ 2147483648, "2038-01-19T03:14:08Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ -1, "1969-12-31T23:59:59Z" },
	};
	char buf[CLOCK_TEXT_MAX];
	int64_t t;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT_STRING_EQUAL(clock_text(rows[i].t, buf), rows[i].text);
		CU_ASSERT_EQUAL(clock_parse(rows[i].text, &t), 0);
		CU_ASSERT_EQUAL(t, rows[i].t);
	}
}

static void offsets_are_taken(void)
{
	static const struct {
		const char *text;
		int64_t t;
	} rows[] = {
		{ "2026-11-23T09:20:11+01:00", 1795422011 },
		{ "2026-11-23T02:50:11-05:30", 1795422011 },
		{ "2026-11-23T08:20:11+00:00", 1795422011 },
		{ "2026-11-23T08:20:11z", 1795422011 },
	};
	int64_t t;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		t = 0;
		CU_ASSERT_EQUAL(clock_parse(rows[i].text, &t), 0);
		CU_ASSERT_EQUAL(t, rows[i].t);
	}
}

static void what_is_not_rfc_3339_is_refused(void)
{
	static const char *const rows[] = { "", "now", "2026-11-23", "2026-11-23T08:20:11",
		"2026-11-23 08:20:11Z", "2026-11-23T8:20:11Z", "2026-11-23T 8:20:11Z",
		" 026-11-23T08:20:11Z", "+026-11-23T08:20:11Z", "2026-1-23T08:20:11Z",
		"2026-11-31T08:20:11Z", "2025-02-29T08:20:11Z", "2026-13-01T08:20:11Z",
		"2026-00-01T08:20:11Z", "2026-11-23T24:00:00Z", "2026-11-23T08:60:11Z",
		"2026-11-23T08:20:60Z", "2026-11-23T08:20:61Z", "2026-11-23T08:20:11.5Z",
		"2026-11-23T08:20:11Zx", "2026-11-23T08:20:11+1:00", "2026-11-23T08:20:11+0100",
		"2026-11-23T08:20:11++1:00", "2026-11-23T08:20:11+ 1: 0",
		"2026-11-23T08:20:11+24:00", "2026-11-23T08:20:11+01:60",
		"2026-11-23T08:20:11+01:00x", "12026-11-23T08:20:11Z" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t t = 42;

		if (clock_parse(rows[i], &t) != -1 || t != 42) {
			printf("\ntaken: %s\n", rows[i]);
			CU_FAIL("a row above");
		}
	}
}

static void the_offset_moves_the_wall_clock_alone(void)
{
	int64_t wall = clock_now(), mono = clock_mono_ms();

	clock_set_offset(100000);
	CU_ASSERT_TRUE(clock_now() >= wall + 100000 && clock_now() < wall + 100060);
	CU_ASSERT_TRUE(clock_mono_ms() >= mono && clock_mono_ms() < mono + 60000);
	clock_set_offset(0);
	CU_ASSERT_TRUE(clock_now() < wall + 60);
}

static CU_TestInfo tests[] = {
	{ "text and seconds go both ways", text_and_seconds_go_both_ways },
	{ "offsets are taken", offsets_are_taken },
	{ "what is not RFC 3339 is refused", what_is_not_rfc_3339_is_refused },
	{ "the offset moves the wall clock alone", the_offset_moves_the_wall_clock_alone },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_clock = { .pName = "lib/base/clock", .pTests = tests };
