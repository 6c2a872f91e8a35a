#include "agent/ops/control_body.h"

/* Nesting: brackets outside of strings. */
static int is_shallow(const uint8_t *data, size_t len)
{
	int depth = 0, quoted = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t ch = data[i];

		if (quoted && ch == '\\')
			i++;
		else if (ch == '"')
			quoted = !quoted;
		else if (!quoted && (ch == '{' || ch == '['))
			depth++;
		else if (!quoted && (ch == '}' || ch == ']'))
			depth--;
		if (depth > CONTROL_DEPTH_MAX)
			return 0;
	}
	return 1;
}

json_t *control_body(const uint8_t *data, size_t len, struct fail *f)
{
	json_error_t error;
	json_t *in;

	if (len == 0)
		return json_object();
	if (!is_shallow(data, len)) {
		fail(f, ENR_USAGE, "the request nests deeper than %d", CONTROL_DEPTH_MAX);
		return NULL;
	}
	in = json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(in))
		return in;
	fail(f, ENR_USAGE, "the request is not a JSON object%s%s", in ? "" : ": ",
		in ? "" : error.text);
	json_decref(in);
	return NULL;
}
