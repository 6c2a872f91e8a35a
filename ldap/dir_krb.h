/* The few calls of libkrb5 that dir_cred.h stands on. They wait for KDCs as long as libkrb5 does.
 * Each uses a context of its own: thread-safe. Private to ldap/. */
#ifndef LDAP_DIR_KRB_H
#define LDAP_DIR_KRB_H

#include <stdint.h>

#include "lib/base/fail.h"

/* A ticket-granting ticket for principal by its key in the keytab, into the new cache; when it
 * ends (epoch). ENR_DIRECTORY_CREDENTIALS, ENR_DIRECTORY_UNREACHABLE. */
int dir_krb_log_in(const char *keytab, const char *principal, const char *cache, int64_t *end,
	struct fail *f);
/* A ticket for ldap/host besides. */
int dir_krb_service(const char *cache, const char *host, int64_t *end, struct fail *f);
/* The cache and its keys, wiped. */
void dir_krb_destroy(const char *cache);

#endif
