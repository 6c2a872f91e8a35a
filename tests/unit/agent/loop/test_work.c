#include "agent/loop/work.h"
#include "tests/unit/cunit.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int running, most, done, gate_open;

static void gated(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	running++;
	if (running > most)
		most = running;
	pthread_cond_broadcast(&changed);
	while (!gate_open)
		pthread_cond_wait(&changed, &lock);
	running--;
	done++;
	pthread_mutex_unlock(&lock);
}

static void wait_running(int n)
{
	pthread_mutex_lock(&lock);
	while (running < n)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void open_gate(void)
{
	pthread_mutex_lock(&lock);
	gate_open = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void the_queue_is_bounded_and_free_finishes_what_was_taken(void)
{
	struct work *w = work_new(3, 5);
	int taken = 0;

	running = most = done = gate_open = 0;
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(work_add(w, gated, NULL), 0);
		wait_running(i + 1);
	}
	for (int i = 0; i < 20; i++)
		taken += work_add(w, gated, NULL) == 0;
	CU_ASSERT_EQUAL(taken, 5);
	open_gate();
	work_free(&w);
	CU_ASSERT_PTR_NULL(w);
	CU_ASSERT_EQUAL(done, 8);
	CU_ASSERT_EQUAL(most, 3);
}

static void freeing_an_idle_one_returns(void)
{
	struct work *w = work_new(2, 1), *none = NULL;

	work_free(&w);
	work_free(&none);
	CU_ASSERT_PTR_NULL(w);
}

static CU_TestInfo tests[] = {
	{ "the queue is bounded, and free finishes what was taken",
		the_queue_is_bounded_and_free_finishes_what_was_taken },
	{ "freeing an idle one returns", freeing_an_idle_one_returns },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_loop_work = { "agent/loop/work", NULL, NULL, NULL, NULL, tests };
