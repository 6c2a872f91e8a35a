/* Waiting for the disk. SQLite writes a commit into its log and leaves the rest to us (synchronous
 * = NORMAL): one flush of the log serves every change that was committed before it began, so that
 * those who come together wait together, and nobody else is held up meanwhile. The log is read back
 * only as far as it is whole, so a change on the disk has all earlier ones before it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"

/* Locks of SQLite are on its other files: this descriptor may be closed at any time. */
int store_sync_open(struct store *s, struct fail *f)
{
	autoclean(text_free) char *path = file_join(s->dir, "store.sqlite-wal");
	struct store_sync *y = &s->sync;
	uint64_t number;

	y->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (y->fd < 0)
		return fail_errno(f, ENR_STORE_UNAVAILABLE, "%s", path);
	if (file_sync_folder(path) < 0) /* SQLite would only when it flushes the log itself */
		return fail_errno(f, ENR_STORE_UNAVAILABLE, "sync %s", s->dir);
	y->flush = fdatasync;
	number = store_sync_announce(s);
	store_sync_committed(s, number);
	return store_sync_wait(s, number, f);
}

void store_sync_close(struct store *s)
{
	fd_close(&s->sync.fd);
}

uint64_t store_sync_announce(struct store *s)
{
	uint64_t number;

	pthread_mutex_lock(&s->sync.lock);
	number = ++s->sync.announced;
	pthread_mutex_unlock(&s->sync.lock);
	return number;
}

void store_sync_committed(struct store *s, uint64_t number)
{
	pthread_mutex_lock(&s->sync.lock);
	s->sync.committed = number;
	pthread_cond_broadcast(&s->sync.done);
	pthread_mutex_unlock(&s->sync.lock);
}

uint64_t store_sync_latest(struct store *s)
{
	uint64_t number;

	pthread_mutex_lock(&s->sync.lock);
	number = s->sync.announced;
	pthread_mutex_unlock(&s->sync.lock);
	return number;
}

/* Lock held, given back while the disk works. */
static void flush(struct store_sync *y)
{
	uint64_t until = y->committed;
	int broken;

	y->busy = 1;
	pthread_mutex_unlock(&y->lock);
	broken = y->flush(y->fd) < 0 ? errno : 0;
	pthread_mutex_lock(&y->lock);
	y->busy = 0;
	y->broken = broken;
	if (!broken)
		y->flushed = until;
	pthread_cond_broadcast(&y->done);
}

int store_sync_wait(struct store *s, uint64_t number, struct fail *f)
{
	struct store_sync *y = &s->sync;
	int broken;

	pthread_mutex_lock(&y->lock);
	while (!y->broken && y->flushed < number) {
		if (y->busy || y->committed < number)
			pthread_cond_wait(&y->done, &y->lock);
		else
			flush(y);
	}
	broken = y->broken;
	pthread_mutex_unlock(&y->lock);
	return broken ? fail(f, ENR_STORE_UNAVAILABLE, "%s: the disk: %s", s->dir,
		strerror(broken)) : 0;
}
