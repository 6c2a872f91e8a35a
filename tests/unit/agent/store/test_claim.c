/* Exactly once. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/unit/agent/store/fixture.h"
#include "tests/unit/cunit.h"

static void test_win_and_resume(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	enum claim_kind kind = CLAIM_NONE;
	char id[ID_MAX] = "";
	uint8_t nonce[STORE_NONCE_LEN], serial[16];
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(kind, CLAIM_WON);
	CU_ASSERT_EQUAL(r.state, RECORD_CLAIMED);
	CU_ASSERT_EQUAL(r.epoch, 1);
	memcpy(nonce, r.nonce, sizeof(nonce));
	CU_ASSERT_EQUAL(claim_device(&x, id, 8, &kind, &r), ENR_ENROLLING_ELSEWHERE);
	CU_ASSERT_EQUAL(r.epoch, 1);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(kind, CLAIM_RESUMED);
	CU_ASSERT_EQUAL(r.epoch, 1);
	CU_ASSERT(memcmp(nonce, r.nonce, sizeof(nonce)) == 0);
	cert_serial_of(7, serial);
	CU_ASSERT(memcmp(serial, r.cert_serial, 16) == 0);
	store_fixture_close(&x);
}

static void test_finished(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(bytes_free) struct bytes document = BYTES_INIT;
	enum claim_kind kind = CLAIM_NONE;
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	enroll_device(&x, id, 7, &r);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(kind, CLAIM_FINISHED);
	CU_ASSERT_EQUAL(store_document(x.s, &r, &document, &f), 0);
	CU_ASSERT_EQUAL(document.len, sizeof("document"));
	CU_ASSERT(memcmp(document.data, "document", 9) == 0);
	CU_ASSERT_EQUAL(claim_device(&x, id, 8, &kind, &r), ENR_PASSWORD_USED);
	clock_set_offset(23 * 3600);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
	clock_set_offset(25 * 3600);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_PASSWORD_USED);
	CU_ASSERT_EQUAL(store_wipe(x.s, clock_now(), &f), 0);
	CU_ASSERT_EQUAL(store_document(x.s, &r, &document, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_PASSWORD_USED);
	clock_set_offset(0);
	store_fixture_close(&x);
}

/* The later of the password's end and a day after the finish, to the second. */
static void test_window(void)
{
	static const struct {
		const char *name;
		int64_t lifetime; /* the password's, from now */
		int64_t open;     /* the window, from the finish */
	} rows[] = {
		{ "LT-1", 3600, 24 * 3600 },
		{ "LT-2", 72 * 3600, 72 * 3600 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
		autoclean(bytes_free) struct bytes document = BYTES_INIT;
		enum claim_kind kind = CLAIM_NONE;
		struct fail f = FAIL_INIT;
		int64_t real = clock_now(), end;
		char id[ID_MAX] = "";
		struct fixture x;

		store_fixture_open(&x);
		CU_ASSERT_EQUAL(add_device(&x, rows[i].name, "a@example.com", 1, id), ENR_NONE);
		if (rows[i].lifetime > 3600)
			CU_ASSERT_EQUAL(
				store_extend(x.s, id, real + rows[i].lifetime, NULL, &f), 0);
		enroll_device(&x, id, 7, &r);
		end = store_window(&r);
		CU_ASSERT(end >= real + rows[i].open && end <= real + rows[i].open + 60);
		clock_set_offset(end - real - 30); /* as long as this may take */
		CU_ASSERT_EQUAL(store_wipe(x.s, end - 1, &f), 0);
		CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
		CU_ASSERT_EQUAL(kind, CLAIM_FINISHED);
		CU_ASSERT_EQUAL(store_document(x.s, &r, &document, &f), 0);
		clock_set_offset(end - real);
		CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_PASSWORD_USED);
		CU_ASSERT_EQUAL(store_wipe(x.s, end, &f), 0);
		CU_ASSERT_EQUAL(store_document(x.s, &r, &document, &f), -1);
		clock_set_offset(0);
		store_fixture_close(&x);
	}
}

static void test_refusals(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	enum claim_kind kind = CLAIM_NONE;
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(claim_device(&x, "E-0000-0000", 7, &kind, &r), ENR_DEVICE_NOT_FOUND);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	clock_set_offset(3601);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_PASSWORD_EXPIRED);
	clock_set_offset(-2);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_PASSWORD_EARLY);
	clock_set_offset(0);
	CU_ASSERT_EQUAL(store_cancel(x.s, id, NULL, &f), 0);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_PASSWORD_CANCELED);
	CU_ASSERT_EQUAL(r.state, RECORD_NONE);
	store_fixture_close(&x);
}

/* A key that won goes on after the end of the password; another does not come in. */
static void test_expiry_once(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	enum claim_kind kind = CLAIM_NONE;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
	clock_set_offset(3601);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(kind, CLAIM_RESUMED);
	CU_ASSERT_EQUAL(claim_device(&x, id, 8, &kind, &r), ENR_ENROLLING_ELSEWHERE);
	clock_set_offset(0);
	store_fixture_close(&x);
}

static enum cert_state state_of(struct fixture *x, const char *id, size_t i, size_t n)
{
	autoclean(store_cert_list_clear) struct store_cert_list l = { NULL, 0 };
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(store_certs(x->s, id, &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, n);
	return i < l.n ? l.item[i].state : CERT_HELD;
}

/* A certificate that was durable and never handed out: kept for its key, revoked for another. */
static void test_kept_certificate(void)
{
	struct bytes der = { (uint8_t[]){ "certificate" }, sizeof("certificate") };
	struct bytes other = { (uint8_t[]){ "other" }, 5 };
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	enum claim_kind kind = CLAIM_NONE;
	struct fail f = FAIL_INIT, why = FAIL_INIT;
	struct store_trouble t = { .why = &why, .phase = "directory" };
	char id[ID_MAX] = "";
	uint8_t serial[16];
	int64_t ends;
	struct fixture x;

	store_fixture_open(&x);
	fail(&why, ENR_CREATE_DENIED, "no right");
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
	ends = r.cert_not_after;
	CU_ASSERT_EQUAL(store_issued(x.s, &r, &der, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_release(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_EQUAL(r.state, RECORD_PENDING);
	CU_ASSERT_EQUAL(r.last_code, ENR_CREATE_DENIED);
	CU_ASSERT_EQUAL(state_of(&x, id, 0, 1), CERT_UNRELEASED);
	clock_set_offset(60);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(kind, CLAIM_WON);
	CU_ASSERT_EQUAL(r.epoch, 2);
	CU_ASSERT_EQUAL(r.cert_not_after, ends);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, &other, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STATE_WRONG);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, NULL, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_release(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_EQUAL(claim_device(&x, id, 8, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(r.epoch, 3);
	cert_serial_of(8, serial);
	CU_ASSERT(memcmp(serial, r.cert_serial, 16) == 0);
	CU_ASSERT_EQUAL(state_of(&x, id, 0, 1), CERT_REVOKED);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, NULL, NULL, &f), -1);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, &der, NULL, &f), 0);
	CU_ASSERT_EQUAL(state_of(&x, id, 1, 2), CERT_UNRELEASED);
	clock_set_offset(0);
	store_fixture_close(&x);
}

/* Who lost the claim, or was late, changes nothing. */
static void test_conditional(void)
{
	struct bytes der = { (uint8_t[]){ "certificate" }, sizeof("certificate") };
	struct store_trouble t = { .server = "ldap://a" };
	autoclean(store_record_clear) struct store_record old = { .state = RECORD_NONE };
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	struct store_object o = { .dn = "CN=X", .guid = "guid-x", .server = "ldap://a" };
	enum claim_kind kind = CLAIM_NONE;
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &old), ENR_NONE);
	CU_ASSERT_EQUAL(store_finish(x.s, &old, &der, NULL, &f), -1);
	CU_ASSERT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(store_release(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_EQUAL(claim_device(&x, id, 8, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(store_issued(x.s, &old, &der, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STATE_WRONG);
	CU_ASSERT_EQUAL(store_joined(x.s, &old, &o, NULL, &f), -1);
	CU_ASSERT_EQUAL(store_uncertain(x.s, &old, &t, NULL, &f), -1);
	CU_ASSERT_EQUAL(store_release(x.s, &old, &t, NULL, &f), -1);
	CU_ASSERT_EQUAL(store_issued(x.s, &r, &der, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_uncertain(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_EQUAL(r.state, RECORD_UNCERTAIN);
	CU_ASSERT_STRING_EQUAL(r.object_server, "ldap://a");
	CU_ASSERT_EQUAL(store_joined(x.s, &r, &o, NULL, &f), 0);
	CU_ASSERT_EQUAL(r.state, RECORD_ISSUED);
	CU_ASSERT_STRING_EQUAL(r.object_guid, "guid-x");
	/* Nor is anything handed out without the certificate of this claim. */
	fixture_sql(&x, "UPDATE cert SET state = 3");
	CU_ASSERT_EQUAL(store_finish(x.s, &r, &der, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STATE_WRONG);
	CU_ASSERT_EQUAL(r.state, RECORD_ISSUED);
	store_fixture_close(&x);
}

/* Where the object is written to is durable before it is written, and no longer than the claim. */
static void test_server(void)
{
	uint8_t spki[STORE_HASH_LEN], serial[16];
	int64_t now = clock_now();
	struct store_claim c = { .spki_sha256 = spki, .cert_serial = serial,
		.cert_not_before = now, .cert_not_after = now + 86400, .now = now,
		.attempt = "A-0000-0001", .server = "ldap://a" };
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(store_record_clear) struct store_record old = { .state = RECORD_NONE };
	struct store_trouble t = { .why = NULL };
	enum claim_kind kind = CLAIM_NONE;
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	c.id = id;
	key_hash_of(7, spki);
	cert_serial_of(7, serial);
	CU_ASSERT_EQUAL(store_claim(x.s, &c, &kind, &old, &f), 0);
	CU_ASSERT_STRING_EQUAL(old.object_server, "ldap://a");
	CU_ASSERT_PTR_NULL(old.object_guid);
	c.server = "ldap://b";
	CU_ASSERT_EQUAL(store_claim(x.s, &c, &kind, &r, &f), 0);
	CU_ASSERT_EQUAL(kind, CLAIM_RESUMED);
	CU_ASSERT_STRING_EQUAL(r.object_server, "ldap://a");
	CU_ASSERT_EQUAL(store_sending(x.s, &r, "ldap://c", NULL, &f), 0);
	CU_ASSERT_EQUAL(r.state, RECORD_CLAIMED);
	fixture_reopen(&x);
	store_record_clear(&r);
	CU_ASSERT_EQUAL(store_by_id(x.s, id, &r, &f), ANSWER_YES);
	CU_ASSERT_EQUAL(r.state, RECORD_CLAIMED);
	CU_ASSERT_STRING_EQUAL(r.object_server, "ldap://c");
	CU_ASSERT_EQUAL(store_release(x.s, &r, &t, NULL, &f), 0);
	CU_ASSERT_PTR_NULL(r.object_server);
	CU_ASSERT_EQUAL(store_sending(x.s, &r, "ldap://a", NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STATE_WRONG);
	CU_ASSERT_EQUAL(store_claim(x.s, &c, &kind, &r, &f), 0);
	CU_ASSERT_STRING_EQUAL(r.object_server, "ldap://b");
	CU_ASSERT_EQUAL(store_sending(x.s, &old, "ldap://a", NULL, &f), -1);
	store_fixture_close(&x);
}

/* --- many at once ---------------------------------------------------------------------------- */

#define THREADS 20
#define CLAIMS 50

struct racer {
	struct fixture *x;
	const char *id;
	int first;
	int won, refused, other;
};

static void *race(void *arg)
{
	struct racer *me = arg;

	for (int i = 0; i < CLAIMS; i++) {
		autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
		enum claim_kind kind = CLAIM_NONE;
		enum code code = claim_device(me->x, me->id, me->first + i, &kind, &r);

		if (code == ENR_NONE && kind == CLAIM_WON)
			me->won++;
		else if (code == ENR_ENROLLING_ELSEWHERE)
			me->refused++;
		else
			me->other++;
	}
	return NULL;
}

static void test_one_winner_of_a_thousand(void)
{
	struct racer racers[THREADS];
	pthread_t threads[THREADS];
	int won = 0, refused = 0, other = 0;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	for (int i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){ &x, id, 1000 + i * CLAIMS, 0, 0, 0 };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		won += racers[i].won;
		refused += racers[i].refused;
		other += racers[i].other;
	}
	CU_ASSERT_EQUAL(won, 1);
	CU_ASSERT_EQUAL(refused, THREADS * CLAIMS - 1);
	CU_ASSERT_EQUAL(other, 0);
	store_fixture_close(&x);
}

static CU_TestInfo tests[] = {
	{ "one key wins, the same key goes on, another is refused", test_win_and_resume },
	{ "the document is given again to its key until the window closes", test_finished },
	{ "the window is the later of two ends", test_window },
	{ "expired, early, canceled and unknown are refused by name", test_refusals },
	{ "expiry is tested once, at the claim", test_expiry_once },
	{ "a durable certificate is kept for its key and revoked for another",
		test_kept_certificate },
	{ "every step is conditional on the claim", test_conditional },
	{ "the server that is written to is durable with the claim", test_server },
	{ "of a thousand claims at once one wins", test_one_winner_of_a_thousand },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_store_claim = { "agent/store/claim", NULL, NULL, NULL, NULL, tests };
