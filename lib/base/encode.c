#include "lib/base/encode.h"

#include <string.h>

static const char b64_alphabet[65] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const char base32_alphabet[33] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void b64_add(struct str *out, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t v = (uint32_t)data[i] << 16;
		char quad[4];

		if (n > 1)
			v |= (uint32_t)data[i + 1] << 8;
		if (n > 2)
			v |= data[i + 2];
		quad[0] = b64_alphabet[v >> 18];
		quad[1] = b64_alphabet[(v >> 12) & 63];
		quad[2] = n > 1 ? b64_alphabet[(v >> 6) & 63] : '=';
		quad[3] = n > 2 ? b64_alphabet[v & 63] : '=';
		str_add(out, quad, 4);
	}
}

char *b64_text(const uint8_t *data, size_t len)
{
	struct str s = STR_INIT(len / 3 * 4 + 8);

	b64_add(&s, data, len);
	return str_steal(&s);
}

static int b64_value(char c)
{
	const char *at = c ? strchr(b64_alphabet, c) : NULL;

	return at ? (int)(at - b64_alphabet) : -1;
}

/* One group of four; -1, or how many octets it gave. */
static int b64_group(const char *text, int last, uint8_t out[3])
{
	int pad = 0;
	uint32_t v = 0;

	if (last && text[3] == '=')
		pad = text[2] == '=' ? 2 : 1;
	for (int i = 0; i < 4; i++) {
		int digit = i >= 4 - pad ? 0 : b64_value(text[i]);

		if (digit < 0)
			return -1;
		v = v << 6 | (uint32_t)digit;
	}
	if ((pad == 1 && (v & 0xff)) || (pad == 2 && (v & 0xffff)))
		return -1;
	out[0] = (uint8_t)(v >> 16);
	out[1] = (uint8_t)(v >> 8);
	out[2] = (uint8_t)v;
	return 3 - pad;
}

int b64_decode(const char *text, size_t len, size_t max, struct bytes *out)
{
	uint8_t *data;
	size_t at = 0;

	if (len % 4 != 0 || len / 4 * 3 > max + 2)
		return -1;
	data = mem_new(len / 4 * 3 + 1);
	for (size_t i = 0; i < len; i += 4) {
		int n = b64_group(text + i, i + 4 == len, data + at);

		if (n < 0 || at + (size_t)n > max) {
			struct bytes junk = { data, at };

			bytes_wipe(&junk);
			return -1;
		}
		at += (size_t)n;
	}
	bytes_free(out);
	out->data = data;
	out->len = at;
	return 0;
}

static void hex_with(struct str *out, const uint8_t *data, size_t len, const char *digits)
{
	for (size_t i = 0; i < len; i++) {
		str_char(out, digits[data[i] >> 4]);
		str_char(out, digits[data[i] & 15]);
	}
}

void hex_add(struct str *out, const uint8_t *data, size_t len)
{
	hex_with(out, data, len, "0123456789abcdef");
}

void hex_add_upper(struct str *out, const uint8_t *data, size_t len)
{
	hex_with(out, data, len, "0123456789ABCDEF");
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_decode(const char *text, size_t len, size_t max, struct bytes *out)
{
	uint8_t *data;

	if (len % 2 != 0 || len / 2 > max)
		return -1;
	data = mem_new(len / 2 + 1);
	for (size_t i = 0; i < len / 2; i++) {
		int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0) {
			struct bytes junk = { data, i };

			bytes_wipe(&junk);
			return -1;
		}
		data[i] = (uint8_t)(high << 4 | low);
	}
	bytes_free(out);
	out->data = data;
	out->len = len / 2;
	return 0;
}

int base32_value(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		c = '1';
	if (c == 'O')
		c = '0';
	at = c ? strchr(base32_alphabet, c) : NULL;
	return at ? (int)(at - base32_alphabet) : -1;
}
