/* What the files of agent/ca share. Never included outside this folder. */
#ifndef AGENT_CA_CA_PRIVATE_H
#define AGENT_CA_CA_PRIVATE_H

#include "agent/ca/ca.h"
#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define CA_ROOT_CERT "root.pem"
#define CA_SERVICES_CERT "services.pem"
#define CA_SERVICES_KEY "services.key"
#define CA_DEVICES_CERT "devices.pem"
#define CA_DEVICES_KEY "devices.key"
#define CA_ROOT_CRL "root.crl"
#define CA_SERVER_CERT "server.pem"
#define CA_SERVER_KEY "server.key"

#define CA_PEM_MAX 65536
#define CA_PEM_ROOM 16384
#define CA_DAY ((int64_t)86400)
#define CA_SERVER_LIFE (365 * CA_DAY)

/* One issuing certificate with its key; organization is NULL if the subject has none. */
struct ca_issuer {
	struct bytes cert;
	struct cert_issuer *opened; /* the same */
	struct pki_key *key;
	char *organization;
	int64_t not_before, not_after;
};
void ca_issuer_clear(struct ca_issuer *i);

/* Everything that is made, before it is written. Keys in PEM are wiped. */
struct ca_material {
	char *organization;
	int64_t now;
	struct pki_key *root_key;
	struct bytes root, root_crl;
	struct ca_issuer services, devices;
	struct str root_key_pem, services_key_pem, devices_key_pem;
	struct str server_pem, server_key_pem;
	int64_t server_end;
};

/* ca_place.c: into the folder and the root key's file, all of it or nothing. */
int ca_place(const struct ca_plan *p, const struct ca_material *m, struct fail *f);
/* Is there room for it? ENR_CA_EXISTS, ENR_KEY_FILE. */
int ca_place_check(const struct ca_plan *p, struct fail *f);

/* As ca_issue_server, before there is a ca. */
int ca_server_make(const struct ca_issuer *services, struct ca_server *s, struct fail *f);

#endif
