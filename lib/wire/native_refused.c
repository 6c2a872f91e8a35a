#include <string.h>

#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/wire/native_private.h"

static struct native_refused *by_code(const void *at)
{
	return (struct native_refused *)((char *)at - offsetof(struct native_refused, code));
}

static struct native_refused *by_mac(const void *at)
{
	return (struct native_refused *)((char *)at - offsetof(struct native_refused, mac));
}

static uint32_t number_of(const struct native_refused *m)
{
	return m->number ? m->number : (uint32_t)m->code;
}

static int read_code(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	const char *text = native_leaf(n, f);
	struct native_refused *m = by_code(at);
	const struct code_row *row;
	int64_t number;

	(void)d;
	if (text == NULL)
		return -1;
	if (strncmp(text, "ENR-", 4) != 0 || strlen(text) != 7 ||
		text_number(text + 4, 100, 999, &number) < 0)
		return native_malformed(f, n->name, "is not ENR- and three digits");
	row = code_find(text);
	m->code = row ? row->code : ENR_INTERNAL;
	m->number = (uint32_t)number;
	return 0;
}

static void write_code(const void *at, size_t max, struct str *out)
{
	uint32_t number = number_of(by_code(at));

	(void)max;
	if (number < 100 || number > 999)
		out->overflow = 1;
	str_printf(out, "ENR-%u", (unsigned)number);
}

static void pack_code(const void *at, size_t max, struct str *out)
{
	(void)max;
	pack_u32(out, 4);
	pack_u32(out, number_of(by_code(at)));
}

const struct native_kind native_kind_code = {
	.read = read_code, .write = write_code, .pack = pack_code
};

static int read_mac(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	if (native_kind_fixed.read(d, n, at, f) < 0)
		return -1;
	by_mac(at)->has_mac = 1;
	return 0;
}

static void write_mac(const void *at, size_t max, struct str *out)
{
	native_kind_fixed.write(at, max, out);
}

static void pack_mac(const void *at, size_t max, struct str *out)
{
	native_kind_fixed.pack(at, max, out);
}

static int mac_is_absent(const void *at)
{
	return !by_mac(at)->has_mac;
}

const struct native_kind native_kind_mac_if = {
	.read = read_mac, .write = write_mac, .pack = pack_mac, .is_absent = mac_is_absent
};
