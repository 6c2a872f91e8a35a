#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/text.h"

#define DEVICES_MAX 100000

static int number(const char *name, int max)
{
	const char *value = getenv(name);
	int64_t n;

	return value != NULL && text_number(value, 1, max, &n) == 0 ? (int)n : 0;
}

void bench_setup_read(struct bench_setup *s)
{
	*s = (struct bench_setup){
		.identity = getenv("BENCH_IDENTITY"),
		.server_name = getenv("BENCH_SERVER"),
		.address = getenv("BENCH_ADDRESS"),
		.port = number("BENCH_PORT", 65535),
		.uri = getenv("BENCH_URI"),
		.bind_dn = getenv("BENCH_BIND_DN"),
		.bind_password_file = getenv("BENCH_BIND_PW_FILE"),
		.ca_file = getenv("BENCH_LDAP_CA"),
		.ou_dn = getenv("BENCH_OU"),
		.flavour = getenv("BENCH_FLAVOUR"),
		.suffix = getenv("BENCH_SUFFIX"),
		.realm = getenv("BENCH_REALM"),
		.writes = number("BENCH_WRITES", 2),
		.ca_dir = getenv("BENCH_CA"),
		.crl_url = getenv("BENCH_CRL"),
		.threads = (size_t)number("BENCH_THREADS", BENCH_THREADS_MAX),
	};
}

struct bench_device *bench_devices_read(const char *file, size_t *n)
{
	FILE *in = file != NULL ? fopen(file, "re") : NULL;
	struct bench_device *list = NULL, one;

	*n = 0;
	if (in == NULL)
		return NULL;
	while (*n < DEVICES_MAX && fscanf(in, "%63s %31s", one.name, one.password) == 2) {
		list = mem_grow(list, *n + 1, sizeof(*list));
		list[(*n)++] = one;
	}
	fclose(in);
	return list;
}
