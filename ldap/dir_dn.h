/* Distinguished names (RFC 4514): parsed by libldap, compared by meaning. Two spellings are the
 * same name if attribute types (short name, long name or OID of the common ones) and values agree
 * without regard to case (ASCII), to escapes, and to blanks around and repeated inside. Where the
 * directory would fold more, these functions say "different", which refuses. Pure, thread-safe. */
#ifndef LDAP_DIR_DN_H
#define LDAP_DIR_DN_H

#include "lib/base/str.h"

#define DIR_DN_MAX 2048

/* 1 if text is a name of at least one part and at most DIR_DN_MAX octets; else 0. */
int dir_dn_is(const char *text);
/* 1 the same, 0 different, -1 one of them is no name. */
int dir_dn_equal(const char *a, const char *b);
/* 1 if dn is base or lies anywhere below it, 0 not, -1 one of them is no name. */
int dir_dn_is_within(const char *dn, const char *base);
/* Number of its parts; -1 if it is no name. */
int dir_dn_depth(const char *dn);

/* The same name as every server reads it: short attribute types, values as text where they were
 * written as "#" and the hex of a string. 0, or -1 if text is no name. */
int dir_dn_plain(const char *text, struct str *out);

/* "attr=value,parent" with the value escaped; parent is taken as it is. Overflow is sticky. */
void dir_dn_child(struct str *out, const char *attr, const char *value, const char *parent);

/* "contoso.test/Managed Devices/Sales" -> "ou=Sales,ou=Managed Devices,dc=contoso,dc=test". A
 * slash inside a part is written "\/". 0, or -1 if it is no such path. */
int dir_dn_from_path(const char *path, struct str *out);

#endif
