#include "tests/unit/agent/enrollment/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/id.h"
#include "lib/base/str.h"
#include "lib/pki/csr.h"
#include "lib/pki/sign.h"

#define PAYLOAD_MAX (2 * NATIVE_ANSWER_MAX)

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "peer: %s\n", what);
	abort();
}

/* Text into an array of a message; longer text is cut, tests of too long ones write raw
 * messages. */
#define SET(array, text) snprintf(array, sizeof(array), "%s", text)

void peer_begin(struct peer *p, const char *identity, const char *password,
	const char *server_name)
{
	memset(p, 0, sizeof(*p));
	must(password_parse(password, strlen(password), p->password, NULL) == 0, "password");
	SET(p->context.identity, identity);
	SET(p->context.server_name, server_name);
	SET(p->context.shown_device, NATIVE_SHOWN);
	native_root(p->password, identity, p->root);
}

void peer_end(struct peer *p)
{
	pki_key_free(&p->key);
	native_discovered_clear(&p->discovered);
	native_bootstrap_clear(&p->bootstrap);
	native_bootstrapped_clear(&p->bootstrapped);
	native_enrollment_clear(&p->enrollment);
	native_enrolled_clear(&p->enrolled);
	native_leave_clear(&p->leave);
}

void peer_discovery(struct peer *p)
{
	struct native_discovery *m = &p->discovery;

	*m = (struct native_discovery){ .client = "peer/1" };
	SET(m->shown, p->context.shown_device);
	SET(m->identity, p->context.identity);
	SET(m->server_name, p->context.server_name);
	random_bytes(m->nonce, sizeof(m->nonce));
}

void peer_discovered(struct peer *p, const struct native_discovered *m)
{
	struct native_context *c = &p->context;

	native_discovered_clear(&p->discovered);
	p->discovered = *m;
	p->discovered.state = BYTES_INIT;
	bytes_set(&p->discovered.state, m->state.data, m->state.len);
	c->version = m->version;
	SET(c->shown_server, m->shown);
	memcpy(c->nonce_device, p->discovery.nonce, sizeof(c->nonce_device));
	memcpy(c->nonce_server, m->nonce, sizeof(c->nonce_server));
	native_transcript_discovery(&p->discovery, &p->discovered, c->transcript);
}

void peer_bootstrap(struct peer *p)
{
	struct native_bootstrap *m = &p->bootstrap;

	native_bootstrap_clear(m);
	*m = (struct native_bootstrap){ .version = p->context.version };
	SET(m->identity, p->context.identity);
	SET(m->server_name, p->context.server_name);
	memcpy(m->leaf, p->leaf, sizeof(m->leaf));
	native_selector(p->root, m->selector);
	bytes_set(&m->state, p->discovered.state.data, p->discovered.state.len);
}

void peer_bootstrap_prove(struct peer *p)
{
	autoclean(str_free) struct str payload = STR_INIT(PAYLOAD_MAX);

	memcpy(p->context.leaf, p->bootstrap.leaf, sizeof(p->context.leaf));
	native_bootstrap_payload(&p->bootstrap, &payload);
	native_mac(p->root, NATIVE_DEVICE_BOOTSTRAP, &p->context, &payload, p->bootstrap.mac);
}

void peer_bootstrap_sent(struct peer *p)
{
	memcpy(p->before, p->context.transcript, sizeof(p->before));
	native_transcript_bootstrap(p->before, &p->bootstrap, p->context.transcript);
}

int peer_bootstrapped(struct peer *p, const struct native_bootstrapped *m)
{
	autoclean(str_free) struct str payload = STR_INIT(PAYLOAD_MAX);
	uint8_t mac[NATIVE_MAC_LEN], before[NATIVE_HASH_LEN];
	struct native_bootstrapped *mine = &p->bootstrapped;

	native_bootstrapped_payload(m, &payload);
	native_mac(p->root, NATIVE_SERVER_BOOTSTRAP, &p->context, &payload, mac);
	if (!mem_equal(mac, m->mac, sizeof(mac)))
		return 0;
	memcpy(before, p->context.transcript, sizeof(before));
	native_transcript_bootstrapped(before, m, p->context.transcript);
	native_bootstrapped_clear(mine);
	*mine = *m;
	mine->state = BYTES_INIT;
	bytes_set(&mine->state, m->state.data, m->state.len);
	for (size_t i = 0; i < m->n_anchors; i++) {
		mine->anchors[i].der = BYTES_INIT;
		bytes_set(&mine->anchors[i].der, m->anchors[i].der.data, m->anchors[i].der.len);
	}
	return 1;
}

void peer_enrollment(struct peer *p)
{
	struct native_enrollment *m = &p->enrollment;
	char challenge[NATIVE_CHALLENGE_MAX];

	native_enrollment_clear(m);
	*m = (struct native_enrollment){ .version = p->context.version };
	SET(m->identity, p->context.identity);
	SET(m->server_name, p->context.server_name);
	memcpy(m->leaf, p->leaf, sizeof(m->leaf));
	if (!p->key)
		p->key = pki_key_generate(KEY_P256, NULL);
	native_challenge(&p->context, challenge);
	must(pki_csr_build(p->key, challenge, &m->csr, NULL) == 0, "certificate request");
	bytes_set(&m->state, p->bootstrapped.state.data, p->bootstrapped.state.len);
}

void peer_enrollment_prove(struct peer *p)
{
	autoclean(str_free) struct str payload = STR_INIT(PAYLOAD_MAX);

	memcpy(p->context.leaf, p->enrollment.leaf, sizeof(p->context.leaf));
	native_enrollment_payload(&p->enrollment, &payload);
	native_mac(p->root, NATIVE_DEVICE_ENROLLMENT, &p->context, &payload, p->enrollment.mac);
}

void peer_enrollment_sent(struct peer *p)
{
	memcpy(p->before, p->context.transcript, sizeof(p->before));
	native_transcript_enrollment(p->before, &p->enrollment, p->context.transcript);
}

int peer_enrolled(struct peer *p, const struct native_enrolled *m)
{
	autoclean(str_free) struct str payload = STR_INIT(PAYLOAD_MAX);
	uint8_t mac[NATIVE_MAC_LEN];

	native_enrolled_payload(m, &payload);
	native_mac(p->root, NATIVE_SERVER_ENROLLMENT, &p->context, &payload, mac);
	if (!mem_equal(mac, m->mac, sizeof(mac)))
		return 0;
	native_enrolled_clear(&p->enrolled);
	p->enrolled = *m;
	p->enrolled.document = BYTES_INIT;
	bytes_set(&p->enrolled.document, m->document.data, m->document.len);
	return 1;
}

void peer_leave(struct peer *p, const struct bytes *certificate)
{
	struct native_leave *m = &p->leave;

	native_leave_clear(m);
	*m = (struct native_leave){ .version = p->context.version };
	SET(m->identity, p->context.identity);
	SET(m->server_name, p->context.server_name);
	memcpy(m->leaf, p->leaf, sizeof(m->leaf));
	bytes_set(&m->certificate, certificate->data, certificate->len);
	bytes_set(&m->state, p->discovered.state.data, p->discovered.state.len);
}

void peer_leave_sign(struct peer *p)
{
	autoclean(str_free) struct str input = STR_INIT(PAYLOAD_MAX);

	memcpy(p->context.leaf, p->leave.leaf, sizeof(p->context.leaf));
	native_leave_signed(&p->leave, &p->context, &input);
	must(pki_sign(p->key, &input, &p->leave.signature, NULL) == 0, "signature");
}

int peer_refused(const struct peer *p, const struct native_refused *m)
{
	autoclean(str_free) struct str payload = STR_INIT(PAYLOAD_MAX);
	uint8_t mac[NATIVE_MAC_LEN];

	if (!m->has_mac)
		return 0;
	native_refused_payload(m, &payload);
	native_mac(p->root, NATIVE_SERVER_REFUSAL, &p->context, &payload, mac);
	return mem_equal(mac, m->mac, sizeof(mac));
}
