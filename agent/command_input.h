/* What a command reads from its request: members to variables, by rows (docs/CONTROL.md). */
#ifndef AGENT_COMMAND_INPUT_H
#define AGENT_COMMAND_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/base/fail.h"

#define COMMAND_TEXT_MAX 1024
#define COMMAND_TEXTS_MAX 64

enum field_kind {
	FIELD_TEXT, /* const char *: borrowed, NULL if absent or null */
	FIELD_FLAG, /* int: 0 if absent */
	FIELD_TRI, /* int: -1 if absent or null */
	FIELD_SECONDS, /* int64_t: 0 if absent; else 1 .. ten years */
	FIELD_TIME, /* int64_t from RFC 3339: 0 if absent */
	FIELD_TEXTS, /* struct field_texts: empty if absent or null */
};
struct field_texts {
	const char *text[COMMAND_TEXTS_MAX]; /* borrowed */
	size_t n;
};
struct field {
	const char *name;
	enum field_kind kind;
	int required;
	void *to;
};
/* Fills what the fields point to; an unknown member or a wrong type is ENR_USAGE. */
int input_read(const json_t *in, const struct field *fields, size_t n, struct fail *f);

#endif
