#include "client/options.h"

#include <string.h>

#include "client/settings.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "tests/unit/client/temp_root.h"
#include "tests/unit/cunit.h"

#define ARGS_MAX 8

static int read_line(struct run *r, const char *const *argv, struct fail *f)
{
	int argc = 0;

	*r = (struct run){ .command = NULL };
	while (argv[argc] != NULL)
		argc++;
	return options_read(r, argc, (char **)(uintptr_t)argv, f);
}

static void options_stand_anywhere(void)
{
	static const char *const lines[][ARGS_MAX] = {
		{ "enroll", "join", "a@b.example", "--server", "s.example", "-o", "json" },
		{ "enroll", "--server=s.example", "-ojson", "join", "a@b.example" },
		{ "enroll", "join", "--output=json", "--server", "s.example", "--", "a@b.example" },
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct run r;

		CU_ASSERT_EQUAL(read_line(&r, lines[i], NULL), 0);
		CU_ASSERT_STRING_EQUAL(r.command->name, "join");
		CU_ASSERT_STRING_EQUAL(r.word, "a@b.example");
		CU_ASSERT_STRING_EQUAL(r.value[OPTION_SERVER], "s.example");
		CU_ASSERT_EQUAL(r.say.json, 1);
	}
}

static void short_ones_stand_together(void)
{
	static const char *const line[] = { "enroll", "join", "-nqv", NULL };
	struct run r;

	CU_ASSERT_EQUAL(read_line(&r, line, NULL), 0);
	CU_ASSERT(r.value[OPTION_DRY_RUN] && r.value[OPTION_QUIET] && r.value[OPTION_VERBOSE]);
}

static void what_is_wrong_is_named(void)
{
	static const struct {
		const char *line[ARGS_MAX], *says;
	} cases[] = {
		{ { "enroll", "jion" }, "did you mean join?" },
		{ { "enroll", "join", "--sever", "x" }, "did you mean --server?" },
		{ { "enroll", "join", "--quux" }, "unknown option --quux" },
		{ { "enroll", "join", "-x" }, "unknown option -x" },
		{ { "enroll", "join", "--server" }, "--server needs HOST[:PORT]" },
		{ { "enroll", "join", "--quiet=1" }, "--quiet takes no value" },
		{ { "enroll", "status", "--server", "x" }, "enroll status has no option --server" },
		{ { "enroll", "join", "a", "b" }, "usage: enroll join [EMAIL]" },
		{ { "enroll", "show" }, "usage: enroll show WHAT" },
		{ { "enroll", "status", "-o", "xml" }, "--output is table or json" },
		{ { "enroll", "status", "--root", "here" }, "--root needs an absolute path" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fail f = FAIL_INIT;
		struct run r;

		CU_ASSERT_EQUAL(read_line(&r, cases[i].line, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_USAGE);
		CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, cases[i].says));
	}
}

static void help_asks_for_no_words(void)
{
	static const char *const line[] = { "enroll", "show", "--help", NULL };
	struct run r;

	CU_ASSERT_EQUAL(read_line(&r, line, NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(r.value[OPTION_HELP]);
}

static void every_command_is_whole(void)
{
	for (size_t i = 0; commands[i] != NULL; i++) {
		const struct command *c = commands[i];

		CU_ASSERT(c->run != NULL && c->options != NULL && c->summary[0] != '\0');
		CU_ASSERT(c->most >= c->least);
		CU_ASSERT_EQUAL(strncmp(c->example[0], "enroll ", 7), 0);
		CU_ASSERT_EQUAL(strncmp(c->example[1], "enroll ", 7), 0);
	}
}

static void the_configuration_is_read_strictly(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "identity = a@b.example\n", NULL },
		{ "[enroll]\nserver = s.example\npassword-file = /p\n", NULL },
		{ "[enroll]\nsever = s\n", ":2: unknown key sever" },
		{ "[other]\nserver = s\n", ":1: unknown section [other]" },
		{ "identity\n", ":1: " },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoclean(settings_clear) struct settings s = { 0 };
		struct fail f = FAIL_INIT;
		struct temp_root t;

		temp_root_make(&t);
		temp_write(&t, PLACE_CONF, cases[i].text, 0644);
		CU_ASSERT_EQUAL(settings_load(&t.place, &s, &f), cases[i].says ? -1 : 0);
		if (cases[i].says != NULL) {
			CU_ASSERT_EQUAL(f.code, ENR_CONFIG_INVALID);
			CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, cases[i].says));
		}
		if (i == 1)
			CU_ASSERT_STRING_EQUAL(s.password_file, "/p");
		temp_root_free(&t);
	}
}

static CU_TestInfo tests[] = {
	{ "options stand anywhere", options_stand_anywhere },
	{ "short ones stand together", short_ones_stand_together },
	{ "what is wrong is named", what_is_wrong_is_named },
	{ "help asks for no words", help_asks_for_no_words },
	{ "every command is whole", every_command_is_whole },
	{ "the configuration is read strictly", the_configuration_is_read_strictly },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_client_options = { .pName = "client/options", .pTests = tests };
