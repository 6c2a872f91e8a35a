#include "lib/base/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clean.h"

static const struct code_row rows[] = {
#define X(sym, num, word, http, exit, what, what_admin, why, act, act_admin)                       \
	{ ENR_##sym, word, http, exit, what, what_admin, why, act, act_admin },
#include "lib/base/codes.def"
#undef X
};

static const struct {
	enum code code;
	const char *name;
} names[] = {
#define X(sym, num, ...) { ENR_##sym, "ENR-" #num },
#include "lib/base/codes.def"
#undef X
};

static const struct code_row *find_code(enum code code)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

const struct code_row *code_row(enum code code)
{
	const struct code_row *row = find_code(code);

	return row ? row : find_code(ENR_INTERNAL);
}

const struct code_row *code_find(const char *text)
{
	const char *digits = strncasecmp(text, "ENR-", 4) == 0 ? text + 4 : text;
	char *end;
	long n;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcasecmp(text, rows[i].word) == 0)
			return &rows[i];
	if (strlen(digits) != 3)
		return NULL;
	n = strtol(digits, &end, 10);
	return *end == '\0' ? find_code((enum code)n) : NULL;
}

const struct code_row *code_rows(size_t *count)
{
	*count = ARRAY_LEN(rows);
	return rows;
}

const char *code_name(enum code code)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "ENR-901";
}

int code_is_transient(enum code code)
{
	return code_row(code)->exit == EXIT_TRY_AGAIN;
}

int code_is_servers(enum code code)
{
	return (code >= ENR_NAME_INVALID && code < ENR_ALREADY_MEMBER) ||
		(code >= ENR_DIRECTORY_UNREACHABLE && code < ENR_CONFIG_UNREADABLE) ||
		code >= ENR_INTERNAL;
}
