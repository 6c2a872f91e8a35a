/* Is this machine still what it was made? Read back locally: keys, certificates, dates, files, host
 * name, keytab. And on the machine itself (never below --root) the domain is asked: is the key
 * accepted, do its people resolve, was the certificate revoked. */
#ifndef CLIENT_CHECK_H
#define CLIENT_CHECK_H

#include "client/place.h"
#include "client/state.h"
#include "lib/base/fail.h"

struct check {
	const char *name; /* "key", "certificate", "files", "keytab", "ticket", "user" … */
	enum answer result; /* UNKNOWN: it could not be found out */
	struct fail fail; /* why not yes */
	char words[160]; /* what was seen, if yes */
};
#define CHECK_MAX 7

enum check_scope {
	CHECK_LOCAL, /* asks nobody */
	CHECK_DOMAIN, /* that, and domain controllers and sssd; may take some seconds */
	CHECK_EVERYTHING, /* that, and the list of revoked certificates */
};
/* Those that mean something on this machine; returns how many. */
size_t check_all(const struct place *p, const struct state *s, enum check_scope scope,
	struct check out[CHECK_MAX]);

#endif
