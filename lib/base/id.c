#include "lib/base/id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/encode.h"

void random_bytes(void *out, size_t len)
{
	uint8_t *p = out;

	while (len > 0) {
		ssize_t n = getrandom(p, len > 256 ? 256 : len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		p += n;
		len -= (size_t)n;
	}
}

static void form(char kind, const uint8_t digits[8], char out[ID_MAX])
{
	size_t at = 0;

	out[at++] = kind;
	for (size_t i = 0; i < 8; i++) {
		if (i % 4 == 0)
			out[at++] = '-';
		out[at++] = base32_alphabet[digits[i]];
	}
	out[at] = '\0';
}

void id_new(char kind, char out[ID_MAX])
{
	uint8_t raw[8];

	random_bytes(raw, sizeof(raw));
	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] &= 31;
	form(kind, raw, out);
}

int id_parse(const char *text, char kind, char out[ID_MAX])
{
	uint8_t digits[8];
	size_t n = 0;

	if ((text[0] & ~0x20) != kind || text[1] != '-')
		return 0;
	for (text += 2; *text; text++) {
		int v = base32_value(*text);

		if (*text == '-' && n == 4 && text[-1] != '-')
			continue;
		if (v < 0 || n == 8)
			return 0;
		digits[n++] = (uint8_t)v;
	}
	if (n != 8)
		return 0;
	form(kind, digits, out);
	return 1;
}
