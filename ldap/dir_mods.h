/* What an add or a modify changes, put together attribute by attribute. Values are copied. In an
 * add only dir_mods_add and dir_mods_add_bytes have a meaning. */
#ifndef LDAP_DIR_MODS_H
#define LDAP_DIR_MODS_H

#include <stddef.h>
#include <stdint.h>

struct dir_mods;
struct ldapmod; /* libldap's */

struct dir_mods *dir_mods_new(void);
void dir_mods_free(struct dir_mods **m);

/* One more value. Several calls for one attribute stand together in one change. A NULL value is
 * left out, so that an optional attribute needs no question. */
void dir_mods_add(struct dir_mods *m, const char *attr, const char *value);
void dir_mods_add_bytes(struct dir_mods *m, const char *attr, const uint8_t *data, size_t len);
/* This very value must be there and goes; without it the whole modify fails (16). */
void dir_mods_delete(struct dir_mods *m, const char *attr, const char *value);
/* Whatever is there goes, this comes. */
void dir_mods_replace(struct dir_mods *m, const char *attr, const char *value);
/* The entry must match this filter (RFC 4528, critical), else the modify fails (122). */
void dir_mods_assert(struct dir_mods *m, const char *filter);

/* Private to ldap/: the form libldap wants, NULL-terminated, owned by m; the filter or NULL. */
struct ldapmod **dir_mods_list(const struct dir_mods *m);
const char *dir_mods_assertion(const struct dir_mods *m);

#endif
