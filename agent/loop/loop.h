/* One event loop (libevent), as both children of enrolld and the tests use it. Everything but
 * loop_post belongs to the thread that runs the loop; loop_post may be called from any thread and
 * is how workers hand their results back. A loop outlives everything that was registered with it.
 */
#ifndef AGENT_LOOP_LOOP_H
#define AGENT_LOOP_LOOP_H

#include <stdint.h>

struct event_base;
struct loop;
struct loop_timer;
struct loop_watch;

typedef void loop_call(void *arg);

/* Never NULL: ends the process if the kernel has no descriptors left. From then on the process
 * ignores SIGPIPE: a peer that has gone is an error of a write. */
struct loop *loop_new(void);
/* Calls posted and not yet run are forgotten. */
void loop_free(struct loop **l);
struct event_base *loop_base(struct loop *l);

void loop_run(struct loop *l);  /* returns after loop_stop */
void loop_stop(struct loop *l); /* before loop_run: that returns at once */

/* Any thread: run fn(arg) soon, on the loop's thread, in the order of posting. */
void loop_post(struct loop *l, loop_call *fn, void *arg);
/* Run what is posted now, without waiting for the loop: before its owner goes away. */
void loop_flush(struct loop *l);

/* fn(arg) every ms milliseconds, until freed. */
struct loop_timer *loop_timer_new(struct loop *l, int64_t ms, loop_call *fn, void *arg);
void loop_timer_free(struct loop_timer **t);

/* fn(arg) whenever fd can be read (or has ended); the descriptor stays the caller's. */
struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_call *fn, void *arg);
void loop_watch_free(struct loop_watch **w);

#endif
