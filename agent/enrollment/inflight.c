#include "agent/enrollment/inflight.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/mem.h"

/* Both lists are as long as there are workers, or records whose directory fell silent. */
struct running {
	char record[ID_MAX];
	uint8_t key[32];
	struct running *next;
};
struct resting {
	char record[ID_MAX];
	int64_t until;
	struct resting *next;
};

struct inflight {
	pthread_mutex_t lock;
	struct running *running;
	struct resting *resting;
};

struct inflight *inflight_new(void)
{
	struct inflight *t = mem_new(sizeof(*t));

	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void inflight_free(struct inflight **t)
{
	if (!*t)
		return;
	for (struct running *r = (*t)->running, *next; r; r = next) {
		next = r->next;
		free(r);
	}
	for (struct resting *r = (*t)->resting, *next; r; r = next) {
		next = r->next;
		free(r);
	}
	pthread_mutex_destroy(&(*t)->lock);
	free(*t);
	*t = NULL;
}

static struct running **find(struct inflight *t, const char *record, const uint8_t key[32])
{
	struct running **at = &t->running;

	while (*at && (strcmp((*at)->record, record) != 0 || memcmp((*at)->key, key, 32) != 0))
		at = &(*at)->next;
	return at;
}

int inflight_enter(struct inflight *t, const char *record, const uint8_t spki_sha256[32])
{
	struct running **at;
	int entered = 0;

	pthread_mutex_lock(&t->lock);
	at = find(t, record, spki_sha256);
	if (!*at) {
		*at = mem_new(sizeof(**at));
		memcpy((*at)->record, record, strnlen(record, ID_MAX - 1));
		memcpy((*at)->key, spki_sha256, 32);
		entered = 1;
	}
	pthread_mutex_unlock(&t->lock);
	return entered;
}

void inflight_leave(struct inflight *t, const char *record, const uint8_t spki_sha256[32])
{
	struct running **at, *gone;

	pthread_mutex_lock(&t->lock);
	at = find(t, record, spki_sha256);
	gone = *at;
	if (gone)
		*at = gone->next;
	pthread_mutex_unlock(&t->lock);
	free(gone);
}

void inflight_rest(struct inflight *t, const char *record, int64_t until)
{
	struct resting *r;

	pthread_mutex_lock(&t->lock);
	for (r = t->resting; r && strcmp(r->record, record) != 0; r = r->next)
		;
	if (!r) {
		r = mem_new(sizeof(*r));
		memcpy(r->record, record, strnlen(record, ID_MAX - 1));
		r->next = t->resting;
		t->resting = r;
	}
	if (until > r->until)
		r->until = until;
	pthread_mutex_unlock(&t->lock);
}

int64_t inflight_resting(struct inflight *t, const char *record)
{
	int64_t now = clock_mono_ms(), left = 0;

	pthread_mutex_lock(&t->lock);
	for (struct resting **at = &t->resting; *at;) {
		struct resting *r = *at;

		if (r->until <= now) {
			*at = r->next;
			free(r);
			continue;
		}
		if (strcmp(r->record, record) == 0)
			left = r->until - now;
		at = &r->next;
	}
	pthread_mutex_unlock(&t->lock);
	return left;
}
