/*
 * The unit test runner: every suite that the tests define, in one program.
 *
 *	unit            run all
 *	unit -l         list the suites and their tests
 *	unit -s SUITE   run the suites whose name contains SUITE (may be repeated)
 *
 * Ends with 0 only if at least one test ran and none failed.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>

/* Generated from the sources: build/gen/suites.c. */
extern CU_SuiteInfo *const unit_suites[];

enum { WANTED_MAX = 64 };

struct options {
	bool list;
	const char *wanted[WANTED_MAX];
	int wanted_len;
};

static bool is_wanted(const struct options *o, const char *suite)
{
	if (o->wanted_len == 0)
		return true;
	for (int i = 0; i < o->wanted_len; i++) {
		if (strstr(suite, o->wanted[i]))
			return true;
	}
	return false;
}

static int read_options(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "ls:")) != -1) {
		switch (c) {
		case 'l':
			o->list = true;
			break;
		case 's':
			if (o->wanted_len == WANTED_MAX)
				return -1;
			o->wanted[o->wanted_len++] = optarg;
			break;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

static void list_suite(const CU_SuiteInfo *s)
{
	for (const CU_TestInfo *t = s->pTests; t->pName; t++)
		printf("%s: %s\n", s->pName, t->pName);
}

static bool add_suite(CU_SuiteInfo *s)
{
	CU_SuiteInfo both[] = { *s, CU_SUITE_INFO_NULL };

	if (CU_register_suites(both) == CUE_SUCCESS)
		return true;
	fprintf(stderr, "unit: %s: %s\n", s->pName, CU_get_error_msg());
	return false;
}

static int run(const struct options *o)
{
	unsigned int ran, failed;

	CU_basic_set_mode(CU_BRM_NORMAL);
	if (CU_basic_run_tests() != CUE_SUCCESS) {
		fprintf(stderr, "unit: %s\n", CU_get_error_msg());
		return 1;
	}
	ran = CU_get_number_of_tests_run();
	failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
	if (ran == 0) {
		fprintf(stderr, "unit: no test ran%s\n", o->wanted_len ? " (see -l)" : "");
		return 1;
	}
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options o = { .list = false };
	int rc;

	if (read_options(argc, argv, &o) < 0) {
		fprintf(stderr, "usage: unit [-l] [-s SUITE]...\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (CU_initialize_registry() != CUE_SUCCESS) {
		fprintf(stderr, "unit: %s\n", CU_get_error_msg());
		return 1;
	}
	for (CU_SuiteInfo *const *s = unit_suites; *s; s++) {
		if (!is_wanted(&o, (*s)->pName))
			continue;
		if (o.list)
			list_suite(*s);
		else if (!add_suite(*s))
			return 1;
	}
	rc = o.list ? 0 : run(&o);
	CU_cleanup_registry();
	return rc;
}
