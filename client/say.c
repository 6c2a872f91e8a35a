#include "client/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define SAY_LABEL 27 /* columns of a step's label */
#define SAY_WORDS 52 /* columns of its words */
#define SAY_LINE 2048

static int silent(const struct say *s)
{
	return s->json || s->quiet;
}

/* A label that stands alone gets its line end before anything else is printed. */
static void end_label(struct say *s)
{
	if (s->colon && !silent(s))
		putchar('\n');
	s->colon = 0;
}

void say_step(struct say *s, const char *label)
{
	if (silent(s))
		return;
	end_label(s);
	printf("%-*s", SAY_LABEL, label);
	fflush(stdout);
	s->colon = 1;
}

void say_done(struct say *s, const char *result, const char *fmt, ...)
{
	char words[SAY_LINE] = "";
	va_list ap;

	if (silent(s))
		return;
	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	if (!s->colon)
		printf("%-*s", SAY_LABEL, "");
	s->colon = 0;
	if (result[0] == '\0')
		printf("%s\n", words);
	else
		printf("%-*s%s%s\n", SAY_WORDS, words, strlen(words) >= SAY_WORDS ? " " : "",
			result);
	fflush(stdout);
}

void say_more(struct say *s, const char *fmt, ...)
{
	char words[SAY_LINE] = "";
	va_list ap;

	if (silent(s))
		return;
	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	end_label(s);
	printf("%-*s%s\n", SAY_LABEL, "", words);
}

void say_line(struct say *s, const char *fmt, ...)
{
	va_list ap;

	if (silent(s))
		return;
	end_label(s);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void say_detail(struct say *s, const char *fmt, ...)
{
	char words[SAY_LINE] = "";
	va_list ap;

	if (!s->verbose)
		return;
	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	say_more(s, "%s", words);
}

void say_section(struct say *s, const char *label, const char *words)
{
	if (silent(s))
		return;
	end_label(s);
	printf("  %-*s%s\n", SAY_LABEL - 2, label, words);
	fflush(stdout);
}

json_t *say_object(const char *kind)
{
	json_t *o = json_object();

	json_object_set_new(o, "kind", json_string(kind));
	json_object_set_new(o, "version", json_integer(1));
	return o;
}

void say_set(json_t *o, const char *key, const char *value)
{
	json_object_set_new(o, key, value ? json_string(value) : json_null());
}

void say_json(json_t *doc)
{
	json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(doc);
}

static int day_number(const struct tm *tm)
{
	struct tm noon = *tm;

	noon.tm_hour = 12;
	noon.tm_min = noon.tm_sec = 0;
	noon.tm_isdst = -1;
	return (int)(mktime(&noon) / 86400);
}

/* "tomorrow, 09:20" in local time; buf is filled and returned. */
static const char *say_when(int64_t t, char *buf, size_t size)
{
	time_t then = (time_t)t, now = (time_t)clock_now();
	struct tm at, today;
	char day[32], hour[16];
	int days;

	localtime_r(&then, &at);
	localtime_r(&now, &today);
	strftime(hour, sizeof(hour), "%H:%M", &at);
	days = day_number(&at) - day_number(&today);
	if (days == 0)
		snprintf(day, sizeof(day), "today");
	else if (days == 1)
		snprintf(day, sizeof(day), "tomorrow");
	else if (days == -1)
		snprintf(day, sizeof(day), "yesterday");
	else
		strftime(day, sizeof(day), "%Y-%m-%d", &at);
	snprintf(buf, size, "%s, %s", day, hour);
	return buf;
}

static const char *const password_words[] = {
	[PASSWORD_UNSAID] = NULL,
	[PASSWORD_UNSENT] = "unused",
	[PASSWORD_GOOD] = "valid",
	[PASSWORD_OURS] = "ours",
	[PASSWORD_DONE] = "done",
	[PASSWORD_SPENT] = "spent",
	[PASSWORD_UNSURE] = "unknown",
};

static void password_line(const struct trouble *t, struct str *out)
{
	char when[64];
	const char *until = NULL;

	/* Today and tomorrow are for those who know what day it is. */
	if (t->valid_until > 0)
		until = t->fail.code == ENR_CLOCK_WRONG ?
			clock_text(t->valid_until, when) :
			say_when(t->valid_until, when, sizeof(when));
	switch (t->password) {
	case PASSWORD_UNSAID:
		return;
	case PASSWORD_UNSENT:
		str_text_add(out, "Your password was not used; it is as good as before.");
		return;
	case PASSWORD_OURS:
		str_printf(out, "Your password stays good for this machine%s%s: it goes on with "
				"the key it has.",
			until ? " until " : "", until ? until : "");
		return;
	case PASSWORD_DONE:
		str_text_add(out, "The server has enrolled it; no password is needed any more.");
		return;
	case PASSWORD_SPENT:
		str_text_add(out, "This password cannot be used any more.");
		return;
	case PASSWORD_UNSURE:
		str_text_add(out, "Whether your password is still good could not be found out; "
				  "this try did not use it up.");
		return;
	case PASSWORD_GOOD:
		break;
	}
	str_printf(out, "Your password stays valid%s%s.", until ? " until " : "",
		until ? until : "");
}

static int is_of_use(enum password_is p)
{
	return p == PASSWORD_GOOD || p == PASSWORD_OURS;
}

static void trouble_json(const struct trouble *t, const struct code_row *row)
{
	char until[CLOCK_TEXT_MAX];
	json_t *details = json_object(), *o = say_object("error");

	say_set(details, "evidence", t->fail.evidence[0] ? t->fail.evidence : NULL);
	say_set(details, "told", t->fail.told[0] ? t->fail.told : NULL);
	say_set(details, "password", password_words[t->password]);
	json_object_set_new(details, "proved", json_boolean(!t->hearsay));
	say_set(details, "valid_until",
		t->valid_until > 0 && is_of_use(t->password) ? clock_text(t->valid_until, until) :
							       NULL);
	say_set(o, "code", code_name(row->code));
	say_set(o, "name", row->word);
	json_object_set_new(details, "retry_after_s",
		t->retry_after > 0 ? json_integer(t->retry_after) : json_null());
	say_set(o, "phase", t->phase);
	json_object_set_new(o, "retry", json_boolean(code_is_transient(row->code)));
	json_object_set_new(o, "exit", json_integer(row->exit));
	say_set(o, "attempt", t->attempt[0] ? t->attempt : NULL);
	say_set(o, "what", row->what);
	say_set(o, "why", row->why[0] ? row->why : NULL);
	say_set(o, "do", row->act);
	json_object_set_new(o, "details", details);
	json_dumpf(o, stderr, JSON_COMPACT | JSON_PRESERVE_ORDER);
	fputc('\n', stderr);
	json_decref(o);
}

/* Several lines under the first, each in its column. */
static void indented(const char *text)
{
	const char *end;

	for (; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		fprintf(stderr, "       %.*s\n", (int)(end - text), text);
	}
}

int say_trouble(struct say *s, const struct trouble *t)
{
	const struct code_row *row = code_row(t->fail.code);
	struct str line = STR_INIT(SAY_LINE);

	if (s->json) {
		trouble_json(t, row);
		return row->exit;
	}
	end_label(s);
	fflush(stdout);
	fprintf(stderr, "error: %s [%s %s]\n", row->what, code_name(row->code), row->word);
	if (t->fail.told[0])
		indented(t->fail.told);
	else if (t->fail.evidence[0])
		indented(t->fail.evidence);
	else
		indented(code_is_servers(row->code) ? "You did nothing wrong." : row->why);
	if (t->hearsay)
		indented("The server says so; it has not proved that it is yours.");
	if (t->retry_after > 0) {
		str_printf(&line, "It asks to wait for %d s.", t->retry_after);
		indented(str_text(&line));
		str_clear(&line);
	}
	password_line(t, &line);
	if (line.len > 0)
		indented(str_text(&line));
	str_free(&line);
	fprintf(stderr, "   do: %s\n", row->act);
	if (t->attempt[0])
		fprintf(stderr, "       attempt %s\n", t->attempt);
	return row->exit;
}
