#include "client/put.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"

static int fill(int fd, const struct bytes *data, const struct put_meta *m)
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
	if (fchmod(fd, m->mode) < 0 || futimens(fd, times) < 0)
		return -1;
	return fsync(fd);
}

static int put_in_place(const char *path, const struct bytes *data, const struct put_meta *m)
{
	autoclean(fd_close) int fd = open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -1 : fill(fd, data, m);
}

int put_file(const char *path, const struct bytes *data, const struct put_meta *m, struct fail *f)
{
	autoclean(text_free) char *beside = mem_printf("%s.enroll-new", path);
	autoclean(fd_close) int fd = -1;

	if (unlink(beside) < 0 && errno != ENOENT)
		return fail_errno(f, ENR_APPLY_FAILED, "%s", beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(f, ENR_APPLY_FAILED, "write %s", path);
	if (fill(fd, data, m) < 0) {
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

int put_read(const char *path, struct bytes *out, struct put_meta *m, struct fail *f)
{
	autoclean(fd_close) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct fail why = FAIL_INIT;
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
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
