#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/unit/agent/store/fixture.h"
#include "tests/unit/cunit.h"

struct tried {
	const char *id, *address, *identity, *record;
	enum code code;
};

static void attempt_of(struct fixture *x, const struct tried *t)
{
	struct store_attempt a = { .time = clock_now(), .address = (char *)(uintptr_t)t->address,
		.identity = (char *)(uintptr_t)t->identity, .client = (char[]){ "enroll 1" },
		.code = t->code, .phase = (char[]){ "bootstrap" }, .detail = (char[]){ "why" } };
	struct fail f = FAIL_INIT;

	snprintf(a.id, sizeof(a.id), "%s", t->id);
	snprintf(a.record, sizeof(a.record), "%s", t->record);
	CU_ASSERT_EQUAL(store_attempt(x->s, &a, &f), 0);
	CU_ASSERT_STRING_EQUAL(f.evidence, "");
}
#define attempt(x, ...) attempt_of((x), &(struct tried){ __VA_ARGS__ })

/* The names found, newest first, with a blank behind each. */
static char *found(struct fixture *x, const char *text, size_t max)
{
	autoclean(store_list_clear) struct store_list l = { NULL, 0 };
	struct str s = STR_INIT(4096);
	struct fail f = FAIL_INIT;

	str_text_add(&s, "");
	CU_ASSERT_EQUAL(store_match(x->s, text, max, &l, &f), 0);
	for (size_t i = 0; i < l.n; i++)
		str_printf(&s, "%s ", l.item[i].name);
	return str_steal(&s);
}

static void expect_found(struct fixture *x, const char *text, size_t max, const char *want)
{
	autoclean(text_free) char *got = found(x, text, max);

	CU_ASSERT_STRING_EQUAL(got, want);
	if (strcmp(got, want) != 0)
		printf("\n%s: %s\n", text, got);
}

static void test_match(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	char a[ID_MAX] = "", b[ID_MAX] = "", plain[ID_MAX];
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, a), ENR_NONE);
	CU_ASSERT_EQUAL(add_device(&x, "LT-2", "a@example.com", 2, b), ENR_NONE);
	fixture_sql(&x, "UPDATE record SET serial = 'PF3ABCDE' WHERE name = 'LT-2'");
	enroll_device(&x, a, 7, &r);
	attempt(&x, "A-1111-1111", "203.0.113.7", "a@example.com", a, ENR_NONE);
	attempt(&x, "A-2222-2222", "203.0.113.8", "x@example.com", "", ENR_NOT_EXPECTED);
	expect_found(&x, "lt-1", 0, "LT-1 ");
	expect_found(&x, "LT", 0, "");
	expect_found(&x, a, 0, "LT-1 ");
	snprintf(plain, sizeof(plain), "%.2s%.4s%.4s", b, b + 2, b + 7);
	expect_found(&x, plain, 0, "LT-2 ");
	expect_found(&x, "A@Example.com", 0, "LT-2 LT-1 ");
	expect_found(&x, "A@Example.com", 1, "LT-2 ");
	expect_found(&x, "pf3abcde", 0, "LT-2 ");
	expect_found(&x, "a-1111-1111", 0, "LT-1 ");
	expect_found(&x, "A-2222-2222", 0, "");
	expect_found(&x, "203.0.113.7", 0, "LT-1 ");
	expect_found(&x, "203.0.113.8", 0, "");
	expect_found(&x, "07:00:00:00:77:77:77:77:77:77:77:77:77:77:77:77", 0, "LT-1 ");
	expect_found(&x, "%", 0, "");
	expect_found(&x, "' OR 1=1 --", 0, "");
	expect_found(&x, "", 0, "");
	store_fixture_close(&x);
}

static size_t selected(struct fixture *x, const struct store_filter *filter)
{
	autoclean(store_list_clear) struct store_list l = { NULL, 0 };
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(store_select(x->s, filter, &l, &f), 0);
	return l.n;
}

static void test_select(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	enum claim_kind kind;
	char id[4][ID_MAX], name[16];
	int64_t now = clock_now(), counts[RECORD_STATES], expired = 0;
	struct fail f = FAIL_INIT;
	struct fixture x;

	store_fixture_open(&x);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "LT-%d", i);
		CU_ASSERT_EQUAL(add_device(&x, name, i ? "a@b.c" : "d@b.c", i, id[i]), ENR_NONE);
	}
	enroll_device(&x, id[0], 7, &r);
	CU_ASSERT_EQUAL(claim_device(&x, id[1], 8, &kind, &r), ENR_NONE);
	attempt(&x, "A-1111-1111", "203.0.113.7", "a@b.c", id[2], ENR_PASSWORD_WRONG);
	CU_ASSERT_EQUAL(selected(&x, &(struct store_filter){ .now = now }), 4);
	CU_ASSERT_EQUAL(selected(&x, &(struct store_filter){ .now = now, .max = 3 }), 3);
#define STATE(word, at) selected(&x, &(struct store_filter){ .state = (word), .now = (at) })
	CU_ASSERT_EQUAL(STATE("pending", now), 2);
	CU_ASSERT_EQUAL(STATE("pending", now + 3700), 0);
	CU_ASSERT_EQUAL(STATE("expired", now), 0);
	CU_ASSERT_EQUAL(STATE("expired", now + 3700), 2);
	CU_ASSERT_EQUAL(STATE("enrolling", now), 1);
	CU_ASSERT_EQUAL(STATE("enrolled", now), 1);
	CU_ASSERT_EQUAL(STATE("revoked", now), 0);
	CU_ASSERT_EQUAL(STATE("nonsense", now), 0);
#define OF(...) selected(&x, &(struct store_filter){ .now = now, __VA_ARGS__ })
	CU_ASSERT_EQUAL(OF(.ou_dn = "ou=sales,dc=example"), 4);
	CU_ASSERT_EQUAL(OF(.ou_dn = "DC=example"), 4);
	CU_ASSERT_EQUAL(OF(.ou_dn = "les,DC=example"), 0);
	CU_ASSERT_EQUAL(OF(.ou_dn = "OU=X,OU=Sales,DC=example"), 0);
	CU_ASSERT_EQUAL(OF(.identity = "d@b.c"), 1);
	CU_ASSERT_EQUAL(OF(.failed = 1), 1);
	CU_ASSERT_EQUAL(OF(.since = now + 100), 0);
	CU_ASSERT_EQUAL(OF(.expiring_before = now + 86400 * 2), 1);
	CU_ASSERT_EQUAL(OF(.expiring_before = now), 0);
	CU_ASSERT_EQUAL(store_counts(x.s, now + 3700, counts, &expired, &f), 0);
	CU_ASSERT_EQUAL(counts[RECORD_PENDING], 0);
	CU_ASSERT_EQUAL(expired, 2);
	CU_ASSERT_EQUAL(counts[RECORD_ENROLLED], 1);
	CU_ASSERT_EQUAL(counts[RECORD_CLAIMED], 1);
	store_fixture_close(&x);
}

static void test_attempts(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(store_attempt_list_clear) struct store_attempt_list l = { NULL, 0 };
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@b.c", 1, id), ENR_NONE);
	attempt(&x, "A-1111-1111", "203.0.113.7", "a@b.c", "", ENR_NONE);
	attempt(&x, "A-1111-1111", "203.0.113.7", "a@b.c", id, ENR_PASSWORD_WRONG);
	attempt(&x, "A-1111-1111", "203.0.113.7", "a@b.c", id, ENR_PASSWORD_WRONG);
	attempt(&x, "A-2222-2222", "203.0.113.7", "a@b.c", id, ENR_CREATE_DENIED);
	CU_ASSERT_EQUAL(store_by_id(x.s, id, &r, &f), ANSWER_YES);
	CU_ASSERT_EQUAL(r.failed_tries, 1);
	CU_ASSERT_EQUAL(r.last_code, ENR_CREATE_DENIED);
	CU_ASSERT_STRING_EQUAL(r.last_attempt, "A-2222-2222");
	CU_ASSERT_STRING_EQUAL(r.last_phase, "bootstrap");
	CU_ASSERT_EQUAL(r.state, RECORD_PENDING);
	attempt(&x, "A-2222-2222", "203.0.113.7", "a@b.c", id, ENR_NONE);
	CU_ASSERT_EQUAL(
		store_attempts(x.s, &(struct store_range){ "203.0.113.7", 0, 0 }, &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 2);
	CU_ASSERT_STRING_EQUAL(l.item[0].id, "A-2222-2222");
	CU_ASSERT_EQUAL(l.item[0].code, ENR_NONE);
	CU_ASSERT_STRING_EQUAL(l.item[1].record, id);
	CU_ASSERT_EQUAL(store_attempts(x.s, &(struct store_range){ id, 0, 1 }, &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, 1);
	CU_ASSERT_EQUAL(store_attempts(x.s, &(struct store_range){ "A11111111", 0, 0 }, &l, &f), 0);
	CU_ASSERT_EQUAL(
		store_attempts(x.s, &(struct store_range){ NULL, clock_now() + 10, 0 }, &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, 0);
	CU_ASSERT_EQUAL(store_attempts(x.s, &(struct store_range){ NULL, 0, 0 }, &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, 2);
	store_fixture_close(&x);
}

/* Strangers cannot fill the disk, and do not push out what is known. */
static void test_strays(void)
{
	autoclean(store_attempt_list_clear) struct store_attempt_list l = { NULL, 0 };
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "", name[ID_MAX];
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@b.c", 1, id), ENR_NONE);
	attempt(&x, "A-1111-1111", "203.0.113.7", "a@b.c", id, ENR_NONE);
	fixture_sql(&x, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
			"i < 9990) INSERT INTO attempt (id, time, address, identity, client, code) "
			"SELECT 'B-' || i, 1, '', '', '', 105 FROM n");
	fixture_reopen(&x);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "A-0000-00%02u", (unsigned)i % 100);
		attempt(&x, name, "198.51.100.1", "e@e.e", "", ENR_NOT_EXPECTED);
	}
	CU_ASSERT_EQUAL(store_attempts(x.s, &(struct store_range){ NULL, 0, 0 }, &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 10001);
	CU_ASSERT_STRING_EQUAL(l.item[0].id, "A-0000-0029");
	CU_ASSERT_STRING_EQUAL(l.item[l.n - 1].id, "A-1111-1111");
	CU_ASSERT_STRING_EQUAL(l.item[l.n - 2].id, "B-21");
	store_fixture_close(&x);
}

static void test_events(void)
{
	autoclean(store_event_list_clear) struct store_event_list l = { NULL, 0 };
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	static const char *const story[] = { "expected", "claimed", "issued", "joined", "enrolled",
		"published" };
	struct store_actor by = {
		.who = "CORP\\maria", .note = "ticket 8841", .attempt = "A-1111-1111"
	};
	struct store_story e = { NULL, "published", "number 412", ENR_NONE, &by };
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@b.c", 1, id), ENR_NONE);
	enroll_device(&x, id, 7, &r);
	e.record = id;
	CU_ASSERT_EQUAL(store_event(x.s, &e, &f), 0);
	CU_ASSERT_EQUAL(store_events(x.s, &(struct store_range){ id, 0, 0 }, &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, ARRAY_LEN(story));
	for (size_t i = 0; i < l.n; i++)
		CU_ASSERT_STRING_EQUAL(l.item[i].event, story[i]);
	CU_ASSERT_STRING_EQUAL(l.item[5].by, "CORP\\maria");
	CU_ASSERT_STRING_EQUAL(l.item[5].note, "ticket 8841");
	CU_ASSERT_STRING_EQUAL(l.item[5].attempt, "A-1111-1111");
	CU_ASSERT_STRING_EQUAL(l.item[5].detail, "number 412");
	CU_ASSERT_STRING_EQUAL(l.item[5].record, id);
	CU_ASSERT_EQUAL(store_events(x.s, &(struct store_range){ NULL, 0, 2 }, &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 2);
	CU_ASSERT_STRING_EQUAL(l.item[1].event, "published");
	e.record = "E-0000-0000";
	CU_ASSERT_EQUAL(store_event(x.s, &e, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STORE_UNAVAILABLE);
	CU_ASSERT_EQUAL(store_events(x.s, &(struct store_range){ NULL, 0, 0 }, &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, ARRAY_LEN(story));
	store_fixture_close(&x);
}

/* --- readers and writers together
 * ----------------------------------------------------------------- */

struct worker {
	struct fixture *x;
	int number, failed;
};

static void *work(void *arg)
{
	struct worker *me = arg;

	for (int i = 0; i < 10; i++) {
		autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
		char name[24], id[ID_MAX];
		struct fail f = FAIL_INIT;
		int n = me->number * 100 + i;

		snprintf(name, sizeof(name), "LT-%d", n);
		if (add_device(me->x, name, name, n, id) != ENR_NONE) {
			me->failed++;
			continue;
		}
		if (store_by_name(me->x->s, name, &r, &f) != ANSWER_YES ||
			store_expects(me->x->s, name, clock_now(), &f) != ANSWER_YES ||
			store_clock(me->x->s, clock_now(), &f) < 0)
			me->failed++;
		enroll_device(me->x, id, n, &r);
		attempt(me->x, id, "192.0.2.1", name, id, ENR_NONE);
	}
	return NULL;
}

static void test_threads(void)
{
	struct worker workers[16];
	pthread_t threads[16];
	int64_t counts[RECORD_STATES], expired;
	struct fail f = FAIL_INIT;
	struct fixture x;

	store_fixture_open(&x);
	for (int i = 0; i < 16; i++) {
		workers[i] = (struct worker){ &x, i, 0 };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < 16; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(workers[i].failed, 0);
	}
	CU_ASSERT_EQUAL(store_counts(x.s, clock_now(), counts, &expired, &f), 0);
	CU_ASSERT_EQUAL(counts[RECORD_ENROLLED], 160);
	store_fixture_close(&x);
}

static size_t told(const struct store_event_list *l, const char *event)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += strcmp(l->item[i].event, event) == 0;
	return n;
}

/* One attempt of that record, with a line of its story, as a request of its device writes it. */
static void tell(struct fixture *x, const char *record, const char *id)
{
	struct store_actor by = { .attempt = id };
	struct store_story line = { record, "bootstrap", "password proved", ENR_NONE, &by };
	struct store_attempt a = { .time = clock_now(), .address = (char[]){ "203.0.113.7" },
		.identity = (char[]){ "a@b.c" }, .client = (char[]){ "enroll 1" },
		.phase = (char[]){ "bootstrap" }, .story = &line, .n_story = 1 };
	struct fail f = FAIL_INIT;

	snprintf(a.id, sizeof(a.id), "%s", id);
	snprintf(a.record, sizeof(a.record), "%s", record);
	CU_ASSERT_EQUAL(store_attempt(x->s, &a, &f), 0);
}

/* Who knows a password cannot fill the disk with it, nor push out how the device enrolled. */
static void test_repeats(void)
{
	autoclean(store_event_list_clear) struct store_event_list l = { NULL, 0 };
	autoclean(store_attempt_list_clear) struct store_attempt_list tries = { NULL, 0 };
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	struct store_range of = { .of = NULL };
	char id[ID_MAX] = "", other[ID_MAX] = "", name[ID_MAX];
	struct fail f = FAIL_INIT;
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@b.c", 1, id), ENR_NONE);
	CU_ASSERT_EQUAL(add_device(&x, "LT-2", "b@b.c", 2, other), ENR_NONE);
	tell(&x, other, "A-1111-1111");
	tell(&x, id, "A-0000-0001");
	enroll_device(&x, id, 1, &r);
	of.of = id;
	for (int i = 0; i < 3; i++)
		tell(&x, id, "A-2222-2222");
	CU_ASSERT_EQUAL(store_events(x.s, &of, &l, &f), 0);
	CU_ASSERT_EQUAL(told(&l, "bootstrap"), 2);
	for (int i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "A-3333-3%03u", (unsigned)i % 1000);
		tell(&x, id, name);
	}
	CU_ASSERT_EQUAL(store_events(x.s, &of, &l, &f), 0);
	CU_ASSERT_EQUAL(told(&l, "bootstrap"), 301);
	CU_ASSERT_EQUAL(told(&l, "expected"), 1);
	CU_ASSERT_EQUAL(told(&l, "claimed"), 1);
	CU_ASSERT_EQUAL(told(&l, "enrolled"), 1);
	CU_ASSERT_STRING_EQUAL(l.item[l.n - 1].attempt, "A-3333-3399");
	CU_ASSERT_EQUAL(store_attempts(x.s, &of, &tries, &f), 0);
	CU_ASSERT_EQUAL_FATAL(tries.n, 301);
	CU_ASSERT_STRING_EQUAL(tries.item[0].id, "A-3333-3399");
	CU_ASSERT_STRING_EQUAL(tries.item[300].id, "A-0000-0001");
	of.of = other;
	CU_ASSERT_EQUAL(store_attempts(x.s, &of, &tries, &f), 0);
	CU_ASSERT_EQUAL(tries.n, 1);
	store_fixture_close(&x);
}

static CU_TestInfo tests[] = {
	{ "a device is found by whatever a person writes", test_match },
	{ "lists by state, OU, identity, failure and time", test_select },
	{ "attempts are updated, and count once", test_attempts },
	{ "attempts of strangers are bounded", test_strays },
	{ "attempts of one record, and what they tell, are bounded", test_repeats },
	{ "the story is in order", test_events },
	{ "many threads read and write together", test_threads },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_store_find = { "agent/store/find", NULL, NULL, NULL, NULL, tests };
