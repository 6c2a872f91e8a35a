#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static void new_memory_is_zero_even_if_nothing_is_asked(void)
{
	uint8_t *p = mem_new(100), zero[100] = { 0 };
	void *nothing = mem_new(0), *none = mem_array(0, 8), *grown = mem_grow(NULL, 0, 8);

	CU_ASSERT_EQUAL(memcmp(p, zero, 100), 0);
	CU_ASSERT_TRUE(nothing != NULL && none != NULL && grown != NULL);
	free(p);
	free(nothing);
	free(none);
	free(grown);
}

static void texts_are_copied(void)
{
	autoclean(text_free) char *a = mem_text("ab"), *b = mem_textn("abc", 2),
				  *c = mem_text(NULL);
	autoclean(text_free) char *d = mem_printf("%s-%d", "x", 7), *e = mem_textn(NULL, 0);

	CU_ASSERT_STRING_EQUAL(a, "ab");
	CU_ASSERT_STRING_EQUAL(b, "ab");
	CU_ASSERT_PTR_NULL(c);
	CU_ASSERT_STRING_EQUAL(d, "x-7");
	CU_ASSERT_STRING_EQUAL(e, "");
}

static void growing_keeps_what_was_there(void)
{
	int *p = NULL;

	for (int i = 0; i < 1000; i++) {
		p = mem_grow(p, (size_t)i + 1, sizeof(*p));
		p[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		if (p[i] != i)
			CU_FAIL("an element moved");
	free(p);
}

static void wiped_is_zero(void)
{
	char secret[] = "secret";

	mem_wipe(secret, 3);
	CU_ASSERT_EQUAL(memcmp(secret, "\0\0\0ret", 7), 0);
	mem_wipe(NULL, 0);
}

static void equal_looks_at_every_octet(void)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	CU_ASSERT_TRUE(mem_equal(a, b, 32) && mem_equal(a, b, 0));
	for (size_t i = 0; i < 32; i++) {
		b[i] = 0x80;
		CU_ASSERT_FALSE(mem_equal(a, b, 32));
		CU_ASSERT_TRUE(mem_equal(a, b, i));
		b[i] = 0;
	}
}

static void bytes_are_owned(void)
{
	struct bytes b = BYTES_INIT;

	bytes_set(&b, (const uint8_t *)"abc", 3);
	CU_ASSERT_TRUE(b.len == 3 && memcmp(b.data, "abc", 3) == 0);
	bytes_set(&b, b.data + 1, 2); /* of itself */
	CU_ASSERT_TRUE(b.len == 2 && memcmp(b.data, "bc", 2) == 0);
	bytes_wipe(&b);
	CU_ASSERT_TRUE(b.len == 0 && b.data == NULL);
	bytes_wipe(&b);
	bytes_free(&b);
}

static void memory_of_a_library_is_wiped_when_freed(void)
{
	char *p = mem_wiped_new(10);

	memset(p, 'x', 10);
	mem_wiped_free(p);
	mem_wiped_free(NULL);
	p = mem_wiped_new(0);
	CU_ASSERT_PTR_NOT_NULL(p);
	CU_ASSERT_EQUAL((uintptr_t)p % sizeof(void *), 0);
	mem_wiped_free(p);
}

static CU_TestInfo tests[] = {
	{ "new memory is zero even if nothing is asked",
	  new_memory_is_zero_even_if_nothing_is_asked },
	{ "texts are copied", texts_are_copied },
	{ "growing keeps what was there", growing_keeps_what_was_there },
	{ "wiped is zero", wiped_is_zero },
	{ "equal looks at every octet", equal_looks_at_every_octet },
	{ "bytes are owned", bytes_are_owned },
	{ "memory of a library is wiped when freed", memory_of_a_library_is_wiped_when_freed },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_mem = { .pName = "lib/base/mem", .pTests = tests };
