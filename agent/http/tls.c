#include "agent/http/tls.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "lib/base/clean.h"

#define CHAIN_MAX 8

struct tls {
	SSL_CTX *ctx;
	struct bytes leaf;
	uint8_t leaf_sha256[32];
};

static void bio_clean(BIO **b)
{
	BIO_free(*b);
	*b = NULL;
}

static void x509_clean(X509 **x)
{
	X509_free(*x);
	*x = NULL;
}

static void pkey_clean(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
	*k = NULL;
}

/* -1, with the reason of OpenSSL's first error; its queue is empty afterwards. */
static int tls_fail(struct fail *f, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_get_error());

	ERR_clear_error();
	return fail(f, ENR_KEY_FILE, "%s: %s", what, reason ? reason : "not usable");
}

/* A daemon has nobody to ask for a passphrase. */
static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static int remember_leaf(struct tls *t, X509 *leaf)
{
	unsigned char *der = NULL;
	int len = i2d_X509(leaf, &der);

	if (len <= 0 || X509_digest(leaf, EVP_sha256(), t->leaf_sha256, NULL) != 1)
		return -1;
	bytes_set(&t->leaf, der, (size_t)len);
	OPENSSL_free(der);
	return 0;
}

static int use_chain(struct tls *t, const struct bytes *pem, struct fail *f)
{
	autoclean(bio_clean) BIO *in = BIO_new_mem_buf(pem->data, (int)pem->len);
	autoclean(x509_clean) X509 *leaf = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
	X509 *next;

	if (leaf == NULL)
		return tls_fail(f, "certificate");
	if (SSL_CTX_use_certificate(t->ctx, leaf) != 1 || remember_leaf(t, leaf) < 0)
		return tls_fail(f, "certificate");
	for (int n = 0; n < CHAIN_MAX; n++) {
		next = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
		if (next == NULL)
			break;
		if (SSL_CTX_add0_chain_cert(t->ctx, next) != 1) {
			X509_free(next);
			return tls_fail(f, "certificate chain");
		}
	}
	ERR_clear_error(); /* the end of the file counts as one */
	return 0;
}

static int use_key(struct tls *t, const struct bytes *pem, struct fail *f)
{
	autoclean(bio_clean) BIO *in = BIO_new_mem_buf(pem->data, (int)pem->len);
	autoclean(pkey_clean) EVP_PKEY *key =
		PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);

	if (key == NULL)
		return tls_fail(f, "key");
	if (SSL_CTX_use_PrivateKey(t->ctx, key) != 1 || SSL_CTX_check_private_key(t->ctx) != 1)
		return tls_fail(f, "key does not belong to the certificate");
	return 0;
}

static int set_up(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx,
		SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
			SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
			SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
			SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
			SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1 &&
			SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1
		? 0
		: -1;
}

void tls_prepare(void)
{
	uint8_t octets[32];

	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
	RAND_bytes(octets, sizeof(octets));
	RAND_priv_bytes(octets, sizeof(octets));
}

struct tls *tls_new(const struct bytes *cert_pem, const struct bytes *key_pem, struct fail *f)
{
	autoclean(tls_free) struct tls *t = mem_new(sizeof(*t));

	ERR_clear_error();
	t->ctx = SSL_CTX_new(TLS_server_method());
	if (t->ctx == NULL || set_up(t->ctx) < 0) {
		tls_fail(f, "TLS set-up");
		return NULL;
	}
	if (use_chain(t, cert_pem, f) < 0 || use_key(t, key_pem, f) < 0)
		return NULL;
	return steal(t);
}

const uint8_t *tls_leaf_sha256(const struct tls *t)
{
	return t->leaf_sha256;
}

const struct bytes *tls_leaf(const struct tls *t)
{
	return &t->leaf;
}

SSL *tls_accept(const struct tls *t)
{
	SSL *ssl = SSL_new(t->ctx);

	if (ssl == NULL)
		abort();
	SSL_set_accept_state(ssl);
	return ssl;
}

void tls_free(struct tls **t)
{
	if (*t == NULL)
		return;
	SSL_CTX_free((*t)->ctx);
	bytes_free(&(*t)->leaf);
	free(*t);
	*t = NULL;
}
