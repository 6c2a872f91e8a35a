/* The agent's own TLS certificate: renewed at two thirds of its life, made when it is missing, does
 * not fit its key, or lacks a public name of a listener that uses it. */
#include <stdlib.h>
#include <string.h>

#include "agent/core.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"
#include "lib/pki/hash.h"
#include "lib/pki/key.h"

#define PEM_MAX 65536
#define NAMES_MAX 64

struct names {
	const char *item[NAMES_MAX];
	size_t n;
};

/* Public names of the listeners whose certificate is the CA folder's. */
static void collect_names(const struct conf *conf, const char *cert_path, struct names *out)
{
	for (size_t i = 0; i < conf->n_listener; i++) {
		const struct conf_listener *l = &conf->listener[i];

		if (!l->serves_enroll || !text_equal(l->certificate, cert_path))
			continue;
		for (size_t j = 0; j < l->public_name.n && out->n < NAMES_MAX; j++)
			out->item[out->n++] = l->public_name.item[j];
	}
}

static int key_fits(const char *key_path, const struct cert_info *info)
{
	autoclean(bytes_wipe) struct bytes pem = BYTES_INIT;
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	autoclean(pki_key_free) struct pki_key *key = NULL;
	uint8_t hash[SHA256_LEN];

	if (file_read(key_path, PEM_MAX, &pem, NULL) < 0)
		return 0;
	key = pki_key_parse_pem(pem.data, pem.len, NULL);
	if (key == NULL || pki_key_spki(key, &spki, NULL) < 0)
		return 0;
	pki_sha256(spki.data, spki.len, hash);
	return memcmp(hash, info->spki_sha256, sizeof(hash)) == 0;
}

/* NULL: it is good as it is; else why not. */
static const char *why_due(const char *cert_path, const char *key_path, const struct names *names)
{
	autoclean(bytes_free) struct bytes pem = BYTES_INIT;
	autoclean(cert_list_free) struct cert_list list = { NULL, 0 };
	autoclean(cert_info_clear) struct cert_info info = { .subject = NULL };
	const struct bytes *leaf;

	if (file_read(cert_path, PEM_MAX, &pem, NULL) < 0 ||
		cert_list_parse_pem(pem.data, pem.len, 8, &list, NULL) < 0 || list.n == 0 ||
		cert_info_read(list.der[0].data, list.der[0].len, &info, NULL) < 0)
		return "missing";
	leaf = &list.der[0];
	if (!key_fits(key_path, &info))
		return "its key does not fit";
	for (size_t i = 0; i < names->n; i++)
		if (!cert_has_name(leaf->data, leaf->len, names->item[i]))
			return "lacks a public name";
	if (clock_now() >= info.not_before + (info.not_after - info.not_before) / 3 * 2)
		return "two thirds of its life are over";
	return NULL;
}

static int write_new(struct core *c, const struct names *names, const char *cert_path,
	const char *key_path, struct fail *f)
{
	autoclean(str_free) struct str cert = STR_INIT(PEM_MAX);
	autoclean(str_wipe) struct str key = STR_INIT(PEM_MAX);
	struct ca_server server = { .names = names->item, .n_names = names->n, .cert_pem = &cert,
		.key_pem = &key };

	if (ca_issue_server(c->ca, &server, f) < 0)
		return -1;
	/* A crash between the two is seen at the next start: the key does not fit. */
	if (file_write(key_path, key.data, key.len, 0600, f) < 0 ||
		file_write(cert_path, cert.data, cert.len, 0644, f) < 0)
		return -1;
	return 0;
}

static int renew(struct core *c, const struct conf *conf, struct fail *f)
{
	autoclean(text_free) char *cert_path = file_join(conf->ca_dir, "server.pem");
	autoclean(text_free) char *key_path = file_join(conf->ca_dir, "server.key");
	struct names names = { .n = 0 };
	const char *why;

	collect_names(conf, cert_path, &names);
	if (names.n == 0)
		return 0;
	why = why_due(cert_path, key_path, &names);
	if (why == NULL)
		return 0;
	if (write_new(c, &names, cert_path, key_path, f) < 0)
		return fail_in(f, "new TLS certificate (%s)", why);
	log_info("certificate", "renewed=%s why=\"%s\"", cert_path, why);
	return 1;
}

int core_renew(struct core *c, struct fail *f)
{
	int rc;

	pthread_rwlock_rdlock(&c->conf_lock);
	rc = renew(c, c->conf, f);
	pthread_rwlock_unlock(&c->conf_lock);
	return rc;
}
