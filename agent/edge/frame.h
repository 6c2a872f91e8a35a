/* What travels on the pipe, private to this folder: the kinds of frames and their bounds. */
#ifndef AGENT_EDGE_FRAME_H
#define AGENT_EDGE_FRAME_H

#include "agent/edge/request.h"

enum edge_kind {
	EDGE_NONE,
	EDGE_REQUEST, /* front -> core: enroll_request */
	EDGE_REPLY,   /* core -> front: enroll_reply, under the id of its request */
	EDGE_NEWS,    /* core -> front: the CRL is another one now; empty */
	EDGE_ASK,     /* core -> front: who is throttled (throttle.h) */
	EDGE_THROTTLES, /* front -> core: the answer, under the id of the question */
};

#define EDGE_REQUEST_MAX 16384              /* a packed request is far smaller */
#define EDGE_PENDING_MAX (64 * 1024 * 1024) /* octets that may wait for the other side */
#define EDGE_RETRY_S 5                      /* Retry-After of our own answers */

#endif
