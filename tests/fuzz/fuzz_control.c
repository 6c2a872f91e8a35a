/* Bodies of the control socket: any bytes give an object within the limits, or ENR_USAGE; what was
 * taken, written down again, is taken again. And its members: each is of its kind, or refused. */
#include <stdlib.h>
#include <string.h>

#include "agent/command_input.h"
#include "agent/ops/control_body.h"
#include "lib/base/clean.h"

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

static void read_members(const json_t *in)
{
	const char *name = NULL;
	struct field_texts groups;
	int64_t seconds = -1, time = -1;
	int dry = -2, vpn = -2;
	const struct field fields[] = {
		{ "name", FIELD_TEXT, 0, &name },
		{ "groups", FIELD_TEXTS, 0, &groups },
		{ "lifetime_s", FIELD_SECONDS, 0, &seconds },
		{ "since", FIELD_TIME, 0, &time },
		{ "dry_run", FIELD_FLAG, 0, &dry },
		{ "vpn", FIELD_TRI, 0, &vpn },
	};
	struct fail f = FAIL_INIT;

	if (input_read(in, fields, ARRAY_LEN(fields), &f) < 0) {
		if (f.code != ENR_USAGE)
			abort();
		return;
	}
	if ((name && (*name == '\0' || strlen(name) > COMMAND_TEXT_MAX)) ||
		groups.n > COMMAND_TEXTS_MAX || seconds < 0 || time < 0 || dry < 0 || dry > 1 ||
		vpn < -1 || vpn > 1)
		abort();
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
	read_members(in);
	json_decref(again);
	json_decref(in);
	return 0;
}
