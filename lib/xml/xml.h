/* XML (1.0, fifth edition) in and out, bounded; the only code that includes libxml2.
 *
 * Reading: UTF-8 only (no byte order mark, no other declared encoding, no UTF-16), no DOCTYPE and
 * so no entities but the five, no processing instructions, comments or CDATA sections, no prefixed
 * names, a namespace declared on the root alone, no network; octets, depth, nodes, attributes and
 * the length of each value are limited while reading. The result is a small tree of our own. Pure,
 * thread-safe after xml_prepare(). */
#ifndef LIB_XML_XML_H
#define LIB_XML_XML_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/str.h"

struct xml_attribute {
	char *name; /* never in a namespace */
	char *value;
};
struct xml_node {
	char *name;             /* local name */
	char *space;            /* namespace URI or NULL */
	char *text;             /* all character data directly inside, or NULL */
	struct xml_attribute *attribute;
	size_t n_attribute;
	struct xml_node **child;
	size_t n_child;
};
struct xml_limits {
	size_t octets, depth, nodes, attributes, text; /* text: octets of one value */
};

void xml_prepare(void); /* once, before threads and before a sandbox */
/* The root, to be freed by the caller. NULL with `code` (ENR_MESSAGE_MALFORMED,
 * ENR_DOCUMENT_INVALID); evidence names line and reason, nothing of the text. More than
 * limits->octets: ENR_MESSAGE_TOO_LARGE. */
struct xml_node *xml_parse(const uint8_t *data, size_t len, const struct xml_limits *limits,
			   enum code code, struct fail *f);
const char *xml_attribute_get(const struct xml_node *n, const char *name); /* or NULL */
/* Nothing but the white space of XML 1.0 section 2.3; NULL is blank. */
int xml_is_blank(const char *text);
void xml_free(struct xml_node **n);

/* Writing: str with a ceiling; begin with the declaration; attributes directly after open. Text
 * that XML cannot carry (bad UTF-8, control characters but tab and line ends, U+FFFE, U+FFFF) sets
 * out->overflow. */
void xml_begin(struct str *out);
void xml_open(struct str *out, const char *name);
void xml_attr(struct str *out, const char *name, const char *value); /* escaped */
void xml_close_tag(struct str *out);                                 /* '>' of the open tag */
void xml_text(struct str *out, const char *text);                    /* escaped */
void xml_end(struct str *out, const char *name);
void xml_empty(struct str *out);                                     /* '/>' of the open tag */

#endif
