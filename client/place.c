#include "client/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

struct place place_of(const char *root)
{
	if (root == NULL || text_equal(root, "/"))
		return (struct place){ .root = "", .live = 1 };
	return (struct place){ .root = root, .live = 0 };
}

int place_check(const struct place *p, struct fail *f)
{
	static const char *const folders[] = { "/etc", PLACE_DIR, PLACE_BEFORE, "/usr",
		"/usr/local", "/usr/local/share", "/usr/local/share/ca-certificates" };

	for (size_t i = 0; i < ARRAY_LEN(folders) && !p->live; i++) {
		autoclean(text_free) char *path = place_path(p, folders[i]);
		struct stat st;

		if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode))
			continue;
		fail(f, ENR_LOCAL_STATE, "%s is a symbolic link", path);
		return fail_told(f, "%s is a symbolic link; below --root none is followed.", path);
	}
	return 0;
}

char *place_path(const struct place *p, const char *absolute)
{
	return mem_printf("%s%s", p->root, absolute);
}

char *place_file(const struct place *p, const char *absolute)
{
	autoclean(text_free) char *path = place_path(p, absolute);
	char *behind = NULL;
	struct stat st;

	if (p->live && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		behind = realpath(path, NULL);
	return behind != NULL ? behind : steal(path);
}

/* What a try that ended early may leave. */
static const char *const traces[] = {
	".", "..", "log", "log.enroll-new", "device.key", "device.key.enroll-new",
	"join.state.enroll-new",
};

int place_traces(const struct place *p)
{
	autoclean(text_free) char *dir = place_path(p, PLACE_DIR);
	DIR *d = opendir(dir);
	struct dirent *e;
	int other = 0;

	if (d == NULL)
		return 0;
	while ((e = readdir(d)) != NULL) { /* cppcheck-suppress readdirCalled; one thread */
		size_t i = 0;

		while (i < ARRAY_LEN(traces) && !text_equal(e->d_name, traces[i]))
			i++;
		other |= i == ARRAY_LEN(traces);
	}
	closedir(d);
	return !other;
}

int place_prepare(const struct place *p, int *made, struct fail *f)
{
	autoclean(text_free) char *dir = place_path(p, PLACE_DIR);
	int there = file_exists(dir);

	if (there == 1) {
		*made = place_traces(p);
		return 0;
	}
	if (put_folder(dir, 0755, f) < 0)
		return -1;
	*made = 1;
	return 0;
}

/* On a machine that runs, a file of root's alone: a folder that everybody may read can be locked by
 * everybody, for as long as they like. Named after this /etc, of which there may be several beside
 * one /run. -1 and errno. */
static int open_live(void)
{
	autoclean(text_free) char *path = NULL;
	struct stat st;

	if (stat("/etc", &st) < 0)
		return -1;
	path = mem_printf("/run/enroll-%jx-%jx.lock", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY, 0600);
}

/* Elsewhere the folder itself, so that nothing is left behind; one that `leave` removed meanwhile
 * is opened anew. Commands inherit the lock: one that outlives an enroll that was killed keeps the
 * next one out until it has changed what it is about to change. */
int place_lock(const struct place *p, struct fail *f)
{
	autoclean(text_free) char *dir = place_path(p, PLACE_DIR);

	for (;;) {
		int live = p->live ? open_live() : -1;
		autoclean(fd_close) int fd = live >= 0 ? live : open(dir, O_RDONLY | O_DIRECTORY);
		struct stat held, now;

		if (fd < 0)
			return fail_errno(f, ENR_LOCAL_STATE, "%s", dir);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			if (errno != EWOULDBLOCK)
				return fail_errno(f, ENR_LOCAL_STATE, "lock %s", dir);
			return fail(f, ENR_JOIN_RUNNING, "%s is locked", dir);
		}
		if (stat(dir, &now) < 0 && live >= 0)
			return fail_errno(f, ENR_LOCAL_STATE, "%s", dir);
		if (live >= 0 || (fstat(fd, &held) == 0 && stat(dir, &now) == 0 &&
			held.st_ino == now.st_ino && held.st_dev == now.st_dev)) {
			int kept = fd;

			fd = -1;
			return kept;
		}
	}
}
