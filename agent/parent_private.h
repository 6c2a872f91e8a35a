/* What the files of the parent share: its children, its sockets, where it stands. */
#ifndef AGENT_PARENT_PRIVATE_H
#define AGENT_PARENT_PRIVATE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/accounts.h"
#include "agent/channel.h"
#include "agent/conf/conf.h"
#include "agent/options.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"

struct child {
	enum role role;
	pid_t pid;
	int channel;       /* -1: gave it up */
	int ready;
	int draining;
	int failed;        /* it said so; nothing it says later counts */
	int64_t started;   /* clock_mono_ms */
	int64_t deadline;  /* killed then; 0: never */
	struct child *next;
};

/* When a child that died may be started again. */
struct backoff {
	int64_t delay, at; /* ms; at 0: nothing to start */
};

struct socket_row {
	char *listener, *address;
	int fd;
};

/* One reading of the configuration. */
struct setting {
	struct bytes octets;
	struct conf *conf;
};

enum reload { RELOAD_NONE, RELOAD_CORE, RELOAD_FRONT }; /* who is being waited for */

struct parent {
	const struct options *o;
	struct accounts accounts;
	struct setting now, next; /* next: while the core looks at it */
	struct socket_row *sockets;
	size_t n_sockets;
	int control;
	int signals;
	struct child *children;
	struct backoff core_backoff, front_backoff;
	enum reload reload;
	int64_t reload_deadline; /* 0: none runs */
	int reload_wanted;
	int stopping;
	int served; /* both were ready once */
	int trust_clock; /* --trust-clock, until a core has taken it */
	int exit_code;
};

/* setting.c */
int setting_read(const char *path, struct setting *out, struct fail *f);
void setting_clear(struct setting *s);
int socket_is_wanted(const struct conf *conf, const struct socket_row *row);
/* Bind what conf wants and is not bound; forget what it does not want. Nothing changes on failure.
 */
int sockets_open(struct parent *p, const struct conf *conf, struct fail *f);
void sockets_close_unwanted(struct parent *p, const struct conf *conf);

/* spawn.c */
struct child *spawn_child(struct parent *p, enum role role, struct fail *f);
struct child *child_find(
	struct parent *p, enum role role); /* the one that is not draining, or NULL */
struct child *child_by_pid(struct parent *p, pid_t pid);
void child_remove(struct parent *p, struct child *c);
void child_drain(struct child *c, int64_t within_ms);

/* feed.c: what a child is sent. -1: it could not be sent or opened. */
int feed_core(struct parent *p, struct child *core, const struct setting *s, struct fail *f);
int feed_core_again(struct child *core, const struct setting *s, struct fail *f);
int feed_leafs(struct parent *p, struct child *core, struct fail *f);
int feed_front(struct parent *p, struct child *front, struct fail *f);
int feed_pipe(struct child *core, struct child *front, struct fail *f);

#endif
