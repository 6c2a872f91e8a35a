/* DNs as far as the configuration needs them: is it one, and is it below another. The directory
 * code parses them properly later; what is accepted here is a subset of RFC 4514. */
#include <ctype.h>
#include <string.h>

#include "agent/conf/items.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"

/* One attribute=value with the blanks around it; *p ends on the separator or the end. */
static int add_ava(const char **p, struct str *out)
{
	const char *t = *p;
	size_t len;

	while (*t == ' ')
		t++;
	if (!isalnum((unsigned char)*t))
		return -1;
	for (; isalnum((unsigned char)*t) || *t == '-' || *t == '.'; t++)
		str_char(out, (char)tolower((unsigned char)*t));
	while (*t == ' ')
		t++;
	if (*t != '=')
		return -1;
	str_char(out, '=');
	for (t++; *t == ' '; t++)
		;
	len = out->len;
	for (; *t && !strchr(",+;\"<>", *t); t++) {
		if (*t == '\\') {
			if (!t[1])
				return -1;
			str_char(out, *t++);
		}
		str_char(out, (char)tolower((unsigned char)*t));
	}
	while (out->len > len && out->data[out->len - 1] == ' ' &&
		!(out->len > len + 1 && out->data[out->len - 2] == '\\'))
		out->data[--out->len] = '\0';
	*p = t;
	return out->len > len ? 0 : -1;
}

char *conf_dn_normal(const char *dn)
{
	autoclean(str_free) struct str out = STR_INIT(16 * 1024);

	for (;;) {
		if (add_ava(&dn, &out) < 0)
			return NULL;
		if (!*dn)
			break;
		if (*dn != ',' && *dn != '+')
			return NULL;
		str_char(&out, *dn++);
	}
	return out.overflow ? NULL : str_steal(&out);
}

int conf_dn_below(const char *dn, const char *base)
{
	size_t n = strlen(dn), m = strlen(base);

	if (n == m)
		return strcmp(dn, base) == 0;
	/* An escaped comma in front would be \, and the attribute behind it part of a value. */
	return n > m + 1 && dn[n - m - 1] == ',' && (n < m + 2 || dn[n - m - 2] != '\\') &&
		strcmp(dn + n - m, base) == 0;
}
