#include "lib/base/str.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static void empty_is_an_empty_text(void)
{
	autoclean(str_free) struct str s = STR_INIT(4);
	autoclean(text_free) char *stolen = NULL;

	CU_ASSERT_STRING_EQUAL(str_text(&s), "");
	stolen = str_steal(&s);
	CU_ASSERT_STRING_EQUAL(stolen, "");
	str_add(&s, NULL, 0);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "");
	CU_ASSERT_FALSE(s.overflow);
}

static void the_ceiling_itself_fits(void)
{
	autoclean(str_free) struct str s = STR_INIT(4);

	str_text_add(&s, "ab");
	str_printf(&s, "%d", 12);
	CU_ASSERT_FALSE(s.overflow);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "ab12");
	str_char(&s, 'x');
	CU_ASSERT_TRUE(s.overflow);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "ab12");
}

static void overflow_is_sticky(void)
{
	autoclean(str_free) struct str s = STR_INIT(4);

	str_text_add(&s, "ab");
	str_text_add(&s, "cde");
	str_text_add(&s, "c");
	CU_ASSERT_TRUE(s.overflow);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "ab");
	str_add(&s, "x", SIZE_MAX);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "ab");
	str_clear(&s);
	CU_ASSERT_FALSE(s.overflow);
	str_text_add(&s, "wxyz");
	CU_ASSERT_STRING_EQUAL(str_text(&s), "wxyz");
	CU_ASSERT_EQUAL(s.max, 4);
}

static void octets_may_have_nul_inside(void)
{
	autoclean(str_free) struct str s = STR_INIT(10);

	str_add(&s, "a\0b", 3);
	CU_ASSERT_EQUAL(s.len, 3);
	CU_ASSERT_EQUAL(memcmp(s.data, "a\0b\0", 4), 0);
}

static void it_grows_to_any_ceiling(void)
{
	autoclean(str_free) struct str s = STR_INIT(100000);

	for (int i = 0; i < 100000; i++)
		str_char(&s, (char)('a' + i % 26));
	CU_ASSERT_FALSE(s.overflow);
	CU_ASSERT_EQUAL(strlen(str_text(&s)), 100000);
	for (int i = 0; i < 100000; i++)
		if (s.data[i] != 'a' + i % 26)
			CU_FAIL_FATAL("a letter moved");
}

static void stolen_text_leaves_an_empty_one_with_the_ceiling(void)
{
	autoclean(str_free) struct str s = STR_INIT(3);
	autoclean(text_free) char *stolen = NULL;

	str_text_add(&s, "abc");
	stolen = str_steal(&s);
	CU_ASSERT_STRING_EQUAL(stolen, "abc");
	CU_ASSERT_EQUAL(s.len, 0);
	str_text_add(&s, "defg");
	CU_ASSERT_TRUE(s.overflow);
}

static void wiped_is_empty(void)
{
	struct str s = STR_INIT(30);

	str_text_add(&s, "secret");
	str_wipe(&s);
	CU_ASSERT_PTR_NULL(s.data);
	CU_ASSERT_EQUAL(s.len, 0);
	str_wipe(&s);
	str_free(&s);
}

static CU_TestInfo tests[] = {
	{ "empty is an empty text", empty_is_an_empty_text },
	{ "the ceiling itself fits", the_ceiling_itself_fits },
	{ "overflow is sticky", overflow_is_sticky },
	{ "octets may have NUL inside", octets_may_have_nul_inside },
	{ "it grows to any ceiling", it_grows_to_any_ceiling },
	{ "stolen text leaves an empty one with the ceiling",
	  stolen_text_leaves_an_empty_one_with_the_ceiling },
	{ "wiped is empty", wiped_is_empty },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_str = { .pName = "lib/base/str", .pTests = tests };
