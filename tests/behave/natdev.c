/* natdev: devices that speak the native protocol with keys and crowds of one's choice.
 *
 *	natdev list=FILE [times=N] [threads=N] [key=FILE] [docs=DIR] [wait=SECONDS] [digest=NAME]
 *
 * Each line "NAME PASSWORD" of the list tries times (1) times, threads (1) at once, each try with a
 * new P-256 key or with the PEM key of the file, whatever its kind. What may pass, a lost
 * connection included, is tried again with the same key for wait seconds. Prints a line for each
 * try, in no order:
 *
 *	NAME granted SHA-256-OF-DOCUMENT MILLISECONDS
 *	NAME ENR-206 password-used STATUS mac|- MILLISECONDS EVIDENCE
 *
 * With docs, a granted document is written to DIR/NAME.xml. The server is BENCH_IDENTITY,
 * BENCH_SERVER, BENCH_ADDRESS, BENCH_PORT of the environment. Exit 0 if every try had an answer. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/pki/csr.h"
#include "lib/pki/hash.h"
#include "lib/pki/key.h"
#include "lib/xml/xml.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_time.h"

#define THREADS_MAX 1024

/* Read by LeakSanitizer, where that is built in: it once took the table of thread-local storage of
 * a thread that had ended (400 octets of ld.so's own) for a leak. What this tool holds at its end
 * says nothing of the programs it tries. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}

struct run {
	struct bench_setup s;
	struct bench_device *d;
	size_t n, times, threads;
	double wait;
	EVP_PKEY *key;         /* NULL: each its own */
	const char *docs, *digest;
	_Atomic size_t next;
	_Atomic int unanswered;
	pthread_mutex_t print;
	pthread_barrier_t start;
};

/* A key that is kept over the tries of one device. */
struct hand {
	const struct run *r;
	struct pki_key *own;
};

/* A request of any key OpenSSL knows, acceptable or not. */
static int foreign_request(const struct run *r, const char *challenge, struct bytes *csr,
	struct fail *f)
{
	int type = EVP_PKEY_get_base_id(r->key);
	const EVP_MD *md = type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448 ?
		NULL : EVP_get_digestbyname(r->digest ? r->digest : "SHA256");
	X509_REQ *req = X509_REQ_new();
	unsigned char *der = NULL;
	int len = -1;

	if (X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
		X509_REQ_set_pubkey(req, r->key) == 1 &&
		X509_REQ_add1_attr_by_NID(req, NID_pkcs9_challengePassword, MBSTRING_UTF8,
			(const unsigned char *)challenge, -1) == 1 &&
		X509_REQ_sign(req, r->key, md) > 0)
		len = i2d_X509_REQ(req, &der);
	X509_REQ_free(req);
	if (len <= 0)
		return fail(f, ENR_KEY_NOT_MADE, "OpenSSL makes no request");
	bytes_set(csr, der, (size_t)len);
	OPENSSL_free(der);
	return 0;
}

static int request(void *arg, const char *challenge, struct bytes *csr, struct fail *f)
{
	struct hand *h = arg;

	if (h->r->key != NULL)
		return foreign_request(h->r, challenge, csr, f);
	if (h->own == NULL)
		h->own = pki_key_generate(KEY_P256, f);
	return h->own != NULL ? pki_csr_build(h->own, challenge, csr, f) : -1;
}

/* Did the server not say anything that stays said? */
static int may_pass(const struct bench_trip *t, const struct fail *f)
{
	return t->status == 0 || f->code == ENR_SERVER_UNREACHABLE || f->code == ENR_INTERNAL ||
		code_is_transient(f->code) || f->code == ENR_CORE_GONE;
}

static void keep_document(const struct run *r, const char *name, const struct bytes *document)
{
	autoclean(text_free) char *path = mem_printf("%s/%s.xml", r->docs, name);
	FILE *out = fopen(path, "we");

	if (out != NULL) {
		fwrite(document->data, 1, document->len, out);
		fclose(out);
	}
}

static void tell(struct run *r, const char *name, const struct bench_trip *t, const struct fail *f,
	double took)
{
	autoclean(str_free) struct str hash = STR_INIT(65);
	uint8_t sha[SHA256_LEN];

	pthread_mutex_lock(&r->print);
	if (f->code == ENR_NONE) {
		pki_sha256(t->document.data, t->document.len, sha);
		hex_add(&hash, sha, sizeof(sha));
		printf("%s granted %s %.0f\n", name, str_text(&hash), took * 1000);
		if (r->docs != NULL)
			keep_document(r, name, &t->document);
	} else {
		printf("%s %s %s %ld %s %.0f %s\n", name, code_name(f->code),
			code_row(f->code)->word, t->status, t->is_maced ? "mac" : "-", took * 1000,
			f->evidence);
	}
	fflush(stdout);
	pthread_mutex_unlock(&r->print);
}

static void one(struct run *r, const struct bench_device *d)
{
	struct hand hand = { r, NULL };
	double begin = bench_wall();

	for (;;) {
		struct bench_trip trip = { .request = request, .arg = &hand };
		struct fail f = FAIL_INIT;
		int rc = bench_enroll(&r->s, d, &trip, &f);

		if (rc == 0 || !may_pass(&trip, &f) || bench_wall() - begin > r->wait) {
			if (rc < 0 && trip.status == 0)
				r->unanswered = 1;
			tell(r, d->name, &trip, &f, bench_wall() - begin);
			bytes_wipe(&trip.document);
			break;
		}
		usleep(200000);
	}
	pki_key_free(&hand.own);
}

static void *thread(void *arg)
{
	struct run *r = arg;

	pthread_barrier_wait(&r->start);
	for (;;) {
		size_t i = atomic_fetch_add(&r->next, 1);

		if (i >= r->n * r->times)
			return NULL;
		one(r, &r->d[i / r->times]);
	}
}

static size_t count(const char *text)
{
	int64_t n;

	return text_number(text, 1, 100000, &n) == 0 ? (size_t)n : 0;
}

static EVP_PKEY *key_read(const char *path)
{
	FILE *in = fopen(path, "re");
	EVP_PKEY *key = in ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;

	if (in != NULL)
		fclose(in);
	return key;
}

/* 0, or -1 for a word that is none of ours. */
static int option(struct run *r, const char *word, const char **list)
{
	const char *value = strchr(word, '=');

	if (value == NULL)
		return -1;
	value++;
	if (strncmp(word, "list=", 5) == 0)
		*list = value;
	else if (strncmp(word, "times=", 6) == 0)
		return (r->times = count(value)) > 0 ? 0 : -1;
	else if (strncmp(word, "threads=", 8) == 0)
		return (r->threads = count(value)) > 0 && r->threads <= THREADS_MAX ? 0 : -1;
	else if (strncmp(word, "wait=", 5) == 0)
		r->wait = (double)count(value);
	else if (strncmp(word, "docs=", 5) == 0)
		r->docs = value;
	else if (strncmp(word, "digest=", 7) == 0)
		r->digest = value;
	else if (strncmp(word, "key=", 4) == 0)
		return (r->key = key_read(value)) != NULL ? 0 : -1;
	else
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	static pthread_t threads[THREADS_MAX];
	struct run r = { .times = 1, .threads = 1, .print = PTHREAD_MUTEX_INITIALIZER };
	const char *list = NULL;

	for (int i = 1; i < argc; i++) {
		if (option(&r, argv[i], &list) < 0) {
			fprintf(stderr, "natdev: %s?\n", argv[i]);
			return 2;
		}
	}
	bench_setup_read(&r.s);
	curl_global_init(CURL_GLOBAL_ALL);
	xml_prepare();
	r.d = bench_devices_read(list, &r.n);
	if (r.d == NULL || r.s.port == 0 || r.s.identity == NULL) {
		fprintf(stderr, "natdev: no list, or no BENCH_PORT\n");
		return 2;
	}
	pthread_barrier_init(&r.start, NULL, (unsigned)r.threads);
	for (size_t i = 0; i < r.threads; i++)
		pthread_create(&threads[i], NULL, thread, &r);
	for (size_t i = 0; i < r.threads; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&r.start);
	EVP_PKEY_free(r.key);
	free(r.d);
	return r.unanswered;
}
