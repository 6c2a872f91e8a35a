#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/wire/native_private.h"

/* One namespace for every version (PROTOCOL.md section 2). The number is the UUID
 * 311e6a26-0493-4586-97f3-c364965b0a80 under the arc 2.25 (ITU-T X.667). */
#define NAMESPACE "urn:oid:2.25.65290093646721065681121292408955013760.2.1"
#define VERSION_MAX 9999

/* More than version 1 needs, so that a later version is answered as such and not as malformed. */
static const struct xml_limits shape = { .depth = 8, .nodes = 128, .attributes = 16 };

/* --- versions -------------------------------------------------------------------------------- */

/* The number at *t, which ends up behind it; 0 if there is none in its one spelling. */
static uint32_t next_version(const char **t)
{
	uint32_t v = 0;

	if (**t < '1' || **t > '9')
		return 0;
	for (; **t >= '0' && **t <= '9'; (*t)++) {
		v = v * 10 + (uint32_t)(**t - '0');
		if (v > VERSION_MAX)
			return 0;
	}
	return v;
}

static uint32_t read_version(const char *text)
{
	uint32_t v = text ? next_version(&text) : 0;

	return v > 0 && *text == '\0' ? v : 0;
}

/* "1" or "1,2": ascending, comma, nothing else. */
static int shown_is_valid(const char *list)
{
	uint32_t last = 0;

	if (list == NULL || strlen(list) > NATIVE_SHOWN_MAX)
		return 0;
	for (;;) {
		uint32_t v = next_version(&list);

		if (v <= last)
			return 0;
		last = v;
		if (*list == '\0')
			return 1;
		if (*list++ != ',')
			return 0;
	}
}

static int shows(const char *list, uint32_t version)
{
	for (;;) {
		if (next_version(&list) == version)
			return 1;
		if (*list++ != ',')
			return 0;
	}
}

uint32_t native_choose(const char *shown_a, const char *shown_b)
{
	uint32_t best = 0;

	if (!shown_is_valid(shown_a) || !shown_is_valid(shown_b))
		return 0;
	for (;;) {
		uint32_t v = next_version(&shown_a);

		if (shows(shown_b, v))
			best = v; /* ascending, so the last is the highest */
		if (*shown_a++ != ',')
			return best;
	}
}

static int unsupported(struct fail *f)
{
	fail(f, ENR_VERSION_UNSUPPORTED, "this side speaks %s", NATIVE_SHOWN);
	return fail_told(f, "this side speaks %s", NATIVE_SHOWN);
}

/* --- reading --------------------------------------------------------------------------------- */

static void *at(const void *message, size_t offset)
{
	return (char *)message + offset;
}

/* Attributes of the root. A version that is not spoken is found before anything else is looked at.
 */
static int read_head(
	const struct native_message *d, const struct xml_node *root, void *m, struct fail *f)
{
	const char *shown = xml_attribute_get(root, "shows");
	uint32_t version = read_version(xml_attribute_get(root, "version"));
	size_t has_version = d->version_at != NATIVE_NONE, has_shown = d->shown_at != NATIVE_NONE;

	if ((has_version && version == 0) || (has_shown && !shown_is_valid(shown)))
		return native_malformed(f, d->root, "does not say which versions are meant");
	if (!d->any_version) {
		if (has_version && !shows(NATIVE_SHOWN, version))
			return unsupported(f);
		if (!has_version && native_choose(shown, NATIVE_SHOWN) == 0)
			return unsupported(f);
	}
	if (has_version && has_shown && !d->any_version && !shows(shown, version))
		return native_malformed(f, d->root, "chooses a version that it does not show");
	if (root->n_attribute != has_version + has_shown)
		return native_malformed(f, d->root, "has an attribute that is not known");
	if (has_version)
		memcpy(at(m, d->version_at), &version, sizeof(version));
	if (has_shown)
		memcpy(at(m, d->shown_at), shown, strlen(shown) + 1);
	return 0;
}

static int read_fields(
	const struct native_message *d, const struct xml_node *root, void *m, struct fail *f)
{
	size_t next = 0;

	for (size_t i = 0; i < d->n_fields; i++) {
		const struct native_field *field = &d->fields[i];
		const struct xml_node *n = next < root->n_child ? root->child[next] : NULL;

		if (n == NULL || strcmp(n->name, field->name) != 0) {
			if (field->kind->is_absent != NULL)
				continue;
			return native_malformed(f, field->name, "is missing or in the wrong place");
		}
		if (n->n_attribute > 0)
			return native_malformed(f, field->name, "has an attribute");
		if (field->kind->read(field, n, at(m, field->offset), f) < 0)
			return -1;
		next++;
	}
	if (next < root->n_child || !xml_is_blank(root->text))
		return native_malformed(f, d->root, "holds something that is not known");
	return 0;
}

int native_parse(const struct native_message *d, const struct bytes *xml, void *out, struct fail *f)
{
	autoclean(xml_free) struct xml_node *root = NULL;
	struct xml_limits limits = shape;
	void *m;

	limits.octets = limits.text = d->octets;
	root = xml_parse(xml->data, xml->len, &limits, ENR_MESSAGE_MALFORMED, f);
	if (root == NULL)
		return fail_in(f, "%s", d->root);
	if (strcmp(root->name, d->root) != 0 || !text_equal(root->space, NAMESPACE))
		return native_malformed(f, d->root, "is not the root");
	m = mem_new(d->size);
	if (read_head(d, root, m, f) < 0 || read_fields(d, root, m, f) < 0) {
		native_clear(d, m);
		free(m);
		return -1;
	}
	memcpy(out, m, d->size);
	mem_wipe(m, d->size);
	free(m);
	return 0;
}

void native_clear(const struct native_message *d, void *m)
{
	for (size_t i = 0; i < d->n_fields; i++)
		if (d->fields[i].kind->clear != NULL)
			d->fields[i].kind->clear(at(m, d->fields[i].offset));
}

/* --- writing --------------------------------------------------------------------------------- */

static uint32_t version_of(const struct native_message *d, const void *m)
{
	uint32_t version;

	memcpy(&version, at(m, d->version_at), sizeof(version));
	return version;
}

static void write_head(const struct native_message *d, const void *m, struct str *out)
{
	xml_begin(out);
	xml_open(out, d->root);
	xml_attr(out, "xmlns", NAMESPACE);
	if (d->version_at != NATIVE_NONE) {
		char number[16];

		snprintf(number, sizeof(number), "%u", (unsigned)version_of(d, m));
		xml_attr(out, "version", number);
		if (read_version(number) == 0)
			out->overflow = 1;
	}
	if (d->shown_at != NATIVE_NONE) {
		xml_attr(out, "shows", at(m, d->shown_at));
		if (!shown_is_valid(at(m, d->shown_at)))
			out->overflow = 1;
	}
	xml_close_tag(out);
	str_char(out, '\n');
}

int native_write(const struct native_message *d, const void *m, struct str *out)
{
	size_t before = out->len;

	write_head(d, m, out);
	for (size_t i = 0; i < d->n_fields; i++) {
		const struct native_field *field = &d->fields[i];
		const void *value = at(m, field->offset);

		if (field->kind->is_absent != NULL && field->kind->is_absent(value))
			continue;
		xml_open(out, field->name);
		xml_close_tag(out);
		field->kind->write(value, field->max, out);
		xml_end(out, field->name);
		str_char(out, '\n');
	}
	xml_end(out, d->root);
	str_char(out, '\n');
	return out->overflow || out->len - before > d->octets ? -1 : 0;
}

/* --- for MAC and transcript ------------------------------------------------------------------ */

static void pack_fields(
	const struct native_message *d, const void *m, unsigned which, struct str *out)
{
	for (size_t i = 0; i < d->n_fields; i++) {
		const struct native_field *field = &d->fields[i];

		if (field->flags & which)
			field->kind->pack(at(m, field->offset), field->max, out);
	}
}

void native_payload(const struct native_message *d, const void *m, struct str *out)
{
	if (d->shown_at != NATIVE_NONE)
		pack_text(out, at(m, d->shown_at));
	pack_fields(d, m, NATIVE_PAYLOAD, out);
}

void native_chain(const struct native_message *d, const void *m, struct str *out)
{
	if (d->version_at != NATIVE_NONE) {
		pack_u32(out, 4);
		pack_u32(out, version_of(d, m));
	}
	if (d->shown_at != NATIVE_NONE)
		pack_text(out, at(m, d->shown_at));
	pack_fields(d, m, NATIVE_CHAINED, out);
}
