#include "agent/provisioning/provisioning.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/pki/cert.h"
#include "lib/wire/wapdoc.h"
#include "lib/wire/wapdoc_names.h"
#include "tests/unit/cunit.h"
#include "tests/unit/document.h"

#define GRAMMAR "schema/wap-provisioningdoc.rng"

extern char **environ;

/* One self-signed certificate stands for all three: the document only carries them. */
static struct bytes a_certificate(const char *cn, const char *organization)
{
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(KEY_P256, NULL);
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	struct bytes der = BYTES_INIT;
	struct cert_spec spec = {
		.role = CERT_ROOT,
		.cn = cn,
		.organization = organization,
		.subject_serial = "E-4H2X-8RNP",
		.not_before = clock_now(),
		.not_after = clock_now() + 3600,
		.issuer_key = key,
	};

	CU_ASSERT_EQUAL_FATAL(pki_key_spki(key, &spki, NULL), 0);
	spec.spki = spki.data;
	spec.spki_len = spki.len;
	CU_ASSERT_EQUAL_FATAL(cert_build(&spec, &der, NULL), 0);
	return der;
}

static struct provisioning a_device(const struct bytes *cert)
{
	return (struct provisioning){
		.root = cert,
		.devices_ca = cert,
		.device = cert,
		.name = "WM-ANDREAS-01",
		.fqdn = "wm-andreas-01.contoso.test",
		.dns_domain = "contoso.test",
		.enrollment = "E-4H2X-8RNP",
		.directory_server = "ldaps://ldap.contoso.test",
		.dn = "cn=WM-ANDREAS-01,ou=Sales,ou=\"A & B\",dc=contoso,dc=test",
		.dm_server = "https://dm.contoso.test:8443/dm?x=1&y=2",
	};
}

static struct wapdoc_node *composed(const struct provisioning *p, struct str *text)
{
	struct wapdoc_node *doc;
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL_FATAL(provisioning_compose(p, text, &f), 0);
	doc = wapdoc_parse((const uint8_t *)str_text(text), text->len, &f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
	return doc;
}

static void check_parms(const struct wapdoc_node *doc, const char *section,
	const char *const (*rows)[2], size_t n)
{
	const struct wapdoc_node *node = wapdoc_find(doc, section);

	CU_ASSERT_PTR_NOT_NULL_FATAL(node);
	CU_ASSERT_EQUAL(node->n_child, n);
	for (size_t i = 0; i < n; i++) {
		const char *value = wapdoc_value(node, rows[i][0]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(value);
		CU_ASSERT_STRING_EQUAL(value, rows[i][1]);
	}
}

static void a_whole_document_says_what_was_decided(void)
{
	autoclean(bytes_free) struct bytes cert = a_certificate("WM-ANDREAS-01", "Contoso, Inc");
	autoclean(str_free) struct str text = STR_INIT(65536);
	struct provisioning p = a_device(&cert);
	autoclean(wapdoc_free) struct wapdoc_node *doc = composed(&p, &text);
	static const char *const account[][2] = {
		{ "APPID", "w7" },
		{ "PROVIDER-ID", "dm.contoso.test" },
		{ "NAME", "dm.contoso.test" },
		{ "ADDR", "https://dm.contoso.test:8443/dm?x=1&y=2" },
		{ "ROLE", "32" },
		{ "PROTOVER", "1.2" },
		{ "DEFAULTENCODING", "application/vnd.syncml.dm+xml" },
		{ "SSLCLIENTCERTSEARCHCRITERIA",
		  "Subject=serialNumber%3DE-4H2X-8RNP,CN%3DWM-ANDREAS-01,O%3DContoso%5C,%20Inc"
		  "&Stores=MY%5CUser" },
	};
	static const char *const trust[][2] = {
		{ "PROVIDER-ID", "dm.contoso.test" },
		{ "ADDR", "https://dm.contoso.test:8443/dm?x=1&y=2" },
	};
	static const char *const name[][2] = {
		{ "Name", "WM-ANDREAS-01" },
		{ "FQDN", "wm-andreas-01.contoso.test" },
		{ "DNSDomain", "contoso.test" },
	};
	static const char *const domain[][2] = {
		{ "DNSDomain", "contoso.test" },
		{ "DirectoryServer", "ldaps://ldap.contoso.test" },
		{ "DN", "cn=WM-ANDREAS-01,ou=Sales,ou=\"A & B\",dc=contoso,dc=test" },
	};
	static const char *const flag[][2] = {
		{ "EnrollmentID", "E-4H2X-8RNP" },
		{ "Enrolled", "1" },
	};

	CU_ASSERT_EQUAL(doc->n_child, 6);
	check_parms(doc, "APPLICATION", account, ARRAY_LEN(account));
	check_parms(doc, "Enrolld.TrustedDMServer", trust, ARRAY_LEN(trust));
	check_parms(doc, "Enrolld.DeviceName", name, ARRAY_LEN(name));
	check_parms(doc, "Enrolld.Domain", domain, ARRAY_LEN(domain));
	check_parms(doc, "Enrolld.Enrollment", flag, ARRAY_LEN(flag));
	CU_ASSERT_PTR_NULL(wapdoc_find(doc, "Enrolld.VPN"));
	CU_ASSERT_PTR_NULL(strstr(str_text(&text), "APPAUTH"));
}

static void an_account_is_told_whole_or_as_it_will_be(void)
{
	autoclean(bytes_free) struct bytes cert = a_certificate("LT-0042", "Contoso");
	autoclean(str_free) struct str text = STR_INIT(65536), preview = STR_INIT(65536);
	struct provisioning_account account = {
		.dns = "ad.contoso.test", .realm = "AD.CONTOSO.TEST", .netbios = "CONTOSO",
		.controller = "dc1.ad.contoso.test", .account = "WM-ANDREAS-01$",
		.sid = "S-1-5-21-1-2-3-1104", .key_version = 2, .password = "c2VhbGVk",
		.login = "sssd" };
	struct provisioning p = a_device(&cert);
	autoclean(wapdoc_free) struct wapdoc_node *doc = NULL, *before = NULL;
	static const char *const domain[][2] = {
		{ "DNSDomain", "ad.contoso.test" },
		{ "DirectoryServer", "ldaps://ldap.contoso.test" },
		{ "DN", "cn=WM-ANDREAS-01,ou=Sales,ou=\"A & B\",dc=contoso,dc=test" },
		{ "Realm", "AD.CONTOSO.TEST" },
		{ "NetBIOSDomain", "CONTOSO" },
		{ "DomainController", "dc1.ad.contoso.test" },
		{ "Account", "WM-ANDREAS-01$" },
		{ "SID", "S-1-5-21-1-2-3-1104" },
		{ "KeyVersion", "2" },
		{ "ServicePrincipals", "HOST/WM-ANDREAS-01 HOST/wm-andreas-01.contoso.test" },
		{ "MachinePassword", "c2VhbGVk" },
		{ "Login", "sssd" },
	};

	p.account = &account;
	doc = composed(&p, &text);
	check_parms(doc, "Enrolld.Domain", domain, ARRAY_LEN(domain));
	/* A name over 15 characters has another account, and that is its principal. */
	account.account = "WM-ANDRE1A2B3C4$";
	account.password = NULL;
	before = composed(&p, &preview);
	CU_ASSERT_STRING_EQUAL(wapdoc_value(wapdoc_find(before, "Enrolld.Domain"),
				       "ServicePrincipals"),
		"HOST/WM-ANDRE1A2B3C4 HOST/wm-andreas-01.contoso.test");
	CU_ASSERT_PTR_NULL(
		wapdoc_value(wapdoc_find(before, "Enrolld.Domain"), "MachinePassword"));
}

static void certificates_stand_under_their_thumbprints(void)
{
	autoclean(bytes_free) struct bytes root = a_certificate("Root", NULL);
	autoclean(bytes_free) struct bytes ca = a_certificate("CA", NULL);
	autoclean(bytes_free) struct bytes device = a_certificate("D", NULL);
	autoclean(str_free) struct str text = STR_INIT(65536);
	struct provisioning p = a_device(&device);
	autoclean(wapdoc_free) struct wapdoc_node *doc = NULL;
	const struct wapdoc_node *store;
	const struct {
		const char *name;
		const struct bytes *cert;
	} rows[] = { { "ROOT", &root }, { "CA", &ca }, { "MY", &device } };

	p.root = &root;
	p.devices_ca = &ca;
	doc = composed(&p, &text);
	store = wapdoc_find(doc, "CertificateStore");
	CU_ASSERT_PTR_NOT_NULL_FATAL(store);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct wapdoc_node *node = wapdoc_find(store, rows[i].name);
		autoclean(bytes_free) struct bytes der = BYTES_INIT;
		autoclean(cert_info_clear) struct cert_info info = { 0 };
		autoclean(str_free) struct str want = STR_INIT(64);
		const char *value;

		CU_ASSERT_FATAL(node != NULL && node->n_child == 1);
		value = wapdoc_value(node->child[0], "EncodedCertificate");
		CU_ASSERT_PTR_NOT_NULL_FATAL(value);
		CU_ASSERT_EQUAL_FATAL(b64_decode(value, strlen(value), CERT_MAX, &der), 0);
		CU_ASSERT(der.len == rows[i].cert->len &&
			memcmp(der.data, rows[i].cert->data, der.len) == 0);
		CU_ASSERT_EQUAL_FATAL(cert_info_read(der.data, der.len, &info, NULL), 0);
		hex_add_upper(&want, info.sha1, 20);
		CU_ASSERT_STRING_EQUAL(node->child[0]->name, str_text(&want));
		CU_ASSERT_EQUAL(wapdoc_find(node->child[0], "PrivateKeyContainer") != NULL, i == 2);
	}
}

static void sections_come_only_when_they_apply(void)
{
	autoclean(bytes_free) struct bytes cert = a_certificate("D", NULL);
	struct provisioning p = a_device(&cert);

	for (int bits = 0; bits < 8; bits++) {
		autoclean(str_free) struct str text = STR_INIT(65536);
		autoclean(wapdoc_free) struct wapdoc_node *doc = NULL;
		const struct wapdoc_node *vpn, *store;

		p.dm_server = bits & 1 ? "https://dm.contoso.test" : NULL;
		p.vpn = (bits & 2) != 0;
		p.device = bits & 4 ? &cert : NULL;
		p.vpn_gateway = "gw.contoso.test";
		doc = composed(&p, &text);
		vpn = wapdoc_find(doc, "Enrolld.VPN");
		store = wapdoc_find(doc, "CertificateStore");
		CU_ASSERT_EQUAL(wapdoc_find(doc, "APPLICATION") != NULL, bits & 1);
		CU_ASSERT_EQUAL(wapdoc_find(doc, "Enrolld.TrustedDMServer") != NULL, bits & 1);
		CU_ASSERT_EQUAL(vpn != NULL, (bits & 2) != 0);
		CU_ASSERT_EQUAL(strstr(str_text(&text), "RebootRequired") != NULL, vpn != NULL);
		if (vpn != NULL)
			CU_ASSERT_STRING_EQUAL(wapdoc_value(vpn, "Gateway"), "gw.contoso.test");
		CU_ASSERT_EQUAL(wapdoc_find(store, "MY") != NULL, (bits & 4) != 0);
	}
}

static void sections_stand_as_the_document_lists_them(void)
{
	autoclean(bytes_free) struct bytes cert = a_certificate("D", NULL);
	autoclean(str_free) struct str text = STR_INIT(65536);
	autoclean(wapdoc_free) struct wapdoc_node *doc = NULL;
	autoclean(document_free) struct document d;
	char cell[DOCUMENT_CELLS][DOCUMENT_CELL_MAX];
	struct provisioning p = a_device(&cert);
	size_t i = 0;

	p.dm_server = "https://dm.contoso.test";
	p.vpn = 1;
	doc = composed(&p, &text);
	document_open(&d, "docs/PROVISIONING.md", "## Sections, in order");
	for (; document_row(&d, cell); i++) {
		char *at = cell[0];

		CU_ASSERT_FATAL(i < doc->n_child);
		CU_ASSERT_STRING_EQUAL(document_word(&at), doc->child[i]->name);
	}
	CU_ASSERT_EQUAL(i, doc->n_child);
}

static void the_same_input_gives_the_same_octets(void)
{
	autoclean(bytes_free) struct bytes cert = a_certificate("D", "Contoso");
	autoclean(str_free) struct str one = STR_INIT(65536), two = STR_INIT(65536);
	struct provisioning p = a_device(&cert);

	CU_ASSERT_EQUAL(provisioning_compose(&p, &one, NULL), 0);
	CU_ASSERT_EQUAL(provisioning_compose(&p, &two, NULL), 0);
	CU_ASSERT_EQUAL(one.len, two.len);
	CU_ASSERT(memcmp(str_text(&one), str_text(&two), one.len) == 0);
	p.vpn = 1;
	str_clear(&two);
	CU_ASSERT_EQUAL(provisioning_compose(&p, &two, NULL), 0);
	CU_ASSERT_NOT_EQUAL(one.len, two.len);
}

static void what_cannot_be_said_is_refused(void)
{
	autoclean(bytes_free) struct bytes cert = a_certificate("D", NULL);
	autoclean(str_free) struct str text = STR_INIT(65536), small = STR_INIT(512);
	struct provisioning p = a_device(&cert);
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(provisioning_compose(&p, &small, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DOCUMENT_INVALID);
	p.dm_server = "http://dm.contoso.test";
	CU_ASSERT_EQUAL(provisioning_compose(&p, &text, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DOCUMENT_INVALID);
	CU_ASSERT_EQUAL(text.len, 0);
}

static int xmllint(const char *path)
{
	char *argv[] = { (char[]){ "xmllint" }, (char[]){ "--noout" }, (char[]){ "--nonet" },
		(char[]){ "--relaxng" }, (char[]){ GRAMMAR }, (char *)(uintptr_t)path, NULL };
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
	CU_ASSERT_EQUAL_FATAL(posix_spawnp(&pid, "xmllint", &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void xmllint_accepts_it_by_the_grammar(void)
{
	autoclean(bytes_free) struct bytes cert = a_certificate("D <&> \"E\"", "Contoso Ö");
	struct provisioning p = a_device(&cert);
	char dir[] = "/tmp/e.XXXXXX";
	autoclean(text_free) char *path = NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	path = file_join(dir, "doc.xml");
	for (int bits = 0; bits < 4; bits++) {
		autoclean(str_free) struct str text = STR_INIT(65536);

		p.dm_server = bits & 1 ? "https://dm.contoso.test/a?b&c" : NULL;
		p.vpn = (bits & 2) != 0;
		CU_ASSERT_EQUAL(provisioning_compose(&p, &text, NULL), 0);
		CU_ASSERT_EQUAL(file_write(path, str_text(&text), text.len, 0600, NULL), 0);
		CU_ASSERT_EQUAL(xmllint(path), 0);
	}
	CU_ASSERT_EQUAL(file_write(path, "<wap-provisioningdoc><x/></wap-provisioningdoc>", 47,
				0600, NULL), 0);
	CU_ASSERT_NOT_EQUAL(xmllint(path), 0);
	unlink(path);
	rmdir(dir);
}

static CU_TestInfo tests[] = {
	{ "a whole document says what was decided", a_whole_document_says_what_was_decided },
	{ "an account is told whole or as it will be",
	  an_account_is_told_whole_or_as_it_will_be },
	{ "certificates stand under their thumbprints",
	  certificates_stand_under_their_thumbprints },
	{ "sections come only when they apply", sections_come_only_when_they_apply },
	{ "sections stand as the document lists them", sections_stand_as_the_document_lists_them },
	{ "the same input gives the same octets", the_same_input_gives_the_same_octets },
	{ "what cannot be said is refused", what_cannot_be_said_is_refused },
	{ "xmllint accepts it by the grammar", xmllint_accepts_it_by_the_grammar },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_provisioning_provisioning = {
	.pName = "agent/provisioning/provisioning", .pTests = tests
};
