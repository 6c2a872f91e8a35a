/* Shared by the control_*.c files of this folder alone. */
#ifndef AGENT_OPS_CONTROL_PRIVATE_H
#define AGENT_OPS_CONTROL_PRIVATE_H

#include <pthread.h>
#include <stddef.h>

#include "agent/ops/control.h"
#include "agent/ops/roles.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define CONTROL_BODY_MAX (1u << 20)
#define CONTROL_ANSWER_MAX (256u << 20)
#define CONTROL_HEADERS_MAX 16384
#define CONTROL_CONNECTIONS_MAX 256
#define CONTROL_PER_UID_MAX 16
#define CONTROL_WORKERS 4
#define CONTROL_QUEUE 64
#define CONTROL_IDLE_S 60

struct evhttp;
struct evhttp_connection;
struct evhttp_request;
struct job;
struct bufferevent;
struct event;
struct event_base;
struct loop;
struct loop_timer;
struct work;

/* A configuration and how many calls use it. */
struct snapshot {
	const struct conf *conf;
	size_t users;
};

/* One connection, from accept until evhttp frees it. Loop thread only. */
struct connection {
	struct control *control;
	struct connection *next;
	struct bufferevent *bev;
	struct job *job; /* its request is with a worker; or NULL */
	int answering; /* an answer is on its way: counted in unsent */
	int known; /* looked at: uid is read, evhttp tells of the end */
	uid_t uid;
};

struct control {
	struct control_setup setup;
	struct loop *loop;
	struct work *work;
	struct evhttp *http;
	struct evhttp_bound_socket *bound;
	struct connection *connections; /* oldest first */
	struct event *fresh; /* some of them have not been looked at */
	size_t n_connections;
	size_t unsent; /* answers on their way; loop thread */
	int stopping; /* loop thread: 1 no new requests, 2 the last answers go out */
	struct loop_timer *patience; /* loop thread, from 2 on */
	pthread_t thread;

	pthread_mutex_t lock; /* snapshot, halted */
	pthread_cond_t changed;
	struct snapshot *snapshot;
	int halted; /* the loop takes no more requests */
};

/* One request, from the loop to a worker and back. */
struct job {
	struct control *control;
	struct connection *connection; /* NULL: it is gone, request too; loop thread */
	struct evhttp_request *request;
	struct roles_peer peer;
	char *path;
	int is_post;
	struct bytes body;
	int status;
	struct str answer;
};

/* control_peer.c: evhttp's maker of bufferevents; limits connections per uid. */
struct bufferevent *connection_make(struct event_base *base, void *control);
/* At those that have not been looked at. */
void connections_look(struct control *c);
/* Of a request that evhttp gave us. */
struct connection *connection_of(const struct control *c, struct evhttp_connection *evcon);
/* Credentials of the other end. 0, or -1. */
int peer_read(int fd, struct roles_peer *out);

/* control_serve.c */
void control_serve(struct evhttp_request *request, void *control);
/* The connection ends, whatever is going on there. */
void control_gone(struct connection *n);

/* control_error.c: the error document (docs/CONTROL.md). call may be NULL; its details are taken.
 */
json_t *control_error(const struct fail *f, struct control_call *call);

#endif
