/* docs/CONTROL.md says what the table of control commands says. */
#include "agent/commands.h"

#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "tests/unit/document.h"

static void the_commands_are_those_of_the_document(void)
{
	autoclean(document_free) struct document d;
	char cell[DOCUMENT_CELLS][DOCUMENT_CELL_MAX];
	size_t n, i = 0;
	const struct control_row *row = command_rows(&n);

	document_open(&d, "docs/CONTROL.md", "## 3. Commands");
	for (; document_row(&d, cell); i++) {
		char *at = cell[0];

		CU_ASSERT_FATAL(i < n);
		CU_ASSERT_STRING_EQUAL(document_word(&at), row[i].path);
		CU_ASSERT_STRING_EQUAL(cell[1], control_role_word(row[i].least));
	}
	CU_ASSERT_EQUAL(i, n);
}

/* "`device` with `takes`": a document, and a member of it. */
static void every_document_has_a_schema(void)
{
	autoclean(document_free) struct document d;
	char cell[DOCUMENT_CELLS][DOCUMENT_CELL_MAX];

	document_open(&d, "docs/CONTROL.md", "## 3. Commands");
	while (document_row(&d, cell)) {
		char *with = strstr(cell[3], " with "), *at = cell[3], *kind;

		if (with != NULL)
			*with = '\0';
		while ((kind = document_word(&at)) != NULL) {
			autoclean(text_free) char *path = mem_printf("schema/json/%s.json", kind);

			CU_ASSERT_EQUAL(file_exists(path), 1);
		}
		CU_ASSERT(at != cell[3]);
	}
}

static CU_TestInfo tests[] = {
	{ "the commands are those of the document", the_commands_are_those_of_the_document },
	{ "every document has a schema", every_document_has_a_schema },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_commands = { .pName = "agent/commands", .pTests = tests };
