#include "agent/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/clean.h"
#include "lib/base/text.h"

struct wire {
	uint32_t kind, code;
	char text[CHANNEL_TEXT_MAX + 1];
};

union fd_space {
	char octets[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

static void put_fds(struct msghdr *h, const struct channel_message *m)
{
	size_t n = 0;
	struct cmsghdr *c;

	while (n < CHANNEL_FDS_MAX && m->fd[n] >= 0)
		n++;
	if (n == 0) {
		h->msg_control = NULL;
		h->msg_controllen = 0;
		return;
	}
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), m->fd, n * sizeof(int));
	h->msg_controllen = CMSG_SPACE(n * sizeof(int));
}

int channel_send(int fd, const struct channel_message *m)
{
	struct wire w = { .kind = m->kind, .code = m->code };
	struct iovec part = { &w, sizeof(w) };
	union fd_space space = { { 0 } };
	struct msghdr h = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = space.octets,
		.msg_controllen = sizeof(space.octets),
	};

	memcpy(w.text, m->text, sizeof(w.text));
	put_fds(&h, m);
	return sendmsg(fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(w) ? 0 : -1;
}

static void take_fds(struct msghdr *h, struct channel_message *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(m->fd, CMSG_DATA(c),
			(n < CHANNEL_FDS_MAX ? n : CHANNEL_FDS_MAX) * sizeof(int));
	}
}

int channel_receive(int fd, struct channel_message *m)
{
	struct wire w = { 0 };
	struct iovec part = { &w, sizeof(w) };
	union fd_space space = { { 0 } };
	struct msghdr h = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = space.octets,
		.msg_controllen = sizeof(space.octets),
	};
	ssize_t n;

	*m = CHANNEL_MESSAGE(CHANNEL_NONE);
	do
		n = recvmsg(fd, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n > 0)
		take_fds(&h, m);
	w.text[CHANNEL_TEXT_MAX] = '\0';
	if (n != (ssize_t)sizeof(w) || (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || w.kind == 0 ||
		w.kind >= CHANNEL_KINDS || !text_is_utf8(w.text, strlen(w.text))) {
		channel_clear(m);
		return -1;
	}
	m->kind = (enum channel_kind)w.kind;
	m->code = w.code;
	memcpy(m->text, w.text, sizeof(m->text));
	return 1;
}

void channel_clear(struct channel_message *m)
{
	for (int i = 0; i < CHANNEL_FDS_MAX; i++)
		fd_close(&m->fd[i]);
}
