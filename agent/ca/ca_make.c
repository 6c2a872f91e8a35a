#include "agent/ca/ca.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "agent/ca/ca_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#define YEAR (365 * CA_DAY + CA_DAY / 4)
#define ROOT_LIFE (20 * YEAR)
#define ISSUER_LIFE (10 * YEAR)
#define ROOT_CRL_LIFE (10 * YEAR)
#define ORGANIZATION_MAX 48 /* with " Services CA 1" still a CN */
#define NAMES_MAX 64

static void made_clear(struct ca_material *m)
{
	text_free(&m->organization);
	pki_key_free(&m->root_key);
	bytes_free(&m->root);
	bytes_free(&m->root_crl);
	ca_issuer_clear(&m->services);
	ca_issuer_clear(&m->devices);
	str_wipe(&m->root_key_pem);
	str_wipe(&m->services_key_pem);
	str_wipe(&m->devices_key_pem);
	str_free(&m->server_pem);
	str_wipe(&m->server_key_pem);
}

/* --- the plan ------------------------------------------------------------- */

static int names_check(const char *const *names, size_t n, const char *what, struct fail *f)
{
	if (n == 0)
		return fail(f, ENR_USAGE, "no %s: neither an option nor a configuration gives one",
			what);
	if (n > NAMES_MAX)
		return fail(f, ENR_USAGE, "%zu %ss; allowed: 1 to %d", n, what, NAMES_MAX);
	for (size_t i = 0; i < n; i++) {
		char quoted[300];

		if (!text_is_hostname(names[i]) || text_is_ip(names[i]))
			return fail(f, ENR_USAGE, "%s %s is not a DNS name", what,
				text_quote(names[i], 64, quoted, sizeof(quoted)));
	}
	return 0;
}

static int url_check(const char *url, struct fail *f)
{
	size_t len = url ? strlen(url) : 0;

	if (url == NULL)
		return 0;
	if (strncmp(url, "http://", 7) != 0 || len < 8 || len > 1024)
		return fail(f, ENR_USAGE, "the CRL's URL must begin with http:// (a CRL is signed; "
					  "fetching it over https can need itself)");
	for (size_t i = 0; i < len; i++) {
		if (url[i] <= ' ' || url[i] > '~')
			return fail(f, ENR_USAGE, "the CRL's URL must be printable ASCII");
	}
	return 0;
}

/* What the CA is called; without a name of its own, by its first suffix. */
static char *organization_of(const struct ca_plan *p, struct fail *f)
{
	const char *o = p->organization ? p->organization : p->suffixes[0];
	char *name;

	if (p->organization != NULL &&
		(o[0] == '\0' || strlen(o) > ORGANIZATION_MAX || !text_is_utf8(o, strlen(o)) ||
			text_has_control(o, strlen(o)))) {
		fail(f, ENR_USAGE, "the organization must have 1 to %d octets of text",
			ORGANIZATION_MAX);
		return NULL;
	}
	name = mem_text(o);
	if (strlen(name) > ORGANIZATION_MAX)
		name[ORGANIZATION_MAX] = '\0';
	return name;
}

int ca_plan_check(const struct ca_plan *p, struct fail *f)
{
	autoclean(text_free) char *organization = NULL;

	if (p->kind != KEY_P256 && p->kind != KEY_RSA3072)
		return fail(f, ENR_USAGE, "keys of a CA are p256 or rsa3072");
	if (p->root_key_file == NULL || p->root_key_file[0] == '\0')
		return fail(f, ENR_USAGE, "the root key needs a file");
	if (names_check(p->server_names, p->n_server_names, "server name", f) < 0 ||
		names_check(p->suffixes, p->n_suffixes, "suffix", f) < 0 ||
		url_check(p->crl_url, f) < 0)
		return -1;
	organization = organization_of(p, f);
	if (organization == NULL)
		return -1;
	return ca_place_check(p, f);
}

/* --- the certificates ----------------------------------------------------- */

static char **lower_names(const char *const *names, size_t n)
{
	char **low = mem_array(n, sizeof(*low));

	for (size_t i = 0; i < n; i++) {
		low[i] = mem_text(names[i]);
		for (char *c = low[i]; *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
	}
	return low;
}

static void names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static int root_make(const struct ca_plan *p, struct ca_material *m, struct fail *f)
{
	autoclean(text_free) char *cn = mem_printf("%s Root CA", m->organization);
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	struct cert_spec spec = {
		.role = CERT_ROOT,
		.cn = cn,
		.organization = m->organization,
		.not_before = m->now - CA_BACKDATE_S,
		.not_after = m->now + ROOT_LIFE,
	};
	struct crl_spec crl = {
		.number = 1,
		.this_update = m->now - CA_BACKDATE_S,
		.next_update = m->now + ROOT_CRL_LIFE,
	};

	m->root_key = pki_key_generate(p->kind, f);
	if (m->root_key == NULL || pki_key_spki(m->root_key, &spki, f) < 0)
		return -1;
	spec.spki = spki.data;
	spec.spki_len = spki.len;
	spec.issuer_key = m->root_key;
	if (cert_build(&spec, &m->root, f) < 0)
		return -1;
	crl.issuer = m->root.data;
	crl.issuer_len = m->root.len;
	crl.issuer_key = m->root_key;
	return crl_build(&crl, &m->root_crl, f);
}

struct issuer_plan {
	enum cert_role role;
	const char *what; /* of the CN */
	char **names;
	size_t n_names;
};

static int issuer_make(const struct ca_plan *p, const struct issuer_plan *plan,
	struct ca_material *m, struct ca_issuer *out, struct fail *f)
{
	autoclean(text_free) char *cn = mem_printf("%s %s CA 1", m->organization, plan->what);
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	struct cert_spec spec = {
		.role = plan->role,
		.cn = cn,
		.organization = m->organization,
		.names = (const char *const *)plan->names,
		.n_names = plan->n_names,
		.not_before = m->now - CA_BACKDATE_S,
		.not_after = m->now + ISSUER_LIFE,
		.issuer = m->root.data,
		.issuer_len = m->root.len,
		.issuer_key = m->root_key,
	};

	out->key = pki_key_generate(p->kind, f);
	if (out->key == NULL || pki_key_spki(out->key, &spki, f) < 0)
		return -1;
	spec.spki = spki.data;
	spec.spki_len = spki.len;
	out->organization = mem_text(m->organization);
	out->not_before = spec.not_before;
	out->not_after = spec.not_after;
	if (cert_build(&spec, &out->cert, f) < 0)
		return -1;
	out->opened = cert_issuer_open(&out->cert, f);
	return out->opened ? 0 : -1;
}

static int issuers_make(const struct ca_plan *p, struct ca_material *m, struct fail *f)
{
	struct issuer_plan services = { CERT_SERVICES_CA, "Services",
		lower_names(p->server_names, p->n_server_names), p->n_server_names };
	struct issuer_plan devices = { CERT_DEVICES_CA, "Devices",
		lower_names(p->suffixes, p->n_suffixes), p->n_suffixes };
	struct ca_server server = { .names = (const char *const *)services.names,
		.n_names = services.n_names, .cert_pem = &m->server_pem,
		.key_pem = &m->server_key_pem };
	int ret = issuer_make(p, &services, m, &m->services, f);

	if (ret == 0)
		ret = issuer_make(p, &devices, m, &m->devices, f);
	if (ret == 0)
		ret = ca_server_make(&m->services, &server, f);
	m->server_end = server.end;
	names_free(services.names, services.n_names);
	names_free(devices.names, devices.n_names);
	return ret;
}

static int all_make(const struct ca_plan *p, struct ca_material *m, struct fail *f)
{
	m->organization = organization_of(p, f);
	m->now = clock_now();
	if (m->organization == NULL || root_make(p, m, f) < 0 || issuers_make(p, m, f) < 0)
		return -1;
	if (pki_key_pem(m->root_key, p->root_key_passphrase, &m->root_key_pem, f) < 0 ||
		pki_key_pem(m->services.key, NULL, &m->services_key_pem, f) < 0 ||
		pki_key_pem(m->devices.key, NULL, &m->devices_key_pem, f) < 0)
		return -1;
	return 0;
}

static int report(const struct ca_material *m, struct ca_made *out, struct fail *f)
{
	autoclean(cert_info_clear) struct cert_info root = { 0 };

	if (cert_info_read(m->root.data, m->root.len, &root, f) < 0)
		return -1;
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(root.sha256); i++)
		snprintf(out->root_sha256 + 2 * i, 3, "%02x", root.sha256[i]);
	snprintf(out->root_cn, sizeof(out->root_cn), "%s Root CA", m->organization);
	snprintf(out->services_cn, sizeof(out->services_cn), "%s Services CA 1", m->organization);
	snprintf(out->devices_cn, sizeof(out->devices_cn), "%s Devices CA 1", m->organization);
	out->root_end = root.not_after;
	out->server_end = m->server_end;
	return 0;
}

int ca_make(const struct ca_plan *plan, struct ca_made *out, struct fail *f)
{
	autoclean(made_clear) struct ca_material m = {
		.root_key_pem = STR_INIT(CA_PEM_ROOM),
		.services_key_pem = STR_INIT(CA_PEM_ROOM),
		.devices_key_pem = STR_INIT(CA_PEM_ROOM),
		.server_pem = STR_INIT(CA_PEM_ROOM),
		.server_key_pem = STR_INIT(CA_PEM_ROOM),
	};
	struct ca_made made;

	if (ca_plan_check(plan, f) < 0 || all_make(plan, &m, f) < 0 || report(&m, &made, f) < 0 ||
		ca_place(plan, &m, f) < 0)
		return -1;
	*out = made;
	return 0;
}
