/* Entries as a directory shows them: whatever the values are, what is read of an object is text, a
 * GUID has its shape, a mark names a record, and a change of state is made of the old value. The
 * input is "attribute:value" lines; a line that begins with # has its value in hex. */
#include <stdlib.h>
#include <string.h>

#include "agent/join/join_ad.h"
#include "ldap/dir_filter.h"
#include "ldap/dir_mods.h"
#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/id.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ATTRS_MAX = 32, VALUE_MAX = 4096 };

static struct dir_attr *attr_named(struct dir_entry *e, char *name)
{
	for (size_t i = 0; i < e->n; i++) {
		if (text_equal_ci(e->attr[i].name, name)) {
			free(name);
			return &e->attr[i];
		}
	}
	e->attr = mem_grow(e->attr, e->n + 1, sizeof(*e->attr));
	e->attr[e->n] = (struct dir_attr){ .name = name };
	return &e->attr[e->n++];
}

/* A copy with a NUL behind it, as a search makes them. */
static void add_value(struct dir_attr *a, const uint8_t *data, size_t len)
{
	a->value = mem_grow(a->value, a->n + 1, sizeof(*a->value));
	a->value[a->n++] = (struct bytes){ (uint8_t *)mem_textn((const char *)data, len), len };
}

static void add_line(struct dir_entry *e, const uint8_t *line, size_t len)
{
	autoclean(bytes_free) struct bytes octets = BYTES_INIT;
	int is_hex = len > 0 && line[0] == '#';
	const uint8_t *colon = memchr(line, ':', len);
	size_t name = colon ? (size_t)(colon - line) : 0, rest = colon ? len - name - 1 : 0;
	struct dir_attr *a;

	if (colon == NULL || e->n == ATTRS_MAX)
		return;
	if (is_hex && hex_decode((const char *)colon + 1, rest, VALUE_MAX, &octets) < 0)
		return;
	a = attr_named(e, mem_textn((const char *)line + is_hex, name - (size_t)is_hex));
	if (is_hex)
		add_value(a, octets.data, octets.len);
	else
		add_value(a, colon + 1, rest);
}

static struct dir_result *result_of(const uint8_t *data, size_t len)
{
	struct dir_result *r = mem_new(sizeof(*r));

	r->entry = mem_new(sizeof(*r->entry));
	r->n = 1;
	r->entry->dn = mem_text("cn=lt-0042,ou=devices,dc=example,dc=com");
	while (len > 0) {
		const uint8_t *end = memchr(data, '\n', len);
		size_t line = end ? (size_t)(end - data) : len;

		add_line(r->entry, data, line);
		data += line + (end != NULL);
		len -= line + (end != NULL);
	}
	return r;
}

static void must_be_text(const char *text)
{
	if (text != NULL && !text_is_utf8(text, strlen(text)))
		abort();
}

static void look(const struct join *j, const struct dir_entry *e)
{
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	struct join_created made = { .dn = NULL };
	struct join_seen seen;
	struct fail f = FAIL_INIT;
	char id[ID_MAX];

	join_seen_of(j, e, &seen);
	must_be_text(seen.enrollment);
	must_be_text(seen.account);
	if (seen.mark != NULL && join_is_mark(seen.mark) && j->flavour->enrollment == NULL &&
		(seen.enrollment == NULL || !id_parse(seen.enrollment, 'E', id)))
		abort();
	join_seen_clear(&seen);
	if (join_created_of(j, e, "ldap://x", &made, &f) == 0) {
		if (!join_is_guid(j, made.guid))
			abort();
		join_filter_guid(j, made.guid, "1:x", &filter);
		if (filter.overflow)
			abort();
	} else if (f.code != ENR_DIRECTORY_REFUSED) {
		abort();
	}
	join_created_clear(&made);
	join_state_change(j, e, JOIN_ENABLED, m);
	join_state_change(j, e, JOIN_DISABLED, m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const flavours[] = { "openldap", "389ds", "ad" };
	autoclean(dir_result_free) struct dir_result *r = NULL;

	if (len > 65536)
		return 0;
	r = result_of(data, len);
	for (size_t i = 0; i < ARRAY_LEN(flavours); i++) {
		struct join j = { .flavour = join_flavour_find(flavours[i]) };

		if (j.flavour == NULL)
			abort();
		look(&j, r->entry);
	}
	return 0;
}
