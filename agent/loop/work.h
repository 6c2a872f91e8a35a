/* Worker threads before a bounded queue: where calls that block (store, directory, CA) run.
 * work_add from any thread; the others from the owner's. Workers have all signals blocked. */
#ifndef AGENT_LOOP_WORK_H
#define AGENT_LOOP_WORK_H

#include <stddef.h>

struct work;
typedef void work_call(void *arg);

struct work *work_new(size_t threads, size_t queue_max);
/* -1: the queue is full (nothing was taken). */
int work_add(struct work *w, work_call *fn, void *arg);
/* Everything that was added is done first. */
void work_free(struct work **w);

#endif
