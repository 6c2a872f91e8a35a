/* The reader of our own binary form. The first octets choose what is read; nothing may be read past
 * the end, and after `bad` everything is empty. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { STEPS = 16, ITEM_MAX = 64 };

static void step(struct unpack *u, unsigned what)
{
	autoclean(bytes_free) struct bytes b = BYTES_INIT;
	autoclean(text_free) char *t = NULL;
	uint8_t fixed[8];
	int was_bad = u->bad;
	uint64_t n = 0;

	switch (what % 6) {
	case 0: n = unpack_u8(u); break;
	case 1: n = unpack_u32(u); break;
	case 2: n = unpack_u64(u); break;
	case 3: unpack_bytes(u, ITEM_MAX, &b); break;
	case 4: unpack_fixed(u, fixed, sizeof(fixed)); break;
	default: t = unpack_text(u, ITEM_MAX); break;
	}
	if (b.len > ITEM_MAX || (t != NULL && strlen(t) > ITEM_MAX))
		abort();
	if (was_bad && (n != 0 || b.len > 0 || t != NULL || !u->bad))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct unpack u;

	if (len < STEPS)
		return 0;
	u = UNPACK_INIT(data + STEPS, len - STEPS);
	for (size_t i = 0; i < STEPS; i++)
		step(&u, data[i]);
	if (unpack_done(&u) && u.len != 0)
		abort();
	return 0;
}
