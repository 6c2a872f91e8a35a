/* The TLS side of one listener: its certificate chain and key, TLS 1.2 and 1.3, no tickets, no
 * session cache, no renegotiation, no ALPN (clients then speak HTTP/1.1). Immutable after tls_new.
 */
#ifndef AGENT_HTTP_TLS_H
#define AGENT_HTTP_TLS_H

#include <stdint.h>

#include <openssl/ssl.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"

struct tls;

/* Once, before a sandbox: whatever OpenSSL loads at first use. */
void tls_prepare(void);

/* Both as PEM: leaf first, then its intermediates; a key without passphrase that belongs to the
 * leaf. ENR_KEY_FILE says which of the two is wrong. The key is not kept outside of OpenSSL. */
struct tls *tls_new(const struct bytes *cert_pem, const struct bytes *key_pem, struct fail *f);
const uint8_t *tls_leaf_sha256(const struct tls *t);   /* 32 octets */
const struct bytes *tls_leaf(const struct tls *t);     /* DER */
/* A server side for one connection; SSL_free it. Never NULL. */
SSL *tls_accept(const struct tls *t);
void tls_free(struct tls **t);

#endif
