/* What the directory has still to be told of a record, included by store.h: noted in the
 * transaction that decided it, done when the directory says so. What store.h says of threads,
 * durability and failures holds here too. */
#ifndef AGENT_STORE_STORE_TODO_H
#define AGENT_STORE_STORE_TODO_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/id.h"

struct store;
struct store_actor;

enum todo_work {
	TODO_NONE,
	TODO_DISABLE,
	TODO_ENABLE,
	TODO_SPOIL, /* a machine password that nobody knows */
	TODO_REMOVE,
	TODO_LAST = TODO_REMOVE,
};
/* "disable", "enable", "new-password", "remove". */
const char *todo_work_word(enum todo_work w);

struct store_todo {
	int64_t seq; /* in the order they were decided */
	char record[ID_MAX];
	char *name; /* of the device */
	enum todo_work work;
	int64_t since, due; /* due: not to be tried before */
	int64_t tries; /* failed ones */
	enum code code; /* of the last one */
	char *detail; /* or NULL */
};
struct store_todo_list {
	struct store_todo *item;
	size_t n;
};
void store_todo_list_clear(struct store_todo_list *l);

/* All of a record, in order; NULL: of all records, oldest first. At most max (0: no limit). */
int store_todos(struct store *s, const char *record, size_t max, struct store_todo_list *out,
	struct fail *f);
/* The first of each record, those that are due, fewest tries first. */
int store_todos_due(struct store *s, int64_t now, size_t max, struct store_todo_list *out,
	struct fail *f);
/* It is to be done (again): the object does not stand as the record says. Nothing if it is noted
 * already. */
int store_todo_add(struct store *s, const char *record, enum todo_work work, struct fail *f);
/* The directory knows now; detail goes into the story. */
int store_todo_done(struct store *s, const struct store_todo *t, const char *detail,
	const struct store_actor *by, struct fail *f);
/* It could not be done; to be tried again when due. A failure that is another one than before goes
 * into the story. */
int store_todo_failed(struct store *s, const struct store_todo *t, const struct fail *why,
	int64_t due, struct fail *f);

#endif
