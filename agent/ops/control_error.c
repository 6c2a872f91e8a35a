#include <string.h>

#include "agent/ops/control_private.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

json_t *control_text(const char *text)
{
	autoclean(text_free) char *copy = NULL;

	if (text == NULL)
		return json_null();
	if (text_is_utf8(text, strlen(text)))
		return json_string_nocheck(text);
	copy = mem_text(text);
	for (char *p = copy; *p; p++)
		*p = (unsigned char)*p < 0x80 ? *p : '?';
	return json_string_nocheck(copy);
}

json_t *control_error(const struct fail *f, struct control_call *call)
{
	const struct code_row *row = code_row(f->code);
	json_t *details = call ? call->details : NULL;
	const char *attempt = call && *call->attempt ? call->attempt : NULL;

	if (call)
		call->details = NULL;
	return json_pack("{s:s, s:i, s:s, s:s, s:n, s:b, s:i, s:s?, s:s, s:o, s:s, s:s, s:o}",
		"kind", "error", "version", 1, "code", code_name(row->code), "name", row->word,
		"phase", "retry", code_is_transient(row->code), "exit",
		call && call->exit ? call->exit : row->exit, "attempt", attempt, "what",
		*row->what_admin ? row->what_admin : row->what, "evidence",
		control_text(f->evidence), "why", row->why, "do", row->act_admin, "details",
		details ? details : json_object());
}
