#include "agent/edge/edge_core.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/edge/frame.h"
#include "agent/loop/stream.h"
#include "agent/loop/work.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

#define THROTTLES_S 2 /* a front that works answers in milliseconds */

/* One front's pipe. */
struct front {
	struct edge_core *core;
	struct stream *stream;
	uint64_t number; /* never used twice, so that late answers find their front or none */
	uint64_t owes; /* the question about throttles it has not answered; 0: none */
	struct front *next;
};

/* The question about throttles that is under way, if any. */
struct asking {
	pthread_mutex_t turn; /* one question at a time */
	pthread_mutex_t lock; /* all below, and front.owes */
	pthread_cond_t changed;
	uint64_t id;
	struct throttle_ask q;
	int sent;
	size_t owing, answers;
	struct throttle_list list;
};

struct edge_core {
	struct loop *loop;
	struct work *work;
	struct edge_core_setup setup;
	struct front *fronts;
	uint64_t last_number;
	struct asking asking;
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

/* --- throttles ------------------------------------------------------------------------------- */

static void add_throttle(struct throttle_list *to, const struct throttle *t)
{
	for (size_t i = 0; i < to->n; i++) {
		if (strcmp(to->item[i].network, t->network) != 0)
			continue;
		if (to->item[i].wait_s < t->wait_s)
			to->item[i].wait_s = t->wait_s;
		return;
	}
	if (to->n < THROTTLES_MAX)
		to->item[to->n++] = *t;
}

/* The front has answered, or never will. */
static void settle(struct front *front, const struct throttle_list *list)
{
	struct asking *a = &front->core->asking;

	pthread_mutex_lock(&a->lock);
	if (front->owes != 0 && front->owes == a->id) {
		for (size_t i = 0; list != NULL && i < list->n; i++)
			add_throttle(&a->list, &list->item[i]);
		a->answers += list != NULL;
		a->owing--;
		pthread_cond_broadcast(&a->changed);
	}
	front->owes = 0;
	pthread_mutex_unlock(&a->lock);
}

static int on_throttles(struct front *front, const struct stream_frame *frame)
{
	struct throttle_list list;

	if (throttle_list_unpack(frame->data, frame->len, &list) < 0)
		return -1;
	if (frame->id == front->owes) /* else it comes too late */
		settle(front, &list);
	return 0;
}

/* On the loop. */
static void ask_fronts(void *arg)
{
	autoclean(str_free) struct str packed = STR_INIT(THROTTLE_NETWORK_MAX + 16);
	struct edge_core *e = arg;
	struct asking *a = &e->asking;
	struct stream_frame frame = { .kind = EDGE_ASK };

	pthread_mutex_lock(&a->lock);
	throttle_ask_pack(&a->q, &packed);
	frame.id = a->id;
	frame.data = (const uint8_t *)packed.data;
	frame.len = packed.len;
	for (struct front *front = e->fronts; front != NULL && !a->sent; front = front->next) {
		front->owes = stream_send(front->stream, &frame) == 0 ? a->id : 0;
		a->owing += front->owes != 0;
	}
	a->sent = 1;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

int edge_core_throttles(
	struct edge_core *e, const struct throttle_ask *q, struct throttle_list *out)
{
	struct asking *a = &e->asking;
	struct timespec until;
	int rc;

	pthread_mutex_lock(&a->turn);
	pthread_mutex_lock(&a->lock);
	a->q = *q;
	a->id++;
	a->sent = 0;
	a->owing = a->answers = a->list.n = 0;
	loop_post(e->loop, ask_fronts, e);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += THROTTLES_S;
	while ((!a->sent || a->owing > 0) &&
		pthread_cond_clockwait(&a->changed, &a->lock, CLOCK_MONOTONIC, &until) == 0)
		;
	rc = a->answers > 0 ? 0 : -1;
	if (rc == 0)
		*out = a->list;
	a->id++; /* what comes now comes too late */
	pthread_mutex_unlock(&a->lock);
	pthread_mutex_unlock(&a->turn);
	return rc;
}

static void asking_begin(struct asking *a)
{
	pthread_mutex_init(&a->turn, NULL);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
}

static void asking_end(struct asking *a)
{
	pthread_mutex_destroy(&a->turn);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->changed);
}

/* --- requests -------------------------------------------------------------------------------- */

static int on_frame(const struct stream_frame *frame, void *arg)
{
	struct front *front = arg;
	struct enroll_reply busy = { .code = ENR_SERVER_BUSY, .retry_after = EDGE_RETRY_S };
	struct job *j;

	if (frame->kind == EDGE_THROTTLES)
		return on_throttles(front, frame);
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

	settle(front, NULL);
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
	asking_begin(&e->asking);
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
	asking_end(&(*e)->asking);
	free(*e);
	*e = NULL;
}
