#include "lib/wire/secdesc.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"

enum { HEAD = 20,
	ACL_HEAD = 8,
	ACE_HEAD = 4,
	ACL_MAX = 65535 };
enum { OBJECT_PRESENT = 1,
	INHERITED_PRESENT = 2 };
enum { ACL_REVISION = 2,
	ACL_REVISION_OBJECTS = 4 };

/* What stands behind the header of an entry, by type; types that are missing are kept as they are.
 */
enum form { FORM_UNKNOWN,
	FORM_PLAIN,
	FORM_OBJECT };
static const uint8_t forms[] = {
	[ACE_ALLOW] = FORM_PLAIN,
	[ACE_DENY] = FORM_PLAIN,
	[ACE_AUDIT] = FORM_PLAIN,
	[ACE_ALLOW_OBJECT] = FORM_OBJECT,
	[ACE_DENY_OBJECT] = FORM_OBJECT,
	[ACE_AUDIT_OBJECT] = FORM_OBJECT,
	[ACE_ALLOW_CALLBACK] = FORM_PLAIN,
	[ACE_DENY_CALLBACK] = FORM_PLAIN,
	[ACE_ALLOW_CALLBACK_OBJECT] = FORM_OBJECT,
	[ACE_DENY_CALLBACK_OBJECT] = FORM_OBJECT,
	[ACE_LABEL] = FORM_PLAIN,
};

static enum form form_of(uint8_t type)
{
	return type < ARRAY_LEN(forms) ? forms[type] : FORM_UNKNOWN;
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

/* --- reading ------------------------------------------------------------------------- */

/* The GUIDs of an object ACE; the octets they took, or -1. */
static int parse_types(const uint8_t *p, size_t len, struct ace *a)
{
	size_t at = 4;
	uint32_t which;

	if (len < at)
		return -1;
	which = get32(p);
	if (which & ~(uint32_t)(OBJECT_PRESENT | INHERITED_PRESENT))
		return -1;
	a->has_object = (which & OBJECT_PRESENT) != 0;
	a->has_inherited = (which & INHERITED_PRESENT) != 0;
	if (len < at + GUID_OCTETS * (size_t)(a->has_object + a->has_inherited))
		return -1;
	if (a->has_object) {
		memcpy(a->object, p + at, GUID_OCTETS);
		at += GUID_OCTETS;
	}
	if (a->has_inherited) {
		memcpy(a->inherited, p + at, GUID_OCTETS);
		at += GUID_OCTETS;
	}
	return (int)at;
}

/* One entry of exactly len octets. a owns nothing yet. */
static int parse_ace(const uint8_t *p, size_t len, struct ace *a)
{
	size_t at = ACE_HEAD;
	enum form form;
	int took;

	*a = (struct ace){ .type = p[0], .flags = p[1] };
	form = form_of(a->type);
	if (form != FORM_UNKNOWN) {
		if (len < at + 4)
			return -1;
		a->mask = get32(p + at);
		at += 4;
		if (form == FORM_OBJECT) {
			took = parse_types(p + at, len - at, a);
			if (took < 0)
				return -1;
			at += (size_t)took;
		}
		took = sid_parse(p + at, len - at, &a->trustee);
		if (took < 0)
			return -1;
		at += (size_t)took;
	}
	bytes_set(&a->rest, p + at, len - at);
	return 0;
}

static void acl_clear(struct acl *l)
{
	for (size_t i = 0; i < l->n; i++)
		bytes_free(&l->ace[i].rest);
	free(l->ace);
	*l = (struct acl){ .present = 0 };
}

static int parse_acl(const uint8_t *p, size_t len, struct acl *out)
{
	size_t size, count, at = ACL_HEAD;

	if (len < ACL_HEAD)
		return -1;
	size = get16(p + 2);
	count = get16(p + 4);
	if (size < ACL_HEAD || size > len || count > (size - ACL_HEAD) / ACE_HEAD)
		return -1;
	out->revision = p[0];
	out->ace = mem_array(count + 1, sizeof(*out->ace));
	for (size_t i = 0; i < count; i++) {
		size_t ace_len;

		if (size - at < ACE_HEAD)
			return -1;
		ace_len = get16(p + at + 2);
		if (ace_len < ACE_HEAD || ace_len % 4 != 0 || ace_len > size - at ||
			parse_ace(p + at, ace_len, &out->ace[out->n]) < 0)
			return -1;
		out->n++;
		at += ace_len;
	}
	return 0;
}

/* The list that the header at `at` points to, if the control bit says there is one. */
static int parse_list(const uint8_t *data, size_t len, size_t at, int present, struct acl *out)
{
	uint32_t offset = get32(data + at);

	if (!present)
		return 0;
	out->present = 1;
	out->null = offset == 0;
	if (out->null)
		return 0;
	if (offset < HEAD || offset > len)
		return -1;
	return parse_acl(data + offset, len - offset, out);
}

static int parse_sid(const uint8_t *data, size_t len, size_t at, struct sid *out)
{
	uint32_t offset = get32(data + at);

	if (offset == 0)
		return 0;
	if (offset < HEAD || offset > len)
		return -1;
	return sid_parse(data + offset, len - offset, out) < 0 ? -1 : 0;
}

int secdesc_parse(const uint8_t *data, size_t len, struct secdesc *out)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;

	if (len < HEAD || len > SECDESC_OCTETS_MAX || data[0] != 1)
		return -1;
	s.control = get16(data + 2);
	if (!(s.control & SECDESC_SELF_RELATIVE))
		return -1;
	if (parse_sid(data, len, 4, &s.owner) < 0 || parse_sid(data, len, 8, &s.group) < 0 ||
		parse_list(data, len, 12, s.control & SECDESC_SACL_PRESENT, &s.sacl) < 0 ||
		parse_list(data, len, 16, s.control & SECDESC_DACL_PRESENT, &s.dacl) < 0)
		return -1;
	secdesc_clear(out);
	*out = s;
	s = SECDESC_INIT;
	return 0;
}

void secdesc_clear(struct secdesc *s)
{
	acl_clear(&s->sacl);
	acl_clear(&s->dacl);
	*s = SECDESC_INIT;
}

/* --- writing ------------------------------------------------------------------------- */

static void put16(struct str *out, size_t v)
{
	str_add(out, (uint8_t[]){ (uint8_t)v, (uint8_t)(v >> 8) }, 2);
}

static void put32(struct str *out, uint32_t v)
{
	put16(out, v & 0xffff);
	put16(out, v >> 16);
}

static size_t ace_octets(const struct ace *a)
{
	size_t n = ACE_HEAD + a->rest.len;

	if (form_of(a->type) == FORM_UNKNOWN)
		return n;
	n += 4 + a->trustee.len;
	if (form_of(a->type) == FORM_OBJECT)
		n += 4 + GUID_OCTETS * (size_t)(a->has_object + a->has_inherited);
	return n;
}

static void write_ace(const struct ace *a, struct str *out)
{
	str_char(out, (char)a->type);
	str_char(out, (char)a->flags);
	put16(out, ace_octets(a));
	if (form_of(a->type) != FORM_UNKNOWN)
		put32(out, a->mask);
	if (form_of(a->type) == FORM_OBJECT) {
		put32(out,
			(a->has_object ? OBJECT_PRESENT : 0u) |
				(a->has_inherited ? INHERITED_PRESENT : 0u));
		if (a->has_object)
			str_add(out, a->object, GUID_OCTETS);
		if (a->has_inherited)
			str_add(out, a->inherited, GUID_OCTETS);
	}
	str_add(out, a->trustee.octet, a->trustee.len);
	str_add(out, a->rest.data, a->rest.len);
}

/* 0, or -1: too long. */
static int write_acl(const struct acl *l, struct str *out)
{
	uint8_t revision = l->revision > ACL_REVISION ? l->revision : ACL_REVISION;
	size_t size = ACL_HEAD;

	for (size_t i = 0; i < l->n; i++) {
		size += ace_octets(&l->ace[i]);
		if (form_of(l->ace[i].type) == FORM_OBJECT && revision < ACL_REVISION_OBJECTS)
			revision = ACL_REVISION_OBJECTS;
	}
	if (size > ACL_MAX)
		return -1;
	str_char(out, (char)revision);
	str_char(out, 0);
	put16(out, size);
	put16(out, l->n);
	put16(out, 0);
	for (size_t i = 0; i < l->n; i++)
		write_ace(&l->ace[i], out);
	return 0;
}

/* The part goes behind the others; its offset into the header. */
static int write_list(const struct acl *l, struct str *head, struct str *body)
{
	int here = l->present && !l->null;

	put32(head, here ? (uint32_t)(HEAD + body->len) : 0);
	return here ? write_acl(l, body) : 0;
}

static void write_sid(const struct sid *s, struct str *head, struct str *body)
{
	put32(head, s->len ? (uint32_t)(HEAD + body->len) : 0);
	str_add(body, s->octet, s->len);
}

int secdesc_write(const struct secdesc *s, struct bytes *out)
{
	const uint16_t lists = SECDESC_DACL_PRESENT | SECDESC_SACL_PRESENT;
	autoclean(str_free) struct str head = STR_INIT(SECDESC_OCTETS_MAX);
	autoclean(str_free) struct str body = STR_INIT(SECDESC_OCTETS_MAX);
	uint16_t control = (s->control & (uint16_t)~lists) | SECDESC_SELF_RELATIVE;

	control |= s->dacl.present ? SECDESC_DACL_PRESENT : 0;
	control |= s->sacl.present ? SECDESC_SACL_PRESENT : 0;
	str_add(&head, (uint8_t[]){ 1, 0 }, 2);
	put16(&head, control);
	write_sid(&s->owner, &head, &body);
	write_sid(&s->group, &head, &body);
	if (write_list(&s->sacl, &head, &body) < 0 || write_list(&s->dacl, &head, &body) < 0)
		return -1;
	str_add(&head, str_text(&body), body.len);
	if (head.overflow || body.overflow)
		return -1;
	bytes_set(out, (const uint8_t *)str_text(&head), head.len);
	return 0;
}

/* --- changing ------------------------------------------------------------------------ */

uint32_t rights_mapped(uint32_t mask)
{
	static const struct {
		uint32_t generic, means;
	} rows[] = {
		{ RIGHT_GENERIC_ALL, RIGHT_EVERYTHING },
		{ RIGHT_GENERIC_READ,
			RIGHT_READ_CONTROL | RIGHT_LIST | RIGHT_READ_PROPERTY | RIGHT_LIST_OBJECT },
		{ RIGHT_GENERIC_WRITE,
			RIGHT_READ_CONTROL | RIGHT_SELF_WRITE | RIGHT_WRITE_PROPERTY },
		{ RIGHT_GENERIC_EXECUTE, RIGHT_READ_CONTROL | RIGHT_LIST },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (mask & rows[i].generic)
			mask = (mask & ~rows[i].generic) | rows[i].means;
	return mask;
}

int ace_equal(const struct ace *a, const struct ace *b)
{
	return a->type == b->type && (a->flags | ACE_INHERITED) == (b->flags | ACE_INHERITED) &&
		a->mask == b->mask && a->has_object == b->has_object &&
		a->has_inherited == b->has_inherited &&
		memcmp(a->object, b->object, GUID_OCTETS) == 0 &&
		memcmp(a->inherited, b->inherited, GUID_OCTETS) == 0 &&
		sid_equal(&a->trustee, &b->trustee) && a->rest.len == b->rest.len &&
		(a->rest.len == 0 || memcmp(a->rest.data, b->rest.data, a->rest.len) == 0);
}

static int is_deny(const struct ace *a)
{
	return a->type == ACE_DENY || a->type == ACE_DENY_OBJECT || a->type == ACE_DENY_CALLBACK ||
		a->type == ACE_DENY_CALLBACK_OBJECT;
}

int secdesc_add(struct secdesc *s, const struct ace *a)
{
	struct acl *l = &s->dacl;
	size_t at = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct ace *e = &l->ace[i];

		if (e->flags & ACE_INHERITED)
			continue;
		if (ace_equal(e, a))
			return 0;
		if (!is_deny(a) || is_deny(e))
			at = i + 1;
	}
	l->present = 1;
	l->null = 0;
	l->ace = mem_grow(l->ace, l->n + 1, sizeof(*l->ace));
	memmove(&l->ace[at + 1], &l->ace[at], (l->n - at) * sizeof(*l->ace));
	l->ace[at] = *a;
	l->ace[at].rest = BYTES_INIT;
	bytes_set(&l->ace[at].rest, a->rest.data, a->rest.len);
	l->n++;
	return 1;
}
