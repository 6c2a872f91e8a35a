#include "agent/ca/ca.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/pki/csr.h"
#include "tests/unit/cunit.h"

extern char **environ;

static char dir[64]; /* of the test that runs; holds ca/ and root.key */

static char *at(const char *name)
{
	return file_join(dir, name);
}

static void dir_make(void)
{
	snprintf(dir, sizeof(dir), "/tmp/e.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
}

/* openssl with these words, NULL behind the last, its output into DIR/out. The exit status. */
static int openssl(const char *first, ...)
{
	autoclean(text_free) char *out = at("out");
	char *argv[24] = { (char[]){ "openssl" }, (char *)(uintptr_t)first };
	posix_spawn_file_actions_t actions;
	int n = 2, status = -1;
	va_list ap;
	pid_t pid;

	va_start(ap, first);
	while (n < 23 && (argv[n] = va_arg(ap, char *)) != NULL)
		n++;
	va_end(ap);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, out, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	CU_ASSERT_EQUAL_FATAL(posix_spawnp(&pid, "openssl", &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int out_has(const char *text)
{
	autoclean(text_free) char *path = at("out");
	autoclean(bytes_free) struct bytes out = BYTES_INIT;

	return file_read(path, 1 << 20, &out, NULL) == 0 && strstr((char *)out.data, text) != NULL;
}

static void dir_remove(void)
{
	autoclean(text_free) char *path = mem_text(dir);
	char *argv[] = { (char[]){ "rm" }, (char[]){ "-rf" }, path, NULL };
	pid_t pid;

	CU_ASSERT_EQUAL(posix_spawnp(&pid, "rm", NULL, NULL, argv, environ), 0);
	waitpid(pid, NULL, 0);
}

static const char *const server_names[] = { "MobileEnroll.contoso.test", "enroll2.contoso.test" };
static const char *const suffixes[] = { "contoso.test", "branch.example" };

static int make(enum key_kind kind, const char *passphrase, struct ca_made *made, struct fail *f)
{
	autoclean(text_free) char *ca_dir = at("ca"), *root_key = at("root.key");
	struct ca_plan plan = {
		.dir = ca_dir,
		.organization = "Contoso Tést",
		.kind = kind,
		.server_names = server_names,
		.n_server_names = 2,
		.suffixes = suffixes,
		.n_suffixes = 2,
		.root_key_file = root_key,
		.root_key_passphrase = passphrase,
		.crl_url = "http://crl.contoso.test/devices.crl",
	};

	return ca_make(&plan, made, f);
}

static struct ca *opened(struct fail *f)
{
	autoclean(text_free) char *path = at("ca");

	return ca_open(path, f);
}

static struct bytes key_spki(enum key_kind kind)
{
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(kind, NULL);
	struct bytes spki = BYTES_INIT;

	CU_ASSERT_EQUAL_FATAL(pki_key_spki(key, &spki, NULL), 0);
	return spki;
}

static int issue(struct ca *ca, const char *fqdn, const struct bytes *spki, struct bytes *der,
	struct fail *f)
{
	struct ca_device d = {
		.name = "WM-ANDREAS-01",
		.fqdn = fqdn,
		.enrollment = "E-4H2X-8RNP",
		.not_before = clock_now() - CA_BACKDATE_S,
		.not_after = clock_now() + 365 * 86400,
		.crl_url = "http://crl.contoso.test/devices.crl",
		.spki = spki->data,
		.spki_len = spki->len,
	};

	ca_serial_new(d.serial);
	return ca_issue_device(ca, &d, der, f);
}

static void write_pem(const char *name, const struct bytes *der)
{
	autoclean(text_free) char *path = at(name);
	autoclean(str_free) struct str pem = STR_INIT(65536);

	cert_pem_add(der->data, der->len, &pem);
	CU_ASSERT_EQUAL(file_write(path, str_text(&pem), pem.len, 0644, NULL), 0);
}

static void judge_chain(enum key_kind kind)
{
	autoclean(text_free) char *root = at("ca/root.pem"), *devices = at("ca/devices.pem");
	autoclean(text_free) char *services = at("ca/services.pem"), *device = at("device.pem");
	autoclean(text_free) char *server = at("ca/server.pem"), *crl = at("ca/root.crl");
	autoclean(bytes_free) struct bytes spki = key_spki(kind), der = BYTES_INIT;
	autoclean(ca_close) struct ca *ca = NULL;
	struct ca_made made;
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL_FATAL(make(kind, NULL, &made, &f), 0);
	ca = opened(&f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
	CU_ASSERT_EQUAL_FATAL(issue(ca, "wm-andreas-01.contoso.test", &spki, &der, &f), 0);
	write_pem("device.pem", &der);

	CU_ASSERT_EQUAL(openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", root,
				"-untrusted", devices, device, NULL), 0);
	CU_ASSERT_NOT_EQUAL(openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile",
				    root, "-untrusted", devices, device, NULL), 0);
	CU_ASSERT_EQUAL(openssl("verify", "-x509_strict", "-purpose", "sslserver",
				"-verify_hostname", "mobileenroll.contoso.test", "-CAfile", root,
				"-untrusted", services, server, NULL), 0);
	CU_ASSERT_EQUAL(openssl("crl", "-inform", "DER", "-in", crl, "-CAfile", root, "-noout",
				"-text", NULL), 0);
	CU_ASSERT(out_has("verify OK"));
	CU_ASSERT(out_has("No Revoked Certificates"));
	CU_ASSERT_EQUAL(openssl("x509", "-in", device, "-noout", "-text", NULL), 0);
	CU_ASSERT(out_has("serialNumber = E-4H2X-8RNP"));
	CU_ASSERT(out_has("CN = WM-ANDREAS-01"));
	CU_ASSERT(out_has("DNS:wm-andreas-01.contoso.test\n"));
	CU_ASSERT(out_has("TLS Web Client Authentication\n"));
	CU_ASSERT(out_has("Digital Signature\n"));
	CU_ASSERT(out_has("URI:http://crl.contoso.test/devices.crl"));
	CU_ASSERT(out_has("CA:FALSE"));
}

static void openssl_accepts_a_chain_of_p256(void)
{
	dir_make();
	judge_chain(KEY_P256);
	dir_remove();
}

static void openssl_accepts_a_chain_of_rsa(void)
{
	dir_make();
	judge_chain(KEY_RSA3072);
	dir_remove();
}

static int out_is(const char *text)
{
	autoclean(text_free) char *path = at("out");
	autoclean(bytes_free) struct bytes out = BYTES_INIT;

	return file_read(path, 1 << 20, &out, NULL) == 0 && strcmp((char *)out.data, text) == 0;
}

#define IS_CA(pathlen) \
	"X509v3 Basic Constraints: critical\n    CA:TRUE, pathlen:" pathlen "\n" \
	"X509v3 Key Usage: critical\n    Certificate Sign, CRL Sign\n"
#define IS_LEAF \
	"X509v3 Basic Constraints: critical\n    CA:FALSE\n" \
	"X509v3 Key Usage: critical\n    Digital Signature\n"
#define IS_FOR(who) "X509v3 Extended Key Usage: \n    TLS Web " who " Authentication\n"

static void each_certificate_says_what_it_is_for(void)
{
	static const struct {
		const char *file, *says;
		int constrained;
	} rows[] = {
		{ "ca/root.pem", IS_CA("1"), 0 },
		{ "ca/services.pem", IS_CA("0") IS_FOR("Server"), 1 },
		{ "ca/devices.pem", IS_CA("0") IS_FOR("Client"), 1 },
		{ "ca/server.pem", IS_LEAF IS_FOR("Server"), 0 },
		{ "device.pem", IS_LEAF IS_FOR("Client"), 0 },
	};
	autoclean(bytes_free) struct bytes spki = key_spki(KEY_P256), der = BYTES_INIT;
	autoclean(ca_close) struct ca *ca = NULL;
	struct ca_made made;

	dir_make();
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
	ca = opened(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
	CU_ASSERT_EQUAL_FATAL(issue(ca, "wm-andreas-01.contoso.test", &spki, &der, NULL), 0);
	write_pem("device.pem", &der);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(text_free) char *file = at(rows[i].file);

		CU_ASSERT_EQUAL(openssl("x509", "-in", file, "-noout", "-ext",
					"basicConstraints,keyUsage,extendedKeyUsage", NULL), 0);
		CU_ASSERT(out_is(rows[i].says));
		CU_ASSERT_EQUAL(openssl("x509", "-in", file, "-noout", "-ext",
					"nameConstraints", NULL), 0);
		CU_ASSERT_EQUAL(out_has("X509v3 Name Constraints: critical\n"),
			rows[i].constrained);
	}
	dir_remove();
}

static void a_certificate_lives_within_its_issuers_life(void)
{
	autoclean(bytes_free) struct bytes spki = key_spki(KEY_P256), der = BYTES_INIT;
	autoclean(cert_info_clear) struct cert_info issuer = { 0 }, info = { 0 };
	autoclean(ca_close) struct ca *ca = NULL;
	struct ca_device d = { .name = "A", .fqdn = "a.contoso.test", .enrollment = "E-1",
		.not_before = 0, .not_after = clock_now() + (int64_t)50 * 365 * 86400,
		.spki = spki.data, .spki_len = spki.len };
	char serial[2 * CA_SERIAL_LEN + 1];
	struct ca_made made;
	struct fail f = FAIL_INIT;

	dir_make();
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
	ca = opened(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
	ca_serial_new(d.serial);
	CU_ASSERT_EQUAL_FATAL(ca_issue_device(ca, &d, &der, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(
		cert_info_read(ca_devices(ca)->data, ca_devices(ca)->len, &issuer, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(cert_info_read(der.data, der.len, &info, NULL), 0);
	CU_ASSERT_EQUAL(info.not_before, issuer.not_before);
	CU_ASSERT_EQUAL(info.not_after, issuer.not_after);
	CU_ASSERT(clock_now() - issuer.not_before >= 600);
	CU_ASSERT(clock_now() - issuer.not_before < 660);
	CU_ASSERT_STRING_EQUAL(info.subject_serial, "E-1");
	for (size_t i = 0; i < sizeof(d.serial); i++)
		snprintf(serial + 2 * i, 3, "%02X", d.serial[i]);
	CU_ASSERT_STRING_EQUAL(info.serial, serial);
	/* Nothing of its life is left. */
	d.not_before = issuer.not_after;
	CU_ASSERT_EQUAL(ca_issue_device(ca, &d, &der, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_CA_UNAVAILABLE);
	CU_ASSERT_EQUAL(ca_ready(ca, "a.contoso.test", issuer.not_after + 700, &f), -1);
	CU_ASSERT_EQUAL(ca_ready(ca, "a.contoso.test", clock_now(), &f), 0);
	dir_remove();
}

static void serials_are_of_sixteen_octets_and_differ(void)
{
	enum { MANY = 1000 };
	static uint8_t serial[MANY][CA_SERIAL_LEN];
	int again = 0;

	for (int i = 0; i < MANY; i++) {
		ca_serial_new(serial[i]);
		CU_ASSERT(serial[i][0] >= 0x01 && serial[i][0] <= 0x7f);
		for (int k = 0; k < i; k++)
			again += memcmp(serial[i] + 1, serial[k] + 1, 7) == 0 ||
				memcmp(serial[i] + 8, serial[k] + 8, 8) == 0;
	}
	CU_ASSERT_EQUAL(again, 0); /* not even half of one */
}

#define SID "S-1-5-21-1004336348-1177238915-682003330-1107"

/* KB5014754: SEQUENCE of one otherName 1.3.6.1.4.1.311.25.2.1, the SID as octet string. */
static const uint8_t sid_head[] = { 0x30, 18 + sizeof(SID) - 1, 0xA0, 16 + sizeof(SID) - 1, 0x06,
	0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x19, 0x02, 0x01, 0xA0,
	2 + sizeof(SID) - 1, 0x04, sizeof(SID) - 1 };

static void a_certificate_names_its_account(void)
{
	autoclean(text_free) char *root = NULL, *devices = NULL, *device = NULL;
	autoclean(bytes_free) struct bytes spki = key_spki(KEY_RSA2048), der = BYTES_INIT;
	autoclean(ca_close) struct ca *ca = NULL;
	struct ca_device d = { .name = "LT-0042", .fqdn = "lt-0042.contoso.test",
		.enrollment = "E-4H2X-8RNP", .not_before = clock_now() - 60,
		.not_after = clock_now() + 3600, .spki = spki.data, .spki_len = spki.len,
		.upn = "LT-0042$@CONTOSO.TEST", .sid = SID };
	struct ca_made made;
	const uint8_t *at_head;

	dir_make();
	root = at("ca/root.pem"), devices = at("ca/devices.pem"), device = at("device.pem");
	CU_ASSERT_EQUAL_FATAL(make(KEY_RSA3072, NULL, &made, NULL), 0);
	ca = opened(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
	CU_ASSERT(ca_is_rsa(ca));
	for (int pkinit = 0; pkinit <= 1; pkinit++) {
		d.pkinit = pkinit;
		ca_serial_new(d.serial);
		CU_ASSERT_EQUAL_FATAL(ca_issue_device(ca, &d, &der, NULL), 0);
		at_head = memmem(der.data, der.len, sid_head, sizeof(sid_head));
		CU_ASSERT_PTR_NOT_NULL_FATAL(at_head);
		CU_ASSERT(memcmp(at_head + sizeof(sid_head), SID, sizeof(SID) - 1) == 0);
		write_pem("device.pem", &der);
		CU_ASSERT_EQUAL(openssl("verify", "-x509_strict", "-purpose", "sslclient",
					"-CAfile", root, "-untrusted", devices, device, NULL), 0);
		CU_ASSERT_EQUAL(openssl("x509", "-in", device, "-noout", "-text", NULL), 0);
		CU_ASSERT(out_has("DNS:lt-0042.contoso.test, othername: UPN::LT-0042$@CONTOSO.TEST"
				  "\n"));
		CU_ASSERT(out_has("1.3.6.1.4.1.311.25.2:"));
		CU_ASSERT_EQUAL(out_has("TLS Web Client Authentication\n"), !pkinit);
		CU_ASSERT_EQUAL(out_has("TLS Web Client Authentication, PKINIT Client Auth\n"),
			pkinit);
	}
	dir_remove();
}

/* The constraint must hold by itself: a certificate that slipped past our own check, made here with
 * the CA's key behind ca's back, is refused by openssl. */
static void openssl_refuses_a_name_outside_the_constraint(void)
{
	autoclean(bytes_free) struct bytes spki = key_spki(KEY_P256), der = BYTES_INIT;
	autoclean(text_free) char *key_path = NULL, *root = NULL, *devices = NULL, *bad = NULL;
	autoclean(pki_key_free) struct pki_key *key = NULL;
	autoclean(ca_close) struct ca *ca = NULL;
	const char *names[] = { "dc1.fabrikam.test" };
	struct cert_spec spec = { .role = CERT_DEVICE, .cn = "dc1", .names = names, .n_names = 1,
		.not_before = clock_now() - 600, .not_after = clock_now() + 3600,
		.spki = spki.data, .spki_len = spki.len };
	struct ca_made made;

	dir_make();
	key_path = at("ca/devices.key"), root = at("ca/root.pem");
	devices = at("ca/devices.pem"), bad = at("bad.pem");
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
	ca = opened(NULL);
	key = pki_key_load(key_path, NULL, NULL);
	CU_ASSERT_FATAL(ca != NULL && key != NULL);
	spec.issuer = ca_devices(ca)->data;
	spec.issuer_len = ca_devices(ca)->len;
	spec.issuer_key = key;
	CU_ASSERT_EQUAL_FATAL(cert_build(&spec, &der, NULL), 0);
	write_pem("bad.pem", &der);
	CU_ASSERT_NOT_EQUAL(openssl("verify", "-purpose", "sslclient", "-CAfile", root,
				    "-untrusted", devices, bad, NULL), 0);
	CU_ASSERT(out_has("permitted subtree violation"));
	dir_remove();
}

static void names_outside_are_not_issued(void)
{
	autoclean(bytes_free) struct bytes spki = key_spki(KEY_P256), der = BYTES_INIT;
	autoclean(ca_close) struct ca *ca = NULL;
	struct ca_made made;
	struct fail f = FAIL_INIT;
	static const struct {
		const char *fqdn;
		int permitted;
	} rows[] = {
		{ "a.contoso.test", 1 },
		{ "a.b.branch.example", 1 },
		{ "A.Contoso.TEST", 1 },
		{ "contoso.test", 1 },
		{ "acontoso.test", 0 },
		{ "a.contoso.test.evil.example", 0 },
		{ "fabrikam.test", 0 },
		{ "test", 0 },
		{ "", 0 },
		{ "*.contoso.test", 0 },
		{ "a..contoso.test", 0 },
	};

	dir_make();
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
	ca = opened(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
	CU_ASSERT(!ca_is_rsa(ca));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int want = rows[i].permitted ? 0 : -1;

		CU_ASSERT_EQUAL(ca_permits(ca, rows[i].fqdn, &f), want);
		CU_ASSERT_EQUAL(issue(ca, rows[i].fqdn, &spki, &der, &f), want);
		if (want < 0)
			CU_ASSERT_EQUAL(f.code, ENR_SUFFIX_REFUSED);
	}
	dir_remove();
}

static void a_revoked_certificate_is_refused_with_the_crl(void)
{
	autoclean(text_free) char *root = NULL, *devices = NULL, *device = NULL, *crl = NULL;
	autoclean(bytes_free) struct bytes spki = key_spki(KEY_ED25519), der = BYTES_INIT;
	autoclean(bytes_free) struct bytes list = BYTES_INIT;
	autoclean(cert_info_clear) struct cert_info info = { 0 };
	autoclean(ca_close) struct ca *ca = NULL;
	struct crl_entry entry = { .when = clock_now(), .reason = 1 };
	struct ca_crl c = { .number = 7, .this_update = clock_now() - 60, .life = 3600 };
	struct crl_info got;
	struct ca_made made;

	dir_make();
	root = at("ca/root.pem"), devices = at("ca/devices.pem"), device = at("device.pem");
	crl = at("devices.crl");
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
	ca = opened(NULL);
	CU_ASSERT_EQUAL_FATAL(issue(ca, "a.contoso.test", &spki, &der, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(cert_info_read(der.data, der.len, &info, NULL), 0);
	write_pem("device.pem", &der);
	for (int revoked = 0; revoked <= 1; revoked++) {
		memcpy(entry.serial, info.serial, sizeof(entry.serial));
		c.entries = &entry;
		c.n_entries = (size_t)revoked;
		CU_ASSERT_EQUAL_FATAL(ca_crl_sign(ca, &c, &list, NULL), 0);
		CU_ASSERT_EQUAL(crl_info_read(list.data, list.len, &got, NULL), 0);
		CU_ASSERT_EQUAL(got.number, 7);
		CU_ASSERT_EQUAL(got.n_entries, (size_t)revoked);
		CU_ASSERT_EQUAL(got.next_update - got.this_update, 3600);
		CU_ASSERT_EQUAL(file_write(crl, list.data, list.len, 0644, NULL), 0);
		CU_ASSERT_EQUAL(
			openssl("crl", "-inform", "DER", "-in", crl, "-noout", "-text", NULL), 0);
		CU_ASSERT(out_has("X509v3 Authority Key Identifier: \n"));
		CU_ASSERT(out_has("X509v3 CRL Number: \n                7\n"));
		CU_ASSERT_EQUAL(out_has("Key Compromise\n"), revoked);
		CU_ASSERT_EQUAL(openssl("verify", "-x509_strict", "-crl_check", "-CRLfile", crl,
					"-CAfile", root, "-untrusted", devices, device, NULL) != 0,
			revoked);
		if (revoked)
			CU_ASSERT(out_has("certificate revoked"));
	}
	dir_remove();
}

/* What one thread does with a CA that all share. */
struct issuing {
	struct ca *ca;
	const struct bytes *spki;
	int issued;
};

static void *issue_some(void *arg)
{
	struct issuing *job = arg;

	for (int i = 0; i < 20; i++) {
		autoclean(bytes_free) struct bytes der = BYTES_INIT;
		struct ca_device d = { .name = "A", .fqdn = "a.contoso.test", .enrollment = "E-1",
			.not_before = clock_now() - 60, .not_after = clock_now() + 60,
			.spki = job->spki->data, .spki_len = job->spki->len };

		ca_serial_new(d.serial);
		job->issued += ca_issue_device(job->ca, &d, &der, NULL) == 0;
	}
	return NULL;
}

static void many_threads_issue_at_once(void)
{
	autoclean(bytes_free) struct bytes spki = key_spki(KEY_P256);
	autoclean(ca_close) struct ca *ca = NULL;
	struct issuing jobs[4] = { 0 };
	pthread_t threads[ARRAY_LEN(jobs)];
	struct ca_made made;

	dir_make();
	CU_ASSERT_EQUAL_FATAL(make(KEY_RSA3072, NULL, &made, NULL), 0);
	ca = opened(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		jobs[i].ca = ca;
		jobs[i].spki = &spki;
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, issue_some, &jobs[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(jobs[i].issued, 20);
	}
	dir_remove();
}

static void the_root_key_is_encrypted_under_its_passphrase(void)
{
	autoclean(text_free) char *path = NULL;
	autoclean(pki_key_free) struct pki_key *right = NULL, *wrong = NULL, *none = NULL;
	struct ca_made made;
	struct fail f = FAIL_INIT;
	struct stat st;

	dir_make();
	path = at("root.key");
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, "correct horse", &made, NULL), 0);
	CU_ASSERT_EQUAL(openssl("asn1parse", "-in", path, NULL), 0);
	CU_ASSERT(out_has("PBES2") && out_has("hmacWithSHA256") && out_has("aes-256-cbc"));
	CU_ASSERT(out_has("INTEGER           :0927C0"));
	CU_ASSERT_EQUAL(openssl("pkey", "-in", path, "-passin", "pass:correct horse", "-noout",
				NULL), 0);
	right = pki_key_load(path, "correct horse", NULL);
	wrong = pki_key_load(path, "battery", &f);
	CU_ASSERT_EQUAL(f.code, ENR_KEY_FILE);
	none = pki_key_load(path, NULL, &f);
	CU_ASSERT(right != NULL && wrong == NULL && none == NULL);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	dir_remove();
}

static void making_twice_is_refused_and_changes_nothing(void)
{
	autoclean(text_free) char *path = NULL, *key = NULL;
	autoclean(bytes_free) struct bytes before = BYTES_INIT, after = BYTES_INIT;
	struct ca_made made, untouched;
	struct fail f = FAIL_INIT;

	dir_make();
	path = at("ca/root.pem"), key = at("root.key");
	memset(&untouched, 7, sizeof(untouched));
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
	CU_ASSERT_EQUAL(file_read(path, 65536, &before, NULL), 0);
	CU_ASSERT_EQUAL(make(KEY_P256, NULL, &untouched, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_CA_EXISTS);
	CU_ASSERT_EQUAL(unlink(key), 0);
	CU_ASSERT_EQUAL(make(KEY_P256, NULL, &untouched, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_CA_EXISTS);
	CU_ASSERT_EQUAL(file_exists(key), 0);
	CU_ASSERT_EQUAL(untouched.root_sha256[0], 7);
	CU_ASSERT_EQUAL(file_read(path, 65536, &after, NULL), 0);
	CU_ASSERT(before.len == after.len && memcmp(before.data, after.data, after.len) == 0);
	dir_remove();
}

static void a_root_key_file_is_never_overwritten(void)
{
	autoclean(text_free) char *key = NULL, *ca_dir = NULL;
	autoclean(bytes_free) struct bytes got = BYTES_INIT;
	struct ca_made made;
	struct fail f = FAIL_INIT;

	dir_make();
	key = at("root.key"), ca_dir = at("ca");
	CU_ASSERT_EQUAL_FATAL(file_write(key, "mine", 4, 0600, NULL), 0);
	CU_ASSERT_EQUAL(make(KEY_P256, NULL, &made, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_KEY_FILE);
	CU_ASSERT_EQUAL(file_read(key, 100, &got, NULL), 0);
	CU_ASSERT_STRING_EQUAL((char *)got.data, "mine");
	CU_ASSERT_EQUAL(file_exists(ca_dir), 0);
	dir_remove();
}

/* A folder with something in it cannot become the CA; nothing half-made stays. */
static void a_failure_leaves_nothing_behind(void)
{
	autoclean(text_free) char *ca_dir = NULL, *other = NULL, *key = NULL;
	struct ca_made made;
	struct fail f = FAIL_INIT;

	dir_make();
	ca_dir = at("ca"), other = at("ca/notes"), key = at("root.key");
	CU_ASSERT_EQUAL(mkdir(ca_dir, 0700), 0);
	CU_ASSERT_EQUAL(file_write(other, "x", 1, 0600, NULL), 0);
	CU_ASSERT_EQUAL(make(KEY_P256, NULL, &made, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_FILE_FAILED);
	CU_ASSERT_EQUAL(file_exists(key), 0);
	CU_ASSERT_EQUAL(unlink(other), 0);
	CU_ASSERT_EQUAL(rmdir(ca_dir), 0);
	CU_ASSERT_EQUAL(rmdir(dir), 0); /* so nothing else was in it */
}

/* What others could have put into the folder in which a CA grows is not taken for ours. */
static void a_folder_beside_that_others_may_use_is_refused(void)
{
	autoclean(text_free) char *beside = NULL, *key = NULL;
	struct ca_made made;
	struct fail f = FAIL_INIT;

	dir_make();
	beside = at("ca.new"), key = at("root.key");
	CU_ASSERT_EQUAL(mkdir(beside, 0700), 0);
	CU_ASSERT_EQUAL(chmod(beside, 0750), 0);
	CU_ASSERT_EQUAL(make(KEY_P256, NULL, &made, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_FILE_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "may be used by others"));
	CU_ASSERT_EQUAL(file_exists(key), 0);
	dir_remove();
}

static void an_issuing_ca_of_another_root_is_refused(void)
{
	static const char *const names[][2] = {
		{ "ca/services.pem", "ca/services.key" },
		{ "ca/devices.pem", "ca/devices.key" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		autoclean(text_free) char *cert = NULL, *key = NULL, *ca_dir = NULL, *old = NULL,
			*root_key = NULL;
		autoclean(bytes_free) struct bytes cert_was = BYTES_INIT;
		autoclean(bytes_wipe) struct bytes key_was = BYTES_INIT;
		autoclean(ca_close) struct ca *ca = NULL;
		struct ca_made made;
		struct fail f = FAIL_INIT;

		dir_make();
		cert = at(names[i][0]), key = at(names[i][1]);
		ca_dir = at("ca"), old = at("old"), root_key = at("root.key");
		CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
		CU_ASSERT_EQUAL(file_read(cert, 65536, &cert_was, NULL), 0);
		CU_ASSERT_EQUAL(file_read(key, 65536, &key_was, NULL), 0);
		CU_ASSERT_EQUAL(rename(ca_dir, old), 0);
		CU_ASSERT_EQUAL(unlink(root_key), 0);
		CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
		CU_ASSERT_EQUAL(file_write(cert, cert_was.data, cert_was.len, 0644, NULL), 0);
		CU_ASSERT_EQUAL(file_write(key, key_was.data, key_was.len, 0600, NULL), 0);
		ca = opened(&f);
		CU_ASSERT(ca == NULL && f.code == ENR_CA_UNAVAILABLE);
		CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "is not of this root"));
		dir_remove();
	}
}

static void opening_says_what_is_wrong(void)
{
	autoclean(text_free) char *key = NULL, *services = NULL, *devices = NULL;
	autoclean(bytes_wipe) struct bytes wrong = BYTES_INIT;
	autoclean(ca_close) struct ca *ca = NULL;
	struct ca_made made;
	struct fail f = FAIL_INIT;

	dir_make();
	key = at("ca/devices.key"), services = at("ca/services.key");
	devices = at("ca/devices.pem");
	ca = opened(&f);
	CU_ASSERT(ca == NULL && f.code == ENR_CA_MISSING);
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
	CU_ASSERT_EQUAL(chmod(key, 0640), 0);
	ca = opened(&f);
	CU_ASSERT(ca == NULL && f.code == ENR_KEY_FILE);
	CU_ASSERT_EQUAL(file_read(services, 65536, &wrong, NULL), 0);
	CU_ASSERT_EQUAL(file_write(key, wrong.data, wrong.len, 0600, NULL), 0);
	ca = opened(&f);
	CU_ASSERT(ca == NULL && f.code == ENR_KEY_FILE);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "is not the key of devices.pem"));
	CU_ASSERT_EQUAL(file_write(key, "", 0, 0600, NULL), 0);
	ca = opened(&f);
	CU_ASSERT(ca == NULL && f.code == ENR_KEY_FILE);
	CU_ASSERT_EQUAL(file_write(devices, "", 0, 0600, NULL), 0);
	ca = opened(&f);
	CU_ASSERT(ca == NULL && f.code == ENR_CA_UNAVAILABLE);
	dir_remove();
}

static void a_new_server_certificate_verifies_by_our_own_check(void)
{
	autoclean(str_free) struct str cert = STR_INIT(65536);
	autoclean(str_wipe) struct str key = STR_INIT(65536);
	autoclean(cert_list_free) struct cert_list chain = { 0 }, anchors = { 0 };
	autoclean(ca_close) struct ca *ca = NULL;
	struct cert_check check = { .anchors = &anchors, .intermediates = &chain,
		.dns_name = "enroll2.contoso.test", .at = clock_now() };
	const char *const outside[] = { "enroll.contoso.test" };
	struct ca_server server = { .names = server_names, .n_names = 2, .cert_pem = &cert,
		.key_pem = &key };
	struct ca_made made;
	struct fail f = FAIL_INIT;

	dir_make();
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
	ca = opened(NULL);
	CU_ASSERT_EQUAL_FATAL(ca_issue_server(ca, &server, &f), 0);
	CU_ASSERT(server.end > clock_now() + 364 * 86400);
	CU_ASSERT_EQUAL_FATAL(cert_list_parse_pem((const uint8_t *)str_text(&cert), cert.len, 8,
				      &chain, &f), 0);
	CU_ASSERT_EQUAL(chain.n, 2);
	cert_list_add(&anchors, ca_root(ca)->data, ca_root(ca)->len);
	CU_ASSERT_EQUAL(cert_verify(chain.der[0].data, chain.der[0].len, &check, &f), 0);
	check.dns_name = "other.contoso.test";
	CU_ASSERT_EQUAL(cert_verify(chain.der[0].data, chain.der[0].len, &check, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_NAME_MISMATCH);
	server.names = outside;
	server.n_names = 1;
	CU_ASSERT_EQUAL(ca_issue_server(ca, &server, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_SUFFIX_REFUSED);
	dir_remove();
}

/* Nothing outlives the CA that signed it, and nothing is signed that would be over already. */
static void a_certificate_stays_within_the_life_of_its_ca(void)
{
	autoclean(str_free) struct str mapping = STR_INIT(1024);
	const char *backwards;
	autoclean(bytes_free) struct bytes spki = key_spki(KEY_P256), der = BYTES_INIT;
	autoclean(cert_info_clear) struct cert_info issuer = { 0 }, device = { 0 };
	autoclean(ca_close) struct ca *ca = NULL;
	struct ca_device d = { .name = "LT-1", .fqdn = "lt-1.contoso.test",
		.enrollment = "E-4H2X-8RNP", .not_after = clock_now() + 30LL * 365 * 86400,
		.spki = spki.data, .spki_len = spki.len };
	struct ca_made made;
	struct fail f = FAIL_INIT;

	dir_make();
	CU_ASSERT_EQUAL_FATAL(make(KEY_P256, NULL, &made, NULL), 0);
	ca = opened(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ca);
	CU_ASSERT_EQUAL(cert_info_read(ca_devices(ca)->data, ca_devices(ca)->len, &issuer, &f), 0);
	ca_serial_new(d.serial);
	CU_ASSERT_EQUAL_FATAL(ca_issue_device(ca, &d, &der, &f), 0);
	CU_ASSERT_EQUAL(cert_info_read(der.data, der.len, &device, &f), 0);
	/* The serial number from its end; two digits an octet. */
	CU_ASSERT_EQUAL(cert_mapping(der.data, der.len, &mapping, &f), 0);
	CU_ASSERT_EQUAL(strncmp(str_text(&mapping), "X509:<I>O=", 10), 0);
	backwards = strstr(str_text(&mapping), "<SR>");
	CU_ASSERT_PTR_NOT_NULL_FATAL(backwards);
	CU_ASSERT_EQUAL_FATAL(strlen(backwards + 4), strlen(device.serial));
	for (size_t i = 0, n = strlen(device.serial); i < n; i++)
		CU_ASSERT_EQUAL(toupper((unsigned char)backwards[4 + i]),
			device.serial[n - 2 - i / 2 * 2 + i % 2]);
	CU_ASSERT_EQUAL(cert_mapping(der.data, der.len - 1, &mapping, &f), -1);
	CU_ASSERT_EQUAL(device.not_before, issuer.not_before);
	CU_ASSERT_EQUAL(device.not_after, issuer.not_after);
	d.not_before = issuer.not_after + 1;
	d.not_after = issuer.not_after + 86400;
	CU_ASSERT_EQUAL(ca_issue_device(ca, &d, &der, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_CA_UNAVAILABLE);
	dir_remove();
}

static CU_TestInfo tests[] = {
	{ "each certificate says what it is for", each_certificate_says_what_it_is_for },
	{ "a certificate lives within its issuer's life",
		a_certificate_lives_within_its_issuers_life },
	{ "serials are of sixteen octets and differ", serials_are_of_sixteen_octets_and_differ },
	{ "openssl accepts a chain of P-256", openssl_accepts_a_chain_of_p256 },
	{ "openssl accepts a chain of RSA", openssl_accepts_a_chain_of_rsa },
	{ "openssl refuses a name outside the constraint",
	  openssl_refuses_a_name_outside_the_constraint },
	{ "a certificate names its account in Active Directory",
		a_certificate_names_its_account },
	{ "names outside are not issued", names_outside_are_not_issued },
	{ "a certificate stays within the life of its CA",
	  a_certificate_stays_within_the_life_of_its_ca },
	{ "a revoked certificate is refused with the CRL",
	  a_revoked_certificate_is_refused_with_the_crl },
	{ "many threads issue at once", many_threads_issue_at_once },
	{ "the root key is encrypted under its passphrase",
	  the_root_key_is_encrypted_under_its_passphrase },
	{ "making twice is refused and changes nothing",
	  making_twice_is_refused_and_changes_nothing },
	{ "a root key file is never overwritten", a_root_key_file_is_never_overwritten },
	{ "a failure leaves nothing behind", a_failure_leaves_nothing_behind },
	{ "a folder beside that others may use is refused",
	  a_folder_beside_that_others_may_use_is_refused },
	{ "an issuing CA of another root is refused", an_issuing_ca_of_another_root_is_refused },
	{ "opening says what is wrong", opening_says_what_is_wrong },
	{ "a new server certificate verifies by our own check",
	  a_new_server_certificate_verifies_by_our_own_check },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_ca_ca = { .pName = "agent/ca/ca", .pTests = tests };
