#include "ctl/ca_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/output.h"
#include "ctl/when.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/pki/crl.h"

#define CERT_FILE_MAX 65536
#define CRL_FILE_MAX ((size_t)64 << 20)
#define REPORT_MAX 4096

/* What lies in the folder; the order is that of ca_files_load. The last is not exported. */
static const struct {
	const char *role, *file, *title;
	int exported;
} parts[] = {
	{ "root", "root.pem", "root, offline", 1 },
	{ "devices", "devices.pem", "devices CA", 1 },
	{ "services", "services.pem", "services CA", 1 },
	{ "server", "server.pem", "first TLS certificate of the server", 0 },
};

static const struct ca_use uses[] = {
	{ "RADIUS",
	  "FreeRADIUS: eap { tls-config { ca_file = root and devices CA } }, check_crl = yes",
	  "every enrolled device onto that network; no user, and no other CA's certificates" },
	{ "VPN",
	  "strongSwan: both into swanctl/x509ca; OpenVPN: ca FILE, remote-cert-tls client",
	  "every enrolled device into that VPN, until it is revoked: fetch the CRL" },
	{ "web servers",
	  "nginx: ssl_client_certificate; Apache: SSLCACertificateFile; verify depth 2",
	  "every enrolled device as itself; the name to go by is the dNSName" },
	{ "OpenLDAP",
	  "TLSCACertificateFile: the root alone; TLSVerifyClient try; mapping in schema/openldap",
	  "each device to log in as its own entry (SASL EXTERNAL)" },
	{ "Active Directory",
	  "Trusted Root Certification Authorities by Group Policy: the root alone; not NTAuth",
	  "Windows to build the chain; in NTAuth the CA could vouch for anyone in the forest" },
};

const struct ca_use *ca_uses(size_t *n)
{
	*n = ARRAY_LEN(uses);
	return uses;
}

int ca_files_find(const struct cmd *c, struct ca_files *out, struct fail *f)
{
	autoclean(str_free) struct str report = STR_INIT(REPORT_MAX);
	const char *dir = cmd_text(c, "dir"), *path = cmd_text(c, "config");

	if (dir != NULL && path != NULL)
		return fail(f, ENR_USAGE, "--dir and --config exclude each other");
	*out = (struct ca_files){ 0 };
	if (dir == NULL) {
		out->conf = conf_load(path ? path : CONF_PATH, &report, f);
		if (out->conf == NULL)
			return fail_in(f, "which CA (--dir DIR names its folder)");
		out->crl_file = out->conf->crl_file;
	}
	out->dir = mem_text(dir ? dir : out->conf->ca_dir);
	return 0;
}

void ca_files_free(struct ca_files *files)
{
	text_free(&files->dir);
	conf_free(&files->conf);
}

static int part_load(const struct ca_files *files, size_t i, struct bytes *out, struct fail *f)
{
	autoclean(text_free) char *path = file_join(files->dir, parts[i].file);
	autoclean(bytes_free) struct bytes pem = BYTES_INIT;
	autoclean(cert_list_free) struct cert_list list = { 0 };
	struct fail why = FAIL_INIT;

	if (file_exists(path) == 0)
		return fail(f, ENR_CA_MISSING, "%s is not there", path);
	if (file_read(path, CERT_FILE_MAX, &pem, &why) < 0)
		return fail(f,
			access(path, R_OK) < 0 && errno == EACCES ? ENR_NOT_ROOT
								  : ENR_CA_UNAVAILABLE,
			"%s", why.evidence);
	if (cert_list_parse_pem(pem.data, pem.len, 8, &list, &why) < 0)
		return fail(f, ENR_CA_UNAVAILABLE, "%s: %s", path, why.evidence);
	bytes_set(out, list.der[0].data, list.der[0].len);
	return 0;
}

int ca_files_load(const struct ca_files *files, struct cert_list *out, struct fail *f)
{
	autoclean(cert_list_free) struct cert_list list = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(parts) && parts[i].exported; i++) {
		autoclean(bytes_free) struct bytes der = BYTES_INIT;

		if (part_load(files, i, &der, f) < 0)
			return -1;
		cert_list_add(&list, der.data, der.len);
	}
	*out = list;
	list = (struct cert_list){ 0 };
	return 0;
}

/* --- the document --------------------------------------------------------- */

static json_t *time_json(int64_t t)
{
	char text[CLOCK_TEXT_MAX];

	return json_string(clock_text(t, text));
}

static json_t *cert_json(
	const struct ca_files *files, size_t i, const struct bytes *der, struct fail *f)
{
	autoclean(cert_info_clear) struct cert_info info = { 0 };
	autoclean(str_free) struct str sha256 = STR_INIT(64);
	autoclean(text_free) char *path = file_join(files->dir, parts[i].file);

	if (cert_info_read(der->data, der->len, &info, f) < 0)
		return NULL;
	hex_add(&sha256, info.sha256, sizeof(info.sha256));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s}", "role", parts[i].role,
		"subject", info.subject, "issuer", info.issuer, "serial", info.serial,
		"not_before", time_json(info.not_before), "not_after", time_json(info.not_after),
		"sha256", str_text(&sha256), "file", path);
}

/* A CRL that is not there is null; one that cannot be read too: `ca show` is for looking. */
static json_t *crl_json(const char *role, const char *path)
{
	autoclean(bytes_free) struct bytes der = BYTES_INIT;
	struct crl_info info;

	if (file_read(path, CRL_FILE_MAX, &der, NULL) < 0 ||
		crl_info_read(der.data, der.len, &info, NULL) < 0)
		return json_pack("{s:s, s:s, s:n, s:n, s:n, s:n}", "role", role, "file", path,
			"number", "this_update", "next_update", "revoked");
	return json_pack("{s:s, s:s, s:I, s:o, s:o, s:I}", "role", role, "file", path, "number",
		(json_int_t)info.number, "this_update", time_json(info.this_update),
		"next_update", time_json(info.next_update), "revoked",
		(json_int_t)info.n_entries);
}

static json_t *crls_json(const struct ca_files *files)
{
	autoclean(text_free) char *root = file_join(files->dir, "root.crl");
	json_t *list = json_array();

	if (files->crl_file != NULL)
		json_array_append_new(list, crl_json("devices", files->crl_file));
	json_array_append_new(list, crl_json("root", root));
	return list;
}

json_t *ca_files_doc(const struct ca_files *files, int changed, struct fail *f)
{
	json_t *certs = json_array();

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		autoclean(bytes_free) struct bytes der = BYTES_INIT;
		json_t *one = part_load(files, i, &der, f) == 0 ?
			cert_json(files, i, &der, f) : NULL;

		/* The server's certificate may be anywhere; the CA is a CA without it. */
		if (one == NULL && parts[i].exported) {
			json_decref(certs);
			return NULL;
		}
		if (one != NULL)
			json_array_append_new(certs, one);
	}
	return json_pack("{s:s, s:i, s:b, s:b, s:s, s:o, s:o}", "kind", "ca", "version", 1,
		"changed", changed, "dry_run", 0, "dir", files->dir, "certificates", certs, "crls",
		crls_json(files));
}

/* --- text ----------------------------------------------------------------- */

static const char *title_of(const char *role)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (strcmp(parts[i].role, role) == 0)
			return parts[i].title;
	}
	return role;
}

static void print_crl(struct cmd *c, const json_t *crl)
{
	int64_t made = doc_time(crl, "this_update"), next = doc_time(crl, "next_update");
	char ago[WHEN_MAX], until[WHEN_MAX];

	printf("CRL of the %s%s\n  file       %s\n", doc_text(crl, "role"),
		strcmp(doc_text(crl, "role"), "devices") == 0 ? " CA" : "", doc_text(crl, "file"));
	if (next == 0) {
		printf("  state      not there yet, or not readable\n");
		return;
	}
	printf("  valid from %s, number %lld, %lld revoked\n", when_ago(made, c->now, ago),
		(long long)doc_number(crl, "number"), (long long)doc_number(crl, "revoked"));
	printf("  next       %s%s\n", output_time(c, next, until),
		next <= c->now ? "  (overdue)" : "");
}

void ca_files_render(struct cmd *c, const json_t *doc)
{
	const json_t *certs = doc_list(doc, "certificates"), *crls = doc_list(doc, "crls");

	for (size_t i = 0; i < json_array_size(certs); i++) {
		const json_t *cert = json_array_get(certs, i);
		int64_t end = doc_time(cert, "not_after");
		char day[WHEN_MAX], ago[WHEN_MAX];

		printf("%s%s%s\n", output_bold(c), doc_text(cert, "subject"), output_plain(c));
		printf("  what       %s\n", title_of(doc_text(cert, "role")));
		printf("  until      %s (%s)%s\n", when_day(end, day), when_ago(end, c->now, ago),
			end <= c->now ? "  (expired)" : "");
		printf("  SHA-256    %s\n  file       %s\n", doc_text(cert, "sha256"),
			doc_text(cert, "file"));
	}
	for (size_t i = 0; i < json_array_size(crls); i++)
		print_crl(c, json_array_get(crls, i));
}
