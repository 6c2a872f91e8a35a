#include "agent/ops/control_private.h"

json_t *control_error(const struct fail *f, const char *attempt, json_t *details)
{
	const struct code_row *row = code_row(f->code);

	return json_pack("{s:s, s:i, s:s, s:s, s:n, s:b, s:i, s:s?, s:s, s:s, s:s, s:s, s:o}", "kind",
		"error", "version", 1, "code", code_name(row->code), "name", row->word, "phase",
		"retry", code_is_transient(row->code), "exit", row->exit, "attempt",
		*attempt ? attempt : NULL, "what", *row->what_admin ? row->what_admin : row->what,
		"evidence", f->evidence, "why", row->why, "do", row->act_admin, "details",
		details ? details : json_object());
}
