/* The core, private to agent/core*.c: everything that decides, and the chores around it. */
#ifndef AGENT_CORE_H
#define AGENT_CORE_H

#include <pthread.h>
#include <stdint.h>

#include "agent/ca/ca.h"
#include "agent/commands.h"
#include "agent/conf/conf.h"
#include "agent/edge/edge_core.h"
#include "agent/enrollment/enrollment.h"
#include "agent/join/join.h"
#include "agent/loop/work.h"
#include "agent/ops/control.h"
#include "agent/options.h"
#include "agent/store/store.h"

struct chores;

struct core {
	const struct options *o;
	struct conf *first;       /* what store and directory were opened with */
	struct conf *conf;        /* now in force: first, or of the last reload; under conf_lock */
	struct conf *
		*retired; /* of earlier reloads: the directory part may still point into them */
	size_t n_retired;
	pthread_rwlock_t conf_lock;
	struct conf *arriving;    /* given and not yet taken */
	int control_fd;
	struct loop *loop;
	struct loop_watch *channel;
	struct store *store;
	struct ca *ca;
	struct join *join;
	struct enrollment *enrollment;
	struct edge_core *edge;
	struct control *control;
	struct command_context context;
	struct chores *chores;
	struct work *reloads;     /* one thread: a reload waits for calls that run */
};

/* core_chores.c: sweep, CRL, wiping, renewal, each on its own time, on one thread. */
struct chores *chores_start(struct core *c);
void chores_stop(struct chores **ch);

/* core_reload.c: take c->arriving over; waits for whoever uses the old one. */
void core_reload(struct core *c);

/* core_renew.c: the TLS certificate of our own CA. 1: a new one has been written, 0: not due, -1.
 */
int core_renew(struct core *c, struct fail *f);

#endif
