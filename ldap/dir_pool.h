/* The pool: take a connection, use it, give it back. Private to ldap/. */
#ifndef LDAP_DIR_POOL_H
#define LDAP_DIR_POOL_H

#include <pthread.h>
#include <stdint.h>

#include "ldap/dir_conn.h"

enum { DIR_ANY_SERVER = -1 };

struct dir {
	struct dir_settings set;
	pthread_mutex_t lock;          /* all below */
	pthread_cond_t given;
	struct dir_conn **idle;        /* set.connections of them at most, the latest last */
	size_t n_idle;
	size_t n_taken;
	int64_t *down_until;           /* clock_mono_ms, for each server */
};

/* server: index or DIR_ANY_SERVER. fresh: not one that was idle. Waits while all are taken, for as
 * long as an operation may take, then ENR_DIRECTORY_BUSY. */
int dir_pool_take(struct dir *d, int server, int fresh, struct dir_conn **out, struct fail *f);
/* Back; a broken one is closed. *c is cleared. */
void dir_pool_give(struct dir *d, struct dir_conn **c);
/* The place of that URI in the list, DIR_ANY_SERVER for NULL; ENR_DIRECTORY_UNREACHABLE: it is not
 * there any more. In dir_op.c. */
int dir_server_index(const struct dir *d, const char *uri, int *out, struct fail *f);
/* Try this server last for a while. */
void dir_pool_mark_down(struct dir *d, size_t server);

#endif
