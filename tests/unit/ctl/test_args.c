#include <string.h>

#include "ctl/args.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "tests/unit/cunit.h"

#define WORDS_MAX 12

/* Splits a line at blanks; the words point into buf. */
static int parse(struct args *a, const char *line, char buf[256], struct fail *f)
{
	static char program[] = "enrollctl";
	char *argv[WORDS_MAX + 2] = { program };
	int argc = 1;

	snprintf(buf, 256, "%s", line);
	for (char *save = NULL, *w = strtok_r(buf, " ", &save); w && argc <= WORDS_MAX;
		w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return args_parse(a, argc, argv, f);
}

static void test_accepted(void)
{
	static const struct {
		const char *line, *verb;
		size_t words;
		const char *option, *value;
	} cases[] = {
		{ "device add LT-1", "add", 1, "ou", NULL },
		{ "device add LT-1 --ou X", "add", 1, "ou", "X" },
		{ "device add LT-1 --ou=X", "add", 1, "ou", "X" },
		{ "--ou X device add LT-1", "add", 1, "ou", "X" },
		{ "device --ou X add LT-1", "add", 1, "ou", "X" },
		{ "device add --ou=--odd LT-1", "add", 1, "ou", "--odd" },
		{ "device add LT-1 --password-out -", "add", 1, "password-out", "-" },
		{ "device add LT-1 -o json", "add", 1, "output", "json" },
		{ "device add LT-1 -ojson", "add", 1, "output", "json" },
		{ "device add LT-1 -nyq", "add", 1, "yes", "" },
		{ "device add LT-1 -no jsonl", "add", 1, "output", "jsonl" },
		{ "device add -- --vpn", "add", 1, "vpn", NULL },
		{ "device add LT-1 --vpn", "add", 1, "vpn", "" },
		{ "status", "status", 0, "output", NULL },
		{ "device cancel A B C", "cancel", 3, "yes", NULL },
		{ "device list --state enrolled", "list", 0, "state", "enrolled" },
		{ "device extend A --lifetime 1d12h", "extend", 1, "lifetime", "1d12h" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct args a;
		struct fail f = FAIL_INIT;
		char buf[256];

		CU_ASSERT_EQUAL(parse(&a, cases[i].line, buf, &f), 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(a.command);
		CU_ASSERT_STRING_EQUAL(a.command->verb, cases[i].verb);
		CU_ASSERT_EQUAL(a.n_word, cases[i].words);
		CU_ASSERT(text_equal(args_value(&a, cases[i].option), cases[i].value));
		args_free(&a);
	}
}

static void test_refused(void)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "device shwo LT-1", "did you mean device show?" },
		{ "devise list", "did you mean device?" },
		{ "statsu", "did you mean status?" },
		{ "device add", "what is missing" },
		{ "device add A B", "one word too many" },
		{ "device add A --owne X", "did you mean --owner?" },
		{ "device add A --xyzzyplugh", "there is no option" },
		{ "device list --password-out x", "there is no option" },
		{ "device add A -z", "there is no option" },
		{ "device add A --ou", "--ou needs a value" },
		{ "device add A --ou --vpn", "--ou needs a value" },
		{ "device add A --vpn=yes", "takes no value" },
		{ "device add A --ou X --ou Y", "given twice" },
		{ "device list --state wrong", "allowed is pending|" },
		{ "device list --state pend", "allowed is pending|" },
		{ "device extend A --lifetime soon", "45m" },
		{ "device add A --lifetime 0h", "45m" },
		{ "status -o xml", "allowed is table|json|jsonl|name" },
		{ "status extra", "one word too many" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct args a;
		struct fail f = FAIL_INIT;
		char buf[256];

		CU_ASSERT_EQUAL(parse(&a, cases[i].line, buf, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_USAGE);
		CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, cases[i].says));
		args_free(&a);
	}
}

static void test_format_survives(void)
{
	struct args a;
	char buf[256];

	CU_ASSERT_EQUAL(parse(&a, "device shwo X -o json", buf, NULL), -1);
	CU_ASSERT(text_equal(args_value(&a, "output"), "json"));
	args_free(&a);
}

static void test_help(void)
{
	static const char *const lines[] = { "--help", "device -h", "device add --help" };

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct args a;
		char buf[256];

		CU_ASSERT_EQUAL(parse(&a, lines[i], buf, NULL), 0);
		CU_ASSERT(a.help);
		args_free(&a);
	}
}

static void test_lists(void)
{
	struct args a;
	char buf[256];
	size_t n, m;
	const char *const *names, *const *suffixes;

	CU_ASSERT_EQUAL(
		parse(&a, "ca init --server-name a --suffix x --server-name b", buf, NULL), 0);
	names = args_values(&a, "server-name", &n);
	suffixes = args_values(&a, "suffix", &m);
	CU_ASSERT_EQUAL_FATAL(n, 2);
	CU_ASSERT_EQUAL_FATAL(m, 1);
	CU_ASSERT_STRING_EQUAL(names[0], "a");
	CU_ASSERT_STRING_EQUAL(names[1], "b");
	CU_ASSERT_STRING_EQUAL(suffixes[0], "x");
	args_free(&a);
}

static CU_TestInfo tests[] = {
	{ "options may stand anywhere, in every spelling", test_accepted },
	{ "what is unknown is named, with the nearest word", test_refused },
	{ "an error is told in the format that was asked for", test_format_survives },
	{ "help asks for no words", test_help },
	{ "a repeatable option keeps its order", test_lists },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_ctl_args = { .pName = "ctl/args", .pTests = tests };
