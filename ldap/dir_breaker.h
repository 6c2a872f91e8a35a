/* A circuit breaker for one server. Closed: it is asked; after a failure it is tried last for half
 * a minute. Open, after some failures in a row: it rests and is not asked at all, so that nobody
 * waits for it. Half-open, when it has rested: one single probe is let through; that closes it
 * again, or lets it rest twice as long, up to a limit. Pure; times are clock_mono_ms. Private to
 * ldap/. */
#ifndef LDAP_DIR_BREAKER_H
#define LDAP_DIR_BREAKER_H

#include <stdint.h>

enum {
	DIR_BREAKER_FAILURES = 3,      /* in a row that open it */
	DIR_BREAKER_REST_MS = 500,     /* the first rest */
	DIR_BREAKER_REST_MAX_MS = 10000,
	DIR_BREAKER_LAST_MS = 30000,   /* how long one that failed is tried last */
};

struct dir_breaker {
	int failures;                  /* in a row */
	int probing;
	int64_t failed_at, rest_until;
};

enum dir_breaker_state { DIR_BREAKER_CLOSED, DIR_BREAKER_OPEN, DIR_BREAKER_HALF_OPEN };
enum dir_breaker_state dir_breaker_state(const struct dir_breaker *b, int64_t now);

/* May it be asked now? 1; who gets that from a half-open one has the probe, and must tell what came
 * of it. 0 not. Who needs this very server need not wait for its rest to end: he probes early. */
int dir_breaker_try(struct dir_breaker *b, int64_t now, int this_very_one);
void dir_breaker_worked(struct dir_breaker *b);
void dir_breaker_failed(struct dir_breaker *b, int64_t now);
/* Is it to be tried after the others? */
int dir_breaker_is_last(const struct dir_breaker *b, int64_t now);

#endif
