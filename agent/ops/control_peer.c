/* Connections to the control socket: whose they are, how many one person may hold. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include "agent/loop/loop.h"
#include "agent/ops/control_private.h"

static int read_groups(int fd, struct roles_peer *out)
{
	socklen_t len = 64 * sizeof(gid_t);

	for (;;) {
		out->groups = mem_grow(out->groups, len / sizeof(gid_t) + 1, sizeof(gid_t));
		if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, out->groups, &len) == 0) {
			out->n_groups = len / sizeof(gid_t);
			return 0;
		}
		if (errno != ERANGE || len > ROLES_GROUPS_MAX * sizeof(gid_t))
			return -1;
	}
}

int peer_read(int fd, struct roles_peer *out)
{
	struct roles_peer p = { .groups = NULL };
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || read_groups(fd, &p) < 0) {
		free(p.groups);
		return -1;
	}
	p.uid = cred.uid;
	p.gid = cred.gid;
	*out = p;
	return 0;
}

static size_t held_by(const struct control *c, uid_t uid)
{
	size_t n = 0;

	for (const struct connection *k = c->connections; k; k = k->next)
		n += k->known && k->uid == uid;
	return n;
}

/* evhttp is about to free it. */
static void on_close(struct evhttp_connection *evcon, void *connection)
{
	struct connection *n = connection, **at = &n->control->connections;
	struct control *c = n->control;

	(void)evcon;
	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	c->n_connections--;
	control_gone(n);
	free(n);
}

/* evhttp has given itself as the argument of the buffer's callbacks: the only way to the connection
 * before its first request. 0, or -1: it has let go of it already. */
static int learn_of_close(struct connection *n)
{
	bufferevent_data_cb read_cb, write_cb;
	bufferevent_event_cb event_cb;
	void *evcon = NULL;

	bufferevent_getcb(n->bev, &read_cb, &write_cb, &event_cb, &evcon);
	if (evcon != NULL)
		evhttp_connection_set_closecb(evcon, on_close, n);
	bufferevent_decref(n->bev);
	return evcon != NULL ? 0 : -1;
}

static void look(struct connection *n)
{
	struct control *c = n->control;
	int fd = bufferevent_getfd(n->bev);
	struct ucred cred;
	socklen_t len = sizeof(cred);

	n->known = 1;
	if (learn_of_close(n) < 0) {
		on_close(NULL, n);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0) {
		shutdown(fd, SHUT_RDWR);
		return;
	}
	n->uid = cred.uid;
	/* One user of this machine may have the uids for all of it (subuid): root still gets in. */
	if (held_by(c, n->uid) > CONTROL_PER_UID_MAX ||
		(n->uid != 0 && c->n_connections > CONTROL_CONNECTIONS_MAX))
		shutdown(fd, SHUT_RDWR);
}

void connections_look(struct control *c)
{
	struct connection *next;

	for (struct connection *n = c->connections; n; n = next) {
		next = n->next;
		if (!n->known)
			look(n);
	}
}

struct connection *connection_of(const struct control *c, struct evhttp_connection *evcon)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(evcon);
	struct connection *n = c->connections;

	while (n->bev != bev)
		n = n->next;
	return n;
}

/* The descriptor is evhttp's to close, and is not in its bufferevent yet: a look follows before
 * anything is read. Until then the bufferevent is ours, too. */
struct bufferevent *connection_make(struct event_base *base, void *control)
{
	struct control *c = control;
	struct connection *n = mem_new(sizeof(*n)), **at = &c->connections;

	n->control = c;
	n->bev = bufferevent_socket_new(base, -1, 0);
	if (n->bev == NULL)
		abort();
	bufferevent_incref(n->bev);
	while (*at)
		at = &(*at)->next;
	*at = n;
	c->n_connections++;
	event_active(c->fresh, EV_TIMEOUT, 1);
	return n->bev;
}
