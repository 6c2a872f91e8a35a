#include "client/dump.h"

#include "lib/base/str.h"

#define DUMP_MAX (4u << 20)

static int add(const char *data, size_t len, void *out)
{
	str_add(out, data, len);
	return 0;
}

char *dump_json(const json_t *value, size_t flags)
{
	struct str text = STR_INIT(DUMP_MAX);

	json_dump_callback(value, add, &text, flags);
	return str_steal(&text);
}
