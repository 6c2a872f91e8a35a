/* The servers of a directory: known by URI, or by DNS (domain). A server that was once known keeps
 * its place and its URI until the directory is closed, also when DNS does not name it any more: an
 * enrollment stays with one server. All calls want the lock of the pool. Private to ldap/. */
#ifndef LDAP_DIR_SERVERS_H
#define LDAP_DIR_SERVERS_H

#include <stddef.h>
#include <stdint.h>

#include "ldap/dir.h"
#include "ldap/dir_breaker.h"
#include "lib/base/fail.h"

struct dir_server {
	char *uri;                     /* may be read without the lock */
	struct dir_breaker breaker;
	struct fail last;              /* its latest failure */
	unsigned long failed;          /* how often, since it is known */
};

struct dir_servers {
	struct dir_server at[DIR_SERVERS_MAX];
	size_t n;
	size_t order[DIR_SERVERS_MAX]; /* of those in use now, the best first */
	size_t n_order;
};

/* These from now on, in this order; those that find no place any more are left out. */
void dir_servers_set(struct dir_servers *s, const char *const *uri, size_t n);
void dir_servers_clear(struct dir_servers *s);

/* Index, or -1. */
int dir_servers_find(const struct dir_servers *s, const char *uri);
/* All in use, in the order to try them in: those that did not fail lately, those that did, those
 * that rest. */
size_t dir_servers_choose(const struct dir_servers *s, int64_t now, size_t out[DIR_SERVERS_MAX]);

/* 0, or -1 with its latest failure while it rests. Who gets 0 tells what came of it. */
int dir_servers_try(struct dir_servers *s, size_t i, int this_very_one, int64_t now,
	struct fail *f);
void dir_servers_worked(struct dir_servers *s, size_t i);
void dir_servers_failed(struct dir_servers *s, size_t i, int64_t now, const struct fail *why);

#endif
