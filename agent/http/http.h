/* An HTTP/1.1 server (evhttp) over TLS or in plain, for any number of listeners on one loop. Knows
 * routes, limits and peers; what is asked and answered is the service's. Loop thread only.
 *
 * Limits: connections in all and by network; a connection that has no request with its handler must
 * make one within the timeout (so a slow sender, a slow reader and an idle one all end); header and
 * body sizes; networks that fail too often get 429, and a connection without a request counts as a
 * failure. One log line a request; of those 429, one
 * a second a network. */
#ifndef AGENT_HTTP_HTTP_H
#define AGENT_HTTP_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "agent/http/peers.h"
#include "agent/loop/loop.h"
#include "lib/base/fail.h"

struct http;
struct http_exchange; /* one request on its way to its answer */
struct tls;

enum http_method { HTTP_NO_METHOD = 0, HTTP_GET = 1, HTTP_HEAD = 2, HTTP_POST = 4 };

/* Handlers answer once, now or later, with http_answer. body lives until they return. */
typedef void http_handler(
	struct http_exchange *x, const uint8_t *body, size_t len, void *arg);
struct http_route {
	const char *path;       /* exact */
	unsigned methods;       /* enum http_method, or-ed */
	size_t body_max;        /* octets; 0: no body */
	const char *media_type; /* of the body; NULL: any */
	http_handler *run;
};
struct http_answer {
	int status;
	const char *media_type; /* NULL: no body */
	const void *body;
	size_t len;
	/* NULL: body is copied. Else it stays as it is until this is called, once. */
	void (*free_body)(const void *body, size_t len, void *free_arg);
	void *free_arg;
	int64_t max_age;        /* seconds others may keep it; 0: no-store */
	int64_t retry_after;    /* seconds; 0: not said */
	enum code code;         /* ENR_NONE: granted */
	const char *attempt;    /* for the log, or NULL */
	int charge;             /* it counts as a failure of the peer */
};
struct http_service {
	const struct http_route *routes;
	size_t n_routes;
	/* Answers with the document of a refusal, in the service's own form, by http_answer. */
	void (*refuse)(struct http_exchange *x, enum code code, int64_t retry_after, void *arg);
	void *arg;
};
struct http_limits {
	size_t connections;
	struct peers_limits peers;
	int64_t timeout_ms;
};

struct http *http_new(struct loop *l, const struct http_limits *limits);
struct http_listener {
	const char *name;
	const struct tls *tls;
	const struct http_service *service;
};
/* A bound and listening socket, owned from now on. tls NULL: plain. What listener points to must
 * outlive h. */
int http_listen(struct http *h, int fd, const struct http_listener *listener, struct fail *f);
/* Accept nothing more, answer what is in flight or arrives on open connections, each then with
 * Connection: close; done(arg) is called when the last connection has gone. */
void http_drain(struct http *h, loop_call *done, void *arg);
/* As peers_throttled and peers_forgive. */
size_t http_throttled(
	struct http *h, const struct peer *who, struct peers_row *out, size_t max);
void http_forgive(struct http *h, const struct peer *who);
void http_free(struct http **h);

/* The exchange is gone after it. A 405 gets its Allow by itself. */
void http_answer(struct http_exchange *x, const struct http_answer *a);
const struct http_listener *http_exchange_listener(const struct http_exchange *x);
const char *http_exchange_peer(const struct http_exchange *x); /* the address as text */

#endif
