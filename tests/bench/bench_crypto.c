#include "tests/bench/bench.h"

#include <string.h>

#include <openssl/ssl.h>

#include "agent/ca/ca.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/pki/csr.h"
#include "lib/pki/key.h"
#include "tests/bench/bench_time.h"

#define ROUNDS 200

/* Server side CPU of one TLS 1.3 handshake, in memory, with the agent's own certificate. < 0:
 * failed. */
static double one_handshake(SSL_CTX *server_ctx, SSL_CTX *client_ctx)
{
	SSL *server = SSL_new(server_ctx), *client = SSL_new(client_ctx);
	BIO *a, *b;
	double cpu = 0;
	int done = 0;

	BIO_new_bio_pair(&a, 65536, &b, 65536);
	SSL_set_bio(server, a, a);
	SSL_set_bio(client, b, b);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	for (int i = 0; i < 10 && done < 2; i++) {
		double begin;

		done = SSL_do_handshake(client) == 1;
		begin = bench_cpu();
		done += SSL_do_handshake(server) == 1;
		cpu += bench_cpu() - begin;
	}
	SSL_free(server);
	SSL_free(client);
	return done == 2 ? cpu : -1;
}

static int handshakes(const struct bench_setup *s, double *out, struct fail *f)
{
	autoclean(text_free) char *cert = file_join(s->ca_dir, "server.pem");
	autoclean(text_free) char *key = file_join(s->ca_dir, "server.key");
	SSL_CTX *server = SSL_CTX_new(TLS_server_method()),
		*client = SSL_CTX_new(TLS_client_method());
	double total = 0;
	int rc = 0;

	if (SSL_CTX_use_certificate_chain_file(server, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(server, key, SSL_FILETYPE_PEM) != 1)
		rc = fail(f, ENR_KEY_FILE, "%s", cert);
	for (int i = 0; rc == 0 && i < ROUNDS; i++) {
		double cpu = one_handshake(server, client);

		if (cpu < 0)
			rc = fail(f, ENR_TLS_FAILED, "handshake in memory");
		total += cpu;
	}
	SSL_CTX_free(server);
	SSL_CTX_free(client);
	if (rc == 0)
		*out = total / ROUNDS;
	return rc;
}

static int csr_verifies(double *out, struct bytes *spki, struct fail *f)
{
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(KEY_P256, f);
	autoclean(bytes_free) struct bytes der = BYTES_INIT;
	double begin;

	if (key == NULL || pki_csr_build(key, "bench", &der, f) < 0 ||
		pki_key_spki(key, spki, f) < 0)
		return -1;
	begin = bench_cpu();
	for (int i = 0; i < ROUNDS; i++)
		if (pki_csr_verify(der.data, der.len, f) < 0)
			return -1;
	*out = (bench_cpu() - begin) / ROUNDS;
	return 0;
}

static int signatures(
	const struct bench_setup *s, const struct bytes *spki, double *out, struct fail *f)
{
	autoclean(ca_close) struct ca *ca = ca_open(s->ca_dir, f);
	struct ca_device d = {
		.name = "BENCH", .fqdn = "bench.contoso.test", .enrollment = "E-BENC-H000",
		.not_before = clock_now(), .not_after = clock_now() + 86400,
		.spki = spki->data, .spki_len = spki->len,
	};
	double begin;

	if (ca == NULL)
		return -1;
	begin = bench_cpu();
	for (int i = 0; i < ROUNDS; i++) {
		autoclean(bytes_free) struct bytes der = BYTES_INIT;

		ca_serial_new(d.serial);
		if (ca_issue_device(ca, &d, &der, f) < 0)
			return -1;
	}
	*out = (bench_cpu() - begin) / ROUNDS;
	return 0;
}

int bench_crypto(const struct bench_setup *s, struct bench_crypto *out, struct fail *f)
{
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;

	if (handshakes(s, &out->handshake, f) < 0 || csr_verifies(&out->csr_verify, &spki, f) < 0)
		return -1;
	return signatures(s, &spki, &out->sign, f);
}
