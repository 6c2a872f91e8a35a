/* Is this machine still what it was made? Read back locally: keys, certificates, dates, files, host
 * name. Asks nobody. */
#ifndef CLIENT_CHECK_H
#define CLIENT_CHECK_H

#include "client/place.h"
#include "client/state.h"
#include "lib/base/fail.h"

struct check {
	const char *name;     /* "key", "certificate", "files" */
	enum answer result;   /* UNKNOWN: it could not be found out */
	struct fail fail;     /* why not yes */
	char words[128];      /* what was seen, if yes */
};
#define CHECK_COUNT 3

void check_all(const struct place *p, const struct state *s, struct check out[CHECK_COUNT]);
/* The same as one answer: 0, or -1 with the first that is not yes. */
int check_once(const struct place *p, const struct state *s, struct fail *f);

#endif
