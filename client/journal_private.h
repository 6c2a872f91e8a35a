/* What journal.c (rows, changes) and journal_undo.c (the way back) share. Never included outside
 * this pair. */
#ifndef CLIENT_JOURNAL_PRIVATE_H
#define CLIENT_JOURNAL_PRIVATE_H

#include <jansson.h>

#include "client/journal.h"
#include "client/put.h"

#define JOURNAL_FILE PLACE_BEFORE "/journal.json"
#define JOURNAL_ROWS_MAX 256

enum change {
	CHANGE_NONE,
	CHANGE_FILE,
	CHANGE_FOLDER,
	CHANGE_HOST_NAME,
	CHANGE_COMMAND,
	CHANGE_TRACE,
};

/* Rows are JSON objects: change, path (file, folder, command, trace), was, wrote, number, offered;
 * of a file that a command changes: kept, open; of a keytab: realm; of a command: run, first, back.
 */
struct journal {
	const struct place *place;
	json_t *rows; /* array, in the order of the changes */
};

/* Durable. */
int journal_save(struct journal *j, struct fail *f);
enum change journal_change(const json_t *row);
const char *journal_text(const json_t *row, const char *field); /* "" if it is not there */
/* Where the copy of what stood at the row's path is; free() it. */
char *journal_copy(const struct journal *j, const json_t *row);
/* SHA-256 in hex; free() it. */
char *journal_digest(const struct bytes *data);
/* 1 if digest is one of those we wrote. */
int journal_wrote(const json_t *row, const char *digest);
struct put_meta journal_meta(const json_t *was);
/* arguments: an array of texts, or nothing. Not installed, or not live: 0. */
int journal_run(const struct place *p, const char *program, const json_t *arguments,
	struct fail *f);
/* Rows, for journal_run.c. Added and durable; row is taken over. */
int journal_add(struct journal *j, json_t *row, struct fail *f);

#endif
