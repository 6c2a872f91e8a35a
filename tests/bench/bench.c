/* bench: drives devices in C against a running enrolld, loads the same directory directly, times the cryptography,
 * and prints what run.sh turns into ratios: one "name value" line each.
 *
 *	bench enroll|direct|crypto  (settings by environment: BENCH_*, see run.sh) */
#include "tests/bench/bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "tests/bench/bench_time.h"

struct run {
	const struct bench_setup *s;
	const struct bench_device *d;
	size_t n;
	_Atomic size_t next, failed;
	pthread_mutex_t lock;
	char why[FAIL_EVIDENCE_MAX + 32];
};

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL) {
		fprintf(stderr, "bench: %s is not set\n", name);
		exit(2);
	}
	return value;
}

static struct bench_device *read_devices(size_t *n)
{
	FILE *in = fopen(setting("BENCH_DEVICES"), "re");
	struct bench_device *list = mem_array(100000, sizeof(*list));

	*n = 0;
	while (in != NULL && *n < 100000 && fscanf(in, "%63s %31s", list[*n].name, list[*n].password) == 2)
		(*n)++;
	if (in != NULL)
		fclose(in);
	return list;
}

static void *enroll_thread(void *arg)
{
	struct run *r = arg;

	for (;;) {
		size_t i = atomic_fetch_add(&r->next, 1);
		struct fail f = FAIL_INIT;

		if (i >= r->n)
			return NULL;
		if (bench_enroll(r->s, &r->d[i], &f) == 0)
			continue;
		if (atomic_fetch_add(&r->failed, 1) == 0) {
			pthread_mutex_lock(&r->lock);
			snprintf(r->why, sizeof(r->why), "%s %s", code_name(f.code), f.evidence);
			pthread_mutex_unlock(&r->lock);
		}
	}
}

static int enroll_all(const struct bench_setup *s, const struct bench_device *d, size_t n)
{
	struct run r = { .s = s, .d = d, .n = n, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread[64];
	double begin = bench_wall();

	for (size_t i = 0; i < s->threads; i++)
		pthread_create(&thread[i], NULL, enroll_thread, &r);
	for (size_t i = 0; i < s->threads; i++)
		pthread_join(thread[i], NULL);
	printf("enroll_seconds %.6f\nenrolled %zu\nfailed %zu\n", bench_wall() - begin,
	       n - r.failed, (size_t)r.failed);
	if (r.failed > 0)
		fprintf(stderr, "bench: first failure: %s\n", r.why);
	return r.failed > 0;
}

static int direct_all(const struct bench_setup *s, const struct bench_device *d, size_t n)
{
	struct fail f = FAIL_INIT;
	double seconds = bench_direct(s, d, n, &f);

	if (seconds < 0) {
		fprintf(stderr, "bench: %s %s\n", code_name(f.code), f.evidence);
		return 1;
	}
	printf("direct_seconds %.6f\n", seconds);
	return 0;
}

static int crypto_all(const struct bench_setup *s)
{
	struct bench_crypto c = { 0 };
	struct fail f = FAIL_INIT;

	if (bench_crypto(s, &c, &f) < 0) {
		fprintf(stderr, "bench: %s %s\n", code_name(f.code), f.evidence);
		return 1;
	}
	printf("handshake_cpu %.9f\ncsr_verify_cpu %.9f\nsign_cpu %.9f\n", c.handshake, c.csr_verify, c.sign);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct bench_setup s = {
		.identity = setting("BENCH_IDENTITY"), .server_name = setting("BENCH_SERVER"),
		.address = setting("BENCH_ADDRESS"), .root_file = setting("BENCH_ROOT"),
		.uri = setting("BENCH_URI"), .bind_dn = setting("BENCH_BIND_DN"),
		.bind_password = setting("BENCH_BIND_PW"), .ca_file = setting("BENCH_LDAP_CA"),
		.ou_dn = setting("BENCH_OU"), .ca_dir = setting("BENCH_CA"),
	};
	int64_t port, threads;
	autoclean(text_free) char *held = NULL;
	struct bench_device *d;
	size_t n;

	if (text_number(setting("BENCH_PORT"), 1, 65535, &port) < 0 ||
	    text_number(setting("BENCH_THREADS"), 1, 64, &threads) < 0)
		return 2;
	s.port = (int)port;
	s.threads = (size_t)threads;
	curl_global_init(CURL_GLOBAL_ALL);
	d = read_devices(&n);
	held = (char *)d;
	if (strcmp(what, "enroll") == 0)
		return enroll_all(&s, d, n);
	if (strcmp(what, "direct") == 0)
		return direct_all(&s, d, n);
	if (strcmp(what, "crypto") == 0)
		return crypto_all(&s);
	fprintf(stderr, "usage: bench enroll|direct|crypto\n");
	return 2;
}
