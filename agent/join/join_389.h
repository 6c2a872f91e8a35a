/* What only 389 Directory Server has. Private to agent/join. */
#ifndef AGENT_JOIN_JOIN_389_H
#define AGENT_JOIN_JOIN_389_H

#include "agent/join/join_private.h"

/* Would an add be refused for want of rights? The server tells (get-effective-rights control). */
int ds389_may_add(struct join *j, const struct join_object *o, struct fail *f);

#endif
