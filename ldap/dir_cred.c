#include "ldap/dir_cred.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <krb5.h>

#include "ldap/dir_krb.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

enum {
	EARLY_PART = 4,                /* renewed in the last 1/4 of its life … */
	EARLY_MAX = 600,               /* … but no earlier than this many seconds */
	LATE_PART = 3,                 /* not used in the last third of that */
	LATE_MIN = 40,                 /* libgssapi asks a KDC itself in the last half minute */
	AGAIN_MS = 10000,              /* between tries to renew what is still good */
};

struct dir_ticket {
	struct dir_cred *cred;
	char cache[64];
	int64_t renew_at, end;         /* clock_now */
	int refs;                      /* under cred->lock, as all below */
	char **host;                   /* whose service ticket is in it */
	size_t n_host;
};

/* What the thread is to do, and what came of it. */
struct fetch {
	struct dir_cred *cred;
	struct dir_ticket *ticket;     /* this one gets another service; NULL: a new one is made */
	char *host;
	struct fail fail;
};

struct dir_cred {
	char *keytab, *principal;      /* never change */
	pthread_mutex_t lock;          /* all below */
	pthread_cond_t fetched;
	int refs;                      /* the owner's, one for each ticket, one for the thread */
	struct dir_ticket *current;
	unsigned made;                 /* tickets so far, for the names of their caches */
	int fetching;
	pthread_t thread;              /* that fetches, or did last */
	int has_thread;
	unsigned fetches;              /* number of the running or last one */
	char *fetch_host;              /* its host */
	struct fail failed;            /* what came of the last one */
	int64_t again_at;              /* clock_mono_ms */
	int closed;
};

struct dir_cred *dir_cred_new(const char *keytab, const char *principal)
{
	struct dir_cred *c = mem_new(sizeof(*c));
	pthread_condattr_t attr;

	c->keytab = mem_text(keytab);
	c->principal = mem_text(principal);
	c->refs = 1;
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->fetched, &attr);
	pthread_condattr_destroy(&attr);
	return c;
}

/* --- references, lock held ------------------------------------------------------------------- */

static void ticket_drop(struct dir_ticket *t)
{
	if (t == NULL || --t->refs > 0)
		return;
	t->cred->refs--;
	dir_krb_destroy(t->cache);
	for (size_t i = 0; i < t->n_host; i++)
		free(t->host[i]);
	free(t->host);
	free(t);
}

static struct dir_ticket *ticket_hold(struct dir_ticket *t)
{
	if (t != NULL)
		t->refs++;
	return t;
}

/* Unlocks; the last one out frees. */
static void leave(struct dir_cred *c)
{
	int last = c->refs == 0;

	pthread_mutex_unlock(&c->lock);
	if (!last)
		return;
	pthread_cond_destroy(&c->fetched);
	pthread_mutex_destroy(&c->lock);
	free(c->fetch_host);
	free(c->keytab);
	free(c->principal);
	free(c);
}

/* One that is done is waited for: it holds the lock no more, and ends at once. One that still talks
 * to a KDC goes on by itself. */
static void thread_leave(struct dir_cred *c)
{
	if (!c->has_thread)
		return;
	if (c->fetching)
		pthread_detach(c->thread);
	else
		pthread_join(c->thread, NULL);
	c->has_thread = 0;
}

void dir_cred_free(struct dir_cred **c)
{
	if (*c == NULL)
		return;
	pthread_mutex_lock(&(*c)->lock);
	thread_leave(*c);
	ticket_drop((*c)->current);
	(*c)->current = NULL;
	(*c)->closed = 1;
	(*c)->refs--;
	leave(*c);
	*c = NULL;
}

void dir_ticket_give(struct dir_ticket **t)
{
	struct dir_cred *c;

	if (*t == NULL)
		return;
	c = (*t)->cred;
	pthread_mutex_lock(&c->lock);
	ticket_drop(*t);
	*t = NULL;
	leave(c);
}

const char *dir_ticket_cache(const struct dir_ticket *t)
{
	return t->cache;
}

int64_t dir_ticket_end(const struct dir_ticket *t)
{
	return t->end;
}

/* --- the thread ------------------------------------------------------------------------------ */

/* Lock held. The earliest end of all that is in the cache counts. */
static void ticket_ends(struct dir_ticket *t, int64_t end)
{
	int64_t early = (end - clock_now()) / EARLY_PART, late;

	if (early > EARLY_MAX)
		early = EARLY_MAX;
	late = early / LATE_PART;
	if (late < LATE_MIN && early >= LATE_MIN)
		late = LATE_MIN;
	if (t->end != 0 && t->end <= end - late)
		return;
	t->renew_at = end - early;
	t->end = end - late;
}

/* Lock held. */
static struct dir_ticket *ticket_new(struct dir_cred *c)
{
	struct dir_ticket *t = mem_new(sizeof(*t));

	t->cred = c;
	t->refs = 1;
	c->refs++;
	snprintf(t->cache, sizeof(t->cache), "MEMORY:enrolld-%p-%u", (void *)c, ++c->made);
	return t;
}

/* Lock not held, as long as a KDC may be asked. */
static void talk(struct fetch *x, int is_new)
{
	struct dir_cred *c = x->cred;
	struct dir_ticket *t = x->ticket;
	int64_t end = 0, service_end = 0;
	int rc = is_new ? dir_krb_log_in(c->keytab, c->principal, t->cache, &end, &x->fail) : 0;
	int served = rc == 0 ? dir_krb_service(t->cache, x->host, &service_end, &x->fail) : -1;

	if (served == 0 && ((is_new && end <= clock_now()) || service_end <= clock_now()))
		served = rc = fail(&x->fail, ENR_DIRECTORY_CREDENTIALS,
			"%s: the ticket has ended already: the clocks of this machine and of the "
			"KDC differ too much; let both follow one time server",
			c->principal);
	pthread_mutex_lock(&c->lock);
	if (rc == 0 && is_new && !c->closed) {
		ticket_ends(t, end);
		ticket_drop(c->current);
		c->current = ticket_hold(t);
	}
	if (served == 0) {
		ticket_ends(t, service_end);
		t->host = mem_grow(t->host, t->n_host + 1, sizeof(*t->host));
		t->host[t->n_host++] = mem_text(x->host);
	}
	pthread_mutex_unlock(&c->lock);
}

static void *fetch_thread(void *arg)
{
	struct fetch *x = arg;
	struct dir_cred *c = x->cred;
	int is_new = x->ticket == NULL;

	pthread_mutex_lock(&c->lock);
	if (is_new)
		x->ticket = ticket_new(c);
	pthread_mutex_unlock(&c->lock);
	talk(x, is_new);
	pthread_mutex_lock(&c->lock);
	c->fetching = 0;
	c->failed = x->fail;
	c->again_at = clock_mono_ms() + AGAIN_MS;
	ticket_drop(x->ticket);
	c->refs--;
	pthread_cond_broadcast(&c->fetched);
	leave(c);
	free(x->host);
	free(x);
	return NULL;
}

/* Lock held. 0, or -1 if there is no thread to be had. */
static int fetch_start(struct dir_cred *c, struct dir_ticket *t, const char *host)
{
	struct fetch *x = mem_new(sizeof(*x));

	thread_leave(c);
	*x = (struct fetch){ c, ticket_hold(t), mem_text(host), FAIL_INIT };
	if (pthread_create(&c->thread, NULL, fetch_thread, x) != 0) {
		ticket_drop(x->ticket);
		free(x->host);
		free(x);
		return -1;
	}
	c->has_thread = 1;
	c->refs++;
	c->fetching = 1;
	c->fetches++;
	free(c->fetch_host);
	c->fetch_host = mem_text(host);
	return 0;
}

/* --- who needs a ticket ---------------------------------------------------------------------- */

/* Lock held, as in all below. */
static int has_host(const struct dir_ticket *t, const char *host)
{
	for (size_t i = 0; i < t->n_host; i++)
		if (text_equal_ci(t->host[i], host))
			return 1;
	return 0;
}

/* The ticket of now, if it can be used; one that nears its end is renewed meanwhile. */
static struct dir_ticket *usable(struct dir_cred *c, const char *host)
{
	struct dir_ticket *t = c->current;
	int64_t now = clock_now();

	if (t == NULL || now >= t->end || !has_host(t, host))
		return NULL;
	if (now >= t->renew_at && !c->fetching && clock_mono_ms() >= c->again_at)
		(void)fetch_start(c, NULL, host);
	return t;
}

/* Wait until a fetch for this host has ended, one that runs or one begun now. */
static int fetch_wait(struct dir_cred *c, const char *host, int64_t deadline_ms, struct fail *f)
{
	struct dir_ticket *base = c->current;
	struct timespec until = { deadline_ms / 1000, deadline_ms % 1000 * 1000000 };
	unsigned number;

	if (base != NULL && clock_now() >= base->renew_at)
		base = NULL;
	if (!c->fetching && fetch_start(c, base, host) < 0)
		return fail(f, ENR_DIRECTORY_BUSY, "no thread to ask a KDC with");
	number = c->fetches;
	while (c->fetching && c->fetches == number)
		if (pthread_cond_timedwait(&c->fetched, &c->lock, &until) != 0)
			return fail(f, ENR_DIRECTORY_UNREACHABLE,
				"no KDC gave %s a ticket for ldap/%s within the time limit",
				c->principal, host);
	if (c->fetches != number || !text_equal_ci(c->fetch_host, host) ||
		c->failed.code == ENR_NONE)
		return 0;
	if (f != NULL)
		*f = c->failed;
	return -1;
}

int dir_cred_take(struct dir_cred *c, const char *host, int64_t deadline_ms,
	struct dir_ticket **out, struct fail *f)
{
	struct dir_ticket *t;
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	while ((t = usable(c, host)) == NULL && rc == 0) {
		rc = fetch_wait(c, host, deadline_ms, f);
		if (rc == 0 && clock_mono_ms() >= deadline_ms && usable(c, host) == NULL)
			rc = fail(f, ENR_DIRECTORY_UNREACHABLE,
				"no ticket for ldap/%s within the time limit", host);
	}
	if (rc == 0)
		*out = ticket_hold(t);
	pthread_mutex_unlock(&c->lock);
	return rc;
}
