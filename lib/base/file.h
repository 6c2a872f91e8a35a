/* Whole files: bounded reads, atomic durable writes. Thread-safe. */
#ifndef LIB_BASE_FILE_H
#define LIB_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"

/* Read all of a regular file (or of descriptor fd) of at most max octets. The data has a NUL behind
 * it that does not count. ENR_FILE_FAILED; a file over max too. *out is replaced. */
int file_read(const char *path, size_t max, struct bytes *out, struct fail *f);
int file_read_fd(int fd, size_t max, struct bytes *out, struct fail *f);

/* As mode of a new file: 0600, or what a file system without modes makes of it. */
#define FILE_OWN 0
/* Write beside, fsync, rename over, fsync the folder: after 0 the new content survives a power cut,
 * after -1 the old content stands, or the new one where only the folder could not be synced. */
int file_write(const char *path, const void *data, size_t len, mode_t mode, struct fail *f);
/* Same, but refuses (ENR_OUTPUT_EXISTS) if path exists; after -1 there is no file of ours. */
int file_create(const char *path, const void *data, size_t len, mode_t mode, struct fail *f);

/* The folder of path: that a name came or went survives a power cut. 0, or -1 and errno. */
int file_sync_folder(const char *path);
/* 1 exists, 0 does not, -1 cannot tell. */
int file_exists(const char *path);
/* mkdir -p with mode for what is made. */
int file_mkdirs(const char *path, mode_t mode, struct fail *f);
/* A secret may be read by its owner alone: regular file, no group or other bits, owned by us or
 * root. */
int file_is_private(const char *path, struct fail *f);
/* It can be opened to be read, as who we are now. */
int file_is_readable(const char *path, struct fail *f);
/* dir + "/" + name; free() it. */
char *file_join(const char *dir, const char *name);

#endif
