#include "agent/enrollment/inflight.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/leafs.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/unit/cunit.h"

static const uint8_t key_a[32] = { 1 }, key_b[32] = { 2 };

static void a_record_and_key_are_under_way_once(void)
{
	autoclean(inflight_free) struct inflight *t = inflight_new();

	CU_ASSERT_EQUAL(inflight_enter(t, "E-0000-0001", key_a), 1);
	CU_ASSERT_EQUAL(inflight_enter(t, "E-0000-0001", key_a), 0);
	CU_ASSERT_EQUAL(inflight_enter(t, "E-0000-0001", key_b), 1);
	CU_ASSERT_EQUAL(inflight_enter(t, "E-0000-0002", key_a), 1);
	inflight_leave(t, "E-0000-0001", key_a);
	inflight_leave(t, "E-0000-0001", key_a);
	CU_ASSERT_EQUAL(inflight_enter(t, "E-0000-0001", key_a), 1);
	CU_ASSERT_EQUAL(inflight_enter(t, "E-0000-0001", key_b), 0);
}

static void a_rest_ends_by_itself(void)
{
	autoclean(inflight_free) struct inflight *t = inflight_new();
	int64_t now = clock_mono_ms();

	CU_ASSERT_EQUAL(inflight_resting(t, "E-0000-0001"), 0);
	inflight_rest(t, "E-0000-0001", now + 60000);
	inflight_rest(t, "E-0000-0001", now + 10);
	CU_ASSERT_TRUE(inflight_resting(t, "E-0000-0001") > 50000);
	CU_ASSERT_EQUAL(inflight_resting(t, "E-0000-0002"), 0);
	inflight_rest(t, "E-0000-0003", now - 1);
	CU_ASSERT_EQUAL(inflight_resting(t, "E-0000-0003"), 0);
}

#define THREADS 8
#define ROUNDS 2000

struct crowd {
	struct inflight *table;
	pthread_mutex_t lock;
	int inside, most, total;
};

static void *crowd_run(void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < ROUNDS; i++) {
		if (!inflight_enter(c->table, "E-0000-0001", key_a))
			continue;
		pthread_mutex_lock(&c->lock);
		c->inside++;
		c->total++;
		if (c->inside > c->most)
			c->most = c->inside;
		pthread_mutex_unlock(&c->lock);
		pthread_mutex_lock(&c->lock);
		c->inside--;
		pthread_mutex_unlock(&c->lock);
		inflight_leave(c->table, "E-0000-0001", key_a);
	}
	return NULL;
}

static void a_crowd_enters_one_by_one(void)
{
	autoclean(inflight_free) struct inflight *t = inflight_new();
	struct crowd c = { .table = t };
	pthread_t thread[THREADS];

	pthread_mutex_init(&c.lock, NULL);
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, crowd_run, &c);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	CU_ASSERT_EQUAL(c.most, 1);
	CU_ASSERT_TRUE(c.total > 0);
	pthread_mutex_destroy(&c.lock);
}

static void the_current_and_the_previous_leaf_are_ours(void)
{
	static const uint8_t hash[4][32] = { { 1 }, { 2 }, { 3 }, { 4 } };
	autoclean(leafs_free) struct leafs *l = leafs_new();

	CU_ASSERT_FALSE(leafs_has(l, "main", hash[0]));
	leafs_set(l, "main", hash[0]);
	CU_ASSERT_TRUE(leafs_has(l, "main", hash[0]));
	CU_ASSERT_FALSE(leafs_has(l, "other", hash[0]));
	CU_ASSERT_FALSE(leafs_has(l, "main", (const uint8_t[32]){ 0 }));
	leafs_set(l, "main", hash[1]);
	leafs_set(l, "main", hash[1]); /* a reload without a new certificate */
	CU_ASSERT_TRUE(leafs_has(l, "main", hash[0]));
	CU_ASSERT_TRUE(leafs_has(l, "main", hash[1]));
	leafs_set(l, "main", hash[2]);
	CU_ASSERT_FALSE(leafs_has(l, "main", hash[0]));
	CU_ASSERT_TRUE(leafs_has(l, "main", hash[1]));
	leafs_set(l, "other", hash[3]);
	CU_ASSERT_FALSE(leafs_has(l, "main", hash[3]));
}

static CU_TestInfo tests[] = {
	{ "a record and key are under way once", a_record_and_key_are_under_way_once },
	{ "a rest ends by itself", a_rest_ends_by_itself },
	{ "a crowd enters one by one", a_crowd_enters_one_by_one },
	{ "the current and the previous leaf are ours",
		the_current_and_the_previous_leaf_are_ours },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_agent_enrollment_inflight = {
	.pName = "agent/enrollment/inflight",
	.pTests = tests,
};
