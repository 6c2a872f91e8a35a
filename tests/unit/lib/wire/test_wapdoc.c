#include "lib/wire/wapdoc.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/pack.h"
#include "tests/unit/cunit.h"

extern char **environ;

#define DOC(inside) "<wap-provisioningdoc version=\"1.1\">" inside "</wap-provisioningdoc>"
#define TEN(x) x x x x x x x x x x
#define BLIND 1 /* more than a grammar can say */

static const char *const good[] = {
	DOC(""),
	DOC("<parm name=\"flag\"/>"),
	DOC("<characteristic type=\"A\"/><characteristic type=\"A\"/>"),
	DOC("<characteristic type=\"A\">\n<parm name=\"b\" value=\"\"/>\t<parm name=\"B\" "
	    "value=\"x\" "
	    "datatype=\"integer\"/></characteristic>"),
	DOC("<nocharacteristic type=\"A\"/><noparm name=\"x\"/>"),
	DOC("<parm name=\"a\" value=\"&lt;&amp;&quot;&#10;&#xF000;\"/>"),
	DOC(TEN("<characteristic type=\"A\">") "<parm name=\"a\"/>" TEN("</characteristic>")),
};

static const struct {
	const char *text;
	int blind;
} bad[] = {
	{ "", 0 },
	{ "<wap-provisioningdoc/>", 0 },
	{ "<wap-provisioningdoc version=\"1.0\"/>", 0 },
	{ "<wap-provisioningdoc version=\"1.1\" x=\"\"/>", 0 },
	{ "<wap-provisioningdoc version=\"1.1\" xmlns=\"urn:x\"/>", 0 },
	{ "<provisioning version=\"1.1\"/>", 0 },
	{ DOC("text"), 0 },
	{ DOC("<characteristic type=\"A\">text</characteristic>"), 0 },
	{ DOC("<characteristic/>"), 0 },
	{ DOC("<characteristic type=\"\"/>"), 0 },
	{ DOC("<characteristic name=\"A\"/>"), 0 },
	{ DOC("<characteristic type=\"A\" value=\"\"/>"), 0 },
	{ DOC("<characteristic type=\"A&#10;B\"/>"), BLIND },
	{ DOC("<parm value=\"x\"/>"), 0 },
	{ DOC("<parm name=\"a\" datatype=\"text\"/>"), 0 },
	{ DOC("<parm name=\"a\"><parm name=\"b\"/></parm>"), 0 },
	{ DOC("<parm name=\"a\"/><parm name=\"a\" value=\"2\"/>"), BLIND },
	{ DOC("<noparm name=\"a\" value=\"2\"/>"), 0 },
	{ DOC("<nocharacteristic type=\"a\"><parm name=\"b\"/></nocharacteristic>"), 0 },
	{ DOC("<characteristic-query type=\"a\"/>"), 0 },
	{ DOC("<parm name=\"a\" value=\"&#x9b;31m\"/>"), BLIND },
	{ DOC("<parm name=\"a\" value=\"ok&#10;&#x7f;\"/>"), BLIND },
	{ DOC("<!-- --><parm name=\"a\"/>"), BLIND },
	{ "<!DOCTYPE wap-provisioningdoc>" DOC(""), BLIND },
	{ DOC(TEN("<characteristic type=\"A\">") "<characteristic type=\"A\"><parm name=\"a\"/>"
	      "</characteristic>" TEN("</characteristic>")), BLIND },
};

static struct wapdoc_node *parse(const char *text, struct fail *f)
{
	return wapdoc_parse((const uint8_t *)text, strlen(text), f);
}

static char *written(const struct wapdoc_node *root)
{
	struct str s = STR_INIT(WAPDOC_OCTETS_MAX);

	CU_ASSERT_EQUAL(wapdoc_write(root, &s), 0);
	return str_steal(&s);
}

static int grammar_takes(const char *text)
{
	char path[] = "/tmp/wapdoc.XXXXXX";
	char *argv[] = { (char *)"xmllint", (char *)"--noout", (char *)"--relaxng",
		(char *)"schema/wap-provisioningdoc.rng", path, NULL };
	posix_spawn_file_actions_t quiet;
	int status = -1, fd = mkstemp(path);
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	CU_ASSERT_EQUAL_FATAL(posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&quiet);
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	unlink(path);
	CU_ASSERT_TRUE_FATAL(WIFEXITED(status) && WEXITSTATUS(status) != 127);
	return WEXITSTATUS(status) == 0;
}

static void good_ones_come_back_the_same_by_text_and_pipe(void)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		autoclean(wapdoc_free) struct wapdoc_node *one = parse(good[i], NULL), *two = NULL,
							  *three = NULL;
		autoclean(str_free) struct str packed = STR_INIT(1 << 20);
		autoclean(text_free) char *a = NULL, *b = NULL, *c = NULL;

		CU_ASSERT_PTR_NOT_NULL_FATAL(one);
		a = written(one);
		two = parse(a, NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(two);
		b = written(two);
		CU_ASSERT_STRING_EQUAL(a, b);
		wapdoc_pack(one, &packed);
		three = wapdoc_unpack((const uint8_t *)packed.data, packed.len, NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(three);
		c = written(three);
		CU_ASSERT_STRING_EQUAL(a, c);
		CU_ASSERT_TRUE(grammar_takes(good[i]) && grammar_takes(a));
		for (size_t n = 0; n < packed.len; n++)
			CU_ASSERT_PTR_NULL(wapdoc_unpack((const uint8_t *)packed.data, n, NULL));
	}
}

static void bad_ones_are_refused_by_reader_and_grammar(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fail f = FAIL_INIT;

		CU_ASSERT_PTR_NULL(parse(bad[i].text, &f));
		CU_ASSERT_EQUAL(f.code, ENR_DOCUMENT_INVALID);
		if (grammar_takes(bad[i].text) != bad[i].blind) {
			printf("\ngrammar: %s\n", bad[i].text);
			CU_FAIL("a row above");
		}
	}
}

static void a_tree_that_no_reader_takes_is_not_written(void)
{
	autoclean(wapdoc_free) struct wapdoc_node *root = wapdoc_new();
	autoclean(str_free) struct str s = STR_INIT(WAPDOC_OCTETS_MAX);
	struct wapdoc_node *parm = wapdoc_parm(root, "a", "1");

	CU_ASSERT_EQUAL(wapdoc_write(root, &s), 0);
	wapdoc_parm(root, "a", "2");
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), -1);
	parm->name[0] = 'b';
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), 0);
	parm->value[0] = '\x01';
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), -1);
	parm->value[0] = '\xff';
	str_clear(&s);
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), -1);
	parm->value[0] = '1';
	parm->datatype = mem_text("text");
	str_clear(&s);
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), -1);
	str_free(&s);
	s.max = 20;
	text_free(&parm->datatype);
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), -1);
}

static void numbers_of_nodes_and_octets_are_limited(void)
{
	autoclean(wapdoc_free) struct wapdoc_node *root = wapdoc_new();
	autoclean(str_free) struct str s = STR_INIT(1 << 20), packed = STR_INIT(1 << 20);
	autoclean(text_free) char *big = mem_new(WAPDOC_VALUE_MAX + 2);

	for (int i = 1; i < WAPDOC_NODES_MAX; i++)
		wapdoc_characteristic(root, "A");
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), 0);
	wapdoc_characteristic(root, "A");
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), -1);
	wapdoc_pack(root, &packed);
	CU_ASSERT_PTR_NULL(wapdoc_unpack((const uint8_t *)packed.data, packed.len, NULL));
	wapdoc_free(&root);

	root = wapdoc_new();
	memset(big, 'x', WAPDOC_VALUE_MAX + 1);
	wapdoc_parm(root, "a", big);
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), -1);
	root->child[0]->value[WAPDOC_VALUE_MAX] = '\0';
	str_clear(&s);
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), 0);
	wapdoc_parm(root, "b", root->child[0]->value);
	str_clear(&s);
	CU_ASSERT_EQUAL(wapdoc_write(root, &s), -1);
}

static void a_packed_bomb_is_refused(void)
{
	autoclean(str_free) struct str s = STR_INIT(1 << 20);
	struct fail f = FAIL_INIT;

	/* Each node says it has four billion children. */
	for (int i = 0; i < 4000; i++) {
		pack_u8(&s, i == 0 ? WAPDOC_ROOT : WAPDOC_CHARACTERISTIC);
		pack_text(&s, i == 0 ? NULL : "A");
		pack_text(&s, NULL);
		pack_text(&s, NULL);
		pack_u32(&s, UINT32_MAX);
	}
	CU_ASSERT_PTR_NULL(wapdoc_unpack((const uint8_t *)s.data, s.len, &f));
	CU_ASSERT_EQUAL(f.code, ENR_DOCUMENT_INVALID);
}

static void people_see_no_secret_and_little_of_a_certificate(void)
{
	autoclean(wapdoc_free) struct wapdoc_node *root = wapdoc_new();
	autoclean(str_free) struct str s = STR_INIT(WAPDOC_OCTETS_MAX);
	static const char *const secrets[] = { "AAUTHSECRET", "AAUTHDATA", "MachinePassword",
		"password", "SharedSecret" };

	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		wapdoc_parm(root, secrets[i], "hidden-value");
	wapdoc_parm(root, "EncodedCertificate", "MIIBaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb");
	wapdoc_parm(root, "ADDR", "https://dm.contoso.com/");
	CU_ASSERT_EQUAL(wapdoc_show(root, &s), 0);
	CU_ASSERT_PTR_NULL(strstr(str_text(&s), "hidden-value"));
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&s), "name=\"MachinePassword\" value=\"********\""));
	CU_ASSERT_PTR_NULL(strstr(str_text(&s), "bbbb"));
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&s), "MIIBaaaaaaaaaaaaaaaaaaaa... (40 characters)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&s), "https://dm.contoso.com/"));
}

static void what_is_there_is_found(void)
{
	autoclean(wapdoc_free) struct wapdoc_node *root = parse(
		DOC("<parm name=\"A\" value=\"1\"/><characteristic type=\"A\"><parm name=\"a\"/>"
		    "</characteristic><nocharacteristic type=\"B\"/>"),
		NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	CU_ASSERT_STRING_EQUAL(wapdoc_value(root, "A"), "1");
	CU_ASSERT_PTR_NULL(wapdoc_value(root, "a"));
	CU_ASSERT_PTR_NULL(wapdoc_find(root, "B"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(wapdoc_find(root, "A"));
	CU_ASSERT_PTR_NULL(wapdoc_value(wapdoc_find(root, "A"), "a"));
}

static CU_TestInfo tests[] = {
	{ "good ones come back the same by text and pipe",
	  good_ones_come_back_the_same_by_text_and_pipe },
	{ "bad ones are refused by reader and grammar",
	  bad_ones_are_refused_by_reader_and_grammar },
	{ "a tree that no reader takes is not written",
	  a_tree_that_no_reader_takes_is_not_written },
	{ "numbers of nodes and octets are limited", numbers_of_nodes_and_octets_are_limited },
	{ "a packed bomb is refused", a_packed_bomb_is_refused },
	{ "people see no secret and little of a certificate",
	  people_see_no_secret_and_little_of_a_certificate },
	{ "what is there is found", what_is_there_is_found },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_wire_wapdoc = { .pName = "lib/wire/wapdoc", .pTests = tests };
