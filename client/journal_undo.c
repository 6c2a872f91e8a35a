#include "client/journal.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/journal_private.h"
#include "client/keytab.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

static int undo_file(struct journal *j, json_t *row, struct str *left, struct fail *f);
static int undo_folder(struct journal *j, json_t *row, struct str *left, struct fail *f);
static int undo_host_name(struct journal *j, json_t *row, struct str *left, struct fail *f);
static int undo_command(struct journal *j, json_t *row, struct str *left, struct fail *f);
static int undo_trace(struct journal *j, json_t *row, struct str *left, struct fail *f);

/* How each kind of change is put back: 1 undone, strike the row; 0 it stays (named in left); -1. */
static int (*const undo[])(struct journal *, json_t *, struct str *, struct fail *) = {
	[CHANGE_FILE] = undo_file,
	[CHANGE_FOLDER] = undo_folder,
	[CHANGE_HOST_NAME] = undo_host_name,
	[CHANGE_COMMAND] = undo_command,
	[CHANGE_TRACE] = undo_trace,
};

static void leave(struct str *left, const char *what)
{
	if (left->len > 0)
		str_char(left, '\n');
	str_text_add(left, what);
}

/* Somebody else's content stays; what we found goes beside it, once. */
static int offer(struct journal *j, json_t *row, struct str *left, struct fail *f)
{
	const char *path = journal_text(row, "path");
	const json_t *was = json_object_get(row, "was");
	autoclean(text_free) char *name = place_path(j->place, path);
	autoclean(text_free) char *beside = mem_printf("%s.before-enroll", name);
	autoclean(text_free) char *copy = journal_copy(j, row);
	autoclean(bytes_wipe) struct bytes data = BYTES_INIT;
	struct put_meta m = journal_meta(was);

	if (json_is_true(json_object_get(row, "offered"))) {
		if (file_exists(beside) == 0)
			return 1;
		leave(left, path);
		return 0;
	}
	if (json_is_object(was)) {
		int there = put_read(copy, &data, NULL, f);

		if (there < 0)
			return -1;
		if (there == 0)
			return fail(f, ENR_LEFT_PARTLY, "the copy of %s is gone", path);
	}
	if (put_file(beside, &data, json_is_object(was) ? &m : &PUT_META(0600), f) < 0)
		return -1;
	json_object_set_new(row, "offered", json_true());
	if (journal_save(j, f) < 0)
		return -1;
	leave(left, path);
	return 0;
}

static int drop_copy(const struct journal *j, const json_t *row, struct fail *f)
{
	autoclean(text_free) char *copy = journal_copy(j, row);
	autoclean(text_free) char *full = place_file(j->place, journal_text(row, "path"));
	autoclean(text_free) char *half = mem_printf("%s.enroll-new", full);

	return put_remove(half, f) < 0 || put_remove(copy, f) < 0 ? -1 : 1;
}

/* Is what stands there now of our making? was: what we found. */
static int is_ours(const json_t *row, const char *digest, const struct bytes *now,
	const struct bytes *was)
{
	const char *realm = journal_text(row, "realm");

	if (json_is_true(json_object_get(row, "open")) || journal_wrote(row, digest))
		return 1;
	return realm[0] != '\0' && now->len > 0 && keytab_is_ours(now, was, realm);
}

/* What we found; 1, or -1. Nothing to read where nothing was. */
static int read_copy(const struct journal *j, const json_t *row, struct bytes *out, struct fail *f)
{
	autoclean(text_free) char *copy = journal_copy(j, row);
	int there;

	if (!json_is_object(json_object_get(row, "was")))
		return 1;
	there = put_read(copy, out, NULL, f);
	if (there == 0)
		return fail(
			f, ENR_LEFT_PARTLY, "the copy of %s is gone", journal_text(row, "path"));
	return there;
}

static int undo_file(struct journal *j, json_t *row, struct str *left, struct fail *f)
{
	const json_t *was = json_object_get(row, "was");
	autoclean(text_free) char *full = place_file(j->place, journal_text(row, "path"));
	autoclean(bytes_wipe) struct bytes now = BYTES_INIT;
	autoclean(bytes_wipe) struct bytes old = BYTES_INIT;
	autoclean(text_free) char *digest = NULL;
	struct put_meta m = journal_meta(was);
	int there = put_read(full, &now, NULL, f), same, rc;

	if (there < 0)
		return -1;
	digest = there ? journal_digest(&now) : mem_text("");
	same = json_is_object(was) ? text_equal(digest, journal_text(was, "sha256")) : !there;
	/* A command that wrote the same again may have changed owner, mode and time. */
	if (same && (!there || !json_is_true(json_object_get(row, "kept"))))
		return drop_copy(j, row, f);
	if (read_copy(j, row, &old, f) < 0)
		return -1;
	if (!same && !is_ours(row, digest, &now, &old)) {
		rc = offer(j, row, left, f);
		return rc == 1 ? drop_copy(j, row, f) : rc;
	}
	if (!json_is_object(was))
		return put_remove(full, f) < 0 ? -1 : drop_copy(j, row, f);
	return put_file(full, &old, &m, f) < 0 ? -1 : drop_copy(j, row, f);
}

static int undo_trace(struct journal *j, json_t *row, struct str *left, struct fail *f)
{
	autoclean(text_free) char *full = place_path(j->place, journal_text(row, "path"));

	(void)left;
	return put_remove(full, f) < 0 ? -1 : 1;
}

static int undo_folder(struct journal *j, json_t *row, struct str *left, struct fail *f)
{
	autoclean(text_free) char *full = place_path(j->place, journal_text(row, "path"));

	(void)left;
	(void)f;
	/* With something of somebody else's in it the folder has a reason to stay. */
	if (rmdir(full) < 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST)
		return fail_errno(f, ENR_LEFT_PARTLY, "remove %s", full);
	return 1;
}

static int undo_host_name(struct journal *j, json_t *row, struct str *left, struct fail *f)
{
	const char *was = journal_text(row, "was");
	char now[256] = "";

	(void)left;
	if (!j->place->live || gethostname(now, sizeof(now) - 1) < 0)
		return 1;
	/* Somebody gave the machine another name since: theirs stays. */
	if (!text_equal(now, journal_text(row, "wrote")))
		return 1;
	if (sethostname(was, strlen(was)) < 0)
		return fail_errno(f, ENR_LEFT_PARTLY, "set the host name %s", was);
	return 1;
}

static int undo_command(struct journal *j, json_t *row, struct str *left, struct fail *f)
{
	const json_t *back = json_object_get(row, "back");

	(void)left;
	if (!json_is_array(back))
		return 1;
	return journal_run(j->place, journal_text(row, "path"), back, f) < 0 ? -1 : 1;
}

/* What has to end before files are put back below it. */
static void run_first(struct journal *j)
{
	for (size_t i = json_array_size(j->rows); i-- > 0;) {
		const json_t *row = json_array_get(j->rows, i);
		const json_t *first = json_object_get(row, "first");

		if (journal_change(row) == CHANGE_COMMAND && json_is_array(first))
			journal_run(j->place, journal_text(row, "path"), first, NULL);
	}
}

/* Backwards; commands come in a second round, when the files they read are back. */
static int undo_round(struct journal *j, int commands, struct str *left, struct fail *f)
{
	for (size_t i = json_array_size(j->rows); i-- > 0;) {
		json_t *row = json_array_get(j->rows, i);
		enum change change = journal_change(row);
		struct fail why = FAIL_INIT;
		int rc;

		if ((change == CHANGE_COMMAND) != commands)
			continue;
		rc = undo[change](j, row, left, &why);
		if (rc < 0) {
			leave(left, journal_text(row, "path"));
			if (f != NULL && f->code == ENR_NONE)
				*f = why;
		}
		if (rc != 1)
			continue;
		json_array_remove(j->rows, i);
		if (journal_save(j, f) < 0)
			return -1;
	}
	return 0;
}

/* The folder of the originals is ours alone; a crash may have left copies without a row. */
static int sweep(const char *dir, struct fail *f)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return errno == ENOENT ? 0 : fail_errno(f, ENR_LEFT_PARTLY, "%s", dir);
	while ((e = readdir(d)) != NULL) /* cppcheck-suppress readdirCalled; one thread */
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	return rmdir(dir) < 0 ? fail_errno(f, ENR_LEFT_PARTLY, "remove %s", dir) : 0;
}

int journal_undo(struct journal *j, struct str *left, struct fail *f)
{
	autoclean(text_free) char *path = place_path(j->place, JOURNAL_FILE);
	autoclean(text_free) char *dir = place_path(j->place, PLACE_BEFORE);
	struct fail first = FAIL_INIT;

	run_first(j);
	if (undo_round(j, 0, left, &first) < 0 || undo_round(j, 1, left, &first) < 0) {
		if (f != NULL)
			*f = first;
		return -1;
	}
	if (json_array_size(j->rows) > 0)
		return fail(f, ENR_LEFT_PARTLY, "%s",
			first.code != ENR_NONE ? first.evidence : "files that were changed since");
	return put_remove(path, f) < 0 ? -1 : sweep(dir, f);
}

int journal_check(const struct journal *j, size_t *count, struct fail *f)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(j->rows); i++) {
		const json_t *row = json_array_get(j->rows, i);
		const json_t *wrote = json_object_get(row, "wrote");
		const char *path = journal_text(row, "path");
		autoclean(text_free) char *full = place_file(j->place, path);
		autoclean(bytes_wipe) struct bytes now = BYTES_INIT;
		autoclean(text_free) char *digest = NULL;
		char name[256] = "";

		if (journal_change(row) == CHANGE_HOST_NAME) {
			n++;
			if (j->place->live && gethostname(name, sizeof(name) - 1) == 0 &&
				!text_equal(name, json_string_value(wrote)))
				return fail(f, ENR_READBACK_DIFFERS, "the host name is %s", name);
		}
		/* A keytab may be renewed; what it has to have is looked at elsewhere. */
		if (journal_change(row) != CHANGE_FILE || json_array_size(wrote) == 0 ||
			json_object_get(row, "realm") != NULL)
			continue;
		n++;
		if (put_read(full, &now, NULL, f) < 0)
			return -1;
		digest = now.data ? journal_digest(&now) : mem_text("");
		if (!text_equal(digest,
			    json_string_value(json_array_get(wrote, json_array_size(wrote) - 1))))
			return fail(f, ENR_READBACK_DIFFERS, "%s is not as it was written", path);
	}
	*count = n;
	return 0;
}

void journal_show(const struct journal *j, struct str *out)
{
	for (size_t i = 0; i < json_array_size(j->rows); i++) {
		const json_t *row = json_array_get(j->rows, i);
		const json_t *was = json_object_get(row, "was");
		const char *path = journal_text(row, "path");

		switch (journal_change(row)) {
		case CHANGE_FILE:
			str_printf(out, "  %s %s\n", json_is_object(was) ? "put back" : "remove  ",
				path);
			break;
		case CHANGE_FOLDER:
			str_printf(out, "  remove   %s/\n", path);
			break;
		case CHANGE_HOST_NAME:
			str_printf(out, "  rename   this machine back to %s\n",
				journal_text(row, "was"));
			break;
		case CHANGE_TRACE:
			str_printf(out, "  remove   %s\n", path);
			break;
		case CHANGE_COMMAND:
			str_printf(out, "  run      %s\n", path);
			break;
		case CHANGE_NONE:
			break;
		}
	}
}
