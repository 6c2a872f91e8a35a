#include "agent/ca/ca.h"

#include <string.h>

#include "agent/ca/ca_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/id.h"
#include "lib/base/text.h"

#define CN_MAX 64 /* RFC 5280 appendix A.1, ub-common-name */

struct ca {
	struct bytes root;
	int root_is_rsa;
	struct ca_issuer services, devices;
};

/* --- opening -------------------------------------------------------------- */

void ca_issuer_clear(struct ca_issuer *i)
{
	bytes_free(&i->cert);
	cert_issuer_free(&i->opened);
	pki_key_free(&i->key);
	text_free(&i->organization);
	memset(i, 0, sizeof(*i));
}

void ca_close(struct ca **ca)
{
	if (*ca == NULL)
		return;
	bytes_free(&(*ca)->root);
	ca_issuer_clear(&(*ca)->services);
	ca_issuer_clear(&(*ca)->devices);
	free(*ca);
	*ca = NULL;
}

/* The first certificate of a PEM file; it must be a CA's. */
static int cert_load(const char *dir, const char *name, struct bytes *out, struct cert_info *info,
	struct fail *f)
{
	autoclean(text_free) char *path = file_join(dir, name);
	autoclean(bytes_free) struct bytes pem = BYTES_INIT;
	autoclean(cert_list_free) struct cert_list list = { 0 };
	struct fail why = FAIL_INIT;
	int there = file_exists(path);

	if (there == 0)
		return fail(f, ENR_CA_MISSING, "%s is not there", path);
	if (file_read(path, CA_PEM_MAX, &pem, &why) < 0)
		return fail(f, ENR_CA_UNAVAILABLE, "%s", why.evidence);
	if (cert_list_parse_pem(pem.data, pem.len, 8, &list, &why) < 0 ||
		cert_info_read(list.der[0].data, list.der[0].len, info, &why) < 0)
		return fail(f, ENR_CA_UNAVAILABLE, "%s: %s", path, why.evidence);
	if (!info->is_ca)
		return fail(f, ENR_CA_UNAVAILABLE, "%s: is not the certificate of a CA", path);
	bytes_set(out, list.der[0].data, list.der[0].len);
	return 0;
}

/* What lies in dir under a name is a CA's certificate below the root, with its key. */
static int issuer_load(const char *dir, const char *cert, const char *key, struct ca_issuer *out,
	struct fail *f)
{
	autoclean(text_free) char *key_path = file_join(dir, key);
	autoclean(cert_info_clear) struct cert_info info = { 0 };

	if (cert_load(dir, cert, &out->cert, &info, f) < 0)
		return -1;
	out->not_before = info.not_before;
	out->not_after = info.not_after;
	out->organization = mem_text(info.organization);
	out->opened = cert_issuer_open(&out->cert, f);
	if (out->opened == NULL)
		return -1;
	out->key = pki_key_load(key_path, NULL, f);
	if (out->key == NULL)
		return -1;
	if (!cert_has_key(&out->cert, out->key))
		return fail(f, ENR_KEY_FILE, "%s is not the key of %s", key_path, cert);
	return 0;
}

struct ca *ca_open(const char *dir, struct fail *f)
{
	autoclean(ca_close) struct ca *ca = mem_new(sizeof(*ca));
	autoclean(cert_info_clear) struct cert_info root = { 0 };

	if (cert_load(dir, CA_ROOT_CERT, &ca->root, &root, f) < 0 ||
		issuer_load(dir, CA_SERVICES_CERT, CA_SERVICES_KEY, &ca->services, f) < 0 ||
		issuer_load(dir, CA_DEVICES_CERT, CA_DEVICES_KEY, &ca->devices, f) < 0)
		return NULL;
	if (!cert_is_issued_by(&ca->services.cert, &ca->root) ||
		!cert_is_issued_by(&ca->devices.cert, &ca->root)) {
		fail(f, ENR_CA_UNAVAILABLE, "%s: an issuing CA is not of this root", dir);
		return NULL;
	}
	ca->root_is_rsa = root.is_rsa;
	return steal(ca);
}

const struct bytes *ca_root(const struct ca *ca)
{
	return &ca->root;
}

const struct bytes *ca_devices(const struct ca *ca)
{
	return &ca->devices.cert;
}

const struct bytes *ca_services(const struct ca *ca)
{
	return &ca->services.cert;
}

int ca_is_rsa(const struct ca *ca)
{
	enum key_kind kind = pki_key_kind(ca->devices.key);

	return ca->root_is_rsa &&
		(kind == KEY_RSA2048 || kind == KEY_RSA3072 || kind == KEY_RSA4096);
}

/* --- issuing -------------------------------------------------------------- */

void ca_serial_new(uint8_t serial[CA_SERIAL_LEN])
{
	do {
		random_bytes(serial, CA_SERIAL_LEN);
		serial[0] &= 0x7f;
	} while (serial[0] == 0);
}

/* Inside the issuer's own life; -1 if nothing of it is left. */
static int times_cut(const struct ca_issuer *issuer, int64_t *from, int64_t *to, struct fail *f)
{
	char end[CLOCK_TEXT_MAX];

	if (*from < issuer->not_before)
		*from = issuer->not_before;
	if (*to > issuer->not_after)
		*to = issuer->not_after;
	if (*from < *to)
		return 0;
	return fail(f, ENR_CA_UNAVAILABLE, "the issuing CA ends at %s",
		clock_text(issuer->not_after, end));
}

int ca_permits(const struct ca *ca, const char *fqdn, struct fail *f)
{
	if (text_is_hostname(fqdn) &&
		cert_issuer_permits(ca->devices.opened, fqdn))
		return 0;
	return fail(f, ENR_SUFFIX_REFUSED, "%s is outside the names of the devices CA", fqdn);
}

int ca_ready(const struct ca *ca, const char *fqdn, int64_t now, struct fail *f)
{
	int64_t from = now - CA_BACKDATE_S, to = now + 1;

	if (ca_permits(ca, fqdn, f) < 0)
		return -1;
	return times_cut(&ca->devices, &from, &to, f);
}

int ca_issue_device(struct ca *ca, const struct ca_device *d, struct bytes *der, struct fail *f)
{
	const struct ca_issuer *issuer = &ca->devices;
	struct cert_spec spec = {
		.role = CERT_DEVICE,
		.cn = d->name,
		.organization = issuer->organization,
		.subject_serial = d->enrollment,
		.names = &d->fqdn,
		.n_names = 1,
		.serial = d->serial,
		.not_before = d->not_before,
		.not_after = d->not_after,
		.crl_url = d->crl_url,
		.upn = d->upn,
		.sid = d->sid,
		.pkinit = d->pkinit,
		.spki = d->spki,
		.spki_len = d->spki_len,
		.opened = issuer->opened,
		.issuer_key = issuer->key,
	};

	if (!text_is_label(d->name))
		return fail(f, ENR_NAME_INVALID, "the name of a device certificate");
	if (ca_permits(ca, d->fqdn, f) < 0 ||
		times_cut(issuer, &spec.not_before, &spec.not_after, f) < 0)
		return -1;
	return cert_build(&spec, der, f);
}

int ca_server_make(const struct ca_issuer *services, struct ca_server *s, struct fail *f)
{
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(KEY_P256, f);
	autoclean(bytes_free) struct bytes spki = BYTES_INIT, der = BYTES_INIT;
	autoclean(text_free) char *cn = NULL;
	int64_t now = clock_now();
	struct cert_spec spec = {
		.role = CERT_SERVER,
		.organization = services->organization,
		.names = s->names,
		.n_names = s->n_names,
		.not_before = now - CA_BACKDATE_S,
		.not_after = now + CA_SERVER_LIFE,
		.opened = services->opened,
		.issuer_key = services->key,
	};

	for (size_t i = 0; i < s->n_names; i++) {
		if (!text_is_hostname(s->names[i]) ||
			!cert_issuer_permits(services->opened, s->names[i]))
			return fail(f, ENR_SUFFIX_REFUSED,
				"%s is outside the names of the services CA", s->names[i]);
	}
	if (s->n_names == 0)
		return fail(f, ENR_CA_UNAVAILABLE, "a server certificate needs a name");
	cn = mem_text(s->names[0]);
	if (strlen(cn) > CN_MAX)
		cn[strcspn(cn, ".")] = '\0';
	spec.cn = cn;
	if (key == NULL || pki_key_spki(key, &spki, f) < 0 ||
		times_cut(services, &spec.not_before, &spec.not_after, f) < 0)
		return -1;
	spec.spki = spki.data;
	spec.spki_len = spki.len;
	if (cert_build(&spec, &der, f) < 0 || pki_key_pem(key, NULL, s->key_pem, f) < 0)
		return -1;
	cert_pem_add(der.data, der.len, s->cert_pem);
	cert_pem_add(services->cert.data, services->cert.len, s->cert_pem);
	if (s->cert_pem->overflow)
		return fail(f, ENR_CA_UNAVAILABLE, "a server certificate does not fit its buffer");
	s->end = spec.not_after;
	return 0;
}

int ca_issue_server(struct ca *ca, struct ca_server *s, struct fail *f)
{
	return ca_server_make(&ca->services, s, f);
}

int ca_crl_sign(struct ca *ca, const struct ca_crl *c, struct bytes *der, struct fail *f)
{
	struct crl_spec spec = {
		.issuer = ca->devices.cert.data,
		.issuer_len = ca->devices.cert.len,
		.issuer_key = ca->devices.key,
		.number = c->number,
		.this_update = c->this_update,
		.next_update = c->this_update + c->life,
		.entries = c->entries,
		.n_entries = c->n_entries,
	};

	return crl_build(&spec, der, f);
}
