#include "client/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/dump.h"
#include "client/journal_private.h"
#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/pki/hash.h"

static const char *const change_words[] = {
	[CHANGE_FILE] = "file",
	[CHANGE_FOLDER] = "folder",
	[CHANGE_HOST_NAME] = "host-name",
	[CHANGE_COMMAND] = "command",
	[CHANGE_TRACE] = "trace",
};

enum change journal_change(const json_t *row)
{
	const char *word = journal_text(row, "change");

	for (size_t i = 1; i < ARRAY_LEN(change_words); i++)
		if (text_equal(word, change_words[i]))
			return (enum change)i;
	return CHANGE_NONE;
}

const char *journal_text(const json_t *row, const char *field)
{
	const char *text = json_string_value(json_object_get(row, field));

	return text ? text : "";
}

char *journal_copy(const struct journal *j, const json_t *row)
{
	autoclean(text_free) char *dir = place_path(j->place, PLACE_BEFORE);

	return mem_printf("%s/%d", dir,
		(int)json_integer_value(json_object_get(row, "number")));
}

char *journal_digest(const struct bytes *data)
{
	struct str hex = STR_INIT(2 * SHA256_LEN);
	uint8_t digest[SHA256_LEN];

	pki_sha256(data->data, data->len, digest);
	hex_add(&hex, digest, sizeof(digest));
	return str_steal(&hex);
}

int journal_wrote(const json_t *row, const char *digest)
{
	const json_t *all = json_object_get(row, "wrote");

	for (size_t i = 0; i < json_array_size(all); i++)
		if (text_equal(json_string_value(json_array_get(all, i)), digest))
			return 1;
	return 0;
}

static json_int_t number_of(const json_t *o, const char *field)
{
	return json_integer_value(json_object_get(o, field));
}

struct put_meta journal_meta(const json_t *was)
{
	return (struct put_meta){
		.mode = (mode_t)number_of(was, "mode") & 07777,
		.uid = (uid_t)number_of(was, "uid"),
		.gid = (gid_t)number_of(was, "gid"),
		.mtime = { .tv_sec = (time_t)number_of(was, "mtime"),
			.tv_nsec = (long)number_of(was, "mtime_ns") },
	};
}

/* A tree of --root may be anybody's: no row leads out of it, or names a file by halves. */
static int leads_out(const json_t *row)
{
	const char *path = journal_text(row, "path");

	if (journal_change(row) == CHANGE_HOST_NAME)
		return 0;
	if (path[0] != '/' || text_has_control(path, strlen(path)))
		return 1;
	for (const char *at = path; at != NULL; at = strchr(at + 1, '/'))
		if (strncmp(at, "/..", 3) == 0 && (at[3] == '/' || at[3] == '\0'))
			return 1;
	return 0;
}

int journal_open(const struct place *p, struct journal **out, struct fail *f)
{
	autoclean(text_free) char *path = place_path(p, JOURNAL_FILE);
	autoclean(bytes_free) struct bytes data = BYTES_INIT;
	autoclean(journal_free) struct journal *j = mem_new(sizeof(*j));
	int there = put_read(path, &data, NULL, f);
	json_error_t why;

	j->place = p;
	if (there < 0)
		return -1;
	j->rows = there ? json_loadb((const char *)data.data, data.len, 0, &why) : json_array();
	if (!json_is_array(j->rows) || json_array_size(j->rows) > JOURNAL_ROWS_MAX)
		return fail(f, ENR_LOCAL_STATE, "%s is not a journal", path);
	for (size_t i = 0; i < json_array_size(j->rows); i++)
		if (journal_change(json_array_get(j->rows, i)) == CHANGE_NONE ||
			leads_out(json_array_get(j->rows, i)))
			return fail(f, ENR_LOCAL_STATE, "%s: row %zu is not understood", path,
				i + 1);
	*out = steal(j);
	return 0;
}

void journal_free(struct journal **j)
{
	if (*j == NULL)
		return;
	json_decref((*j)->rows);
	free(*j);
	*j = NULL;
}

size_t journal_count(const struct journal *j)
{
	return json_array_size(j->rows);
}

const struct place *journal_place(const struct journal *j)
{
	return j->place;
}

int journal_is_live(const struct journal *j)
{
	return j->place->live;
}

int journal_save(struct journal *j, struct fail *f)
{
	autoclean(text_free) char *dir = place_path(j->place, PLACE_BEFORE);
	autoclean(text_free) char *path = place_path(j->place, JOURNAL_FILE);
	autoclean(text_free) char *text = dump_json(j->rows, JSON_INDENT(1));
	struct bytes data = { (uint8_t *)text, text ? strlen(text) : 0 };

	if (put_folder(dir, 0700, f) < 0)
		return -1;
	return put_file(path, &data, &PUT_META(0600), f);
}

/* Row added and durable; it belongs to the journal. Not written: not in the journal either. */
int journal_add(struct journal *j, json_t *row, struct fail *f)
{
	json_array_append_new(j->rows, row);
	if (journal_save(j, f) < 0) {
		json_array_remove(j->rows, json_array_size(j->rows) - 1);
		return -1;
	}
	return 0;
}

static json_t *find_row(const struct journal *j, enum change change, const char *path)
{
	for (size_t i = 0; i < json_array_size(j->rows); i++) {
		json_t *row = json_array_get(j->rows, i);

		if (journal_change(row) == change && text_equal(journal_text(row, "path"), path))
			return row;
	}
	return NULL;
}

static int next_number(const struct journal *j)
{
	int top = 0;

	for (size_t i = 0; i < json_array_size(j->rows); i++) {
		int n = (int)number_of(json_array_get(j->rows, i), "number");

		top = n > top ? n : top;
	}
	return top + 1;
}

/* Folders above path that are missing, outermost first. */
static int make_folders(struct journal *j, const char *path, struct fail *f)
{
	autoclean(text_free) char *part = mem_text(path);

	for (char *p = part + 1; *p; p++) {
		autoclean(text_free) char *full = NULL;

		if (*p != '/')
			continue;
		*p = '\0';
		full = place_path(j->place, part);
		if (file_exists(full) == 0) {
			if (find_row(j, CHANGE_FOLDER, part) == NULL &&
				journal_add(j,
					json_pack("{ssss}", "change", "folder", "path", part),
					f) < 0)
				return -1;
			if (mkdir(full, 0755) < 0 && errno != EEXIST)
				return fail_errno(f, ENR_APPLY_FAILED, "make folder %s", full);
		}
		*p = '/';
	}
	return 0;
}

/* A new row for a file that is about to become digest, so that it is recognised after a crash. */
static json_t *file_row(const struct journal *j, const char *path, const char *digest)
{
	return json_pack("{sssssisns[s]}", "change", "file", "path", path, "number",
		next_number(j), "was", "wrote", digest);
}

/* The copy of what is there now (m NULL: nothing) is durable before the row. row is taken over. */
static int keep_file(struct journal *j, json_t *row, const struct bytes *now,
	const struct put_meta *m, struct fail *f)
{
	autoclean(text_free) char *dir = place_path(j->place, PLACE_BEFORE);
	autoclean(text_free) char *copy = journal_copy(j, row);
	autoclean(text_free) char *digest = NULL;

	if (m == NULL)
		return journal_add(j, row, f);
	digest = journal_digest(now);
	json_object_set_new(row, "was",
		json_pack("{sssisIsIsIsI}", "sha256", digest, "mode", (int)m->mode, "uid",
			(json_int_t)m->uid, "gid", (json_int_t)m->gid, "mtime",
			(json_int_t)m->mtime.tv_sec, "mtime_ns", (json_int_t)m->mtime.tv_nsec));
	if (put_folder(dir, 0700, f) < 0 || put_file(copy, now, &PUT_META(0600), f) < 0) {
		json_decref(row);
		return -1;
	}
	return journal_add(j, row, f);
}

/* The same for a file that has its row. */
static int promise(struct journal *j, json_t *row, const char *digest, struct fail *f)
{
	json_t *wrote = json_object_get(row, "wrote");
	size_t n = json_array_size(wrote);

	if (n > 0 && text_equal(json_string_value(json_array_get(wrote, n - 1)), digest))
		return 0;
	json_array_append_new(wrote, json_string(digest));
	return journal_save(j, f);
}

struct content {
	const struct bytes *data;
	mode_t mode;
	const char *realm; /* of a keytab, else NULL */
};

static int change_file(struct journal *j, const char *path, const struct content *c, struct fail *f)
{
	autoclean(text_free) char *full = place_file(j->place, path);
	const struct bytes *data = c->data;
	autoclean(text_free) char *digest = journal_digest(data);
	autoclean(bytes_wipe) struct bytes now = BYTES_INIT;
	json_t *row = find_row(j, CHANGE_FILE, path);
	struct put_meta m = PUT_META(c->mode);
	int there = put_read(full, &now, &m, f), same;

	if (there < 0)
		return -1;
	same = there && now.len == data->len && memcmp(now.data, data->data, now.len) == 0;
	if (row != NULL) {
		if (promise(j, row, digest, f) < 0)
			return -1;
	} else if (!same) {
		if (make_folders(j, path, f) < 0)
			return -1;
		row = file_row(j, path, digest);
		if (c->realm != NULL)
			json_object_set_new(row, "realm", json_string(c->realm));
		if (keep_file(j, row, &now, there ? &m : NULL, f) < 0)
			return -1;
	}
	if (same)
		return 0;
	m.mtime.tv_nsec = UTIME_OMIT;
	return put_file(full, data, &m, f);
}

int journal_put(struct journal *j, const char *path, const struct bytes *data, mode_t mode,
	struct fail *f)
{
	return change_file(j, path, &(struct content){ data, mode, NULL }, f);
}

int journal_put_keytab(struct journal *j, const char *path, const struct bytes *data,
	const char *realm, struct fail *f)
{
	return change_file(j, path, &(struct content){ data, 0600, realm }, f);
}

int journal_keep(struct journal *j, const char *path, struct fail *f)
{
	autoclean(text_free) char *full = place_file(j->place, path);
	autoclean(bytes_wipe) struct bytes now = BYTES_INIT;
	json_t *row = find_row(j, CHANGE_FILE, path);
	struct put_meta m;
	int there;

	if (row != NULL) {
		json_object_set_new(row, "open", json_true());
		return journal_save(j, f);
	}
	there = put_read(full, &now, &m, f);
	if (there < 0)
		return -1;
	row = json_pack("{sssssisns[]sbsb}", "change", "file", "path", path, "number",
		next_number(j), "was", "wrote", "kept", 1, "open", 1);
	return keep_file(j, row, &now, there ? &m : NULL, f);
}

int journal_kept(struct journal *j, const char *path, struct fail *f)
{
	autoclean(text_free) char *full = place_file(j->place, path);
	autoclean(bytes_wipe) struct bytes now = BYTES_INIT;
	autoclean(text_free) char *digest = NULL;
	json_t *row = find_row(j, CHANGE_FILE, path);
	int there = put_read(full, &now, NULL, f);

	if (there < 0 || row == NULL)
		return there < 0 ? -1 : fail(f, ENR_INTERNAL, "%s was not kept", path);
	digest = there ? journal_digest(&now) : mem_text("");
	json_object_set_new(row, "open", json_false());
	if (promise(j, row, digest, f) < 0)
		return -1;
	return journal_save(j, f);
}

int journal_trace(struct journal *j, const char *path, struct fail *f)
{
	autoclean(text_free) char *full = place_path(j->place, path);

	if (find_row(j, CHANGE_TRACE, path) != NULL || file_exists(full) != 0)
		return 0;
	return journal_add(j, json_pack("{ssss}", "change", "trace", "path", path), f);
}

int journal_host_name(struct journal *j, const char *name, int *set, struct fail *f)
{
	json_t *row = find_row(j, CHANGE_HOST_NAME, "");
	autoclean(text_free) char *before = NULL;
	char now[256] = "";

	*set = 1;
	if (!j->place->live)
		return 0;
	if (gethostname(now, sizeof(now) - 1) < 0)
		return fail_errno(f, ENR_APPLY_FAILED, "read the host name");
	if (text_equal(now, name))
		return 0;
	if (row == NULL) {
		row = json_pack("{ssssssss}", "change", "host-name", "path", "", "was", now,
			"wrote", name);
		if (journal_add(j, row, f) < 0)
			return -1;
	} else {
		before = mem_text(journal_text(row, "wrote"));
		json_object_set_new(row, "wrote", json_string(name));
		if (journal_save(j, f) < 0)
			return -1;
	}
	if (sethostname(name, strlen(name)) == 0)
		return 0;
	if (errno != EPERM)
		return fail_errno(f, ENR_APPLY_FAILED, "set the host name %s", name);
	*set = 0;
	if (before != NULL) /* an earlier change, which stays to be put back */
		json_object_set_new(row, "wrote", json_string(before));
	else
		json_array_remove(j->rows, json_array_size(j->rows) - 1);
	return journal_save(j, f);
}
