#include "agent/enrollment/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static const uint8_t key[32] = { 1, 2, 3 };
static const struct conversation_lock lock = { key, CONVERSATION_DISCOVERED, 1000000 };
static const struct conversation_lock lock2 = { key, CONVERSATION_BOOTSTRAPPED, 1000000 };

static struct conversation sample(void)
{
	struct conversation c = {
		.issued = 1000000, .attempt = "A-7K3M-Q9TD", .listener = "main",
		.client = "enroll/1.0.0", .eligible = ANSWER_YES, .version = 1,
		.shown_device = "1,2", .shown_server = "1", .identity = "andreas@contoso.test",
		.server_name = "mobileenroll.contoso.test",
	};

	memset(c.nonce_device, 0x11, sizeof(c.nonce_device));
	memset(c.nonce_server, 0x22, sizeof(c.nonce_server));
	memset(c.transcript, 0x33, sizeof(c.transcript));
	memset(c.selector, 0x44, sizeof(c.selector));
	memset(c.leaf, 0x55, sizeof(c.leaf));
	return c;
}

static void what_was_sealed_comes_out(void)
{
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	struct conversation in = sample(), out;

	memset(&out, 0, sizeof(out));
	conversation_seal(&lock, &in, &sealed);
	CU_ASSERT_TRUE(sealed.len <= NATIVE_STATE_MAX);
	CU_ASSERT_EQUAL(conversation_open(&lock, &sealed, &out, NULL), 0);
	CU_ASSERT_EQUAL(out.issued, in.issued);
	CU_ASSERT_EQUAL(out.eligible, ANSWER_YES);
	CU_ASSERT_EQUAL(out.version, 1);
	CU_ASSERT_STRING_EQUAL(out.attempt, in.attempt);
	CU_ASSERT_STRING_EQUAL(out.listener, in.listener);
	CU_ASSERT_STRING_EQUAL(out.client, in.client);
	CU_ASSERT_STRING_EQUAL(out.shown_device, in.shown_device);
	CU_ASSERT_STRING_EQUAL(out.shown_server, in.shown_server);
	CU_ASSERT_STRING_EQUAL(out.identity, in.identity);
	CU_ASSERT_STRING_EQUAL(out.server_name, in.server_name);
	CU_ASSERT_EQUAL(memcmp(out.nonce_device, in.nonce_device, 32), 0);
	CU_ASSERT_EQUAL(memcmp(out.nonce_server, in.nonce_server, 32), 0);
	CU_ASSERT_EQUAL(memcmp(out.transcript, in.transcript, 32), 0);
	CU_ASSERT_EQUAL(memcmp(out.selector, in.selector, 16), 0);
	CU_ASSERT_EQUAL(memcmp(out.leaf, in.leaf, 32), 0);
}

static void the_longest_of_everything_fits(void)
{
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	struct conversation c = sample();

	memset(c.listener, 'l', sizeof(c.listener) - 1);
	memset(c.client, 'c', sizeof(c.client) - 1);
	memset(c.shown_device, '1', sizeof(c.shown_device) - 1);
	memset(c.shown_server, '1', sizeof(c.shown_server) - 1);
	memset(c.identity, 'i', sizeof(c.identity) - 1);
	memset(c.server_name, 's', sizeof(c.server_name) - 1);
	conversation_seal(&lock2, &c, &sealed);
	CU_ASSERT_TRUE(sealed.len <= NATIVE_STATE_MAX);
	CU_ASSERT_EQUAL(conversation_open(&lock2, &sealed, &c, NULL), 0);
}

static void a_state_opens_in_its_phase_and_time_alone(void)
{
	static const uint8_t other[32] = { 1, 2, 4 };
	static const struct {
		const uint8_t *key;
		enum conversation_type type;
		int64_t now;
		int opens;
	} rows[] = {
		{ key, CONVERSATION_DISCOVERED, 1000000, 1 },
		{ key, CONVERSATION_DISCOVERED, 1000600, 1 },
		{ key, CONVERSATION_DISCOVERED, 1000601, 0 },
		{ key, CONVERSATION_DISCOVERED, 1000000 - 60, 1 },
		{ key, CONVERSATION_DISCOVERED, 1000000 - 61, 0 },
		{ key, CONVERSATION_BOOTSTRAPPED, 1000000, 0 },
		{ key, CONVERSATION_NONE, 1000000, 0 },
		{ other, CONVERSATION_DISCOVERED, 1000000, 0 },
	};
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	struct conversation c = sample(), out;

	conversation_seal(&lock, &c, &sealed);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct conversation_lock l = { rows[i].key, rows[i].type, rows[i].now };
		struct fail f = FAIL_INIT;

		memset(&out, 0xee, sizeof(out));
		CU_ASSERT_EQUAL(conversation_open(&l, &sealed, &out, &f), rows[i].opens ? 0 : -1);
		CU_ASSERT_EQUAL(f.code, rows[i].opens ? ENR_NONE : ENR_CONVERSATION_EXPIRED);
		if (!rows[i].opens)
			CU_ASSERT_EQUAL((uint8_t)out.attempt[0], 0xee); /* untouched */
	}
}

static void no_octet_may_change(void)
{
	autoclean(bytes_free) struct bytes sealed = BYTES_INIT;
	struct conversation c = sample();
	struct bytes cut;

	conversation_seal(&lock, &c, &sealed);
	for (size_t i = 0; i < sealed.len; i++) {
		sealed.data[i] ^= 1;
		CU_ASSERT_EQUAL(conversation_open(&lock, &sealed, &c, NULL), -1);
		sealed.data[i] ^= 1;
	}
	for (size_t n = 0; n < sealed.len; n++) {
		cut = (struct bytes){ sealed.data, n };
		CU_ASSERT_EQUAL(conversation_open(&lock, &cut, &c, NULL), -1);
	}
}

static CU_TestInfo tests[] = {
	{ "what was sealed comes out", what_was_sealed_comes_out },
	{ "the longest of everything fits", the_longest_of_everything_fits },
	{ "a state opens in its phase and time alone", a_state_opens_in_its_phase_and_time_alone },
	{ "no octet may change", no_octet_may_change },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_agent_enrollment_conversation = {
	.pName = "agent/enrollment/conversation",
	.pTests = tests,
};
