/* An enrollment as a server would have made it: a CA, a device certificate and the document, for a
 * key of the test's own. For the tests of client/. */
#ifndef TESTS_UNIT_CLIENT_ENROLLMENT_MADE_H
#define TESTS_UNIT_CLIENT_ENROLLMENT_MADE_H

#include <stdio.h>

#include "client/state.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/pki/cert.h"
#include "lib/pki/hash.h"
#include "lib/pki/key.h"
#include "lib/wire/wapdoc.h"
#include "lib/wire/wapdoc_names.h"
#include "tests/unit/cunit.h"

struct made {
	struct pki_key *key, *root_key, *ca_key;
	struct bytes root, ca, device;
	struct wapdoc_node *document;
};

static inline void made_cert(const struct cert_spec *like, const struct pki_key *subject,
	struct bytes *out)
{
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	struct cert_spec spec = *like;

	CU_ASSERT_EQUAL_FATAL(pki_key_spki(subject, &spki, NULL), 0);
	spec.spki = spki.data;
	spec.spki_len = spki.len;
	spec.not_before = clock_now() - 600;
	spec.not_after = clock_now() + 86400;
	CU_ASSERT_EQUAL_FATAL(cert_build(&spec, out, NULL), 0);
}

static inline void made_entry(struct wapdoc_node *store, const char *name, const struct bytes *der)
{
	struct wapdoc_node *s = wapdoc_characteristic(store, name);
	autoclean(str_free) struct str thumb = STR_INIT(64);
	autoclean(text_free) char *text = b64_text(der->data, der->len);
	uint8_t digest[SHA1_LEN];

	pki_sha1(der->data, der->len, digest);
	hex_add_upper(&thumb, digest, sizeof(digest));
	wapdoc_parm(wapdoc_characteristic(s, str_text(&thumb)), WAPDOC_ENCODED_CERTIFICATE, text);
}

static inline void made_sections(struct wapdoc_node *doc, int vpn)
{
	struct wapdoc_node *n = wapdoc_characteristic(doc, WAPDOC_APPLICATION);

	wapdoc_parm(n, WAPDOC_APPID, "w7");
	wapdoc_parm(n, WAPDOC_PROVIDER_ID, "dm.example");
	wapdoc_parm(n, WAPDOC_NAME, "DM \"server\"");
	wapdoc_parm(n, WAPDOC_ADDR, "https://dm.example/omadm");
	wapdoc_parm(n, WAPDOC_ROLE, "32");
	n = wapdoc_characteristic(doc, WAPDOC_TRUSTED_DM_SERVER);
	wapdoc_parm(n, WAPDOC_PROVIDER_ID, "dm.example");
	wapdoc_parm(n, WAPDOC_ADDR, "https://dm.example/omadm");
	n = wapdoc_characteristic(doc, WAPDOC_DEVICE_NAME);
	wapdoc_parm(n, WAPDOC_DEVICE_LABEL, "LT-0042");
	wapdoc_parm(n, WAPDOC_FQDN, "lt-0042.corp.example");
	wapdoc_parm(n, WAPDOC_DNS_DOMAIN, "corp.example");
	n = wapdoc_characteristic(doc, WAPDOC_DOMAIN);
	wapdoc_parm(n, WAPDOC_DNS_DOMAIN, "corp.example");
	wapdoc_parm(n, WAPDOC_DIRECTORY_SERVER, "ldap://ldap.corp.example");
	wapdoc_parm(n, WAPDOC_DN, "cn=LT-0042,ou=Sales,dc=corp,dc=example");
	if (vpn) {
		n = wapdoc_characteristic(doc, WAPDOC_VPN);
		wapdoc_parm(n, WAPDOC_GATEWAY, "vpn.example");
		wapdoc_parm(n, WAPDOC_AUTHENTICATION, "certificate");
		wapdoc_parm(n, WAPDOC_REBOOT_REQUIRED, "1");
	}
	n = wapdoc_characteristic(doc, WAPDOC_ENROLLMENT);
	wapdoc_parm(n, WAPDOC_ENROLLMENT_ID, "E-4H2X-8RNP");
	wapdoc_parm(n, WAPDOC_ENROLLED, "1");
}

static inline void made_document(struct made *m, int vpn)
{
	struct wapdoc_node *store;

	wapdoc_free(&m->document);
	m->document = wapdoc_new();
	store = wapdoc_characteristic(m->document, WAPDOC_CERTIFICATE_STORE);
	made_entry(store, WAPDOC_STORE_ROOT, &m->root);
	made_entry(store, WAPDOC_STORE_CA, &m->ca);
	made_entry(store, WAPDOC_STORE_MY, &m->device);
	made_sections(m->document, vpn);
}

static inline void made_new(struct made *m)
{
	static const char *const suffix[] = { "corp.example" };
	static const char *const name[] = { "lt-0042.corp.example" };
	struct cert_spec root = { .role = CERT_ROOT, .cn = "Test Root" };
	struct cert_spec ca = { .role = CERT_DEVICES_CA, .cn = "Test Devices CA", .names = suffix,
		.n_names = 1 };
	struct cert_spec leaf = { .role = CERT_DEVICE, .cn = "LT-0042", .names = name, .n_names = 1,
		.subject_serial = "E-4H2X-8RNP" };

	*m = (struct made){ 0 };
	m->key = pki_key_generate(KEY_P256, NULL);
	m->root_key = pki_key_generate(KEY_P256, NULL);
	m->ca_key = pki_key_generate(KEY_P256, NULL);
	root.issuer_key = m->root_key;
	made_cert(&root, m->root_key, &m->root);
	ca.issuer = m->root.data;
	ca.issuer_len = m->root.len;
	ca.issuer_key = m->root_key;
	made_cert(&ca, m->ca_key, &m->ca);
	leaf.issuer = m->ca.data;
	leaf.issuer_len = m->ca.len;
	leaf.issuer_key = m->ca_key;
	made_cert(&leaf, m->key, &m->device);
	made_document(m, 0);
}

static inline void made_free(struct made *m)
{
	pki_key_free(&m->key);
	pki_key_free(&m->root_key);
	pki_key_free(&m->ca_key);
	bytes_free(&m->root);
	bytes_free(&m->ca);
	bytes_free(&m->device);
	wapdoc_free(&m->document);
}

/* The state of a join whose document has come. */
static inline void made_state(const struct made *m, struct state *s)
{
	*s = (struct state){ .stage = STAGE_ANSWERED, .port = 443, .n_anchors = 1, .joined = 1 };
	s->identity = mem_text("andreas@corp.example");
	s->server = mem_text("mobileenroll.corp.example");
	s->key_type = mem_text("p256");
	s->anchors[0].roles = ANCHOR_SERVER | ANCHOR_DEVICE_CA;
	bytes_set(&s->anchors[0].der, m->root.data, m->root.len);
}

#endif
