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
#include "tests/bench/bench_entry.h"
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
	rc = strncmp(s->uri, "ldaps:", 6) == 0 ? LDAP_SUCCESS : ldap_start_tls_s(ld, NULL, NULL);
	if (rc == LDAP_SUCCESS)
		rc = ldap_sasl_bind_s(ld, s->bind_dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL, NULL);
	if (rc == LDAP_SUCCESS)
		return ld;
	snprintf(why, size, "%s: %s", s->uri, ldap_err2string(rc));
	ldap_unbind_ext_s(ld, NULL, NULL);
	return NULL;
}

static int add_one(LDAP *ld, struct load *l, const struct bench_device *d)
{
	struct bench_entry e;
	LDAPMod *later[] = { &e.later, NULL };
	int rc;

	if (bench_entry_make(l->s, d->name, &l->certificate, &e) < 0)
		return LDAP_PARAM_ERROR;
	rc = ldap_add_ext_s(ld, e.dn, e.mods, NULL, NULL);
	if (rc == LDAP_SUCCESS && l->s->writes == 2)
		rc = ldap_modify_ext_s(ld, e.dn, later, NULL, NULL);
	return rc;
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
