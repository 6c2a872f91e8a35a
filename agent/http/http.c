#include "agent/http/http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "agent/http/http_private.h"
#include "lib/base/clock.h"
#include "lib/base/fail.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

/* No descriptor is left: without a pause the loop would only try, and fail, and say so. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)arg; /* evhttp's */
	log_warn("accept", "%s; the next try follows soon", strerror(errno));
	evconnlistener_disable(listener);
}

static void on_sweep(void *arg)
{
	struct http *h = arg;

	for (struct listening *l = h->listening; l != NULL; l = l->next)
		if (l->socket != NULL)
			evconnlistener_enable(evhttp_bound_socket_get_listener(l->socket));
	conn_sweep(h);
}

static void on_fresh(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_look_at_fresh(arg);
}

struct http *http_new(struct loop *l, const struct http_limits *limits)
{
	struct http *h = mem_new(sizeof(*h));

	h->loop = l;
	h->limits = *limits;
	h->peers = peers_new(&limits->peers);
	h->sweep = loop_timer_new(l, HTTP_SWEEP_MS, on_sweep, h);
	h->fresh = event_new(loop_base(l), -1, 0, on_fresh, h);
	if (h->fresh == NULL)
		abort();
	return h;
}

/* Every method gets as far as our own 405. */
#define ALL_METHODS                                                                                \
	(EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | \
		EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH)

int http_listen(struct http *h, int fd, const struct http_listener *listener, struct fail *f)
{
	struct listening *l = mem_new(sizeof(*l));
	int on = 1;

	l->http = h;
	l->of = *listener;
	l->evhttp = evhttp_new(loop_base(h->loop));
	if (l->evhttp == NULL)
		abort();
	evhttp_set_allowed_methods(l->evhttp, ALL_METHODS);
	evhttp_set_max_headers_size(l->evhttp, HTTP_HEADERS_MAX);
	evhttp_set_max_body_size(l->evhttp, HTTP_BODY_MAX);
	evhttp_set_default_content_type(l->evhttp, NULL);
	/* Read on for a while after a 413, so that the answer is not lost to a reset. */
	evhttp_set_flags(l->evhttp, EVHTTP_SERVER_LINGERING_CLOSE);
	evhttp_set_timeout(l->evhttp, (int)(h->limits.timeout_ms / 1000) + 1);
	evhttp_set_bevcb(l->evhttp, conn_make, l);
	evhttp_set_gencb(l->evhttp, exchange_begin, l);
	/* Accepted sockets inherit it; without it a keep-alive answer waits for a delayed ACK. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	evutil_make_socket_nonblocking(fd);
	l->socket = evhttp_accept_socket_with_handle(l->evhttp, fd);
	if (l->socket == NULL) {
		evhttp_free(l->evhttp);
		free(l);
		return fail(f, ENR_LISTEN_FAILED, "%s: cannot accept", listener->name);
	}
	evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(l->socket), on_accept_error);
	l->next = h->listening;
	h->listening = l;
	return 0;
}

void http_drain(struct http *h, loop_call *done, void *arg)
{
	h->draining = 1;
	h->drain_since = clock_mono_ms();
	h->drained = done;
	h->drained_arg = arg;
	for (struct listening *l = h->listening; l != NULL; l = l->next) {
		if (l->socket != NULL)
			evhttp_del_accept_socket(l->evhttp, l->socket);
		l->socket = NULL;
	}
}

size_t http_throttled(struct http *h, const struct peer *who, struct peers_row *out, size_t max)
{
	return peers_throttled(h->peers, who, clock_mono_ms(), out, max);
}

void http_forgive(struct http *h, const struct peer *who)
{
	peers_forgive(h->peers, who);
}

void http_free(struct http **h)
{
	struct listening *next;

	if (*h == NULL)
		return;
	conn_look_at_fresh(*h); /* so that each learns of its end */
	for (struct listening *l = (*h)->listening; l != NULL; l = l->next) {
		evhttp_free(l->evhttp); /* with its connections */
		l->evhttp = NULL;
	}
	loop_timer_free(&(*h)->sweep);
	event_free((*h)->fresh);
	for (struct listening *l = (*h)->listening; l != NULL; l = next) {
		next = l->next;
		free(l);
	}
	peers_free(&(*h)->peers);
	free(*h);
	*h = NULL;
}
