#include "lib/base/pack.h"

#include <string.h>

#include "lib/base/text.h"

#define PACK_NULL 0xffffffffu

void pack_u8(struct str *s, uint8_t v)
{
	str_add(s, &v, 1);
}

void pack_u32(struct str *s, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

	str_add(s, b, sizeof(b));
}

void pack_u64(struct str *s, uint64_t v)
{
	pack_u32(s, (uint32_t)(v >> 32));
	pack_u32(s, (uint32_t)v);
}

void pack_bytes(struct str *s, const uint8_t *data, size_t len)
{
	if (len >= PACK_NULL) {
		s->overflow = 1;
		return;
	}
	pack_u32(s, (uint32_t)len);
	str_add(s, data, len);
}

void pack_text(struct str *s, const char *t)
{
	if (t == NULL)
		pack_u32(s, PACK_NULL);
	else
		pack_bytes(s, (const uint8_t *)t, strlen(t));
}

/* The next n octets, or NULL and bad. */
static const uint8_t *take(struct unpack *u, size_t n)
{
	const uint8_t *at = u->data;

	if (u->bad || n > u->len) {
		u->bad = 1;
		return NULL;
	}
	u->data += n;
	u->len -= n;
	return at;
}

uint8_t unpack_u8(struct unpack *u)
{
	const uint8_t *p = take(u, 1);

	return p ? p[0] : 0;
}

uint32_t unpack_u32(struct unpack *u)
{
	const uint8_t *p = take(u, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

uint64_t unpack_u64(struct unpack *u)
{
	uint64_t high = unpack_u32(u), low = unpack_u32(u);

	return u->bad ? 0 : high << 32 | low;
}

void unpack_bytes(struct unpack *u, size_t max, struct bytes *out)
{
	size_t len = unpack_u32(u);
	const uint8_t *p;

	if (len > max)
		u->bad = 1;
	p = take(u, len);
	if (p != NULL)
		bytes_set(out, p, len);
}

void unpack_fixed(struct unpack *u, uint8_t *out, size_t len)
{
	const uint8_t *p;

	memset(out, 0, len);
	if (unpack_u32(u) != len)
		u->bad = 1;
	p = take(u, len);
	if (p != NULL)
		memcpy(out, p, len);
}

char *unpack_text(struct unpack *u, size_t max)
{
	uint32_t len = unpack_u32(u);
	const uint8_t *p;

	if (u->bad || len == PACK_NULL)
		return NULL;
	if (len > max)
		u->bad = 1;
	p = take(u, len);
	if (p == NULL || !text_is_utf8((const char *)p, len)) {
		u->bad = 1;
		return NULL;
	}
	return mem_textn((const char *)p, len);
}

int unpack_done(const struct unpack *u)
{
	return !u->bad && u->len == 0;
}
