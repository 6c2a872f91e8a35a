/* What front and core have in common: the channel to the parent. */
#ifndef AGENT_CHILD_H
#define AGENT_CHILD_H

#include "agent/channel.h"
#include "agent/conf/conf.h"
#include "agent/options.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"

/* Messages up to CHANNEL_GO, each to take(m, arg), which may keep descriptors by setting them -1.
 * Waits. -1: the parent is gone, or take failed. */
int child_collect(int (*take)(struct channel_message *m, void *arg, struct fail *f), void *arg,
	struct fail *f);
void child_say(enum channel_kind kind);
/* Tells the parent, who logs it; returns the exit code. */
int child_failed(const struct fail *f);
/* The configuration behind a descriptor; the parent has reported what is wrong with it. */
struct conf *child_conf(int fd, const char *path, struct fail *f);
/* All of a small file behind a descriptor. */
int child_file(int fd, const char *name, struct bytes *out, struct fail *f);

#endif
