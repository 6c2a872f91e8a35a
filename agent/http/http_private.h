/* What the files of agent/http share: the server, its listeners, its connections. */
#ifndef AGENT_HTTP_HTTP_PRIVATE_H
#define AGENT_HTTP_HTTP_PRIVATE_H

#include <openssl/ssl.h>

#include <event2/http.h>

#include "agent/http/http.h"

#define HTTP_HEADERS_MAX 16384
#define HTTP_BODY_MAX 81920      /* beyond it evhttp itself answers 413 */
#define HTTP_HANDSHAKE_MS 10000
#define HTTP_DRAIN_IDLE_MS 2000  /* an idle connection's last chance */
#define HTTP_SWEEP_MS 250

struct conn;

struct listening {
	struct http *http;
	struct http_listener of;
	struct evhttp *evhttp; /* one each, so that a request knows its listener */
	struct evhttp_bound_socket *socket;
	struct listening *next;
};

struct http {
	struct loop *loop;
	struct http_limits limits;
	struct peers *peers;
	struct listening *listening;
	struct conn *conns;
	size_t n_conns, n_admitted;
	struct loop_timer *sweep;
	struct event *fresh; /* some connections have not been looked at */
	int draining;
	int64_t drain_since;
	loop_call *drained;
	void *drained_arg;
};

/* One accepted connection, from evhttp's asking for its buffer to evhttp's closing it. */
struct conn {
	struct listening *listening;
	struct bufferevent *bev;
	struct peer peer;
	int looked;      /* peer is known */
	int counted;     /* in http->peers */
	int secured;     /* the handshake is done (or there is none) */
	int busy;        /* a request is with its handler: no deadline */
	unsigned requests; /* that were requests */
	int64_t began, since; /* start; start, end of the handshake, or the last answer */
	struct conn *next, *prev;
};

/* conn.c */
struct bufferevent *conn_make(struct event_base *base, void *listening);
void conn_look_at_fresh(struct http *h);
void conn_sweep(struct http *h);
struct conn *conn_of(struct http *h, struct evhttp_connection *c); /* or NULL */

/* exchange.c: evhttp's callback; arg is the struct listening */
void exchange_begin(struct evhttp_request *request, void *listening);

#endif
