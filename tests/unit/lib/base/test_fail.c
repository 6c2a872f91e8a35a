#include "lib/base/fail.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "tests/unit/cunit.h"

static void the_leaf_says_what_and_callers_say_where(void)
{
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(fail(&f, ENR_DIRECTORY_BUSY, "busy (%d)", 51), -1);
	CU_ASSERT_EQUAL(fail_in(&f, "add %s", "cn=x"), -1);
	CU_ASSERT_EQUAL(fail_in(&f, "join"), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_BUSY);
	CU_ASSERT_STRING_EQUAL(f.evidence, "join: add cn=x: busy (51)");
	CU_ASSERT_STRING_EQUAL(f.told, "");
	CU_ASSERT_EQUAL(fail_told(&f, "later"), -1);
	CU_ASSERT_STRING_EQUAL(f.told, "later");
	CU_ASSERT_STRING_EQUAL(f.evidence, "join: add cn=x: busy (51)");
}

static void a_new_failure_forgets_the_old_one(void)
{
	struct fail f = FAIL_INIT;

	fail(&f, ENR_INTERNAL, "one");
	fail_told(&f, "told");
	fail(&f, ENR_USAGE, "two");
	CU_ASSERT_EQUAL(f.code, ENR_USAGE);
	CU_ASSERT_STRING_EQUAL(f.evidence, "two");
	CU_ASSERT_STRING_EQUAL(f.told, "");
}

static void the_old_evidence_may_be_part_of_the_new(void)
{
	struct fail f = FAIL_INIT;

	fail(&f, ENR_FILE_FAILED, "cannot read");
	fail(&f, ENR_CONFIG_UNREADABLE, "configuration: %s", f.evidence);
	CU_ASSERT_STRING_EQUAL(f.evidence, "configuration: cannot read");
	fail_told(&f, "it says: %s", f.evidence);
	fail_told(&f, "really, %s", f.told);
	CU_ASSERT_STRING_EQUAL(f.told, "really, it says: configuration: cannot read");
}

static void errno_is_put_behind_and_survives(void)
{
	struct fail f = FAIL_INIT;

	errno = ENOENT;
	CU_ASSERT_EQUAL(fail_errno(&f, ENR_FILE_FAILED, "%s", "/x"), -1);
	CU_ASSERT_STRING_EQUAL(f.evidence, "/x: No such file or directory");
}

static void no_one_need_care(void)
{
	CU_ASSERT_EQUAL(fail(NULL, ENR_INTERNAL, "x"), -1);
	CU_ASSERT_EQUAL(fail_in(NULL, "x"), -1);
	CU_ASSERT_EQUAL(fail_told(NULL, "x"), -1);
	CU_ASSERT_EQUAL(fail_errno(NULL, ENR_INTERNAL, "x"), -1);
}

static void the_text_is_always_printable_utf_8(void)
{
	char many[FAIL_EVIDENCE_MAX + 64];
	struct fail f = FAIL_INIT;

	fail(&f, ENR_INTERNAL, "a\nb\x1b[0m\x7f \xc2\x9b \xc3\xbc \xff\xc3");
	CU_ASSERT_STRING_EQUAL(f.evidence, "a?b?[0m? ?? \xc3\xbc ??");
	fail_told(&f, "\xe2\x82\r");
	CU_ASSERT_STRING_EQUAL(f.told, "???");

	/* Cut in the middle of a character, by itself and by a prefix. */
	for (size_t i = 0; i + 2 < sizeof(many); i += 2)
		memcpy(many + i, "\xc3\xbc", 3);
	fail(&f, ENR_INTERNAL, "%s", many);
	CU_ASSERT_EQUAL(strlen(f.evidence), FAIL_EVIDENCE_MAX - 1);
	CU_ASSERT_TRUE(text_is_utf8(f.evidence, strlen(f.evidence)));
	fail_in(&f, "xy");
	CU_ASSERT_EQUAL(strlen(f.evidence), FAIL_EVIDENCE_MAX - 1);
	CU_ASSERT_TRUE(text_is_utf8(f.evidence, strlen(f.evidence)));
	CU_ASSERT_EQUAL(strncmp(f.evidence, "xy: ", 4), 0);
}

static CU_TestInfo tests[] = {
	{ "the leaf says what and callers say where", the_leaf_says_what_and_callers_say_where },
	{ "a new failure forgets the old one", a_new_failure_forgets_the_old_one },
	{ "the old evidence may be part of the new", the_old_evidence_may_be_part_of_the_new },
	{ "errno is put behind", errno_is_put_behind_and_survives },
	{ "no one need care", no_one_need_care },
	{ "the text is always printable UTF-8", the_text_is_always_printable_utf_8 },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_fail = { .pName = "lib/base/fail", .pTests = tests };
