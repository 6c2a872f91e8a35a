#include "ldap/dir_filter.h"

#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static void a_value_is_never_syntax(void)
{
	static const struct {
		const char *value, *filter;
	} rows[] = {
		{ "WM-1", "(cn=WM-1)" },
		{ "", "(cn=)" },
		{ "*", "(cn=\\2a)" },
		{ "a)(uid=*", "(cn=a\\29\\28uid=\\2a)" },
		{ "\\2a", "(cn=\\5c2a)" },
		{ "\303\206", "(cn=\\c3\\86)" },
		{ "\377\n\177", "(cn=\\ff\\0a\\7f)" },
		{ "a b=c&|!<>~,", "(cn=a b=c&|!<>~,)" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(str_free) struct str s = STR_INIT(DIR_FILTER_MAX);

		dir_filter_eq(&s, "cn", rows[i].value);
		CU_ASSERT_STRING_EQUAL(str_text(&s), rows[i].filter);
	}
}

/* RFC 4515 section 3: NUL and whatever else, octet by octet. */
static void octets_are_never_syntax_either(void)
{
	static const uint8_t guid[] = { 0x00, 0x2a, 0x28, 0x29, 0x5c, 0xff, 'a' };
	autoclean(str_free) struct str s = STR_INIT(DIR_FILTER_MAX);

	dir_filter_bytes(&s, "objectGUID", guid, sizeof(guid));
	CU_ASSERT_STRING_EQUAL(str_text(&s), "(objectGUID=\\00\\2a\\28\\29\\5c\\ff\\61)");
	str_clear(&s);
	dir_filter_bytes(&s, "cn", guid, 0);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "(cn=)");
}

static void only_our_own_star_is_a_star(void)
{
	autoclean(str_free) struct str s = STR_INIT(DIR_FILTER_MAX);

	dir_filter_contains(&s, "memberOf", "a*b)(c\\", 1);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "(memberOf=*a\\2ab\\29\\28c\\5c*)");
	str_clear(&s);
	dir_filter_contains(&s, "cn", "*", 0);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "(cn=*\\2a)");
}

static void pieces_nest(void)
{
	autoclean(str_free) struct str s = STR_INIT(DIR_FILTER_MAX);

	dir_filter_open(&s, '&');
	dir_filter_eq(&s, "objectClass", "person");
	dir_filter_open(&s, '!');
	dir_filter_present(&s, "userCertificate;binary");
	dir_filter_close(&s);
	dir_filter_close(&s);
	CU_ASSERT_STRING_EQUAL(str_text(&s),
		"(&(objectClass=person)(!(userCertificate;binary=*)))");
}

static void a_filter_that_does_not_fit_is_sticky(void)
{
	autoclean(str_free) struct str s = STR_INIT(10), whole = STR_INIT(DIR_FILTER_MAX);
	static char large[65536];

	dir_filter_eq(&s, "cn", "0123456789");
	CU_ASSERT_EQUAL(s.overflow, 1);
	memset(large, '*', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	dir_filter_eq(&whole, "cn", large);
	CU_ASSERT_EQUAL(whole.overflow, 1);
	dir_filter_close(&whole);
	CU_ASSERT_EQUAL(whole.overflow, 1);
}

static CU_TestInfo tests[] = {
	{ "a value is never syntax", a_value_is_never_syntax },
	{ "octets are never syntax either", octets_are_never_syntax_either },
	{ "only our own star is a star", only_our_own_star_is_a_star },
	{ "pieces nest", pieces_nest },
	{ "a filter that does not fit is sticky", a_filter_that_does_not_fit_is_sticky },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_ldap_dir_filter = { "ldap/dir_filter", NULL, NULL, NULL, NULL, tests };
