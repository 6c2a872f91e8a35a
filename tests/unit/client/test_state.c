#include "client/state.h"

#include "client/attempts.h"
#include "lib/base/text.h"
#include "tests/unit/client/enrollment_made.h"
#include "tests/unit/client/temp_root.h"
#include "tests/unit/cunit.h"

static struct temp_root t;

static void set_up(void)
{
	temp_root_make(&t);
}

static void tear_down(void)
{
	temp_root_free(&t);
}

static void what_is_saved_is_loaded(void)
{
	autoclean(state_clear) struct state a = { 0 }, b = { 0 };
	struct made m;

	made_new(&m);
	made_state(&m, &a);
	a.system_trust = a.made_folder = a.reboot = 1;
	a.login_wish = mem_text("none");
	memset(a.secret_key, 7, sizeof(a.secret_key));
	a.has_secret_key = 1;
	a.certificate_end = 1800000000;
	a.name = mem_text("LT-0042");
	memcpy(a.attempt, "A-7K3M-Q9TD", ID_MAX);
	a.applied = json_pack("[{ssss}]", "section", "VPN", "result", "absent");
	CU_ASSERT_EQUAL(state_save(&t.place, &a, NULL), 0);
	CU_ASSERT_EQUAL(temp_has(&t, PLACE_JOIN), 1);
	CU_ASSERT_EQUAL(state_load(&t.place, &b, NULL), 0);
	CU_ASSERT_EQUAL(b.stage, STAGE_ANSWERED);
	CU_ASSERT_STRING_EQUAL(b.identity, a.identity);
	CU_ASSERT_STRING_EQUAL(b.name, "LT-0042");
	CU_ASSERT_STRING_EQUAL(b.attempt, "A-7K3M-Q9TD");
	CU_ASSERT_PTR_NULL(b.realm);
	CU_ASSERT_STRING_EQUAL(b.login_wish, "none");
	CU_ASSERT(b.has_secret_key && b.secret_key[31] == 7);
	CU_ASSERT_EQUAL(b.joined, 1);
	CU_ASSERT_EQUAL(b.certificate_end, 1800000000);
	CU_ASSERT(b.system_trust && b.made_folder && b.reboot);
	CU_ASSERT_EQUAL(b.n_anchors, 1);
	CU_ASSERT_EQUAL(b.anchors[0].roles, (ANCHOR_SERVER | ANCHOR_DEVICE_CA));
	CU_ASSERT_EQUAL(b.anchors[0].der.len, m.root.len);
	CU_ASSERT(json_equal(a.applied, b.applied));
	made_free(&m);
}

static void a_membership_ends_the_join_under_way(void)
{
	autoclean(state_clear) struct state a = { 0 }, b = { 0 };
	autoclean(text_free) char *path = place_path(&t.place, PLACE_JOIN);
	struct made m;
	struct stat st;

	made_new(&m);
	made_state(&m, &a);
	CU_ASSERT_EQUAL(state_save(&t.place, &a, NULL), 0);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	a.stage = STAGE_MEMBER;
	CU_ASSERT_EQUAL(state_save(&t.place, &a, NULL), 0);
	CU_ASSERT_EQUAL(temp_has(&t, PLACE_JOIN), 0);
	CU_ASSERT_EQUAL(state_load(&t.place, &b, NULL), 0);
	CU_ASSERT_EQUAL(b.stage, STAGE_MEMBER);
	CU_ASSERT_EQUAL(state_forget(&t.place, NULL), 0);
	CU_ASSERT_EQUAL(temp_has(&t, PLACE_STATE), 0);
	made_free(&m);
}

static void damage_is_seen(void)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"{\"stage\":\"member\"}",
		"{\"stage\":\"other\",\"identity\":\"a@b.c\",\"server\":\"s\",\"port\":443}",
		"{\"stage\":\"member\",\"identity\":\"a@b.c\",\"server\":\"s\",\"port\":0}",
		"{\"stage\":\"member\",\"identity\":\"a@b.c\",\"server\":\"s\",\"port\":443,"
		"\"joined\":\"yesterday\"}",
		"{\"stage\":\"member\",\"identity\":\"a@b.c\",\"server\":\"s\",\"port\":443,"
		"\"anchors\":[{\"der\":\"*\"}]}",
		"{\"stage\":\"member\",\"identity\":\"a@b.c\",\"server\":\"s\",\"port\":443,"
		"\"attempt\":\"A-\\u001b\"}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		autoclean(state_clear) struct state s = { 0 };
		struct fail f = FAIL_INIT;

		temp_write(&t, PLACE_STATE, bad[i], 0644);
		CU_ASSERT_EQUAL(state_load(&t.place, &s, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_LOCAL_STATE);
		CU_ASSERT_EQUAL(s.stage, STAGE_NONE);
		CU_ASSERT_PTR_NULL(s.identity);
	}
}

static void nothing_there_is_no_failure(void)
{
	autoclean(state_clear) struct state s = { 0 };

	CU_ASSERT_EQUAL(state_load(&t.place, &s, NULL), 0);
	CU_ASSERT_EQUAL(s.stage, STAGE_NONE);
}

static void a_second_enroll_is_kept_out(void)
{
	struct fail f = FAIL_INIT;
	int first = place_lock(&t.place, NULL), second;

	CU_ASSERT(first >= 0);
	CU_ASSERT_EQUAL(place_lock(&t.place, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_JOIN_RUNNING);
	close(first);
	second = place_lock(&t.place, NULL);
	CU_ASSERT(second >= 0);
	close(second);
}

static void the_log_keeps_what_is_new(void)
{
	autoclean(bytes_free) struct bytes data = BYTES_INIT;

	for (int i = 0; i < 3000; i++)
		attempts_add(&t.place, "A-7K3M-Q9TD", "line %d", i);
	temp_read(&t, PLACE_LOG, &data);
	CU_ASSERT(data.len <= ATTEMPTS_MAX);
	CU_ASSERT(data.len > ATTEMPTS_MAX - 100);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)data.data, "line 2999\n"));
	CU_ASSERT_PTR_NULL(strstr((char *)data.data, "line 0\n"));
	CU_ASSERT_EQUAL(data.data[4], '-');
}

static CU_TestInfo tests[] = {
	{ "what is saved is loaded", what_is_saved_is_loaded },
	{ "a membership ends the join under way", a_membership_ends_the_join_under_way },
	{ "damage is seen", damage_is_seen },
	{ "nothing there is no failure", nothing_there_is_no_failure },
	{ "a second enroll is kept out", a_second_enroll_is_kept_out },
	{ "the log keeps what is new", the_log_keeps_what_is_new },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_client_state = {
	.pName = "client/state", .pSetUpFunc = set_up, .pTearDownFunc = tear_down, .pTests = tests
};
