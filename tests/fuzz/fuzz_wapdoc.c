/* Provisioning documents as text and as they go through the pipe: what is taken must be written,
 * shown and packed, and come back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/wire/wapdoc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void round_trip(const struct wapdoc_node *root)
{
	autoclean(str_free) struct str a = STR_INIT(1 << 24), b = STR_INIT(1 << 24),
				       packed = STR_INIT(1 << 24), shown = STR_INIT(1 << 24);
	autoclean(wapdoc_free) struct wapdoc_node *again = NULL, *unpacked = NULL;

	wapdoc_pack(root, &packed);
	unpacked = wapdoc_unpack((const uint8_t *)packed.data, packed.len, NULL);
	if (unpacked == NULL)
		abort();
	if (wapdoc_write(root, &a) < 0)
		return; /* escaping made it longer than a document may be, or the pipe brought a
			   control */
	again = wapdoc_parse((const uint8_t *)a.data, a.len, NULL);
	if (again == NULL || wapdoc_write(again, &b) < 0 || strcmp(a.data, b.data) != 0)
		abort();
	str_clear(&b);
	if (wapdoc_write(unpacked, &b) < 0 || strcmp(a.data, b.data) != 0)
		abort();
	wapdoc_show(root, &shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoclean(wapdoc_free) struct wapdoc_node *text = wapdoc_parse(data, len, NULL);
	autoclean(wapdoc_free) struct wapdoc_node *pipe = wapdoc_unpack(data, len, NULL);

	if (text != NULL)
		round_trip(text);
	if (pipe != NULL)
		round_trip(pipe);
	return 0;
}
