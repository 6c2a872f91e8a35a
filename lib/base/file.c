#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clean.h"

int file_read_fd(int fd, size_t max, struct bytes *out, struct fail *f)
{
	size_t room = 4096, len = 0;
	uint8_t *data = mem_new(room);
	ssize_t n;

	for (;;) {
		if (len + 1 >= room) {
			uint8_t *grown = mem_new(room * 2);

			memcpy(grown, data, len);
			mem_wipe(data, room);
			free(data);
			data = grown;
			room *= 2;
		}
		n = read(fd, data + len, room - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (len > max)
			break;
	}
	if (n < 0 || len > max) {
		int failed = n < 0;

		mem_wipe(data, room);
		free(data);
		return failed ? fail_errno(f, ENR_FILE_FAILED, "read")
			      : fail(f, ENR_FILE_FAILED, "larger than %zu octets", max);
	}
	data[len] = '\0';
	bytes_wipe(out);
	out->data = data;
	out->len = len;
	return 0;
}

int file_read(const char *path, size_t max, struct bytes *out, struct fail *f)
{
	/* A pipe that nobody writes to is empty, and not waited for. */
	autoclean(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fcntl(fd, F_SETFL, 0) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "%s", path);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return fail(f, ENR_FILE_FAILED, "%s: is a folder", path);
	if (file_read_fd(fd, max, out, f) < 0)
		return fail_in(f, "%s", path);
	return 0;
}

static int is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_sync_folder(const char *path)
{
	autoclean(text_free) char *dir = mem_text(path);
	char *slash = strrchr(dir, '/');
	autoclean(fd_close) int fd = -1;

	if (slash == dir)
		slash[1] = '\0';
	else if (slash != NULL)
		*slash = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : fsync(fd);
}

/* A new file with the content, durable, beside path; its name in *temp. */
static int write_beside(const char *path, const void *data, size_t len, mode_t mode, char **temp)
{
	autoclean(text_free) char *name = mem_printf("%s.XXXXXX", path);
	autoclean(fd_close) int fd = mkostemp(name, O_CLOEXEC);

	if (fd < 0)
		return -1;
	if ((mode != FILE_OWN && fchmod(fd, mode) < 0) || write_all(fd, data, len) < 0 ||
		fsync(fd) < 0) {
		int saved = errno;

		unlink(name);
		errno = saved;
		return -1;
	}
	*temp = steal(name);
	return 0;
}

int file_write(const char *path, const void *data, size_t len, mode_t mode, struct fail *f)
{
	autoclean(text_free) char *temp = NULL;

	if (write_beside(path, data, len, mode, &temp) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "write %s", path);
	if (rename(temp, path) < 0) {
		fail_errno(f, ENR_FILE_FAILED, "write %s", path);
		unlink(temp);
		return -1;
	}
	if (file_sync_folder(path) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "sync the folder of %s", path);
	return 0;
}

/* There unless something is there already. By a link where there is no such rename (NFS); where
 * there are no links (FAT) there is. */
static int place_new(const char *temp, const char *path)
{
	if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if ((errno != EINVAL && errno != ENOSYS) || link(temp, path) < 0)
		return -1;
	unlink(temp);
	return 0;
}

int file_create(const char *path, const void *data, size_t len, mode_t mode, struct fail *f)
{
	autoclean(text_free) char *temp = NULL;

	if (write_beside(path, data, len, mode, &temp) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "write %s", path);
	if (place_new(temp, path) < 0) {
		fail_errno(f, errno == EEXIST ? ENR_OUTPUT_EXISTS : ENR_FILE_FAILED, "%s", path);
		unlink(temp);
		return -1;
	}
	if (file_sync_folder(path) < 0) {
		fail_errno(f, ENR_FILE_FAILED, "sync the folder of %s", path);
		unlink(path);
		return -1;
	}
	return 0;
}

int file_exists(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

int file_mkdirs(const char *path, mode_t mode, struct fail *f)
{
	autoclean(text_free) char *part = mem_text(path);

	for (char *p = part + 1; *part; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, mode) < 0 && !(errno == EEXIST && is_folder(part)))
			return fail_errno(f, ENR_FILE_FAILED, "make folder %s", part);
		if (c == '\0')
			break;
		*p = c;
	}
	return 0;
}

int file_is_private(const char *path, struct fail *f)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "%s", path);
	if (!S_ISREG(st.st_mode))
		return fail(f, ENR_KEY_FILE, "%s is not a regular file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return fail(f, ENR_KEY_FILE, "%s belongs to uid %u", path, (unsigned)st.st_uid);
	if ((st.st_mode & 077) != 0)
		return fail(f, ENR_KEY_FILE, "%s may be used by others (mode %04o, wanted 0600)",
			path, (unsigned)(st.st_mode & 07777));
	return 0;
}

int file_is_readable(const char *path, struct fail *f)
{
	autoclean(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd >= 0 ? 0 : fail_errno(f, ENR_FILE_FAILED, "%s", path);
}

char *file_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	return mem_printf("%s%s%s", dir, len > 0 && dir[len - 1] == '/' ? "" : "/", name);
}
