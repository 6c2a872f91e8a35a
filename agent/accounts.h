/* The two unprivileged accounts. */
#ifndef AGENT_ACCOUNTS_H
#define AGENT_ACCOUNTS_H

#include <sys/types.h>

#include "agent/conf/conf.h"
#include "lib/base/fail.h"

struct account {
	uid_t uid;
	gid_t gid;
};
struct accounts {
	int drops; /* 0: single user, everything keeps the uid it has */
	struct account core, front;
};

/* Two distinct, unprivileged accounts, or ENR_ACCOUNTS_MISSING. */
int accounts_find(const struct conf *conf, int single_user, struct accounts *out, struct fail *f);

#endif
