#include "ldap/dir_filter.h"

#include <assert.h>
#include <string.h>

static int is_attr(const char *attr)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-.;";

	return attr[0] != '\0' && attr[strspn(attr, letters)] == '\0';
}

/* RFC 4515 section 3; octets outside printable ASCII too, so that the result is valid whatever the
 * value was. */
static void add_value(struct str *out, const char *value)
{
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++) {
		if (*p < 0x20 || *p >= 0x7f || strchr("*()\\", *p) != NULL)
			str_printf(out, "\\%02x", *p);
		else
			str_char(out, (char)*p);
	}
}

void dir_filter_eq(struct str *out, const char *attr, const char *value)
{
	assert(is_attr(attr));
	str_printf(out, "(%s=", attr);
	add_value(out, value);
	str_char(out, ')');
}

void dir_filter_bytes(struct str *out, const char *attr, const uint8_t *data, size_t len)
{
	assert(is_attr(attr));
	str_printf(out, "(%s=", attr);
	for (size_t i = 0; i < len; i++)
		str_printf(out, "\\%02x", data[i]);
	str_char(out, ')');
}

void dir_filter_contains(struct str *out, const char *attr, const char *part, int open_end)
{
	assert(is_attr(attr));
	str_printf(out, "(%s=*", attr);
	add_value(out, part);
	str_text_add(out, open_end ? "*)" : ")");
}

void dir_filter_present(struct str *out, const char *attr)
{
	assert(is_attr(attr));
	str_printf(out, "(%s=*)", attr);
}

void dir_filter_open(struct str *out, char op)
{
	assert(op == '&' || op == '|' || op == '!');
	str_char(out, '(');
	str_char(out, op);
}

void dir_filter_close(struct str *out)
{
	str_char(out, ')');
}
