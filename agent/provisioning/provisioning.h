/* What the device is told to become: settings in, a wap-provisioningdoc out. Sections are rows of a
 * table in provisioning.c. Byte-stable: the same input gives the same octets. Pure, thread-safe. */
#ifndef AGENT_PROVISIONING_PROVISIONING_H
#define AGENT_PROVISIONING_PROVISIONING_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

struct provisioning {
	const struct bytes *root;          /* certificates, DER; carried, not judged */
	const struct bytes *devices_ca;
	const struct bytes *device;        /* NULL: a preview without one */
	const char *name;                  /* the device's name */
	const char *fqdn;
	const char *dns_domain;            /* suffix of the OU */
	const char *enrollment;            /* "E-…" */
	const char *directory_server;      /* the server written to, or NULL */
	const char *dn;                    /* the computer object, or NULL */
	const char *dm_server;             /* https URL, or NULL: none */
	const char *dm_server_name;        /* readable name, or NULL */
	const char *dm_provider_id;        /* or NULL */
	int vpn;                           /* with the option only */
	const char *vpn_gateway;
};

int provisioning_compose(const struct provisioning *p, struct str *out, struct fail *f);

#endif
