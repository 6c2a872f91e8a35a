/* Something to find out that takes a stranger's octets: done by a child without rights, within a
 * time, so that neither what it reads nor how long it waits is this process's trouble. One thread.
 */
#ifndef CLIENT_ERRAND_H
#define CLIENT_ERRAND_H

#include "lib/base/fail.h"

#define ERRAND_WORDS_MAX 160

struct errand {
	/* In the child. begin still has the rights of its parent (may be NULL); both return 0 or -1
	 * with f. words: what was seen, for people. */
	int (*begin)(void *arg, struct fail *f);
	int (*go)(void *arg, char words[ERRAND_WORDS_MAX], struct fail *f);
	void *arg;
	int seconds;
	enum code late; /* when that time is over, and for every code that is not listed */
	const enum code *codes; /* the child may give these, ends with ENR_NONE */
};

/* What go returned. words may be NULL. */
int errand_run(const struct errand *e, char words[ERRAND_WORDS_MAX], struct fail *f);

#endif
