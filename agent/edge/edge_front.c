#include "agent/edge/edge_front.h"

#include <stdlib.h>

#include "agent/edge/frame.h"
#include "agent/loop/stream.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

#define SLOTS 1024 /* hash chains of open questions, by id */
#define TICK_MS 500

struct question {
	uint64_t id;
	int64_t deadline; /* clock_mono_ms */
	edge_answer *cb;
	void *arg;
	struct question *next;
};

struct edge_front {
	struct loop *loop;
	struct loop_timer *tick;
	struct stream *stream; /* NULL: no core */
	struct question *slot[SLOTS];
	size_t outstanding, outstanding_max;
	uint64_t last_id;
	int64_t timeout_ms;
	loop_call *on_news;
	void *news_arg;
	edge_throttles *throttles; /* NULL: nobody is ever throttled */
	void *throttles_arg;
};

static void news(struct edge_front *e)
{
	if (e->on_news != NULL)
		e->on_news(e->news_arg);
}

/* An answer of the front's own making. */
static void answer_self(edge_answer *cb, void *arg, enum code code)
{
	struct enroll_reply reply = { .code = code, .retry_after = EDGE_RETRY_S };

	reply.time = clock_now();
	cb(&reply, arg);
}

/* Take the question with that id out, or NULL. */
static struct question *take_question(struct edge_front *e, uint64_t id)
{
	struct question **at = &e->slot[id % SLOTS], *found;

	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	found = *at;
	if (found != NULL) {
		*at = found->next;
		e->outstanding--;
	}
	return found;
}

/* Answer all questions whose deadline is at or before that time. */
static void give_up(struct edge_front *e, int64_t until, enum code code)
{
	struct question *late = NULL, *q;

	for (size_t i = 0; i < SLOTS && e->outstanding > 0; i++) {
		struct question **at = &e->slot[i];

		while (*at != NULL) {
			q = *at;
			if (q->deadline > until) {
				at = &q->next;
				continue;
			}
			*at = q->next;
			e->outstanding--;
			q->next = late;
			late = q;
		}
	}
	while (late != NULL) {
		q = late;
		late = q->next;
		answer_self(q->cb, q->arg, code);
		free(q);
	}
}

static int answer_throttles(struct edge_front *e, const struct stream_frame *asked)
{
	autoclean(str_free) struct str packed = STR_INIT(THROTTLE_OCTETS_MAX);
	struct stream_frame frame = { .id = asked->id, .kind = EDGE_THROTTLES };
	struct throttle_ask q;
	struct throttle_list list = { .n = 0 };

	if (throttle_ask_unpack(asked->data, asked->len, &q) < 0)
		return -1;
	if (e->throttles != NULL)
		e->throttles(&q, &list, e->throttles_arg);
	throttle_list_pack(&list, &packed);
	frame.data = (const uint8_t *)packed.data;
	frame.len = packed.len;
	(void)stream_send(e->stream, &frame); /* a core that does not read is cut off */
	return 0;
}

static int on_frame(const struct stream_frame *frame, void *arg)
{
	struct edge_front *e = arg;
	struct enroll_reply reply;
	struct question *q;

	if (frame->kind == EDGE_NEWS && frame->len == 0) {
		news(e);
		return 0;
	}
	if (frame->kind == EDGE_ASK)
		return answer_throttles(e, frame);
	if (frame->kind != EDGE_REPLY ||
		enroll_reply_unpack(frame->data, frame->len, &reply, NULL) < 0)
		return -1;
	q = take_question(e, frame->id);
	if (q != NULL) /* else it has been given up */
		q->cb(&reply, q->arg);
	free(q);
	enroll_reply_clear(&reply);
	return 0;
}

static void on_end(const char *why, void *arg)
{
	struct edge_front *e = arg;

	(void)why;
	stream_free(&e->stream);
	give_up(e, INT64_MAX, ENR_CORE_GONE);
}

static void on_tick(void *arg)
{
	give_up(arg, clock_mono_ms(), ENR_SERVER_BUSY);
}

struct edge_front *edge_front_new(struct loop *l, size_t outstanding_max, int64_t timeout_ms)
{
	struct edge_front *e = mem_new(sizeof(*e));

	e->loop = l;
	e->outstanding_max = outstanding_max;
	e->timeout_ms = timeout_ms;
	e->tick = loop_timer_new(l, TICK_MS, on_tick, e);
	return e;
}

void edge_front_attach(struct edge_front *e, int fd)
{
	struct stream_setup setup = {
		.frame_max = EDGE_MESSAGE_MAX,
		.pending_max = EDGE_PENDING_MAX,
		.frame = on_frame,
		.end = on_end,
		.arg = e,
	};

	stream_free(&e->stream);
	give_up(e, INT64_MAX, ENR_CORE_GONE);
	e->stream = stream_new(e->loop, fd, &setup);
	news(e);
}

/* Only an enrollment has to wait for others; who asks the rest hears soon that nobody answers. */
static int64_t patience(const struct edge_front *e, const struct enroll_request *q)
{
	return q->kind == REQUEST_ENROLLMENT ? e->timeout_ms : e->timeout_ms / 3;
}

static void remember(
	struct edge_front *e, uint64_t id, int64_t timeout_ms, edge_answer *cb, void *arg)
{
	struct question *q = mem_new(sizeof(*q));

	q->id = id;
	q->deadline = clock_mono_ms() + timeout_ms;
	q->cb = cb;
	q->arg = arg;
	q->next = e->slot[id % SLOTS];
	e->slot[id % SLOTS] = q;
	e->outstanding++;
}

void edge_front_submit(
	struct edge_front *e, const struct enroll_request *q, edge_answer *cb, void *arg)
{
	autoclean(str_free) struct str packed = STR_INIT(EDGE_REQUEST_MAX);
	struct stream_frame frame = { .kind = EDGE_REQUEST };

	if (e->stream == NULL) {
		answer_self(cb, arg, ENR_CORE_GONE);
		return;
	}
	if (e->outstanding >= e->outstanding_max) {
		answer_self(cb, arg, ENR_SERVER_BUSY);
		return;
	}
	enroll_request_pack(q, &packed);
	frame.id = ++e->last_id;
	frame.data = (const uint8_t *)packed.data;
	frame.len = packed.len;
	if (packed.overflow || stream_send(e->stream, &frame) < 0)
		answer_self(cb, arg, packed.overflow ? ENR_MESSAGE_TOO_LARGE : ENR_CORE_GONE);
	else
		remember(e, frame.id, patience(e, q), cb, arg);
}

void edge_front_on_news(struct edge_front *e, loop_call *on_news, void *arg)
{
	e->on_news = on_news;
	e->news_arg = arg;
}

void edge_front_throttles(struct edge_front *e, edge_throttles *cb, void *arg)
{
	e->throttles = cb;
	e->throttles_arg = arg;
}

void edge_front_free(struct edge_front **e)
{
	if (*e == NULL)
		return;
	give_up(*e, INT64_MAX, ENR_STOPPING);
	stream_free(&(*e)->stream);
	loop_timer_free(&(*e)->tick);
	free(*e);
	*e = NULL;
}
