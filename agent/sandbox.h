/* What a child gives up. */
#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include "agent/options.h"
#include "lib/base/fail.h"

/* Become the account of the options for good (checked by trying to go back), no new privileges, no
 * core file, not dumpable, umask 077. ENR_SANDBOX_FAILED. */
int sandbox_enter(const struct options *o, const char *name, struct fail *f);
/* Only the system calls of answering requests from here on: no open, socket, connect, exec. The
 * kernel kills whoever tries (sanitizer builds go without: their run-time needs more).
 * ENR_SANDBOX_FAILED. */
int sandbox_seal(struct fail *f);

#endif
