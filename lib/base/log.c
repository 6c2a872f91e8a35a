#include "lib/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"

static const char *program = "enrolld";
static enum log_level least = LOG_LEVEL_INFO;
static int to_journal;

void log_open(const char *tag, enum log_level level)
{
	program = tag;
	least = level;
	to_journal = getenv("JOURNAL_STREAM") != NULL;
}

void log_line(enum log_level level, const char *event, const char *fmt, ...)
{
	char line[2048], when[CLOCK_TEXT_MAX];
	int at;
	va_list ap;

	if (level > least)
		return;
	if (to_journal)
		at = snprintf(line, sizeof(line), "%c%d>%s %s ", '<', (int)level, program, event);
	else
		at = snprintf(line, sizeof(line), "%s %s %s ", clock_text(clock_now(), when),
			program, event);
	va_start(ap, fmt);
	vsnprintf(line + at, sizeof(line) - (size_t)at - 1, fmt, ap);
	va_end(ap);
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	at = (int)strlen(line);
	line[at] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)at + 1);
}
