/* The object that a directory is loaded with directly: the attributes that agent/join gives it, and
 * a certificate such as the agent's own CA signs, so that one is measured beside the other. */
#ifndef TESTS_BENCH_BENCH_ENTRY_H
#define TESTS_BENCH_BENCH_ENTRY_H

#include <ldap.h>

#include "agent/ca/ca.h"
#include "lib/base/id.h"
#include "tests/bench/bench.h"

enum { BENCH_ATTRIBUTES = 16,
	BENCH_VALUES = 4,
	BENCH_PASSWORD_LEN = 122 };

struct bench_attribute {
	LDAPMod mod;
	struct berval value[BENCH_VALUES], *list[BENCH_VALUES + 1];
};

struct bench_entry {
	char dn[512], name[80], fqdn[200], id[ID_MAX], mark[80], account[84], spn[2][220];
	char password[2 * BENCH_PASSWORD_LEN];
	struct bytes certificate;
	struct bench_attribute attribute[BENCH_ATTRIBUTES];
	LDAPMod *mods[BENCH_ATTRIBUTES + 1]; /* of the add; ends with NULL */
	size_t n;
	LDAPMod later; /* with two writes: the certificate, in a modify after it */
};

/* Whose certificates: the CA, and a key that they are all for. */
struct bench_issuer {
	struct ca *ca;
	struct bytes spki;
};

/* Fills e, which points into itself and must not be moved. */
int bench_entry_make(const struct bench_setup *s, const struct bench_issuer *i, const char *name,
	struct bench_entry *e, struct fail *f);
void bench_entry_clear(struct bench_entry *e);

/* Logged in as the agent logs in, over TLS. NULL with f. */
LDAP *bench_connect(const struct bench_setup *s, struct fail *f);

#endif
