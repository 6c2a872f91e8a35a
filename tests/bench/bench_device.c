#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/pki/cert.h"
#include "lib/pki/csr.h"
#include "lib/pki/hash.h"
#include "lib/pki/key.h"
#include "lib/wire/native.h"

/* One device in the middle of its enrollment. */
struct talk {
	CURL *curl;
	struct str body;
	struct native_context context;
	uint8_t root[NATIVE_ROOT_LEN];
	struct bench_trip *trip;
	struct cert_list chain, anchors; /* of the connection; what it must lead to */
	uint8_t t1[NATIVE_HASH_LEN]; /* transcript of phase 1 */
};

/* 0 if the answer grants; else what it says, and whether its MAC is right. The transcript has the
 * request already. */
static int granted(struct talk *t, const char *path, struct fail *f)
{
	struct native_refused no = { 0 };
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_ANSWER_MAX);
	uint8_t mac[NATIVE_MAC_LEN];

	if (t->trip->status == 200)
		return 0;
	if (native_refused_parse((const uint8_t *)str_text(&t->body), t->body.len, &no, f) < 0)
		return fail_in(f, "%s: HTTP %ld", path, t->trip->status);
	if (no.has_mac) {
		native_refused_payload(&no, &payload);
		native_mac(t->root, NATIVE_SERVER_REFUSAL, &t->context, &payload, mac);
		t->trip->is_maced = mem_equal(mac, no.mac, sizeof(mac));
	}
	return fail(f, no.code, "%s: HTTP %ld, attempt %s", path, t->trip->status, no.attempt);
}

static size_t collect(char *data, size_t size, size_t n, void *arg)
{
	struct talk *t = arg;

	str_add(&t->body, data, size * n);
	return t->body.overflow ? 0 : size * n;
}

static int post(struct talk *t, const struct bench_setup *s, const char *path,
	const struct str *body, struct fail *f)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: " NATIVE_MEDIA_TYPE);
	autoclean(text_free) char *url =
		mem_printf("https://%s:%d%s", s->server_name, s->port, path);
	long made = 0;
	curl_off_t wait = 0;
	CURLcode rc;

	headers = curl_slist_append(headers, "Expect:");
	str_clear(&t->body);
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE, (long)body->len);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, str_text(body));
	rc = curl_easy_perform(t->curl);
	curl_slist_free_all(headers);
	if (rc != CURLE_OK)
		return fail(f, ENR_SERVER_UNREACHABLE, "%s: %s", path, curl_easy_strerror(rc));
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->trip->status);
	curl_easy_getinfo(t->curl, CURLINFO_NUM_CONNECTS, &made);
	curl_easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &wait);
	t->trip->handshakes += made;
	t->trip->wait = (int64_t)wait;
	return 0;
}

/* The chain of this connection, and the hash of its leaf. */
static int read_chain(struct talk *t, struct fail *f)
{
	struct curl_certinfo *info = NULL;
	struct cert_list one = { NULL, 0 };

	curl_easy_getinfo(t->curl, CURLINFO_CERTINFO, &info);
	for (int i = 0; info && i < info->num_of_certs; i++) {
		struct curl_slist *l = info->certinfo[i];

		while (l != NULL && strncmp(l->data, "Cert:", 5) != 0)
			l = l->next;
		if (l == NULL || cert_list_parse_pem((const uint8_t *)l->data + 5,
				strlen(l->data + 5), 1, &one, f) < 0)
			break;
		cert_list_add(&t->chain, one.der[0].data, one.der[0].len);
		cert_list_free(&one);
	}
	if (t->chain.n == 0)
		return fail(f, ENR_TLS_FAILED, "no certificate of the server");
	pki_sha256(t->chain.der[0].data, t->chain.der[0].len, t->context.leaf);
	return 0;
}

static int discover(struct talk *t, const struct bench_setup *s, struct native_bootstrap *next,
		    struct fail *f)
{
	struct native_discovery q = { .shown = NATIVE_SHOWN };
	struct native_discovered a = { 0 };
	autoclean(str_free) struct str out = STR_INIT(NATIVE_REQUEST_MAX);

	snprintf(q.identity, sizeof(q.identity), "%s", s->identity);
	snprintf(q.server_name, sizeof(q.server_name), "%s", s->server_name);
	snprintf(q.client, sizeof(q.client), "bench/1");
	random_bytes(q.nonce, sizeof(q.nonce));
	native_discovery_write(&q, &out);
	if (post(t, s, NATIVE_PATH_DISCOVERY, &out, f) < 0 ||
		granted(t, NATIVE_PATH_DISCOVERY, f) < 0 ||
		native_discovered_parse((const uint8_t *)str_text(&t->body), t->body.len, &a, f) <
			0)
		return -1;
	if (read_chain(t, f) < 0)
		return -1;
	native_transcript_discovery(&q, &a, t->t1);
	t->context.version = a.version;
	memcpy(t->context.shown_device, q.shown, sizeof(q.shown));
	memcpy(t->context.shown_server, a.shown, sizeof(a.shown));
	memcpy(t->context.identity, q.identity, sizeof(q.identity));
	memcpy(t->context.server_name, q.server_name, sizeof(q.server_name));
	memcpy(t->context.nonce_device, q.nonce, sizeof(q.nonce));
	memcpy(t->context.nonce_server, a.nonce, sizeof(a.nonce));
	next->state = a.state;
	return 0;
}

static void keep_anchors(struct talk *t, const struct native_bootstrapped *a)
{
	for (size_t i = 0; i < a->n_anchors; i++)
		if (a->anchors[i].roles & ANCHOR_SERVER)
			cert_list_add(&t->anchors, a->anchors[i].der.data, a->anchors[i].der.len);
}

static int bootstrap(struct talk *t, const struct bench_setup *s, struct native_bootstrap *q,
		     struct native_enrollment *next, struct fail *f)
{
	struct native_bootstrapped a = { 0 };
	autoclean(str_free) struct str out = STR_INIT(NATIVE_REQUEST_MAX);
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_ANSWER_MAX);
	uint8_t mac[NATIVE_MAC_LEN], half[32];

	q->version = t->context.version;
	memcpy(q->identity, t->context.identity, sizeof(q->identity));
	memcpy(q->server_name, t->context.server_name, sizeof(q->server_name));
	memcpy(q->leaf, t->context.leaf, sizeof(q->leaf));
	native_selector(t->root, q->selector);
	memcpy(t->context.transcript, t->t1, 32);
	native_bootstrap_payload(q, &payload);
	native_mac(t->root, NATIVE_DEVICE_BOOTSTRAP, &t->context, &payload, q->mac);
	native_bootstrap_write(q, &out);
	native_transcript_bootstrap(t->t1, q, half);
	if (post(t, s, NATIVE_PATH_BOOTSTRAP, &out, f) < 0)
		return -1;
	memcpy(t->context.transcript, half, 32);
	if (granted(t, NATIVE_PATH_BOOTSTRAP, f) < 0 ||
	    native_bootstrapped_parse((const uint8_t *)str_text(&t->body), t->body.len, &a, f) < 0)
		return -1;
	str_clear(&payload);
	native_bootstrapped_payload(&a, &payload);
	native_mac(t->root, NATIVE_SERVER_BOOTSTRAP, &t->context, &payload, mac);
	if (!mem_equal(mac, a.mac, sizeof(mac))) {
		native_bootstrapped_clear(&a);
		return fail(f, ENR_SERVER_UNPROVED, "the MAC of the bootstrap answer is wrong");
	}
	native_transcript_bootstrapped(half, &a, t->context.transcript);
	keep_anchors(t, &a);
	next->state = a.state;
	a.state = BYTES_INIT;
	native_bootstrapped_clear(&a);
	return 0;
}

/* What a device without a key of its own signs with. */
static int new_key(void *arg, const char *challenge, struct bytes *csr, struct fail *f)
{
	autoclean(pki_key_free) struct pki_key *key = pki_key_generate(KEY_P256, f);

	(void)arg;
	return key != NULL ? pki_csr_build(key, challenge, csr, f) : -1;
}

static int enrollment_write(
	struct talk *t, struct native_enrollment *q, struct str *out, struct fail *f)
{
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_ANSWER_MAX);
	char challenge[45];

	native_challenge(&t->context, challenge);
	if ((t->trip->request ? t->trip->request : new_key)(t->trip->arg, challenge, &q->csr, f) <
		0)
		return -1;
	q->version = t->context.version;
	memcpy(q->identity, t->context.identity, sizeof(q->identity));
	memcpy(q->server_name, t->context.server_name, sizeof(q->server_name));
	memcpy(q->leaf, t->context.leaf, sizeof(q->leaf));
	native_enrollment_payload(q, &payload);
	native_mac(t->root, NATIVE_DEVICE_ENROLLMENT, &t->context, &payload, q->mac);
	return native_enrollment_write(q, out);
}

/* The full chain, before phase 3. */
static int check_chain(const struct talk *t, const struct bench_setup *s, struct fail *f)
{
	struct cert_list between = { t->chain.der + 1, t->chain.n - 1 };
	struct cert_check check = { .anchors = &t->anchors, .intermediates = &between,
		.dns_name = s->server_name, .at = clock_now() };

	return cert_verify(t->chain.der[0].data, t->chain.der[0].len, &check, f);
}

static int enrollment(
	struct talk *t, const struct bench_setup *s, struct native_enrollment *q, struct fail *f)
{
	struct native_enrolled a = { 0 };
	autoclean(str_free) struct str out = STR_INIT(NATIVE_REQUEST_MAX);
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_ANSWER_MAX);
	uint8_t mac[NATIVE_MAC_LEN], t3[32];

	if (check_chain(t, s, f) < 0 || enrollment_write(t, q, &out, f) < 0 ||
		post(t, s, NATIVE_PATH_ENROLLMENT, &out, f) < 0)
		return -1;
	native_transcript_enrollment(t->context.transcript, q, t3);
	memcpy(t->context.transcript, t3, 32);
	if (granted(t, NATIVE_PATH_ENROLLMENT, f) < 0 ||
	    native_enrolled_parse((const uint8_t *)str_text(&t->body), t->body.len, &a, f) < 0)
		return -1;
	native_enrolled_payload(&a, &payload);
	native_mac(t->root, NATIVE_SERVER_ENROLLMENT, &t->context, &payload, mac);
	if (!mem_equal(mac, a.mac, sizeof(mac))) {
		native_enrolled_clear(&a);
		return fail(f, ENR_ANSWER_FORGED, "the MAC of the enrollment answer is wrong");
	}
	t->trip->document = a.document;
	a.document = BYTES_INIT;
	native_enrolled_clear(&a);
	return 0;
}

static CURL *connection(const struct bench_setup *s, struct talk *t, struct curl_slist **resolve)
{
	CURL *curl = curl_easy_init();
	autoclean(text_free) char *where =
		mem_printf("%s:%d:%s", s->server_name, s->port, s->address);

	*resolve = curl_slist_append(NULL, where);
	curl_easy_setopt(curl, CURLOPT_RESOLVE, *resolve);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	return curl;
}

int bench_enroll(const struct bench_setup *s, const struct bench_device *d, struct bench_trip *trip,
		 struct fail *f)
{
	struct talk t = { .body = STR_INIT(NATIVE_ANSWER_MAX), .trip = trip };
	struct native_bootstrap boot = { 0 };
	struct native_enrollment last = { 0 };
	struct curl_slist *resolve;
	char password[PASSWORD_LEN + 1];
	int rc = -1;

	if (password_parse(d->password, strlen(d->password), password, f) < 0)
		return -1;
	native_root(password, s->identity, t.root);
	t.curl = connection(s, &t, &resolve);
	if (discover(&t, s, &boot, f) == 0 && bootstrap(&t, s, &boot, &last, f) == 0 &&
	    enrollment(&t, s, &last, f) == 0)
		rc = 0;
	curl_easy_cleanup(t.curl);
	curl_slist_free_all(resolve);
	native_bootstrap_clear(&boot);
	native_enrollment_clear(&last);
	str_free(&t.body);
	cert_list_free(&t.chain);
	cert_list_free(&t.anchors);
	return rc < 0 ? fail_in(f, "%s", d->name) : 0;
}
