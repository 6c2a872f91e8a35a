#include "lib/base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

__attribute__((format(printf, 3, 0)))
static void fill(char *out, size_t size, const char *fmt, va_list ap)
{
	if (vsnprintf(out, size, fmt, ap) < 0)
		out[0] = '\0';
	printable(out);
}

int fail(struct fail *f, enum code code, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL)
		return -1;
	*f = FAIL_INIT;
	f->code = code;
	va_start(ap, fmt);
	fill(f->evidence, sizeof(f->evidence), fmt, ap);
	va_end(ap);
	return -1;
}

int fail_in(struct fail *f, const char *fmt, ...)
{
	char old[FAIL_EVIDENCE_MAX];
	va_list ap;
	size_t len;

	if (f == NULL)
		return -1;
	memcpy(old, f->evidence, sizeof(old));
	va_start(ap, fmt);
	fill(f->evidence, sizeof(f->evidence), fmt, ap);
	va_end(ap);
	len = strlen(f->evidence);
	snprintf(f->evidence + len, sizeof(f->evidence) - len, ": %s", old);
	return -1;
}

int fail_told(struct fail *f, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL)
		return -1;
	va_start(ap, fmt);
	fill(f->told, sizeof(f->told), fmt, ap);
	va_end(ap);
	return -1;
}

int fail_errno(struct fail *f, enum code code, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t len;

	if (f == NULL)
		return -1;
	*f = FAIL_INIT;
	f->code = code;
	va_start(ap, fmt);
	fill(f->evidence, sizeof(f->evidence), fmt, ap);
	va_end(ap);
	len = strlen(f->evidence);
	snprintf(f->evidence + len, sizeof(f->evidence) - len, ": %s", strerror(saved));
	return -1;
}
