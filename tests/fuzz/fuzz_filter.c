/* Filters: whatever the value, what is built is one comparison with exactly that value. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* RFC 4515 backwards: the value of "(cn=...)"; aborts if anything but a value stands there. */
static void unescape(const char *filter, struct str *out)
{
	const char *p = filter + strlen("(cn="), *end = filter + strlen(filter) - 1;

	if (strncmp(filter, "(cn=", 4) != 0 || *end != ')')
		abort();
	for (; p < end; p++) {
		char hex[3] = { 0 };

		if (strchr("()*", *p) != NULL || !isprint((unsigned char)*p))
			abort();
		if (*p != '\\') {
			str_char(out, *p);
			continue;
		}
		memcpy(hex, p + 1, 2);
		str_char(out, (char)strtol(hex, NULL, 16));
		p += 2;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoclean(text_free) char *text = mem_textn((const char *)data, len);
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(str_free) struct str back = STR_INIT(DIR_FILTER_MAX);

	dir_filter_eq(&filter, "cn", text);
	if (filter.overflow)
		return 0;
	unescape(str_text(&filter), &back);
	if (strcmp(str_text(&back), text) != 0)
		abort();
	return 0;
}
