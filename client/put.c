#include "client/put.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"

#define ATTRIBUTE_MAX 65536 /* XATTR_SIZE_MAX, XATTR_LIST_MAX */

/* Access lists, labels and whatever else a file carries beside its mode (xattr(7)). A label that we
 * may not set is the system's to give. */
static int copy_attribute(int from, int to, const char *name)
{
	char value[ATTRIBUTE_MAX];
	ssize_t len = fgetxattr(from, name, value, sizeof(value));

	if (len < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : -1;
	if (fsetxattr(to, name, value, (size_t)len, 0) == 0)
		return 0;
	return errno == ENOTSUP || (errno == EPERM && strncmp(name, "user.", 5) != 0) ? 0 : -1;
}

static int copy_attributes(int from, int to)
{
	char names[ATTRIBUTE_MAX];
	ssize_t len = from < 0 ? 0 : flistxattr(from, names, sizeof(names));

	if (len < 0)
		return errno == ENOTSUP ? 0 : -1;
	for (const char *at = names; at < names + len; at += strlen(at) + 1)
		if (copy_attribute(from, to, at) < 0)
			return -1;
	return 0;
}

/* before: the file in whose place it comes, or -1. */
static int fill(int fd, const struct bytes *data, const struct put_meta *m, int before)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, m->mtime };

	for (size_t done = 0; done < data->len;) {
		ssize_t n = write(fd, data->data + done, data->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	if ((m->uid != (uid_t)-1 || m->gid != (gid_t)-1) && fchown(fd, m->uid, m->gid) < 0)
		return -1;
	if (copy_attributes(before, fd) < 0)
		return -1;
	if (fchmod(fd, m->mode) < 0 || futimens(fd, times) < 0)
		return -1;
	return fsync(fd);
}

static int put_in_place(const char *path, const struct bytes *data, const struct put_meta *m)
{
	autoclean(fd_close) int fd = open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -1 : fill(fd, data, m, -1);
}

int put_file(const char *path, const struct bytes *data, const struct put_meta *m, struct fail *f)
{
	autoclean(text_free) char *beside = mem_printf("%s.enroll-new", path);
	autoclean(fd_close) int before = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	autoclean(fd_close) int fd = -1;

	if (unlink(beside) < 0 && errno != ENOENT)
		return fail_errno(f, ENR_APPLY_FAILED, "%s", beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(f, ENR_APPLY_FAILED, "write %s", path);
	if (fill(fd, data, m, before) < 0) {
		fail_errno(f, ENR_APPLY_FAILED, "write %s", path);
		unlink(beside);
		return -1;
	}
	if (rename(beside, path) < 0) {
		int busy = errno == EBUSY;

		fail_errno(f, ENR_APPLY_FAILED, "write %s", path);
		unlink(beside);
		if (!busy)
			return -1;
		if (put_in_place(path, data, m) < 0)
			return fail_errno(f, ENR_APPLY_FAILED, "write %s", path);
	}
	if (file_sync_folder(path) < 0)
		return fail_errno(f, ENR_APPLY_FAILED, "sync the folder of %s", path);
	return 0;
}

int put_folder(const char *path, mode_t mode, struct fail *f)
{
	struct fail why = FAIL_INIT;

	if (file_mkdirs(path, mode, &why) < 0)
		return fail(f, ENR_APPLY_FAILED, "%s", why.evidence);
	return 0;
}

int put_read(const char *path, struct bytes *out, struct put_meta *m, struct fail *f)
{
	autoclean(fd_close) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct fail why = FAIL_INIT;
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 && errno == ELOOP)
		return fail(f, ENR_APPLY_FAILED, "%s is a symbolic link", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_errno(f, ENR_APPLY_FAILED, "read %s", path);
	if (!S_ISREG(st.st_mode))
		return fail(f, ENR_APPLY_FAILED, "%s is not a regular file", path);
	if (file_read_fd(fd, PUT_MAX, out, &why) < 0)
		return fail(f, ENR_APPLY_FAILED, "%s: %s", path, why.evidence);
	if (m != NULL)
		*m = (struct put_meta){ .mode = st.st_mode & 07777, .uid = st.st_uid,
			.gid = st.st_gid, .mtime = st.st_mtim };
	return 1;
}

int put_remove(const char *path, struct fail *f)
{
	if (unlink(path) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return fail_errno(f, ENR_APPLY_FAILED, "remove %s", path);
	}
	if (file_sync_folder(path) < 0)
		return fail_errno(f, ENR_APPLY_FAILED, "sync the folder of %s", path);
	return 0;
}
