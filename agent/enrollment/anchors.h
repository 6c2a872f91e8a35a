/* Which certificate vouches for the server that a device talks to, if it is not our root: listeners
 * may have a TLS certificate of another CA. Immutable once read; thread-safe. */
#ifndef AGENT_ENROLLMENT_ANCHORS_H
#define AGENT_ENROLLMENT_ANCHORS_H

#include "agent/ca/ca.h"
#include "agent/conf/conf.h"
#include "lib/base/mem.h"

struct anchors;

/* Reads the certificate file of each listener row that serves devices. What cannot be read is taken
 * for ours, and logged. conf must outlive it. */
struct anchors *anchors_read(const struct conf *conf, const struct ca *ca);
void anchors_free(struct anchors **a);
/* The last certificate of the listener's chain if another CA issued its leaf; NULL: our root. */
const struct bytes *anchors_foreign(const struct anchors *a, const char *listener);

#endif
