#include "lib/wire/sid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/mem.h"

enum { HEAD = 8,
	COUNT_AT = 1,
	AUTHORITY_AT = 2,
	SUB_MAX = 15 };

static uint32_t sub_authority(const struct sid *s, size_t i)
{
	const uint8_t *p = s->octet + HEAD + 4 * i;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int sid_parse(const uint8_t *data, size_t len, struct sid *out)
{
	size_t need;

	if (len < HEAD || data[0] != 1 || data[COUNT_AT] > SUB_MAX)
		return -1;
	need = HEAD + 4 * (size_t)data[COUNT_AT];
	if (len < need)
		return -1;
	*out = (struct sid){ .len = need };
	memcpy(out->octet, data, need);
	return (int)need;
}

void sid_text(const struct sid *s, char out[SID_TEXT_MAX])
{
	uint64_t authority = 0;
	size_t at;

	out[0] = '\0';
	if (s->len < HEAD)
		return;
	for (size_t i = 0; i < 6; i++)
		authority = authority << 8 | s->octet[AUTHORITY_AT + i];
	/* MS-DTYP 2.4.2.1: decimal below 2^32, else hexadecimal. */
	at = (size_t)snprintf(out, SID_TEXT_MAX,
		authority >> 32 ? "S-1-0x%012" PRIx64 : "S-1-%" PRIu64, authority);
	for (size_t i = 0; i < s->octet[COUNT_AT]; i++)
		at += (size_t)snprintf(
			out + at, SID_TEXT_MAX - at, "-%" PRIu32, sub_authority(s, i));
}

/* One decimal number below 2^32; *t moves behind it. */
static int number(const char **t, uint32_t *out)
{
	uint64_t n = 0;
	size_t digits = strspn(*t, "0123456789");

	if (digits == 0 || digits > 10)
		return -1;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (uint64_t)((*t)[i] - '0');
	if (n > UINT32_MAX)
		return -1;
	*t += digits;
	*out = (uint32_t)n;
	return 0;
}

int sid_from_text(const char *text, struct sid *out)
{
	struct sid s = { .octet = { 1 }, .len = HEAD };
	uint32_t n;

	if (strncmp(text, "S-1-", 4) != 0)
		return -1;
	text += 4;
	if (number(&text, &n) < 0)
		return -1;
	for (int i = 0; i < 4; i++)
		s.octet[AUTHORITY_AT + 2 + i] = (uint8_t)(n >> (24 - 8 * i));
	while (*text == '-') {
		text++;
		if (s.octet[COUNT_AT] == SUB_MAX || number(&text, &n) < 0)
			return -1;
		for (int i = 0; i < 4; i++)
			s.octet[s.len++] = (uint8_t)(n >> (8 * i));
		s.octet[COUNT_AT]++;
	}
	if (*text != '\0')
		return -1;
	*out = s;
	return 0;
}

int sid_equal(const struct sid *a, const struct sid *b)
{
	return a->len == b->len && memcmp(a->octet, b->octet, a->len) == 0;
}

uint32_t sid_last(const struct sid *s)
{
	return s->len > HEAD ? sub_authority(s, s->octet[COUNT_AT] - 1u) : 0;
}

/* Where each octet of the text's order stands on the wire. */
static const uint8_t guid_order[GUID_OCTETS] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14,
	15 };

void guid_text(const uint8_t guid[GUID_OCTETS], char out[GUID_TEXT_MAX])
{
	size_t at = 0;

	for (size_t i = 0; i < GUID_OCTETS; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		snprintf(out + at, GUID_TEXT_MAX - at, "%02x", guid[guid_order[i]]);
		at += 2;
	}
}

int guid_from_text(const char *text, uint8_t out[GUID_OCTETS])
{
	autoclean(bytes_free) struct bytes raw = BYTES_INIT;
	char digits[2 * GUID_OCTETS + 1];
	size_t n = 0;

	if (strlen(text) != GUID_TEXT_MAX - 1)
		return -1;
	for (size_t i = 0; i < GUID_TEXT_MAX - 1; i++) {
		int dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (text[i] == '-'))
			return -1;
		if (!dash)
			digits[n++] = text[i];
	}
	if (hex_decode(digits, n, GUID_OCTETS, &raw) < 0 || raw.len != GUID_OCTETS)
		return -1;
	for (size_t i = 0; i < GUID_OCTETS; i++)
		out[guid_order[i]] = raw.data[i];
	return 0;
}
