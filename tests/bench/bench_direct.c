#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/pki/key.h"
#include "tests/bench/bench_entry.h"
#include "tests/bench/bench_time.h"

/* What the threads share: the next entry, the first failure, and the start. */
struct load {
	const struct bench_setup *s;
	struct bench_entry *entry;
	size_t n;
	pthread_barrier_t connected;
	pthread_mutex_t lock; /* why */
	_Atomic size_t next;
	_Atomic int failed;
	struct fail why;
};

LDAP *bench_connect(const struct bench_setup *s, struct fail *f)
{
	autoclean(bytes_wipe) struct bytes password = BYTES_INIT;
	LDAP *ld = NULL;
	int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, server = 0, rc;
	struct berval cred;

	if (file_read(s->bind_password_file, 1024, &password, f) < 0)
		return NULL;
	cred = (struct berval){ password.len, (char *)password.data };
	while (cred.bv_len > 0 && cred.bv_val[cred.bv_len - 1] == '\n')
		cred.bv_len--;
	rc = ldap_initialize(&ld, s->uri);
	if (rc == LDAP_SUCCESS) {
		ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
		ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, s->ca_file);
		ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
		ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &server);
	}
	if (rc == LDAP_SUCCESS && strncmp(s->uri, "ldaps:", 6) != 0)
		rc = ldap_start_tls_s(ld, NULL, NULL);
	if (rc == LDAP_SUCCESS)
		rc = ldap_sasl_bind_s(ld, s->bind_dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL, NULL);
	if (rc == LDAP_SUCCESS)
		return ld;
	if (ld != NULL)
		ldap_unbind_ext_s(ld, NULL, NULL);
	fail(f, ENR_DIRECTORY_REFUSED, "%s: %s", s->uri, ldap_err2string(rc));
	return NULL;
}

static int add_one(LDAP *ld, const struct bench_setup *s, struct bench_entry *e, struct fail *f)
{
	LDAPMod *later[] = { &e->later, NULL };
	int rc = ldap_add_ext_s(ld, e->dn, e->mods, NULL, NULL);

	if (rc == LDAP_SUCCESS && s->writes == 2)
		rc = ldap_modify_ext_s(ld, e->dn, later, NULL, NULL);
	return rc == LDAP_SUCCESS ? 0 : fail(f, ENR_DIRECTORY_REFUSED, "add %s: %s", e->name,
		ldap_err2string(rc));
}

static void give_up(struct load *l, const struct fail *why)
{
	pthread_mutex_lock(&l->lock);
	if (!atomic_exchange(&l->failed, 1))
		l->why = *why;
	pthread_mutex_unlock(&l->lock);
}

static void *load_thread(void *arg)
{
	struct load *l = arg;
	struct fail f = FAIL_INIT;
	LDAP *ld = bench_connect(l->s, &f);

	if (ld == NULL)
		give_up(l, &f);
	pthread_barrier_wait(&l->connected);
	while (ld != NULL && !atomic_load(&l->failed)) {
		size_t i = atomic_fetch_add(&l->next, 1);

		if (i >= l->n)
			break;
		if (add_one(ld, l->s, &l->entry[i], &f) < 0)
			give_up(l, &f);
	}
	pthread_barrier_wait(&l->connected);
	if (ld != NULL)
		ldap_unbind_ext_s(ld, NULL, NULL);
	return NULL;
}

/* Between the first barrier and the second: nothing but the writes. */
static double load_all(struct load *l)
{
	pthread_t thread[BENCH_THREADS_MAX];
	double begin;

	pthread_barrier_init(&l->connected, NULL, (unsigned)l->s->threads + 1);
	pthread_mutex_init(&l->lock, NULL);
	for (size_t i = 0; i < l->s->threads; i++)
		if (pthread_create(&thread[i], NULL, load_thread, l) != 0)
			abort();
	pthread_barrier_wait(&l->connected);
	begin = bench_wall();
	bench_watch_begin();
	pthread_barrier_wait(&l->connected);
	begin = bench_wall() - begin;
	bench_watch_end();
	for (size_t i = 0; i < l->s->threads; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&l->connected);
	pthread_mutex_destroy(&l->lock);
	return begin;
}

static int make_entries(struct load *l, const struct bench_device *d, struct fail *f)
{
	struct bench_issuer issuer = { .ca = ca_open(l->s->ca_dir, f) };
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(KEY_P256, f);
	int rc = issuer.ca && key ? pki_key_spki(key, &issuer.spki, f) : -1;

	for (size_t i = 0; i < l->n && rc == 0; i++)
		rc = bench_entry_make(l->s, &issuer, d[i].name, &l->entry[i], f);
	bytes_free(&issuer.spki);
	ca_close(&issuer.ca);
	return rc;
}

double bench_direct(
	const struct bench_setup *s, const struct bench_device *d, size_t n, struct fail *f)
{
	struct load l = { .s = s, .entry = mem_array(n, sizeof(*l.entry)), .n = n };
	double seconds = -1;

	if (make_entries(&l, d, f) == 0)
		seconds = load_all(&l);
	for (size_t i = 0; i < n; i++)
		bench_entry_clear(&l.entry[i]);
	free(l.entry);
	if (seconds >= 0 && l.failed) {
		*f = l.why;
		return -1;
	}
	return seconds;
}
