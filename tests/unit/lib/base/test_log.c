#include "lib/base/log.h"
#include "tests/unit/cunit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is written to standard error while `write_lines` runs. */
static void capture(void (*write_lines)(void), char *out, size_t size)
{
	int saved = dup(STDERR_FILENO), ends[2];
	ssize_t n;

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	write_lines();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	n = read(ends[0], out, size - 1);
	close(ends[0]);
	out[n > 0 ? n : 0] = '\0';
}

static void some_lines(void)
{
	log_open("enrolld[test]", LOG_LEVEL_INFO);
	log_info("request", "attempt=%s status=%d", "A-7K3M-Q9TD", 403);
	log_debug("hidden", "x=%d", 1);
	log_error("forged", "who=%s", "x\nenrolld[test] request status=200\x1b[2J");
}

static void long_line(void)
{
	char text[4096];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_warn("long", "%s", text);
}

static void a_happening_is_one_line(void)
{
	char out[8192], *first, *second;

	unsetenv("JOURNAL_STREAM");
	capture(some_lines, out, sizeof(out));
	CU_ASSERT_PTR_NULL(strstr(out, "hidden"));
	CU_ASSERT_PTR_NULL(strchr(out, 0x1b));
	first = strchr(out, '\n');
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	second = strchr(first + 1, '\n');
	CU_ASSERT_PTR_NOT_NULL_FATAL(second);
	CU_ASSERT_STRING_EQUAL(second, "\n");
	*first = '\0';
	CU_ASSERT_STRING_EQUAL(strchr(out, ' '),
		" enrolld[test] request attempt=A-7K3M-Q9TD status=403");
}

static void a_long_line_is_cut_and_ended(void)
{
	char out[8192];

	capture(long_line, out, sizeof(out));
	CU_ASSERT_TRUE(strlen(out) > 1000 && strlen(out) <= 2048);
	CU_ASSERT_EQUAL(out[strlen(out) - 1], '\n');
	CU_ASSERT_PTR_EQUAL(strchr(out, '\n'), out + strlen(out) - 1);
}

static CU_TestInfo tests[] = {
	{ "a happening is one line", a_happening_is_one_line },
	{ "a long line is cut and ended", a_long_line_is_cut_and_ended },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_log = { .pName = "lib/base/log", .pTests = tests };
