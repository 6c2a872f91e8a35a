#include "lib/base/encode.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

/* RFC 4648 section 10, and octets that use the last letters. */
static void base64_is_that_of_rfc_4648(void)
{
	static const struct {
		const char *octets, *text;
	} rows[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xef\xbe", "/+++" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].octets);
		autoclean(text_free) char *text = b64_text((const uint8_t *)rows[i].octets, len);
		autoclean(bytes_free) struct bytes b = BYTES_INIT;

		CU_ASSERT_STRING_EQUAL(text, rows[i].text);
		CU_ASSERT_EQUAL(b64_decode(text, strlen(text), len, &b), 0);
		CU_ASSERT_EQUAL(b.len, len);
		CU_ASSERT_EQUAL(memcmp(b.data, rows[i].octets, len), 0);
		if (len > 0)
			CU_ASSERT_EQUAL(b64_decode(text, strlen(text), len - 1, &b), -1);
		CU_ASSERT_EQUAL(b.len, len);
	}
}

static void other_spellings_of_base64_are_refused(void)
{
	static const char *const rows[] = { "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8",
		"=Zg=", "====", "Z===", "Zg==Zg==", "Zm9v\n", "Zm 9v", "Zm9-", "Zm9_",
		"Zm9v====", "Zm\xc3\xbc", "Zg=A" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(bytes_free) struct bytes b = BYTES_INIT;

		CU_ASSERT_EQUAL(b64_decode(rows[i], strlen(rows[i]), 100, &b), -1);
		CU_ASSERT_PTR_NULL(b.data);
	}
	CU_ASSERT_EQUAL(b64_decode("Zm\0v", 4, 100, &(struct bytes){ NULL, 0 }), -1);
}

static void hex_goes_both_ways(void)
{
	autoclean(str_free) struct str s = STR_INIT(100);
	autoclean(bytes_free) struct bytes b = BYTES_INIT;

	hex_add(&s, (const uint8_t *)"\x00\xab\xff", 3);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "00abff");
	hex_add_upper(&s, (const uint8_t *)"\xab", 1);
	CU_ASSERT_STRING_EQUAL(str_text(&s), "00abffAB");
	CU_ASSERT_EQUAL(hex_decode(s.data, s.len, 4, &b), 0);
	CU_ASSERT_EQUAL(b.len, 4);
	CU_ASSERT_EQUAL(memcmp(b.data, "\x00\xab\xff\xab", 4), 0);
	CU_ASSERT_EQUAL(hex_decode(s.data, s.len, 3, &b), -1);
	CU_ASSERT_EQUAL(hex_decode("abc", 3, 10, &b), -1);
	CU_ASSERT_EQUAL(hex_decode("0x", 2, 10, &b), -1);
	CU_ASSERT_EQUAL(hex_decode("a ", 2, 10, &b), -1);
	CU_ASSERT_EQUAL(b.len, 4);
	CU_ASSERT_EQUAL(hex_decode("", 0, 0, &b), 0);
	CU_ASSERT_EQUAL(b.len, 0);
}

static void base32_forgives_what_people_mistake(void)
{
	for (int i = 0; i < 32; i++) {
		char c = base32_alphabet[i];

		CU_ASSERT_EQUAL(base32_value(c), i);
		if (c >= 'A')
			CU_ASSERT_EQUAL(base32_value((char)(c + 32)), i);
	}
	CU_ASSERT_TRUE(base32_value('i') == 1 && base32_value('I') == 1);
	CU_ASSERT_TRUE(base32_value('l') == 1 && base32_value('L') == 1);
	CU_ASSERT_TRUE(base32_value('o') == 0 && base32_value('O') == 0);
	for (const char *c = "Uu-_ \t\n@[`{/:\x7f\x80\xff"; *c; c++)
		CU_ASSERT_EQUAL(base32_value(*c), -1);
	CU_ASSERT_EQUAL(base32_value('\0'), -1);
}

static CU_TestInfo tests[] = {
	{ "base64 is that of RFC 4648", base64_is_that_of_rfc_4648 },
	{ "other spellings of base64 are refused", other_spellings_of_base64_are_refused },
	{ "hex goes both ways", hex_goes_both_ways },
	{ "base32 forgives what people mistake", base32_forgives_what_people_mistake },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_encode = { .pName = "lib/base/encode", .pTests = tests };
