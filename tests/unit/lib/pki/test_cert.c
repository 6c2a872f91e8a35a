#include "lib/pki/cert.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/pki/crl.h"
#include "lib/pki/hash.h"
#include "tests/unit/cunit.h"

#define HOUR 3600

/* A root and one certificate of each role below it; times lie around now. */
struct world {
	struct pki_key *root_key, *ca_key, *leaf_key;
	struct bytes root, services, devices, server, device;
	int64_t now;
};

static void world_clear(struct world *w)
{
	pki_key_free(&w->root_key);
	pki_key_free(&w->ca_key);
	pki_key_free(&w->leaf_key);
	bytes_free(&w->root);
	bytes_free(&w->services);
	bytes_free(&w->devices);
	bytes_free(&w->server);
	bytes_free(&w->device);
}

struct part {
	enum cert_role role;
	const char *cn, *name;
	const struct pki_key *key, *issuer_key;
	const struct bytes *issuer;
};

static struct cert_spec spec_of(const struct world *w, const struct part *p, struct bytes *spki)
{
	CU_ASSERT_EQUAL_FATAL(pki_key_spki(p->key, spki, NULL), 0);
	return (struct cert_spec){
		.role = p->role,
		.cn = p->cn,
		.organization = "Contoso",
		.names = &p->name,
		.n_names = p->name ? 1 : 0,
		.not_before = w->now - HOUR,
		.not_after = w->now + 24 * HOUR,
		.spki = spki->data,
		.spki_len = spki->len,
		.issuer = p->issuer ? p->issuer->data : NULL,
		.issuer_len = p->issuer ? p->issuer->len : 0,
		.issuer_key = p->issuer_key,
	};
}

static void build(const struct world *w, const struct part *p, struct bytes *out)
{
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	struct cert_spec spec = spec_of(w, p, &spki);
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL_FATAL(cert_build(&spec, out, &f), 0);
}

static struct world world_make(void)
{
	struct world w = { .now = clock_now() };

	w.root_key = pki_key_generate(KEY_P256, NULL);
	w.ca_key = pki_key_generate(KEY_P256, NULL);
	w.leaf_key = pki_key_generate(KEY_P256, NULL);
	build(&w, &(struct part){ CERT_ROOT, "Root", NULL, w.root_key, w.root_key, NULL }, &w.root);
	build(&w, &(struct part){ CERT_SERVICES_CA, "Services", "enroll.contoso.test", w.ca_key,
			  w.root_key, &w.root }, &w.services);
	build(&w, &(struct part){ CERT_DEVICES_CA, "Devices", "contoso.test", w.ca_key, w.root_key,
			  &w.root }, &w.devices);
	build(&w, &(struct part){ CERT_SERVER, "Enroll", "enroll.contoso.test", w.leaf_key,
			  w.ca_key, &w.services }, &w.server);
	build(&w, &(struct part){ CERT_DEVICE, "D1", "d1.contoso.test", w.leaf_key, w.ca_key,
			  &w.devices }, &w.device);
	return w;
}

static void what_was_built_reads_back(void)
{
	autoclean(world_clear) struct world w = world_make();
	autoclean(bytes_free) struct bytes spki = BYTES_INIT, der = BYTES_INIT;
	autoclean(cert_info_clear) struct cert_info info = { 0 };
	const struct part p = { CERT_DEVICE, "Größe, 1", "d1.contoso.test", w.leaf_key, w.ca_key,
		&w.devices };
	struct cert_spec spec = spec_of(&w, &p, &spki);
	static const uint8_t serial[16] = { 0x01, 0xff, [15] = 0xab };
	uint8_t hash[32];

	spec.serial = serial;
	spec.subject_serial = "E-4H2X-8RNP";
	spec.organization = NULL;
	CU_ASSERT_EQUAL_FATAL(cert_build(&spec, &der, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(cert_info_read(der.data, der.len, &info, NULL), 0);
	CU_ASSERT_STRING_EQUAL(info.serial, "01FF00000000000000000000000000AB");
	CU_ASSERT_STRING_EQUAL(info.cn, "Größe, 1");
	CU_ASSERT_STRING_EQUAL(info.subject,
		"serialNumber=E-4H2X-8RNP,CN=Gr\\C3\\B6\\C3\\9Fe\\, 1");
	CU_ASSERT_STRING_EQUAL(info.issuer, "CN=Devices,O=Contoso");
	CU_ASSERT_STRING_EQUAL(info.subject_serial, "E-4H2X-8RNP");
	CU_ASSERT_PTR_NULL(info.organization);
	CU_ASSERT_EQUAL(info.not_before, w.now - HOUR);
	CU_ASSERT_EQUAL(info.not_after, w.now + 24 * HOUR);
	CU_ASSERT_EQUAL(info.is_ca, 0);
	pki_sha256(der.data, der.len, hash);
	CU_ASSERT(memcmp(hash, info.sha256, 32) == 0);
	pki_sha256(spki.data, spki.len, hash);
	CU_ASSERT(memcmp(hash, info.spki_sha256, 32) == 0);
	CU_ASSERT_EQUAL(cert_has_name(der.data, der.len, "d1.contoso.test"), 1);
	CU_ASSERT_EQUAL(cert_has_name(der.data, der.len, "D1.CONTOSO.test"), 1);
	CU_ASSERT_EQUAL(cert_has_name(der.data, der.len, "d2.contoso.test"), 0);
	CU_ASSERT_EQUAL(cert_has_name(der.data, der.len, ".contoso.test"), 0);
}

static void a_name_in_the_subject_alone_is_no_name(void)
{
	autoclean(world_clear) struct world w = world_make();
	autoclean(bytes_free) struct bytes der = BYTES_INIT;

	build(&w, &(struct part){ CERT_ROOT, "enroll.contoso.test", NULL, w.leaf_key, w.leaf_key,
			  NULL }, &der);
	CU_ASSERT_EQUAL(cert_has_name(der.data, der.len, "enroll.contoso.test"), 0);
}

static void serials_differ_and_are_positive(void)
{
	autoclean(world_clear) struct world w = world_make();
	autoclean(cert_info_clear) struct cert_info a = { 0 }, b = { 0 };

	CU_ASSERT_EQUAL(cert_info_read(w.device.data, w.device.len, &a, NULL), 0);
	CU_ASSERT_EQUAL(cert_info_read(w.server.data, w.server.len, &b, NULL), 0);
	CU_ASSERT_STRING_NOT_EQUAL(a.serial, b.serial);
	CU_ASSERT(strlen(a.serial) == 32 && a.serial[0] < '8');
}

static void only_a_certificate_is_one(void)
{
	autoclean(world_clear) struct world w = world_make();
	struct cert_info info;
	struct fail f = FAIL_INIT;
	uint8_t *longer = mem_new(w.device.len + 1);

	memcpy(longer, w.device.data, w.device.len);
	CU_ASSERT_EQUAL(cert_info_read(longer, w.device.len + 1, &info, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_MESSAGE_MALFORMED);
	CU_ASSERT_EQUAL(cert_info_read(longer, w.device.len - 1, &info, &f), -1);
	CU_ASSERT_EQUAL(cert_info_read(longer, 0, &info, &f), -1);
	CU_ASSERT_EQUAL(cert_info_read((const uint8_t *)"hello", 5, &info, &f), -1);
	free(longer);
}

/* What each row's leaf is good for, at a time, under a name; code ENR_NONE: it verifies. */
static void chains_are_judged_by_purpose_name_and_time(void)
{
	autoclean(world_clear) struct world w = world_make();
	autoclean(cert_list_free) struct cert_list root = { 0 }, both = { 0 }, none = { 0 };
	const struct {
		const struct bytes *leaf;
		const struct cert_list *anchors, *intermediates;
		const char *name;
		int client;
		int64_t after;
		enum code want;
	} rows[] = {
		{ &w.device, &root, &both, NULL, 1, 0, ENR_NONE },
		{ &w.device, &root, &both, "d1.contoso.test", 1, 0, ENR_NONE },
		{ &w.server, &root, &both, "enroll.contoso.test", 0, 0, ENR_NONE },
		{ &w.device, &root, &both, NULL, 0, 0, ENR_CHAIN_UNTRUSTED },
		{ &w.server, &root, &both, NULL, 1, 0, ENR_CHAIN_UNTRUSTED },
		{ &w.server, &root, &both, "other.contoso.test", 0, 0, ENR_NAME_MISMATCH },
		{ &w.server, &root, &both, "enroll.contoso.tes", 0, 0, ENR_NAME_MISMATCH },
		{ &w.server, &root, &both, ".contoso.test", 0, 0, ENR_NAME_MISMATCH },
		{ &w.server, &root, &both, "", 0, 0, ENR_NAME_MISMATCH },
		{ &w.device, &root, &none, NULL, 1, 0, ENR_CHAIN_UNTRUSTED },
		{ &w.device, &none, &both, NULL, 1, 0, ENR_CHAIN_UNTRUSTED },
		{ &w.device, &both, &none, NULL, 1, 0, ENR_NONE },
		{ &w.device, &root, &both, NULL, 1, 25 * HOUR, ENR_CLOCK_WRONG },
		{ &w.device, &root, &both, NULL, 1, -2 * HOUR, ENR_CLOCK_WRONG },
	};

	cert_list_add(&root, w.root.data, w.root.len);
	cert_list_add(&both, w.services.data, w.services.len);
	cert_list_add(&both, w.devices.data, w.devices.len);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cert_check check = { .anchors = rows[i].anchors,
			.intermediates = rows[i].intermediates, .dns_name = rows[i].name,
			.purpose_client = rows[i].client, .at = w.now + rows[i].after };
		struct fail f = FAIL_INIT;
		int rc = cert_verify(rows[i].leaf->data, rows[i].leaf->len, &check, &f);

		CU_ASSERT_EQUAL(rc, rows[i].want == ENR_NONE ? 0 : -1);
		CU_ASSERT_EQUAL(f.code, rows[i].want);
	}
}

static void a_name_outside_the_constraint_does_not_verify(void)
{
	autoclean(world_clear) struct world w = world_make();
	autoclean(cert_list_free) struct cert_list root = { 0 }, cas = { 0 };
	autoclean(bytes_free) struct bytes bad = BYTES_INIT, deep = BYTES_INIT, sub = BYTES_INIT;
	struct cert_check check = { .anchors = &root, .intermediates = &cas, .purpose_client = 1,
		.at = w.now };
	struct fail f = FAIL_INIT;

	build(&w, &(struct part){ CERT_DEVICE, "dc1", "dc1.fabrikam.test", w.leaf_key, w.ca_key,
			  &w.devices }, &bad);
	/* An issuing CA may not make another one: its path length is 0. */
	build(&w, &(struct part){ CERT_DEVICES_CA, "Sub", "contoso.test", w.leaf_key, w.ca_key,
			  &w.devices }, &sub);
	build(&w, &(struct part){ CERT_DEVICE, "d1", "d1.contoso.test", w.leaf_key, w.leaf_key,
			  &sub }, &deep);
	cert_list_add(&root, w.root.data, w.root.len);
	cert_list_add(&cas, w.devices.data, w.devices.len);
	cert_list_add(&cas, sub.data, sub.len);
	CU_ASSERT_EQUAL(cert_verify(bad.data, bad.len, &check, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_CHAIN_UNTRUSTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "permitted subtree violation"));
	CU_ASSERT_EQUAL(cert_verify(deep.data, deep.len, &check, &f), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "path length constraint exceeded"));
}

static void keys_and_issuers_are_told_apart(void)
{
	autoclean(world_clear) struct world w = world_make(), other = world_make();

	CU_ASSERT_EQUAL(cert_is_issued_by(&w.devices, &w.root), 1);
	CU_ASSERT_EQUAL(cert_is_issued_by(&w.root, &w.root), 1);
	CU_ASSERT_EQUAL(cert_is_issued_by(&w.devices, &other.root), 0);
	CU_ASSERT_EQUAL(cert_is_issued_by(&w.device, &w.root), 0);
	CU_ASSERT_EQUAL(cert_has_key(&w.device, w.leaf_key), 1);
	CU_ASSERT_EQUAL(cert_has_key(&w.device, w.ca_key), 0);
}

static void what_cannot_be_signed_is_refused(void)
{
	autoclean(world_clear) struct world w = world_make();
	autoclean(bytes_free) struct bytes spki = BYTES_INIT, der = BYTES_INIT;
	const struct part p = { CERT_DEVICE, "D1", "d1.contoso.test", w.leaf_key, w.ca_key,
		&w.devices };
	const struct cert_spec good = spec_of(&w, &p, &spki);
	struct cert_spec bad[6];
	char name[100];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = good;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	bad[0].issuer_key = w.leaf_key;
	bad[1].not_after = bad[1].not_before;
	bad[2].spki_len--;
	bad[3].n_names = 0;
	bad[4].cn = name; /* over 64 */
	bad[5].issuer_len--;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(cert_build(&bad[i], &der, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_CA_UNAVAILABLE);
	}
	CU_ASSERT_PTR_NULL(der.data);
	CU_ASSERT_EQUAL(cert_build(&good, &der, NULL), 0);
}

static void pem_holds_certificates_in_order(void)
{
	autoclean(world_clear) struct world w = world_make();
	autoclean(cert_list_free) struct cert_list list = { 0 };
	autoclean(str_free) struct str pem = STR_INIT(65536);
	struct fail f = FAIL_INIT;
	const uint8_t *data;

	CU_ASSERT_EQUAL(pki_key_pem(w.leaf_key, NULL, &pem, NULL), 0);
	cert_pem_add(w.device.data, w.device.len, &pem);
	str_text_add(&pem, "words between are not read\n");
	cert_pem_add(w.devices.data, w.devices.len, &pem);
	data = (const uint8_t *)str_text(&pem);
	CU_ASSERT_EQUAL_FATAL(cert_list_parse_pem(data, pem.len, 2, &list, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(list.n, 2);
	CU_ASSERT(memcmp(list.der[0].data, w.device.data, w.device.len) == 0);
	CU_ASSERT(memcmp(list.der[1].data, w.devices.data, w.devices.len) == 0);
	cert_list_free(&list);
	CU_ASSERT_EQUAL(cert_list_parse_pem(data, pem.len, 1, &list, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_MESSAGE_MALFORMED);
	CU_ASSERT_EQUAL(cert_list_parse_pem(data, pem.len - 40, 2, &list, &f), -1);
	CU_ASSERT_EQUAL(cert_list_parse_pem(data, 0, 2, &list, &f), -1);
	CU_ASSERT_EQUAL(cert_list_parse_pem((const uint8_t *)"no", 2, 2, &list, &f), -1);
	CU_ASSERT_EQUAL(list.n, 0);
}

static void lists_of_the_revoked_are_made_and_read(void)
{
	autoclean(world_clear) struct world w = world_make();
	autoclean(bytes_free) struct bytes der = BYTES_INIT;
	struct crl_entry entries[] = {
		{ "01FF", w.now, 1 }, { "5C9104D6A0B37F22E81C55D09B6A41E0", w.now, 0 },
	};
	struct crl_spec spec = { .issuer = w.devices.data, .issuer_len = w.devices.len,
		.issuer_key = w.ca_key, .number = UINT64_MAX, .this_update = w.now,
		.next_update = w.now + HOUR, .entries = entries, .n_entries = 2 };
	static const struct crl_entry wrong[] = {
		{ "", 0, 1 }, { "-01", 0, 1 }, { "0x", 0, 1 }, { "01 ", 0, 1 }, { "01", 0, 7 },
		{ "01", 0, 11 },
	};
	struct crl_info info;
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL_FATAL(crl_build(&spec, &der, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(crl_info_read(der.data, der.len, &info, NULL), 0);
	CU_ASSERT_EQUAL(info.number, UINT64_MAX);
	CU_ASSERT_EQUAL(info.n_entries, 2);
	CU_ASSERT_EQUAL(info.this_update, w.now);
	CU_ASSERT_EQUAL(crl_info_read(der.data, der.len - 1, &info, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_CRL_FAILED);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		entries[1] = wrong[i];
		CU_ASSERT_EQUAL(crl_build(&spec, &der, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_CRL_FAILED);
	}
	spec.n_entries = 0;
	spec.issuer_key = w.leaf_key;
	CU_ASSERT_EQUAL(crl_build(&spec, &der, &f), -1);
}

static CU_TestInfo tests[] = {
	{ "what was built reads back", what_was_built_reads_back },
	{ "a name in the subject alone is no name", a_name_in_the_subject_alone_is_no_name },
	{ "serials differ and are positive", serials_differ_and_are_positive },
	{ "only a certificate is one", only_a_certificate_is_one },
	{ "chains are judged by purpose, name and time",
	  chains_are_judged_by_purpose_name_and_time },
	{ "a name outside the constraint does not verify",
	  a_name_outside_the_constraint_does_not_verify },
	{ "keys and issuers are told apart", keys_and_issuers_are_told_apart },
	{ "what cannot be signed is refused", what_cannot_be_signed_is_refused },
	{ "PEM holds certificates in order", pem_holds_certificates_in_order },
	{ "lists of the revoked are made and read", lists_of_the_revoked_are_made_and_read },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_lib_pki_cert = { .pName = "lib/pki/cert", .pTests = tests };
