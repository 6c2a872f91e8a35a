#include <ctype.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include "ctl/help.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

/* Section 2 of the command line's description, as far as it is built, with the least roles. */
static const struct {
	const char *noun, *verb, *role;
} wanted[] = {
	{ NULL, "status", "auditor" },
	{ "config", "show", "auditor" },
	{ NULL, "explain", "anyone" },
	{ "device", "add", "operator" },
	{ "device", "list", "auditor" },
	{ "device", "show", "auditor" },
	{ "device", "reissue", "helpdesk" },
	{ "device", "extend", "helpdesk" },
	{ "device", "cancel", "helpdesk" },
	{ "device", "reimage", "operator" },
	{ "device", "disable", "operator" },
	{ "device", "enable", "operator" },
	{ "device", "revoke", "operator" },
	{ "device", "remove", "admin" },
	{ "attempt", "list", "helpdesk" },
	{ "delegation", "plan", "auditor" },
	{ "delegation", "apply", "admin" },
	{ "delegation", "verify", "auditor" },
	{ "schema", "print", "auditor" },
	{ "profile", "show", "auditor" },
	{ "ca", "init", "root" },
	{ "ca", "show", "auditor" },
	{ "ca", "export", "auditor" },
	{ "certificate", "list", "auditor" },
	{ "audit", "list", "auditor" },
};

static void test_commands(void)
{
	size_t n;

	command_table(&n);
	CU_ASSERT_EQUAL(n, ARRAY_LEN(wanted));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		const struct command *c = command_find(wanted[i].noun, wanted[i].verb);

		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT(text_equal(c->role, wanted[i].role) || (c->flags & COMMAND_LOCAL));
	}
	CU_ASSERT_PTR_NULL(command_find("device", "explain"));
	CU_ASSERT_PTR_NULL(command_find(NULL, "add"));
	CU_ASSERT(command_is_noun("device"));
	CU_ASSERT(!command_is_noun("status"));
}

static void check_option(const struct command *c, const struct cmd_option *o)
{
	const struct cmd_option *any = option_find(o->name);

	CU_ASSERT_PTR_NOT_NULL_FATAL(any);
	CU_ASSERT_EQUAL(any->kind, o->kind);
	CU_ASSERT((o->kind == OPTION_FLAG) == (o->value == NULL));
	CU_ASSERT_PTR_EQUAL(option_of(c, o->name), o);
	CU_ASSERT_PTR_NULL(strchr(o->name, '_'));
	CU_ASSERT(!isupper((unsigned char)o->help[0]) || isupper((unsigned char)o->help[1]));
	CU_ASSERT(o->letter == 0);
}

static void test_rows_are_whole(void)
{
	size_t n;
	const struct command *const *c = command_table(&n);

	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_PTR_NOT_NULL(c[i]->run);
		CU_ASSERT_PTR_NOT_NULL(c[i]->summary);
		CU_ASSERT(c[i]->most >= c[i]->least);
		CU_ASSERT((c[i]->most == 0) == (*c[i]->words == '\0'));
		for (size_t k = 0; k < 2; k++) {
			CU_ASSERT_PTR_NOT_NULL_FATAL(c[i]->example[k]);
			CU_ASSERT_PTR_NOT_NULL(strstr(c[i]->example[k], c[i]->verb));
		}
		for (size_t k = 0; k < c[i]->n_options; k++)
			check_option(c[i], &c[i]->options[k]);
	}
}

static void test_letters(void)
{
	for (char ch = 'a'; ch <= 'z'; ch++)
		CU_ASSERT_EQUAL(option_letter(ch) != NULL, strchr("onyqvh", ch) != NULL);
	CU_ASSERT_PTR_NULL(option_letter('\0'));
}

static void test_help_names_all(void)
{
	char *text = NULL;
	size_t size = 0, n;
	const struct command *const *c = command_table(&n);
	FILE *out = open_memstream(&text, &size);

	help_print(out, NULL, NULL);
	fclose(out);
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(text, c[i]->summary));
	free(text);
}

static CU_TestInfo tests[] = {
	{ "the commands are those that are described", test_commands },
	{ "every row is whole, every option the same everywhere", test_rows_are_whole },
	{ "short options are only the six", test_letters },
	{ "help names every command", test_help_names_all },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_ctl_table = { .pName = "ctl/table", .pTests = tests };
