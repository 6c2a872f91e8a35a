/* The agent's own CA: two issuing CAs under an offline root (the root key never enters enrolld).
 * Folder (agent/conf: [ca] dir): root.pem services.pem devices.pem (certificates), services.key
 * devices.key (0600), root.crl; server.pem server.key: the first TLS certificate, leaf then
 * services CA. An open ca is immutable; every call is thread-safe. No records: what was issued is
 * the store's to know. */
#ifndef AGENT_CA_CA_H
#define AGENT_CA_CA_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/pki/crl.h"

struct ca;

#define CA_SERIAL_LEN 16
#define CA_BACKDATE_S 600 /* certificates are back-dated ten minutes */

/* ENR_CA_MISSING if nothing is there, ENR_CA_UNAVAILABLE / ENR_KEY_FILE otherwise. */
struct ca *ca_open(const char *dir, struct fail *f);
void ca_close(struct ca **ca);

/* Certificates in DER; they live as long as ca. */
const struct bytes *ca_root(const struct ca *ca);
const struct bytes *ca_devices(const struct ca *ca);
const struct bytes *ca_services(const struct ca *ca);

/* A fresh random serial: positive, 128 bits, first octet 01..7f. */
void ca_serial_new(uint8_t serial[CA_SERIAL_LEN]);

struct ca_device {
	const char *name;          /* the CN: one label */
	const char *fqdn;          /* SAN dNSName */
	const char *enrollment; /* "E-…": serialNumber attribute of the subject */
	uint8_t serial[CA_SERIAL_LEN];
	int64_t not_before, not_after; /* cut to the CA's own end */
	const char *crl_url;       /* or NULL */
	const char *upn, *sid;     /* of its account in Active Directory; or NULL: cert.h */
	int pkinit;
	const uint8_t *spki;
	size_t spki_len;
};
/* EKU exactly clientAuth, and the one of pkinit if asked for. The same input gives a certificate of
 * the same content (ECDSA signatures differ). */
int ca_issue_device(struct ca *ca, const struct ca_device *d, struct bytes *der, struct fail *f);
/* Could it sign for that name, at that time? What needs no signature is tried. ENR_SUFFIX_REFUSED,
 * ENR_CA_UNAVAILABLE. */
int ca_ready(const struct ca *ca, const char *fqdn, int64_t now, struct fail *f);
/* Are the keys of root and devices CA RSA keys? Kerberos wants them for PKINIT, and so does the
 * mapping of Active Directory. */
int ca_is_rsa(const struct ca *ca);
/* Is fqdn inside the name constraints of the devices CA? ENR_SUFFIX_REFUSED. */
int ca_permits(const struct ca *ca, const char *fqdn, struct fail *f);

/* A new TLS certificate of the services CA for the agent's names; key is made. */
struct ca_server {
	const char *const *names;
	size_t n_names;
	struct str *cert_pem; /* leaf, then services CA: appended */
	struct str *key_pem;  /* appended; wipe it */
	int64_t end;          /* filled */
};
/* ENR_SUFFIX_REFUSED for a name outside the constraint. */
int ca_issue_server(struct ca *ca, struct ca_server *s, struct fail *f);

/* A CRL of the devices CA, DER. next_update after this_update by life seconds. */
struct ca_crl {
	uint64_t number;
	int64_t this_update, life;
	const struct crl_entry *entries;
	size_t n_entries;
};
int ca_crl_sign(struct ca *ca, const struct ca_crl *c, struct bytes *der, struct fail *f);

/* `enrollctl ca init`: all of the above, made once. Refuses (ENR_CA_EXISTS) if dir has a CA; leaves
 * nothing half-made behind. */
struct ca_plan {
	const char *dir;
	const char *organization;               /* "Example": CNs become "Example Root CA" … */
	enum key_kind kind;                     /* KEY_P256 or KEY_RSA3072 */
	const char *const *server_names;        /* the agent's public names */
	size_t n_server_names;
	const char *const *suffixes;            /* DNS suffixes of devices */
	size_t n_suffixes;
	const char *root_key_file;              /* created, never overwritten */
	const char *root_key_passphrase;        /* NULL: plain */
	const char *crl_url;                    /* of the devices CA, or NULL */
};
struct ca_made {
	char root_sha256[65], root_cn[80], services_cn[80], devices_cn[80];
	int64_t root_end, server_end;
};
/* What can be said of a plan without making anything: ENR_USAGE, ENR_CA_EXISTS, ENR_KEY_FILE. */
int ca_plan_check(const struct ca_plan *plan, struct fail *f);
int ca_make(const struct ca_plan *plan, struct ca_made *out, struct fail *f);

#endif
