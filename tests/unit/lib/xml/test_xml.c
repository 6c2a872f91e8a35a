#include "lib/xml/xml.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "tests/unit/cunit.h"

static const struct xml_limits limits = {
	.octets = 4096, .depth = 4, .nodes = 8, .attributes = 2, .text = 32
};

static struct xml_node *parse(const char *text, size_t len, struct fail *f)
{
	return xml_parse((const uint8_t *)text, len, &limits, ENR_MESSAGE_MALFORMED, f);
}

#define LAUGH(a, b) "<!ENTITY " a " \"&" b ";&" b ";&" b ";&" b ";&" b ";&" b ";&" b ";&" b ";\">"

/* Length is that of the literal, so that NUL may be inside. */
#define ROW(name, text) { name, text, sizeof(text) - 1 }
static const struct {
	const char *name, *text;
	size_t len;
} refused[] = {
	ROW("nothing", ""),
	ROW("white space alone", " \n"),
	ROW("no root", "<?xml version=\"1.0\"?>"),
	ROW("two roots", "<a/><b/>"),
	ROW("text behind the root", "<a/>x"),
	ROW("crossed tags", "<a><b></a></b>"),
	ROW("an open tag", "<a><b></b>"),
	ROW("an attribute twice", "<a b=\"1\" b=\"2\"/>"),
	ROW("no quotes", "<a b=1/>"),
	ROW("a less-than in an attribute", "<a b=\"<\"/>"),
	ROW("a byte order mark", "\xef\xbb\xbf<a/>"),
	ROW("UTF-16 with mark", "\xff\xfe<\0a\0/\0>\0"),
	ROW("UTF-16 without mark", "<\0a\0/\0>\0"),
	ROW("UTF-16, big-endian", "\xfe\xff\0<\0a\0/\0>"),
	ROW("UTF-32", "<\0\0\0a\0\0\0/\0\0\0>\0\0\0"),
	ROW("EBCDIC", "\x4c\x6f\xa7\x94\x93\x40"),
	ROW("bad UTF-8", "<a>\xff</a>"),
	ROW("overlong UTF-8", "<a>\xc0\xaf</a>"),
	ROW("a surrogate", "<a>\xed\xa0\x80</a>"),
	ROW("a NUL", "<a>\0</a>"),
	ROW("a NUL behind", "<a/>\0"),
	ROW("a control character", "<a>\x01</a>"),
	ROW("a reference to a control character", "<a>&#1;</a>"),
	ROW("another encoding", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>"),
	ROW("another encoding in single quotes", "<?xml version='1.0' encoding = 'latin1' ?><a/>"),
	ROW("UTF-16 declared", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>"),
	ROW("XML 1.1", "<?xml version=\"1.1\"?><a/>"),
	ROW("no version", "<?xml encoding=\"UTF-8\"?><a/>"),
	ROW("a declaration without end", "<?xml version=\"1.0\" <a/>"),
	ROW("an encoding behind the version that never ends",
		"<?xml version=\"1.0\" encoding=\"?><a/>"),
	ROW("the declaration not first", " <?xml version=\"1.0\"?><a/>"),
	ROW("a processing instruction", "<?php echo 1 ?><a/>"),
	ROW("a processing instruction behind", "<a/><?x?>"),
	ROW("a comment", "<a><!-- b --></a>"),
	ROW("a comment before", "<!-- b --><a/>"),
	ROW("a comment behind", "<a/><!-- b -->"),
	ROW("CDATA", "<a><![CDATA[b]]></a>"),
	ROW("an empty DOCTYPE", "<!DOCTYPE a><a/>"),
	ROW("a DOCTYPE outside", "<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/x.dtd\"><a/>"),
	ROW("an entity of a file",
		"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
	ROW("a parameter entity",
		"<!DOCTYPE a [<!ENTITY % b SYSTEM \"file:///etc/passwd\">%b;]><a/>"),
	ROW("an unknown entity", "<a>&b;</a>"),
	ROW("an unknown entity in an attribute", "<a b=\"&c;\"/>"),
	ROW("billion laughs",
		"<!DOCTYPE a [<!ENTITY a \"ha\">" LAUGH("b", "a") LAUGH("c", "b") LAUGH("d", "c")
			LAUGH("e", "d") LAUGH("f", "e") LAUGH("g", "f") LAUGH("h", "g")
				LAUGH("i", "h") LAUGH("j", "i") LAUGH("k", "j") "]><a>&k;</a>"),
	ROW("a prefix on the root", "<a:b xmlns:a=\"urn:x\"/>"),
	ROW("a prefix that is not declared", "<a:b/>"),
	ROW("a prefix on an attribute", "<a xml:lang=\"en\"/>"),
	ROW("a prefix declared", "<a xmlns:b=\"urn:x\"/>"),
	ROW("a namespace below", "<a><b xmlns=\"urn:x\"/></a>"),
	ROW("an empty namespace", "<a xmlns=\"\"/>"),
	ROW("too deep", "<a><a><a><a><a/></a></a></a></a>"),
	ROW("too many elements", "<a><a/><a/><a/><a/><a/><a/><a/><a/></a>"),
	ROW("too many attributes", "<a b=\"\" c=\"\" d=\"\"/>"),
	ROW("too long a text", "<a>123456789012345678901234567890123</a>"),
	ROW("too long a text in pieces", "<a>1234567890123456<b/>12345678901234567</a>"),
	ROW("too long an attribute", "<a b=\"123456789012345678901234567890123\"/>"),
};

static void refused_ones_say_so_fast(void)
{
	int64_t begun = clock_mono_ms();

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		autoclean(xml_free) struct xml_node *n = NULL;
		struct fail f = FAIL_INIT;

		n = parse(refused[i].text, refused[i].len, &f);
		if (n != NULL || f.code != ENR_MESSAGE_MALFORMED) {
			printf("\ntaken: %s\n", refused[i].name);
			CU_FAIL("a row above");
		}
	}
	CU_ASSERT_TRUE(clock_mono_ms() - begun < 2000);
}

static void the_limits_themselves_are_allowed(void)
{
	static const char *const texts[] = {
		"<a><a><a><a/></a></a></a>",
		"<a><a/><a/><a/><a/><a/><a/><a/></a>",
		"<a xmlns=\"urn:x\" b=\"\" c=\"\"/>",
		"<a>12345678901234567890123456789012</a>",
		"<a b=\"12345678901234567890123456789012\"/>",
		"<?xml version=\"1.0\"?><a/>",
		"<?xml version='1.0' encoding='Utf-8' standalone='yes'?>\r\n<a/>\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		autoclean(xml_free) struct xml_node *n = parse(texts[i], strlen(texts[i]), NULL);

		CU_ASSERT_PTR_NOT_NULL(n);
	}
}

static void octets_are_counted_first(void)
{
	char big[4097];
	struct fail f = FAIL_INIT;

	memset(big, 'x', sizeof(big));
	CU_ASSERT_PTR_NULL(parse(big, 4097, &f));
	CU_ASSERT_EQUAL(f.code, ENR_MESSAGE_TOO_LARGE);
	CU_ASSERT_PTR_NULL(parse(big, 4096, &f));
	CU_ASSERT_EQUAL(f.code, ENR_MESSAGE_MALFORMED);
}

static void the_tree_is_that_of_the_text(void)
{
	static const char text[] =
		"<a xmlns=\"urn:x\" b=\"&lt;&#9;&amp;amp;\">one<c>&gt;&#x20ac;</c>two\r\n"
		"<d e=\" f\n\"/></a>";
	autoclean(xml_free) struct xml_node *n = parse(text, sizeof(text) - 1, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(n);
	CU_ASSERT_STRING_EQUAL(n->name, "a");
	CU_ASSERT_STRING_EQUAL(n->space, "urn:x");
	CU_ASSERT_STRING_EQUAL(n->text, "onetwo\n");
	CU_ASSERT_EQUAL(n->n_attribute, 1);
	CU_ASSERT_STRING_EQUAL(xml_attribute_get(n, "b"), "<\t&amp;");
	CU_ASSERT_PTR_NULL(xml_attribute_get(n, "c"));
	CU_ASSERT_EQUAL_FATAL(n->n_child, 2);
	CU_ASSERT_STRING_EQUAL(n->child[0]->name, "c");
	CU_ASSERT_STRING_EQUAL(n->child[0]->text, ">\xe2\x82\xac");
	CU_ASSERT_STRING_EQUAL(n->child[0]->space, "urn:x");
	CU_ASSERT_STRING_EQUAL(n->child[1]->name, "d");
	CU_ASSERT_STRING_EQUAL(xml_attribute_get(n->child[1], "e"), " f ");
	CU_ASSERT_PTR_NULL(n->child[1]->text);
}

static void evidence_has_a_line_and_none_of_the_text(void)
{
	static const char text[] = "<a>\n\n<peer-text></a>";
	struct fail f = FAIL_INIT;

	CU_ASSERT_PTR_NULL(parse(text, sizeof(text) - 1, &f));
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "line 3"));
	CU_ASSERT_PTR_NULL(strstr(f.evidence, "peer"));
}

static void written_text_reads_the_same(void)
{
	static const char nasty[] = "<>&\"'\t\r\n]]>\x7f\xc2\x85\xc2\x9b\xe2\x82\xac";
	autoclean(str_free) struct str s = STR_INIT(4096);
	autoclean(xml_free) struct xml_node *n = NULL;

	xml_begin(&s);
	xml_open(&s, "a");
	xml_attr(&s, "b", nasty);
	xml_close_tag(&s);
	xml_open(&s, "c");
	xml_close_tag(&s);
	xml_text(&s, nasty);
	xml_end(&s, "c");
	xml_open(&s, "d");
	xml_empty(&s);
	xml_end(&s, "a");
	CU_ASSERT_FALSE(s.overflow);
	CU_ASSERT_PTR_NULL(strchr(str_text(&s), 0x7f));
	CU_ASSERT_PTR_NULL(strstr(str_text(&s), "\xc2\x9b"));
	n = parse(s.data, s.len, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(n);
	CU_ASSERT_STRING_EQUAL(xml_attribute_get(n, "b"), nasty);
	CU_ASSERT_EQUAL_FATAL(n->n_child, 2);
	CU_ASSERT_STRING_EQUAL(n->child[0]->text, nasty);
	CU_ASSERT_STRING_EQUAL(n->child[1]->name, "d");
}

static void what_xml_cannot_carry_is_not_written(void)
{
	static const char *const texts[] = { "\x01", "\x1b[0m", "\xff", "\xed\xa0\x80",
		"\xef\xbf\xbe", "\xef\xbf\xbf" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		autoclean(str_free) struct str s = STR_INIT(4096);

		xml_text(&s, texts[i]);
		CU_ASSERT_TRUE(s.overflow);
	}
}

static void blank_is_what_xml_calls_white_space(void)
{
	CU_ASSERT_TRUE(xml_is_blank(NULL));
	CU_ASSERT_TRUE(xml_is_blank(""));
	CU_ASSERT_TRUE(xml_is_blank(" \t\r\n"));
	CU_ASSERT_FALSE(xml_is_blank(" x"));
	CU_ASSERT_FALSE(xml_is_blank("\xc2\xa0"));
}

static CU_TestInfo tests[] = {
	{ "refused ones say so, fast", refused_ones_say_so_fast },
	{ "the limits themselves are allowed", the_limits_themselves_are_allowed },
	{ "octets are counted first", octets_are_counted_first },
	{ "the tree is that of the text", the_tree_is_that_of_the_text },
	{ "evidence has a line and none of the text", evidence_has_a_line_and_none_of_the_text },
	{ "written text reads the same", written_text_reads_the_same },
	{ "what XML cannot carry is not written", what_xml_cannot_carry_is_not_written },
	{ "blank is what XML calls white space", blank_is_what_xml_calls_white_space },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_xml_xml = { .pName = "lib/xml/xml", .pTests = tests };
