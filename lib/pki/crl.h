/* Revocation lists (RFC 5280 section 5): built, and what one says. Thread-safe. */
#ifndef LIB_PKI_CRL_H
#define LIB_PKI_CRL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/pki/cert.h"

struct crl_entry {
	char serial[CERT_SERIAL_MAX]; /* upper-case hex */
	int64_t when;
	int reason; /* RFC 5280 section 5.3.1: 1 keyCompromise, 4 superseded, 5 cessation, 6 hold */
};
struct crl_spec {
	const uint8_t *issuer; /* its certificate, DER */
	size_t issuer_len;
	const struct pki_key *issuer_key;
	uint64_t number;
	int64_t this_update, next_update;
	const struct crl_entry *entries;
	size_t n_entries;
};
/* DER; it is replaced. ENR_CRL_FAILED. */
int crl_build(const struct crl_spec *spec, struct bytes *der, struct fail *f);

struct crl_info {
	uint64_t number;
	int64_t this_update, next_update;
	size_t n_entries;
};
/* The signature is not looked at. ENR_CRL_FAILED. */
int crl_info_read(const uint8_t *der, size_t len, struct crl_info *out, struct fail *f);

#endif
