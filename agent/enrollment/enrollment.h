/* The heart: the only place with rules about who may enroll. enrollment.c holds the table of steps
 * and its short runner; step_*.c one step each; conversation.c the opaque state and the MACs of the
 * three phases; sweep.c what a crash or a silent directory left over. Thread-safe; calls block on
 * store, directory, CA. */
#ifndef AGENT_ENROLLMENT_ENROLLMENT_H
#define AGENT_ENROLLMENT_ENROLLMENT_H

#include <stddef.h>
#include <stdint.h>

#include "agent/edge/request.h"
#include "lib/base/fail.h"

struct ca;
struct conf;
struct enrollment;
struct join;
struct store;

struct enrollment_parts {
	struct store *store;
	struct join *join;
	struct ca *ca;
	void (*crl_changed)(void *arg); /* there is a new CRL; any thread, or NULL */
	void *arg;
};
/* parts must outlive it; conf is a snapshot that enrollment_reload replaces (the caller frees the
 * old one only after enrollment_close or when told by the return of enrollment_reload that nobody
 * uses it any more). */
struct enrollment *enrollment_open(
	const struct conf *conf, const struct enrollment_parts *parts, struct fail *f);
/* Waits until no call uses the old snapshot. */
void enrollment_reload(struct enrollment *e, const struct conf *conf);
void enrollment_close(struct enrollment **e);

/* SHA-256 of a listener's current TLS leaf, told by the parent at start and at reload; the previous
 * one stays good. */
void enrollment_leaf(struct enrollment *e, const char *listener, const uint8_t sha256[32]);

/* Decide one request. Never fails: a refusal is an answer. reply is filled completely; log gets one
 * line of key=value pairs for the request log (admin's evidence included), at most size octets. */
void enrollment_handle(struct enrollment *e, const struct enroll_request *q,
	struct enroll_reply *reply, char *log, size_t size);

/* Finish or take back what is unfinished: at start, then every few seconds. Returns how many
 * records are left over. */
int enrollment_sweep(struct enrollment *e, struct fail *f);
/* Sign a new CRL from the store, keep it for REQUEST_CRL and write [ca] crl-file. number may be
 * NULL. */
int enrollment_publish_crl(struct enrollment *e, uint64_t *number, struct fail *f);

#endif
