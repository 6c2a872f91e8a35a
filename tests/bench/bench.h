/* The pieces of `make bench`: devices in C, the directory loaded directly, and the cryptography nobody
 * can avoid, each timed in the same run. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>

#include "lib/base/fail.h"

/* One line "NAME PASSWORD" of the file that run.sh made. */
struct bench_device {
	char name[64];
	char password[32];
};

struct bench_setup {
	const char *identity, *server_name, *address; /* address: IP to connect to */
	int port;
	const char *root_file;         /* the root the devices must end up trusting */
	const char *uri, *bind_dn, *bind_password, *ca_file, *ou_dn; /* the directory, loaded directly */
	const char *ca_dir;            /* keys for the cryptography that is timed */
	size_t threads;
};

/* One whole enrollment: discovery, bootstrap, key, CSR, enrollment, all MACs checked. The connection (a CURL easy
 * handle as void *) is new for each device, as it is in life. */
int bench_enroll(const struct bench_setup *s, const struct bench_device *d, struct fail *f);

/* The same entries, added by the same number of connections. Seconds, or < 0. */
double bench_direct(const struct bench_setup *s, const struct bench_device *d, size_t n, struct fail *f);

/* CPU seconds of one server side of: a TLS handshake, a CSR verification, a certificate signature. */
struct bench_crypto {
	double handshake, csr_verify, sign;
};
int bench_crypto(const struct bench_setup *s, struct bench_crypto *out, struct fail *f);

#endif
