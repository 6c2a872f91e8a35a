/* tests/vectors/native.json against the C. The same numbers are computed without any C of ours by
 * tests/vectors/check-native.py. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/pki/hash.h"
#include "lib/pki/sign.h"
#include "lib/wire/native.h"
#include "tests/unit/cunit.h"

#define FILE_NAME "tests/vectors/native.json"

/* Everything the file is about, computed by the code under test. */
static struct {
	json_t *file;
	uint8_t root[NATIVE_ROOT_LEN];
	struct native_discovery discovery;
	struct native_discovered discovered;
	struct native_bootstrap bootstrap;
	struct native_bootstrapped bootstrapped;
	struct native_enrollment enrollment;
	struct native_enrolled enrolled;
	struct native_refused refused, refused_early;
	struct native_leave leave;
	struct native_left left;
	uint8_t t1[NATIVE_HASH_LEN], t2a[NATIVE_HASH_LEN], t2[NATIVE_HASH_LEN], t3[NATIVE_HASH_LEN];
} v;

static const char *text(const char *part, const char *name)
{
	const char *found = json_string_value(json_object_get(json_object_get(v.file, part), name));

	if (found == NULL)
		abort(); /* the file is not what this test was written for */
	return found;
}

static void check_hex(const uint8_t *got, size_t len, const char *want)
{
	autoclean(str_free) struct str s = STR_INIT(1 << 20);

	hex_add(&s, got, len);
	CU_ASSERT_STRING_EQUAL(str_text(&s), want);
}

#define PARSE(noun) \
	native_##noun##_parse((const uint8_t *)text("messages", #noun), \
		strlen(text("messages", #noun)), &v.noun, NULL)
#define CHECK_WRITTEN(noun) \
	do { \
		autoclean(str_free) struct str s = STR_INIT(1 << 20); \
		CU_ASSERT_EQUAL(native_##noun##_write(&v.noun, &s), 0); \
		CU_ASSERT_STRING_EQUAL(str_text(&s), text("messages", #noun)); \
	} while (0)

static int load(void)
{
	v.file = json_load_file(FILE_NAME, 0, NULL);
	if (v.file == NULL)
		return -1;
	native_root(text("inputs", "password"), text("inputs", "identity"), v.root);
	if (PARSE(discovery) < 0 || PARSE(discovered) < 0 || PARSE(bootstrap) < 0 ||
		PARSE(bootstrapped) < 0 || PARSE(enrollment) < 0 || PARSE(enrolled) < 0 ||
		PARSE(refused) < 0 || PARSE(leave) < 0 || PARSE(left) < 0)
		return -1;
	if (native_refused_parse((const uint8_t *)text("messages", "refused-early"),
		    strlen(text("messages", "refused-early")), &v.refused_early, NULL) < 0)
		return -1;
	native_transcript_discovery(&v.discovery, &v.discovered, v.t1);
	native_transcript_bootstrap(v.t1, &v.bootstrap, v.t2a);
	native_transcript_bootstrapped(v.t2a, &v.bootstrapped, v.t2);
	native_transcript_enrollment(v.t2, &v.enrollment, v.t3);
	return 0;
}

static int unload(void)
{
	native_discovered_clear(&v.discovered);
	native_bootstrap_clear(&v.bootstrap);
	native_bootstrapped_clear(&v.bootstrapped);
	native_enrollment_clear(&v.enrollment);
	native_enrolled_clear(&v.enrolled);
	native_leave_clear(&v.leave);
	json_decref(v.file);
	return 0;
}

static void keys_are_those_of_the_file(void)
{
	static const struct {
		const char *name;
		enum native_label label;
	} rows[] = {
		{ "device bootstrap", NATIVE_DEVICE_BOOTSTRAP },
		{ "server bootstrap", NATIVE_SERVER_BOOTSTRAP },
		{ "device enrollment", NATIVE_DEVICE_ENROLLMENT },
		{ "server enrollment", NATIVE_SERVER_ENROLLMENT },
		{ "server refusal", NATIVE_SERVER_REFUSAL },
		{ "document secret", NATIVE_DOCUMENT_SECRET },
	};
	uint8_t key[32], selector[NATIVE_SELECTOR_LEN];

	check_hex(v.root, sizeof(v.root), text("keys", "root"));
	native_selector(v.root, selector);
	check_hex(selector, sizeof(selector), text("keys", "selector"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		native_key(v.root, rows[i].label, key);
		check_hex(key, sizeof(key), text("keys", rows[i].name));
	}
}

static void messages_are_written_octet_for_octet(void)
{
	CHECK_WRITTEN(discovery);
	CHECK_WRITTEN(discovered);
	CHECK_WRITTEN(bootstrap);
	CHECK_WRITTEN(bootstrapped);
	CHECK_WRITTEN(enrollment);
	CHECK_WRITTEN(enrolled);
	CHECK_WRITTEN(refused);
	CHECK_WRITTEN(leave);
	CHECK_WRITTEN(left);
}

static void transcripts_and_challenge_are_those_of_the_file(void)
{
	struct native_context c = { .version = 1 };
	char challenge[NATIVE_CHALLENGE_MAX];

	check_hex(v.t1, sizeof(v.t1), text("transcripts", "T1"));
	check_hex(v.t2a, sizeof(v.t2a), text("transcripts", "T2a"));
	check_hex(v.t2, sizeof(v.t2), text("transcripts", "T2"));
	check_hex(v.t3, sizeof(v.t3), text("transcripts", "T3"));
	memcpy(c.transcript, v.t2, sizeof(v.t2));
	memcpy(c.nonce_device, v.discovery.nonce, sizeof(c.nonce_device));
	memcpy(c.nonce_server, v.discovered.nonce, sizeof(c.nonce_server));
	native_challenge(&c, challenge);
	CU_ASSERT_STRING_EQUAL(challenge, json_string_value(json_object_get(v.file, "challenge")));
}

/* The MAC of one message: as the code makes it, in the message, in the file. */
static void check_mac(const char *name, enum native_label label, const uint8_t *transcript,
	const struct str *payload, const uint8_t *carried)
{
	json_t *row = json_object_get(json_object_get(v.file, "macs"), name);
	struct native_context c = { .version = v.discovered.version };
	uint8_t mac[NATIVE_MAC_LEN];

	memcpy(c.shown_device, v.discovery.shown, sizeof(c.shown_device));
	memcpy(c.shown_server, v.discovered.shown, sizeof(c.shown_server));
	memcpy(c.identity, v.bootstrap.identity, sizeof(c.identity));
	memcpy(c.server_name, v.bootstrap.server_name, sizeof(c.server_name));
	memcpy(c.leaf, v.bootstrap.leaf, sizeof(c.leaf));
	memcpy(c.nonce_device, v.discovery.nonce, sizeof(c.nonce_device));
	memcpy(c.nonce_server, v.discovered.nonce, sizeof(c.nonce_server));
	memcpy(c.transcript, transcript, sizeof(c.transcript));
	native_mac(v.root, label, &c, payload, mac);
	check_hex((const uint8_t *)payload->data, payload->len,
		json_string_value(json_object_get(row, "payload")));
	check_hex(mac, sizeof(mac), json_string_value(json_object_get(row, "mac")));
	CU_ASSERT_TRUE(mem_equal(mac, carried, sizeof(mac)));
}

#define CHECK_MAC(noun, label, transcript) \
	do { \
		autoclean(str_free) struct str payload = STR_INIT(1 << 20); \
		native_##noun##_payload(&v.noun, &payload); \
		check_mac(#noun, label, transcript, &payload, v.noun.mac); \
	} while (0)

static void macs_are_those_of_the_file(void)
{
	autoclean(str_free) struct str early = STR_INIT(1000);

	native_refused_payload(&v.refused_early, &early);
	check_mac("refused-early", NATIVE_SERVER_REFUSAL, v.t2a, &early, v.refused_early.mac);
	CHECK_MAC(bootstrap, NATIVE_DEVICE_BOOTSTRAP, v.t1);
	CHECK_MAC(bootstrapped, NATIVE_SERVER_BOOTSTRAP, v.t2a);
	CHECK_MAC(enrollment, NATIVE_DEVICE_ENROLLMENT, v.t2);
	CHECK_MAC(enrolled, NATIVE_SERVER_ENROLLMENT, v.t3);
	CHECK_MAC(refused, NATIVE_SERVER_REFUSAL, v.t3);
}

static void what_leave_signs_is_that_of_the_file(void)
{
	autoclean(str_free) struct str input = STR_INIT(1 << 20);
	struct native_context c = { .version = v.discovered.version };
	json_t *row = json_object_get(v.file, "leave");

	memcpy(c.shown_device, v.discovery.shown, sizeof(c.shown_device));
	memcpy(c.shown_server, v.discovered.shown, sizeof(c.shown_server));
	memcpy(c.identity, v.leave.identity, sizeof(c.identity));
	memcpy(c.server_name, v.leave.server_name, sizeof(c.server_name));
	memcpy(c.leaf, v.leave.leaf, sizeof(c.leaf));
	memcpy(c.nonce_device, v.discovery.nonce, sizeof(c.nonce_device));
	memcpy(c.nonce_server, v.discovered.nonce, sizeof(c.nonce_server));
	memcpy(c.transcript, v.t1, sizeof(c.transcript));
	native_leave_signed(&v.leave, &c, &input);
	check_hex((const uint8_t *)input.data, input.len,
		json_string_value(json_object_get(row, "input")));
	check_hex(v.leave.signature.data, v.leave.signature.len,
		json_string_value(json_object_get(row, "signature")));
	CU_ASSERT_EQUAL(pki_verify(&v.leave.certificate, &input, &v.leave.signature, NULL), 0);
	input.data[0] ^= 1;
	CU_ASSERT_EQUAL(pki_verify(&v.leave.certificate, &input, &v.leave.signature, NULL), -1);
}

static void the_secret_opens_and_is_bound_to_its_name(void)
{
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT, plain = BYTES_INIT;
	autoclean(str_free) struct str aad = STR_INIT(1024);
	struct bytes view;
	uint8_t key[32];

	native_secret_aad(text("secret", "name"), text("secret", "enrollment"), &aad);
	check_hex((const uint8_t *)aad.data, aad.len, text("secret", "aad"));
	native_key(v.root, NATIVE_DOCUMENT_SECRET, key);
	CU_ASSERT_EQUAL_FATAL(b64_decode(text("secret", "sealed"),
		strlen(text("secret", "sealed")), 1024, &sealed), 0);
	view = (struct bytes){ (uint8_t *)aad.data, aad.len };
	CU_ASSERT_EQUAL_FATAL(pki_open(key, &view, sealed.data, sealed.len, &plain), 0);
	CU_ASSERT_EQUAL(plain.len, strlen(text("secret", "plain")));
	CU_ASSERT_EQUAL(memcmp(plain.data, text("secret", "plain"), plain.len), 0);
	view.len--;
	CU_ASSERT_EQUAL(pki_open(key, &view, sealed.data, sealed.len, &plain), -1);
}

/* Rows of [typed, canonical or null]. */
static void check_rows(const char *part, int (*canonical)(const char *typed, char *out))
{
	json_t *rows = json_object_get(v.file, part), *row;
	size_t i;

	CU_ASSERT_TRUE(json_array_size(rows) > 10);
	json_array_foreach(rows, i, row) {
		const char *want = json_string_value(json_array_get(row, 1));
		char out[512], again[512];
		int rc = canonical(json_string_value(json_array_get(row, 0)), out);

		CU_ASSERT_EQUAL(rc, want ? 0 : -1);
		if (rc < 0 || want == NULL)
			continue;
		CU_ASSERT_STRING_EQUAL(out, want);
		CU_ASSERT_EQUAL(canonical(out, again), 0);
		CU_ASSERT_STRING_EQUAL(out, again);
	}
}

static int canonical_identity(const char *typed, char *out)
{
	return identity_canonical(typed, strlen(typed), out, NULL);
}

static int canonical_server_name(const char *typed, char *out)
{
	return server_name_canonical(typed, out, NULL, NULL);
}

static int canonical_password(const char *typed, char *out)
{
	return password_parse(typed, strlen(typed), out, NULL);
}

static void names_and_passwords_have_the_canonical_form_of_the_file(void)
{
	check_rows("identities", canonical_identity);
	check_rows("server_names", canonical_server_name);
	check_rows("passwords", canonical_password);
}

static CU_TestInfo tests[] = {
	{ "keys are those of the file", keys_are_those_of_the_file },
	{ "messages are written octet for octet", messages_are_written_octet_for_octet },
	{ "transcripts and challenge are those of the file",
	  transcripts_and_challenge_are_those_of_the_file },
	{ "MACs are those of the file", macs_are_those_of_the_file },
	{ "what leave signs is that of the file", what_leave_signs_is_that_of_the_file },
	{ "the secret opens and is bound to its name", the_secret_opens_and_is_bound_to_its_name },
	{ "names and passwords have the canonical form of the file",
	  names_and_passwords_have_the_canonical_form_of_the_file },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_wire_vectors = {
	.pName = "lib/wire/vectors", .pInitFunc = load, .pCleanupFunc = unload, .pTests = tests
};
