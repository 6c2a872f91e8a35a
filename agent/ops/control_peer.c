/* Connections to the control socket: whose they are, how many one person may hold. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

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

/* evhttp tells nobody that a connection ended, but it takes its callbacks away then. */
static int is_let_go(const struct connection *n)
{
	bufferevent_data_cb read_cb, write_cb;
	bufferevent_event_cb event_cb;
	void *arg;

	bufferevent_getcb(n->bev, &read_cb, &write_cb, &event_cb, &arg);
	return read_cb == NULL && write_cb == NULL && event_cb == NULL;
}

void connections_forget(struct control *c, int all)
{
	for (struct connection **at = &c->connections; *at;) {
		struct connection *n = *at;

		if (!all && !is_let_go(n)) {
			at = &n->next;
			continue;
		}
		*at = n->next;
		c->n_connections--;
		bufferevent_decref(n->bev);
		free(n);
	}
}

static size_t held_by(const struct control *c, uid_t uid)
{
	size_t n = 0;

	for (const struct connection *k = c->connections; k; k = k->next)
		n += k->known && k->uid == uid;
	return n;
}

static void look(struct connection *n)
{
	struct control *c = n->control;
	int fd = bufferevent_getfd(n->bev);
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (fd < 0 || n->known)
		return;
	n->known = 1;
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

/* After accept the descriptor is not in its bufferevent yet: looked at in the next round. */
static void look_at_new(void *arg)
{
	struct control *c = arg;

	connections_forget(c, 0);
	for (struct connection *n = c->connections; n; n = n->next)
		look(n);
}

/* The descriptor is evhttp's to close; the reference keeps only the bufferevent itself. */
struct bufferevent *connection_make(struct event_base *base, void *control)
{
	struct control *c = control;
	struct connection *n = mem_new(sizeof(*n)), **at = &c->connections;

	/* One that evhttp let go of still watches its descriptor, and the new one may have got that
	 * very number. */
	connections_forget(c, 0);
	n->control = c;
	n->bev = bufferevent_socket_new(base, -1, 0);
	if (n->bev == NULL)
		abort();
	bufferevent_incref(n->bev);
	while (*at)
		at = &(*at)->next;
	*at = n;
	c->n_connections++;
	loop_post(c->loop, look_at_new, c);
	return n->bev;
}
