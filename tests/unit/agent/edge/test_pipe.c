/* Both ends of the pipe in one process: the handler answers on workers, the loop carries. */
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/edge/edge_core.h"
#include "agent/edge/edge_front.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/unit/agent/edge/made.h"
#include "tests/unit/cunit.h"

enum { MANY = 1000, TIMEOUT_MS = 1500 };

static struct loop *loop;
static struct edge_front *front;
static struct edge_core *core;
static int answers, wanted, granted, busy, gone, late, fronts_gone;
static const char *gone_why;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static int closed; /* handlers wait while it is set */

static void set_closed(int value)
{
	pthread_mutex_lock(&lock);
	closed = value;
	pthread_cond_broadcast(&opened);
	pthread_mutex_unlock(&lock);
}

/* Says back which question it was, in the time. */
static void handle(const struct enroll_request *q, struct enroll_reply *reply, void *arg)
{
	CU_ASSERT_PTR_EQUAL(arg, &loop);
	pthread_mutex_lock(&lock);
	while (closed)
		pthread_cond_wait(&opened, &lock);
	pthread_mutex_unlock(&lock);
	reply->time = q->nonce[0] * 256 + q->nonce[1];
	reply->eligible = ANSWER_YES;
}

static void front_gone(const char *why, void *arg)
{
	(void)arg;
	fronts_gone++;
	gone_why = why;
}

static void on_answer(const struct enroll_reply *reply, void *arg)
{
	answers++;
	if (reply->code == ENR_NONE) {
		granted++;
		CU_ASSERT_EQUAL(reply->time, (int64_t)(intptr_t)arg);
	}
	busy += reply->code == ENR_SERVER_BUSY;
	gone += reply->code == ENR_CORE_GONE;
	late += reply->code == ENR_STOPPING;
	if (reply->code != ENR_NONE)
		CU_ASSERT_TRUE(reply->retry_after > 0);
	if (answers == wanted)
		loop_stop(loop);
}

static void stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void spin(int64_t ms)
{
	struct loop_timer *t = loop_timer_new(loop, ms, stop, NULL);

	loop_run(loop);
	loop_timer_free(&t);
}

static void connect_both(void)
{
	int pair[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	edge_core_attach(core, pair[0]);
	edge_front_attach(front, pair[1]);
}

static void begin(size_t workers, size_t queue)
{
	const struct edge_core_setup setup = { workers, queue, handle, front_gone, &loop };

	answers = granted = busy = gone = late = fronts_gone = 0;
	closed = 0;
	loop = loop_new();
	core = edge_core_new(loop, &setup);
	front = edge_front_new(loop, 2 * MANY, TIMEOUT_MS);
	connect_both();
}

static void finish(void)
{
	set_closed(0);
	edge_front_free(&front);
	edge_core_free(&core);
	loop_free(&loop);
}

static void ask(int n)
{
	struct enroll_request q;

	made_request(REQUEST_DISCOVERY, &q);
	q.nonce[0] = (uint8_t)(n >> 8);
	q.nonce[1] = (uint8_t)n;
	edge_front_submit(front, &q, on_answer, (void *)(intptr_t)n);
}

static void many_questions_each_get_their_own_answer(void)
{
	begin(4, MANY);
	wanted = MANY;
	for (int i = 0; i < MANY; i++)
		ask(i);
	loop_run(loop);
	CU_ASSERT_EQUAL(granted, MANY);
	finish();
	CU_ASSERT_EQUAL(answers, MANY);
}

static void beyond_the_queue_the_answer_is_busy(void)
{
	begin(2, 8);
	set_closed(1);
	wanted = 90; /* of 100: 2 with workers, 8 waiting */
	ask(0);
	ask(1);
	spin(100);
	for (int i = 2; i < 100; i++)
		ask(i);
	loop_run(loop);
	CU_ASSERT_EQUAL(busy, 90);
	set_closed(0);
	wanted = 100;
	loop_run(loop);
	CU_ASSERT_EQUAL(granted, 10);
	finish();
}

static void without_a_core_the_answer_comes_at_once(void)
{
	begin(1, 8);
	set_closed(1);
	wanted = 100;
	for (int i = 0; i < 3; i++)
		ask(i);
	spin(20);
	CU_ASSERT_EQUAL(answers, 0);
	connect_both(); /* a new core: what the old one was asked is lost */
	CU_ASSERT_EQUAL(gone, 3);
	set_closed(0);
	wanted = 4;
	ask(3);
	loop_run(loop);
	CU_ASSERT_EQUAL(granted, 1);
	spin(50);
	CU_ASSERT_EQUAL(answers, 4); /* late answers of the old pipe reach nobody */
	CU_ASSERT_EQUAL(fronts_gone, 1);
	finish();
}

static void a_core_that_says_nothing_is_not_waited_for_for_ever(void)
{
	int64_t began = clock_mono_ms();

	begin(1, 8);
	set_closed(1);
	wanted = 1;
	ask(1);
	loop_run(loop);
	CU_ASSERT_EQUAL(busy, 1);
	CU_ASSERT_TRUE(clock_mono_ms() - began >= TIMEOUT_MS / 3);
	set_closed(0);
	spin(50);
	CU_ASSERT_EQUAL(answers, 1);
	finish();
}

static void what_is_open_at_the_end_is_answered(void)
{
	begin(1, 8);
	set_closed(1);
	wanted = 100;
	for (int i = 0; i < 5; i++)
		ask(i);
	spin(20);
	finish();
	CU_ASSERT_EQUAL(late, 5);
}

/* The core asks; the loop runs elsewhere meanwhile, as in enrolld. */
static void throttles(const struct throttle_ask *q, struct throttle_list *out, void *arg)
{
	int *asked = arg;

	(*asked)++;
	if (q->about[0] && strcmp(q->about, "192.0.2.1") != 0)
		return;
	out->n = 2;
	out->item[0] = (struct throttle){ "192.0.2.1", 17 };
	out->item[1] = (struct throttle){ "2001:db8::/48", 1 };
}

static void *run_loop(void *arg)
{
	loop_run(arg);
	return NULL;
}

static void the_core_learns_who_is_throttled(void)
{
	const struct throttle_ask all = { .about = "" }, one = { .about = "192.0.2.9" },
				  forgive = { .about = "192.0.2.1", .forgive = 1 };
	struct throttle_list list = { .n = 77 };
	pthread_t thread;
	int asked = 0;

	begin(1, 8);
	edge_front_throttles(front, throttles, &asked);
	pthread_create(&thread, NULL, run_loop, loop);
	CU_ASSERT_EQUAL(edge_core_throttles(core, &all, &list), 0);
	CU_ASSERT_EQUAL_FATAL(list.n, 2);
	CU_ASSERT_STRING_EQUAL(list.item[0].network, "192.0.2.1");
	CU_ASSERT_EQUAL(list.item[0].wait_s, 17);
	CU_ASSERT_STRING_EQUAL(list.item[1].network, "2001:db8::/48");
	CU_ASSERT_EQUAL(edge_core_throttles(core, &one, &list), 0);
	CU_ASSERT_EQUAL(list.n, 0);
	CU_ASSERT_EQUAL(edge_core_throttles(core, &forgive, &list), 0);
	CU_ASSERT_EQUAL(list.n, 2);
	CU_ASSERT_EQUAL(asked, 3);
	loop_post(loop, stop, NULL);
	pthread_join(thread, NULL);
	finish();
}

/* No front, or one that says nothing: that is not "nobody". */
static void a_silent_front_is_no_answer(void)
{
	const struct throttle_ask all = { .about = "" };
	struct throttle_list list = { .n = 77 };
	int64_t began = clock_mono_ms();
	pthread_t thread;
	int pair[2];

	begin(1, 8);
	edge_front_free(&front);
	spin(20);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	edge_core_attach(core, pair[0]);
	pthread_create(&thread, NULL, run_loop, loop);
	CU_ASSERT_EQUAL(edge_core_throttles(core, &all, &list), -1);
	CU_ASSERT_EQUAL(list.n, 77);
	CU_ASSERT(clock_mono_ms() - began >= 1500);
	close(pair[1]); /* gone: who asks then does not wait */
	CU_ASSERT_EQUAL(edge_core_throttles(core, &all, &list), -1);
	loop_post(loop, stop, NULL);
	pthread_join(thread, NULL);
	finish();
}

/* A front that sends what no front of ours sends loses its pipe; the other goes on. */
static void a_hostile_front_is_cut_off_alone(void)
{
	static const uint8_t wrong[][20] = {
		{ 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0xff }, /* does not unpack */
		{ 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 2 },        /* a reply */
		{ 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 77 },       /* no kind */
		{ 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 4 },        /* a question of the core */
		{ 0, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0xff, 0, 0,
			0 },                   /* throttles without end */
		{ 0xff, 0xff, 0xff, 0xff, 0 }, /* no length */
	};

	begin(1, 8);
	for (int i = 0; i < 6; i++) {
		int pair[2];
		char c;

		CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		edge_core_attach(core, pair[0]);
		CU_ASSERT_EQUAL(
			write(pair[1], wrong[i], sizeof(wrong[i])), (ssize_t)sizeof(wrong[i]));
		spin(30);
		CU_ASSERT_EQUAL(fronts_gone, i + 1);
		CU_ASSERT_STRING_EQUAL(gone_why, "bad frame");
		CU_ASSERT_TRUE(read(pair[1], &c, 1) <= 0);
		close(pair[1]);
	}
	wanted = 1;
	ask(7);
	loop_run(loop);
	CU_ASSERT_EQUAL(granted, 1);
	finish();
}

static void count_news(void *arg)
{
	++*(int *)arg;
}

/* A kept list ends when the core has a newer one, and when there is another core. */
static void news_reach_every_front(void)
{
	struct edge_front *other;
	int heard[2] = { 0 }, pair[2];

	begin(1, 8);
	other = edge_front_new(loop, MANY, TIMEOUT_MS);
	edge_front_on_news(front, count_news, &heard[0]);
	edge_front_on_news(other, count_news, &heard[1]);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	edge_core_attach(core, pair[0]);
	edge_front_attach(other, pair[1]);
	CU_ASSERT(heard[0] == 0 && heard[1] == 1);
	edge_core_news(core);
	spin(50);
	CU_ASSERT(heard[0] == 1 && heard[1] == 2);
	wanted = 1;
	ask(1);
	loop_run(loop);
	CU_ASSERT_EQUAL(granted, 1);
	edge_front_free(&other);
	finish();
}

/* Who is forgiven is named: nobody is let in by a question about all. */
static void a_question_that_forgives_all_is_none(void)
{
	static const struct {
		struct throttle_ask q;
		int taken;
	} rows[] = {
		{ { .about = "192.0.2.1", .forgive = 1 }, 0 },
		{ { .about = "", .forgive = 0 }, 0 },
		{ { .about = "", .forgive = 1 }, -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(str_free) struct str packed = STR_INIT(THROTTLE_NETWORK_MAX + 16);
		struct throttle_ask out;

		throttle_ask_pack(&rows[i].q, &packed);
		CU_ASSERT_EQUAL(throttle_ask_unpack((const uint8_t *)packed.data, packed.len, &out),
			rows[i].taken);
	}
}

static CU_TestInfo tests[] = {
	{ "many questions each get their own answer", many_questions_each_get_their_own_answer },
	{ "beyond the queue the answer is busy", beyond_the_queue_the_answer_is_busy },
	{ "without a core the answer comes at once", without_a_core_the_answer_comes_at_once },
	{ "a core that says nothing is not waited for for ever",
		a_core_that_says_nothing_is_not_waited_for_for_ever },
	{ "what is open at the end is answered", what_is_open_at_the_end_is_answered },
	{ "the core learns who is throttled", the_core_learns_who_is_throttled },
	{ "a silent front is no answer", a_silent_front_is_no_answer },
	{ "a hostile front is cut off alone", a_hostile_front_is_cut_off_alone },
	{ "news reach every front", news_reach_every_front },
	{ "a question that forgives all is none", a_question_that_forgives_all_is_none },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_edge_pipe = { "agent/edge/pipe", NULL, NULL, NULL, NULL, tests };
