#include "client/apply.h"

#include <stdlib.h>
#include <string.h>

#include "client/dump.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

static const struct section *const sections[] = {
	&section_certificate_store,
	&section_application,
	&section_trust,
	&section_device_name,
	&section_domain,
	&section_login,
	&section_vpn,
	&section_enrolled,
};

void apply_clear(struct apply *a)
{
	bytes_free(&a->device);
	cert_list_free(&a->intermediates);
	domain_clear(&a->domain);
	bytes_wipe(&a->keytab);
}

int apply_value(const struct wapdoc_node *n, const char *parm, int (*is_ok)(const char *),
	const char **out, struct fail *f)
{
	const char *value = wapdoc_value(n, parm);

	if (value == NULL || value[0] == '\0')
		return fail(f, ENR_DOCUMENT_INVALID, "%s: no %s", n->name, parm);
	if (text_has_control(value, strlen(value)) || (is_ok != NULL && !is_ok(value)))
		return fail(f, ENR_DOCUMENT_INVALID, "%s: %s is not usable", n->name, parm);
	*out = value;
	return 0;
}

int apply_json(struct apply *a, const char *path, mode_t mode, json_t *o, struct fail *f)
{
	autoclean(text_free) char *text = dump_json(o, JSON_INDENT(2));
	autoclean(text_free) char *whole = mem_printf("%s\n", text ? text : "");
	struct bytes data = { (uint8_t *)whole, strlen(whole) };

	json_decref(o);
	if (text == NULL)
		return fail(f, ENR_DOCUMENT_INVALID, "%s cannot be written as JSON", path);
	return journal_put(a->journal, path, &data, mode, f);
}

static const struct section *find_section(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (text_equal(sections[i]->type, type))
			return sections[i];
	return NULL;
}

static int look_at_all(struct apply *a, struct fail *f)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		const struct wapdoc_node *n = wapdoc_find(a->document, sections[i]->type);

		if (n != NULL && sections[i]->look != NULL && sections[i]->look(a, n, f) < 0)
			return -1;
	}
	for (size_t i = 0; i < a->document->n_child; i++) {
		const struct wapdoc_node *n = a->document->child[i];
		const struct section *s = n->name ? find_section(n->name) : NULL;

		if (s != NULL && wapdoc_find(a->document, s->type) != n)
			return fail(f, ENR_DOCUMENT_INVALID, "%s stands twice", s->type);
	}
	return 0;
}

static void note(struct apply *a, const char *section, const char *result)
{
	json_array_append_new(a->state->applied,
		json_pack("{ssss}", "section", section, "result", result));
}

static void report_unknown(struct apply *a)
{
	for (size_t i = 0; i < a->document->n_child; i++) {
		const char *type = a->document->child[i]->name;
		char quoted[4 * 64 + 6];

		if (type == NULL || find_section(type) != NULL)
			continue;
		note(a, type, "unknown");
		say_section(a->say, "Unknown", text_quote(type, 64, quoted, sizeof(quoted)));
	}
}

int apply_document(struct apply *a, struct fail *f)
{
	if (wapdoc_find(a->document, section_certificate_store.type) == NULL)
		return fail(f, ENR_DOCUMENT_INVALID, "no %s", section_certificate_store.type);
	if (look_at_all(a, f) < 0)
		return -1;
	json_decref(a->state->applied);
	a->state->applied = json_array();
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		const struct wapdoc_node *n = wapdoc_find(a->document, sections[i]->type);
		autoclean(str_free) struct str words = STR_INIT(APPLY_WORDS_MAX);

		if (n == NULL) {
			note(a, sections[i]->name, "absent");
			continue;
		}
		if (sections[i]->apply(a, n, &words, f) < 0) {
			note(a, sections[i]->name, "failed");
			return fail_in(f, "%s", sections[i]->label);
		}
		note(a, sections[i]->name, "applied");
		say_section(a->say, sections[i]->label, str_text(&words));
		say_detail(a->say, "section %s", sections[i]->type);
	}
	report_unknown(a);
	return 0;
}
