/* Connections: who they are, how long they may take, when they are gone. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>

#include "agent/http/http_private.h"
#include "agent/http/tls.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

/* Who connects and asks nothing that is a request is charged for it. */
static void charge_idle(struct http *h, const struct conn *c)
{
	if (c->requests > 0 || h->draining)
		return;
	peers_charge(h->peers, &c->peer, clock_mono_ms());
	log_info("no-request", "listener=%s peer=%s handshake=%s ms=%lld", c->listening->of.name,
		c->peer.text, c->secured ? "done" : "unfinished",
		(long long)(clock_mono_ms() - c->began));
}

static void conn_gone(struct conn *c)
{
	struct http *h = c->listening->http;

	if (c->counted) {
		h->n_admitted--;
		peers_disconnect(h->peers, &c->peer);
		charge_idle(h, c);
	}
	*(c->prev ? &c->prev->next : &h->conns) = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	h->n_conns--;
	free(c);
}

/* We send nothing after a TLS 1.3 handshake, so our acknowledgement of its end would be delayed,
 * and a client with Nagle's algorithm would hold its request back that long. */
static void acknowledge_quickly(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static void on_tls_state(const SSL *ssl, int where, int ret)
{
	struct conn *c = SSL_get_app_data(ssl);

	(void)ret;
	if (c == NULL || !(where & SSL_CB_HANDSHAKE_DONE) || c->secured)
		return;
	c->secured = 1;
	c->since = clock_mono_ms();
	acknowledge_quickly(bufferevent_getfd(c->bev));
}

static struct bufferevent *make_secure(struct event_base *base, struct conn *c)
{
	SSL *ssl = tls_accept(c->listening->of.tls);

	if (SSL_set_app_data(ssl, c) != 1)
		abort();
	SSL_set_info_callback(ssl, on_tls_state);
	return bufferevent_openssl_socket_new(
		base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}

/* evhttp has accepted; it tells neither descriptor nor peer here, so a look follows right after. */
struct bufferevent *conn_make(struct event_base *base, void *listening)
{
	struct listening *l = listening;
	struct http *h = l->http;
	struct conn *c = mem_new(sizeof(*c));

	c->listening = l;
	c->began = c->since = clock_mono_ms();
	c->next = h->conns;
	if (c->next != NULL)
		c->next->prev = c;
	h->conns = c;
	h->n_conns++;
	c->secured = l->of.tls == NULL;
	c->bev = l->of.tls ? make_secure(base, c)
			   : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL)
		abort();
	event_active(h->fresh, EV_TIMEOUT, 1);
	return c->bev;
}

/* evhttp sees the end of it and frees it. */
static void cut(struct conn *c)
{
	int fd = bufferevent_getfd(c->bev);

	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

static void on_close(struct evhttp_connection *evcon, void *conn)
{
	struct conn *c = conn;
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

	(void)evcon;
	if (ssl != NULL)
		SSL_set_app_data(ssl, NULL);
	conn_gone(c);
}

/* evhttp has given itself as the argument of the buffer's callbacks: the only way to the connection
 * before its first request. */
static void learn_of_close(struct conn *c)
{
	bufferevent_data_cb read_cb, write_cb;
	bufferevent_event_cb event_cb;
	void *evcon = NULL;

	bufferevent_getcb(c->bev, &read_cb, &write_cb, &event_cb, &evcon);
	if (evcon == NULL || evhttp_connection_get_bufferevent(evcon) != c->bev)
		abort();
	evhttp_connection_set_closecb(evcon, on_close, c);
}

static void look(struct http *h, struct conn *c)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	const char *why = NULL;
	int fd = bufferevent_getfd(c->bev);

	c->looked = 1;
	learn_of_close(c);
	if (fd < 0 || getpeername(fd, (struct sockaddr *)&sa, &len) < 0) {
		cut(c);
		return;
	}
	peer_of((struct sockaddr *)&sa, len, &c->peer);
	if (h->n_admitted >= h->limits.connections)
		why = "connections";
	else if (peers_shuns(h->peers, &c->peer, clock_mono_ms()))
		why = "failures";
	else if (peers_connect(h->peers, &c->peer) < 0)
		why = "connections-per-address";
	else
		h->n_admitted += (c->counted = 1);
	if (why != NULL) {
		log_debug("turned-away", "peer=%s limit=%s", c->peer.text, why);
		cut(c);
	}
}

void conn_look_at_fresh(struct http *h)
{
	/* New ones are put in front of the list. */
	for (struct conn *c = h->conns; c != NULL && !c->looked; c = c->next)
		look(h, c);
}

/* Nothing has arrived that waits to be read, nothing waits to be sent. */
static int is_idle(struct conn *c)
{
	int arrived = 0, fd = bufferevent_getfd(c->bev);

	return evbuffer_get_length(bufferevent_get_input(c->bev)) == 0 &&
		evbuffer_get_length(bufferevent_get_output(c->bev)) == 0 &&
		(fd < 0 || ioctl(fd, FIONREAD, &arrived) < 0 || arrived == 0);
}

static int is_over(struct http *h, struct conn *c, int64_t now)
{
	int64_t allowed = h->limits.timeout_ms;

	if (c->busy)
		return 0;
	if (!c->secured && allowed > HTTP_HANDSHAKE_MS)
		allowed = HTTP_HANDSHAKE_MS;
	if (now - c->since >= allowed)
		return 1;
	return h->draining && c->secured && now - c->since >= HTTP_DRAIN_IDLE_MS &&
		now - h->drain_since >= HTTP_DRAIN_IDLE_MS && is_idle(c);
}

void conn_sweep(struct http *h)
{
	int64_t now = clock_mono_ms();

	for (struct conn *c = h->conns; c != NULL; c = c->next)
		if (is_over(h, c, now))
			cut(c);
	if (h->draining && h->n_conns == 0 && h->drained != NULL) {
		loop_call *done = h->drained;

		h->drained = NULL;
		done(h->drained_arg);
	}
}

struct conn *conn_of(struct http *h, struct evhttp_connection *c)
{
	struct bufferevent *bev = c ? evhttp_connection_get_bufferevent(c) : NULL;
	SSL *ssl = bev ? bufferevent_openssl_get_ssl(bev) : NULL;

	if (ssl != NULL)
		return SSL_get_app_data(ssl);
	for (struct conn *at = h->conns; bev != NULL && at != NULL; at = at->next)
		if (at->bev == bev)
			return at;
	return NULL;
}
