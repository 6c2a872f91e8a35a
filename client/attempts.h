/* The log of attempts on this machine: a line for each try to join and for each leave, newest last.
 * Nothing secret. One thread, under place_lock. */
#ifndef CLIENT_ATTEMPTS_H
#define CLIENT_ATTEMPTS_H

#include "client/place.h"
#include "client/say.h"

#define ATTEMPTS_MAX (64 * 1024) /* octets; the oldest lines go first */

/* Words of ours: "joined as LT-0042". Failing to log is no failure of the command. */
void attempts_add(const struct place *p, const char *attempt, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void attempts_add_trouble(const struct place *p, const char *server, const struct trouble *t);

#endif
