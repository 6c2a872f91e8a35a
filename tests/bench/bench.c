/* bench: drives devices in C against a running enrolld, loads the same directory directly, times
 * the cryptography, and prints what run.sh turns into ratios: one "name value" line each.
 *
 *	bench enroll|direct|crypto|same ONE OTHER  (settings by environment: BENCH_*, see turns.sh)
*/
#include "tests/bench/bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/base/mem.h"
#include "lib/xml/xml.h"
#include "tests/bench/bench_time.h"

struct run {
	const struct bench_setup *s;
	const struct bench_device *d;
	size_t n;
	_Atomic size_t next, failed, handshakes;
	pthread_mutex_t lock;
	char why[FAIL_EVIDENCE_MAX + 32];
};

static void *enroll_thread(void *arg)
{
	struct run *r = arg;

	for (;;) {
		size_t i = atomic_fetch_add(&r->next, 1);
		struct bench_trip trip = { 0 };
		struct fail f = FAIL_INIT;
		int rc;

		if (i >= r->n)
			return NULL;
		rc = bench_enroll(r->s, &r->d[i], &trip, &f);
		atomic_fetch_add(&r->handshakes, (size_t)trip.handshakes);
		bytes_wipe(&trip.document);
		if (rc == 0)
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
	pthread_t thread[BENCH_THREADS_MAX];
	double begin = bench_wall();

	bench_watch_begin();
	for (size_t i = 0; i < s->threads; i++)
		pthread_create(&thread[i], NULL, enroll_thread, &r);
	for (size_t i = 0; i < s->threads; i++)
		pthread_join(thread[i], NULL);
	begin = bench_wall() - begin;
	bench_watch_end();
	printf("seconds %.6f\nenrolled %zu\nfailed %zu\nhandshakes %zu\n", begin, n - r.failed,
		(size_t)r.failed, (size_t)r.handshakes);
	bench_watch_print();
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
	printf("seconds %.6f\nadded %zu\n", seconds, n);
	bench_watch_print();
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
	printf("handshake_cpu %.9f\ncsr_verify_cpu %.9f\nsign_cpu %.9f\n", c.handshake,
		c.csr_verify, c.sign);
	return 0;
}

static int same(const struct bench_setup *s, const char *one, const char *other)
{
	struct fail f = FAIL_INIT;

	if (bench_same(s, one, other, &f) == 0)
		return 0;
	fprintf(stderr, "bench: not the same: %s\n", f.evidence);
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct bench_setup s;
	struct bench_device *d;
	size_t n;
	int rc = 2;

	bench_setup_read(&s);
	curl_global_init(CURL_GLOBAL_ALL);
	xml_prepare();
	if (strcmp(what, "same") == 0 && argc == 4)
		return same(&s, argv[2], argv[3]);
	d = bench_devices_read(getenv("BENCH_DEVICES"), &n);
	if (d == NULL || s.threads == 0 || bench_watch_read(getenv("BENCH_WATCH")) < 0)
		fprintf(stderr,
			"bench: BENCH_DEVICES, BENCH_THREADS or BENCH_WATCH is not right\n");
	else if (strcmp(what, "enroll") == 0)
		rc = enroll_all(&s, d, n);
	else if (strcmp(what, "direct") == 0)
		rc = direct_all(&s, d, n);
	else if (strcmp(what, "crypto") == 0)
		rc = crypto_all(&s);
	else
		fprintf(stderr, "usage: bench enroll|direct|crypto\n");
	free(d);
	return rc;
}
