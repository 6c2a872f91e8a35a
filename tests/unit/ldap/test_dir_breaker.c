#include "ldap/dir_breaker.h"

#include "ldap/dir_servers.h"
#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static void it_opens_after_failures_in_a_row_and_rests_longer_each_time(void)
{
	struct dir_breaker b = { 0 };
	int64_t now = 1000000, rest = DIR_BREAKER_REST_MS;

	for (int i = 0; i < DIR_BREAKER_FAILURES; i++) {
		CU_ASSERT_EQUAL(dir_breaker_state(&b, now), DIR_BREAKER_CLOSED);
		CU_ASSERT_EQUAL(dir_breaker_try(&b, now, 0), 1);
		dir_breaker_failed(&b, now);
	}
	for (int i = 0; i < 12; i++) {
		CU_ASSERT_EQUAL(dir_breaker_state(&b, now), DIR_BREAKER_OPEN);
		CU_ASSERT_EQUAL(dir_breaker_try(&b, now, 0), 0);
		CU_ASSERT_EQUAL(dir_breaker_try(&b, now + rest - 1, 0), 0);
		now += rest;
		CU_ASSERT_EQUAL(dir_breaker_state(&b, now), DIR_BREAKER_HALF_OPEN);
		CU_ASSERT_EQUAL(dir_breaker_try(&b, now, 0), 1);
		CU_ASSERT_EQUAL(dir_breaker_try(&b, now, 0), 0); /* one probe alone */
		dir_breaker_failed(&b, now);
		rest = rest * 2 < DIR_BREAKER_REST_MAX_MS ? rest * 2 : DIR_BREAKER_REST_MAX_MS;
	}
	now += rest;
	CU_ASSERT_EQUAL(dir_breaker_try(&b, now, 0), 1);
	dir_breaker_worked(&b);
	CU_ASSERT_EQUAL(dir_breaker_state(&b, now), DIR_BREAKER_CLOSED);
	CU_ASSERT_EQUAL(dir_breaker_is_last(&b, now), 0);
}

static void many_that_fail_at_once_open_it_once(void)
{
	struct dir_breaker b = { 0 };

	for (int i = 0; i < 50; i++)
		dir_breaker_failed(&b, 5000);
	CU_ASSERT_EQUAL(b.failures, DIR_BREAKER_FAILURES);
	CU_ASSERT_EQUAL(b.rest_until, 5000 + DIR_BREAKER_REST_MS);
}

static void one_that_failed_is_tried_last_and_one_that_rests_after_it(void)
{
	static const char *const uri[] = { "ldap://a", "ldap://b", "ldap://c", "ldap://d" };
	struct dir_servers s = { .n = 0 };
	struct fail why = { .code = ENR_DIRECTORY_TLS, .evidence = "why" }, f = FAIL_INIT;
	size_t order[DIR_SERVERS_MAX];

	dir_servers_set(&s, uri, ARRAY_LEN(uri));
	dir_servers_failed(&s, 1, 1000, &why);
	for (int i = 0; i < DIR_BREAKER_FAILURES; i++)
		dir_servers_failed(&s, 0, 1000, &why);
	CU_ASSERT_EQUAL_FATAL(dir_servers_choose(&s, 1100, order), 4);
	CU_ASSERT(order[0] == 2 && order[1] == 3 && order[2] == 1 && order[3] == 0);
	CU_ASSERT_EQUAL(dir_servers_try(&s, 1, 0, 1100, &f), 0);
	CU_ASSERT_EQUAL(dir_servers_try(&s, 0, 0, 1100, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_TLS);
	CU_ASSERT_STRING_EQUAL(f.evidence,
		"ldap://a is not asked for 1 s, after 3 failures in a row: why");
	/* rested: in its own place again, for one probe */
	dir_servers_choose(&s, 1000 + DIR_BREAKER_REST_MS, order);
	CU_ASSERT_EQUAL(order[0], 0);
	dir_servers_worked(&s, 1);
	dir_servers_choose(&s, 1100, order);
	CU_ASSERT(order[0] == 1 && order[1] == 2 && order[2] == 3);
	dir_servers_clear(&s);
}

static void a_server_keeps_its_place_when_dns_forgets_it(void)
{
	static const char *const first[] = { "ldap://a", "ldap://b" };
	static const char *const second[] = { "ldap://c", "ldap://b" };
	struct dir_servers s = { .n = 0 };
	char text[24];

	dir_servers_set(&s, first, 2);
	dir_servers_set(&s, second, 2);
	CU_ASSERT_EQUAL(s.n_order, 2);
	CU_ASSERT(s.order[0] == 2 && s.order[1] == 1);
	CU_ASSERT_EQUAL(dir_servers_find(&s, "ldap://a"), 0);
	CU_ASSERT_EQUAL(dir_servers_find(&s, "ldap://d"), -1);
	for (int i = 0; i < DIR_SERVERS_MAX + 10; i++) {
		const char *one = text;

		snprintf(text, sizeof(text), "ldap://x%d", i);
		dir_servers_set(&s, &one, 1);
	}
	CU_ASSERT_EQUAL(s.n, DIR_SERVERS_MAX);
	CU_ASSERT_EQUAL(s.n_order, 0); /* no place left: none in use, never one too many */
	dir_servers_clear(&s);
}

static void who_needs_this_very_one_probes_early(void)
{
	struct dir_breaker b = { 0 };

	for (int i = 0; i < DIR_BREAKER_FAILURES; i++)
		dir_breaker_failed(&b, 5000);
	CU_ASSERT_EQUAL(dir_breaker_try(&b, 5001, 0), 0);
	CU_ASSERT_EQUAL(dir_breaker_try(&b, 5001, 1), 1);
	CU_ASSERT_EQUAL(dir_breaker_try(&b, 5001, 1), 0); /* one at a time */
	dir_breaker_failed(&b, 5002);
	CU_ASSERT_EQUAL(dir_breaker_try(&b, 5003, 1), 1);
	dir_breaker_worked(&b);
	CU_ASSERT_EQUAL(dir_breaker_state(&b, 5004), DIR_BREAKER_CLOSED);
}

static CU_TestInfo tests[] = {
	{ "it opens after failures in a row, and rests longer each time",
		it_opens_after_failures_in_a_row_and_rests_longer_each_time },
	{ "many that fail at once open it once", many_that_fail_at_once_open_it_once },
	{ "one that failed is tried last, and one that rests after it",
		one_that_failed_is_tried_last_and_one_that_rests_after_it },
	{ "a server keeps its place when DNS forgets it",
		a_server_keeps_its_place_when_dns_forgets_it },
	{ "who needs this very one probes early", who_needs_this_very_one_probes_early },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_ldap_dir_breaker = { "ldap/dir_breaker", NULL, NULL, NULL, NULL, tests };
