#include "ldap/dir_dn.h"

#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

struct pair {
	const char *a, *b;
	int answer;
};

static void spellings_of_one_name_are_equal(void)
{
	static const struct pair rows[] = {
		{ "ou=Sales,dc=contoso,dc=test", "OU=sales,DC=Contoso,DC=TEST", 1 },
		{ "ou=Sales , ou=x", "ou=Sales,ou=x", 1 },
		{ "ou=Managed  Devices", "ou=Managed Devices", 1 },
		{ "ou=\\53ales", "ou=Sales", 1 },
		{ "ou=\\20Sales\\20", "ou=Sales", 1 },
		{ "2.5.4.11=Sales", "organizationalUnitName=sales", 1 },
		{ "cn=a+ou=b", "ou=b+cn=a", 1 },
		{ "cn=a\\2cb", "cn=a\\,b", 1 },
		{ "cn=a\\=b", "cn=a=b", 1 },
		{ "ou=Sales", "ou=Sale", 0 },
		{ "ou=Sales", "cn=Sales", 0 },
		{ "ou=Sales,ou=x", "ou=x", 0 },
		{ "ou=x", "ou=Sales,ou=x", 0 },
		{ "cn=a\\,ou=b", "cn=a,ou=b", 0 },
		{ "cn=a\\+ou\\=b", "cn=a+ou=b", 0 },
		{ "cn=a\\00", "cn=a", 0 },
		{ "cn=a\\00", "cn=a\\5c00", 0 },
		{ "cn=#0401ff", "cn=\\23 0401ff", 0 },
		{ "ou=\303\206r\303\270", "ou=\\c3\\86r\\c3\\b8", 1 },
		{ "not a name", "ou=x", -1 },
		{ "ou=x", "", -1 },
		{ "ou=x", "ou=x,", -1 },
		{ "ou=\377", "ou=x", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT_EQUAL(dir_dn_equal(rows[i].a, rows[i].b), rows[i].answer);
		CU_ASSERT_EQUAL(dir_dn_equal(rows[i].b, rows[i].a), rows[i].answer);
	}
}

static void a_name_lies_within_its_ancestors_and_nowhere_else(void)
{
	static const struct pair rows[] = {
		{ "ou=Sales,ou=Devices,dc=test", "OU=devices, DC=test", 1 },
		{ "ou=Devices,dc=test", "ou=Devices,dc=test", 1 },
		{ "dc=test", "ou=Devices,dc=test", 0 },
		{ "ou=Sales\\,ou=Devices,dc=test", "ou=Devices,dc=test", 0 },
		{ "ou=xDevices,dc=test", "ou=Devices,dc=test", 0 },
		{ "ou=Sales+ou=Devices,dc=test", "ou=Devices,dc=test", 0 },
		{ "ou=Devices,dc=test,dc=evil", "ou=Devices,dc=test", 0 },
		{ "garbage", "dc=test", -1 },
		{ "dc=test", "", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(dir_dn_is_within(rows[i].a, rows[i].b), rows[i].answer);
}

static void what_is_no_name_is_told(void)
{
	static const char *const no[] = { "", ",", "=", "ou", "ou=a,", ",ou=a", "ou=a,,ou=b",
		"o u=a", "ou=\"a", "contoso.test/Sales", "ou=a\\", "ou=a\\x", "*" };
	char big[DIR_DN_MAX + 8];

	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		CU_ASSERT_EQUAL(dir_dn_is(no[i]), 0);
	CU_ASSERT_EQUAL(dir_dn_is("ou=a,dc=b"), 1);
	CU_ASSERT_EQUAL(dir_dn_depth("ou=a,dc=b"), 2);
	CU_ASSERT_EQUAL(dir_dn_depth("ou=a\\,dc=b"), 1);
	memset(big, 'x', sizeof(big));
	memcpy(big, "ou=", 3);
	big[DIR_DN_MAX] = '\0';
	CU_ASSERT_EQUAL(dir_dn_is(big), 1);
	big[DIR_DN_MAX] = 'x';
	big[DIR_DN_MAX + 1] = '\0';
	CU_ASSERT_EQUAL(dir_dn_is(big), 0);
}

static void a_child_is_one_part_whatever_its_name(void)
{
	static const struct {
		const char *value, *dn;
	} rows[] = {
		{ "WM-1", "cn=WM-1,dc=test" },
		{ "a,ou=b", "cn=a\\,ou\\=b,dc=test" },
		{ "#x", "cn=\\#x,dc=test" },
		{ " x ", "cn=\\ x\\ ,dc=test" },
		{ " ", "cn=\\ ,dc=test" },
		{ "a+b<c>;\"\\", "cn=a\\+b\\<c\\>\\;\\\"\\\\,dc=test" },
		{ "a\nb\177", "cn=a\\0ab\\7f,dc=test" },
		{ "\303\206r\303\270", "cn=\303\206r\303\270,dc=test" },
		{ "a #b", "cn=a #b,dc=test" },
		{ "  x", "cn=\\  x,dc=test" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(str_free) struct str s = STR_INIT(DIR_DN_MAX);

		dir_dn_child(&s, "cn", rows[i].value, "dc=test");
		CU_ASSERT_STRING_EQUAL(str_text(&s), rows[i].dn);
		CU_ASSERT_EQUAL(dir_dn_depth(str_text(&s)), 2);
		CU_ASSERT_EQUAL(dir_dn_is_within(str_text(&s), "dc=test"), 1);
	}
}

static void a_child_that_does_not_fit_is_sticky(void)
{
	autoclean(str_free) struct str s = STR_INIT(8), whole = STR_INIT(DIR_DN_MAX);
	static char large[65536];

	dir_dn_child(&s, "cn", "WM-1", "dc=test");
	CU_ASSERT_EQUAL(s.overflow, 1);
	memset(large, ',', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	dir_dn_child(&whole, "cn", large, "dc=test");
	CU_ASSERT_EQUAL(whole.overflow, 1);
	CU_ASSERT_EQUAL(dir_dn_is(large), 0);
	CU_ASSERT_EQUAL(dir_dn_equal(large, large), -1);
}

static void paths_become_names(void)
{
	static const struct {
		const char *path, *dn;
	} rows[] = {
		{ "contoso.test", "dc=contoso,dc=test" },
		{ "contoso.test/", "dc=contoso,dc=test" },
		{ "contoso.test/Managed Devices/Sales",
			"ou=Sales,ou=Managed Devices,dc=contoso,dc=test" },
		{ "contoso.test/a\\/b", "ou=a/b,dc=contoso,dc=test" },
		{ "contoso.test/a\\\\b", "ou=a\\\\b,dc=contoso,dc=test" },
		{ "contoso.test/a,ou=b", "ou=a\\,ou\\=b,dc=contoso,dc=test" },
		{ "", NULL },
		{ "/", NULL },
		{ "/Sales", NULL },
		{ "contoso.test//Sales", NULL },
		{ "con toso/Sales", NULL },
		{ "contoso..test/Sales", NULL },
		{ "contoso.test,dc=x/Sales", NULL },
		{ "contoso.test/S\377", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(str_free) struct str s = STR_INIT(DIR_DN_MAX);
		int rc = dir_dn_from_path(rows[i].path, &s);

		CU_ASSERT_EQUAL(rc, rows[i].dn != NULL ? 0 : -1);
		CU_ASSERT_STRING_EQUAL(str_text(&s), rows[i].dn != NULL ? rows[i].dn : "");
	}
}

static void a_plain_name_is_the_same_name(void)
{
	static const struct {
		const char *text, *plain;
	} rows[] = {
		{ "OU=Sales,DC=contoso,DC=test", "ou=Sales,dc=contoso,dc=test" },
		{ "2.5.4.11=Sales , domainComponent=test", "ou=Sales,dc=test" },
		{ "OU=#0C0553616C6573,DC=test", "ou=Sales,dc=test" },
		{ "OU=#130553616C6573,DC=test", "ou=Sales,dc=test" },
		{ "OU=#1303612C62,DC=test", "ou=a\\,b,dc=test" },
		{ "OU=#0C0653616C6573,DC=test", "ou=#0c0653616c6573,dc=test" },
		{ "OU=#04055361,DC=test", "ou=#04055361,dc=test" },
		{ "OU=\\53\\2C,DC=test", "ou=S\\,,dc=test" },
		{ "OU=Two+L=Aarhus,DC=test", "ou=Two+l=Aarhus,dc=test" },
		{ "1.2.3.4=x,DC=test", "1.2.3.4=x,dc=test" },
		{ "Sales", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(str_free) struct str out = STR_INIT(DIR_DN_MAX);
		int rc = dir_dn_plain(rows[i].text, &out);

		CU_ASSERT_EQUAL(rc, rows[i].plain != NULL ? 0 : -1);
		if (rows[i].plain == NULL)
			continue;
		CU_ASSERT_STRING_EQUAL(str_text(&out), rows[i].plain);
		CU_ASSERT_EQUAL(dir_dn_equal(rows[i].text, rows[i].plain), 1);
	}
}

static CU_TestInfo tests[] = {
	{ "spellings of one name are equal", spellings_of_one_name_are_equal },
	{ "a name lies within its ancestors and nowhere else",
		a_name_lies_within_its_ancestors_and_nowhere_else },
	{ "what is no name is told", what_is_no_name_is_told },
	{ "a child is one part whatever its name", a_child_is_one_part_whatever_its_name },
	{ "a child that does not fit is sticky", a_child_that_does_not_fit_is_sticky },
	{ "paths become names", paths_become_names },
	{ "a plain name is the same name", a_plain_name_is_the_same_name },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_ldap_dir_dn = { "ldap/dir_dn", NULL, NULL, NULL, NULL, tests };
