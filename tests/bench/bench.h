/* The pieces of `make bench`: devices in C, the directory loaded directly, and the cryptography
 * nobody can avoid, each timed in the same run. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"

enum { BENCH_THREADS_MAX = 64,
	BENCH_WATCHED_MAX = 5 };

/* One line "NAME PASSWORD" of the file that run.sh made. */
struct bench_device {
	char name[64];
	char password[32];
};

struct bench_setup {
	const char *identity, *server_name, *address; /* address: IP to connect to */
	int port;
	const char *uri, *bind_dn, *bind_password_file, *ca_file,
		*ou_dn;                /* the directory, loaded directly */
	const char *flavour, *suffix;  /* of it, as in the configuration; of the device names */
	const char *realm;             /* of the accounts, with flavour ad */
	int writes;                    /* 1: one add; 2: the certificate by a modify after it */
	const char *ca_dir, *crl_url;  /* a copy of the agent's CA; what its certificates say */
	size_t threads;
};

/* One journey of a device; zeroed means: a new P-256 key, one connection, nothing kept. */
struct bench_trip {
	/* Signs a request with that challenge; NULL: a new P-256 key for this trip alone. */
	int (*request)(void *arg, const char *challenge, struct bytes *csr, struct fail *f);
	void *arg;
	struct bytes document;         /* out: what was granted; the caller's to free */
	long handshakes;               /* out: TLS connections made */
	long status;                   /* out: of the last answer, 0 for none */
	int is_maced;                  /* out: a refusal had a MAC, and it was right */
	int64_t wait;                  /* out: Retry-After, seconds, or 0 */
};

/* One whole enrollment: discovery, bootstrap, key, CSR, enrollment, all MACs checked. The
 * connection is new for each device, as it is in life. A refusal's code is in f. */
int bench_enroll(const struct bench_setup *s, const struct bench_device *d, struct bench_trip *trip,
	struct fail *f);

/* "front:123 core:124 …": the processes whose processor time, besides our own, is taken over what
 * stands between begin and end, and printed as "front_cpu 0.123", our own as "clients_cpu". -1: not
 * like that, or no such process. NULL: none. */
int bench_watch_read(const char *text);
void bench_watch_begin(void);
void bench_watch_end(void);
void bench_watch_print(void);

/* The settings BENCH_* of the environment; what is not set is NULL or 0. */
void bench_setup_read(struct bench_setup *s);
/* "NAME PASSWORD" lines of file; NULL if it cannot be read. The caller frees it. */
struct bench_device *bench_devices_read(const char *file, size_t *n);

/* The same entries, added by the same number of connections, which stand before the clock starts,
 * as those of the agent do. Seconds, or < 0. */
double bench_direct(
	const struct bench_setup *s, const struct bench_device *d, size_t n, struct fail *f);
/* Has the object of one name what the other has: the same attributes, as many values, and as many
 * octets but for what a signature varies by? What differs is in f. */
int bench_same(const struct bench_setup *s, const char *one, const char *other, struct fail *f);

/* CPU seconds of what no agent can do without, with keys that are read already: the server's side
 * of a TLS handshake, the signature of a CSR checked (P-256), a certificate signed (by the CA's
 * key). */
struct bench_crypto {
	double handshake, csr_verify, sign;
};
int bench_crypto(const struct bench_setup *s, struct bench_crypto *out, struct fail *f);

#endif
