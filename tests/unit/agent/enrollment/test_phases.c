/* Phases 1 to 3 on a real store and a real CA, up to where a directory would be asked: it never
 * answers here. What happens behind that is shown against a real one by tests/behave/heart.sh. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/pki/crl.h"
#include "lib/pki/csr.h"
#include "tests/unit/agent/enrollment/fixture.h"
#include "tests/unit/cunit.h"

static struct fixture x;

static int suite_begin(void)
{
	fixture_open(&x, NULL, NULL);
	return 0;
}

static int suite_end(void)
{
	clock_set_offset(0);
	fixture_close(&x);
	return 0;
}

/* A record of its own for a test, and the device that has its password. */
static void expect(const char *name, fixture_change *change, struct peer *p, char id[ID_MAX])
{
	char password[PASSWORD_TEXT_MAX];

	fixture_expect(&x, name, change, id, password);
	peer_begin(p, FIXTURE_IDENTITY, password, FIXTURE_SERVER);
}

static void discovery_answers_and_a_no_ends_nothing(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX];

	peer_begin(&p, "nobody@contoso.test", "00000-00000-00000-00001", FIXTURE_SERVER);
	peer_discovery(&p);
	fixture_send(&x, &p, REQUEST_DISCOVERY, NULL, &a);
	CU_ASSERT_EQUAL(a.code, ENR_NONE);
	CU_ASSERT_EQUAL(a.eligible, ANSWER_NO);
	CU_ASSERT_EQUAL(a.charge, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(a.log, "code=ENR-105"));
	CU_ASSERT_TRUE(p.discovered.state.len > 0);
	peer_bootstrap(&p);
	peer_bootstrap_prove(&p);
	fixture_send(&x, &p, REQUEST_BOOTSTRAP, NULL, &a);
	CU_ASSERT_EQUAL(a.code, ENR_PASSWORD_WRONG);
	CU_ASSERT_FALSE(a.proved);
	CU_ASSERT_EQUAL(a.charge, 1);
	CU_ASSERT_STRING_EQUAL(a.attempt, p.discovered.attempt);
	peer_end(&p);

	expect("WM-DISC", NULL, &p, id);
	peer_discovery(&p);
	fixture_send(&x, &p, REQUEST_DISCOVERY, NULL, &a);
	CU_ASSERT_EQUAL(a.eligible, ANSWER_YES);
	CU_ASSERT_EQUAL(a.charge, 0);
}

static void bootstrap_vouches_for_our_root(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX];

	expect("WM-BOOT", NULL, &p, id);
	fixture_bootstrap(&x, &p, &a);
	CU_ASSERT_EQUAL_FATAL(a.code, ENR_NONE);
	CU_ASSERT_TRUE(a.proved);
	CU_ASSERT_EQUAL(p.bootstrapped.n_anchors, 1);
	CU_ASSERT_TRUE(p.bootstrapped.valid_until > clock_now());
	CU_ASSERT_EQUAL(p.bootstrapped.anchors[0].roles,
		ANCHOR_SERVER | ANCHOR_DEVICE_CA | ANCHOR_DM_SERVER);
	CU_ASSERT_EQUAL(p.bootstrapped.anchors[0].der.len, ca_root(x.ca)->len);
	CU_ASSERT_EQUAL(fixture_state(&x, id), RECORD_PENDING);
}

/* What the admin reads of a device that proved its password, and then met a directory that does not
 * answer. */
static void the_story_tells_what_happened_in_order(void)
{
	static const char *const wanted[] = { "expected", "attempt", "eligibility", "bootstrap",
		"enrollment", "directory" };
	autoclean(store_event_list_clear) struct store_event_list l = { NULL, 0 };
	autoclean(peer_end) struct peer p = { 0 };
	struct store_range range = { .max = 0 };
	struct fixture_answer a;
	char id[ID_MAX];

	expect("WM-STORY", NULL, &p, id);
	fixture_enroll(&x, &p, &a);
	CU_ASSERT_EQUAL(a.code, ENR_DIRECTORY_UNREACHABLE);
	range.of = id;
	CU_ASSERT_EQUAL(store_events(x.store, &range, &l, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, ARRAY_LEN(wanted));
	for (size_t i = 0; i < l.n; i++) {
		CU_ASSERT_STRING_EQUAL(l.item[i].event, wanted[i]);
		CU_ASSERT_EQUAL(l.item[i].code,
			i == l.n - 1 ? ENR_DIRECTORY_UNREACHABLE : ENR_NONE);
		if (i > 0)
			CU_ASSERT_STRING_EQUAL(l.item[i].attempt, a.attempt);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(l.item[1].detail, "from "));
	CU_ASSERT_STRING_EQUAL(l.item[2].detail, "yes");
	CU_ASSERT_STRING_EQUAL(l.item[3].detail, "password proved, server proved");
}

/* A listener with a certificate of another CA: that CA vouches for the server, our root for what is
 * ours. */
static void a_foreign_certificate_brings_its_own_anchor(void)
{
	static const char *const names[] = { FIXTURE_SERVER };
	struct ca_plan plan = { .organization = "Other", .kind = KEY_P256, .server_names = names,
		.n_server_names = 1, .suffixes = names, .n_suffixes = 1 };
	autoclean(peer_end) struct peer p = { 0 };
	autoclean(text_free) char *dir = NULL, *root = NULL;
	struct fixture u;
	struct ca_made made;
	struct fixture_answer a;
	struct ca *other;
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	fixture_open(&u, NULL, NULL);
	plan.dir = dir = mem_printf("%s/other", u.dir);
	plan.root_key_file = root = mem_printf("%s/other.key", u.dir);
	CU_ASSERT_EQUAL_FATAL(ca_make(&plan, &made, NULL), 0);
	free(u.conf->listener[0].certificate);
	u.conf->listener[0].certificate = mem_printf("%s/server.pem", dir);
	enrollment_reload(u.e, u.conf);
	other = ca_open(dir, NULL);
	fixture_expect(&u, "WM-FOREIGN", NULL, id, password);
	peer_begin(&p, FIXTURE_IDENTITY, password, FIXTURE_SERVER);
	fixture_bootstrap(&u, &p, &a);
	CU_ASSERT_EQUAL_FATAL(a.code, ENR_NONE);
	CU_ASSERT_EQUAL_FATAL(p.bootstrapped.n_anchors, 2);
	CU_ASSERT_EQUAL(p.bootstrapped.anchors[0].roles, ANCHOR_SERVER);
	CU_ASSERT_EQUAL(p.bootstrapped.anchors[0].der.len, ca_services(other)->len);
	CU_ASSERT_EQUAL(memcmp(p.bootstrapped.anchors[0].der.data, ca_services(other)->data,
				ca_services(other)->len), 0);
	CU_ASSERT_EQUAL(p.bootstrapped.anchors[1].roles, ANCHOR_DEVICE_CA | ANCHOR_DM_SERVER);
	ca_close(&other);
	fixture_close(&u);
}

static void change_expired(struct store_record *r)
{
	r->not_before = clock_now() - 100;
	r->expires = clock_now() - 1;
}
static void change_early(struct store_record *r)
{
	r->not_before = clock_now() + 1000;
}
static void change_dialect(struct store_record *r)
{
	free(r->dialects);
	r->dialects = mem_text("est");
}
static void change_serial(struct store_record *r)
{
	r->serial = mem_text("SN-4711");
}

static void refusals_of_a_proved_password_are_proved(void)
{
	static const struct {
		const char *name;
		fixture_change *change;
		int cancel;
		enum code code;
		int good; /* the password stays good */
	} rows[] = {
		{ "WM-EXPIRED", change_expired, 0, ENR_PASSWORD_EXPIRED, 0 },
		{ "WM-EARLY", change_early, 0, ENR_PASSWORD_EARLY, 1 },
		{ "WM-DIALECT", change_dialect, 0, ENR_DIALECT_REFUSED, 1 },
		{ "WM-CANCELED", NULL, 1, ENR_PASSWORD_CANCELED, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(peer_end) struct peer p = { 0 };
		struct store_actor by = { .who = "test" };
		struct fixture_answer a;
		char id[ID_MAX];

		expect(rows[i].name, rows[i].change, &p, id);
		if (rows[i].cancel)
			CU_ASSERT_EQUAL(store_cancel(x.store, id, &by, NULL), 0);
		fixture_bootstrap(&x, &p, &a);
		CU_ASSERT_EQUAL(a.code, rows[i].code);
		CU_ASSERT_TRUE(a.proved);
		CU_ASSERT_EQUAL(a.charge, !code_is_transient(rows[i].code));
		CU_ASSERT_EQUAL(a.valid_until > 0, rows[i].good);
	}
}

static void spoil_used(struct enroll_request *q)
{
	q->leaf_used[0] ^= 1;
}
static void spoil_both(struct enroll_request *q)
{
	memset(q->leaf_used, 9, sizeof(q->leaf_used));
}
static void spoil_listener(struct enroll_request *q)
{
	memcpy(q->listener, "other", 6);
}
static void spoil_mac(struct enroll_request *q)
{
	q->mac[31] ^= 0x80;
}
static void spoil_selector(struct enroll_request *q)
{
	q->selector[0] ^= 1;
}
static void spoil_state(struct enroll_request *q)
{
	q->state.data[q->state.len / 2] ^= 1;
}
static void spoil_version(struct enroll_request *q)
{
	q->version = 2;
}
static void spoil_identity(struct enroll_request *q)
{
	memcpy(q->identity, "andreaz", 7);
}
static void spoil_name(struct enroll_request *q)
{
	memcpy(q->server_name, "relay", 5);
}

/* A relay, a wrong name and a wrong password are three different messages. */
static void what_is_not_ours_is_refused_by_its_own_code(void)
{
	static const struct {
		const char *what;
		fixture_spoil *spoil;
		int leaf, name;
		enum code code;
		int proved;
	} rows[] = {
		{ "another certificate was shown", spoil_used, 0, 0, ENR_RELAYED, 1 },
		{ "the device saw a relay's", NULL, 1, 0, ENR_RELAYED, 1 },
		{ "both say one that is not ours", spoil_both, 1, 0, ENR_RELAYED, 1 },
		{ "a name that is not ours", NULL, 0, 1, ENR_SERVER_NAME_UNKNOWN, 1 },
		{ "a listener that is not there", spoil_listener, 0, 0,
			ENR_SERVER_NAME_UNKNOWN, 1 },
		{ "MAC", spoil_mac, 0, 0, ENR_PASSWORD_WRONG, 0 },
		{ "selector", spoil_selector, 0, 0, ENR_PASSWORD_WRONG, 0 },
		{ "state", spoil_state, 0, 0, ENR_CONVERSATION_EXPIRED, 0 },
		{ "version", spoil_version, 0, 0, ENR_MESSAGE_MALFORMED, 0 },
		{ "identity", spoil_identity, 0, 0, ENR_MESSAGE_MALFORMED, 0 },
		{ "server name", spoil_name, 0, 0, ENR_MESSAGE_MALFORMED, 0 },
	};
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	fixture_expect(&x, "WM-SPOILT", NULL, id, password);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(peer_end) struct peer p = { 0 };
		struct fixture_answer a;

		peer_begin(&p, FIXTURE_IDENTITY, password,
			rows[i].name ? "relay.contoso.test" : FIXTURE_SERVER);
		peer_discovery(&p);
		fixture_send(&x, &p, REQUEST_DISCOVERY, NULL, &a);
		memcpy(p.leaf, x.leaf, sizeof(p.leaf));
		if (rows[i].leaf)
			memset(p.leaf, 9, sizeof(p.leaf));
		peer_bootstrap(&p);
		peer_bootstrap_prove(&p);
		fixture_send(&x, &p, REQUEST_BOOTSTRAP, rows[i].spoil, &a);
		if (a.code != rows[i].code)
			fprintf(stderr, "%s: %s\n", rows[i].what, a.log);
		CU_ASSERT_EQUAL(a.code, rows[i].code);
		CU_ASSERT_EQUAL(a.proved, rows[i].proved);
		CU_ASSERT_EQUAL(a.charge, 1);
		CU_ASSERT_EQUAL(fixture_state(&x, id), RECORD_PENDING);
	}
}

static void a_conversation_ends_after_ten_minutes(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX];

	expect("WM-SLOW", NULL, &p, id);
	peer_discovery(&p);
	fixture_send(&x, &p, REQUEST_DISCOVERY, NULL, &a);
	memcpy(p.leaf, x.leaf, sizeof(p.leaf));
	peer_bootstrap(&p);
	peer_bootstrap_prove(&p);
	clock_set_offset(660);
	fixture_send(&x, &p, REQUEST_BOOTSTRAP, NULL, &a);
	clock_set_offset(0);
	CU_ASSERT_EQUAL(a.code, ENR_CONVERSATION_EXPIRED);
}

/* --- phase 3, up to the directory --- */

static void wrong_proofs_are_refused_before_anything_is_claimed(void)
{
	static const struct {
		const char *challenge; /* NULL: none */
		enum key_kind kind;
		int cut;
		const char *serial;
		enum code code;
	} rows[] = {
		{ NULL, KEY_P256, 0, "SN-4711", ENR_PROOF_WRONG },
		{ "x", KEY_P256, 0, "SN-4711", ENR_PROOF_WRONG },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", KEY_P256, 0, "SN-4711",
			ENR_PROOF_WRONG },
		{ "right", KEY_P384, 0, "SN-4711", ENR_KEY_REFUSED },
		{ "right", KEY_ED25519, 0, "SN-4711", ENR_KEY_REFUSED },
		{ "right", KEY_P256, 1, "SN-4711", ENR_CSR_MALFORMED },
		{ "right", KEY_P256, 0, "", ENR_SERIAL_MISMATCH },
		{ "right", KEY_P256, 0, "SN-4712", ENR_SERIAL_MISMATCH },
		{ "right", KEY_P256, 0, "sn-4711", ENR_DIRECTORY_UNREACHABLE },
		{ "right", KEY_RSA2048, 0, "SN-4711", ENR_DIRECTORY_UNREACHABLE },
	};
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	fixture_expect(&x, "WM-PROOF", change_serial, id, password);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(peer_end) struct peer p = { 0 };
		struct native_enrollment *m = &p.enrollment;
		struct fixture_answer a;

		peer_begin(&p, FIXTURE_IDENTITY, password, FIXTURE_SERVER);
		p.key = pki_key_generate(rows[i].kind, NULL);
		fixture_bootstrap(&x, &p, &a);
		CU_ASSERT_EQUAL_FATAL(a.code, ENR_NONE);
		peer_enrollment(&p);
		if (!rows[i].challenge || strcmp(rows[i].challenge, "right") != 0)
			CU_ASSERT_EQUAL(pki_csr_build(p.key, rows[i].challenge, &m->csr, NULL), 0);
		m->csr.len -= (size_t)rows[i].cut;
		memcpy(m->serial, rows[i].serial, strlen(rows[i].serial) + 1);
		peer_enrollment_prove(&p);
		fixture_send(&x, &p, REQUEST_ENROLLMENT, NULL, &a);
		if (a.code != rows[i].code)
			fprintf(stderr, "row %zu: %s\n", i, a.log);
		CU_ASSERT_EQUAL(a.code, rows[i].code);
		CU_ASSERT_TRUE(a.proved);
		CU_ASSERT_TRUE(a.valid_until > clock_now());
		CU_ASSERT_EQUAL(fixture_state(&x, id), RECORD_PENDING);
	}
}

/* A signature by another key than the request carries. */
static void a_request_signed_by_another_key_is_no_proof(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX];

	expect("WM-SIGNED", NULL, &p, id);
	fixture_bootstrap(&x, &p, &a);
	peer_enrollment(&p);
	p.enrollment.csr.data[p.enrollment.csr.len - 1] ^= 1;
	peer_enrollment_prove(&p);
	fixture_send(&x, &p, REQUEST_ENROLLMENT, NULL, &a);
	CU_ASSERT_TRUE(a.code == ENR_PROOF_WRONG || a.code == ENR_CSR_MALFORMED);
	CU_ASSERT_TRUE(a.proved);
}

static void a_message_of_one_phase_is_nothing_in_another(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	struct bytes swap;
	char id[ID_MAX];

	expect("WM-PHASE", NULL, &p, id);
	fixture_bootstrap(&x, &p, &a);
	CU_ASSERT_EQUAL(a.code, ENR_NONE);
	peer_enrollment(&p);
	swap = p.enrollment.state; /* the state of phase 1 in phase 3 */
	p.enrollment.state = p.discovered.state;
	peer_enrollment_prove(&p);
	fixture_send(&x, &p, REQUEST_ENROLLMENT, NULL, &a);
	p.enrollment.state = swap;
	CU_ASSERT_EQUAL(a.code, ENR_CONVERSATION_EXPIRED);
	CU_ASSERT_FALSE(a.proved);
}

static void a_reissued_password_ends_conversations_of_the_old_one(void)
{
	uint8_t root[STORE_ROOT_LEN] = { 7 }, selector[STORE_SELECTOR_LEN] = { 8 };
	struct store_actor by = { .who = "test" };
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX];

	expect("WM-REISSUED", NULL, &p, id);
	fixture_bootstrap(&x, &p, &a);
	CU_ASSERT_EQUAL(a.code, ENR_NONE);
	CU_ASSERT_EQUAL(store_reissue(x.store, id,
			&(struct store_password){ root, selector, clock_now() + 600 }, &by, NULL),
		0);
	peer_enrollment(&p);
	peer_enrollment_prove(&p);
	fixture_send(&x, &p, REQUEST_ENROLLMENT, NULL, &a);
	CU_ASSERT_EQUAL(a.code, ENR_PASSWORD_WRONG);
	CU_ASSERT_FALSE(a.proved);
}

static void failed_tries_are_counted_and_lock_nothing(void)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	autoclean(peer_end) struct peer p = { 0 };
	struct fixture_answer a;
	char id[ID_MAX];

	expect("WM-TRIES", NULL, &p, id);
	for (int i = 0; i < 25; i++) {
		peer_discovery(&p);
		fixture_send(&x, &p, REQUEST_DISCOVERY, NULL, &a);
		memcpy(p.leaf, x.leaf, sizeof(p.leaf));
		peer_bootstrap(&p);
		peer_bootstrap_prove(&p);
		fixture_send(&x, &p, REQUEST_BOOTSTRAP, spoil_mac, &a);
		CU_ASSERT_EQUAL(a.code, ENR_PASSWORD_WRONG);
	}
	CU_ASSERT_EQUAL(store_by_id(x.store, id, &r, NULL), ANSWER_YES);
	CU_ASSERT_EQUAL(r.failed_tries, 25);
	CU_ASSERT_EQUAL(r.last_code, ENR_PASSWORD_WRONG);
	fixture_bootstrap(&x, &p, &a);
	CU_ASSERT_EQUAL(a.code, ENR_NONE);
}

static void uniform_discovery_tells_nobody(void)
{
	struct fixture u;
	const char *identity[] = { FIXTURE_IDENTITY, "nobody@contoso.test" };
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];

	fixture_open(&u, NULL, "uniform-discovery = yes");
	fixture_expect(&u, "WM-UNIFORM", NULL, id, password);
	for (size_t i = 0; i < 2; i++) {
		autoclean(peer_end) struct peer p = { 0 };
		struct fixture_answer a;

		peer_begin(&p, identity[i], password, FIXTURE_SERVER);
		peer_discovery(&p);
		fixture_send(&u, &p, REQUEST_DISCOVERY, NULL, &a);
		CU_ASSERT_EQUAL(a.code, ENR_NONE);
		CU_ASSERT_EQUAL(a.eligible, ANSWER_UNKNOWN);
		CU_ASSERT_EQUAL(a.charge, 0);
	}
	fixture_close(&u);
}

static void the_list_is_served_signed_and_numbered(void)
{
	struct enroll_request q = { .kind = REQUEST_CRL, .dialect = "crl", .listener = "crl" };
	autoclean(enroll_reply_clear) struct enroll_reply first = { 0 }, second = { 0 };
	struct crl_info info = { 0 };
	uint64_t number = 0;
	char log[512];

	enrollment_handle(x.e, &q, &first, log, sizeof(log));
	CU_ASSERT_EQUAL(first.code, ENR_NONE);
	CU_ASSERT_EQUAL(crl_info_read(first.document.data, first.document.len, &info, NULL), 0);
	CU_ASSERT_EQUAL(enrollment_publish_crl(x.e, &number, NULL), 0);
	CU_ASSERT_EQUAL(number, info.number + 1);
	enrollment_handle(x.e, &q, &second, log, sizeof(log));
	CU_ASSERT_EQUAL(crl_info_read(second.document.data, second.document.len, &info, NULL), 0);
	CU_ASSERT_EQUAL(info.number, number);
	CU_ASSERT_EQUAL(info.n_entries, 0);
}

#define ASKERS 4
#define RELOADS 40

static _Atomic int stop_asking;
static _Atomic int wrong_answers;

static void *ask_on(void *arg)
{
	struct fixture *u = arg;

	while (!stop_asking) {
		autoclean(peer_end) struct peer p = { 0 };
		struct fixture_answer a;

		peer_begin(&p, FIXTURE_IDENTITY, "00000-00000-00000-00001", FIXTURE_SERVER);
		peer_discovery(&p);
		fixture_send(u, &p, REQUEST_DISCOVERY, NULL, &a);
		wrong_answers += a.code != ENR_NONE || a.eligible != ANSWER_NO;
	}
	return NULL;
}

/* The old configuration may be freed as soon as the reload returns. */
static void a_reload_waits_for_who_uses_the_old(void)
{
	autoclean(text_free) char *path = NULL;
	struct conf *now = NULL;
	pthread_t thread[ASKERS];
	struct fixture u;

	fixture_open(&u, NULL, NULL);
	path = mem_printf("%s/enrolld.conf", u.dir);
	for (size_t i = 0; i < ASKERS; i++)
		pthread_create(&thread[i], NULL, ask_on, &u);
	for (int i = 0; i < RELOADS; i++) {
		autoclean(str_free) struct str report = STR_INIT(8192);
		struct conf *next = conf_load(path, &report, NULL);

		CU_ASSERT_PTR_NOT_NULL_FATAL(next);
		enrollment_reload(u.e, next);
		conf_free(&now);
		now = next;
	}
	stop_asking = 1;
	for (size_t i = 0; i < ASKERS; i++)
		pthread_join(thread[i], NULL);
	CU_ASSERT_EQUAL(wrong_answers, 0);
	enrollment_reload(u.e, u.conf);
	conf_free(&now);
	fixture_close(&u);
}

/* What became privilege after the record was made. */
static void a_name_that_is_reserved_meanwhile_is_refused(void)
{
	static char name[] = "wm-later", *items[] = { name };
	autoclean(peer_end) struct peer p = { 0 };
	struct conf_list before = x.conf->reserved_names;
	struct fixture_answer a;
	char id[ID_MAX];

	expect("WM-LATER", NULL, &p, id);
	x.conf->reserved_names = (struct conf_list){ items, 1 };
	fixture_enroll(&x, &p, &a);
	CU_ASSERT_EQUAL(a.code, ENR_NAME_RESERVED);
	CU_ASSERT_TRUE(a.proved);
	CU_ASSERT_EQUAL(fixture_state(&x, id), RECORD_PENDING);
	x.conf->reserved_names = before;
}

static CU_TestInfo tests[] = {
	{ "discovery answers, and a no ends nothing", discovery_answers_and_a_no_ends_nothing },
	{ "bootstrap vouches for our root", bootstrap_vouches_for_our_root },
	{ "the story tells what happened, in order", the_story_tells_what_happened_in_order },
	{ "a foreign certificate brings its own anchor",
		a_foreign_certificate_brings_its_own_anchor },
	{ "refusals of a proved password are proved", refusals_of_a_proved_password_are_proved },
	{ "what is not ours is refused by its own code",
		what_is_not_ours_is_refused_by_its_own_code },
	{ "a conversation ends after ten minutes", a_conversation_ends_after_ten_minutes },
	{ "wrong proofs are refused before anything is claimed",
		wrong_proofs_are_refused_before_anything_is_claimed },
	{ "a request signed by another key is no proof",
		a_request_signed_by_another_key_is_no_proof },
	{ "a message of one phase is nothing in another",
		a_message_of_one_phase_is_nothing_in_another },
	{ "a reissued password ends conversations of the old one",
		a_reissued_password_ends_conversations_of_the_old_one },
	{ "failed tries are counted and lock nothing", failed_tries_are_counted_and_lock_nothing },
	{ "uniform discovery tells nobody", uniform_discovery_tells_nobody },
	{ "a name that is reserved meanwhile is refused",
		a_name_that_is_reserved_meanwhile_is_refused },
	{ "a reload waits for who uses the old", a_reload_waits_for_who_uses_the_old },
	{ "the list is served signed and numbered", the_list_is_served_signed_and_numbered },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_enrollment_phases = {
	.pName = "agent/enrollment/phases",
	.pInitFunc = suite_begin,
	.pCleanupFunc = suite_end,
	.pTests = tests,
};
