/* Who proves what to whom: the MACs of phases 2 and 3 (docs/PROTOCOL.md), over the same structs the
 * dialect reads and writes. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/str.h"
#include "lib/pki/sign.h"

#define PAYLOAD_MAX (2 * NATIVE_ANSWER_MAX)

/* The messages as the wire has them; octets are borrowed from request and reply. */
static struct native_bootstrap bootstrap_of(const struct enroll_request *q)
{
	struct native_bootstrap m = { .version = q->version };

	memcpy(m.identity, q->identity, sizeof(m.identity));
	memcpy(m.server_name, q->server_name, sizeof(m.server_name));
	memcpy(m.leaf, q->leaf_seen, sizeof(m.leaf));
	memcpy(m.selector, q->selector, sizeof(m.selector));
	memcpy(m.mac, q->mac, sizeof(m.mac));
	return m;
}

static struct native_enrollment enrollment_of(const struct enroll_request *q)
{
	struct native_enrollment m = { .version = q->version, .csr = q->csr };

	memcpy(m.identity, q->identity, sizeof(m.identity));
	memcpy(m.server_name, q->server_name, sizeof(m.server_name));
	memcpy(m.leaf, q->leaf_seen, sizeof(m.leaf));
	memcpy(m.serial, q->serial, sizeof(m.serial));
	memcpy(m.mac, q->mac, sizeof(m.mac));
	return m;
}

static struct native_bootstrapped bootstrapped_of(const struct enroll_reply *a)
{
	struct native_bootstrapped m = { .version = a->version, .time = a->time,
		.valid_until = a->valid_until };

	m.n_anchors = a->n_anchors;
	for (size_t i = 0; i < a->n_anchors; i++)
		m.anchors[i] = (struct native_anchor){ a->anchors[i].roles, a->anchors[i].der };
	memcpy(m.attempt, a->attempt, sizeof(m.attempt));
	memcpy(m.mac, a->mac, sizeof(m.mac));
	return m;
}

void proof_context(struct run *r)
{
	const struct conversation *t = &r->talk;
	struct native_context *c = &r->context;

	*c = (struct native_context){ .version = t->version };
	memcpy(c->shown_device, t->shown_device, sizeof(c->shown_device));
	memcpy(c->shown_server, t->shown_server, sizeof(c->shown_server));
	memcpy(c->identity, t->identity, sizeof(c->identity));
	memcpy(c->server_name, t->server_name, sizeof(c->server_name));
	memcpy(c->leaf, r->q->leaf_seen, sizeof(c->leaf));
	memcpy(c->nonce_device, t->nonce_device, sizeof(c->nonce_device));
	memcpy(c->nonce_server, t->nonce_server, sizeof(c->nonce_server));
	memcpy(c->transcript, t->transcript, sizeof(c->transcript));
}

int proof_is_good(const struct run *r, const uint8_t root[STORE_ROOT_LEN])
{
	autoclean(str_free) struct str payload = STR_INIT(PAYLOAD_MAX);
	enum native_label label = NATIVE_DEVICE_BOOTSTRAP;
	uint8_t mac[NATIVE_MAC_LEN];

	if (r->q->kind == REQUEST_BOOTSTRAP) {
		struct native_bootstrap m = bootstrap_of(r->q);

		native_bootstrap_payload(&m, &payload);
	} else {
		struct native_enrollment m = enrollment_of(r->q);

		label = NATIVE_DEVICE_ENROLLMENT;
		native_enrollment_payload(&m, &payload);
	}
	native_mac(root, label, &r->context, &payload, mac);
	return mem_equal(mac, r->q->mac, sizeof(mac));
}

int proof_is_signed(
	const struct run *r, const struct bytes *certificate, struct fail *f)
{
	autoclean(str_free) struct str input = STR_INIT(PAYLOAD_MAX);
	struct native_leave m = { .version = r->q->version, .certificate = *certificate };

	native_leave_signed(&m, &r->context, &input);
	return pki_verify(certificate, &input, &r->q->signature, f);
}

void proof_chain_request(struct run *r)
{
	uint8_t before[NATIVE_HASH_LEN];

	memcpy(before, r->context.transcript, sizeof(before));
	if (r->q->kind == REQUEST_BOOTSTRAP) {
		struct native_bootstrap m = bootstrap_of(r->q);

		native_transcript_bootstrap(before, &m, r->context.transcript);
	} else {
		struct native_enrollment m = enrollment_of(r->q);

		native_transcript_enrollment(before, &m, r->context.transcript);
	}
}

void proof_bootstrapped(struct run *r)
{
	autoclean(str_free) struct str payload = STR_INIT(PAYLOAD_MAX);
	struct native_bootstrapped m = bootstrapped_of(r->reply);
	uint8_t before[NATIVE_HASH_LEN];

	native_bootstrapped_payload(&m, &payload);
	native_mac(r->root, NATIVE_SERVER_BOOTSTRAP, &r->context, &payload, r->reply->mac);
	r->reply->has_mac = 1;
	memcpy(m.mac, r->reply->mac, sizeof(m.mac));
	memcpy(before, r->context.transcript, sizeof(before));
	native_transcript_bootstrapped(before, &m, r->context.transcript);
}

void proof_enrolled(struct run *r)
{
	autoclean(str_free) struct str payload = STR_INIT(PAYLOAD_MAX);
	struct native_enrolled m = { .version = r->reply->version, .time = r->reply->time };

	m.document = r->reply->document;
	memcpy(m.attempt, r->reply->attempt, sizeof(m.attempt));
	native_enrolled_payload(&m, &payload);
	native_mac(r->root, NATIVE_SERVER_ENROLLMENT, &r->context, &payload, r->reply->mac);
	r->reply->has_mac = 1;
}

void proof_refused(struct run *r)
{
	autoclean(str_free) struct str payload = STR_INIT(PAYLOAD_MAX);
	const struct enroll_reply *a = r->reply;
	struct native_refused m = {
		.version = a->version, .code = a->code, .time = a->time,
		.valid_until = a->valid_until, .has_mac = 1,
	};

	memcpy(m.shown, a->shown, sizeof(m.shown));
	memcpy(m.attempt, a->attempt, sizeof(m.attempt));
	native_refused_payload(&m, &payload);
	native_mac(r->root, NATIVE_SERVER_REFUSAL, &r->context, &payload, r->reply->mac);
	r->reply->has_mac = 1;
}
