#include "lib/base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

/* The character at text: its octets, or 0 if it is none or must not be shown. */
static size_t character(const char *text)
{
	for (size_t n = 1; n <= 4 && text[n - 1]; n++)
		if (text_is_utf8(text, n))
			return text_has_control(text, n) ? 0 : n;
	return 0;
}

/* What stays is UTF-8 without control characters, also where the text was cut. */
static void printable(char *text)
{
	while (*text) {
		size_t n = character(text);

		if (n == 0)
			*text = '?';
		text += n ? n : 1;
	}
}

/* Made aside, because an argument may be the text that is replaced. out has FAIL_EVIDENCE_MAX. */
__attribute__((format(printf, 2, 0)))
static void fill(char *out, const char *fmt, va_list ap)
{
	if (vsnprintf(out, FAIL_EVIDENCE_MAX, fmt, ap) < 0)
		out[0] = '\0';
}

static void put(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%.*s", (int)size - 1, text);
	printable(out);
}

/* "front: back", cut. */
static void put_both(char *out, const char *front, const char *back)
{
	size_t len;

	put(out, FAIL_EVIDENCE_MAX, front);
	len = strlen(out);
	snprintf(out + len, FAIL_EVIDENCE_MAX - len, ": %s", back);
	printable(out);
}

int fail(struct fail *f, enum code code, const char *fmt, ...)
{
	char text[FAIL_EVIDENCE_MAX];
	va_list ap;

	if (f == NULL)
		return -1;
	va_start(ap, fmt);
	fill(text, fmt, ap);
	va_end(ap);
	*f = FAIL_INIT;
	f->code = code;
	put(f->evidence, sizeof(f->evidence), text);
	return -1;
}

int fail_in(struct fail *f, const char *fmt, ...)
{
	char text[FAIL_EVIDENCE_MAX], old[FAIL_EVIDENCE_MAX];
	va_list ap;

	if (f == NULL)
		return -1;
	va_start(ap, fmt);
	fill(text, fmt, ap);
	va_end(ap);
	memcpy(old, f->evidence, sizeof(old));
	put_both(f->evidence, text, old);
	return -1;
}

int fail_told(struct fail *f, const char *fmt, ...)
{
	char text[FAIL_EVIDENCE_MAX];
	va_list ap;

	if (f == NULL)
		return -1;
	va_start(ap, fmt);
	fill(text, fmt, ap);
	va_end(ap);
	put(f->told, sizeof(f->told), text);
	return -1;
}

int fail_errno(struct fail *f, enum code code, const char *fmt, ...)
{
	const char *why = strerror(errno);
	char text[FAIL_EVIDENCE_MAX];
	va_list ap;

	if (f == NULL)
		return -1;
	va_start(ap, fmt);
	fill(text, fmt, ap);
	va_end(ap);
	*f = FAIL_INIT;
	f->code = code;
	put_both(f->evidence, text, why);
	return -1;
}
