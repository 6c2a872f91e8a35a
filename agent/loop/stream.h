/* Frames over a socket pair: u32 length (of what follows), u64 id, u8 kind, payload; integers
 * big-endian. The other end is hostile: a length outside the bounds ends the stream, and so does a
 * peer that asks much and reads nothing. Loop thread only. */
#ifndef AGENT_LOOP_STREAM_H
#define AGENT_LOOP_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "agent/loop/loop.h"

#define STREAM_HEAD 13 /* octets in front of the payload */

struct stream;

struct stream_frame {
	uint64_t id;
	uint8_t kind;
	const uint8_t *data; /* NULL only if len is 0; lives as long as the call */
	size_t len;
};
struct stream_setup {
	size_t frame_max;   /* octets of a payload, both ways */
	size_t pending_max; /* octets that may wait for the peer to read them */
	/* -1: the frame is bad, end the stream. Must not free the stream. */
	int (*frame)(const struct stream_frame *frame, void *arg);
	/* The last call: the peer closed or was cut off for `why`. May free the stream. */
	void (*end)(const char *why, void *arg);
	void *arg;
};

/* fd (non-blocking or not) belongs to the stream from now on. */
struct stream *stream_new(struct loop *l, int fd, const struct stream_setup *setup);
/* Writes later, in order. -1 if the payload is too large or the peer does not read (then `end`
 * follows). */
int stream_send(struct stream *s, const struct stream_frame *frame);
size_t stream_pending(const struct stream *s); /* octets not yet taken by the kernel */
void stream_free(struct stream **s);           /* without a call of `end` */

#endif
