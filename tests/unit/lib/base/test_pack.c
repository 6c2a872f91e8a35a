#include "lib/base/pack.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static struct unpack reader(const struct str *s)
{
	return UNPACK_INIT((const uint8_t *)s->data, s->len);
}

static void everything_comes_back(void)
{
	autoclean(str_free) struct str s = STR_INIT(1000);
	autoclean(bytes_free) struct bytes b = BYTES_INIT, empty = BYTES_INIT;
	autoclean(text_free) char *t = NULL, *none = NULL, *blank = NULL;
	uint8_t fixed[3];
	struct unpack u;

	pack_u8(&s, 200);
	pack_u32(&s, 0x01020304);
	pack_u64(&s, UINT64_MAX - 1);
	pack_bytes(&s, (const uint8_t *)"a\0b", 3);
	pack_bytes(&s, NULL, 0);
	pack_bytes(&s, (const uint8_t *)"xyz", 3);
	pack_text(&s, "\xc3\xbc");
	pack_text(&s, NULL);
	pack_text(&s, "");
	CU_ASSERT_EQUAL(memcmp(s.data, "\xc8\x01\x02\x03\x04", 5), 0);

	u = reader(&s);
	CU_ASSERT_EQUAL(unpack_u8(&u), 200);
	CU_ASSERT_EQUAL(unpack_u32(&u), 0x01020304);
	CU_ASSERT_EQUAL(unpack_u64(&u), UINT64_MAX - 1);
	unpack_bytes(&u, 3, &b);
	CU_ASSERT_TRUE(b.len == 3 && memcmp(b.data, "a\0b", 3) == 0);
	unpack_bytes(&u, 3, &empty);
	CU_ASSERT_EQUAL(empty.len, 0);
	unpack_fixed(&u, fixed, 3);
	CU_ASSERT_EQUAL(memcmp(fixed, "xyz", 3), 0);
	t = unpack_text(&u, 2);
	CU_ASSERT_STRING_EQUAL(t, "\xc3\xbc");
	none = unpack_text(&u, 2);
	CU_ASSERT_PTR_NULL(none);
	CU_ASSERT_FALSE(unpack_done(&u));
	blank = unpack_text(&u, 2);
	CU_ASSERT_STRING_EQUAL(blank, "");
	CU_ASSERT_TRUE(unpack_done(&u));
}

static void a_cut_form_is_bad_wherever_it_is_cut(void)
{
	autoclean(str_free) struct str s = STR_INIT(1000);

	pack_u8(&s, 1);
	pack_u64(&s, UINT64_MAX);
	pack_bytes(&s, (const uint8_t *)"abc", 3);
	pack_text(&s, "def");
	for (size_t n = 0; n <= s.len; n++) {
		autoclean(bytes_free) struct bytes b = BYTES_INIT;
		autoclean(text_free) char *t = NULL;
		struct unpack u = UNPACK_INIT((const uint8_t *)s.data, n);
		uint64_t wide;

		unpack_u8(&u);
		wide = unpack_u64(&u);
		CU_ASSERT_EQUAL(wide, u.bad ? 0 : UINT64_MAX);
		unpack_bytes(&u, 10, &b);
		t = unpack_text(&u, 10);
		CU_ASSERT_EQUAL(unpack_done(&u), n == s.len);
		CU_ASSERT_EQUAL(t != NULL, n == s.len);
	}
}

static void limits_and_forms_are_held(void)
{
	static const struct {
		const char *octets;
		size_t len;
		char kind;
	} rows[] = {
		{ "\0\0\0\x05" "12345", 9, 'b' },
		{ "\0\0\0\x05" "12345", 9, 't' },
		{ "\0\0\0\x05" "12345", 9, 'f' },
		{ "\0\0\0\x03" "123", 7, 'f' },
		{ "\xff\xff\xff\xff", 4, 'b' },
		{ "\xff\xff\xff\xff", 4, 'f' },
		{ "\xff\xff\xff\xfe", 4, 't' },
		{ "\0\0\0\x02" "\xc3\x28", 6, 't' },
		{ "\0\0\0\x03" "a\0b", 7, 't' },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(bytes_free) struct bytes b = BYTES_INIT;
		struct unpack u = UNPACK_INIT((const uint8_t *)rows[i].octets, rows[i].len);
		uint8_t fixed[4] = "abc";

		if (rows[i].kind == 'b')
			unpack_bytes(&u, 4, &b);
		else if (rows[i].kind == 'f')
			unpack_fixed(&u, fixed, 4);
		else
			CU_ASSERT_PTR_NULL(unpack_text(&u, 4));
		CU_ASSERT_TRUE(u.bad);
		CU_ASSERT_PTR_NULL(b.data);
		CU_ASSERT_TRUE(rows[i].kind != 'f' || memcmp(fixed, "\0\0\0\0", 4) == 0);
		CU_ASSERT_EQUAL(unpack_u8(&u), 0);
		CU_ASSERT_FALSE(unpack_done(&u));
	}
}

static CU_TestInfo tests[] = {
	{ "everything comes back", everything_comes_back },
	{ "a cut form is bad wherever it is cut", a_cut_form_is_bad_wherever_it_is_cut },
	{ "limits and forms are held", limits_and_forms_are_held },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_pack = { .pName = "lib/base/pack", .pTests = tests };
