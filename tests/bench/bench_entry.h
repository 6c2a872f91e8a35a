/* The object that a directory is loaded with directly: the attributes that agent/join gives it, so
 * that one is measured beside the other. */
#ifndef TESTS_BENCH_BENCH_ENTRY_H
#define TESTS_BENCH_BENCH_ENTRY_H

#include <ldap.h>

#include "tests/bench/bench.h"

enum { BENCH_ATTRIBUTES = 16,
	BENCH_VALUES = 4,
	BENCH_PASSWORD_LEN = 122 };

struct bench_attribute {
	LDAPMod mod;
	struct berval value[BENCH_VALUES], *list[BENCH_VALUES + 1];
};

struct bench_entry {
	char dn[512], name[80], fqdn[200], mark[80], account[84], spn[2][220];
	char password[2 * BENCH_PASSWORD_LEN];
	struct bench_attribute attribute[BENCH_ATTRIBUTES];
	LDAPMod *mods[BENCH_ATTRIBUTES + 1]; /* of the add; ends with NULL */
	size_t n;
	LDAPMod later; /* with two writes: the certificate, in a modify after it */
};

/* Points into e, s and certificate. -1: no such flavour. */
int bench_entry_make(const struct bench_setup *s, const char *name, const struct bytes *certificate,
	struct bench_entry *e);

#endif
