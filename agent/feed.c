/* What each child is given: messages with descriptors, ended by CHANNEL_GO. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "agent/opening.h"
#include "agent/parent_private.h"
#include "lib/base/clean.h"

static int copy_fd(int fd, struct fail *f)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? fail_errno(f, ENR_INTERNAL, "descriptor") : copy;
}

/* One message; its descriptors are closed here in any case. */
static int give(struct child *c, struct channel_message *m, struct fail *f)
{
	int rc = c->channel < 0 ? -1 : channel_send(c->channel, m);

	channel_clear(m);
	return rc < 0 ? fail(f, ENR_INTERNAL, "pid %d does not take messages", (int)c->pid) : 0;
}

static int give_plain(struct child *c, enum channel_kind kind, struct fail *f)
{
	struct channel_message m = CHANNEL_MESSAGE(kind);

	return give(c, &m, f);
}

static int give_fd(struct child *c, enum channel_kind kind, int fd, struct fail *f)
{
	struct channel_message m = CHANNEL_MESSAGE(kind);

	m.fd[0] = fd;
	return give(c, &m, f);
}

static int give_config(struct child *c, const struct setting *s, struct fail *f)
{
	int copy = opening_copy(&s->octets, f);

	return copy < 0 ? -1 : give_fd(c, CHANNEL_CONFIG, copy, f);
}

int feed_core(struct parent *p, struct child *core, const struct setting *s, struct fail *f)
{
	int control = copy_fd(p->control, f);

	if (control < 0 || give_fd(core, CHANNEL_CONTROL, control, f) < 0)
		return -1;
	return feed_core_again(core, s, f);
}

int feed_core_again(struct child *core, const struct setting *s, struct fail *f)
{
	return give_config(core, s, f) < 0 ? -1 : give_plain(core, CHANNEL_GO, f);
}

/* Certificate, and for the front the key, of a listener that has them. */
static int give_tls(
	struct parent *p, struct child *c, const struct conf_listener *l, struct fail *f)
{
	struct channel_message m = CHANNEL_MESSAGE(CHANNEL_TLS);

	if (!l->serves_enroll)
		return 0;
	snprintf(m.text, sizeof(m.text), "%s", l->name);
	m.fd[0] = opening_file(p->now.conf, &p->accounts, l->certificate, f);
	if (m.fd[0] >= 0 && c->role == ROLE_FRONT)
		m.fd[1] = opening_file(p->now.conf, &p->accounts, l->key, f);
	if (m.fd[0] < 0 || (c->role == ROLE_FRONT && m.fd[1] < 0)) {
		channel_clear(&m);
		return fail_in(f, "listener %s", l->name);
	}
	return give(c, &m, f);
}

int feed_leafs(struct parent *p, struct child *core, struct fail *f)
{
	for (size_t i = 0; i < p->now.conf->n_listener; i++)
		if (give_tls(p, core, &p->now.conf->listener[i], f) < 0)
			return -1;
	return 0;
}

static int give_socket(struct child *c, const struct socket_row *row, struct fail *f)
{
	struct channel_message m = CHANNEL_MESSAGE(CHANNEL_LISTENER);

	snprintf(m.text, sizeof(m.text), "%s", row->listener);
	m.fd[0] = copy_fd(row->fd, f);
	return m.fd[0] < 0 ? -1 : give(c, &m, f);
}

int feed_front(struct parent *p, struct child *front, struct fail *f)
{
	if (give_config(front, &p->now, f) < 0)
		return -1;
	for (size_t i = 0; i < p->now.conf->n_listener; i++)
		if (give_tls(p, front, &p->now.conf->listener[i], f) < 0)
			return -1;
	for (size_t i = 0; i < p->n_sockets; i++)
		if (socket_is_wanted(p->now.conf, &p->sockets[i]) &&
			give_socket(front, &p->sockets[i], f) < 0)
			return -1;
	return give_plain(front, CHANNEL_GO, f);
}

int feed_pipe(struct child *core, struct child *front, struct fail *f)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return fail_errno(f, ENR_INTERNAL, "pipe");
	if (give_fd(core, CHANNEL_PIPE, pair[0], f) < 0) {
		fd_close(&pair[1]);
		return -1;
	}
	return give_fd(front, CHANNEL_PIPE, pair[1], f);
}
