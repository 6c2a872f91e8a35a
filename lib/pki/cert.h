/* X.509 certificates (RFC 5280): read, describe, build, verify. Thread-safe. */
#ifndef LIB_PKI_CERT_H
#define LIB_PKI_CERT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/pki/hash.h"
#include "lib/pki/key.h"

#define CERT_MAX 8192 /* octets of DER */
#define CERT_SERIAL_MAX 48 /* of 20 octets at most (RFC 5280 section 4.1.2.2) in hex, and NUL */

struct cert_info {
	char serial[CERT_SERIAL_MAX]; /* upper-case hex */
	char *subject, *issuer;    /* RFC 4514 */
	char *cn;                  /* last CN of the subject, or NULL */
	char *organization;        /* last O of the subject, or NULL */
	char *subject_serial;      /* serialNumber attribute of the subject, or NULL */
	int64_t not_before, not_after;
	uint8_t sha256[SHA256_LEN], sha1[SHA1_LEN], spki_sha256[SHA256_LEN];
	int is_ca;
	int is_rsa;                /* its key is an RSA key */
};
/* der is exactly one certificate. ENR_MESSAGE_MALFORMED on anything else. */
int cert_info_read(const uint8_t *der, size_t len, struct cert_info *out, struct fail *f);
void cert_info_clear(struct cert_info *c);

/* What altSecurityIdentities has for a certificate that is known by issuer and serial number
 * (KB5014754): "X509:<I>" issuer in the order of the certificate "<SR>" serial, last octet first.
 * Appended. */
int cert_mapping(const uint8_t *der, size_t len, struct str *out, struct fail *f);
/* PEM of one certificate appended to out. */
void cert_pem_add(const uint8_t *der, size_t len, struct str *out);
/* All certificates of a PEM text, in order, at most max. *list is an array to be freed with
 * cert_list_free. */
struct cert_list {
	struct bytes *der;
	size_t n;
};
int cert_list_parse_pem(
	const uint8_t *pem, size_t len, size_t max, struct cert_list *out, struct fail *f);
void cert_list_add(struct cert_list *l, const uint8_t *der, size_t len);
void cert_list_free(struct cert_list *l);
/* PKCS#7 without signers (RFC 2315 section 9.1 note 3), as PEM: what Windows calls .p7b. */
int cert_list_pkcs7(const struct cert_list *list, struct str *out, struct fail *f);

enum cert_role {
	CERT_ROOT,          /* CA, pathlen 1, self-signed */
	CERT_SERVICES_CA,   /* CA, pathlen 0, serverAuth, permitted DNS = names */
	CERT_DEVICES_CA,    /* CA, pathlen 0, clientAuth, permitted DNS = names */
	CERT_SERVER,        /* serverAuth, SAN = names */
	CERT_DEVICE,        /* clientAuth only, SAN = names */
};

/* An issuing certificate taken apart once, for whoever issues often: OpenSSL spends more time on
 * reading one than on signing. Immutable, may be shared between threads. */
struct cert_issuer;
struct cert_issuer *cert_issuer_open(const struct bytes *cert, struct fail *f);
void cert_issuer_free(struct cert_issuer **i);
/* 1 if its name constraints permit the DNS name by name; 0 without constraints too. */
int cert_issuer_permits(const struct cert_issuer *i, const char *dns_name);

struct cert_spec {
	enum cert_role role;
	const char *cn;               /* required */
	const char *organization;     /* or NULL */
	const char *subject_serial;   /* or NULL: the enrollment's id */
	const char *const *names; /* DNS names: SAN of leaves, permitted subtrees of issuing CAs */
	size_t n_names;
	const char *upn; /* of a device in Active Directory: "LT-0042$@CORP.EXAMPLE.COM" as
			    another SAN; or NULL */
	const char *sid; /* its SID as the extension szOID_NTDS_CA_SECURITY_EXT; or NULL */
	int pkinit;      /* of a device: id-pkinit-KPClientAuth beside clientAuth (RFC 4556) */
	const uint8_t *serial;        /* 16 octets, or NULL for random */
	int64_t not_before, not_after;
	const char *crl_url;          /* CDP, or NULL */
	const uint8_t *spki;          /* subject's key, DER */
	size_t spki_len;
	const uint8_t *issuer;        /* issuer's certificate, DER; NULL for the root */
	size_t issuer_len;
	const struct cert_issuer *opened; /* or the same, opened before */
	const struct pki_key *issuer_key;
};
/* Serial 128 bits (positive), AKI, SKI, key usage, EKU exactly by role. ENR_CA_UNAVAILABLE. */
int cert_build(const struct cert_spec *spec, struct bytes *der, struct fail *f);

struct cert_check {
	const struct cert_list *anchors;        /* trusted, nothing else is */
	const struct cert_list *intermediates;
	const char *dns_name;                   /* must be in the leaf's SAN, or NULL */
	int purpose_client;                     /* 1 clientAuth, 0 serverAuth */
	int64_t at;
};
/* Full path validation with name constraints. ENR_CHAIN_UNTRUSTED / ENR_NAME_MISMATCH /
 * ENR_CLOCK_WRONG (not valid at that time). */
int cert_verify(const uint8_t *leaf, size_t len, const struct cert_check *check, struct fail *f);
/* 1 if one of the leaf's dNSNames (or, if it has none, nothing) matches the A-label name. */
int cert_has_name(const uint8_t *leaf, size_t len, const char *dns_name);
/* 1 if issuer signed cert and names, key identifiers and key usage agree. */
int cert_is_issued_by(const struct bytes *cert, const struct bytes *issuer);
/* 1 if the private key belongs to the certificate. */
int cert_has_key(const struct bytes *cert, const struct pki_key *key);

#endif
