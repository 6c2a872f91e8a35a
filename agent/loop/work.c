#include "agent/loop/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

struct item {
	work_call *fn;
	void *arg;
};

struct work {
	pthread_mutex_t lock; /* everything below but thread, n_threads */
	pthread_cond_t added;
	struct item *ring;
	size_t ring_len, first, waiting;
	int closing;
	pthread_t *thread;
	size_t n_threads;
};

/* 1 and the next item, or 0: closing and nothing left. */
static int take_item(struct work *w, struct item *out)
{
	int found;

	pthread_mutex_lock(&w->lock);
	while (w->waiting == 0 && !w->closing)
		pthread_cond_wait(&w->added, &w->lock);
	found = w->waiting > 0;
	if (found) {
		*out = w->ring[w->first];
		w->first = (w->first + 1) % w->ring_len;
		w->waiting--;
	}
	pthread_mutex_unlock(&w->lock);
	return found;
}

static void *worker(void *arg)
{
	struct item item;

	while (take_item(arg, &item))
		item.fn(item.arg);
	return NULL;
}

struct work *work_new(size_t threads, size_t queue_max)
{
	struct work *w = mem_new(sizeof(*w));
	sigset_t all, before;

	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->added, NULL);
	w->ring_len = queue_max ? queue_max : 1;
	w->ring = mem_array(w->ring_len, sizeof(*w->ring));
	w->n_threads = threads ? threads : 1;
	w->thread = mem_array(w->n_threads, sizeof(*w->thread));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (size_t i = 0; i < w->n_threads; i++) {
		if (pthread_create(&w->thread[i], NULL, worker, w) != 0) {
			perror("worker thread");
			abort();
		}
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return w;
}

int work_add(struct work *w, work_call *fn, void *arg)
{
	int taken;

	pthread_mutex_lock(&w->lock);
	taken = w->waiting < w->ring_len && !w->closing;
	if (taken) {
		w->ring[(w->first + w->waiting) % w->ring_len] = (struct item){ fn, arg };
		w->waiting++;
		pthread_cond_signal(&w->added);
	}
	pthread_mutex_unlock(&w->lock);
	return taken ? 0 : -1;
}

void work_free(struct work **w)
{
	if (*w == NULL)
		return;
	pthread_mutex_lock(&(*w)->lock);
	(*w)->closing = 1;
	pthread_cond_broadcast(&(*w)->added);
	pthread_mutex_unlock(&(*w)->lock);
	for (size_t i = 0; i < (*w)->n_threads; i++)
		pthread_join((*w)->thread[i], NULL);
	pthread_cond_destroy(&(*w)->added);
	pthread_mutex_destroy(&(*w)->lock);
	free((*w)->thread);
	free((*w)->ring);
	free(*w);
	*w = NULL;
}
