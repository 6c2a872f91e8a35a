/* Enrolld.Enrollment: the flag that stops a second enrollment until `enroll leave` clears it. */
#include "client/apply.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/id.h"
#include "lib/base/text.h"
#include "lib/wire/wapdoc_names.h"

static int look(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	char id[ID_MAX];
	const char *text;

	if (apply_value(n, WAPDOC_ENROLLMENT_ID, NULL, &text, f) < 0)
		return -1;
	if (!id_parse(text, 'E', id))
		return fail(f, ENR_DOCUMENT_INVALID, "%s is not usable", WAPDOC_ENROLLMENT_ID);
	text_free(&a->state->enrollment);
	a->state->enrollment = mem_text(id);
	return 0;
}

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	autoclean(text_free) char *text = mem_printf("%s\n", a->state->enrollment);
	struct bytes data = { (uint8_t *)text, strlen(text) };

	if (!text_equal(wapdoc_value(n, WAPDOC_ENROLLED), "1")) {
		str_text_add(words, "not set: the document does not ask for it");
		return 0;
	}
	if (journal_put(a->journal, PLACE_ENROLLED, &data, 0644, f) < 0)
		return -1;
	str_text_add(words, "set");
	return 0;
}

const struct section section_enrolled = {
	.type = WAPDOC_ENROLLMENT,
	.name = "Enrollment",
	.label = "Enrolled",
	.look = look,
	.apply = apply,
};
