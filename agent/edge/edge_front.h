/* The front's end of the pipe: asks the core, and gives each question exactly one answer, be it the
 * core's or one of its own (ENR_CORE_GONE, ENR_SERVER_BUSY). Survives a core that goes and comes.
 * Loop thread only. */
#ifndef AGENT_EDGE_EDGE_FRONT_H
#define AGENT_EDGE_EDGE_FRONT_H

#include <stddef.h>
#include <stdint.h>

#include "agent/edge/request.h"
#include "agent/edge/throttle.h"
#include "agent/loop/loop.h"

struct edge_front;

/* reply lives as long as the call. */
typedef void edge_answer(const struct enroll_reply *reply, void *arg);

/* outstanding_max: questions that may wait for the core; timeout_ms: for an enrollment; the others
 * wait a third of that. */
struct edge_front *edge_front_new(struct loop *l, size_t outstanding_max, int64_t timeout_ms);
/* The pipe to a (new) core; owned from now on. What was asked before is answered ENR_CORE_GONE. */
void edge_front_attach(struct edge_front *e, int fd);
/* cb is called once: later, or, when nothing could be asked, before this returns. */
void edge_front_submit(
	struct edge_front *e, const struct enroll_request *q, edge_answer *cb, void *arg);
/* on_news is called when a CRL that was had before may not be the latest: the core says so, or it
 * is another core. */
void edge_front_on_news(struct edge_front *e, loop_call *on_news, void *arg);
/* The other way round: the core asks who is throttled. out is empty before; without such a function
 * it stays so. */
typedef void edge_throttles(
	const struct throttle_ask *q, struct throttle_list *out, void *arg);
void edge_front_throttles(struct edge_front *e, edge_throttles *cb, void *arg);
/* Questions still open get ENR_STOPPING. */
void edge_front_free(struct edge_front **e);

#endif
