#include <ctype.h>
#include <string.h>

#include "ctl/help.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "tests/unit/cunit.h"
#include "tests/unit/document.h"

/* What docs/CONTROL.md has, "device/add", and what needs no server. */
static void test_commands(void)
{
	autoclean(document_free) struct document d;
	char cell[DOCUMENT_CELLS][DOCUMENT_CELL_MAX];
	size_t n, remote = 0;
	const struct command *const *all = command_table(&n);

	document_open(&d, "docs/CONTROL.md", "## 3. Commands");
	for (; document_row(&d, cell); remote++) {
		char *at = cell[0], *verb = document_word(&at), *noun = NULL;
		const struct command *c;

		if (strchr(verb, '/') != NULL)
			noun = strsep(&verb, "/");
		c = command_find(noun, verb);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		CU_ASSERT_EQUAL(c->flags & COMMAND_LOCAL, 0);
		CU_ASSERT_STRING_EQUAL(c->role, cell[1]);
	}
	for (size_t i = 0; i < n; i++)
		remote += (all[i]->flags & COMMAND_LOCAL) != 0;
	CU_ASSERT_EQUAL(remote, n);
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
