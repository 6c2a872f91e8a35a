/* Enrolld.Domain of the document (docs/PROVISIONING.md), taken apart and checked: what domain this
 * machine is a member of, and as whom. Where the directory has no Kerberos, account is NULL and so
 * is all below it. Holds the machine password: keep it in this process and clear it. */
#ifndef CLIENT_DOMAIN_H
#define CLIENT_DOMAIN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/pki/hash.h"
#include "lib/wire/wapdoc.h"

#define DOMAIN_SERVICES_MAX 16
#define DOMAIN_ACCOUNT_MAX 21 /* "$" included; sAMAccountName of a computer */

struct domain {
	char *dns; /* lower case; the domain's own name where there is Kerberos */
	char *server, *object; /* URI and DN, or NULL */
	char *account; /* "LT-0042$" */
	char *realm; /* upper case */
	char *netbios, *sid; /* or NULL */
	char *controller; /* DNS name, lower case: knows the keys at once. Or NULL */
	int64_t key_version;
	char *service[DOMAIN_SERVICES_MAX]; /* "HOST/lt-0042.corp.example.com" */
	size_t n_services;
	int login; /* people of the domain are to log in here */
	struct bytes password; /* UTF-8 */
};

/* n is the section in doc, which also names the enrollment that the password is bound to. key opens
 * the password, NULL: there is none, which is right only where nothing is sealed.
 * ENR_DOCUMENT_INVALID; ENR_LOCAL_STATE: the key is gone. */
int domain_read(const struct wapdoc_node *doc, const struct wapdoc_node *n,
	const uint8_t key[AEAD_KEY_LEN], struct domain *out, struct fail *f);
void domain_clear(struct domain *d);

#endif
