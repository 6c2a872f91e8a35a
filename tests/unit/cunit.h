/* CUnit, with string assertions that fail where there is no string: its own hand NULL to strcmp(),
 * and a test whose server did not answer would crash instead of saying in which line. */
#ifndef TESTS_UNIT_CUNIT_H
#define TESTS_UNIT_CUNIT_H

#include <string.h>

#include <CUnit/CUnit.h>

static inline int cunit_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

#undef CU_ASSERT_STRING_EQUAL
#define CU_ASSERT_STRING_EQUAL(actual, expected)                                                   \
	CU_assertImplementation(cunit_same(actual, expected), __LINE__,                            \
		"CU_ASSERT_STRING_EQUAL(" #actual ", " #expected ")", __FILE__, "", CU_FALSE)
#undef CU_ASSERT_STRING_EQUAL_FATAL
#define CU_ASSERT_STRING_EQUAL_FATAL(actual, expected)                                             \
	CU_assertImplementation(cunit_same(actual, expected), __LINE__,                            \
		"CU_ASSERT_STRING_EQUAL_FATAL(" #actual ", " #expected ")", __FILE__, "", CU_TRUE)

#endif
