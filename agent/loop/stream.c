#include "agent/loop/stream.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "lib/base/mem.h"

#define AFTER_LENGTH (STREAM_HEAD - 4)

struct stream {
	struct bufferevent *bev;
	struct stream_setup setup;
	const char *why; /* it ends for this reason, as soon as the stack is clear */
	struct event *ending;
};

/* The end is told from the loop, never from inside a call of the owner. */
static void begin_end(struct stream *s, const char *why)
{
	if (s->why != NULL)
		return;
	s->why = why;
	bufferevent_disable(s->bev, EV_READ | EV_WRITE);
	event_active(s->ending, EV_TIMEOUT, 1);
}

static void on_ending(evutil_socket_t fd, short what, void *arg)
{
	struct stream *s = arg;

	(void)fd;
	(void)what;
	s->setup.end(s->why, s->setup.arg);
}

/* One frame out of the buffer. 1 there was one, 0 not yet, -1 bad. */
static int next_frame(struct stream *s, struct evbuffer *in)
{
	uint8_t head[STREAM_HEAD];
	uint32_t length;
	uint64_t id;
	struct stream_frame frame = { 0 };
	int rc;

	if (evbuffer_copyout(in, head, sizeof(head)) < (ev_ssize_t)sizeof(head))
		return 0;
	memcpy(&length, head, sizeof(length));
	length = ntohl(length);
	if (length < AFTER_LENGTH || length - AFTER_LENGTH > s->setup.frame_max)
		return -1;
	if (evbuffer_get_length(in) < (size_t)length + 4)
		return 0;
	memcpy(&id, head + 4, sizeof(id));
	frame.id = be64toh(id);
	frame.kind = head[12];
	frame.len = length - AFTER_LENGTH;
	evbuffer_drain(in, STREAM_HEAD);
	frame.data = frame.len ? evbuffer_pullup(in, (ev_ssize_t)frame.len) : NULL;
	rc = s->setup.frame(&frame, s->setup.arg);
	evbuffer_drain(in, frame.len);
	return rc < 0 ? -1 : 1;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct stream *s = arg;
	int rc = 1;

	while (rc == 1 && s->why == NULL)
		rc = next_frame(s, bufferevent_get_input(bev));
	if (rc < 0)
		begin_end(s, "bad frame");
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct stream *s = arg;

	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		begin_end(s, what & BEV_EVENT_EOF ? "closed" : "broken");
}

struct stream *stream_new(struct loop *l, int fd, const struct stream_setup *setup)
{
	struct stream *s = mem_new(sizeof(*s));

	s->setup = *setup;
	evutil_make_socket_nonblocking(fd);
	s->bev = bufferevent_socket_new(loop_base(l), fd, BEV_OPT_CLOSE_ON_FREE);
	s->ending = event_new(loop_base(l), -1, 0, on_ending, s);
	if (s->bev == NULL || s->ending == NULL) {
		perror("stream");
		abort();
	}
	/* Read ahead one frame and no more: the rest waits in the kernel. */
	bufferevent_setwatermark(s->bev, EV_READ, 0, setup->frame_max + STREAM_HEAD);
	bufferevent_setcb(s->bev, on_read, NULL, on_event, s);
	bufferevent_enable(s->bev, EV_READ | EV_WRITE);
	return s;
}

size_t stream_pending(const struct stream *s)
{
	return evbuffer_get_length(bufferevent_get_output(s->bev));
}

int stream_send(struct stream *s, const struct stream_frame *frame)
{
	uint8_t head[STREAM_HEAD];
	uint32_t length = htonl((uint32_t)(frame->len + AFTER_LENGTH));
	uint64_t id = htobe64(frame->id);

	if (s->why != NULL || frame->len > s->setup.frame_max)
		return -1;
	if (stream_pending(s) + frame->len + STREAM_HEAD > s->setup.pending_max) {
		begin_end(s, "the peer does not read");
		return -1;
	}
	memcpy(head, &length, sizeof(length));
	memcpy(head + 4, &id, sizeof(id));
	head[12] = frame->kind;
	bufferevent_write(s->bev, head, sizeof(head));
	if (frame->len > 0)
		bufferevent_write(s->bev, frame->data, frame->len);
	return 0;
}

void stream_free(struct stream **s)
{
	if (*s == NULL)
		return;
	event_free((*s)->ending);
	bufferevent_free((*s)->bev);
	free(*s);
	*s = NULL;
}
