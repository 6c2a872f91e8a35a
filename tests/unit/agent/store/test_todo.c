/* What the directory has still to be told: noted with what decided it, in order, until it is done.
 */

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/unit/agent/store/fixture.h"
#include "tests/unit/cunit.h"

#define WORK(w) (1U << TODO_##w)

static int set_state(
	struct fixture *x, const char *id, enum record_state to, unsigned work, int64_t *n)
{
	struct store_change c = { .id = id, .to = to, .reason = 1, .work = work };
	struct fail f = FAIL_INIT;

	return store_set_state(x->s, &c, n, &f);
}

/* The works of a record (NULL: of all) are these. */
static void check_works(struct fixture *x, const char *id, const enum todo_work *works, size_t n)
{
	autoclean(store_todo_list_clear) struct store_todo_list l = { NULL, 0 };
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL_FATAL(store_todos(x->s, id, 0, &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, n);
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL(l.item[i].work, works[i]);
}

static void enrolled(struct fixture *x, const char *name, int n, char id[ID_MAX])
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };

	CU_ASSERT_EQUAL(add_device(x, name, "a@example.com", n, id), ENR_NONE);
	enroll_device(x, id, n, &r);
}

static void test_decided_together(void)
{
	autoclean(store_cert_list_clear) struct store_cert_list l = { NULL, 0 };
	struct fail f = FAIL_INIT;
	char id[ID_MAX];
	int64_t n = -1;
	struct fixture x;

	store_fixture_open(&x);
	enrolled(&x, "LT-1", 1, id);
	check_works(&x, id, NULL, 0);
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_DISABLED, WORK(DISABLE), &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	fixture_reopen(&x);
	check_works(&x, id, (enum todo_work[]){ TODO_DISABLE }, 1);
	/* What is decided later makes meaningless what was not done yet. */
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_ENROLLED, WORK(ENABLE), &n), 0);
	check_works(&x, id, (enum todo_work[]){ TODO_ENABLE }, 1);
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_REVOKED, WORK(DISABLE) | WORK(SPOIL), &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	check_works(&x, id, (enum todo_work[]){ TODO_DISABLE, TODO_SPOIL }, 2);
	CU_ASSERT_EQUAL(store_certs_revoked(x.s, clock_now(), &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 1);
	CU_ASSERT_EQUAL(l.item[0].reason, 1);
	/* A state that cannot be reached changes nothing. */
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_ENROLLED, WORK(ENABLE), &n), -1);
	check_works(&x, id, (enum todo_work[]){ TODO_DISABLE, TODO_SPOIL }, 2);
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_REMOVED, WORK(REMOVE), &n), 0);
	CU_ASSERT_EQUAL(n, 0);
	check_works(&x, id, (enum todo_work[]){ TODO_DISABLE, TODO_SPOIL, TODO_REMOVE }, 3);
	CU_ASSERT_EQUAL(store_todo_add(x.s, id, TODO_REMOVE, &f), 0);
	check_works(&x, id, (enum todo_work[]){ TODO_DISABLE, TODO_SPOIL, TODO_REMOVE }, 3);
	store_fixture_close(&x);
}

/* Fewest tries first, so that one that always fails holds up nobody; within a device in order. */
static void test_order(void)
{
	autoclean(store_todo_list_clear) struct store_todo_list l = { NULL, 0 };
	autoclean(store_event_list_clear) struct store_event_list told = { NULL, 0 };
	struct fail f = FAIL_INIT, why = FAIL_INIT;
	char first[ID_MAX], second[ID_MAX];
	int64_t now = clock_now();
	struct fixture x;

	store_fixture_open(&x);
	enrolled(&x, "LT-1", 1, first);
	enrolled(&x, "LT-2", 2, second);
	set_state(&x, first, RECORD_REVOKED, WORK(DISABLE) | WORK(SPOIL), NULL);
	set_state(&x, second, RECORD_REVOKED, WORK(DISABLE) | WORK(SPOIL), NULL);
	CU_ASSERT_EQUAL(store_todos_due(x.s, now, 0, &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 2);
	CU_ASSERT_STRING_EQUAL(l.item[0].record, first);
	CU_ASSERT_STRING_EQUAL(l.item[0].name, "LT-1");
	CU_ASSERT_EQUAL(l.item[0].work, TODO_DISABLE);
	fail(&why, ENR_DIRECTORY_REFUSED, "no");
	CU_ASSERT_EQUAL(store_todo_failed(x.s, &l.item[0], &why, 0, &f), 0);
	CU_ASSERT_EQUAL(store_todos_due(x.s, now, 0, &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 2);
	CU_ASSERT_STRING_EQUAL(l.item[0].record, second);
	CU_ASSERT_EQUAL(l.item[1].tries, 1);
	CU_ASSERT_EQUAL(l.item[1].code, ENR_DIRECTORY_REFUSED);
	/* Not before it is due; the same failure is told once. */
	CU_ASSERT_EQUAL(store_todo_failed(x.s, &l.item[1], &why, now + 60, &f), 0);
	CU_ASSERT_EQUAL(store_events(x.s, &(struct store_range){ .of = first }, &told, &f), 0);
	CU_ASSERT_EQUAL(told.item[told.n - 1].code, ENR_DIRECTORY_REFUSED);
	CU_ASSERT_EQUAL(told.item[told.n - 2].code, ENR_NONE);
	CU_ASSERT_EQUAL(store_todos_due(x.s, now, 0, &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, 1);
	CU_ASSERT_EQUAL(store_todo_done(x.s, &l.item[0], "object disabled", NULL, &f), 0);
	CU_ASSERT_EQUAL(store_todos_due(x.s, now, 0, &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 1);
	CU_ASSERT_EQUAL(l.item[0].work, TODO_SPOIL);
	CU_ASSERT_EQUAL(store_events(x.s, &(struct store_range){ .of = second }, &told, &f), 0);
	CU_ASSERT_STRING_EQUAL(told.item[told.n - 1].detail, "object disabled");
	CU_ASSERT_EQUAL(store_todos_due(x.s, now + 60, 0, &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, 2);
	CU_ASSERT_EQUAL(store_todos(x.s, NULL, 1, &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, 1);
	store_fixture_close(&x);
}

static CU_TestInfo tests[] = {
	{ "noted with what decided it", test_decided_together },
	{ "in order, and nobody held up", test_order },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_store_todo = { "agent/store/todo", NULL, NULL, NULL, NULL, tests };
