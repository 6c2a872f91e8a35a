#include "lib/base/id.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "tests/unit/cunit.h"

static void new_ones_have_the_form_and_differ(void)
{
	char last[ID_MAX] = "";

	for (int i = 0; i < 200; i++) {
		char id[ID_MAX], again[ID_MAX];

		id_new('E', id);
		CU_ASSERT_EQUAL(strlen(id), ID_MAX - 1);
		CU_ASSERT_TRUE(id[0] == 'E' && id[1] == '-' && id[6] == '-');
		CU_ASSERT_EQUAL(strspn(id + 2, base32_alphabet), 4);
		CU_ASSERT_EQUAL(strspn(id + 7, base32_alphabet), 4);
		CU_ASSERT_TRUE(id_parse(id, 'E', again));
		CU_ASSERT_STRING_EQUAL(id, again);
		CU_ASSERT_STRING_NOT_EQUAL(id, last);
		memcpy(last, id, sizeof(last));
	}
}

static void what_people_type_is_forgiven(void)
{
	static const char *const rows[] = { "E-4H2X-8RN0", "e-4h2x-8rno", "E-4H2X8RN0",
		"E-4H2X-8RNO" };
	char id[ID_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CU_ASSERT_TRUE(id_parse(rows[i], 'E', id));
		CU_ASSERT_STRING_EQUAL(id, "E-4H2X-8RN0");
	}
	CU_ASSERT_TRUE(id_parse("A-IL01-iloO", 'A', id));
	CU_ASSERT_STRING_EQUAL(id, "A-1101-1100");
}

static void other_texts_are_no_identifiers(void)
{
	static const char *const rows[] = { "", "E", "E-", "A-4H2X-8RN0", "E4H2X8RN0", "E-4H2X-8RN",
		"E-4H2X-8RN00", "E-4H2X-8RNU", "E-4H-2X8RN0", "E-4H2X-8RN0-", "E-4H2X--8RN0",
		"E--4H2X-8RN0", "E-4H2X 8RN0", "E-4H2X-8RN0 ", "LT-0042", "E-4H2X-\xc3\xbcRN0" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char id[ID_MAX] = "untouched";

		if (id_parse(rows[i], 'E', id) || strcmp(id, "untouched") != 0) {
			printf("\ntaken: %s\n", rows[i]);
			CU_FAIL("a row above");
		}
	}
}

static void random_octets_fill_all_of_it(void)
{
	uint8_t a[1000], seen = 0;

	memset(a, 0, sizeof(a));
	random_bytes(a, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i += 100) {
		size_t zeros = 0;

		for (size_t k = 0; k < 100; k++) {
			zeros += a[i + k] == 0;
			seen |= a[i + k];
		}
		CU_ASSERT_TRUE(zeros < 50);
	}
	CU_ASSERT_EQUAL(seen, 0xff);
}

static CU_TestInfo tests[] = {
	{ "new ones have the form and differ", new_ones_have_the_form_and_differ },
	{ "what people type is forgiven", what_people_type_is_forgiven },
	{ "other texts are no identifiers", other_texts_are_no_identifiers },
	{ "random octets fill all of it", random_octets_fill_all_of_it },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_id = { .pName = "lib/base/id", .pTests = tests };
