#include "agent/enrollment/leafs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

struct leaf {
	char listener[64];
	uint8_t current[32], previous[32];
	int has_previous;
};
struct leafs {
	pthread_mutex_t lock;
	struct leaf row[LEAFS_MAX];
	size_t n;
};

struct leafs *leafs_new(void)
{
	struct leafs *l = mem_new(sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	return l;
}

void leafs_free(struct leafs **l)
{
	if (!*l)
		return;
	pthread_mutex_destroy(&(*l)->lock);
	free(*l);
	*l = NULL;
}

static struct leaf *find(struct leafs *l, const char *listener)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->row[i].listener, listener) == 0)
			return &l->row[i];
	}
	return NULL;
}

void leafs_set(struct leafs *l, const char *listener, const uint8_t sha256[32])
{
	struct leaf *row;

	pthread_mutex_lock(&l->lock);
	row = find(l, listener);
	if (!row && l->n < LEAFS_MAX && strlen(listener) < sizeof(row->listener)) {
		row = &l->row[l->n++];
		memcpy(row->listener, listener, strlen(listener) + 1);
		memcpy(row->current, sha256, 32);
	} else if (row && memcmp(row->current, sha256, 32) != 0) {
		memcpy(row->previous, row->current, 32);
		memcpy(row->current, sha256, 32);
		row->has_previous = 1;
	}
	pthread_mutex_unlock(&l->lock);
}

int leafs_has(struct leafs *l, const char *listener, const uint8_t sha256[32])
{
	const struct leaf *row;
	int has;

	pthread_mutex_lock(&l->lock);
	row = find(l, listener);
	has = row && (memcmp(row->current, sha256, 32) == 0 ||
		(row->has_previous && memcmp(row->previous, sha256, 32) == 0));
	pthread_mutex_unlock(&l->lock);
	return has;
}
