#include <stdlib.h>
#include <string.h>

#include "ctl/grid.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

/* What output_error writes; free() it. */
static char *error_text(enum format format, const struct fail *f, const json_t *doc)
{
	struct cmd c = { .format = format, .command = &command_status };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	output_error(&c, f, doc, out);
	fclose(out);
	return text;
}

static void test_text_form(void)
{
	struct fail f = FAIL_INIT;
	char *text;

	fail(&f, ENR_CREATE_DENIED, "ldap://dc1: cn=x: no right");
	text = error_text(FORMAT_TABLE, &f, NULL);
	CU_ASSERT_EQUAL(strncmp(text, "error: ", 7), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " [ENR-602 create-denied]\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n       ldap://dc1: cn=x: no right\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n   do: "));
	free(text);
}

static void test_json_form(void)
{
	struct fail f = FAIL_INIT;
	json_t *doc;
	char *text;

	fail(&f, ENR_USAGE, "a \"quoted\" word");
	text = error_text(FORMAT_JSON, &f, NULL);
	CU_ASSERT_PTR_EQUAL(strchr(text, '\n'), text + strlen(text) - 1);
	doc = json_loads(text, 0, NULL);
	CU_ASSERT_STRING_EQUAL(doc_text(doc, "kind"), "error");
	CU_ASSERT_STRING_EQUAL(doc_text(doc, "code"), "ENR-803");
	CU_ASSERT_STRING_EQUAL(doc_text(doc, "do"), "see enrollctl status --help");
	CU_ASSERT_EQUAL(doc_number(doc, "exit"), 2);
	CU_ASSERT(json_is_object(json_object_get(doc, "details")));
	CU_ASSERT(json_is_null(json_object_get(doc, "attempt")));
	json_decref(doc);
	free(text);
}

static void test_agent_error(void)
{
	json_t *doc = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "kind", "error", "code",
		"ENR-602", "name", "create-denied", "what", "no\033[31mcolour", "do", "ask", "exit",
		6, "evidence", "x");
	struct fail f = FAIL_INIT;
	char *text;

	fail(&f, ENR_CREATE_DENIED, "more");
	text = error_text(FORMAT_TABLE, &f, doc);
	CU_ASSERT_PTR_NULL(strchr(text, '\033'));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "       more\n"));
	CU_ASSERT_EQUAL(output_exit(&f, doc), 6);
	CU_ASSERT_EQUAL(output_exit(&f, NULL), 1);
	free(text);
	json_decref(doc);
}

static void test_printable(void)
{
	json_t *doc = json_pack("{s:[s, i, {s:s}]}", "a", "x\ny\177", 1, "b", "\302\233m\303\251");
	json_t *clean = doc_printable(doc);
	const json_t *list = json_object_get(clean, "a");

	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(list, 0)), "x?y?");
	CU_ASSERT_EQUAL(json_integer_value(json_array_get(list, 1)), 1);
	CU_ASSERT_STRING_EQUAL(doc_text(json_array_get(list, 2), "b"), "?m\303\251");
	json_decref(clean);
	json_decref(doc);
}

/* A stranger's address that reads backwards, or that looks like another one. */
static void test_invisible(void)
{
	static const struct {
		const char *given, *shown;
	} rows[] = {
		{ "moc\u202eadmin@x.test", "moc?admin@x.test" },
		{ "a\u2066b\u2069c", "a?b?c" },
		{ "and\u200breas\ufeff", "and?reas?" },
		{ "one\u2028two\u061c", "one?two?" },
		{ "\u00e9\u2014\u20ac\u0627\ufb01", "\u00e9\u2014\u20ac\u0627\ufb01" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *text = json_string(rows[i].given), *clean = doc_printable(text);

		CU_ASSERT_STRING_EQUAL(json_string_value(clean), rows[i].shown);
		json_decref(clean);
		json_decref(text);
	}
}

static char *grid_text_of(const char *const *head, size_t columns, int width,
	const char *const *cells, size_t n)
{
	struct grid g;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	grid_begin(&g, head, columns);
	for (size_t i = 0; i < n; i++)
		grid_add(&g, cells[i]);
	grid_print(&g, width, out);
	grid_free(&g);
	fclose(out);
	return text;
}

static char *grid_text(int width, const char *const *cells, size_t n)
{
	static const char *const head[] = { "NAME", "OU" };

	return grid_text_of(head, ARRAY_LEN(head), width, cells, n);
}

static void test_grid_numbers(void)
{
	static const char *const head[] = { "NAME", "IDENTITY", "OU", "ENROLLMENT" };
	static const char *const cells[] = { "LT-0042", "andreas@example.com",
		"ou=Managed Devices,dc=x", "E-4H2X-8RNP" };
	char *text = grid_text_of(head, ARRAY_LEN(head), 50, cells, 4);
	char *less = grid_text_of(head, ARRAY_LEN(head), 40, cells, 4);
	char *narrow = grid_text_of(head, ARRAY_LEN(head), 30, cells, 4);

	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "LT-0042  andreas@exa..  ou=Managed ..  E-4H2X-8RNP\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(less, "LT-0042  andrea..  ou=Man..  E-4H2X-8RNP\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(narrow, "LT-0042  andr..  ou=M..  E-4H..\n"));
	free(text);
	free(less);
	free(narrow);
}

static void test_grid(void)
{
	static const char *const cells[] = { "LT-1", "ou=Very Long Name,dc=x", "K\303\266ln", "" };
	char *wide = grid_text(0, cells, 4), *narrow = grid_text(20, cells, 4);

	CU_ASSERT_STRING_EQUAL(wide, "NAME  OU\nLT-1  ou=Very Long Name,dc=x\nK\303\266ln  -\n");
	CU_ASSERT_STRING_EQUAL(narrow, "NAME  OU\nLT-1  ou=Very Long..\nK\303\266ln  -\n");
	free(wide);
	free(narrow);
}

static void test_wrapped(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	output_wrapped(out, "one two three averylongword", 2, 10);
	fclose(out);
	CU_ASSERT_STRING_EQUAL(text, "  one two\n  three\n  averylongword\n");
	free(text);
}

static CU_TestInfo tests[] = {
	{ "an error has its three parts", test_text_form },
	{ "an error in JSON is one line", test_json_form },
	{ "the agent's error keeps its exit status and loses its escapes", test_agent_error },
	{ "no control character reaches a terminal", test_printable },
	{ "nor one that hides or turns the others", test_invisible },
	{ "a table shrinks to its width, and no more", test_grid },
	{ "names and numbers are cut last", test_grid_numbers },
	{ "text breaks at blanks", test_wrapped },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_ctl_output = { .pName = "ctl/output", .pTests = tests };
