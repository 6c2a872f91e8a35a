/* Which servers there are, when DNS names them; and what is shown of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "ldap/dir.h"
#include "ldap/dir_pool.h"
#include "ldap/dir_srv.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"

enum {
	KEEP_MIN_S = 5, KEEP_MAX_S = 3600, /* whatever the TTL says */
	AGAIN_MS = 5000,               /* between two questions at least */
};

/* Lock held. */
static void take_list(struct dir *d, const struct dir_srv_list *l)
{
	char *uri[DIR_SRV_MAX];
	int64_t keep = l->ttl;

	for (size_t i = 0; i < l->n; i++)
		uri[i] = mem_printf("ldap://%s:%u", l->at[i].target, l->at[i].port);
	dir_servers_set(&d->servers, (const char *const *)uri, l->n);
	for (size_t i = 0; i < l->n; i++)
		free(uri[i]);
	if (keep < KEEP_MIN_S)
		keep = KEEP_MIN_S;
	if (keep > KEEP_MAX_S)
		keep = KEEP_MAX_S;
	d->named_until = clock_mono_ms() + keep * 1000;
}

/* Lock held at the beginning and at the end, not while DNS is asked. */
static void ask(struct dir *d)
{
	autoclean(text_free) char *list = mem_new(sizeof(struct dir_srv_list));
	struct dir_srv_list *l = (struct dir_srv_list *)(void *)list;
	struct fail why = FAIL_INIT;
	int rc;

	d->naming = 1;
	pthread_mutex_unlock(&d->lock);
	rc = dir_srv_ask(d->set.domain, d->set.site, l, &why);
	pthread_mutex_lock(&d->lock);
	d->naming = 0;
	d->named_at = clock_mono_ms();
	if (rc == 0)
		take_list(d, l);
	else
		d->named_until = d->named_at + AGAIN_MS;
	d->named_not = why;
	pthread_cond_broadcast(&d->named);
}

int dir_names_fresh(struct dir *d, struct fail *f)
{
	int64_t until = clock_mono_ms() + d->set.timeout_ms;
	struct timespec t = { until / 1000, until % 1000 * 1000000 };
	int rc = 0;

	if (d->set.domain == NULL)
		return 0;
	pthread_mutex_lock(&d->lock);
	if (!d->naming && clock_mono_ms() >= d->named_until)
		ask(d);
	while (d->naming && d->servers.n_order == 0)
		if (pthread_cond_timedwait(&d->named, &d->lock, &t) != 0)
			break;
	if (d->servers.n_order == 0)
		rc = d->named_not.code != ENR_NONE
			? fail(f, d->named_not.code, "%s", d->named_not.evidence)
			: fail(f, ENR_DIRECTORY_UNREACHABLE, "DNS does not answer in time");
	pthread_mutex_unlock(&d->lock);
	return rc;
}

void dir_names_doubt(struct dir *d)
{
	if (d->set.domain != NULL && clock_mono_ms() >= d->named_at + AGAIN_MS)
		d->named_until = 0;
}

int dir_server_index(struct dir *d, const char *uri, int *out, struct fail *f)
{
	*out = DIR_ANY_SERVER;
	if (uri == NULL)
		return 0;
	if (dir_names_fresh(d, f) < 0)
		return -1;
	pthread_mutex_lock(&d->lock);
	*out = dir_servers_find(&d->servers, uri);
	pthread_mutex_unlock(&d->lock);
	if (*out >= 0)
		return 0;
	return fail(f, ENR_DIRECTORY_UNREACHABLE, "%s: not a server of the list any more", uri);
}

/* --- for people ------------------------------------------------------------------------------ */

/* How the server at that URI is reached. */
static const char *dir_channel_word(const struct dir *d, const char *uri)
{
	switch (dir_channel_of(uri, d->set.starttls)) {
	case DIR_LOCAL: return "ldapi";
	case DIR_TLS: return strncasecmp(uri, "ldaps://", 8) == 0 ? "ldaps" : "StartTLS";
	case DIR_PLAIN: break;
	}
	return "sealed";
}

const char *dir_bind_word(const struct dir *d)
{
	return d->set.mechanism->name;
}

static int is_in_use(const struct dir_servers *s, size_t server)
{
	for (size_t i = 0; i < s->n_order; i++)
		if (s->order[i] == server)
			return 1;
	return 0;
}

unsigned long dir_server_failed(struct dir *d, const char *uri)
{
	unsigned long failed = 0;
	int at;

	pthread_mutex_lock(&d->lock);
	at = dir_servers_find(&d->servers, uri);
	if (at >= 0)
		failed = d->servers.at[at].failed;
	pthread_mutex_unlock(&d->lock);
	return failed;
}

const char *dir_server_uri(struct dir *d, size_t i, int *in_use)
{
	const char *uri;

	pthread_mutex_lock(&d->lock);
	uri = i < d->servers.n ? d->servers.at[i].uri : NULL;
	*in_use = uri != NULL && is_in_use(&d->servers, i);
	pthread_mutex_unlock(&d->lock);
	return uri;
}

size_t dir_servers_list(struct dir *d, struct dir_server_state *out, size_t max)
{
	static const char *const words[] = {
		[DIR_BREAKER_CLOSED] = "asked",
		[DIR_BREAKER_OPEN] = "resting",
		[DIR_BREAKER_HALF_OPEN] = "probed",
	};
	int64_t now = clock_mono_ms();
	size_t n = 0;

	pthread_mutex_lock(&d->lock);
	for (; n < d->servers.n && n < max; n++) {
		const struct dir_server *s = &d->servers.at[n];

		snprintf(out[n].uri, sizeof(out[n].uri), "%s", s->uri);
		out[n].channel = dir_channel_word(d, s->uri);
		out[n].in_use = is_in_use(&d->servers, n);
		out[n].state = words[dir_breaker_state(&s->breaker, now)];
		out[n].failures = s->breaker.failures;
	}
	pthread_mutex_unlock(&d->lock);
	return n;
}
