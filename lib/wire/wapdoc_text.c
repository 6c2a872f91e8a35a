#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/wire/wapdoc.h"
#include "lib/wire/wapdoc_private.h"
#include "lib/xml/xml.h"

#define SHOWN_MAX 24 /* octets of a certificate that people get to see */

static const struct xml_limits limits = {
	.octets = WAPDOC_OCTETS_MAX,
	.depth = WAPDOC_DEPTH_MAX,
	.nodes = WAPDOC_NODES_MAX,
	.attributes = 3,
	.text = WAPDOC_VALUE_MAX,
};

/* Attributes of each element, by kind; the first is required. */
static const struct {
	enum wapdoc_kind kind;
	const char *name, *value, *datatype;
} forms[] = {
	{ WAPDOC_CHARACTERISTIC, "type", NULL, NULL },
	{ WAPDOC_PARM, "name", "value", "datatype" },
	{ WAPDOC_NOCHARACTERISTIC, "type", NULL, NULL },
	{ WAPDOC_NOPARM, "name", NULL, NULL },
};

/* Parms whose value no one is shown: these words anywhere in the name. */
static const char *const secret_words[] = { "password", "secret", "AAUTHDATA", "PrivateKey" };

static int is_secret(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(secret_words); i++)
		if (strcasestr(name, secret_words[i]) != NULL)
			return 1;
	return 0;
}

/* --- reading --------------------------------------------------------------------------------- */

/* 0, or -1 if an attribute is not one of this element's or the first is missing. */
static int take_attributes(const struct xml_node *from, size_t form, struct wapdoc_node *to)
{
	for (size_t i = 0; i < from->n_attribute; i++) {
		const struct xml_attribute *a = &from->attribute[i];

		if (text_equal(a->name, forms[form].name))
			to->name = mem_text(a->value);
		else if (text_equal(a->name, forms[form].value))
			to->value = mem_text(a->value);
		else if (text_equal(a->name, forms[form].datatype))
			to->datatype = mem_text(a->value);
		else
			return -1;
	}
	return to->name ? 0 : -1;
}

/* The children of from become children of to; depth is limited by the reader. */
static const char *take_children(const struct xml_node *from, struct wapdoc_node *to)
{
	const char *refused = NULL;

	if (!xml_is_blank(from->text))
		return "it has text";
	for (size_t i = 0; i < from->n_child && refused == NULL; i++) {
		const struct xml_node *n = from->child[i];
		struct wapdoc_node *made;
		size_t form = 0;

		while (form < ARRAY_LEN(forms) &&
			strcmp(n->name, wapdoc_element(forms[form].kind)) != 0)
			form++;
		if (form == ARRAY_LEN(forms))
			return "it has an element that is not known";
		made = wapdoc_add(to, forms[form].kind, NULL);
		if (take_attributes(n, form, made) < 0)
			return "an attribute is missing or not known";
		refused = take_children(n, made);
	}
	return refused;
}

struct wapdoc_node *wapdoc_parse(const uint8_t *xml, size_t len, struct fail *f)
{
	autoclean(xml_free) struct xml_node *tree = NULL;
	autoclean(wapdoc_free) struct wapdoc_node *root = NULL;
	const char *refused;

	if (len > WAPDOC_OCTETS_MAX) {
		fail(f, ENR_DOCUMENT_INVALID, "%zu octets, at most %d", len, WAPDOC_OCTETS_MAX);
		return NULL;
	}
	tree = xml_parse(xml, len, &limits, ENR_DOCUMENT_INVALID, f);
	if (tree == NULL)
		return NULL;
	root = wapdoc_new();
	if (strcmp(tree->name, wapdoc_element(WAPDOC_ROOT)) != 0 || tree->space != NULL ||
		tree->n_attribute != 1 || !text_equal(xml_attribute_get(tree, "version"), "1.1"))
		refused = "it is no wap-provisioningdoc of version 1.1";
	else
		refused = take_children(tree, root);
	if (refused == NULL)
		refused = wapdoc_refused(root);
	if (refused != NULL) {
		fail(f, ENR_DOCUMENT_INVALID, "%s", refused);
		return NULL;
	}
	return steal(root);
}

/* --- writing --------------------------------------------------------------------------------- */

static void write_value(const struct wapdoc_node *n, int masked, struct str *out)
{
	autoclean(text_free) char *cut = NULL;

	if (masked && is_secret(n->name)) {
		xml_attr(out, "value", "********");
	} else if (masked && strcmp(n->name, "EncodedCertificate") == 0 &&
		strlen(n->value) > SHOWN_MAX) {
		cut = mem_printf("%.*s... (%zu characters)", SHOWN_MAX, n->value, strlen(n->value));
		xml_attr(out, "value", cut);
	} else {
		xml_attr(out, "value", n->value);
	}
}

static void write_node(const struct wapdoc_node *n, int depth, int masked, struct str *out)
{
	const char *element = wapdoc_element(n->kind);
	int by_name = n->kind == WAPDOC_PARM || n->kind == WAPDOC_NOPARM;

	str_printf(out, "%*s", 2 * depth, "");
	xml_open(out, element);
	if (n->kind == WAPDOC_ROOT)
		xml_attr(out, "version", "1.1");
	else
		xml_attr(out, by_name ? "name" : "type", n->name);
	if (n->value != NULL)
		write_value(n, masked, out);
	if (n->datatype != NULL)
		xml_attr(out, "datatype", n->datatype);
	if (n->n_child == 0) {
		xml_empty(out);
		str_char(out, '\n');
		return;
	}
	xml_close_tag(out);
	str_char(out, '\n');
	for (size_t i = 0; i < n->n_child; i++)
		write_node(n->child[i], depth + 1, masked, out);
	str_printf(out, "%*s", 2 * depth, "");
	xml_end(out, element);
	str_char(out, '\n');
}

static int write_document(const struct wapdoc_node *root, int masked, struct str *out)
{
	size_t before = out->len;

	if (wapdoc_refused(root) != NULL)
		return -1;
	xml_begin(out);
	write_node(root, 0, masked, out);
	return out->overflow || out->len - before > WAPDOC_OCTETS_MAX ? -1 : 0;
}

int wapdoc_write(const struct wapdoc_node *root, struct str *out)
{
	return write_document(root, 0, out);
}

int wapdoc_show(const struct wapdoc_node *root, struct str *out)
{
	return write_document(root, 1, out);
}
