#include "ldap/dir_servers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

int dir_servers_find(const struct dir_servers *s, const char *uri)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->at[i].uri, uri) == 0)
			return (int)i;
	return -1;
}

void dir_servers_set(struct dir_servers *s, const char *const *uri, size_t n)
{
	s->n_order = 0;
	for (size_t i = 0; i < n && s->n_order < DIR_SERVERS_MAX; i++) {
		int at = dir_servers_find(s, uri[i]);

		if (at < 0 && s->n == DIR_SERVERS_MAX)
			continue;
		if (at < 0) {
			at = (int)s->n++;
			s->at[at].uri = mem_text(uri[i]);
		}
		s->order[s->n_order++] = (size_t)at;
	}
}

void dir_servers_clear(struct dir_servers *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->at[i].uri);
	s->n = s->n_order = 0;
}

static int round_of(const struct dir_breaker *b, int64_t now)
{
	if (dir_breaker_state(b, now) == DIR_BREAKER_OPEN)
		return 2;
	return dir_breaker_is_last(b, now);
}

size_t dir_servers_choose(const struct dir_servers *s, int64_t now, size_t out[DIR_SERVERS_MAX])
{
	size_t n = 0;

	for (int round = 0; round <= 2; round++)
		for (size_t i = 0; i < s->n_order; i++)
			if (round_of(&s->at[s->order[i]].breaker, now) == round)
				out[n++] = s->order[i];
	return n;
}

int dir_servers_try(struct dir_servers *s, size_t i, int this_very_one, int64_t now,
	struct fail *f)
{
	struct dir_server *server = &s->at[i];
	int64_t left = server->breaker.rest_until - now;

	if (dir_breaker_try(&server->breaker, now, this_very_one))
		return 0;
	if (f != NULL)
		*f = server->last;
	return fail_in(f, "%s is not asked for %lld s, after %d failures in a row", server->uri,
		(long long)(left > 0 ? (left + 999) / 1000 : 1), server->breaker.failures);
}

void dir_servers_worked(struct dir_servers *s, size_t i)
{
	if (s->at[i].breaker.failures > 0)
		dir_breaker_worked(&s->at[i].breaker);
}

void dir_servers_failed(struct dir_servers *s, size_t i, int64_t now, const struct fail *why)
{
	dir_breaker_failed(&s->at[i].breaker, now);
	s->at[i].last = *why;
	s->at[i].failed++;
}
