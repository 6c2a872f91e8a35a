/* Messages with descriptors between the parent and a child, over a SOCK_SEQPACKET pair. The parent
 * takes what a child says for hostile: a kind, a code and a text, all bounded. */
#ifndef AGENT_CHANNEL_H
#define AGENT_CHANNEL_H

#include <stdint.h>

#define CHANNEL_FD 3 /* the child's end */
#define CHANNEL_TEXT_MAX 700
#define CHANNEL_FDS_MAX 2

enum channel_kind {
	CHANNEL_NONE,
	/* parent -> child */
	CHANNEL_CONFIG,   /* fd: the configuration's octets */
	CHANNEL_LISTENER, /* fd: a listening socket of row `text` (front) */
	CHANNEL_TLS,      /* fd: certificate of row `text`; front: then its key */
	CHANNEL_PIPE,     /* fd: the pipe to the other child */
	CHANNEL_CONTROL,  /* fd: the listening control socket (core) */
	CHANNEL_GO,       /* that was all: start, or (core) take the new configuration */
	CHANNEL_DRAIN,    /* finish what is in flight and exit */
	/* child -> parent */
	CHANNEL_READY,    /* after CHANNEL_GO */
	CHANNEL_FAILED,   /* instead; code and text say why */
	CHANNEL_RELOAD,   /* the core has written a new certificate */
	CHANNEL_KINDS
};

struct channel_message {
	enum channel_kind kind;
	uint32_t code;                 /* enum code */
	char text[CHANNEL_TEXT_MAX + 1];
	int fd[CHANNEL_FDS_MAX];       /* owned by the receiver; -1: none */
};
#define CHANNEL_MESSAGE(kind_) ((struct channel_message){ .kind = (kind_), .fd = { -1, -1 } })

/* Never waits. -1: the other end is gone or does not read. Descriptors stay the caller's. */
int channel_send(int fd, const struct channel_message *m);
/* Waits for the next one unless the descriptor is non-blocking. 1 got one, 0 nothing there now, -1
 * the other end is gone or talks nonsense. Received descriptors are close-on-exec. */
int channel_receive(int fd, struct channel_message *m);
void channel_clear(struct channel_message *m); /* closes what is left in it */

#endif
