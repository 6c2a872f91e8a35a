#include "agent/edge/edge_core.h"

#include <stdlib.h>

#include "agent/edge/frame.h"
#include "agent/loop/stream.h"
#include "agent/loop/work.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

/* One front's pipe. */
struct front {
	struct edge_core *core;
	struct stream *stream;
	uint64_t number; /* never used twice, so that late answers find their front or none */
	struct front *next;
};

struct edge_core {
	struct loop *loop;
	struct work *work;
	struct edge_core_setup setup;
	struct front *fronts;
	uint64_t last_number;
};

/* One question on its way through a worker. */
struct job {
	struct edge_core *core;
	uint64_t front, id;
	struct enroll_request request;
	struct enroll_reply reply;
};

static void job_free(struct job *j)
{
	enroll_request_clear(&j->request);
	enroll_reply_clear(&j->reply);
	free(j);
}

static void send_reply(struct front *front, uint64_t id, const struct enroll_reply *reply)
{
	autoclean(str_wipe) struct str packed = STR_INIT(EDGE_MESSAGE_MAX);
	struct enroll_reply instead = { .code = ENR_INTERNAL, .time = reply->time };
	struct stream_frame frame = { .id = id, .kind = EDGE_REPLY };

	enroll_reply_pack(reply, &packed);
	if (packed.overflow) { /* a certificate list beyond all bounds */
		str_clear(&packed);
		enroll_reply_pack(&instead, &packed);
	}
	frame.data = (const uint8_t *)packed.data;
	frame.len = packed.len;
	(void)stream_send(front->stream, &frame); /* a dead front gets no answer */
}

/* On the loop again. */
static void job_done(void *arg)
{
	struct job *j = arg;
	struct front *front = j->core->fronts;

	while (front != NULL && front->number != j->front)
		front = front->next;
	if (front != NULL)
		send_reply(front, j->id, &j->reply);
	job_free(j);
}

/* On a worker. */
static void job_run(void *arg)
{
	struct job *j = arg;

	j->core->setup.handle(&j->request, &j->reply, j->core->setup.arg);
	loop_post(j->core->loop, job_done, j);
}

static int on_frame(const struct stream_frame *frame, void *arg)
{
	struct front *front = arg;
	struct enroll_reply busy = { .code = ENR_SERVER_BUSY, .retry_after = EDGE_RETRY_S };
	struct job *j;

	if (frame->kind != EDGE_REQUEST || frame->len > EDGE_REQUEST_MAX)
		return -1;
	j = mem_new(sizeof(*j));
	j->core = front->core;
	j->front = front->number;
	j->id = frame->id;
	if (enroll_request_unpack(frame->data, frame->len, &j->request, NULL) < 0) {
		job_free(j);
		return -1;
	}
	if (work_add(front->core->work, job_run, j) < 0) {
		busy.time = clock_now();
		send_reply(front, frame->id, &busy);
		job_free(j);
	}
	return 0;
}

static void front_remove(struct front *front)
{
	struct front **at = &front->core->fronts;

	while (*at != front)
		at = &(*at)->next;
	*at = front->next;
}

static void front_free(struct front *front)
{
	stream_free(&front->stream);
	free(front);
}

static void on_end(const char *why, void *arg)
{
	struct front *front = arg;
	struct edge_core *e = front->core;

	front_remove(front);
	front_free(front);
	if (e->setup.front_gone != NULL)
		e->setup.front_gone(why, e->setup.arg);
}

struct edge_core *edge_core_new(struct loop *l, const struct edge_core_setup *setup)
{
	struct edge_core *e = mem_new(sizeof(*e));

	e->loop = l;
	e->setup = *setup;
	e->work = work_new(setup->workers, setup->queue);
	return e;
}

void edge_core_attach(struct edge_core *e, int fd)
{
	struct front *front = mem_new(sizeof(*front));
	struct stream_setup setup = {
		.frame_max = EDGE_MESSAGE_MAX,
		.pending_max = EDGE_PENDING_MAX,
		.frame = on_frame,
		.end = on_end,
		.arg = front,
	};

	front->core = e;
	front->number = ++e->last_number;
	front->stream = stream_new(e->loop, fd, &setup);
	front->next = e->fronts;
	e->fronts = front;
}

void edge_core_news(struct edge_core *e)
{
	const struct stream_frame frame = { .kind = EDGE_NEWS };

	for (struct front *front = e->fronts; front != NULL; front = front->next)
		(void)stream_send(front->stream, &frame);
}

void edge_core_free(struct edge_core **e)
{
	struct front *next;

	if (*e == NULL)
		return;
	work_free(&(*e)->work);
	loop_flush((*e)->loop);
	for (struct front *front = (*e)->fronts; front != NULL; front = next) {
		next = front->next;
		front_free(front);
	}
	free(*e);
	*e = NULL;
}
