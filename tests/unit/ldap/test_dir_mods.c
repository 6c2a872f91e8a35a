#include "ldap/dir_mods.h"

#include <string.h>

#include "ldap/dir_entry.h"
#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

/* What libldap gets; <ldap.h> is for ldap/ alone, so only what the public header shows is looked
 * at here: how many changes there are. */
static size_t count(const struct dir_mods *m)
{
	size_t n = 0;

	for (struct ldapmod **list = dir_mods_list(m); list[n] != NULL; n++)
		continue;
	return n;
}

static void values_of_one_attribute_stand_together(void)
{
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();

	CU_ASSERT_EQUAL(count(m), 0);
	dir_mods_add(m, "objectClass", "device");
	dir_mods_add(m, "OBJECTCLASS", "pkiUser");
	CU_ASSERT_EQUAL(count(m), 1);
	dir_mods_add(m, "cn", "x");
	CU_ASSERT_EQUAL(count(m), 2);
}

static void an_absent_value_is_left_out(void)
{
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();

	dir_mods_add(m, "owner", NULL);
	dir_mods_add_bytes(m, "userCertificate;binary", NULL, 0);
	CU_ASSERT_EQUAL(count(m), 0);
}

static void a_swap_keeps_its_order(void)
{
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();

	dir_mods_delete(m, "enrolldMark", "old");
	dir_mods_add(m, "enrolldMark", "new");
	dir_mods_replace(m, "enrolldMark", "other");
	dir_mods_replace(m, "enrolldMark", "other");
	CU_ASSERT_EQUAL(count(m), 4);
	CU_ASSERT_PTR_NULL(dir_mods_assertion(m));
	dir_mods_assert(m, "(cn=a)");
	dir_mods_assert(m, "(cn=b)");
	CU_ASSERT_STRING_EQUAL(dir_mods_assertion(m), "(cn=b)");
}

static void entries_are_read_without_regard_to_case(void)
{
	static uint8_t device[] = "Device", user[] = "pkiUser", with_nul[] = "a\0b";
	static char class[] = "objectClass", blob[] = "blob", empty[] = "empty", dn[] = "cn=x";
	struct bytes classes[] = { { device, 6 }, { user, 7 } };
	struct bytes nul = { with_nul, 3 };
	struct dir_attr attrs[] = { { class, classes, 2 }, { blob, &nul, 1 }, { empty, NULL, 0 } };
	struct dir_entry e = { dn, attrs, 3 };

	CU_ASSERT_STRING_EQUAL(dir_entry_text(&e, "OBJECTclass"), "Device");
	CU_ASSERT_EQUAL(dir_entry_has(&e, "objectclass", "PKIUSER"), 1);
	CU_ASSERT_EQUAL(dir_entry_has(&e, "objectclass", "pkiUse"), 0);
	CU_ASSERT_EQUAL(dir_entry_has(&e, "cn", "x"), 0);
	CU_ASSERT_PTR_NULL(dir_entry_text(&e, "blob"));
	CU_ASSERT_PTR_NULL(dir_entry_text(&e, "empty"));
	CU_ASSERT_PTR_NULL(dir_entry_text(&e, "cn"));
}

static CU_TestInfo tests[] = {
	{ "values of one attribute stand together", values_of_one_attribute_stand_together },
	{ "an absent value is left out", an_absent_value_is_left_out },
	{ "a swap keeps its order", a_swap_keeps_its_order },
	{ "entries are read without regard to case", entries_are_read_without_regard_to_case },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_ldap_dir_mods = { "ldap/dir_mods", NULL, NULL, NULL, NULL, tests };
