/* Bodies of the control socket: any bytes give an object within the limits, or ENR_USAGE; what was
 * taken, written down again, is taken again. */
#include <stdlib.h>
#include <string.h>

#include "agent/ops/control_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int depth_of(const json_t *node)
{
	int deepest = 0;
	const char *key;
	json_t *item;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)node, key, item)
	{
		int d = depth_of(item);

		deepest = d > deepest ? d : deepest;
	}
	json_array_foreach(node, i, item)
	{
		int d = depth_of(item);

		deepest = d > deepest ? d : deepest;
	}
	return deepest + (json_is_object(node) || json_is_array(node));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fail f = FAIL_INIT;
	json_t *in = control_body(data, len, &f), *again;
	char *text;

	if ((in == NULL) != (f.code == ENR_USAGE))
		abort();
	if (in == NULL)
		return 0;
	text = json_dumps(in, JSON_COMPACT);
	again = text ? control_body((const uint8_t *)text, strlen(text), NULL) : NULL;
	if (depth_of(in) > CONTROL_DEPTH_MAX || !again || !json_equal(in, again))
		abort();
	free(text);
	json_decref(again);
	json_decref(in);
	return 0;
}
