#include "agent/loop/loop.h"

#include <pthread.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "tests/unit/cunit.h"

enum { THREADS = 4, POSTS = 2000 };

static struct loop *loop;
static int count, wrong_thread;
static pthread_t owner;

static void counted(void *arg)
{
	(void)arg;
	if (!pthread_equal(pthread_self(), owner))
		wrong_thread++;
	if (++count == THREADS * POSTS)
		loop_stop(loop);
}

static void *poster(void *arg)
{
	for (int i = 0; i < POSTS; i++)
		loop_post(loop, counted, arg);
	return NULL;
}

static void posts_of_many_threads_all_run_on_the_loops_thread(void)
{
	pthread_t t[THREADS];

	loop = loop_new();
	count = wrong_thread = 0;
	owner = pthread_self();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, poster, NULL);
	loop_run(loop);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	CU_ASSERT_EQUAL(count, THREADS * POSTS);
	CU_ASSERT_EQUAL(wrong_thread, 0);
	loop_free(&loop);
	CU_ASSERT_PTR_NULL(loop);
}

static char order[8];
static int order_len;

static void note(void *arg)
{
	order[order_len++] = *(const char *)arg;
}

static void posts_keep_their_order_and_can_be_flushed(void)
{
	loop = loop_new();
	order_len = 0;
	for (const char *p = "abc"; *p; p++)
		loop_post(loop, note, (void *)p);
	loop_flush(loop);
	CU_ASSERT_EQUAL(order_len, 3);
	CU_ASSERT_NSTRING_EQUAL(order, "abc", 3);
	loop_flush(loop);
	CU_ASSERT_EQUAL(order_len, 3);
	loop_post(loop, note, (void *)"d");
	loop_free(&loop); /* and forgets what was not run */
	CU_ASSERT_EQUAL(order_len, 3);
}

static void tick(void *arg)
{
	(void)arg;
	if (++count == 3)
		loop_stop(loop);
}

static void timers_repeat_until_freed(void)
{
	struct loop_timer *t;
	int64_t began = clock_mono_ms();

	loop = loop_new();
	count = 0;
	t = loop_timer_new(loop, 20, tick, NULL);
	loop_run(loop);
	CU_ASSERT_EQUAL(count, 3);
	CU_ASSERT_TRUE(clock_mono_ms() - began >= 50);
	loop_timer_free(&t);
	CU_ASSERT_PTR_NULL(t);
	loop_free(&loop);
}

static int pair[2];

static void readable(void *arg)
{
	char c;

	(void)arg;
	count = (int)read(pair[0], &c, 1);
	loop_stop(loop);
}

static void a_watch_sees_data_and_the_end(void)
{
	struct loop_watch *w;

	CU_ASSERT_EQUAL_FATAL(pipe(pair), 0);
	loop = loop_new();
	w = loop_watch_new(loop, pair[0], readable, NULL);
	CU_ASSERT_EQUAL(write(pair[1], "x", 1), 1);
	loop_run(loop);
	CU_ASSERT_EQUAL(count, 1);
	close(pair[1]);
	loop_run(loop);
	CU_ASSERT_EQUAL(count, 0);
	loop_watch_free(&w);
	close(pair[0]);
	loop_free(&loop);
}

static CU_TestInfo tests[] = {
	{ "posts of many threads all run on the loop's thread",
		posts_of_many_threads_all_run_on_the_loops_thread },
	{ "posts keep their order and can be flushed", posts_keep_their_order_and_can_be_flushed },
	{ "timers repeat until freed", timers_repeat_until_freed },
	{ "a watch sees data and the end", a_watch_sees_data_and_the_end },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_loop_loop = { "agent/loop/loop", NULL, NULL, NULL, NULL, tests };
