#include "ldap/dir_pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ldap/dir.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"

enum { CLOSE_MAX = 64 };

struct dir *dir_open(const struct dir_config *c, struct fail *f)
{
	struct dir *d;
	pthread_condattr_t attr;

	dir_conn_prepare();
	d = mem_new(sizeof(*d));
	if (dir_settings_set(&d->set, c, f) < 0) {
		free(d);
		return NULL;
	}
	dir_servers_set(&d->servers, c->uri, c->n_uri);
	d->idle = mem_array((size_t)c->connections, sizeof(struct dir_conn *));
	pthread_mutex_init(&d->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->given, &attr);
	pthread_cond_init(&d->named, &attr);
	pthread_condattr_destroy(&attr);
	return d;
}

void dir_close(struct dir **d)
{
	if (*d == NULL)
		return;
	assert((*d)->n_taken == 0);
	for (size_t i = 0; i < (*d)->n_idle; i++)
		dir_conn_close(&(*d)->idle[i]);
	dir_settings_clear(&(*d)->set);
	dir_servers_clear(&(*d)->servers);
	free((*d)->idle);
	pthread_cond_destroy(&(*d)->given);
	pthread_cond_destroy(&(*d)->named);
	pthread_mutex_destroy(&(*d)->lock);
	free(*d);
	*d = NULL;
}

/* Lock held. Remove idle connection i from the list. */
static struct dir_conn *idle_remove(struct dir *d, size_t i)
{
	struct dir_conn *c = d->idle[i];

	memmove(&d->idle[i], &d->idle[i + 1], (d->n_idle - i - 1) * sizeof(struct dir_conn *));
	d->n_idle--;
	return c;
}

/* Lock held. Those that were unused for too long, or whose server has gone: out of the list, to be
 * closed by the caller without the lock. */
static size_t idle_sweep(struct dir *d, struct dir_conn **out, size_t max)
{
	int64_t now = clock_mono_ms();
	size_t n = 0, i = 0;

	while (i < d->n_idle && n < max) {
		if (now - d->idle[i]->used_at > d->set.idle_ms || !dir_conn_is_alive(d->idle[i]))
			out[n++] = idle_remove(d, i);
		else
			i++;
	}
	return n;
}

/* Lock held. Wait for a free place. */
static int place_take(struct dir *d, struct fail *f)
{
	int64_t until = clock_mono_ms() + d->set.timeout_ms;
	struct timespec t = { until / 1000, until % 1000 * 1000000 };

	while (d->n_taken >= (size_t)d->set.connections)
		if (pthread_cond_timedwait(&d->given, &d->lock, &t) != 0 &&
			d->n_taken >= (size_t)d->set.connections)
			return fail(f, ENR_DIRECTORY_BUSY,
				"all %d connections to the directory are in use",
				d->set.connections);
	d->n_taken++;
	return 0;
}

static void place_give(struct dir *d)
{
	pthread_mutex_lock(&d->lock);
	d->n_taken--;
	pthread_cond_signal(&d->given);
	pthread_mutex_unlock(&d->lock);
}

/* The latest idle connection to that server, or NULL. */
static struct dir_conn *idle_take(struct dir *d, size_t server)
{
	struct dir_conn *stale[CLOSE_MAX], *found = NULL;
	size_t n;

	pthread_mutex_lock(&d->lock);
	n = idle_sweep(d, stale, CLOSE_MAX);
	for (size_t i = d->n_idle; i-- > 0 && found == NULL;)
		if (d->idle[i]->server == server)
			found = idle_remove(d, i);
	pthread_mutex_unlock(&d->lock);
	while (n-- > 0)
		dir_conn_close(&stale[n]);
	return found;
}

void dir_pool_worked(struct dir *d, size_t server)
{
	pthread_mutex_lock(&d->lock);
	dir_servers_worked(&d->servers, server);
	pthread_mutex_unlock(&d->lock);
}

void dir_pool_failed(struct dir *d, size_t server, const struct fail *why)
{
	pthread_mutex_lock(&d->lock);
	dir_servers_failed(&d->servers, server, clock_mono_ms(), why);
	pthread_mutex_unlock(&d->lock);
}

size_t dir_pool_count(struct dir *d)
{
	size_t n;

	pthread_mutex_lock(&d->lock);
	n = d->servers.n_order;
	pthread_mutex_unlock(&d->lock);
	return n;
}

static int open_to(struct dir *d, size_t server, int this_very_one, struct dir_conn **out,
	struct fail *f)
{
	struct fail why = FAIL_INIT;
	const char *uri;
	int rc;

	pthread_mutex_lock(&d->lock);
	uri = d->servers.at[server].uri;
	rc = dir_servers_try(&d->servers, server, this_very_one, clock_mono_ms(), f);
	pthread_mutex_unlock(&d->lock);
	if (rc < 0)
		return -1;
	if (dir_conn_open(&d->set, uri, out, &why) == 0) {
		(*out)->server = server;
		dir_pool_worked(d, server);
		return 0;
	}
	dir_pool_failed(d, server, &why);
	if (f != NULL)
		*f = why;
	return -1;
}

enum { FRESH = 1, THIS_VERY_ONE = 2 };

static int take_from(struct dir *d, size_t server, int how, struct dir_conn **out, struct fail *f)
{
	struct dir_conn *c = how & FRESH ? NULL : idle_take(d, server);

	if (c == NULL)
		return open_to(d, server, how & THIS_VERY_ONE, out, f);
	c->reused = 1;
	*out = c;
	return 0;
}

/* Every server once, in the order of dir_servers_choose. Of several failures the one that says more
 * than "does not answer" is told; wrong credentials end it, since asking the next server with them
 * could lock the account. */
static int take_any(struct dir *d, int fresh, struct dir_conn **out, struct fail *f)
{
	struct fail worst = FAIL_INIT, one = FAIL_INIT;
	size_t order[DIR_SERVERS_MAX], n;

	if (dir_names_fresh(d, f) < 0)
		return -1;
	pthread_mutex_lock(&d->lock);
	n = dir_servers_choose(&d->servers, clock_mono_ms(), order);
	pthread_mutex_unlock(&d->lock);
	for (size_t i = 0; i < n; i++) {
		if (take_from(d, order[i], fresh ? FRESH : 0, out, &one) == 0)
			return 0;
		if (worst.code == ENR_NONE || worst.code == ENR_DIRECTORY_UNREACHABLE)
			worst = one;
		if (one.code == ENR_DIRECTORY_CREDENTIALS)
			break;
	}
	pthread_mutex_lock(&d->lock);
	dir_names_doubt(d);
	pthread_mutex_unlock(&d->lock);
	if (f != NULL)
		*f = worst;
	return -1;
}

int dir_pool_take(struct dir *d, int server, int fresh, struct dir_conn **out, struct fail *f)
{
	int rc;

	pthread_mutex_lock(&d->lock);
	rc = place_take(d, f);
	pthread_mutex_unlock(&d->lock);
	if (rc < 0)
		return -1;
	rc = server == DIR_ANY_SERVER ? take_any(d, fresh, out, f)
				      : take_from(d, (size_t)server,
					      THIS_VERY_ONE | (fresh ? FRESH : 0), out, f);
	if (rc < 0)
		place_give(d);
	return rc;
}

/* One that broke speaks for those that are idle: a server that hangs would let each of them wait
 * for a time limit of its own, and leave one more write uncertain. */
static void drop_siblings(struct dir *d, size_t server)
{
	struct dir_conn *sibling;

	while ((sibling = idle_take(d, server)) != NULL)
		dir_conn_close(&sibling);
}

void dir_pool_give(struct dir *d, struct dir_conn **c)
{
	struct dir_conn *close = NULL;

	if ((*c)->broken)
		drop_siblings(d, (*c)->server);
	(*c)->used_at = clock_mono_ms();
	pthread_mutex_lock(&d->lock);
	if ((*c)->broken || d->n_idle == (size_t)d->set.connections)
		close = *c;
	else
		d->idle[d->n_idle++] = *c;
	d->n_taken--;
	pthread_cond_signal(&d->given);
	pthread_mutex_unlock(&d->lock);
	*c = NULL;
	dir_conn_close(&close);
}
