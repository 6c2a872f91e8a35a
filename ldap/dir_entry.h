/* Entries as a search returned them: copies, owned by the result. Attribute names compare without
 * regard to case. */
#ifndef LDAP_DIR_ENTRY_H
#define LDAP_DIR_ENTRY_H

#include <stddef.h>

#include "lib/base/mem.h"

struct dir_attr {
	char *name;
	struct bytes *value;           /* each with a NUL behind it that does not count */
	size_t n;
};
struct dir_entry {
	char *dn;
	struct dir_attr *attr;
	size_t n;
};
struct dir_result {
	struct dir_entry *entry;
	size_t n;
	int more;                      /* there are more than the limit let through, or may be on
					* another server */
};

void dir_result_free(struct dir_result **r);

/* NULL if the entry does not have it, or may not show it to us. */
const struct dir_attr *dir_entry_attr(const struct dir_entry *e, const char *name);
/* Its first value, if that is text (UTF-8 without NUL); else NULL. Owned by the entry. */
const char *dir_entry_text(const struct dir_entry *e, const char *name);
/* 1 if one of its values is this text; ASCII letters compare without regard to case. */
int dir_entry_has(const struct dir_entry *e, const char *name, const char *value);

#endif
