/* Which TLS certificates are ours: SHA-256 of the current and the previous leaf of each listener
 * row. Told from outside the front, which is not believed. Thread-safe. */
#ifndef AGENT_ENROLLMENT_LEAFS_H
#define AGENT_ENROLLMENT_LEAFS_H

#include <stdint.h>

#define LEAFS_MAX 64 /* listener rows; more are not remembered */

struct leafs;

struct leafs *leafs_new(void);
void leafs_free(struct leafs **l);
void leafs_set(struct leafs *l, const char *listener, const uint8_t sha256[32]);
/* 1 if it is the current or the previous leaf of that listener. */
int leafs_has(struct leafs *l, const char *listener, const uint8_t sha256[32]);

#endif
