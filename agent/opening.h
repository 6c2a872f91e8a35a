/* What the parent opens for its children: listening sockets, the control socket, files, the
 * configuration as a sealed copy; and the folders it makes for them. All descriptors are
 * close-on-exec. */
#ifndef AGENT_OPENING_H
#define AGENT_OPENING_H

#include "agent/accounts.h"
#include "agent/conf/conf.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"

/* "0.0.0.0:443", "[::]:443": bound and listening. ENR_LISTEN_FAILED. -1 or the descriptor. */
int opening_listener(const char *address, struct fail *f);
/* A unix socket at path, mode 0666, its folder made 0755 if missing. Takes the place of a socket
 * nobody listens on; waits some seconds for one who is about to leave. */
int opening_control(const char *path, struct fail *f);
/* The octets as a read-only descriptor at offset 0. */
int opening_copy(const struct bytes *octets, struct fail *f);

/* A regular file for reading. Inside the core's folders (state, CA) it is opened with the core's
 * rights, so that nothing the core puts there makes root open something else for it. */
int opening_file(
	const struct conf *conf, const struct accounts *a, const char *path, struct fail *f);

/* The state folder: made 0700 and the core's if missing. What `enrollctl ca init` left in the CA
 * folder as root becomes the core's. */
int opening_folders(const struct conf *conf, const struct accounts *a, struct fail *f);

#endif
