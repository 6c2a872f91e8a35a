#include "client/talk.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"
#include "lib/pki/csr.h"
#include "lib/pki/sign.h"

#define SECONDS_DISCOVERY 30
#define SECONDS_BOOTSTRAP 30
#define SECONDS_ENROLLMENT 120
#define SECONDS_LEAVE 60
#define CALL(phase_, seconds_) \
	((struct net_call){ .phase = (phase_), .body = &body, .timeout = (seconds_) })

/* Codes a server may give without proving that it knows the password (section 9). Any other without
 * a MAC is from somebody who pretends. */
static const enum code unproved_codes[] = {
	ENR_NOT_EXPECTED,
	ENR_VERSION_UNSUPPORTED,
	ENR_THROTTLED,
	ENR_SERVER_BUSY,
	ENR_IDENTITY_INVALID,
	ENR_PASSWORD_WRONG,
	ENR_CONVERSATION_EXPIRED,
	ENR_MESSAGE_MALFORMED,
	ENR_MESSAGE_TOO_LARGE,
	ENR_MEDIA_TYPE,
	ENR_PATH_UNKNOWN,
	ENR_METHOD_NOT_ALLOWED,
	ENR_INTERNAL,
	ENR_STORE_UNAVAILABLE,
	ENR_STORE_KEY_MISSING,
	ENR_CLOCK_BACKWARDS,
	ENR_CORE_GONE,
	ENR_STOPPING,
	ENR_DIRECTORY_UNREACHABLE,
	ENR_DIRECTORY_BUSY,
	ENR_CA_UNAVAILABLE,
	ENR_CA_MISSING,
};

/* After these the password is of no use to anybody. */
static const enum code spent_codes[] = {
	ENR_PASSWORD_EXPIRED,
	ENR_PASSWORD_USED,
	ENR_PASSWORD_CANCELED,
};

static int is_one_of(enum code code, const enum code *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == code)
			return 1;
	return 0;
}

void talk_clear(struct talk *t)
{
	struct net *net = t->net;

	bytes_free(&t->state);
	for (size_t i = 0; i < t->n_anchors; i++)
		bytes_free(&t->anchors[i].der);
	mem_wipe(t, sizeof(*t));
	t->net = net;
}

void talk_begin(struct talk *t, const char *identity, const char *host, int port)
{
	talk_clear(t);
	snprintf(t->host, sizeof(t->host), "%s", host);
	snprintf(t->context.identity, sizeof(t->context.identity), "%s", identity);
	snprintf(t->context.server_name, sizeof(t->context.server_name), "%s", host);
	t->port = port;
}

/* An attempt number is the one text of a server that is shown before it proved anything: only in
 * its canonical form. */
static void note_attempt(struct talk *t, const char *attempt)
{
	char canonical[ID_MAX];

	if (id_parse(attempt, 'A', canonical))
		memcpy(t->attempt, canonical, sizeof(canonical));
}

static int troubled(const struct talk *t, struct trouble *x, enum password_is password)
{
	memcpy(x->attempt, t->attempt, sizeof(x->attempt));
	x->password = t->to_leave ? PASSWORD_UNSAID : password;
	x->valid_until = t->valid_until;
	return -1;
}

/* Post to the server of this conversation; note how long it asks to wait. */
static int post(struct talk *t, struct net_call c, struct net_answer *out, struct trouble *x)
{
	int rc;

	if (c.body->overflow)
		return fail(&x->fail, ENR_INTERNAL, "the request is too large");
	c.host = t->host;
	c.port = t->port;
	rc = net_post(t->net, &c, out, &x->fail);
	x->retry_after = net_retry_after(t->net);
	/* Somebody who came in between after phase 1, or a renewed certificate (docs/PROTOCOL.md
	 * section 4.3): the new conversation tells which. */
	if (rc == 0 && t->context.version != 0 &&
		!mem_equal(out->leaf, t->context.leaf, sizeof(out->leaf)))
		return fail(&x->fail, ENR_CONVERSATION_EXPIRED,
			"another certificate than in the phase before");
	return rc;
}

static int say_code(struct trouble *x, enum code code, uint32_t number)
{
	if (number != 0 && number != (uint32_t)code)
		return fail(&x->fail, code, "the server says ENR-%03u, which this program does not "
					    "know",
			number % 1000);
	return fail(&x->fail, code, "%s", "");
}

/* A refusal: proved, hearsay, or from somebody who pretends. context is that of the request's MAC
 * with the transcript up to it; NULL in phase 1, where nothing can be proved. */
static int refuse(struct talk *t, const struct native_refused *m,
	const struct native_context *context, struct trouble *x)
{
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_REQUEST_MAX);
	enum code code = code_row(m->code)->code;
	uint8_t mac[NATIVE_MAC_LEN];

	note_attempt(t, m->attempt);
	if (t->to_leave) { /* its chain was good: that is proof enough */
		troubled(t, x, PASSWORD_UNSAID);
		return say_code(x, code, m->number);
	}
	if (!m->has_mac || context == NULL) {
		troubled(t, x, context == NULL ? PASSWORD_UNSENT : PASSWORD_UNSURE);
		if (!is_one_of(code, unproved_codes, ARRAY_LEN(unproved_codes)))
			return fail(&x->fail, ENR_SERVER_UNPROVED,
				"it refuses with %s, which only your server may say, unproved",
				code_name(code));
		x->hearsay = 1;
		return say_code(x, code, m->number);
	}
	native_refused_payload(m, &payload);
	native_mac(t->root, NATIVE_SERVER_REFUSAL, context, &payload, mac);
	if (!mem_equal(mac, m->mac, sizeof(mac))) {
		troubled(t, x, PASSWORD_UNSURE);
		return fail(&x->fail, ENR_SERVER_UNPROVED, "its refusal has a wrong MAC");
	}
	troubled(t, x,
		is_one_of(code, spent_codes, ARRAY_LEN(spent_codes)) ? PASSWORD_SPENT
								     : PASSWORD_GOOD);
	x->valid_until = m->valid_until;
	return say_code(x, code, m->number);
}

static int check_version(struct talk *t, const struct native_discovered *a, struct trouble *x)
{
	if (a->version == 0 || a->version != native_choose(NATIVE_SHOWN, a->shown))
		return fail(&x->fail, ENR_VERSION_UNSUPPORTED, "the server chose version %u",
			a->version);
	t->context.version = a->version;
	snprintf(t->context.shown_device, sizeof(t->context.shown_device), "%s", NATIVE_SHOWN);
	snprintf(t->context.shown_server, sizeof(t->context.shown_server), "%s", a->shown);
	return 0;
}

/* What the chain of the server has to lead to, as PEM. */
static int server_anchors(struct talk *t, struct str *out, struct trouble *x)
{
	for (size_t i = 0; i < t->n_anchors; i++)
		if (t->anchors[i].roles & ANCHOR_SERVER)
			cert_pem_add(t->anchors[i].der.data, t->anchors[i].der.len, out);
	if (out->len > 0)
		return 0;
	fail(&x->fail, ENR_CHAIN_UNTRUSTED, "it handed out no anchor for itself");
	return troubled(t, x, PASSWORD_GOOD);
}

int talk_discover(struct talk *t, struct trouble *x)
{
	autoclean(str_free) struct str body = STR_INIT(NATIVE_REQUEST_MAX);
	autoclean(net_answer_clear) struct net_answer a = { 0 };
	struct native_discovery q = { .shown = NATIVE_SHOWN, .client = "enroll/" ENROLL_VERSION };
	struct net_call c = CALL(NET_DISCOVERY, SECONDS_DISCOVERY);
	autoclean(str_free) struct str anchors = STR_INIT(NATIVE_ANCHORS_MAX * 12288);

	x->phase = "discovery";
	memcpy(q.identity, t->context.identity, sizeof(q.identity));
	memcpy(q.server_name, t->context.server_name, sizeof(q.server_name));
	random_bytes(q.nonce, sizeof(q.nonce));
	q.purpose = t->to_leave ? NATIVE_FOR_LEAVE : NATIVE_FOR_ENROLLMENT;
	if (native_discovery_write(&q, &body) < 0)
		return fail(&x->fail, ENR_INTERNAL, "the request is too large");
	if (t->to_leave && server_anchors(t, &anchors, x) < 0)
		return -1;
	if (t->to_leave)
		c.anchors = str_text(&anchors);
	if (post(t, c, &a, x) < 0)
		return troubled(t, x, PASSWORD_UNSENT);
	memcpy(t->address, a.address, sizeof(t->address));
	if (a.message == NET_MESSAGE_REFUSED)
		return refuse(t, &a.refused, NULL, x);
	note_attempt(t, a.discovered.attempt);
	if (check_version(t, &a.discovered, x) < 0)
		return troubled(t, x, PASSWORD_UNSENT);
	memcpy(t->context.leaf, a.leaf, sizeof(a.leaf));
	memcpy(t->context.nonce_device, q.nonce, sizeof(q.nonce));
	memcpy(t->context.nonce_server, a.discovered.nonce, sizeof(a.discovered.nonce));
	native_transcript_discovery(&q, &a.discovered, t->context.transcript);
	t->eligible = a.discovered.eligible;
	t->skew = a.discovered.time - clock_now();
	t->state = a.discovered.state;
	a.discovered.state = BYTES_INIT;
	return 0;
}

/* Under the MAC: before a certificate seems to be wrong because the clock is. */
static int check_clock(struct talk *t, int64_t time, struct trouble *x)
{
	int64_t now = clock_now();
	char ours[CLOCK_TEXT_MAX], theirs[CLOCK_TEXT_MAX];

	t->skew = time - now;
	if (t->skew >= -TALK_SKEW_MAX && t->skew <= TALK_SKEW_MAX)
		return 0;
	fail(&x->fail, ENR_CLOCK_WRONG, "%lld seconds", (long long)t->skew);
	fail_told(&x->fail, "This device says %s, the server says %s.", clock_text(now, ours),
		clock_text(time, theirs));
	return troubled(t, x, PASSWORD_GOOD);
}

static void fill_bootstrap(struct talk *t, struct native_bootstrap *q)
{
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_REQUEST_MAX);

	q->version = t->context.version;
	memcpy(q->identity, t->context.identity, sizeof(q->identity));
	memcpy(q->server_name, t->context.server_name, sizeof(q->server_name));
	memcpy(q->leaf, t->context.leaf, sizeof(q->leaf));
	native_selector(t->root, q->selector);
	q->state = t->state;
	t->state = BYTES_INIT;
	native_bootstrap_payload(q, &payload);
	native_mac(t->root, NATIVE_DEVICE_BOOTSTRAP, &t->context, &payload, q->mac);
}

static int take_bootstrapped(struct talk *t, struct native_bootstrapped *a, struct trouble *x)
{
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_ANSWER_MAX);
	uint8_t mac[NATIVE_MAC_LEN], t2[NATIVE_HASH_LEN];

	note_attempt(t, a->attempt);
	native_bootstrapped_payload(a, &payload);
	native_mac(t->root, NATIVE_SERVER_BOOTSTRAP, &t->context, &payload, mac);
	if (!mem_equal(mac, a->mac, sizeof(mac))) {
		fail(&x->fail, ENR_SERVER_UNPROVED, "its answer has a wrong MAC");
		return troubled(t, x, PASSWORD_UNSURE);
	}
	t->valid_until = a->valid_until;
	if (a->version != t->context.version) {
		fail(&x->fail, ENR_VERSION_UNSUPPORTED, "the version changed on the way");
		return troubled(t, x, PASSWORD_GOOD);
	}
	if (check_clock(t, a->time, x) < 0)
		return -1;
	native_transcript_bootstrapped(t->context.transcript, a, t2);
	memcpy(t->context.transcript, t2, sizeof(t2));
	for (size_t i = 0; i < a->n_anchors; i++) {
		t->anchors[i] = a->anchors[i];
		a->anchors[i].der = BYTES_INIT;
	}
	t->n_anchors = a->n_anchors;
	t->state = a->state;
	a->state = BYTES_INIT;
	return 0;
}

int talk_bootstrap(struct talk *t, const char password[PASSWORD_LEN + 1], struct trouble *x)
{
	autoclean(str_free) struct str body = STR_INIT(NATIVE_REQUEST_MAX);
	autoclean(net_answer_clear) struct net_answer a = { 0 };
	autoclean(native_bootstrap_clear) struct native_bootstrap q = { 0 };
	uint8_t transcript[NATIVE_HASH_LEN];

	x->phase = "bootstrap";
	native_root(password, t->context.identity, t->root);
	fill_bootstrap(t, &q);
	if (native_bootstrap_write(&q, &body) < 0)
		return fail(&x->fail, ENR_INTERNAL, "the request is too large");
	if (post(t, CALL(NET_BOOTSTRAP, SECONDS_BOOTSTRAP), &a, x) < 0)
		return troubled(t, x, PASSWORD_UNSURE);
	native_transcript_bootstrap(t->context.transcript, &q, transcript);
	memcpy(t->context.transcript, transcript, sizeof(transcript));
	if (a.message == NET_MESSAGE_REFUSED)
		return refuse(t, &a.refused, &t->context, x);
	return take_bootstrapped(t, &a.bootstrapped, x);
}

void talk_secret_key(const struct talk *t, uint8_t key[AEAD_KEY_LEN])
{
	native_key(t->root, NATIVE_DOCUMENT_SECRET, key);
}

static int fill_enrollment(struct talk *t, const struct pki_key *key, const char *serial,
	struct native_enrollment *q, struct fail *f)
{
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_REQUEST_MAX);
	char challenge[NATIVE_CHALLENGE_MAX];

	native_challenge(&t->context, challenge);
	if (pki_csr_build(key, challenge, &q->csr, f) < 0)
		return -1;
	q->version = t->context.version;
	memcpy(q->identity, t->context.identity, sizeof(q->identity));
	memcpy(q->server_name, t->context.server_name, sizeof(q->server_name));
	memcpy(q->leaf, t->context.leaf, sizeof(q->leaf));
	snprintf(q->serial, sizeof(q->serial), "%s", serial);
	q->state = t->state;
	t->state = BYTES_INIT;
	native_enrollment_payload(q, &payload);
	native_mac(t->root, NATIVE_DEVICE_ENROLLMENT, &t->context, &payload, q->mac);
	return 0;
}

static int take_enrolled(struct talk *t, struct native_enrolled *a, struct bytes *document,
	struct trouble *x)
{
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_ANSWER_MAX);
	uint8_t mac[NATIVE_MAC_LEN];

	note_attempt(t, a->attempt);
	native_enrolled_payload(a, &payload);
	native_mac(t->root, NATIVE_SERVER_ENROLLMENT, &t->context, &payload, mac);
	if (!mem_equal(mac, a->mac, sizeof(mac)) || a->version != t->context.version) {
		fail(&x->fail, ENR_ANSWER_FORGED, "its last answer has a wrong MAC");
		return troubled(t, x, PASSWORD_OURS);
	}
	bytes_free(document);
	*document = a->document;
	a->document = BYTES_INIT;
	return 0;
}

/* Where the last answer did not come, the server may have made the device; anything before the
 * request leaves the password as it was. */
static enum password_is after_silence(enum code code)
{
	return code == ENR_CHAIN_UNTRUSTED || code == ENR_NAME_MISMATCH ||
			code == ENR_SERVER_NOT_FOUND || code == ENR_TLS_FAILED
		? PASSWORD_GOOD
		: PASSWORD_OURS;
}

int talk_enroll(struct talk *t, const struct pki_key *key, const char *serial,
	struct bytes *document, struct trouble *x)
{
	autoclean(str_free) struct str body = STR_INIT(NATIVE_REQUEST_MAX);
	autoclean(str_free) struct str anchors = STR_INIT(NATIVE_ANCHORS_MAX * 12288);
	autoclean(net_answer_clear) struct net_answer a = { 0 };
	autoclean(native_enrollment_clear) struct native_enrollment q = { 0 };
	struct net_call c = CALL(NET_ENROLLMENT, SECONDS_ENROLLMENT);
	uint8_t t3[NATIVE_HASH_LEN];

	x->phase = "enrollment";
	if (fill_enrollment(t, key, serial, &q, &x->fail) < 0 ||
		native_enrollment_write(&q, &body) < 0) {
		if (x->fail.code == ENR_NONE)
			fail(&x->fail, ENR_INTERNAL, "the request is too large");
		return troubled(t, x, PASSWORD_GOOD);
	}
	if (server_anchors(t, &anchors, x) < 0)
		return -1;
	c.anchors = str_text(&anchors);
	if (post(t, c, &a, x) < 0)
		return troubled(t, x, after_silence(x->fail.code));
	native_transcript_enrollment(t->context.transcript, &q, t3);
	memcpy(t->context.transcript, t3, sizeof(t3));
	if (a.message == NET_MESSAGE_REFUSED)
		return refuse(t, &a.refused, &t->context, x);
	return take_enrolled(t, &a.enrolled, document, x);
}

static int fill_leave(struct talk *t, const struct talk_member *who, struct native_leave *q,
	struct fail *f)
{
	autoclean(str_free) struct str input = STR_INIT(NATIVE_REQUEST_MAX);

	q->version = t->context.version;
	memcpy(q->identity, t->context.identity, sizeof(q->identity));
	memcpy(q->server_name, t->context.server_name, sizeof(q->server_name));
	memcpy(q->leaf, t->context.leaf, sizeof(q->leaf));
	bytes_set(&q->certificate, who->certificate->data, who->certificate->len);
	q->state = t->state;
	t->state = BYTES_INIT;
	native_leave_signed(q, &t->context, &input);
	return pki_sign(who->key, &input, &q->signature, f);
}

int talk_leave(struct talk *t, const struct talk_member *who, enum native_outcome *outcome,
	struct trouble *x)
{
	autoclean(str_free) struct str body = STR_INIT(NATIVE_REQUEST_MAX);
	autoclean(str_free) struct str anchors = STR_INIT(NATIVE_ANCHORS_MAX * 12288);
	autoclean(net_answer_clear) struct net_answer a = { 0 };
	autoclean(native_leave_clear) struct native_leave q = { 0 };
	struct net_call c = CALL(NET_LEAVE, SECONDS_LEAVE);

	x->phase = "leave";
	if (server_anchors(t, &anchors, x) < 0)
		return -1;
	if (fill_leave(t, who, &q, &x->fail) < 0)
		return troubled(t, x, PASSWORD_UNSAID);
	if (native_leave_write(&q, &body) < 0) {
		fail(&x->fail, ENR_INTERNAL, "the request is too large");
		return troubled(t, x, PASSWORD_UNSAID);
	}
	c.anchors = str_text(&anchors);
	if (post(t, c, &a, x) < 0)
		return troubled(t, x, PASSWORD_UNSAID);
	if (a.message == NET_MESSAGE_REFUSED)
		return refuse(t, &a.refused, NULL, x);
	note_attempt(t, a.left.attempt);
	*outcome = a.left.outcome;
	return 0;
}
