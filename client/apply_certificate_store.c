/* CertificateStore: the anchors the bootstrap vouched for, and who this device is. */
#include "client/apply.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/text.h"
#include "lib/pki/hash.h"
#include "lib/wire/wapdoc_names.h"

#define SYSTEM_ANCHORS "/usr/local/share/ca-certificates/enroll-root.crt"

/* Left again: --fresh drops links whose certificate is gone. */
static const struct journal_run update_system = {
	.program = "/usr/sbin/update-ca-certificates",
	.back = (const char *const[]){ "--fresh", NULL },
};

static const struct {
	unsigned role;
	const char *words;
} roles[] = {
	{ ANCHOR_SERVER, "enrollment server" },
	{ ANCHOR_DEVICE_CA, "devices" },
	{ ANCHOR_DM_SERVER, "DM server" },
	{ ANCHOR_VPN, "VPN" },
};

/* One entry of a store; its name is the thumbprint. */
static int entry(const struct wapdoc_node *n, struct bytes *der, struct fail *f)
{
	struct str thumb = STR_INIT(2 * SHA1_LEN);
	uint8_t digest[SHA1_LEN];
	const char *text;
	int same;

	if (apply_value(n, WAPDOC_ENCODED_CERTIFICATE, NULL, &text, f) < 0)
		return -1;
	if (b64_decode(text, strlen(text), CERT_MAX, der) < 0)
		return fail(f, ENR_DOCUMENT_INVALID, "%s is not base64",
			WAPDOC_ENCODED_CERTIFICATE);
	pki_sha1(der->data, der->len, digest);
	hex_add_upper(&thumb, digest, sizeof(digest));
	same = text_equal_ci(str_text(&thumb), n->name);
	str_free(&thumb);
	if (!same)
		return fail(f, ENR_DOCUMENT_INVALID, "a certificate has another thumbprint");
	return 0;
}

/* Every certificate of a store, in order. */
static int read_store(const struct wapdoc_node *n, const char *store, struct cert_list *out,
	struct fail *f)
{
	const struct wapdoc_node *s = wapdoc_find(n, store);

	for (size_t i = 0; s != NULL && i < s->n_child; i++) {
		autoclean(bytes_free) struct bytes der = BYTES_INIT;

		if (s->child[i]->kind != WAPDOC_CHARACTERISTIC)
			continue;
		if (out->n == APPLY_CA_MAX)
			return fail(f, ENR_DOCUMENT_INVALID, "too many certificates in %s", store);
		if (entry(s->child[i], &der, f) < 0)
			return fail_in(f, "%s", store);
		cert_list_add(out, der.data, der.len);
	}
	return 0;
}

static int is_anchor(const struct state *s, const struct bytes *der)
{
	for (size_t i = 0; i < s->n_anchors; i++)
		if (s->anchors[i].der.len == der->len &&
			memcmp(s->anchors[i].der.data, der->data, der->len) == 0)
			return 1;
	return 0;
}

static int check_roots(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	autoclean(cert_list_free) struct cert_list root = { 0 };

	if (read_store(n, WAPDOC_STORE_ROOT, &root, f) < 0)
		return -1;
	for (size_t i = 0; i < root.n; i++)
		if (!is_anchor(a->state, &root.der[i]))
			return fail(f, ENR_DOCUMENT_INVALID,
				"it names a root that the bootstrap did not vouch for");
	return 0;
}

/* The certificate is for our key, and leads to an anchor for devices. */
static int check_device(struct apply *a, struct fail *f)
{
	autoclean(cert_list_free) struct cert_list anchors = { 0 };
	autoclean(cert_info_clear) struct cert_info info = { 0 };
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	struct cert_check check = { .anchors = &anchors,
		.intermediates = &a->intermediates,
		.purpose_client = 1,
		.at = clock_now() };
	uint8_t digest[SHA256_LEN];

	state_anchors(a->state, ANCHOR_DEVICE_CA, &anchors);
	if (cert_info_read(a->device.data, a->device.len, &info, f) < 0 ||
		pki_key_spki(a->key, &spki, f) < 0)
		return fail_in(f, "device certificate");
	pki_sha256(spki.data, spki.len, digest);
	if (memcmp(digest, info.spki_sha256, sizeof(digest)) != 0)
		return fail(f, ENR_DOCUMENT_INVALID,
			"the device certificate is for another key than this machine's");
	if (cert_verify(a->device.data, a->device.len, &check, f) < 0)
		return fail_in(f, "device certificate");
	text_free(&a->state->certificate_serial);
	a->state->certificate_serial = mem_text(info.serial);
	a->state->certificate_end = info.not_after;
	return 0;
}

static int look(struct apply *a, const struct wapdoc_node *n, struct fail *f)
{
	autoclean(cert_list_free) struct cert_list own = { 0 };

	cert_list_free(&a->intermediates);
	if (check_roots(a, n, f) < 0 ||
		read_store(n, WAPDOC_STORE_CA, &a->intermediates, f) < 0 ||
		read_store(n, WAPDOC_STORE_MY, &own, f) < 0)
		return -1;
	if (own.n != 1)
		return fail(f, ENR_DOCUMENT_INVALID, "%zu device certificates", own.n);
	bytes_set(&a->device, own.der[0].data, own.der[0].len);
	return check_device(a, f);
}

static int put_text(struct apply *a, const char *path, const struct str *text, struct fail *f)
{
	struct bytes data = { (uint8_t *)text->data, text->len };

	if (text->overflow)
		return fail(f, ENR_APPLY_FAILED, "%s would be too large", path);
	return journal_put(a->journal, path, &data, 0644, f);
}

/* The anchors, each under a line that says what it vouches for. */
static void write_anchors(const struct state *s, struct str *out)
{
	for (size_t i = 0; i < s->n_anchors; i++) {
		int n = 0;

		str_text_add(out, "# vouches for:");
		for (size_t k = 0; k < ARRAY_LEN(roles); k++)
			if (s->anchors[i].roles & roles[k].role)
				str_printf(out, "%s %s", n++ ? "," : "", roles[k].words);
		str_char(out, '\n');
		cert_pem_add(s->anchors[i].der.data, s->anchors[i].der.len, out);
	}
}

static int trust_system(struct apply *a, struct str *words, struct fail *f)
{
	autoclean(str_free) struct str text = STR_INIT(PLACE_TEXT_MAX);
	int ran;

	for (size_t i = 0; i < a->state->n_anchors; i++)
		cert_pem_add(a->state->anchors[i].der.data, a->state->anchors[i].der.len, &text);
	if (put_text(a, SYSTEM_ANCHORS, &text, f) < 0 ||
		journal_command(a->journal, &update_system, &ran, f) < 0)
		return -1;
	str_text_add(words, ran ? "; in this machine's trust store" : "; in " SYSTEM_ANCHORS);
	return 0;
}

static int apply(struct apply *a, const struct wapdoc_node *n, struct str *words, struct fail *f)
{
	autoclean(str_free) struct str root = STR_INIT(PLACE_TEXT_MAX);
	autoclean(str_free) struct str device = STR_INIT(PLACE_TEXT_MAX);
	char end[CLOCK_TEXT_MAX];

	(void)n;
	write_anchors(a->state, &root);
	cert_pem_add(a->device.data, a->device.len, &device);
	for (size_t i = 0; i < a->intermediates.n; i++)
		cert_pem_add(a->intermediates.der[i].data, a->intermediates.der[i].len, &device);
	if (put_text(a, PLACE_ROOT, &root, f) < 0 || put_text(a, PLACE_DEVICE, &device, f) < 0)
		return -1;
	clock_text(a->state->certificate_end, end);
	str_printf(words, "root, devices CA, device certificate to %.10s, in %s", end, PLACE_DIR);
	return a->state->system_trust ? trust_system(a, words, f) : 0;
}

const struct section section_certificate_store = {
	.type = WAPDOC_CERTIFICATE_STORE,
	.name = "CertificateStore",
	.label = "CertificateStore",
	.look = look,
	.apply = apply,
};
