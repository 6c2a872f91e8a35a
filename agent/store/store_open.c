/* Opening and closing: the folder, the file, the connections, the keys. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/conf/conf.h"
#include "agent/store/store.h"
#include "agent/store/store_sqlite.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"

#define LOCK_WAIT_MS 10000
#define LOCK_PAUSE_MS 20

/* SQLite gives its side files the mode of the database, so it is made first. */
static int make_file(const char *dir, struct fail *f)
{
	autoclean(text_free) char *path = file_join(dir, "store.sqlite");
	autoclean(fd_close) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return fail_errno(f, ENR_STORE_UNAVAILABLE, "%s", path);
	return 0;
}

static int make_folders(const struct store *s, struct fail *f)
{
	struct fail why = FAIL_INIT;

	if (file_mkdirs(s->dir, 0700, &why) < 0 || file_mkdirs(s->keys_dir, 0700, &why) < 0)
		return fail(f, ENR_STORE_UNAVAILABLE, "%s", why.evidence);
	return make_file(s->dir, f);
}

/* Two processes would each take what the other has under way for what a crash left over. One that
 * is about to end is waited for; the lock goes with its process, however that ends. */
static int take_lock(struct store *s, struct fail *f)
{
	const struct timespec pause = { 0, LOCK_PAUSE_MS * 1000000L };

	s->lock = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock < 0)
		return fail_errno(f, ENR_STORE_UNAVAILABLE, "%s", s->dir);
	for (int waited = 0; flock(s->lock, LOCK_EX | LOCK_NB) < 0; waited += LOCK_PAUSE_MS) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail_errno(f, ENR_STORE_UNAVAILABLE, "lock %s", s->dir);
		if (waited >= LOCK_WAIT_MS)
			return fail(f, ENR_STORE_UNAVAILABLE, "%s: another enrolld works on it",
				s->dir);
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* What is kept in memory of what the store says. */
static int read_numbers(struct store *s, struct fail *f)
{
	struct sql q;

	sql_begin(&q, &s->writer, SQL_META_GET);
	sql_put_text(&q, "clock");
	if (sql_number(&q, &s->clock_seen, f) < 0)
		return -1;
	s->clock_written = s->clock_seen;
	sql_begin(&q, &s->writer, SQL_STRAYS);
	return sql_number(&q, &s->strays, f) < 0 ? -1 : 0;
}

static int open_all(struct store *s, struct fail *f)
{
	if (make_folders(s, f) < 0 || take_lock(s, f) < 0 || db_open(&s->writer, s, f) < 0 ||
		store_migrate(&s->writer, f) < 0 || store_keys_open(s, f) < 0 ||
		store_keys_check(s, &s->writer, f) < 0 || read_numbers(s, f) < 0 ||
		store_sync_open(s, f) < 0)
		return -1;
	for (size_t i = 0; i < READERS_MAX; i++) {
		if (db_open(&s->reader[i], s, f) < 0 ||
			db_exec(&s->reader[i], "PRAGMA query_only = ON", f) < 0)
			return -1;
		s->idle[s->n_idle++] = &s->reader[i];
	}
	return 0;
}

struct store *store_open(const struct conf *conf, struct fail *f)
{
	struct store *s = mem_new(sizeof(*s));

	s->lock = s->sync.fd = -1;
	s->dir = mem_text(conf->state_dir);
	s->keys_dir = file_join(conf->state_dir, "keys");
	s->keep_ended = conf->keep_ended;
	s->max_open = conf->max_open_per_identity;
	pthread_mutex_init(&s->write_lock, NULL);
	pthread_mutex_init(&s->read_lock, NULL);
	pthread_cond_init(&s->read_free, NULL);
	pthread_mutex_init(&s->sync.lock, NULL);
	pthread_cond_init(&s->sync.done, NULL);
	if (open_all(s, f) < 0)
		store_close(&s);
	return s;
}

void store_close(struct store **ps)
{
	struct store *s = *ps;

	if (!s)
		return;
	for (size_t i = 0; i < READERS_MAX; i++)
		db_close(&s->reader[i]);
	db_close(&s->writer);
	store_sync_close(s);
	store_keys_close(s);
	pthread_mutex_destroy(&s->write_lock);
	pthread_mutex_destroy(&s->read_lock);
	pthread_cond_destroy(&s->read_free);
	pthread_mutex_destroy(&s->sync.lock);
	pthread_cond_destroy(&s->sync.done);
	fd_close(&s->lock);
	free(s->dir);
	free(s->keys_dir);
	free(s);
	*ps = NULL;
}
