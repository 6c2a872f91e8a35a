#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/unit/agent/store/fixture.h"
#include "tests/unit/cunit.h"

static enum answer look_up(struct fixture *x, int n, struct store_record *r, enum code *code)
{
	uint8_t root[STORE_ROOT_LEN], selector[STORE_SELECTOR_LEN], got[STORE_ROOT_LEN] = { 0 };
	struct fail f = FAIL_INIT;
	enum answer a;

	password_of(n, root, selector);
	a = store_by_selector(x->s, selector, r, got, &f);
	if (a == ANSWER_YES)
		CU_ASSERT(memcmp(root, got, sizeof(root)) == 0);
	if (code)
		*code = f.code;
	return a;
}

static int set_state(struct fixture *x, const char *id, enum record_state to)
{
	struct fail f = FAIL_INIT;

	return store_set_state(
		x->s, &(struct store_change){ .id = id, .to = to, .reason = 1 }, NULL, &f);
}

static void test_add(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(store_event_list_clear) struct store_event_list l = { NULL, 0 };
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "", path[64];
	struct stat st;
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(look_up(&x, 1, &r, NULL), ANSWER_YES);
	CU_ASSERT_STRING_EQUAL(r.id, id);
	CU_ASSERT_STRING_EQUAL(r.name, "LT-1");
	CU_ASSERT_STRING_EQUAL(r.identity, "a@example.com");
	CU_ASSERT_STRING_EQUAL(r.ou_dn, "OU=Sales,DC=example");
	CU_ASSERT_STRING_EQUAL(r.created_by, "root");
	CU_ASSERT_PTR_NULL(r.owner_dn);
	CU_ASSERT_EQUAL(r.state, RECORD_PENDING);
	CU_ASSERT_EQUAL(look_up(&x, 2, &r, NULL), ANSWER_NO);
	CU_ASSERT_EQUAL(store_by_id(x.s, id, &r, &f), ANSWER_YES);
	CU_ASSERT_EQUAL(store_by_name(x.s, "lt-1", &r, &f), ANSWER_YES);
	CU_ASSERT_EQUAL(store_by_name(x.s, "lt-2", &r, &f), ANSWER_NO);
	CU_ASSERT_EQUAL(store_events(x.s, &(struct store_range){ .of = id }, &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 1);
	CU_ASSERT_STRING_EQUAL(l.item[0].event, "expected");
	CU_ASSERT_STRING_EQUAL(l.item[0].by, "root");
	CU_ASSERT_STRING_EQUAL(l.item[0].note, "ticket");
	snprintf(path, sizeof(path), "%s/store.sqlite", x.dir);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	snprintf(path, sizeof(path), "%s/keys/sealing.key", x.dir);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_size == 32);
	snprintf(path, sizeof(path), "%s/keys", x.dir);
	CU_ASSERT(stat(path, &st) == 0 && (st.st_mode & 0777) == 0700);
	store_fixture_close(&x);
}

static void test_names(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	struct fail f = FAIL_INIT;
	char first[ID_MAX] = "", second[ID_MAX] = "", third[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, first), ENR_NONE);
	CU_ASSERT_EQUAL(add_device(&x, "lt-1", "b@example.com", 2, second), ENR_NAME_TAKEN);
	clock_set_offset(3600);
	CU_ASSERT_EQUAL(add_device(&x, "lt-1", "b@example.com", 2, second), ENR_NONE);
	CU_ASSERT_EQUAL(store_extend(x.s, first, clock_now() + 60, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_NAME_TAKEN);
	CU_ASSERT_STRING_EQUAL(f.told, second);
	CU_ASSERT_EQUAL(store_by_id(x.s, first, &r, &f), ANSWER_YES);
	CU_ASSERT_STRING_EQUAL(record_state_word(r.state, r.expires, clock_now()), "expired");
	CU_ASSERT_EQUAL(store_cancel(x.s, second, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_extend(x.s, first, clock_now() + 60, NULL, &f), 0);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "c@example.com", 3, third), ENR_NAME_TAKEN);
	CU_ASSERT_EQUAL(store_by_name(x.s, "LT-1", &r, &f), ANSWER_YES);
	CU_ASSERT_STRING_EQUAL(r.id, second);
	clock_set_offset(0);
	enroll_device(&x, first, 9, &r);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "c@example.com", 3, third), ENR_NAME_TAKEN);
	CU_ASSERT_EQUAL(set_state(&x, first, RECORD_REVOKED), 0);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "c@example.com", 3, third), ENR_NONE);
	store_fixture_close(&x);
}

static void test_room(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	enum claim_kind kind;
	struct fail f = FAIL_INIT;
	char name[16], ids[8][ID_MAX];
	struct fixture x;

	store_fixture_open(&x);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "LT-%d", i);
		CU_ASSERT_EQUAL(add_device(&x, name, "a@example.com", i, ids[i]), ENR_NONE);
	}
	CU_ASSERT_EQUAL(claim_device(&x, ids[0], 1, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(add_device(&x, "LT-5", "a@example.com", 5, ids[5]), ENR_TOO_MANY_OPEN);
	CU_ASSERT_EQUAL(add_device(&x, "LT-6", "b@example.com", 6, ids[6]), ENR_NONE);
	CU_ASSERT_EQUAL(store_cancel(x.s, ids[1], NULL, &f), 0);
	CU_ASSERT_EQUAL(add_device(&x, "LT-5", "a@example.com", 5, ids[5]), ENR_NONE);
	CU_ASSERT_EQUAL(store_expects(x.s, "a@example.com", clock_now(), &f), ANSWER_YES);
	CU_ASSERT_EQUAL(store_expects(x.s, "c@example.com", clock_now(), &f), ANSWER_NO);
	CU_ASSERT_EQUAL(store_expects(x.s, "b@example.com", clock_now() + 3600, &f), ANSWER_NO);
	CU_ASSERT_EQUAL(store_expects(x.s, "a@example.com", clock_now() + 3600, &f), ANSWER_YES);
	store_fixture_close(&x);
}

static void test_reissue_extend_cancel(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	uint8_t root[STORE_ROOT_LEN], selector[STORE_SELECTOR_LEN];
	enum claim_kind kind;
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	int64_t end = clock_now() + 7200;
	struct store_password p = { root, selector, end };
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	password_of(2, root, selector);
	CU_ASSERT_EQUAL(store_reissue(x.s, id, &p, NULL, &f), 0);
	CU_ASSERT_EQUAL(look_up(&x, 1, &r, NULL), ANSWER_NO);
	CU_ASSERT_EQUAL(look_up(&x, 2, &r, NULL), ANSWER_YES);
	CU_ASSERT_EQUAL(r.expires, end);
	CU_ASSERT_EQUAL(store_extend(x.s, id, end + 1, NULL, &f), 0);
	CU_ASSERT_EQUAL(look_up(&x, 2, &r, NULL), ANSWER_YES);
	CU_ASSERT_EQUAL(r.expires, end + 1);
	CU_ASSERT_EQUAL(store_cancel(x.s, id, NULL, &f), 0);
	CU_ASSERT_EQUAL(look_up(&x, 2, &r, NULL), ANSWER_YES); /* to be told why */
	CU_ASSERT_EQUAL(r.state, RECORD_CANCELED);
	CU_ASSERT_EQUAL(store_extend(x.s, id, end, NULL, &f), -1);
	CU_ASSERT_EQUAL(store_cancel(x.s, id, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STATE_WRONG);
	password_of(3, root, selector);
	CU_ASSERT_EQUAL(store_reissue(x.s, id, &p, NULL, &f), 0);
	CU_ASSERT_EQUAL(claim_device(&x, id, 1, &kind, &r), ENR_NONE);
	CU_ASSERT_EQUAL(store_reissue(x.s, id, &p, NULL, &f), -1);
	CU_ASSERT_EQUAL(store_cancel(x.s, id, NULL, &f), -1);
	CU_ASSERT_EQUAL(store_cancel(x.s, "E-0000-0000", NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DEVICE_NOT_FOUND);
	store_fixture_close(&x);
}

/* Somebody who can write the file cannot make a password worth more. */
static const char *const tampers[] = {
	"UPDATE record SET sealed_root = (SELECT sealed_root FROM record WHERE name = 'LT-2'), "
	"key_id = (SELECT key_id FROM record WHERE name = 'LT-2') WHERE name = 'LT-1'",
	"UPDATE record SET selector = NULL WHERE name = 'LT-2'; UPDATE record SET selector = "
	"(SELECT selector FROM record WHERE name = 'LT-1') WHERE name = 'LT-1'; "
	"UPDATE record SET expires = expires + 1 WHERE name = 'LT-1'",
	"UPDATE record SET not_before = not_before - 1 WHERE name = 'LT-1'",
	"UPDATE record SET name = 'DC-1' WHERE name = 'LT-1'",
	"UPDATE record SET fqdn = 'dc1.corp.example.com' WHERE name = 'LT-1'",
	"UPDATE record SET identity = 'eve@example.com' WHERE name = 'LT-1'",
	"UPDATE record SET ou_guid = 'guid-2' WHERE name = 'LT-1'",
	"UPDATE record SET owner_dn = 'CN=Eve' WHERE name = 'LT-1'",
	"UPDATE record SET owner_dn = '' WHERE name = 'LT-1'",
	"UPDATE record SET profile = 'admins' WHERE name = 'LT-1'",
	"UPDATE record SET vpn = 1 WHERE name = 'LT-1'",
	"UPDATE record SET dialects = 'native mde2' WHERE name = 'LT-1'",
	"UPDATE record SET serial = 'X' WHERE name = 'LT-1'",
	"UPDATE record SET groups = 'CN=Domain Admins' WHERE name = 'LT-1'",
	"UPDATE record SET take_guid = 'guid-dc1' WHERE name = 'LT-1'",
	"UPDATE record SET take_mark = '1:E-0000-0000:1:00' WHERE name = 'LT-1'",
	"UPDATE record SET take_record = (SELECT id FROM record WHERE name = 'LT-2') "
	"WHERE name = 'LT-1'",
	"UPDATE record SET id = 'E-0000-0000' WHERE name = 'LT-1'",
	"UPDATE record SET key_id = '0000000000000000' WHERE name = 'LT-1'",
	"UPDATE record SET sealed_root = zeroblob(60) WHERE name = 'LT-1'",
};

/* Nor does a new password make good what was changed; to withdraw it always works. */
static void cannot_be_renewed(struct fixture *x)
{
	autoclean(store_list_clear) struct store_list all = { NULL, 0 };
	uint8_t root[STORE_ROOT_LEN], selector[STORE_SELECTOR_LEN];
	struct store_password p = { root, selector, clock_now() + 60 };
	struct store_filter filter = { .now = clock_now(), .max = 9 };
	struct fail f = FAIL_INIT;

	password_of(9, root, selector);
	CU_ASSERT_EQUAL_FATAL(store_select(x->s, &filter, &all, &f), 0);
	CU_ASSERT_EQUAL_FATAL(all.n, 2);
	CU_ASSERT_EQUAL(store_reissue(x->s, all.item[1].id, &p, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STORE_KEY_MISSING);
	CU_ASSERT_EQUAL(store_extend(x->s, all.item[1].id, p.expires, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STORE_KEY_MISSING);
	CU_ASSERT_EQUAL(store_wipe(x->s, clock_now() + 400 * 86400, &f), 0);
	CU_ASSERT_EQUAL(store_reissue(x->s, all.item[1].id, &p, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STORE_KEY_MISSING);
	CU_ASSERT_EQUAL(store_cancel(x->s, all.item[1].id, NULL, &f), 0);
}

static void test_sealed(void)
{
	for (size_t i = 0; i < ARRAY_LEN(tampers); i++) {
		autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
		enum claim_kind kind = CLAIM_NONE;
		enum code code = ENR_NONE;
		char id[ID_MAX] = "";
		struct fixture x;

		store_fixture_open(&x);
		CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
		CU_ASSERT_EQUAL(add_device(&x, "LT-2", "a@example.com", 2, NULL), ENR_NONE);
		fixture_sql(&x, tampers[i]);
		CU_ASSERT_EQUAL(look_up(&x, 1, &r, &code), ANSWER_UNKNOWN);
		CU_ASSERT_EQUAL(code, ENR_STORE_KEY_MISSING);
		CU_ASSERT_NOT_EQUAL(claim_device(&x, id, 7, &kind, &r), ENR_NONE);
		CU_ASSERT_EQUAL(kind, CLAIM_NONE);
		cannot_be_renewed(&x);
		store_fixture_close(&x);
	}
}

static void test_keys(void)
{
	struct fail f = FAIL_INIT;
	uint8_t one[32], two[32];
	char key[64], away[64];
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, NULL), ENR_NONE);
	CU_ASSERT_EQUAL(store_key(x.s, "conversation", one, &f), 0);
	CU_ASSERT_EQUAL(store_key(x.s, "mark", two, &f), 0);
	CU_ASSERT(memcmp(one, two, 32) != 0);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(store_key(x.s, "conversation", two, &f), 0);
	CU_ASSERT(memcmp(one, two, 32) == 0);
	CU_ASSERT_EQUAL(store_key(x.s, "../x", two, &f), -1);
	CU_ASSERT_EQUAL(store_key(x.s, "sealing", two, &f), -1);
	store_close(&x.s);
	snprintf(key, sizeof(key), "%s/keys/sealing.key", x.dir);
	snprintf(away, sizeof(away), "%s/keys/sealing-old.key", x.dir);
	CU_ASSERT_EQUAL(rename(key, away), 0);
	x.s = store_open(&x.conf, &f);
	CU_ASSERT_PTR_NULL(x.s);
	CU_ASSERT_EQUAL(f.code, ENR_STORE_KEY_MISSING);
	store_fixture_close(&x);
}

/* A new sealing key beside the former one: what was sealed before still opens. */
static void test_rotation(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	char key[64], away[64];
	struct fixture x;
	struct fail f = FAIL_INIT;
	FILE *file;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, NULL), ENR_NONE);
	store_close(&x.s);
	snprintf(key, sizeof(key), "%s/keys/sealing.key", x.dir);
	snprintf(away, sizeof(away), "%s/keys/sealing-old.key", x.dir);
	CU_ASSERT_EQUAL(rename(key, away), 0);
	file = fopen(key, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT(fprintf(file, "%s", "01234567890123456789012345678901") == 32);
	fclose(file);
	CU_ASSERT_EQUAL(chmod(key, 0600), 0);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(look_up(&x, 1, &r, NULL), ANSWER_YES);
	CU_ASSERT_EQUAL(add_device(&x, "LT-2", "a@example.com", 2, NULL), ENR_NONE);
	store_close(&x.s);
	CU_ASSERT_EQUAL(remove(away), 0);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(look_up(&x, 1, &r, NULL), ANSWER_UNKNOWN);
	CU_ASSERT_EQUAL(look_up(&x, 2, &r, NULL), ANSWER_YES);
	store_close(&x.s);
	CU_ASSERT_EQUAL(chmod(key, 0644), 0);
	x.s = store_open(&x.conf, &f);
	CU_ASSERT_PTR_NULL(x.s);
	store_fixture_close(&x);
}

static void test_states(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(store_cert_list_clear) struct store_cert_list l = { NULL, 0 };
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_DISABLED), -1);
	enroll_device(&x, id, 7, &r);
	CU_ASSERT_EQUAL(store_certs_revoked(x.s, clock_now(), &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, 0);
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_DISABLED), 0);
	CU_ASSERT_EQUAL(store_certs_revoked(x.s, clock_now(), &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 1);
	CU_ASSERT_EQUAL(l.item[0].state, CERT_HELD);
	CU_ASSERT_EQUAL(l.item[0].reason, 6);
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_ENROLLED), 0);
	CU_ASSERT_EQUAL(store_cert_of(x.s, &r, &l.item[0], &f), ANSWER_YES);
	CU_ASSERT_EQUAL(l.item[0].state, CERT_VALID);
	CU_ASSERT_EQUAL(l.item[0].der.len, sizeof("certificate"));
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_REVOKED), 0);
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_ENROLLED), -1);
	CU_ASSERT_EQUAL(store_certs_revoked(x.s, clock_now(), &l, &f), 0);
	CU_ASSERT_EQUAL_FATAL(l.n, 1);
	CU_ASSERT_EQUAL(l.item[0].reason, 1);
	CU_ASSERT_EQUAL(store_certs_revoked(x.s, clock_now() + 2 * 86400, &l, &f), 0);
	CU_ASSERT_EQUAL(l.n, 0);
	CU_ASSERT_EQUAL(set_state(&x, id, RECORD_REMOVED), 0);
	store_fixture_close(&x);
}

/* A forgotten password cannot be extended, but renewed; unless somebody changed the row meanwhile.
 */
static void forgotten_is_still_sealed(struct fixture *x, const char *id)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	uint8_t root[STORE_ROOT_LEN], selector[STORE_SELECTOR_LEN];
	struct store_password p = { root, selector, clock_now() + 60 };
	struct fail f = FAIL_INIT;

	password_of(3, root, selector);
	CU_ASSERT_EQUAL(store_by_name(x->s, "LT-2", &r, &f), ANSWER_YES);
	CU_ASSERT_EQUAL(store_extend(x->s, r.id, clock_now() + 60, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STATE_WRONG);
	fixture_sql(x, "UPDATE record SET ou_guid = 'guid-2' WHERE name = 'LT-2'");
	CU_ASSERT_EQUAL(store_reissue(x->s, r.id, &p, NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_STORE_KEY_MISSING);
	CU_ASSERT_EQUAL(store_reissue(x->s, id, &p, NULL, &f), 0);
	CU_ASSERT_EQUAL(look_up(x, 3, &r, NULL), ANSWER_YES);
}

static void test_wipe(void)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	struct fail f = FAIL_INIT;
	char id[ID_MAX] = "";
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(add_device(&x, "LT-1", "a@example.com", 1, id), ENR_NONE);
	CU_ASSERT_EQUAL(add_device(&x, "LT-2", "a@example.com", 2, NULL), ENR_NONE);
	CU_ASSERT_EQUAL(store_cancel(x.s, id, NULL, &f), 0);
	CU_ASSERT_EQUAL(store_wipe(x.s, clock_now() + 29 * 86400, &f), 0);
	CU_ASSERT_EQUAL(look_up(&x, 1, &r, NULL), ANSWER_YES);
	CU_ASSERT_EQUAL(look_up(&x, 2, &r, NULL), ANSWER_YES);
	CU_ASSERT_EQUAL(store_wipe(x.s, clock_now() + 30 * 86400 + 1, &f), 0);
	CU_ASSERT_EQUAL(look_up(&x, 1, &r, NULL), ANSWER_NO);
	CU_ASSERT_EQUAL(look_up(&x, 2, &r, NULL), ANSWER_YES);
	CU_ASSERT_EQUAL(store_wipe(x.s, clock_now() + 31 * 86400, &f), 0);
	CU_ASSERT_EQUAL(look_up(&x, 2, &r, NULL), ANSWER_NO);
	CU_ASSERT_EQUAL(store_by_id(x.s, id, &r, &f), ANSWER_YES);
	forgotten_is_still_sealed(&x, id);
	store_fixture_close(&x);
}

static void test_clock(void)
{
	struct fail f = FAIL_INIT;
	uint64_t n = 0;
	struct fixture x;

	store_fixture_open(&x);
	CU_ASSERT_EQUAL(store_clock(x.s, 1000000, &f), 0);
	CU_ASSERT_EQUAL(store_clock(x.s, 1000059, &f), 0);
	CU_ASSERT_EQUAL(store_clock(x.s, 999759, &f), 0);
	CU_ASSERT_EQUAL(store_clock(x.s, 999758, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_CLOCK_BACKWARDS);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(store_clock(x.s, 999699, &f), -1);
	CU_ASSERT_EQUAL(store_clock(x.s, 999700, &f), 0);
	CU_ASSERT_EQUAL(store_clock_trust(x.s, 500000, &f), 0);
	CU_ASSERT_EQUAL(store_clock(x.s, 500000, &f), 0);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(store_clock(x.s, 499700, &f), 0);
	CU_ASSERT_EQUAL(store_clock(x.s, 499699, &f), -1);
	CU_ASSERT_EQUAL(store_clock(x.s, 1000059, &f), 0);
	CU_ASSERT_EQUAL(store_crl_number(x.s, &n, &f), 0);
	CU_ASSERT_EQUAL(n, 1);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(store_crl_number(x.s, &n, &f), 0);
	CU_ASSERT_EQUAL(n, 2);
	store_fixture_close(&x);
}

/* What was not made by this program, or by a later one, is left alone. */
static void test_foreign(void)
{
	struct fail f = FAIL_INIT;
	char path[64];
	struct fixture x;
	FILE *file;

	store_fixture_open(&x);
	store_close(&x.s);
	fixture_sql(&x, "PRAGMA user_version = 99");
	x.s = store_open(&x.conf, &f);
	CU_ASSERT_PTR_NULL(x.s);
	CU_ASSERT_EQUAL(f.code, ENR_STORE_UNAVAILABLE);
	snprintf(path, sizeof(path), "%s/store.sqlite", x.dir);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", file);
	fclose(file);
	x.s = store_open(&x.conf, &f);
	CU_ASSERT_PTR_NULL(x.s);
	CU_ASSERT_EQUAL(f.code, ENR_STORE_UNAVAILABLE);
	store_fixture_close(&x);
}

static CU_TestInfo tests[] = {
	{ "what was added is found again, and told", test_add },
	{ "one open record has a name, an expired one lets go of it", test_names },
	{ "open records of an identity are bounded", test_room },
	{ "reissue, extend and cancel", test_reissue_extend_cancel },
	{ "a changed row does not unseal", test_sealed },
	{ "a store without its key does not open", test_keys },
	{ "a former sealing key still opens", test_rotation },
	{ "a foreign or later store does not open", test_foreign },
	{ "disable, enable, revoke, remove take the certificates along", test_states },
	{ "ended passwords are forgotten after their time", test_wipe },
	{ "the clock does not go back, the CRL number neither", test_clock },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_store_record = { "agent/store/record", NULL, NULL, NULL, NULL, tests };
