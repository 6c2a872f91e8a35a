/* What no agent can do without, by OpenSSL alone, with contexts and keys that stand: so whatever an
 * agent does around it counts as its own. */
#include <string.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_time.h"

#define ROUNDS 200
#define CSR_LEN 280 /* what a signature goes over: certificationRequestInfo, tbsCertificate */
#define CERT_LEN 520

/* CPU of the server's side of one TLS handshake, in memory. < 0: failed. */
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
	SSL_CTX_set_num_tickets(server, 0);
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

/* ROUNDS signatures over len octets, and as many checks of one. Either may be NULL. -1: failed. */
static int sign_and_verify(EVP_PKEY *key, size_t len, double *sign, double *verify)
{
	uint8_t text[CERT_LEN] = { 0 }, signature[1024];
	size_t size = 0;
	double begin = bench_cpu();
	int ok = 1;

	for (int i = 0; i < ROUNDS && ok; i++) {
		EVP_MD_CTX *md = EVP_MD_CTX_new();

		size = sizeof(signature);
		ok = EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
			EVP_DigestSign(md, signature, &size, text, len) == 1;
		EVP_MD_CTX_free(md);
	}
	if (sign)
		*sign = (bench_cpu() - begin) / ROUNDS;
	begin = bench_cpu();
	for (int i = 0; i < ROUNDS && ok && verify; i++) {
		EVP_MD_CTX *md = EVP_MD_CTX_new();

		ok = EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
			EVP_DigestVerify(md, signature, size, text, len) == 1;
		EVP_MD_CTX_free(md);
	}
	if (verify)
		*verify = (bench_cpu() - begin) / ROUNDS;
	return ok ? 0 : -1;
}

static EVP_PKEY *read_key(const char *path)
{
	FILE *in = fopen(path, "re");
	EVP_PKEY *key = in ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;

	if (in)
		fclose(in);
	return key;
}

int bench_crypto(const struct bench_setup *s, struct bench_crypto *out, struct fail *f)
{
	autoclean(text_free) char *path = file_join(s->ca_dir, "devices.key");
	EVP_PKEY *ca = read_key(path), *device = EVP_EC_gen("P-256");
	int rc = -1;

	if (ca == NULL || device == NULL)
		fail(f, ENR_KEY_FILE, "%s", path);
	else if (sign_and_verify(ca, CERT_LEN, &out->sign, NULL) < 0 ||
		sign_and_verify(device, CSR_LEN, NULL, &out->csr_verify) < 0)
		fail(f, ENR_INTERNAL, "OpenSSL does not sign");
	else
		rc = handshakes(s, &out->handshake, f);
	EVP_PKEY_free(ca);
	EVP_PKEY_free(device);
	return rc;
}
