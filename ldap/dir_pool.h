/* The pool: take a connection, use it, give it back. Private to ldap/. */
#ifndef LDAP_DIR_POOL_H
#define LDAP_DIR_POOL_H

#include <pthread.h>
#include <stdint.h>

#include "ldap/dir_conn.h"
#include "ldap/dir_servers.h"

enum { DIR_ANY_SERVER = -1 };

struct dir {
	struct dir_settings set;
	pthread_mutex_t lock;          /* all below */
	pthread_cond_t given;
	struct dir_conn **idle;        /* set.connections of them at most, the latest last */
	size_t n_idle;
	size_t n_taken;
	struct dir_servers servers;
	pthread_cond_t named;          /* DNS was asked; the rest is private to dir_names.c */
	int naming;
	int64_t named_at, named_until; /* clock_mono_ms */
	struct fail named_not;         /* why DNS named none */
};

/* server: index or DIR_ANY_SERVER. fresh: not one that was idle. Waits while all are taken, for as
 * long as an operation may take, then ENR_DIRECTORY_BUSY. */
int dir_pool_take(struct dir *d, int server, int fresh, struct dir_conn **out, struct fail *f);
/* Back; a broken one is closed. *c is cleared. */
void dir_pool_give(struct dir *d, struct dir_conn **c);
/* What came of asking this server: for its breaker. */
void dir_pool_worked(struct dir *d, size_t server);
void dir_pool_failed(struct dir *d, size_t server, const struct fail *why);
/* How many servers are in use. */
size_t dir_pool_count(struct dir *d);

/* --- dir_names.c --- */
/* Servers known by domain: ask DNS, if its answer has ended. 0 if there are servers to ask;
 * ENR_DIRECTORY_UNREACHABLE. An old answer is better than none. */
int dir_names_fresh(struct dir *d, struct fail *f);
/* Lock held. All servers failed: DNS may know better, if it was not asked just now. */
void dir_names_doubt(struct dir *d);
/* The place of that URI, DIR_ANY_SERVER for NULL; ENR_DIRECTORY_UNREACHABLE: it is unknown. */
int dir_server_index(struct dir *d, const char *uri, int *out, struct fail *f);

#endif
