#include "ctl/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/when.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"

enum { ERROR_INDENT = 7,
	ERROR_WIDTH = 96 };

const char *doc_text(const json_t *doc, const char *key)
{
	const char *t = json_string_value(json_object_get(doc, key));

	return t ? t : "";
}

const char *doc_item(const json_t *list, size_t i)
{
	const char *t = json_string_value(json_array_get(list, i));

	return t ? t : "";
}

int64_t doc_time(const json_t *doc, const char *key)
{
	int64_t t = 0;

	return clock_parse(doc_text(doc, key), &t) == 0 ? t : 0;
}

int64_t doc_number(const json_t *doc, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(doc, key));
}

int doc_true(const json_t *doc, const char *key)
{
	return json_is_true(json_object_get(doc, key));
}

const json_t *doc_list(const json_t *doc, const char *key)
{
	return json_object_get(doc, key);
}

/* Length of the character at t that a terminal would obey or not show, 0 if it is none: C0, DEL,
 * C1; what turns the direction of writing, ends a line, has no width (UAX #9, UTR #36). */
static size_t unprintable(const char *t)
{
	static const struct {
		const char *lead;
		unsigned char min, max; /* the octet behind it */
	} rows[] = {
		{ "", 0x01, 0x1f },         { "", 0x7f, 0x7f },
		{ "\xc2", 0x80, 0x9f },     { "\xd8", 0x9c, 0x9c },
		{ "\xe2\x80", 0x8b, 0x8f }, { "\xe2\x80", 0xa8, 0xae },
		{ "\xe2\x81", 0xa0, 0xaf }, { "\xef\xbb", 0xbf, 0xbf },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].lead);
		unsigned char last = strncmp(t, rows[i].lead, len) ? 0 : (unsigned char)t[len];

		if (last >= rows[i].min && last <= rows[i].max)
			return len + 1;
	}
	return 0;
}

/* Each of those becomes '?'. */
static json_t *printable_text(const json_t *text)
{
	autoclean(text_free) char *copy =
		mem_textn(json_string_value(text), json_string_length(text));
	size_t to = 0, len;

	for (size_t i = 0; copy[i]; i += len ? len : 1) {
		len = unprintable(copy + i);
		copy[to++] = len ? '?' : copy[i];
	}
	copy[to] = '\0';
	return json_string_nocheck(copy);
}

json_t *doc_printable(const json_t *doc)
{
	json_t *copy, *item;
	const char *key;
	size_t i;

	if (json_is_string(doc))
		return printable_text(doc);
	if (json_is_array(doc)) {
		copy = json_array();
		json_array_foreach((json_t *)(uintptr_t)doc, i, item)
			json_array_append_new(copy, doc_printable(item));
		return copy;
	}
	if (json_is_object(doc)) {
		copy = json_object();
		json_object_foreach((json_t *)(uintptr_t)doc, key, item)
			json_object_set_new_nocheck(copy, key, doc_printable(item));
		return copy;
	}
	return json_deep_copy(doc);
}

/* On a terminal, what json_dumpf would leave as it is goes out as \u…, too. */
static void dump(const json_t *doc, FILE *out, size_t how)
{
	json_dumpf(doc, out, how | (isatty(fileno(out)) ? JSON_ENSURE_ASCII : 0));
	fputc('\n', out);
}

void output_text(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		json_t *line = json_stringn(text, len), *clean = doc_printable(line);

		printf("%s\n", json_string_value(clean));
		json_decref(clean);
		json_decref(line);
		text += len + (text[len] == '\n');
	}
}

static int is_colourful(const struct cmd *c)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return c->out_tty && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

const char *output_bold(const struct cmd *c)
{
	return is_colourful(c) ? "\033[1m" : "";
}

const char *output_plain(const struct cmd *c)
{
	return is_colourful(c) ? "\033[0m" : "";
}

const char *output_time(const struct cmd *c, int64_t t, char *buf)
{
	if (t == 0)
		return "-";
	return c->out_tty ? when_words(t, c->now, buf) : clock_text(t, buf);
}

void output_wrapped(FILE *out, const char *text, int indent, int width)
{
	while (*text) {
		size_t room = (size_t)(width - indent), len = strlen(text), cut = len;

		if (len > room) {
			cut = room;
			while (cut > 0 && text[cut] != ' ')
				cut--;
			if (cut == 0)
				cut = strcspn(text, " ");
		}
		fprintf(out, "%*s%.*s\n", indent, "", (int)cut, text);
		text += cut;
		text += strspn(text, " ");
	}
}

static json_t *error_document(const struct cmd *c, const struct fail *f)
{
	const struct code_row *row = code_row(f->code);
	char help[160];
	const char *act = row->act_admin;

	if (f->code == ENR_USAGE && c->command) {
		snprintf(help, sizeof(help), "see enrollctl %s%s%s --help",
			c->command->noun ? c->command->noun : "", c->command->noun ? " " : "",
			c->command->verb);
		act = help;
	}
	return json_pack("{s:s, s:i, s:s, s:s, s:n, s:b, s:i, s:n, s:s, s:s, s:s, s:s, s:{}}",
		"kind", "error", "version", 1, "code", code_name(row->code), "name", row->word,
		"phase", "retry", code_is_transient(row->code), "exit", row->exit, "attempt",
		"what", *row->what_admin ? row->what_admin : row->what, "evidence", f->evidence,
		"why", row->why, "do", act, "details");
}

static void print_error_text(const json_t *doc, FILE *out)
{
	const char *evidence = doc_text(doc, "evidence");

	fprintf(out, "error: %s [%s %s]\n", doc_text(doc, "what"), doc_text(doc, "code"),
		doc_text(doc, "name"));
	output_wrapped(out, *evidence ? evidence : doc_text(doc, "why"), ERROR_INDENT, ERROR_WIDTH);
	if (*doc_text(doc, "attempt"))
		fprintf(out, "%*sattempt %s\n", ERROR_INDENT, "", doc_text(doc, "attempt"));
	fprintf(out, "   do: %s\n", doc_text(doc, "do"));
}

void output_error(const struct cmd *c, const struct fail *f, const json_t *doc, FILE *out)
{
	json_t *whole = doc ? json_deep_copy(doc) : error_document(c, f);
	json_t *clean;

	if (doc && *f->evidence)
		json_object_set_new(whole, "evidence", json_string(f->evidence));
	clean = doc_printable(whole);
	if (c->format == FORMAT_JSON || c->format == FORMAT_JSONL) {
		dump(whole, out, JSON_COMPACT);
	} else {
		print_error_text(clean, out);
	}
	json_decref(whole);
	json_decref(clean);
}

int output_exit(const struct fail *f, const json_t *doc)
{
	int64_t said = doc_number(doc, "exit");

	if (said >= EXIT_REFUSED && said <= EXIT_PARTLY)
		return (int)said;
	return code_row(f->code)->exit;
}

static void print_lines(const json_t *doc)
{
	json_t *items = json_object_get(doc, "items"), *item;
	size_t i;

	if (!json_is_array(items)) {
		dump(doc, stdout, JSON_COMPACT);
		return;
	}
	json_array_foreach(items, i, item)
		dump(item, stdout, JSON_COMPACT);
}

static void print_names(const struct cmd *c, const json_t *doc)
{
	const char *field = c->command->name_field ? c->command->name_field : "name";
	json_t *items = json_object_get(doc, "items"), *item;
	size_t i;

	if (!json_is_array(items)) {
		if (*doc_text(doc, field))
			printf("%s\n", doc_text(doc, field));
		return;
	}
	json_array_foreach(items, i, item)
		printf("%s\n", doc_text(item, field));
}

int cmd_result(struct cmd *c, const json_t *doc, cmd_render *render, struct fail *f)
{
	json_t *clean;

	switch (c->format) {
	case FORMAT_JSON:
		dump(doc, stdout, JSON_INDENT(2));
		break;
	case FORMAT_JSONL:
		print_lines(doc);
		break;
	case FORMAT_NAME:
		clean = doc_printable(doc);
		print_names(c, clean);
		json_decref(clean);
		break;
	case FORMAT_TABLE:
		clean = doc_printable(doc);
		render(c, clean);
		json_decref(clean);
		break;
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		return fail_errno(f, ENR_FILE_FAILED, "standard output");
	return 0;
}
