#include "agent/loop/stream.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "tests/unit/cunit.h"

enum { FRAME_MAX = 1000, PENDING_MAX = 100000 };

static struct loop *loop;
static int pair[2]; /* [0] is the stream's */
static int frames, refuse_after, ends;
static const char *why;
static struct stream_frame last;
static uint8_t last_data[FRAME_MAX];

static int on_frame(const struct stream_frame *f, void *arg)
{
	CU_ASSERT_PTR_EQUAL(arg, &pair);
	last = *f;
	if (f->len > 0)
		memcpy(last_data, f->data, f->len);
	frames++;
	return refuse_after && frames >= refuse_after ? -1 : 0;
}

static void on_end(const char *reason, void *arg)
{
	(void)arg;
	why = reason;
	ends++;
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

static struct stream *begin(void)
{
	const struct stream_setup setup = { FRAME_MAX, PENDING_MAX, on_frame, on_end, &pair };

	frames = ends = refuse_after = 0;
	why = NULL;
	loop = loop_new();
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	return stream_new(loop, pair[0], &setup);
}

static void finish(struct stream *s)
{
	stream_free(&s);
	if (pair[1] >= 0)
		close(pair[1]);
	loop_free(&loop);
}

static void a_frame_arrives_octet_by_octet(void)
{
	static const uint8_t frame[] = { 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 1, 2, 7, 'a', 'b', 'c' };
	struct stream *s = begin();

	for (size_t i = 0; i < sizeof(frame); i++) {
		CU_ASSERT_EQUAL(frames, 0);
		CU_ASSERT_EQUAL(write(pair[1], frame + i, 1), 1);
		spin(2);
	}
	CU_ASSERT_EQUAL(frames, 1);
	CU_ASSERT_EQUAL(last.id, 0x102);
	CU_ASSERT_EQUAL(last.kind, 7);
	CU_ASSERT_EQUAL(last.len, 3);
	CU_ASSERT_NSTRING_EQUAL(last_data, "abc", 3);
	finish(s);
}

static void many_frames_in_one_piece_all_arrive(void)
{
	static const uint8_t empty[] = { 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 5, 1 };
	uint8_t many[sizeof(empty) * 100];
	struct stream *s = begin();

	for (size_t i = 0; i < 100; i++)
		memcpy(many + i * sizeof(empty), empty, sizeof(empty));
	CU_ASSERT_EQUAL(write(pair[1], many, sizeof(many)), (ssize_t)sizeof(many));
	spin(20);
	CU_ASSERT_EQUAL(frames, 100);
	CU_ASSERT_EQUAL(last.len, 0);
	CU_ASSERT_EQUAL(ends, 0);
	finish(s);
}

/* Lengths that no frame of ours can have. */
static void bad_lengths_end_the_stream(void)
{
	static const uint32_t lengths[] = { 0, 1, 8, FRAME_MAX + 10, 0x7fffffff, 0xffffffff };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct stream *s = begin();
		uint8_t head[STREAM_HEAD] = { (uint8_t)(lengths[i] >> 24),
			(uint8_t)(lengths[i] >> 16), (uint8_t)(lengths[i] >> 8),
			(uint8_t)lengths[i] };

		CU_ASSERT_EQUAL(write(pair[1], head, sizeof(head)), (ssize_t)sizeof(head));
		spin(200);
		CU_ASSERT_EQUAL(frames, 0);
		CU_ASSERT_EQUAL(ends, 1);
		CU_ASSERT_STRING_EQUAL(why, "bad frame");
		finish(s);
	}
}

static void an_owner_that_refuses_a_frame_hears_no_more(void)
{
	static const uint8_t two[] = { 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 9, 0, 0, 0,
		0, 0, 0, 0, 6, 1 };
	struct stream *s = begin();

	refuse_after = 1;
	CU_ASSERT_EQUAL(write(pair[1], two, sizeof(two)), (ssize_t)sizeof(two));
	spin(200);
	CU_ASSERT_EQUAL(frames, 1);
	CU_ASSERT_EQUAL(ends, 1);
	finish(s);
}

static void a_peer_that_reads_nothing_is_cut_off(void)
{
	struct stream *s = begin();
	uint8_t data[FRAME_MAX] = { 0 };
	const struct stream_frame f = { 1, 1, data, sizeof(data) };
	int sent = 0;

	while (sent < 100000 && stream_send(s, &f) == 0)
		sent++;
	CU_ASSERT_TRUE(sent >= PENDING_MAX / (FRAME_MAX + STREAM_HEAD) - 1);
	CU_ASSERT_TRUE(stream_pending(s) <= PENDING_MAX);
	CU_ASSERT_EQUAL(ends, 0); /* told from the loop, not from inside the call */
	spin(200);
	CU_ASSERT_EQUAL(ends, 1);
	CU_ASSERT_STRING_EQUAL(why, "the peer does not read");
	finish(s);
}

static void too_large_is_not_sent_and_closing_is_told(void)
{
	struct stream *s = begin();
	uint8_t data[FRAME_MAX + 1] = { 0 };
	const struct stream_frame f = { 1, 1, data, sizeof(data) };

	CU_ASSERT_EQUAL(stream_send(s, &f), -1);
	spin(5);
	CU_ASSERT_EQUAL(ends, 0);
	close(pair[1]);
	pair[1] = -1;
	spin(200);
	CU_ASSERT_EQUAL(ends, 1);
	CU_ASSERT_STRING_EQUAL(why, "closed");
	finish(s);
}

static CU_TestInfo tests[] = {
	{ "a frame arrives octet by octet", a_frame_arrives_octet_by_octet },
	{ "many frames in one piece all arrive", many_frames_in_one_piece_all_arrive },
	{ "bad lengths end the stream", bad_lengths_end_the_stream },
	{ "an owner that refuses a frame hears no more",
		an_owner_that_refuses_a_frame_hears_no_more },
	{ "a peer that reads nothing is cut off", a_peer_that_reads_nothing_is_cut_off },
	{ "too large is not sent, and closing is told", too_large_is_not_sent_and_closing_is_told },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_loop_stream = { "agent/loop/stream", NULL, NULL, NULL, NULL, tests };
