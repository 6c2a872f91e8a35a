#include "lib/base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clean.h"

int text_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int text_equal_ci(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	for (; *a && ascii_lower(*a) == ascii_lower(*b); a++, b++)
		;
	return ascii_lower(*a) == ascii_lower(*b);
}

/* Length of the well-formed sequence at p (RFC 3629 section 4), 0 if there is none. */
static size_t utf8_sequence(const unsigned char *p, size_t len)
{
	static const struct {
		unsigned char lead_min, lead_max, second_min, second_max;
		size_t n;
	} forms[] = {
		{ 0x01, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (p[0] < forms[i].lead_min || p[0] > forms[i].lead_max)
			continue;
		if (forms[i].n > len)
			return 0;
		if (forms[i].n > 1 && (p[1] < forms[i].second_min || p[1] > forms[i].second_max))
			return 0;
		for (size_t k = 2; k < forms[i].n; k++)
			if (p[k] < 0x80 || p[k] > 0xbf)
				return 0;
		return forms[i].n;
	}
	return 0;
}

int text_is_utf8(const char *data, size_t len)
{
	const unsigned char *p = (const unsigned char *)data;
	size_t n;

	for (; len > 0; p += n, len -= n)
		if ((n = utf8_sequence(p, len)) == 0)
			return 0;
	return 1;
}

int text_has_control(const char *data, size_t len)
{
	const unsigned char *p = (const unsigned char *)data;

	for (size_t i = 0; i < len; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f)
			return 1;
		if (p[i] == 0xc2 && i + 1 < len && p[i + 1] >= 0x80 && p[i + 1] <= 0x9f)
			return 1;
	}
	return 0;
}

static int label_chars(const char *t, size_t len)
{
	if (len < 1 || len > 63 || t[0] == '-' || t[len - 1] == '-')
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!(isascii((unsigned char)t[i]) &&
			    (isalnum((unsigned char)t[i]) || t[i] == '-')))
			return 0;
	return 1;
}

int text_is_label(const char *t)
{
	size_t len = strlen(t);

	return label_chars(t, len) && strspn(t, "0123456789") != len;
}

int text_is_hostname(const char *t)
{
	size_t len = strlen(t);

	if (len < 1 || len > 253)
		return 0;
	for (;;) {
		len = strcspn(t, ".");
		if (!label_chars(t, len))
			return 0;
		if (t[len] == '\0')
			return 1;
		t += len + 1;
	}
}

int text_is_ip(const char *t)
{
	char bare[INET6_ADDRSTRLEN + 1];
	unsigned char addr[16];
	size_t len = strlen(t);

	if (len > 2 && t[0] == '[' && t[len - 1] == ']') {
		t++;
		len -= 2;
	}
	if (len >= sizeof(bare))
		return 0;
	memcpy(bare, t, len);
	bare[len] = '\0';
	return inet_pton(AF_INET, bare, addr) == 1 || inet_pton(AF_INET6, bare, addr) == 1;
}

int text_number(const char *t, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long n;

	if (!isdigit((unsigned char)t[0]) && t[0] != '-')
		return -1;
	errno = 0;
	n = strtoll(t, &end, 10);
	if (errno != 0 || end == t || *end != '\0' || n < min || n > max)
		return -1;
	*out = n;
	return 0;
}

static int64_t unit_seconds(char c)
{
	switch (c) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

int text_duration(const char *t, int64_t *seconds)
{
	int64_t total = 0;

	if (*t == '\0')
		return -1;
	while (*t) {
		int64_t n = 0, unit;
		int digits = 0;

		for (; digits <= 9 && isdigit((unsigned char)*t); t++, digits++)
			n = n * 10 + (*t - '0');
		if (digits < 1 || digits > 9 || (unit = unit_seconds(*t)) == 0)
			return -1;
		total += n * unit;
		if (total > (int64_t)100 * 366 * 86400)
			return -1;
		t++;
	}
	if (total <= 0)
		return -1;
	*seconds = total;
	return 0;
}

const char *text_duration_words(int64_t seconds, char *buf, size_t size)
{
	static const struct {
		int64_t unit;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		long long n = seconds / units[i].unit;

		if (n > 0 || units[i].unit == 1) {
			snprintf(buf, size, "%lld %s%s", n, units[i].name, n == 1 ? "" : "s");
			break;
		}
	}
	return buf;
}

const char *text_quote(const char *t, size_t max, char *buf, size_t size)
{
	size_t at = 0, len = strnlen(t, max + 1);
	int cut = len > max;

	if (size < 6) {
		if (size > 0)
			buf[0] = '\0';
		return buf;
	}
	buf[at++] = '\'';
	for (size_t i = 0; i < (cut ? max : len) && at + 8 < size; i++) {
		unsigned char c = (unsigned char)t[i];

		if (c >= 0x20 && c < 0x7f && c != '\'' && c != '\\')
			buf[at++] = (char)c;
		else
			at += (size_t)snprintf(buf + at, size - at, "\\x%02x", c);
	}
	snprintf(buf + at, size - at, "%s'", cut ? "..." : "");
	return buf;
}

int text_distance(const char *a, const char *b)
{
	size_t la = strnlen(a, 40), lb = strnlen(b, 40);
	int row[41];

	for (size_t j = 0; j <= lb; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= la; i++) {
		int diagonal = row[0];

		row[0] = (int)i;
		for (size_t j = 1; j <= lb; j++) {
			int best = diagonal + (ascii_lower(a[i - 1]) != ascii_lower(b[j - 1]));

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[lb] > 9 ? 9 : row[lb];
}
