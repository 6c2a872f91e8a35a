#include "agent/command_input.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"

#define SECONDS_MAX (10LL * 366 * 86400)

static int take_text(
	const struct field *field, const json_t *value, const char **to, struct fail *f)
{
	const char *text = json_string_value(value);

	if (text == NULL)
		return fail(f, ENR_USAGE, "%s: not a text", field->name);
	if (strlen(text) > COMMAND_TEXT_MAX)
		return fail(f, ENR_USAGE, "%s: over %d octets", field->name, COMMAND_TEXT_MAX);
	if (*text == '\0' || text_has_control(text, strlen(text)))
		return fail(f, ENR_USAGE, "%s: empty, or with a control character", field->name);
	*to = text;
	return 0;
}

static int read_texts(const struct field *field, const json_t *value, struct fail *f)
{
	struct field_texts *to = field->to;

	to->n = 0;
	if (!json_is_array(value) || json_array_size(value) > COMMAND_TEXTS_MAX)
		return fail(f, ENR_USAGE, "%s: not a list of at most %d texts", field->name,
			COMMAND_TEXTS_MAX);
	for (; to->n < json_array_size(value); to->n++) {
		if (take_text(field, json_array_get(value, to->n), &to->text[to->n], f) < 0)
			return -1;
	}
	return 0;
}

static int read_seconds(const struct field *field, const json_t *value, struct fail *f)
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 1 || n > SECONDS_MAX)
		return fail(f, ENR_USAGE, "%s: not a number of seconds", field->name);
	*(int64_t *)field->to = n;
	return 0;
}

static int read_time(const struct field *field, const json_t *value, struct fail *f)
{
	const char *text = json_string_value(value);
	int64_t t;

	if (text == NULL || clock_parse(text, &t) < 0 || t <= 0)
		return fail(f, ENR_USAGE, "%s: not a time like 2026-11-23T08:20:11Z", field->name);
	*(int64_t *)field->to = t;
	return 0;
}

static int read_member(const struct field *field, const json_t *value, struct fail *f)
{
	switch (field->kind) {
	case FIELD_TEXT:
		return take_text(field, value, field->to, f);
	case FIELD_TEXTS:
		return read_texts(field, value, f);
	case FIELD_SECONDS:
		return read_seconds(field, value, f);
	case FIELD_TIME:
		return read_time(field, value, f);
	case FIELD_FLAG:
	case FIELD_TRI:
		break;
	}
	if (!json_is_boolean(value))
		return fail(f, ENR_USAGE, "%s: not true or false", field->name);
	*(int *)field->to = json_is_true(value);
	return 0;
}

static void read_nothing(const struct field *field)
{
	switch (field->kind) {
	case FIELD_TEXT:
		*(const char **)field->to = NULL;
		break;
	case FIELD_TEXTS:
		((struct field_texts *)field->to)->n = 0;
		break;
	case FIELD_SECONDS:
	case FIELD_TIME:
		*(int64_t *)field->to = 0;
		break;
	case FIELD_FLAG:
		*(int *)field->to = 0;
		break;
	case FIELD_TRI:
		*(int *)field->to = -1;
		break;
	}
}

static int is_known(const char *name, const struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0)
			return 1;
	return 0;
}

int input_read(const json_t *in, const struct field *fields, size_t n, struct fail *f)
{
	const char *name;
	json_t *value;
	char quoted[160];

	json_object_foreach((json_t *)(uintptr_t)in, name, value)
	{
		if (!is_known(name, fields, n))
			return fail(f, ENR_USAGE, "there is no member %s here",
				text_quote(name, 32, quoted, sizeof(quoted)));
	}
	for (size_t i = 0; i < n; i++) {
		value = json_object_get(in, fields[i].name);
		read_nothing(&fields[i]);
		if (value && !json_is_null(value)) {
			if (read_member(&fields[i], value, f) < 0)
				return -1;
		} else if (fields[i].required) {
			return fail(f, ENR_USAGE, "%s is missing", fields[i].name);
		}
	}
	return 0;
}
