#include "tests/bench/bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldap.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/pki/cert.h"
#include "tests/bench/bench_time.h"

/* What the threads share: the next device, the first failure. */
struct load {
	const struct bench_setup *s;
	const struct bench_device *d;
	size_t n;
	struct bytes certificate;
	_Atomic size_t next;
	_Atomic int failed;
	char why[256];
};

static LDAP *connect_bind(const struct bench_setup *s, char *why, size_t size)
{
	LDAP *ld = NULL;
	int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, server = 0, rc;
	struct berval cred = { strlen(s->bind_password), (char *)s->bind_password };

	if (ldap_initialize(&ld, s->uri) != LDAP_SUCCESS)
		return NULL;
	ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, s->ca_file);
	ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
	ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &server);
	rc = ldap_start_tls_s(ld, NULL, NULL);
	if (rc == LDAP_SUCCESS)
		rc = ldap_sasl_bind_s(ld, s->bind_dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL, NULL);
	if (rc == LDAP_SUCCESS)
		return ld;
	snprintf(why, size, "%s: %s", s->uri, ldap_err2string(rc));
	ldap_unbind_ext_s(ld, NULL, NULL);
	return NULL;
}

/* libldap wants char * where it only reads. */
static char *lent(const char *t)
{
	return (char *)(uintptr_t)t;
}

#define ADD_ATTRIBUTES 7

static int add_one(LDAP *ld, struct load *l, const struct bench_device *d)
{
	autoclean(text_free) char *name = mem_printf("DIRECT-%s", d->name);
	autoclean(text_free) char *dn = mem_printf("cn=%s,%s", name, l->s->ou_dn);
	autoclean(text_free) char *fqdn = mem_printf("%s.contoso.test", name);
	autoclean(text_free) char *mark = mem_printf("1:E-DIRE-CT00:1:%032d", 0);
	const struct {
		const char *type, *value[3];
	} rows[ADD_ATTRIBUTES - 1] = {
		{ "objectClass", { "device", "enrolldDevice", "pkiUser" } },
		{ "cn", { name } },
		{ "enrolldEnrollment", { "E-DIRE-CT00" } },
		{ "enrolldMark", { mark } },
		{ "enrolldState", { "enabled" } },
		{ "enrolldFqdn", { fqdn } },
	};
	struct berval cert = { l->certificate.len, (char *)l->certificate.data },
		      *certs[] = { &cert, NULL };
	char *values[ADD_ATTRIBUTES][4] = { { NULL } };
	LDAPMod mods[ADD_ATTRIBUTES] = { 0 }, *list[ADD_ATTRIBUTES + 1] = { NULL };

	for (size_t i = 0; i < ADD_ATTRIBUTES - 1; i++) {
		for (size_t k = 0; k < 3; k++)
			values[i][k] = lent(rows[i].value[k]);
		mods[i] = (LDAPMod){ .mod_op = LDAP_MOD_ADD, .mod_type = lent(rows[i].type),
				     .mod_values = values[i] };
		list[i] = &mods[i];
	}
	mods[ADD_ATTRIBUTES - 1] = (LDAPMod){ .mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES,
					      .mod_type = lent("userCertificate;binary"),
					      .mod_bvalues = certs };
	list[ADD_ATTRIBUTES - 1] = &mods[ADD_ATTRIBUTES - 1];
	return ldap_add_ext_s(ld, dn, list, NULL, NULL);
}

static void *load_thread(void *arg)
{
	struct load *l = arg;
	char why[200] = "cannot connect";
	LDAP *ld = connect_bind(l->s, why, sizeof(why));

	while (ld != NULL && !atomic_load(&l->failed)) {
		size_t i = atomic_fetch_add(&l->next, 1);
		int rc;

		if (i >= l->n)
			break;
		rc = add_one(ld, l, &l->d[i]);
		if (rc != LDAP_SUCCESS) {
			snprintf(why, sizeof(why), "add %s: %s", l->d[i].name, ldap_err2string(rc));
			ldap_unbind_ext_s(ld, NULL, NULL);
			ld = NULL;
		}
	}
	if (ld == NULL && !atomic_exchange(&l->failed, 1))
		snprintf(l->why, sizeof(l->why), "%s", why);
	if (ld != NULL)
		ldap_unbind_ext_s(ld, NULL, NULL);
	return NULL;
}

double bench_direct(
	const struct bench_setup *s, const struct bench_device *d, size_t n, struct fail *f)
{
	struct load l = { .s = s, .d = d, .n = n, .certificate = BYTES_INIT };
	struct bytes pem = BYTES_INIT;
	struct cert_list list = { NULL, 0 };
	pthread_t thread[64];
	double begin;

	if (file_read(s->root_file, 65536, &pem, f) < 0 ||
	    cert_list_parse_pem(pem.data, pem.len, 1, &list, f) < 0)
		return -1;
	bytes_set(&l.certificate, list.der[0].data, list.der[0].len);
	begin = bench_wall();
	for (size_t i = 0; i < s->threads; i++)
		pthread_create(&thread[i], NULL, load_thread, &l);
	for (size_t i = 0; i < s->threads; i++)
		pthread_join(thread[i], NULL);
	begin = bench_wall() - begin;
	bytes_free(&l.certificate);
	bytes_free(&pem);
	cert_list_free(&list);
	if (l.failed) {
		fail(f, ENR_DIRECTORY_REFUSED, "%s", l.why);
		return -1;
	}
	return begin;
}
