#include <string.h>

#include "agent/ops/roles.h"
#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static int known_groups(const char *name, gid_t *gid)
{
	static const struct {
		const char *name;
		gid_t gid;
	} groups[] = { { "auditors", 10 }, { "desk", 20 }, { "desk-berlin", 21 }, { "ops", 30 } };

	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (strcmp(groups[i].name, name) == 0) {
			*gid = groups[i].gid;
			return 0;
		}
	return -1;
}

#define TEXT(t) ((char *)(uintptr_t)(t))

static char *auditors[] = { TEXT("auditors") };
static char *desk[] = { TEXT("nobody-knows"), TEXT("desk") };
static char *berlin[] = { TEXT("desk-berlin") };
static char *ops[] = { TEXT("ops") };
static char *desk_ou[] = { TEXT("ou=Sales") };
static char *desk_names[] = { TEXT("LT-*"), TEXT("ws-?") };
static char *berlin_ou[] = { TEXT("ou=Berlin") };

static struct conf_role_row rows[] = {
	{ .name = TEXT("auditor"), .role = ROLE_AUDITOR, .group = { auditors, 1 } },
	{
		.name = TEXT("helpdesk"),
		.role = ROLE_HELPDESK,
		.group = { desk, 2 },
		.ou = { desk_ou, 1 },
		.names = { desk_names, 2 },
	},
	{
		.name = TEXT("helpdesk.berlin"),
		.role = ROLE_HELPDESK,
		.group = { berlin, 1 },
		.ou = { berlin_ou, 1 },
	},
	{ .name = TEXT("operator"), .role = ROLE_OPERATOR, .group = { ops, 1 } },
};
static const struct conf conf = { .role = rows, .n_role = ARRAY_LEN(rows) };

static void test_most_powerful(void)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		gid_t groups[3];
		size_t n_groups;
		int has_admin;
		enum conf_role want;
		size_t n_rows;
	} cases[] = {
		{ 0, 0, { 0 }, 0, 0, ROLE_ADMIN, 0 },
		{ 1000, 1000, { 0 }, 0, 0, ROLE_NONE, 0 },
		{ 1000, 1000, { 99 }, 1, 0, ROLE_NONE, 0 },
		{ 1000, 10, { 0 }, 0, 0, ROLE_AUDITOR, 1 },
		{ 1000, 1000, { 10, 30 }, 2, 0, ROLE_OPERATOR, 1 },
		{ 1000, 30, { 10 }, 1, 0, ROLE_OPERATOR, 1 },
		{ 1000, 1000, { 10, 20, 21 }, 3, 0, ROLE_HELPDESK, 2 },
		{ 1000, 1000, { 10 }, 1, 1, ROLE_ADMIN, 0 },
		{ 1001, 1000, { 10 }, 1, 1, ROLE_AUDITOR, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		gid_t groups[3] = { cases[i].groups[0], cases[i].groups[1], cases[i].groups[2] };
		struct roles_peer peer = { cases[i].uid, cases[i].gid, groups, cases[i].n_groups };
		struct roles_rule rule = {
			.conf = &conf,
			.lookup = known_groups,
			.has_admin = cases[i].has_admin,
			.admin_uid = 1000,
		};
		struct control_caller caller = { .uid = cases[i].uid };

		roles_decide(&rule, &peer, &caller);
		CU_ASSERT_EQUAL(caller.role, cases[i].want);
		CU_ASSERT_EQUAL(caller.n_rows, cases[i].n_rows);
		roles_caller_clear(&caller);
	}
}

static int ends_with(const char *dn, const char *limit)
{
	size_t a = strlen(dn), b = strlen(limit);

	return a >= b && strcmp(dn + a - b, limit) == 0;
}

static void test_limits(void)
{
	static const struct {
		const char *ou, *name;
		int want;
	} cases[] = {
		{ "ou=Sales", "LT-1", 0 },
		{ "ou=Inner,ou=Sales", "lt-2", 0 },
		{ "ou=Sales", "ws-1", 0 },
		{ "ou=Sales", "ws-12", -1 },
		{ "ou=Sales", "XX-1", -1 },
		{ "ou=Other", "LT-1", -1 },
		{ "ou=Berlin", "XX-1", 0 },
	};
	gid_t groups[] = { 20, 21 };
	struct roles_peer peer = { 1000, 1000, groups, 2 };
	struct roles_rule rule = { .conf = &conf, .lookup = known_groups };
	struct control_caller caller = { .uid = 1000, .who = "tom" };

	roles_decide(&rule, &peer, &caller);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(control_allows(&caller, cases[i].ou, cases[i].name, ends_with, &f),
			cases[i].want);
		CU_ASSERT_EQUAL(f.code, cases[i].want ? ENR_NOT_PERMITTED : ENR_NONE);
	}
	roles_caller_clear(&caller);
}

static void test_unlimited(void)
{
	struct control_caller root = { .role = ROLE_ADMIN }, nobody = { .role = ROLE_NONE };

	CU_ASSERT_EQUAL(control_allows(&root, "ou=X", "Y", ends_with, NULL), 0);
	CU_ASSERT_EQUAL(control_allows(&nobody, "ou=X", "Y", ends_with, NULL), -1);
}

static void test_refusal(void)
{
	struct control_caller tom = { .who = "tom", .role = ROLE_AUDITOR };
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(roles_refuse(&conf, &tom, ROLE_OPERATOR, &f), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "needed is operator"));
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "ops (operator)"));
	CU_ASSERT_PTR_NULL(strstr(f.evidence, "desk"));
}

static CU_TestInfo tests[] = {
	{ "the most powerful role of all groups wins", test_most_powerful },
	{ "a device outside the OUs and names of every row is refused", test_limits },
	{ "root has no limits, nobody has none to use", test_unlimited },
	{ "a refusal names role and group", test_refusal },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_ops_roles = { .pName = "agent/ops/roles", .pTests = tests };
