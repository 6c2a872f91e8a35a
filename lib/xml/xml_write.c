#include <string.h>

#include "lib/base/text.h"
#include "lib/xml/xml.h"

void xml_begin(struct str *out)
{
	str_text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

/* How the octet c must be written, NULL if as it is. In an attribute white space would be
 * normalised. */
static const char *escape(unsigned char c, int in_attribute)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '\r': return "&#13;";
	case 0x7f: return "&#127;";
	case '"': return in_attribute ? "&quot;" : NULL;
	case '\t': return in_attribute ? "&#9;" : NULL;
	case '\n': return in_attribute ? "&#10;" : NULL;
	default: return NULL;
	}
}

/* Char of XML 1.0 section 2.2, for well-formed UTF-8. */
static int is_char(const unsigned char *p)
{
	if (p[0] < 0x20)
		return p[0] == '\t' || p[0] == '\n' || p[0] == '\r';
	return !(p[0] == 0xef && p[1] == 0xbf && (p[2] == 0xbe || p[2] == 0xbf));
}

static void add_escaped(struct str *out, const char *text, int in_attribute)
{
	const unsigned char *p = (const unsigned char *)text;

	if (!text_is_utf8(text, strlen(text))) {
		out->overflow = 1;
		return;
	}
	for (; *p; p++) {
		const char *as = escape(*p, in_attribute);

		if (!is_char(p)) {
			out->overflow = 1;
			return;
		}
		if (as != NULL) {
			str_text_add(out, as);
		} else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) {
			str_printf(out, "&#%d;", p[1]); /* C1: nothing a terminal obeys */
			p++;
		} else {
			str_char(out, (char)*p);
		}
	}
}

void xml_open(struct str *out, const char *name)
{
	str_char(out, '<');
	str_text_add(out, name);
}

void xml_attr(struct str *out, const char *name, const char *value)
{
	str_char(out, ' ');
	str_text_add(out, name);
	str_text_add(out, "=\"");
	add_escaped(out, value, 1);
	str_char(out, '"');
}

void xml_close_tag(struct str *out)
{
	str_char(out, '>');
}

void xml_text(struct str *out, const char *text)
{
	add_escaped(out, text, 0);
}

void xml_end(struct str *out, const char *name)
{
	str_text_add(out, "</");
	str_text_add(out, name);
	str_char(out, '>');
}

void xml_empty(struct str *out)
{
	str_text_add(out, "/>");
}
