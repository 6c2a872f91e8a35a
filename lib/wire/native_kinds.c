#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/wire/native_private.h"

int native_malformed(struct fail *f, const char *element, const char *what)
{
	return fail(f, ENR_MESSAGE_MALFORMED, "element %.40s %s", element, what);
}

const char *native_leaf(const struct xml_node *n, struct fail *f)
{
	if (n->n_child > 0 || xml_is_blank(n->text)) {
		native_malformed(f, n->name, "has no text, or elements inside");
		return NULL;
	}
	return n->text;
}

/* --- text ------------------------------------------------------------------------------------ */

static void write_text(const void *at, size_t max, struct str *out)
{
	(void)max;
	xml_text(out, at);
}

static void pack_line(const void *at, size_t max, struct str *out)
{
	(void)max;
	pack_text(out, at);
}

static int text_is_absent(const void *at)
{
	return *(const char *)at == '\0';
}

static int read_identity(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	const char *text = native_leaf(n, f);

	(void)d;
	return text ? identity_canonical(text, strlen(text), at, f) : -1;
}

static int read_server_name(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	const char *text = native_leaf(n, f);
	char name[SERVER_NAME_MAX + 1];

	(void)d;
	if (text == NULL)
		return -1;
	if (server_name_canonical(text, name, NULL, NULL) < 0 || strcmp(text, name) != 0)
		return native_malformed(f, n->name, "is not a host name in canonical form");
	memcpy(at, name, strlen(name) + 1);
	return 0;
}

/* One line of printable ASCII without blanks at its ends. */
static int read_line(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	const char *text = native_leaf(n, f);
	size_t len;

	if (text == NULL)
		return -1;
	len = strlen(text);
	if (len > d->max)
		return native_malformed(f, n->name, "is too long");
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return native_malformed(f, n->name, "is not printable ASCII");
	if (text[0] == ' ' || text[len - 1] == ' ')
		return native_malformed(f, n->name, "begins or ends with a blank");
	memcpy(at, text, len + 1);
	return 0;
}

static int read_attempt(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	const char *text = native_leaf(n, f);
	char id[ID_MAX];

	(void)d;
	if (text == NULL)
		return -1;
	if (!id_parse(text, 'A', id) || strcmp(text, id) != 0)
		return native_malformed(f, n->name, "is not the number of an attempt");
	memcpy(at, id, sizeof(id));
	return 0;
}

const struct native_kind native_kind_identity = {
	.read = read_identity, .write = write_text, .pack = pack_line
};
const struct native_kind native_kind_server_name = {
	.read = read_server_name, .write = write_text, .pack = pack_line
};
const struct native_kind native_kind_line = {
	.read = read_line, .write = write_text, .pack = pack_line, .is_absent = text_is_absent
};
const struct native_kind native_kind_attempt = {
	.read = read_attempt, .write = write_text, .pack = pack_line
};
const struct native_kind native_kind_attempt_if = {
	.read = read_attempt, .write = write_text, .pack = pack_line, .is_absent = text_is_absent
};

/* --- octets ---------------------------------------------------------------------------------- */

static int read_octets(const struct xml_node *n, size_t max, struct bytes *out, struct fail *f)
{
	const char *text = native_leaf(n, f);

	if (text == NULL)
		return -1;
	if (b64_decode(text, strlen(text), max, out) < 0 || out->len == 0)
		return native_malformed(f, n->name, "is not base64 of a length that is allowed");
	return 0;
}

static int read_fixed(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes got = BYTES_INIT;

	if (read_octets(n, d->max, &got, f) < 0)
		return -1;
	if (got.len != d->max)
		return native_malformed(f, n->name, "has the wrong number of octets");
	memcpy(at, got.data, got.len);
	return 0;
}

static void write_fixed(const void *at, size_t max, struct str *out)
{
	b64_add(out, at, max);
}

static void pack_fixed(const void *at, size_t max, struct str *out)
{
	pack_bytes(out, at, max);
}

static int read_blob(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	return read_octets(n, d->max, at, f);
}

static void write_blob(const void *at, size_t max, struct str *out)
{
	const struct bytes *b = at;

	if (b->len == 0 || b->len > max)
		out->overflow = 1; /* the other side would refuse it */
	b64_add(out, b->data, b->len);
}

static void pack_blob(const void *at, size_t max, struct str *out)
{
	const struct bytes *b = at;

	(void)max;
	pack_bytes(out, b->data, b->len);
}

static void clear_blob(void *at)
{
	bytes_wipe(at);
}

const struct native_kind native_kind_fixed = {
	.read = read_fixed, .write = write_fixed, .pack = pack_fixed
};
const struct native_kind native_kind_blob = {
	.read = read_blob, .write = write_blob, .pack = pack_blob, .clear = clear_blob
};

/* --- time ------------------------------------------------------------------------------------ */

static int read_time(
	const struct native_field *d, const struct xml_node *n, void *at, struct fail *f)
{
	const char *text = native_leaf(n, f);
	char canonical[CLOCK_TEXT_MAX];
	int64_t t;

	(void)d;
	if (text == NULL)
		return -1;
	if (clock_parse(text, &t) < 0 || t <= 0 || strcmp(clock_text(t, canonical), text) != 0)
		return native_malformed(
			f, n->name, "is not a time in UTC like 2026-11-23T08:20:11Z");
	memcpy(at, &t, sizeof(t));
	return 0;
}

static void write_time(const void *at, size_t max, struct str *out)
{
	char text[CLOCK_TEXT_MAX];
	const int64_t *t = at;
	int64_t again;

	(void)max;
	if (*t <= 0 || clock_parse(clock_text(*t, text), &again) < 0 || again != *t)
		out->overflow = 1;
	str_text_add(out, clock_text(*t, text));
}

static void pack_time(const void *at, size_t max, struct str *out)
{
	const int64_t *t = at;

	(void)max;
	pack_u32(out, 8);
	pack_u64(out, (uint64_t)*t);
}

static int time_is_absent(const void *at)
{
	return *(const int64_t *)at == 0;
}

const struct native_kind native_kind_time = {
	.read = read_time, .write = write_time, .pack = pack_time
};
const struct native_kind native_kind_until = {
	.read = read_time, .write = write_time, .pack = pack_time, .is_absent = time_is_absent
};
