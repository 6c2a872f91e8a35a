#include "client/attempts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/str.h"

static void add(const struct place *p, const char *line)
{
	autoclean(text_free) char *path = place_path(p, PLACE_LOG);
	autoclean(bytes_free) struct bytes old = BYTES_INIT;
	autoclean(str_free) struct str text = STR_INIT(PUT_MAX);
	struct bytes data;
	const char *from;

	if (put_read(path, &old, NULL, NULL) < 0)
		return;
	from = (const char *)old.data;
	while (from != NULL && strlen(from) + strlen(line) > ATTEMPTS_MAX) {
		from = strchr(from, '\n');
		from = from ? from + 1 : NULL;
	}
	str_text_add(&text, from ? from : "");
	str_text_add(&text, line);
	data = (struct bytes){ (uint8_t *)text.data, text.len };
	put_file(path, &data, &PUT_META(0600), NULL);
}

void attempts_add(const struct place *p, const char *attempt, const char *fmt, ...)
{
	char when[CLOCK_TEXT_MAX], words[512] = "";
	autoclean(text_free) char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	line = mem_printf("%s  %-11s  %s\n", clock_text(clock_now(), when),
		attempt[0] ? attempt : "-", words);
	add(p, line);
}

void attempts_add_trouble(const struct place *p, const char *server, const struct trouble *t)
{
	const struct code_row *row = code_row(t->fail.code);

	attempts_add(p, t->attempt, "%s  %s  %s %s%s%.300s", server, t->phase ? t->phase : "-",
		code_name(row->code), row->word, t->fail.evidence[0] ? ": " : "",
		t->fail.evidence);
}
