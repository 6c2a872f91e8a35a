/* A bounded binary form for our own processes and tokens: big-endian integers and length-prefixed
 * octets, in a fixed order that writer and reader share. The reader treats its input as hostile:
 * any overrun, any length over the caller's limit, any text with a NUL or bad UTF-8 sets `bad`,
 * after which everything reads as zero or empty; check unpack_done() once at the end.
 *
 *	pack_u32(&s, 7); pack_text(&s, name);
 *	unpack_u32(&u); name = unpack_text(&u, 64);   (free() it; NULL was packed as NULL)
 */
#ifndef LIB_BASE_PACK_H
#define LIB_BASE_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

void pack_u8(struct str *s, uint8_t v);
void pack_u32(struct str *s, uint32_t v);
void pack_u64(struct str *s, uint64_t v);
void pack_bytes(struct str *s, const uint8_t *data, size_t len);
void pack_text(struct str *s, const char *t); /* NULL and "" stay different */

struct unpack {
	const uint8_t *data;
	size_t len;
	int bad;
};
#define UNPACK_INIT(data_, len_) ((struct unpack){ (data_), (len_), 0 })

uint8_t unpack_u8(struct unpack *u);
uint32_t unpack_u32(struct unpack *u);
uint64_t unpack_u64(struct unpack *u);
void unpack_bytes(struct unpack *u, size_t max, struct bytes *out);
void unpack_fixed(struct unpack *u, uint8_t *out, size_t len); /* packed with exactly this length */
char *unpack_text(struct unpack *u, size_t max);
/* 1 if nothing was bad and nothing is left over. */
int unpack_done(const struct unpack *u);

#endif
