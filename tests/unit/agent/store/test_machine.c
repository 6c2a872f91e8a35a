/* What Active Directory adds: a machine password that lives as long as its claim, an object before
 * the certificate, and an object that is taken over. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/unit/agent/store/fixture.h"
#include "tests/unit/cunit.h"

#define SECRET "correct horse battery staple"

static struct bytes der = { (uint8_t[]){ "certificate" }, sizeof("certificate") };
static struct bytes document = { (uint8_t[]){ "document" }, sizeof("document") };
static const struct store_object object = { "CN=X,OU=Sales,DC=example", "guid-x", "ldap://a",
	"X$", "S-1-5-21-1-2-3-1104", 2 };

static void claim(struct fixture *x, const char *id, int n, struct store_record *r)
{
	uint8_t spki[STORE_HASH_LEN], serial[16];
	int64_t now = clock_now();
	struct store_claim c = { .id = id,
		.spki_sha256 = spki,
		.cert_serial = serial,
		.cert_not_before = now - 600,
		.cert_not_after = now + 86400,
		.now = now,
		.machine_password = SECRET };
	struct fail f = FAIL_INIT;
	enum claim_kind kind = CLAIM_NONE;

	key_hash_of(n, spki);
	cert_serial_of(n, serial);
	CU_ASSERT_EQUAL(store_claim(x->s, &c, &kind, r, &f), 0);
	CU_ASSERT_STRING_EQUAL(f.evidence, "");
}

static enum code password(struct fixture *x, const struct store_record *r)
{
	char text[STORE_MACHINE_PASSWORD_MAX] = "";
	struct fail f = FAIL_INIT;

	if (store_machine_password(x->s, r, text, &f) == 0)
		CU_ASSERT_STRING_EQUAL(text, SECRET);
	return f.code;
}

static void test_password(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	struct store_trouble t = { .phase = "certificate" };
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	claim(&x, id, 7, &r);
	CU_ASSERT_EQUAL(password(&x, &r), ENR_NONE);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(password(&x, &r), ENR_NONE);
	r.epoch++;
	CU_ASSERT_EQUAL(password(&x, &r), ENR_STORE_KEY_MISSING);
	r.epoch--;
	CU_ASSERT_EQUAL(store_release(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_EQUAL(password(&x, &r), ENR_STATE_WRONG);
	claim(&x, id, 7, &r);
	CU_ASSERT_EQUAL(password(&x, &r), ENR_NONE);
	CU_ASSERT_EQUAL(store_joined(x.s, &r, &object, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, &der, NULL, &f), 0);
	CU_ASSERT_EQUAL(password(&x, &r), ENR_NONE);
	CU_ASSERT_EQUAL(store_finish(x.s, &r, &document, NULL, &f), 0);
	CU_ASSERT_EQUAL(password(&x, &r), ENR_STATE_WRONG);
	store_fixture_close(&x);
}

/* The object stands before there is a certificate, also after nobody knew whether it does. */
static void test_object_first(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	struct store_trouble t = { .phase = "directory", .server = "ldap://a" };
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	claim(&x, id, 7, &r);
	CU_ASSERT_EQUAL(store_uncertain(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_EQUAL(r.state, RECORD_UNCERTAIN);
	CU_ASSERT_EQUAL(store_joined(x.s, &r, &object, NULL, &f), 0);
	CU_ASSERT_EQUAL(r.state, RECORD_CLAIMED);
	CU_ASSERT_STRING_EQUAL(r.object_account, "X$");
	CU_ASSERT_STRING_EQUAL(r.object_sid, "S-1-5-21-1-2-3-1104");
	CU_ASSERT_EQUAL(r.object_key_version, 2);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, &der, NULL, &f), 0);
	CU_ASSERT_EQUAL(r.state, RECORD_ISSUED);
	CU_ASSERT_EQUAL(store_uncertain(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_joined(x.s, &r, &object, NULL, &f), 0);
	CU_ASSERT_EQUAL(r.state, RECORD_ISSUED);
	CU_ASSERT_EQUAL(store_release(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_PTR_NULL(r.object_account);
	CU_ASSERT_PTR_NULL(r.object_sid);
	CU_ASSERT_EQUAL(r.object_key_version, 0);
	store_fixture_close(&x);
}

/* Publishing was refused for good: the certificate ends, the claim goes on under another serial. */
static void test_discard(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(store_cert_list_clear) struct store_cert_list certs = { NULL, 0 };
	uint8_t serial[16];
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	claim(&x, id, 7, &r);
	CU_ASSERT_EQUAL(store_joined(x.s, &r, &object, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, &der, NULL, &f), 0);
	cert_serial_of(8, serial);
	CU_ASSERT_EQUAL(store_discard(x.s, &r, serial, NULL, &f), 0);
	CU_ASSERT_EQUAL(r.state, RECORD_CLAIMED);
	CU_ASSERT(memcmp(r.cert_serial, serial, sizeof(serial)) == 0);
	CU_ASSERT_STRING_EQUAL(r.object_guid, "guid-x");
	CU_ASSERT_EQUAL(store_certs(x.s, id, &certs, &f), 0);
	CU_ASSERT(certs.n == 1 && certs.item[0].state == CERT_REVOKED);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, &der, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_finish(x.s, &r, &document, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_discard(x.s, &r, serial, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STATE_WRONG);
	store_fixture_close(&x);
}

/* An enrollment under password n that is to take over the object of another. */
static enum code add_taker(struct fixture *x, const char *of, int n, char id[ID_MAX])
{
	uint8_t root[STORE_ROOT_LEN], selector[STORE_SELECTOR_LEN];
	int64_t now = clock_now();
	struct store_record r = { .identity = (char[]){ "a@example.com" },
		.name = (char[]){ "LT-1" },
		.fqdn = (char[]){ "lt-1.corp.example.com" },
		.ou_dn = (char[]){ "OU=Sales,DC=example" },
		.ou_guid = (char[]){ "guid-1" },
		.profile = (char[]){ "default" },
		.dialects = (char[]){ "native" },
		.groups = (char[]){ "CN=A\nCN=B" },
		.take_guid = (char[]){ "guid-x" },
		.take_mark = (char[]){ "1:E-OLD:1:00" },
		.take_record = (char *)(uintptr_t)of,
		.created_by = (char[]){ "root" },
		.not_before = now,
		.expires = now + 3600 };
	struct store_password p = { .root = root, .selector = selector };
	struct fail f = FAIL_INIT;

	password_of(n, root, selector);
	if (store_add(x->s, &r, &p, &(struct store_actor){ .who = "root" }, &f) == 0 && id)
		memcpy(id, r.id, ID_MAX);
	return f.code;
}

static enum record_state state_of(struct fixture *x, const char *id)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	struct fail f = FAIL_INIT;

	return store_by_id(x->s, id, &r, &f) == ANSWER_YES ? r.state : RECORD_NONE;
}

static void test_taking_over(void)
{
	autoclean(store_record_clear) struct store_record old = { .state = RECORD_NONE };
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(store_cert_list_clear) struct store_cert_list certs = { NULL, 0 };
	struct store_trouble t = { .phase = "certificate", .left_mark = "1:E-NEW:1:11" };
	char first[ID_MAX] = "", id[ID_MAX] = "";
	enum claim_kind kind = CLAIM_NONE;
	struct fail f = FAIL_INIT;
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, first), ENR_NONE);
	enroll_device(&x, first, 1, &old);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 2, NULL), ENR_NAME_TAKEN);
	CU_ASSERT_EQUAL(add_taker(&x, first, 3, id), ENR_NONE);
	CU_ASSERT_EQUAL(add_taker(&x, first, 4, NULL), ENR_NAME_TAKEN);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 2, NULL), ENR_NAME_TAKEN);
	claim(&x, id, 7, &r);
	CU_ASSERT_STRING_EQUAL(r.groups, "CN=A\nCN=B");
	CU_ASSERT_STRING_EQUAL(r.take_record, first);
	/* It failed after the object had been taken: the next try knows its mark, sealed. */
	CU_ASSERT_EQUAL(store_joined(x.s, &r, &object, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_release(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_STRING_EQUAL(r.take_mark, "1:E-NEW:1:11");
	CU_ASSERT_EQUAL(state_of(&x, first), RECORD_ENROLLED);
	claim(&x, id, 7, &r);
	CU_ASSERT_STRING_EQUAL(r.take_mark, "1:E-NEW:1:11");
	CU_ASSERT_EQUAL(store_joined(x.s, &r, &object, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, &der, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_finish(x.s, &r, &document, NULL, &f), 0);
	CU_ASSERT_STRING_EQUAL(f.evidence, "");
	CU_ASSERT_EQUAL(state_of(&x, id), RECORD_ENROLLED);
	CU_ASSERT_EQUAL(state_of(&x, first), RECORD_REPLACED);
	CU_ASSERT_EQUAL(store_certs(x.s, first, &certs, &f), 0);
	CU_ASSERT_EQUAL_FATAL(certs.n, 1);
	CU_ASSERT_EQUAL(certs.item[0].state, CERT_REVOKED);
	CU_ASSERT_EQUAL(certs.item[0].reason, 4);
	CU_ASSERT_EQUAL(claim_device(&x, first, 1, &kind, &old), ENR_PASSWORD_USED);
	CU_ASSERT_EQUAL(store_document(x.s, &old, &document, &f), -1);
	/* The new one holds the name now, alone, and can be taken over in its turn. */
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 2, NULL), ENR_NAME_TAKEN);
	CU_ASSERT_EQUAL(add_taker(&x, id, 5, NULL), ENR_NONE);
	store_fixture_close(&x);
}

/* A device that is ended by an admin takes the password of its re-imaging with it. */
static void test_taking_withdrawn(void)
{
	for (int withdraw = 0; withdraw < 2; withdraw++) {
		autoclean(store_record_clear) struct store_record old = { .state = RECORD_NONE };
		char first[ID_MAX] = "", id[ID_MAX] = "";
		struct store_change c = { .id = first, .to = RECORD_REVOKED, .reason = 1,
			.withdraw = withdraw };
		struct fail f = FAIL_INIT;
		struct fixture x;

		store_fixture_open(&x);
		CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, first), ENR_NONE);
		enroll_device(&x, first, 1, &old);
		CU_ASSERT_EQUAL(add_taker(&x, first, 3, id), ENR_NONE);
		CU_ASSERT_EQUAL(store_set_state(x.s, &c, NULL, &f), 0);
		CU_ASSERT_EQUAL(state_of(&x, id), withdraw ? RECORD_CANCELED : RECORD_PENDING);
		store_fixture_close(&x);
	}
}

/* A password for a re-imaging that ran out lets go of the name like any other. */
static void test_taking_expired(void)
{
	autoclean(store_record_clear) struct store_record old = { .state = RECORD_NONE };
	char first[ID_MAX] = "", id[ID_MAX] = "", next[ID_MAX] = "";
	struct store_password p;
	uint8_t root[STORE_ROOT_LEN], selector[STORE_SELECTOR_LEN];
	struct fail f = FAIL_INIT;
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, first), ENR_NONE);
	enroll_device(&x, first, 1, &old);
	CU_ASSERT_EQUAL(add_taker(&x, first, 3, id), ENR_NONE);
	clock_set_offset(3601);
	CU_ASSERT_EQUAL(add_taker(&x, first, 4, next), ENR_NONE);
	password_of(5, root, selector);
	p = (struct store_password){ root, selector, clock_now() + 3600 };
	CU_ASSERT_EQUAL(store_reissue(x.s, id, &p, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_NAME_TAKEN);
	CU_ASSERT_EQUAL(store_cancel(x.s, next, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_reissue(x.s, id, &p, NULL, &f), 0);
	CU_ASSERT_EQUAL(state_of(&x, first), RECORD_ENROLLED);
	clock_set_offset(0);
	store_fixture_close(&x);
}

static CU_TestInfo tests[] = {
	{ "a machine password lives as long as its claim", test_password },
	{ "the object may stand before the certificate", test_object_first },
	{ "a certificate that nobody may have is discarded", test_discard },
	{ "an enrollment that takes an object over ends the one before", test_taking_over },
	{ "one enrollment at a time waits to take an object over", test_taking_expired },
	{ "a device that is ended takes its waiting re-imaging with it", test_taking_withdrawn },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_store_machine = { "agent/store/machine", NULL, NULL, NULL, NULL, tests };
