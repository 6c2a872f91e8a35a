/* Entries of security descriptors as SDDL (MS-DTYP 2.5.1.1). */
#include <inttypes.h>

#include "lib/base/clean.h"
#include "lib/wire/secdesc.h"

struct letters {
	uint32_t bit;
	const char *word;
};

static const char *const types[] = {
	[ACE_ALLOW] = "A",
	[ACE_DENY] = "D",
	[ACE_AUDIT] = "AU",
	[ACE_ALLOW_OBJECT] = "OA",
	[ACE_DENY_OBJECT] = "OD",
	[ACE_AUDIT_OBJECT] = "OU",
	[ACE_ALLOW_CALLBACK] = "XA",
	[ACE_DENY_CALLBACK] = "XD",
	[ACE_ALLOW_CALLBACK_OBJECT] = "ZA",
	[ACE_LABEL] = "ML",
};
static const struct letters flags[] = {
	{ ACE_OBJECT_INHERIT, "OI" },
	{ ACE_CONTAINER_INHERIT, "CI" },
	{ ACE_NO_PROPAGATE, "NP" },
	{ ACE_INHERIT_ONLY, "IO" },
	{ ACE_INHERITED, "ID" },
	{ 0x40, "SA" },
	{ 0x80, "FA" },
};
static const struct letters rights[] = {
	{ RIGHT_GENERIC_ALL, "GA" },
	{ RIGHT_GENERIC_READ, "GR" },
	{ RIGHT_GENERIC_WRITE, "GW" },
	{ RIGHT_GENERIC_EXECUTE, "GX" },
	{ RIGHT_READ_PROPERTY, "RP" },
	{ RIGHT_WRITE_PROPERTY, "WP" },
	{ RIGHT_CONTROL_ACCESS, "CR" },
	{ RIGHT_CREATE_CHILD, "CC" },
	{ RIGHT_DELETE_CHILD, "DC" },
	{ RIGHT_LIST, "LC" },
	{ RIGHT_LIST_OBJECT, "LO" },
	{ RIGHT_READ_CONTROL, "RC" },
	{ RIGHT_WRITE_OWNER, "WO" },
	{ RIGHT_WRITE_DACL, "WD" },
	{ RIGHT_DELETE, "SD" },
	{ RIGHT_DELETE_TREE, "DT" },
	{ RIGHT_SELF_WRITE, "SW" },
};

/* The words of the bits; what is left without one. */
static uint32_t words(const struct letters *rows, size_t n, uint32_t bits, struct str *out)
{
	for (size_t i = 0; i < n; i++) {
		if (!(bits & rows[i].bit))
			continue;
		str_text_add(out, rows[i].word);
		bits &= ~rows[i].bit;
	}
	return bits;
}

static void mask_text(uint32_t mask, struct str *out)
{
	uint32_t known = 0;

	for (size_t i = 0; i < ARRAY_LEN(rights); i++)
		known |= rights[i].bit;
	if (mask & ~known)
		str_printf(out, "0x%" PRIx32, mask);
	else
		words(rights, ARRAY_LEN(rights), mask, out);
}

void ace_sddl(const struct ace *a, struct str *out)
{
	char text[SID_TEXT_MAX];

	if (a->type < ARRAY_LEN(types) && types[a->type] != NULL)
		str_printf(out, "(%s;", types[a->type]);
	else
		str_printf(out, "(0x%02x;", a->type);
	words(flags, ARRAY_LEN(flags), a->flags, out);
	str_char(out, ';');
	mask_text(a->mask, out);
	str_char(out, ';');
	if (a->has_object) {
		guid_text(a->object, text);
		str_text_add(out, text);
	}
	str_char(out, ';');
	if (a->has_inherited) {
		guid_text(a->inherited, text);
		str_text_add(out, text);
	}
	sid_text(&a->trustee, text);
	str_printf(out, ";%s%s)", text, a->rest.len ? ";…" : "");
}
