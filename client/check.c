#include "client/check_private.h"

#include <stdio.h>
#include <string.h>

#include "client/journal.h"
#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"
#include "lib/pki/hash.h"
#include "lib/pki/key.h"

#define CHAIN_MAX 9

static int check_key(const struct place *p, const struct state *s, struct check *c)
{
	autoclean(text_free) char *path = place_path(p, PLACE_KEY);
	autoclean(pki_key_free) struct pki_key *key = NULL;

	(void)s;
	if (file_is_private(path, &c->fail) < 0)
		return -1;
	key = pki_key_load(path, NULL, &c->fail);
	if (key == NULL)
		return -1;
	snprintf(c->words, sizeof(c->words), "the key is private and readable");
	return 0;
}

static int read_pem(const struct place *p, const char *name, struct cert_list *out, struct fail *f)
{
	autoclean(text_free) char *path = place_path(p, name);
	autoclean(bytes_free) struct bytes data = BYTES_INIT;

	if (file_read(path, PLACE_TEXT_MAX, &data, f) < 0 ||
		cert_list_parse_pem(data.data, data.len, CHAIN_MAX, out, f) < 0)
		fail_in(f, "%s", path);
	else if (out->n == 0)
		fail(f, ENR_LOCAL_STATE, "%s has no certificate", path);
	else
		return 0;
	return -1;
}

/* The leaf of device.pem is for our key. */
static int same_key(const struct place *p, const struct cert_info *info, struct fail *f)
{
	autoclean(text_free) char *path = place_path(p, PLACE_KEY);
	autoclean(pki_key_free) struct pki_key *key = pki_key_load(path, NULL, f);
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	uint8_t digest[SHA256_LEN];

	if (key == NULL || pki_key_spki(key, &spki, f) < 0)
		return -1;
	pki_sha256(spki.data, spki.len, digest);
	if (memcmp(digest, info->spki_sha256, sizeof(digest)) != 0)
		return fail(f, ENR_READBACK_DIFFERS, "the certificate is for another key");
	return 0;
}

static int check_certificate(const struct place *p, const struct state *s, struct check *c)
{
	autoclean(cert_list_free) struct cert_list chain = { 0 };
	autoclean(cert_list_free) struct cert_list root = { 0 };
	autoclean(cert_info_clear) struct cert_info info = { 0 };
	struct cert_check check = { .anchors = &root,
		.intermediates = &chain,
		.dns_name = s->fqdn,
		.purpose_client = 1,
		.at = clock_now() };
	char end[CLOCK_TEXT_MAX];

	if (read_pem(p, PLACE_DEVICE, &chain, &c->fail) < 0 ||
		read_pem(p, PLACE_ROOT, &root, &c->fail) < 0 ||
		cert_info_read(chain.der[0].data, chain.der[0].len, &info, &c->fail) < 0 ||
		same_key(p, &info, &c->fail) < 0 ||
		cert_verify(chain.der[0].data, chain.der[0].len, &check, &c->fail) < 0)
		return -1;
	snprintf(c->words, sizeof(c->words), "the certificate fits the key and leads to the root; "
					     "valid to %.10s",
		clock_text(info.not_after, end));
	return 0;
}

static int check_files(const struct place *p, const struct state *s, struct check *c)
{
	autoclean(journal_free) struct journal *j = NULL;
	size_t n = 0;

	(void)s;
	if (journal_open(p, &j, &c->fail) < 0 || journal_check(j, &n, &c->fail) < 0)
		return -1;
	snprintf(c->words, sizeof(c->words), "%zu settings read back as written", n);
	return 0;
}

static int has_account(const struct state *s)
{
	return s->account != NULL && s->realm != NULL && s->key_version != NULL;
}

static int has_login(const struct state *s)
{
	return has_account(s) && text_equal(s->login, "sssd");
}

/* In the order they are made. */
static const struct {
	const char *name;
	int (*run)(const struct place *p, const struct state *s, struct check *c);
	enum check_scope scope;
	int (*when)(const struct state *s); /* NULL: always */
} checks[CHECK_MAX] = {
	{ "key", check_key, CHECK_LOCAL, NULL },
	{ "certificate", check_certificate, CHECK_LOCAL, NULL },
	{ "files", check_files, CHECK_LOCAL, NULL },
	{ "keytab", check_keytab, CHECK_LOCAL, has_account },
	{ "ticket", check_ticket, CHECK_DOMAIN, has_account },
	{ "user", check_user, CHECK_DOMAIN, has_login },
	{ "revocation", check_revocation, CHECK_EVERYTHING, NULL },
};

/* A file that cannot be read says nothing about what is in it; no more does somebody who is silent.
 */
static enum answer answer_of(enum code code)
{
	static const enum code open[] = { ENR_FILE_FAILED, ENR_APPLY_FAILED, ENR_KEYTAB_FAILED,
		ENR_CONTROLLER_UNREACHABLE, ENR_LOGIN_STOPPED, ENR_REVOCATION_UNKNOWN,
		ENR_SANDBOX_FAILED };

	for (size_t i = 0; i < ARRAY_LEN(open); i++)
		if (open[i] == code)
			return ANSWER_UNKNOWN;
	return ANSWER_NO;
}

size_t check_all(const struct place *p, const struct state *s, enum check_scope scope,
	struct check out[CHECK_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < CHECK_MAX; i++) {
		struct check *c = &out[n];

		if (checks[i].scope > (p->live ? scope : CHECK_LOCAL) ||
			(checks[i].when != NULL && !checks[i].when(s)))
			continue;
		*c = (struct check){ .name = checks[i].name, .fail = FAIL_INIT };
		c->result = checks[i].run(p, s, c) == 0 ? ANSWER_YES : answer_of(c->fail.code);
		n++;
	}
	return n;
}
