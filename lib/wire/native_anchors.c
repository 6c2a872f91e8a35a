#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/wire/native_private.h"

/* In the order in which they must be written. */
static const struct {
	enum anchor_role role;
	const char *word;
} roles[] = {
	{ ANCHOR_SERVER, "server" },
	{ ANCHOR_DEVICE_CA, "device-ca" },
	{ ANCHOR_DM_SERVER, "dm-server" },
	{ ANCHOR_VPN, "vpn" },
};
#define ROLES_TEXT_MAX 64

static void add_roles(unsigned set, struct str *out)
{
	unsigned known = 0;

	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		known |= roles[i].role;
		if (!(set & roles[i].role))
			continue;
		if (set & (roles[i].role - 1))
			str_char(out, ' ');
		str_text_add(out, roles[i].word);
	}
	if (set == 0 || (set & ~known))
		out->overflow = 1;
}

/* Each set of roles has one spelling, so try all of them: there are fifteen. */
static unsigned read_roles(const char *text)
{
	for (unsigned set = 1; set < 1u << ARRAY_LEN(roles); set++) {
		autoclean(str_free) struct str spelt = STR_INIT(ROLES_TEXT_MAX);

		add_roles(set, &spelt);
		if (text_equal(str_text(&spelt), text))
			return set;
	}
	return 0;
}

static int read_anchor(const struct xml_node *n, struct native_anchor *out, struct fail *f)
{
	const char *text = native_leaf(n, f), *words = xml_attribute_get(n, "roles");

	if (text == NULL)
		return -1;
	if (strcmp(n->name, "anchor") != 0 || words == NULL || n->n_attribute != 1)
		return native_malformed(f, "anchors", "holds something else than <anchor roles>");
	out->roles = read_roles(words);
	if (out->roles == 0)
		return native_malformed(f, n->name, "has roles that are unknown or out of order");
	if (b64_decode(text, strlen(text), NATIVE_ANCHOR_MAX, &out->der) < 0 || out->der.len == 0)
		return native_malformed(f, n->name, "is not base64 of a length that is allowed");
	return 0;
}

static struct native_bootstrapped *message_of(const void *at)
{
	return (struct native_bootstrapped *)((char *)at -
		offsetof(struct native_bootstrapped, anchors));
}

static int read_anchors(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	struct native_bootstrapped *m = message_of(at);

	if (n->n_child < 1 || n->n_child > d->max || !xml_is_blank(n->text))
		return native_malformed(f, n->name, "holds no anchor, too many, or text");
	for (size_t i = 0; i < n->n_child; i++, m->n_anchors++)
		if (read_anchor(n->child[i], &m->anchors[i], f) < 0)
			return -1;
	return 0;
}

static void write_anchors(const void *at, size_t max, struct str *out)
{
	const struct native_bootstrapped *m = message_of(at);

	if (m->n_anchors < 1 || m->n_anchors > max) {
		out->overflow = 1;
		return;
	}
	for (size_t i = 0; i < m->n_anchors; i++) {
		const struct native_anchor *a = &m->anchors[i];
		autoclean(str_free) struct str words = STR_INIT(ROLES_TEXT_MAX);

		add_roles(a->roles, &words);
		if (words.overflow || a->der.len == 0 || a->der.len > NATIVE_ANCHOR_MAX)
			out->overflow = 1;
		str_char(out, '\n');
		xml_open(out, "anchor");
		xml_attr(out, "roles", str_text(&words));
		xml_close_tag(out);
		b64_add(out, a->der.data, a->der.len);
		xml_end(out, "anchor");
	}
	str_char(out, '\n');
}

static void pack_number(struct str *out, size_t n)
{
	pack_u32(out, 4);
	pack_u32(out, (uint32_t)n);
}

static void pack_anchors(const void *at, size_t max, struct str *out)
{
	const struct native_bootstrapped *m = message_of(at);

	(void)max;
	pack_number(out, m->n_anchors);
	for (size_t i = 0; i < m->n_anchors; i++) {
		pack_number(out, m->anchors[i].roles);
		pack_bytes(out, m->anchors[i].der.data, m->anchors[i].der.len);
	}
}

static void clear_anchors(void *at)
{
	struct native_bootstrapped *m = message_of(at);

	for (size_t i = 0; i < NATIVE_ANCHORS_MAX; i++)
		bytes_free(&m->anchors[i].der);
	m->n_anchors = 0;
}

const struct native_kind native_kind_anchors = {
	.read = read_anchors,
	.write = write_anchors,
	.pack = pack_anchors,
	.clear = clear_anchors,
};
