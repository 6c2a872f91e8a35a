/* What the device is told to become: settings in, a wap-provisioningdoc out. Sections are rows of a
 * table in provisioning.c. Byte-stable: the same input gives the same octets. Pure, thread-safe. */
#ifndef AGENT_PROVISIONING_PROVISIONING_H
#define AGENT_PROVISIONING_PROVISIONING_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

/* The account in a directory that has Kerberos. */
struct provisioning_account {
	const char *dns;                   /* the domain's own name; or NULL: the suffix */
	const char *realm, *netbios, *controller; /* or NULL */
	const char *account;               /* "LT-0042$", or NULL: not made yet */
	const char *sid;                   /* or NULL */
	int64_t key_version;               /* 0: none */
	const char *password;              /* sealed, base64; or NULL: not made yet */
	const char *login;                 /* "sssd" or "none" */
};

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
	const struct provisioning_account *account; /* or NULL */
};

int provisioning_compose(const struct provisioning *p, struct str *out, struct fail *f);

#endif
