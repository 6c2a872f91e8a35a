#include "client/join.h"

#include <string.h>

#include <openssl/x509.h>

#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

static struct pki_key *make(const char *path, enum key_kind kind, struct fail *f)
{
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(kind, f);
	autoclean(str_wipe) struct str pem = STR_INIT(16384);
	struct fail why = FAIL_INIT;
	struct bytes data;

	if (key == NULL || pki_key_pem(key, NULL, &pem, &why) < 0) {
		fail(f, ENR_KEY_NOT_MADE, "%s", why.evidence);
		return NULL;
	}
	data = (struct bytes){ (uint8_t *)pem.data, pem.len };
	if (put_file(path, &data, &PUT_META(0600), &why) < 0) {
		fail(f, ENR_KEY_NOT_MADE, "%s", why.evidence);
		return NULL;
	}
	return steal(key);
}

/* Another kind was asked for than the key that is there has. */
static int another_kind(const struct join *j)
{
	return j->kind != KEY_NONE && j->state.key_type != NULL &&
		!text_equal(key_kind_name(j->kind), j->state.key_type);
}

/* What is asked for, so that the same command finds its key again. */
static int note_asked(struct join *j, enum key_kind made, struct fail *f)
{
	struct state *s = &j->state;

	s->stage = STAGE_ASKED;
	text_free(&s->identity);
	text_free(&s->server);
	s->identity = mem_text(j->identity);
	s->server = mem_text(j->server);
	s->port = j->port;
	if (made != KEY_NONE) {
		text_free(&s->key_type);
		s->key_type = mem_text(key_kind_name(made));
	}
	s->system_trust = j->run->value[OPTION_SYSTEM_TRUST] != NULL;
	s->made_folder |= j->made_folder;
	memcpy(s->attempt, j->talk.attempt, sizeof(s->attempt));
	for (size_t i = 0; i < s->n_anchors; i++)
		bytes_free(&s->anchors[i].der);
	s->n_anchors = j->talk.n_anchors;
	for (size_t i = 0; i < s->n_anchors; i++) {
		const struct native_anchor *a = &j->talk.anchors[i];

		s->anchors[i] = (struct native_anchor){ .roles = a->roles };
		bytes_set(&s->anchors[i].der, a->der.data, a->der.len);
	}
	return state_save(&j->run->place, s, f);
}

/* Where the CA for devices has an RSA key, somebody here reads nothing else: the key distribution
 * centres of some directories. */
static enum key_kind usual_kind(const struct join *j)
{
	for (size_t i = 0; i < j->talk.n_anchors; i++) {
		const struct native_anchor *a = &j->talk.anchors[i];
		const uint8_t *at = a->der.data;
		X509 *x =
			a->roles & ANCHOR_DEVICE_CA ? d2i_X509(NULL, &at, (long)a->der.len) : NULL;
		int rsa = x != NULL && EVP_PKEY_get_base_id(X509_get0_pubkey(x)) == EVP_PKEY_RSA;

		X509_free(x);
		if (rsa)
			return KEY_RSA2048;
	}
	return KEY_P256;
}

struct pki_key *join_key(struct join *j, struct fail *f)
{
	autoclean(text_free) char *path = place_path(&j->run->place, PLACE_KEY);
	autoclean(pki_key_free) struct pki_key *key = NULL;
	enum key_kind made = KEY_NONE;

	if (file_exists(path) == 1 && !another_kind(j)) {
		key = pki_key_load(path, NULL, f);
	} else {
		made = j->kind != KEY_NONE ? j->kind : usual_kind(j);
		key = make(path, made, f);
	}
	if (key == NULL || note_asked(j, made, f) < 0)
		return NULL;
	return steal(key);
}
