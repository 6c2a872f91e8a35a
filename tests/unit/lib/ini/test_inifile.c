#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/str.h"
#include "lib/ini/inifile.h"
#include "tests/unit/cunit.h"

static void note(const struct inifile_line *l, void *arg)
{
	struct str *s = arg;

	if (l->problem)
		str_printf(s, "%d!%s%s%s|", l->line, l->key ? l->key : "", l->key ? ": " : "",
			l->problem);
	else if (!l->key)
		str_printf(s, "%d[%s]|", l->line, l->section);
	else
		str_printf(s, "%d[%s]%s=%s|", l->line, l->section, l->key, l->value);
}

static char *read_all(const char *text, size_t len)
{
	struct str s = STR_INIT(4 * 1024 * 1024);

	str_text_add(&s, "");
	inifile_read(text, len, note, &s);
	CU_ASSERT(!s.overflow);
	return str_steal(&s);
}

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "[a]\nk = v\n", "1[a]|2[a]k=v|" },
	{ "[a]\r\n\tk\t=\tv w \r\n", "1[a]|2[a]k=v w|" },
	{ "\xEF\xBB\xBF[a]\nk=v", "1[a]|2[a]k=v|" },
	{ "# c\n; c\n\n  [ ou   x ]\nk=\n", "4[ou x]|5[ou x]k=|" },
	{ "k=v\n", "1[]k=v|" },
	{ "[a]\nk = v ; not a comment # nor this\n", "1[a]|2[a]k=v ; not a comment # nor this|" },
	{ "[a]\ndn = OU=x:y,DC=z\n", "1[a]|2[a]dn=OU=x:y,DC=z|" },
	{ "[a]\nk=1\n  second = 2\n", "1[a]|2[a]k=1|3[a]second=2|" },
	{ "[a]\nk=1\n[b]\nk=1\n[a]\nj=1\nk=2\n",
		"1[a]|2[a]k=1|3[b]|4[b]k=1|5!this section is already in line 1|" },
	{ "[a]\nk=1\nk=2\nj=1\n", "1[a]|2[a]k=1|3!k: this key is already in line 2|4[a]j=1|" },
	{ "[a\nk=1\n[b]\n", "1!the heading lacks its ]|3[b]|" },
	{ "[a] x\n", "1!text behind the heading|" },
	{ "[ ]\n", "1!the section has no name (at most 48 octets)|" },
	{ "[a]\nword\n=v\n", "1[a]|2!neither [section] nor key = value|3!no key in front of =|" },
	{ "[a]\nk: v = w\n", "1[a]|2!a : in the key; write key = value|" },
	{ "[a]\nk=\xFF\nj=\x01\nl=\xC2\x85\nm=\xC3\xA4\n",
		"1[a]|2!not UTF-8|3!a control character|4!a control character|5[a]m=\xC3\xA4|" },
	{ "[a]\nk=[b]\n", "1[a]|2[a]k=[b]|" },
};

static void test_rows(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = read_all(rows[i].text, strlen(rows[i].text));

		CU_ASSERT_STRING_EQUAL(got, rows[i].want);
		if (strcmp(got, rows[i].want) != 0)
			printf("\nrow %zu: got %s\n", i, got);
		free(got);
	}
}

static void test_nul(void)
{
	char *got = read_all("[a]\nk=v\0w\nj=1\n", 14);

	CU_ASSERT_STRING_EQUAL(got, "1[a]|2!a NUL character|3[a]j=1|");
	free(got);
}

/* inih alone cuts names at 49 octets and lines at 199. */
static void test_long(void)
{
	struct str text = STR_INIT(100000), want = STR_INIT(100000);
	char *got;

	str_printf(&text, "[%048d]\n%048d = %07000d\n", 1, 2, 3);
	str_printf(&text, "%049d = 1\n[%049d]\nx=1\n[b]\nk=%08000d\n", 4, 5, 6);
	str_printf(&want, "1[%048d]|2[%048d]%048d=%07000d|", 1, 1, 2, 3);
	str_text_add(&want, "3!the key is longer than 48 octets|"
			    "4!the name of the section is longer than 48 octets|6[b]|"
			    "7!the line is longer than 8000 octets|");
	got = read_all(str_text(&text), text.len);
	CU_ASSERT_STRING_EQUAL(got, str_text(&want));
	free(got);
	str_free(&text);
	str_free(&want);
}

static void test_longest_line(void)
{
	struct str text = STR_INIT(100000), want = STR_INIT(100000);
	char *got;

	str_printf(&text, "[a]\nk=%0*d\nj=1", INIFILE_LINE_MAX - 2, 7);
	str_printf(&want, "1[a]|2[a]k=%0*d|3[a]j=1|", INIFILE_LINE_MAX - 2, 7);
	got = read_all(str_text(&text), text.len);
	CU_ASSERT_STRING_EQUAL(got, str_text(&want));
	free(got);
	str_free(&text);
	str_free(&want);
}

static void test_too_many(void)
{
	struct str text = STR_INIT(1024 * 1024);
	char *got;

	for (int i = 0; i < INIFILE_ENTRIES_MAX + 10; i++)
		str_printf(&text, "k%d=1\n", i);
	got = read_all(str_text(&text), text.len);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "4097!the file has more than 4096 entries|"));
	CU_ASSERT_PTR_NULL(strstr(got, "4098"));
	free(got);
	str_free(&text);
}

static CU_TestInfo tests[] = {
	{ "each line gives what it says, with its number", test_rows },
	{ "a NUL is a mistake of its line", test_nul },
	{ "nothing is cut silently", test_long },
	{ "the longest allowed line arrives whole", test_longest_line },
	{ "the number of entries is bounded", test_too_many },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_lib_ini_inifile = { "lib/ini/inifile", NULL, NULL, NULL, NULL, tests };
