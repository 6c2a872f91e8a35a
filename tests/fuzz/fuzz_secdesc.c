/* Security descriptors: what parses is written and parsed again to the same; an entry that was
 * added stands there once; the text of entries never overruns. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/wire/secdesc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void sid_round(const struct sid *s)
{
	char text[SID_TEXT_MAX];
	struct sid again;

	sid_text(s, text);
	if (s->len && strncmp(text, "S-1-0x", 6) != 0 &&
		(sid_from_text(text, &again) < 0 || !sid_equal(s, &again)))
		abort();
}

static void add_twice(struct secdesc *s)
{
	struct ace a = { .type = ACE_ALLOW_OBJECT, .mask = RIGHT_CREATE_CHILD, .has_object = 1 };
	size_t before = s->dacl.n;
	int added;

	if (sid_from_text("S-1-5-21-1-2-3-4", &a.trustee) < 0)
		abort();
	added = secdesc_add(s, &a);
	if (secdesc_add(s, &a) != 0 || s->dacl.n != before + (size_t)added)
		abort();
}

static void entries_text(const struct acl *l, struct str *out)
{
	for (size_t i = 0; i < l->n; i++)
		ace_sddl(&l->ace[i], out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT, again = SECDESC_INIT;
	autoclean(bytes_free) struct bytes first = BYTES_INIT, second = BYTES_INIT;
	autoclean(str_free) struct str text = STR_INIT(1 << 20), text2 = STR_INIT(1 << 20);

	if (secdesc_parse(data, len, &s) < 0)
		return 0;
	sid_round(&s.owner);
	entries_text(&s.dacl, &text);
	if (secdesc_write(&s, &first) < 0)
		return 0;
	if (secdesc_parse(first.data, first.len, &again) < 0 || secdesc_write(&again, &second) < 0)
		abort();
	if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
		abort();
	entries_text(&again.dacl, &text2);
	if (strcmp(str_text(&text), str_text(&text2)) != 0)
		abort();
	add_twice(&s);
	return 0;
}
