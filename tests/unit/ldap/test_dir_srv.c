/* Answers of DNS; a real DNS server answers in tests/behave/ldap_names.sh. */
#include "ldap/dir_srv.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

/* An answer of two records for _ldap._tcp.a.test: 10 60 389 dc1.a.test (TTL 300, written out), and
 * 0 0 636 DC2.a.test (TTL 60, the domain by pointer), then one whose target is ".". */
static const uint8_t answer[] = "\x12\x34\x81\x80\x00\x01\x00\x03\x00\x00\x00\x00"
				"\x05_ldap\x04_tcp\x01"
				"a\x04test\x00\x00\x21\x00\x01"
				"\xc0\x0c\x00\x21\x00\x01\x00\x00\x01\x2c\x00\x12"
				"\x00\x0a\x00\x3c\x01\x85\x03"
				"dc1\x01"
				"a\x04test\x00"
				"\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x3c\x00\x0c"
				"\x00\x00\x00\x00\x02\x7c\x03"
				"DC2\xc0\x17"
				"\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x01\x00\x07"
				"\x00\x00\x00\x00\x00\x35\x00";

static void an_answer_is_read(void)
{
	struct dir_srv_list l = { .n = 0 };

	CU_ASSERT_EQUAL_FATAL(dir_srv_parse(answer, sizeof(answer) - 1, &l), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 2);
	CU_ASSERT_EQUAL(l.ttl, 60);
	CU_ASSERT_STRING_EQUAL(l.at[0].target, "dc1.a.test");
	CU_ASSERT(l.at[0].priority == 10 && l.at[0].weight == 60 && l.at[0].port == 389);
	CU_ASSERT_STRING_EQUAL(l.at[1].target, "dc2.a.test");
	CU_ASSERT(l.at[1].priority == 0 && l.at[1].weight == 0 && l.at[1].port == 636);
}

static void what_is_cut_or_no_answer_gives_no_server_too_many(void)
{
	uint8_t query[sizeof(answer)];

	for (size_t len = 0; len < sizeof(answer) - 1; len++) {
		struct dir_srv_list l = { .n = 0 };

		if (dir_srv_parse(answer, len, &l) < 0)
			CU_ASSERT_EQUAL(l.n, 0);
		CU_ASSERT(l.n <= 2);
	}
	memcpy(query, answer, sizeof(answer));
	query[2] &= 0x7f;
	{
		struct dir_srv_list l = { .n = 0 };

		CU_ASSERT_EQUAL(dir_srv_parse(query, sizeof(answer) - 1, &l), -1);
	}
}

static uint32_t chosen;
static uint32_t pick(uint32_t n)
{
	return chosen < n ? chosen : n - 1;
}

static void add(struct dir_srv_list *l, uint16_t priority, uint16_t weight, const char *target)
{
	struct dir_srv *s = &l->at[l->n++];

	*s = (struct dir_srv){ priority, weight, 389, "" };
	snprintf(s->target, sizeof(s->target), "%s", target);
}

static void priority_comes_first_and_weight_decides_within(void)
{
	static const struct {
		uint32_t pick;
		const char *order;
	} rows[] = {
		{ 0, "zabx" },  /* nothing drawn: those of weight 0 first */
		{ 1, "abzx" },
		{ 10, "abzx" },
		{ 11, "bazx" }, /* beyond the first ten */
		{ 40, "bazx" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dir_srv_list l = { .n = 0 };

		add(&l, 20, 100, "x");
		add(&l, 10, 10, "a");
		add(&l, 10, 30, "b");
		add(&l, 10, 0, "z");
		chosen = rows[i].pick;
		dir_srv_sort(&l, 0, pick);
		for (size_t k = 0; k < l.n; k++)
			CU_ASSERT_EQUAL(l.at[k].target[0], rows[i].order[k]);
	}
}

static CU_TestInfo tests[] = {
	{ "an answer is read", an_answer_is_read },
	{ "what is cut, or no answer, gives no server too many",
		what_is_cut_or_no_answer_gives_no_server_too_many },
	{ "priority comes first, and weight decides within",
		priority_comes_first_and_weight_decides_within },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_ldap_dir_srv = { "ldap/dir_srv", NULL, NULL, NULL, NULL, tests };
