/* Ways to log in, one row each. Private to ldap/. */
#ifndef LDAP_DIR_BIND_H
#define LDAP_DIR_BIND_H

#include <ldap.h>

#include "lib/base/fail.h"

enum dir_channel {
	DIR_PLAIN = 1,                 /* ldap:// without TLS */
	DIR_TLS = 2,                   /* ldaps://, or ldap:// with StartTLS */
	DIR_LOCAL = 4,                 /* ldapi:// */
};

struct dir_settings;

struct dir_mechanism {
	const char *name;
	int channels;                  /* enum dir_channel: where it is safe */
	int needs_password;
	/* Send the request; LDAP result code. *msgid is set on LDAP_SUCCESS. A failure of our own
	 * (no password) fills f, which is empty before; then nothing was sent. */
	int (*send)(LDAP *ld, const struct dir_settings *s, int *msgid, struct fail *f);
};

/* NULL if there is no such row. */
const struct dir_mechanism *dir_mechanism_find(const char *name);

#endif
