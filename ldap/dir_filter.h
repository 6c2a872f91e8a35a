/* Search filters (RFC 4515), built piece by piece; values are escaped here and nowhere else.
 *
 *	dir_filter_open(&s, '&');
 *	dir_filter_eq(&s, "objectClass", "person");
 *	dir_filter_eq(&s, "cn", typed);            a*b  ->  (cn=a\2ab)
 *	dir_filter_close(&s);
 *
 * Overflow of the str is sticky: check s.overflow once at the end. Attribute names are ours. */
#ifndef LDAP_DIR_FILTER_H
#define LDAP_DIR_FILTER_H

#include "lib/base/str.h"

#define DIR_FILTER_MAX 4096

void dir_filter_eq(struct str *out, const char *attr, const char *value);
/* The same of octets: a GUID or SID. */
void dir_filter_bytes(struct str *out, const char *attr, const uint8_t *data, size_t len);
/* A value that ends with part, or with open_end has it anywhere (RFC 4515 substring). */
void dir_filter_contains(struct str *out, const char *attr, const char *part, int open_end);
void dir_filter_present(struct str *out, const char *attr);
void dir_filter_open(struct str *out, char op); /* '&', '|' or '!' */
void dir_filter_close(struct str *out);

#endif
