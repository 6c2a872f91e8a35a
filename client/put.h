/* Files of the machine: write whole and durable with owner, mode and times, read with them, remove.
 * Unlike lib/base/file.h the new file's passing name is known beforehand (PATH.enroll-new), so that
 * what a power cut left beside is found and removed. Not for two writers of one path at a time. */
#ifndef CLIENT_PUT_H
#define CLIENT_PUT_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"

#define PUT_MAX (1024 * 1024) /* octets of a file that is kept and restored */

struct put_meta {
	mode_t mode;
	uid_t uid; /* (uid_t)-1, (gid_t)-1: as it comes */
	gid_t gid;
	struct timespec mtime; /* tv_nsec UTIME_OMIT: as it comes */
};
#define PUT_META(mode_)                                                                            \
	((struct put_meta){ .mode = (mode_), .uid = (uid_t)-1, .gid = (gid_t)-1,                   \
		.mtime = { .tv_nsec = UTIME_OMIT } })

/* Beside, fsync, rename, fsync of the folder; the extended attributes (access lists among them) of
 * the file that was there stay. Where a path cannot be renamed over (it is a mount
 * point, as in containers) its content is replaced in place. ENR_APPLY_FAILED. */
int put_file(const char *path, const struct bytes *data, const struct put_meta *m, struct fail *f);
/* The folder with those above it; it may stand already. ENR_APPLY_FAILED. */
int put_folder(const char *path, mode_t mode, struct fail *f);
/* 1 read, 0 not there, -1 ENR_APPLY_FAILED (also: not a regular file, over PUT_MAX). m may be NULL.
 */
int put_read(const char *path, struct bytes *out, struct put_meta *m, struct fail *f);
/* Durable; not being there is no failure. */
int put_remove(const char *path, struct fail *f);

#endif
