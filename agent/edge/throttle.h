/* What the core asks a front about throttles: who has to wait, and let them in again. As octets on
 * the pipe; each side takes the other's for hostile. Pure, thread-safe. */
#ifndef AGENT_EDGE_THROTTLE_H
#define AGENT_EDGE_THROTTLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/str.h"

#define THROTTLE_NETWORK_MAX 48
#define THROTTLES_MAX 100 /* told of; there may be more */
#define THROTTLE_OCTETS_MAX ((THROTTLE_NETWORK_MAX + 16) * THROTTLES_MAX)

struct throttle {
	char network[THROTTLE_NETWORK_MAX]; /* an address, or with its prefix length:
					       "2001:db8::/48" */
	int64_t wait_s;
};
struct throttle_list {
	struct throttle item[THROTTLES_MAX];
	size_t n;
};

struct throttle_ask {
	char about[THROTTLE_NETWORK_MAX]; /* only the networks this is in, or that are in it; "":
					     all */
	int forgive; /* having told of those, forget their failures; not with all */
};
void throttle_ask_pack(const struct throttle_ask *q, struct str *out);
/* 0, or -1: not a question. */
int throttle_ask_unpack(const uint8_t *data, size_t len, struct throttle_ask *out);

void throttle_list_pack(const struct throttle_list *l, struct str *out);
int throttle_list_unpack(const uint8_t *data, size_t len, struct throttle_list *out);

#endif
