/* Are an object that an enrollment made and one that was loaded directly alike? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/str.h"
#include "tests/bench/bench_entry.h"

#define OCTETS_MAY_DIFFER 24 /* ECDSA signatures in DER, numbers of the directory */

/* What an entry has: "attribute times-values", sorted, and how many octets it is. */
struct shape {
	struct str text;
	size_t octets;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void shape_of(LDAP *ld, LDAPMessage *entry, struct shape *out)
{
	char *line[64];
	BerElement *ber = NULL;
	size_t n = 0;

	for (char *name = ldap_first_attribute(ld, entry, &ber); name != NULL && n < 64;
		name = ldap_next_attribute(ld, entry, ber)) {
		struct berval **v = ldap_get_values_len(ld, entry, name);
		int count = ldap_count_values_len(v);

		for (int i = 0; i < count; i++)
			out->octets += v[i]->bv_len;
		line[n++] = mem_printf("%s %d", name, count);
		ldap_value_free_len(v);
		ldap_memfree(name);
	}
	ber_free(ber, 0);
	qsort(line, n, sizeof(line[0]), by_text);
	for (size_t i = 0; i < n; i++) {
		str_printf(&out->text, "%s%s", i > 0 ? ", " : "", line[i]);
		free(line[i]);
	}
}

static int read_shape(LDAP *ld, const struct bench_setup *s, const char *name, struct shape *out,
	struct fail *f)
{
	autoclean(text_free) char *dn = mem_printf("cn=%s,%s", name, s->ou_dn);
	LDAPMessage *found = NULL;
	int rc = ldap_search_ext_s(
		ld, dn, LDAP_SCOPE_BASE, NULL, NULL, 0, NULL, NULL, NULL, 1, &found);

	if (rc == LDAP_SUCCESS && ldap_first_entry(ld, found) != NULL)
		shape_of(ld, ldap_first_entry(ld, found), out);
	else
		fail(f, ENR_DIRECTORY_GONE, "%s: %s", dn, ldap_err2string(rc));
	ldap_msgfree(found);
	return out->octets > 0 ? 0 : -1;
}

int bench_same(const struct bench_setup *s, const char *one, const char *other, struct fail *f)
{
	struct shape a = { .text = STR_INIT(4096) }, b = { .text = STR_INIT(4096) };
	LDAP *ld = bench_connect(s, f);
	int rc = -1;

	if (ld != NULL && read_shape(ld, s, one, &a, f) == 0 &&
		read_shape(ld, s, other, &b, f) == 0)
		rc = strcmp(str_text(&a.text), str_text(&b.text)) == 0 &&
				labs((long)a.octets - (long)b.octets) <= OCTETS_MAY_DIFFER
			? 0
			: fail(f, ENR_INTERNAL, "%s has %s (%zu octets), %s has %s (%zu)", one,
				  str_text(&a.text), a.octets, other, str_text(&b.text), b.octets);
	if (ld != NULL)
		ldap_unbind_ext_s(ld, NULL, NULL);
	str_free(&a.text);
	str_free(&b.text);
	return rc;
}
