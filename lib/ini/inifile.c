#include "lib/ini/inifile.h"

#include <ini.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

struct seen {
	char *section, *key; /* key NULL: a heading */
	int line;
};

struct reader {
	const char *text;
	size_t len;
	int line;
	int skipping;                       /* below a heading that was wrong */
	char section[INIFILE_NAME_MAX + 1]; /* as its heading said */
	struct seen *seen;
	size_t n_seen;
	int full;
	inifile_visit *visit;
	void *arg;
};

/* inih's switches are variables of its library: set once, before its first use by us. */
static void set_switches(void)
{
	ini_allow_multiline = false;
	ini_allow_bom = false;
	ini_allow_inline_comments = false;
	ini_use_stack = false;
	ini_allow_realloc = true;
	ini_max_line = INIFILE_LINE_MAX + 8;
	ini_initial_alloc = INIFILE_LINE_MAX + 8;
	ini_stop_on_first_error = false;
	ini_allow_no_value = false;
}

static void mistake(struct reader *r, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void mistake(struct reader *r, const char *key, const char *fmt, ...)
{
	char text[256];
	struct inifile_line l = {
		.line = r->line, .section = r->section, .key = key, .problem = text
	};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->visit(&l, r->arg);
}

/* Remembers section and key; 0 if it is new, else the line where it stood before, -1 if full. */
static int remember(struct reader *r, const char *key)
{
	for (size_t i = 0; i < r->n_seen; i++) {
		if (text_equal(r->seen[i].key, key) && text_equal(r->seen[i].section, r->section))
			return r->seen[i].line;
	}
	if (r->n_seen == INIFILE_ENTRIES_MAX) {
		r->full = 1;
		mistake(r, NULL, "the file has more than %d entries", INIFILE_ENTRIES_MAX);
		return -1;
	}
	r->seen = mem_grow(r->seen, r->n_seen + 1, sizeof(*r->seen));
	r->seen[r->n_seen++] = (struct seen){ mem_text(r->section), mem_text(key), r->line };
	return 0;
}

static char *trim(char *t)
{
	size_t n;

	while (*t == ' ')
		t++;
	for (n = strlen(t); n > 0 && t[n - 1] == ' '; n--)
		t[n - 1] = '\0';
	return t;
}

static void squeeze(char *t)
{
	char *to = t;

	for (const char *from = t; *from; from++) {
		if (*from != ' ' || (to > t && to[-1] != ' '))
			*to++ = *from;
	}
	*to = '\0';
}

/* "[name]" without its line end. */
static void read_heading(struct reader *r, char *t)
{
	struct inifile_line l = { .line = r->line, .section = r->section };
	char *end = strchr(t, ']');
	int before;

	r->skipping = 1;
	r->section[0] = '\0';
	if (!end || end[1]) {
		mistake(r, NULL, end ? "text behind the heading" : "the heading lacks its ]");
		return;
	}
	*end = '\0';
	t = trim(t + 1);
	squeeze(t);
	if (!*t || strlen(t) > INIFILE_NAME_MAX) {
		mistake(r, NULL, *t ? "the name of the section is longer than %d octets"
				    : "the section has no name (at most %d octets)",
			INIFILE_NAME_MAX);
		return;
	}
	memcpy(r->section, t, strlen(t) + 1);
	before = remember(r, NULL);
	if (before > 0)
		mistake(r, NULL, "this section is already in line %d", before);
	if (before != 0)
		return;
	r->skipping = 0;
	r->visit(&l, r->arg);
}

/* 1 if inih may have the line: it is key = value, and new. */
static int check_value(struct reader *r, const char *t)
{
	const char *eq = strchr(t, '=');
	size_t n = eq ? (size_t)(eq - t) : 0;
	autoclean(text_free) char *key = NULL;
	int before;

	if (r->skipping)
		return 0;
	while (n > 0 && t[n - 1] == ' ')
		n--;
	if (n == 0) {
		mistake(r, NULL, eq ? "no key in front of =" : "neither [section] nor key = value");
		return 0;
	}
	if (n > INIFILE_NAME_MAX) {
		mistake(r, NULL, "the key is longer than %d octets", INIFILE_NAME_MAX);
		return 0;
	}
	if (memchr(t, ':', n)) {
		mistake(r, NULL, "a : in the key; write key = value");
		return 0;
	}
	key = mem_textn(t, n);
	before = remember(r, key);
	if (before > 0)
		mistake(r, key, "this key is already in line %d", before);
	return before == 0;
}

/* The next line without its end, blanks for tabs; NULL if it cannot be used at all. */
static char *take_line(struct reader *r)
{
	const char *end = memchr(r->text, '\n', r->len);
	size_t n = end ? (size_t)(end - r->text) : r->len;
	const char *from = r->text;
	autoclean(text_free) char *line = NULL;

	r->text += end ? n + 1 : n;
	r->len -= end ? n + 1 : n;
	r->line++;
	if (n > 0 && from[n - 1] == '\r')
		n--;
	if (n > INIFILE_LINE_MAX) {
		mistake(r, NULL, "the line is longer than %d octets", INIFILE_LINE_MAX);
		return NULL;
	}
	if (!text_is_utf8(from, n)) {
		mistake(r, NULL, memchr(from, '\0', n) ? "a NUL character" : "not UTF-8");
		return NULL;
	}
	line = mem_textn(from, n);
	for (size_t i = 0; i < n; i++) {
		if (line[i] == '\t')
			line[i] = ' ';
	}
	if (text_has_control(line, n)) {
		mistake(r, NULL, "a control character");
		return NULL;
	}
	return steal(line);
}

/* What inih asks for: the next line. What it must not see or cannot tell us is a blank line to it.
 */
static char *next_line(char *buf, int size, void *arg)
{
	struct reader *r = arg;
	autoclean(text_free) char *line = NULL;
	char *t;

	if (r->len == 0 || r->full)
		return NULL;
	line = take_line(r);
	t = line ? trim(line) : NULL;
	buf[0] = '\n';
	buf[1] = '\0';
	if (!t || !*t || *t == '#' || *t == ';')
		return buf;
	if (*t == '[')
		read_heading(r, t);
	else if (check_value(r, t))
		snprintf(buf, (size_t)size, "%s\n", t);
	return buf;
}

/* inih never saw a heading, so its own section is "". */
static int take_value(void *arg, const char *section, const char *name, const char *value)
{
	struct reader *r = arg;
	struct inifile_line l = {
		.line = r->line, .section = r->section, .key = name, .value = value
	};

	(void)section;
	r->visit(&l, r->arg);
	return 1;
}

void inifile_read(const char *text, size_t len, inifile_visit *visit, void *arg)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct reader r = { .text = text, .len = len, .visit = visit, .arg = arg };

	pthread_once(&once, set_switches);
	if (len > INIFILE_SIZE_MAX) {
		mistake(&r, NULL, "the file is larger than %d octets", INIFILE_SIZE_MAX);
		return;
	}
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		r.text += 3;
		r.len -= 3;
	}
	if (ini_parse_stream(next_line, &r, take_value, &r) != 0)
		mistake(&r, NULL, "cannot be read");
	for (size_t i = 0; i < r.n_seen; i++) {
		free(r.seen[i].section);
		free(r.seen[i].key);
	}
	free(r.seen);
}
