/* The core's end of the pipe: takes questions of any number of fronts (a draining one and its
 * successor), runs the handler on worker threads, and sends the answers back. A frame that does not
 * unpack ends that front's pipe: the front has no business sending one. Loop thread only, but for
 * the handler. */
#ifndef AGENT_EDGE_EDGE_CORE_H
#define AGENT_EDGE_EDGE_CORE_H

#include <stddef.h>

#include "agent/edge/request.h"
#include "agent/edge/throttle.h"
#include "agent/loop/loop.h"

struct edge_core;

struct edge_core_setup {
	size_t workers;
	size_t queue; /* waiting for a worker; beyond it ENR_SERVER_BUSY is answered at once */
	/* On a worker; must fill reply (it is zero before). */
	void (*handle)(const struct enroll_request *q, struct enroll_reply *reply, void *arg);
	/* On the loop: a front's pipe has ended; why is "closed" if the front just went. */
	void (*front_gone)(const char *why, void *arg);
	void *arg;
};
struct edge_core *edge_core_new(struct loop *l, const struct edge_core_setup *setup);
/* Another front's pipe; owned from now on. */
void edge_core_attach(struct edge_core *e, int fd);
/* To every front: a CRL that it keeps is not the latest any more. */
void edge_core_news(struct edge_core *e);
/* Any thread but the loop's: asks all fronts. 0, or -1 if none has answered within two seconds. */
int edge_core_throttles(
	struct edge_core *e, const struct throttle_ask *q, struct throttle_list *out);
/* Waits for the handlers that run or are queued; their answers are tried to be sent. */
void edge_core_free(struct edge_core **e);

#endif
