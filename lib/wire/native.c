#include "lib/wire/native.h"

#include <stdlib.h>

#include "lib/base/clean.h"
#include "lib/base/pack.h"
#include "lib/pki/hash.h"
#include "lib/wire/native_private.h"

/* The nine messages, field by field, in the order of their elements. Read these tables first: what
 * is read, written, under a MAC and in the transcript follows from them. PROTOCOL.md section 6
 * prints them. */

#define C NATIVE_CHAINED
#define PC (NATIVE_PAYLOAD | NATIVE_CHAINED)
#define FIELD(name, kind, member, max, flags) \
	{ name, &native_kind_##kind, offsetof(struct MESSAGE, member), max, flags }

#define MESSAGE native_discovery
static const struct native_field discovery_fields[] = {
	FIELD("identity", identity, identity, IDENTITY_MAX, C),
	FIELD("server-name", server_name, server_name, SERVER_NAME_MAX, C),
	FIELD("nonce", fixed, nonce, NATIVE_NONCE_LEN, C),
	FIELD("client", line, client, NATIVE_CLIENT_MAX, C),
	FIELD("purpose", purpose, purpose, 0, 0),
};
#undef MESSAGE
#define MESSAGE native_discovered
static const struct native_field discovered_fields[] = {
	FIELD("eligible", eligible, eligible, 0, C),
	FIELD("time", time, time, 0, C),
	FIELD("nonce", fixed, nonce, NATIVE_NONCE_LEN, C),
	FIELD("attempt", attempt, attempt, ID_MAX, C),
	FIELD("state", blob, state, NATIVE_STATE_MAX, 0),
};
#undef MESSAGE
#define MESSAGE native_bootstrap
static const struct native_field bootstrap_fields[] = {
	FIELD("identity", identity, identity, IDENTITY_MAX, C),
	FIELD("server-name", server_name, server_name, SERVER_NAME_MAX, C),
	FIELD("leaf", fixed, leaf, NATIVE_HASH_LEN, C),
	FIELD("selector", fixed, selector, NATIVE_SELECTOR_LEN, PC),
	FIELD("state", blob, state, NATIVE_STATE_MAX, 0),
	FIELD("mac", fixed, mac, NATIVE_MAC_LEN, C),
};
#undef MESSAGE
#define MESSAGE native_bootstrapped
static const struct native_field bootstrapped_fields[] = {
	FIELD("time", time, time, 0, PC),
	FIELD("valid-until", until, valid_until, 0, PC),
	FIELD("anchors", anchors, anchors, NATIVE_ANCHORS_MAX, PC),
	FIELD("attempt", attempt, attempt, ID_MAX, PC),
	FIELD("state", blob, state, NATIVE_STATE_MAX, 0),
	FIELD("mac", fixed, mac, NATIVE_MAC_LEN, C),
};
#undef MESSAGE
#define MESSAGE native_enrollment
static const struct native_field enrollment_fields[] = {
	FIELD("identity", identity, identity, IDENTITY_MAX, C),
	FIELD("server-name", server_name, server_name, SERVER_NAME_MAX, C),
	FIELD("leaf", fixed, leaf, NATIVE_HASH_LEN, C),
	FIELD("serial", line, serial, NATIVE_SERIAL_MAX, PC),
	FIELD("csr", blob, csr, NATIVE_CSR_MAX, PC),
	FIELD("state", blob, state, NATIVE_STATE_MAX, 0),
	FIELD("mac", fixed, mac, NATIVE_MAC_LEN, C),
};
#undef MESSAGE
#define MESSAGE native_enrolled
static const struct native_field enrolled_fields[] = {
	FIELD("time", time, time, 0, PC),
	FIELD("attempt", attempt, attempt, ID_MAX, PC),
	FIELD("document", blob, document, NATIVE_DOCUMENT_MAX, PC),
	FIELD("mac", fixed, mac, NATIVE_MAC_LEN, C),
};
#undef MESSAGE
#define MESSAGE native_leave
static const struct native_field leave_fields[] = {
	FIELD("identity", identity, identity, IDENTITY_MAX, 0),
	FIELD("server-name", server_name, server_name, SERVER_NAME_MAX, 0),
	FIELD("leaf", fixed, leaf, NATIVE_HASH_LEN, 0),
	FIELD("certificate", blob, certificate, NATIVE_CERTIFICATE_MAX, NATIVE_PAYLOAD),
	FIELD("state", blob, state, NATIVE_STATE_MAX, 0),
	FIELD("signature", blob, signature, NATIVE_SIGNATURE_MAX, 0),
};
#undef MESSAGE
#define MESSAGE native_left
static const struct native_field left_fields[] = {
	FIELD("time", time, time, 0, 0),
	FIELD("attempt", attempt, attempt, ID_MAX, 0),
	FIELD("outcome", outcome, outcome, 0, 0),
};
#undef MESSAGE
#define MESSAGE native_refused
static const struct native_field refused_fields[] = {
	FIELD("code", code, code, 0, PC),
	FIELD("time", time, time, 0, PC),
	FIELD("valid-until", until, valid_until, 0, PC),
	FIELD("attempt", attempt_if, attempt, ID_MAX, PC),
	FIELD("mac", mac_if, mac, NATIVE_MAC_LEN, C),
};
#undef MESSAGE

#define WITH(noun, limit, version_offset, shown_offset) \
	.root = #noun, .size = sizeof(struct native_##noun), .octets = limit, \
	.version_at = version_offset, .shown_at = shown_offset, .fields = noun##_fields, \
	.n_fields = ARRAY_LEN(noun##_fields)
#define AT(noun, member) offsetof(struct native_##noun, member)

static const struct native_message discovery = {
	WITH(discovery, NATIVE_REQUEST_MAX, NATIVE_NONE, AT(discovery, shown))
};
static const struct native_message discovered = {
	WITH(discovered, NATIVE_ANSWER_MAX, AT(discovered, version), AT(discovered, shown))
};
static const struct native_message bootstrap = {
	WITH(bootstrap, NATIVE_REQUEST_MAX, AT(bootstrap, version), NATIVE_NONE)
};
static const struct native_message bootstrapped = {
	WITH(bootstrapped, NATIVE_ANSWER_MAX, AT(bootstrapped, version), NATIVE_NONE)
};
static const struct native_message enrollment = {
	WITH(enrollment, NATIVE_REQUEST_MAX, AT(enrollment, version), NATIVE_NONE)
};
static const struct native_message enrolled = {
	WITH(enrolled, NATIVE_ANSWER_MAX, AT(enrolled, version), NATIVE_NONE)
};
static const struct native_message leave = {
	WITH(leave, NATIVE_REQUEST_MAX, AT(leave, version), NATIVE_NONE)
};
static const struct native_message left = {
	WITH(left, NATIVE_ANSWER_MAX, AT(left, version), NATIVE_NONE)
};
static const struct native_message refused = {
	WITH(refused, NATIVE_ANSWER_MAX, AT(refused, version), AT(refused, shown)),
	.any_version = 1,
};

/* Octets that are only read. */
static struct bytes view(const uint8_t *data, size_t len)
{
	return (struct bytes){ (uint8_t *)data, len };
}

#define PARSE_AND_WRITE(noun) \
	int native_##noun##_parse( \
		const uint8_t *xml, size_t len, struct native_##noun *out, struct fail *f) \
	{ \
		struct bytes octets = view(xml, len); \
		return native_parse(&noun, &octets, out, f); \
	} \
	int native_##noun##_write(const struct native_##noun *m, struct str *out) \
	{ \
		return native_write(&noun, m, out); \
	}
#define CLEAR(noun) \
	void native_##noun##_clear(struct native_##noun *m) \
	{ \
		native_clear(&noun, m); \
	}
#define PAYLOAD(noun) \
	void native_##noun##_payload(const struct native_##noun *m, struct str *out) \
	{ \
		native_payload(&noun, m, out); \
	}

PARSE_AND_WRITE(discovery)
PARSE_AND_WRITE(discovered)
PARSE_AND_WRITE(bootstrap)
PARSE_AND_WRITE(bootstrapped)
PARSE_AND_WRITE(enrollment)
PARSE_AND_WRITE(enrolled)
PARSE_AND_WRITE(leave)
PARSE_AND_WRITE(left)
PARSE_AND_WRITE(refused)
CLEAR(discovered)
CLEAR(bootstrap)
CLEAR(bootstrapped)
CLEAR(enrollment)
CLEAR(enrolled)
CLEAR(leave)
PAYLOAD(bootstrap)
PAYLOAD(bootstrapped)
PAYLOAD(enrollment)
PAYLOAD(enrolled)
PAYLOAD(refused)

void native_leave_signed(
	const struct native_leave *m, const struct native_context *c, struct str *out)
{
	autoclean(str_free) struct str payload = STR_INIT(NATIVE_REQUEST_MAX);

	native_payload(&leave, m, &payload);
	native_labelled(NATIVE_DEVICE_LEAVE, c, &payload, out);
}

/* --- transcript ------------------------------------------------------------------------------ */

/* SHA-256 over a label, the hash so far (NULL: none) and one message or two. */
static void hash_chain(const char *label, const uint8_t *so_far, const struct str *messages,
	uint8_t out[NATIVE_HASH_LEN])
{
	autoclean(str_free) struct str input = STR_INIT(messages->len + 256);

	pack_text(&input, label);
	if (so_far != NULL)
		pack_bytes(&input, so_far, NATIVE_HASH_LEN);
	str_add(&input, messages->data, messages->len);
	pki_sha256((const uint8_t *)input.data, input.len, out);
}

void native_transcript_discovery(const struct native_discovery *q,
	const struct native_discovered *a, uint8_t t1[NATIVE_HASH_LEN])
{
	autoclean(str_free) struct str both = STR_INIT(NATIVE_REQUEST_MAX);

	native_chain(&discovery, q, &both);
	native_chain(&discovered, a, &both);
	hash_chain("enrolld-native-1 discovery", NULL, &both, t1);
}

void native_transcript_bootstrap(const uint8_t t1[NATIVE_HASH_LEN],
	const struct native_bootstrap *q, uint8_t out[NATIVE_HASH_LEN])
{
	autoclean(str_free) struct str one = STR_INIT(NATIVE_REQUEST_MAX);

	native_chain(&bootstrap, q, &one);
	hash_chain("enrolld-native-1 bootstrap", t1, &one, out);
}

void native_transcript_bootstrapped(const uint8_t in[NATIVE_HASH_LEN],
	const struct native_bootstrapped *a, uint8_t t2[NATIVE_HASH_LEN])
{
	autoclean(str_free) struct str one = STR_INIT(NATIVE_ANSWER_MAX);

	native_chain(&bootstrapped, a, &one);
	hash_chain("enrolld-native-1 bootstrapped", in, &one, t2);
}

void native_transcript_enrollment(const uint8_t t2[NATIVE_HASH_LEN],
	const struct native_enrollment *q, uint8_t t3[NATIVE_HASH_LEN])
{
	autoclean(str_free) struct str one = STR_INIT(NATIVE_REQUEST_MAX);

	native_chain(&enrollment, q, &one);
	hash_chain("enrolld-native-1 enrollment", t2, &one, t3);
}
