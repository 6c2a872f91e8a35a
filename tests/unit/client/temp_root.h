/* A machine to change: a folder with the files a machine has. For the tests of client/. */
#ifndef TESTS_UNIT_CLIENT_TEMP_ROOT_H
#define TESTS_UNIT_CLIENT_TEMP_ROOT_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/place.h"
#include "lib/base/file.h"
#include "lib/base/str.h"
#include "lib/pki/hash.h"

struct temp_root {
	char path[64];
	struct place place;
};

static int temp_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void temp_root_free(struct temp_root *t)
{
	nftw(t->path, temp_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void temp_write(const struct temp_root *t, const char *name, const char *text,
	mode_t mode)
{
	char *path = place_path(&t->place, name);

	file_write(path, text, strlen(text), mode, NULL);
	free(path);
}

static inline void temp_read(const struct temp_root *t, const char *name, struct bytes *out)
{
	char *path = place_path(&t->place, name);

	if (file_read(path, 1024 * 1024, out, NULL) < 0)
		bytes_set(out, (const uint8_t *)"", 0);
	free(path);
}

static inline int temp_has(const struct temp_root *t, const char *name)
{
	char *path = place_path(&t->place, name);
	int rc = file_exists(path);

	free(path);
	return rc;
}

static inline void temp_root_make(struct temp_root *t)
{
	struct timespec old[2] = { { 1000000000, 123456789 }, { 1000000000, 123456789 } };
	char *etc, *name;

	snprintf(t->path, sizeof(t->path), "/tmp/e.XXXXXX");
	if (mkdtemp(t->path) == NULL)
		abort();
	t->place = place_of(t->path);
	etc = place_path(&t->place, "/etc/enroll");
	file_mkdirs(etc, 0755, NULL);
	free(etc);
	temp_write(t, "/etc/hostname", "localhost\n", 0640);
	temp_write(t, "/etc/hosts", "127.0.0.1\tlocalhost\n# no newline at the end", 0644);
	name = place_path(&t->place, "/etc/hostname");
	utimensat(AT_FDCWD, name, old, 0);
	free(name);
}

/* Every name, mode, owner, content and (of files) time below the root, as one text. */
static struct str *temp_seen;
static size_t temp_prefix;

static int temp_note(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	str_printf(temp_seen, "%s %o %u", path + temp_prefix, (unsigned)st->st_mode,
		(unsigned)st->st_uid);
	if (type == FTW_F) {
		struct bytes data = BYTES_INIT;
		uint8_t digest[SHA256_LEN];

		file_read(path, 1024 * 1024, &data, NULL);
		pki_sha256(data.data, data.len, digest);
		bytes_free(&data);
		str_printf(temp_seen, " %ld.%09ld ", (long)st->st_mtim.tv_sec,
			st->st_mtim.tv_nsec);
		for (size_t i = 0; i < sizeof(digest); i++)
			str_printf(temp_seen, "%02x", digest[i]);
	}
	str_char(temp_seen, '\n');
	return 0;
}

static int temp_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* free() it. The order of the folder's entries does not show. */
static inline char *temp_snapshot(const struct temp_root *t)
{
	struct str all = STR_INIT(1024 * 1024), sorted = STR_INIT(1024 * 1024);
	char *line[512], *rest, *one;
	size_t n = 0;

	temp_seen = &all;
	temp_prefix = strlen(t->path);
	nftw(t->path, temp_note, 16, FTW_PHYS);
	rest = all.data;
	while (n < 512 && (one = strsep(&rest, "\n")) != NULL)
		line[n++] = one;
	qsort(line, n, sizeof(line[0]), temp_order);
	for (size_t i = 0; i < n; i++)
		str_printf(&sorted, "%s\n", line[i]);
	str_free(&all);
	return str_steal(&sorted);
}

#endif
