/* Keytabs (the file format of MIT krb5, by libkrb5), as octets in memory: the caller reads and
 * writes the file. Keys are made from the machine password as RFC 3962 says, with the salt that
 * Active Directory uses for computers: REALM "host" account "." domain, the last two in lower case.
 * Pure but for an anonymous file; one thread. */
#ifndef CLIENT_KEYTAB_H
#define CLIENT_KEYTAB_H

#include <stddef.h>
#include <stdint.h>

#include "client/domain.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"

#define KEYTAB_MAX (256 * 1024) /* octets */

/* before (may be empty: no keytab) with the keys of d's account in it: the account itself and each
 * service principal, HOST as "host", AES-256 and AES-128, version d->key_version. Other entries
 * stay. Where every key is there already, after is before, octet for octet. ENR_KEYTAB_FAILED. */
int keytab_add(const struct bytes *before, const struct domain *d, struct bytes *after,
	struct fail *f);

struct keytab_seen {
	size_t keys; /* of that account */
	int64_t version; /* newest of them; 0: none */
};
/* What a keytab has of ACCOUNT@REALM. ENR_KEYTAB_FAILED if it is none. */
int keytab_look(const struct bytes *data, const char *account, const char *realm,
	struct keytab_seen *out, struct fail *f);
/* 1 if every entry is of that realm or was in before (may be empty): nobody else's key is lost when
 * before is put back. */
int keytab_is_ours(const struct bytes *data, const struct bytes *before, const char *realm);

#endif
