/* What an add or a modify changes, put together attribute by attribute. Values are copied. In an
 * add only dir_mods_add and dir_mods_add_bytes have a meaning. */
#ifndef LDAP_DIR_MODS_H
#define LDAP_DIR_MODS_H

#include <stddef.h>
#include <stdint.h>

struct dir_mods;
/* A control (RFC 4511 section 4.1.11) with its value as it goes over the wire. */
struct dir_control {
	const char *oid;
	const uint8_t *value; /* NULL: none */
	size_t len;
};
/* Security descriptors: which parts are meant (MS-ADTS 3.1.1.3.4.1.11); value is 02 01 and the
 * parts in a SEQUENCE. */
#define DIR_CONTROL_SD_FLAGS "1.2.840.113556.1.4.801"
#define DIR_SD_OWNER_GROUP_DACL ((const uint8_t *)"\x30\x03\x02\x01\x07")
#define DIR_SD_DACL ((const uint8_t *)"\x30\x03\x02\x01\x04")
#define DIR_SD_LEN 5
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
/* What is there goes, this list comes. */
void dir_mods_replace_list(struct dir_mods *m, const char *attr, const char *const *value,
	size_t n);
void dir_mods_replace_bytes(struct dir_mods *m, const char *attr, const uint8_t *data,
	size_t len);
/* A change that any entry refuses, after the rights on attr were looked at: the attribute goes
 * twice (16); or, with a value, this value comes twice (20). */
void dir_mods_never(struct dir_mods *m, const char *attr, const char *value);
/* The entry must match this filter (RFC 4528, critical), else the modify fails (122). */
void dir_mods_assert(struct dir_mods *m, const char *filter);
/* The operation carries this control, critical (one at most); value is copied. */
void dir_mods_control(struct dir_mods *m, const char *oid, const uint8_t *value, size_t len);

/* Private to ldap/: the form libldap wants, NULL-terminated, owned by m; the filter or NULL. */
struct ldapmod **dir_mods_list(const struct dir_mods *m);
const char *dir_mods_assertion(const struct dir_mods *m);
const struct dir_control *dir_mods_with(const struct dir_mods *m); /* or NULL */

#endif
