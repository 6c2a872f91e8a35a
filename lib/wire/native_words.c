/* Fields that are one word of a few: the words stand in the order of their enum. */
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/pack.h"
#include "lib/wire/native_private.h"

static int read_word(const char *const *words, size_t n, const struct xml_node *node,
	unsigned *value, struct fail *f)
{
	const char *text = native_leaf(node, f);

	if (text == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (words[i] != NULL && strcmp(text, words[i]) == 0) {
			*value = (unsigned)i;
			return 0;
		}
	}
	return native_malformed(f, node->name, "is no word that is known");
}

/* An enum is an int to the tables; the words it may be written as. */
#define WORDS(kind, type, ...) \
	static const char *const kind##_words[] = { __VA_ARGS__ }; \
	static int read_##kind(const struct native_field *d, const struct xml_node *n, void *at, \
		struct fail *f) \
	{ \
		unsigned value = 0; \
		(void)d; \
		if (read_word(kind##_words, ARRAY_LEN(kind##_words), n, &value, f) < 0) \
			return -1; \
		*(type *)at = (type)value; \
		return 0; \
	} \
	static void write_##kind(const void *at, size_t max, struct str *out) \
	{ \
		const char *word = kind##_words[*(const type *)at]; \
		(void)max; \
		if (word == NULL) \
			out->overflow = 1; \
		else \
			str_text_add(out, word); \
	} \
	static void pack_##kind(const void *at, size_t max, struct str *out) \
	{ \
		(void)max; \
		pack_text(out, kind##_words[*(const type *)at]); \
	}

WORDS(eligible, enum answer, [ANSWER_UNKNOWN] = "unsaid", [ANSWER_NO] = "no", [ANSWER_YES] = "yes")
WORDS(purpose, enum native_purpose, [NATIVE_FOR_LEAVE] = "leave")
WORDS(outcome, enum native_outcome, [NATIVE_KEPT] = "kept", [NATIVE_DISABLED] = "disabled",
	[NATIVE_REVOKED] = "revoked", [NATIVE_REMOVED] = "removed", [NATIVE_REPLACED] = "replaced")

static int purpose_is_absent(const void *at)
{
	return *(const enum native_purpose *)at == NATIVE_FOR_ENROLLMENT;
}

const struct native_kind native_kind_eligible = {
	.read = read_eligible, .write = write_eligible, .pack = pack_eligible
};
const struct native_kind native_kind_purpose = {
	.read = read_purpose, .write = write_purpose, .pack = pack_purpose,
	.is_absent = purpose_is_absent
};
const struct native_kind native_kind_outcome = {
	.read = read_outcome, .write = write_outcome, .pack = pack_outcome
};
