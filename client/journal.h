/* What was changed on this machine, so that it can be put back byte for byte.
 *
 * Before a change its row is written durable (/etc/enroll/before/journal.json), with a copy of what
 * stood there (content, owner, mode, time of change; or that nothing did). A crash between row and
 * change is harmless: putting back what is there already is no change. Undoing goes backwards and
 * strikes each row when its change is undone, so it too goes on after a crash.
 *
 * A file that somebody else changed since is not written over: what we found is put beside it as
 * PATH.before-enroll, and the row stays. Undoing again settles it once the file is back as it was,
 * or once PATH.before-enroll is gone: then the present content is meant to stay. One thread. */
#ifndef CLIENT_JOURNAL_H
#define CLIENT_JOURNAL_H

#include <stddef.h>
#include <sys/types.h>

#include "client/place.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

struct journal;

/* Reads what is there; none is an empty journal. ENR_LOCAL_STATE if it is not readable. The place
 * must live as long. */
int journal_open(const struct place *p, struct journal **out, struct fail *f);
void journal_free(struct journal **j);
size_t journal_count(const struct journal *j);
const struct place *journal_place(const struct journal *j);
int journal_is_live(const struct journal *j);

/* Change a file (absolute, as on the machine; below the place's root; through a symbolic link where
 * place_file says so). mode counts for a file that
 * is not there yet; one that is keeps owner and mode. Missing folders are made (0755). Nothing is
 * written if it has this content already. ENR_APPLY_FAILED. */
int journal_put(struct journal *j, const char *path, const struct bytes *data, mode_t mode,
	struct fail *f);
/* The same for a keytab of which keys of realm are ours, whoever made them: when it is put back,
 * those are no change of somebody else's, so that keys may be renewed meanwhile. */
int journal_put_keytab(struct journal *j, const char *path, const struct bytes *data,
	const char *realm, struct fail *f);
/* A file that a command of ours is about to change, and the same when it has; in between whatever
 * stands there counts as ours. It need not exist, before or after. */
int journal_keep(struct journal *j, const char *path, struct fail *f);
int journal_kept(struct journal *j, const char *path, struct fail *f);
/* A file that a service makes while this machine is a member, and that goes with the membership.
 * One that is there already is somebody else's: nothing happens. */
int journal_trace(struct journal *j, const char *path, struct fail *f);
/* Set the running host name (live places only; else nothing). *set is 0 if the kernel does not let
 * us, as in a container: then only the file counts, from the next start on. */
int journal_host_name(struct journal *j, const char *name, int *set, struct fail *f);
/* A command to run now, and again when everything is put back. Arguments end with NULL; a NULL list
 * means it is not run then (run: that it has none). Where the program is not installed, or the
 * place is not live, nothing is run and 0 comes back with *ran 0. ENR_APPLY_FAILED. */
struct journal_run {
	const char *program;
	const char *const *run; /* now */
	const char *const *first; /* before files are put back; may fail */
	const char *const *back; /* after they are */
};
int journal_command(struct journal *j, const struct journal_run *c, int *ran, struct fail *f);
/* Run it and see: its exit status, or -1 if it does not run. Nothing is noted. */
int journal_ask(const struct journal *j, const char *program, const char *const *run);

/* Read back: every file, and the host name, is as we last set it. ENR_READBACK_DIFFERS names the
 * first that is not. *count gets how many were looked at. */
int journal_check(const struct journal *j, size_t *count, struct fail *f);

/* Put everything back. What could not be is named in left, one path a line; then -1 with
 * ENR_LEFT_PARTLY. 0: all is as it was and the journal is gone. */
int journal_undo(struct journal *j, struct str *left, struct fail *f);
/* One line a change, for people. */
void journal_show(const struct journal *j, struct str *out);

#endif
