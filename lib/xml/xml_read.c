#include "lib/xml/xml.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

#define DEPTH_MAX 64      /* whatever the caller allows */
#define DECLARATION_MAX 96 /* octets of <?xml ... ?> */

struct reader {
	const struct xml_limits *limits;
	xmlParserCtxt *parser;
	struct xml_node *root;
	struct xml_node *open[DEPTH_MAX]; /* root first; belong to their parents */
	struct str text[DEPTH_MAX];       /* character data of each of them */
	size_t depth, nodes;
	const char *reason; /* why it was given up, or NULL */
	int line;
};

static void give_up(struct reader *r, const char *reason)
{
	if (r->reason == NULL) {
		r->reason = reason;
		r->line = xmlSAX2GetLineNumber(r->parser);
	}
	xmlStopParser(r->parser);
}

static struct xml_node *add_node(struct reader *r, const char *name)
{
	struct xml_node *n = mem_new(sizeof(*n));
	struct xml_node *parent = r->depth > 0 ? r->open[r->depth - 1] : NULL;

	n->name = mem_text(name);
	if (parent == NULL) {
		r->root = n;
	} else {
		parent->child = mem_grow(parent->child, parent->n_child + 1,
			sizeof(struct xml_node *));
		parent->child[parent->n_child++] = n;
	}
	return n;
}

/* The default namespace stands on the root as xmlns and nowhere else. */
static const char *add_attribute(struct reader *r, struct xml_node *n, const char *name,
				 const char *value)
{
	if (strlen(value) > r->limits->text)
		return "an attribute is too long";
	if (strchr(name, ':') != NULL)
		return "an attribute with a prefix";
	if (strcmp(name, "xmlns") == 0) {
		if (r->depth > 0 || value[0] == '\0')
			return "a namespace is declared below the root, or is empty";
		n->space = mem_text(value);
		return NULL;
	}
	if (n->n_attribute >= r->limits->attributes)
		return "too many attributes";
	n->attribute = mem_grow(n->attribute, n->n_attribute + 1, sizeof(n->attribute[0]));
	n->attribute[n->n_attribute].name = mem_text(name);
	n->attribute[n->n_attribute++].value = mem_text(value);
	return NULL;
}

static const char *refuse_element(const struct reader *r, const char *name)
{
	if (r->depth >= r->limits->depth || r->depth >= DEPTH_MAX)
		return "too deep";
	if (r->nodes >= r->limits->nodes)
		return "too many elements";
	if (strchr(name, ':') != NULL)
		return "an element with a prefix";
	return NULL;
}

/* attributes: name and value by turns, NULL at the end; NULL if there are none. */
static void on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct reader *r = arg;
	const char *refused = refuse_element(r, (const char *)name);
	struct xml_node *n;

	if (r->reason != NULL)
		return;
	if (refused != NULL) {
		give_up(r, refused);
		return;
	}
	n = add_node(r, (const char *)name);
	for (; attributes && attributes[0] && refused == NULL; attributes += 2)
		refused = add_attribute(r, n, (const char *)attributes[0],
			attributes[1] ? (const char *)attributes[1] : "");
	if (refused != NULL) {
		give_up(r, refused);
		return;
	}
	if (r->depth > 0)
		n->space = mem_text(r->root->space);
	r->text[r->depth] = STR_INIT(r->limits->text);
	r->open[r->depth++] = n;
	r->nodes++;
}

static void on_end(void *arg, const xmlChar *name)
{
	struct reader *r = arg;

	(void)name;
	if (r->reason != NULL || r->depth == 0)
		return;
	r->depth--;
	if (r->text[r->depth].len > 0)
		r->open[r->depth]->text = str_steal(&r->text[r->depth]);
	str_free(&r->text[r->depth]);
}

static void on_text(void *arg, const xmlChar *text, int len)
{
	struct reader *r = arg;

	if (r->reason != NULL || r->depth == 0)
		return;
	str_add(&r->text[r->depth - 1], text, (size_t)len);
	if (r->text[r->depth - 1].overflow)
		give_up(r, "a text is too long");
}

static void on_doctype(void *arg, const xmlChar *name, const xmlChar *public_id,
	const xmlChar *system_id)
{
	(void)name;
	(void)public_id;
	(void)system_id;
	give_up(arg, "a DOCTYPE");
}

static void on_instruction(void *arg, const xmlChar *target, const xmlChar *data)
{
	(void)target;
	(void)data;
	give_up(arg, "a processing instruction");
}

static void on_comment(void *arg, const xmlChar *text)
{
	(void)text;
	give_up(arg, "a comment");
}

static void on_cdata(void *arg, const xmlChar *text, int len)
{
	(void)text;
	(void)len;
	give_up(arg, "a CDATA section");
}

static void on_reference(void *arg, const xmlChar *name)
{
	(void)name;
	give_up(arg, "an entity");
}

/* The first error ends it: libxml2 would read on, a DOCTYPE and its entities too, without asking
 * any handler. Nothing may go to standard error. */
static void on_error(void *arg, const char *format, ...)
{
	(void)format;
	give_up(arg, "not well-formed");
}

static void on_warning(void *arg, const char *format, ...)
{
	(void)arg;
	(void)format;
}

static void set_handlers(xmlSAXHandler *sax)
{
	memset(sax, 0, sizeof(*sax));
	sax->initialized = 1; /* SAX 1: names are not split, a prefix shows as its colon */
	sax->startElement = on_start;
	sax->endElement = on_end;
	sax->characters = on_text;
	sax->ignorableWhitespace = on_text;
	sax->internalSubset = on_doctype;
	sax->processingInstruction = on_instruction;
	sax->comment = on_comment;
	sax->cdataBlock = on_cdata;
	sax->reference = on_reference;
	sax->error = on_error;
	sax->warning = on_warning;
	sax->fatalError = on_error;
}

static int is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_space(const char *t, size_t len)
{
	size_t n = 0;

	while (n < len && is_space(t[n]))
		n++;
	return n;
}

/* The length of NAME="VALUE" at t, with the value in *value; 0 if it is something else. */
static size_t pseudo_attribute(const char *t, size_t len, const char *name, struct str *value)
{
	size_t at = strlen(name), end;

	if (len < at + 3 || memcmp(t, name, at) != 0)
		return 0;
	at += skip_space(t + at, len - at);
	if (at >= len || t[at] != '=')
		return 0;
	at++;
	at += skip_space(t + at, len - at);
	if (at >= len || (t[at] != '"' && t[at] != '\''))
		return 0;
	for (end = at + 1; end < len && t[end] != t[at]; end++)
		;
	if (end >= len)
		return 0;
	str_clear(value);
	str_add(value, t + at + 1, end - at - 1);
	return end + 1;
}

/* What is wrong with the XML declaration (section 2.8), NULL if nothing. Done here and not by
 * libxml2, which would already have changed the decoder when it tells. */
static const char *refuse_declaration(const char *t, size_t len)
{
	autoclean(str_free) struct str value = STR_INIT(DECLARATION_MAX);
	const char *end;
	size_t at = 5, n;

	if (len < 6 || memcmp(t, "<?xml", 5) != 0 || !is_space(t[5]))
		return NULL;
	end = memmem(t, len < DECLARATION_MAX ? len : DECLARATION_MAX, "?>", 2);
	if (end == NULL)
		return "an XML declaration without end";
	len = (size_t)(end - t);
	at += skip_space(t + at, len - at);
	n = pseudo_attribute(t + at, len - at, "version", &value);
	if (n == 0 || strcmp(str_text(&value), "1.0") != 0)
		return "not XML 1.0";
	at += n;
	at += skip_space(t + at, len - at);
	n = pseudo_attribute(t + at, len - at, "encoding", &value);
	if (n > 0 && strcasecmp(str_text(&value), "UTF-8") != 0)
		return "another encoding than UTF-8";
	return NULL;
}

/* What can be said about the octets before they are XML. */
static const char *refuse_octets(const uint8_t *data, size_t len)
{
	if (len == 0)
		return "nothing";
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		return "a byte order mark";
	if (!text_is_utf8((const char *)data, len))
		return "not UTF-8";
	return refuse_declaration((const char *)data, len);
}

static void read_all(struct reader *r)
{
	xmlParserCtxt *p = r->parser;
	/* Without a DTD there are no entities to replace; the option is what makes libxml2 hand out
	 * attributes with &amp; resolved. */
	xmlCtxtUseOptions(
		p, XML_PARSE_NOENT | XML_PARSE_NONET | XML_PARSE_NODICT | XML_PARSE_IGNORE_ENC);
	set_handlers(p->sax);
	p->userData = r;
	xmlParseDocument(p);
	if (!p->wellFormed || r->root == NULL || r->depth > 0)
		give_up(r, "not well-formed");
	xmlFreeDoc(p->myDoc); /* there is one where entities were declared */
	p->myDoc = NULL;
}

struct xml_node *xml_parse(const uint8_t *data, size_t len, const struct xml_limits *limits,
			   enum code code, struct fail *f)
{
	struct reader r = { .limits = limits };

	if (len > limits->octets) {
		fail(f, ENR_MESSAGE_TOO_LARGE, "%zu octets, at most %zu", len, limits->octets);
		return NULL;
	}
	r.reason = refuse_octets(data, len);
	if (r.reason == NULL) {
		r.parser = xmlCreateMemoryParserCtxt((const char *)data, (int)len);
		if (r.parser == NULL)
			abort(); /* no memory */
		read_all(&r);
		xmlFreeParserCtxt(r.parser);
	}
	for (size_t i = 0; i < DEPTH_MAX; i++)
		str_free(&r.text[i]);
	if (r.reason != NULL) {
		fail(f, code, "XML, line %d: %s", r.line, r.reason);
		xml_free(&r.root);
		return NULL;
	}
	return r.root;
}

void xml_prepare(void)
{
	xmlInitParser();
}
