#include <string.h>

#include "agent/delegation/delegation.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "tests/unit/cunit.h"

#define AGENT "cn=enrolld,dc=contoso,dc=test"
#define SID "S-1-5-21-1-2-3-1142"

static const char *const ous[] = { "ou=A,dc=contoso,dc=test", "ou=B,dc=contoso,dc=test" };
static const char *const groups[] = { "cn=wifi,dc=contoso,dc=test" };

static struct delegation_plan plan_of(const char *flavour)
{
	return (struct delegation_plan){ .flavour = flavour, .agent = AGENT, .sid = SID,
		.account = "CONTOSO\\svc-enrolld", .ou = ous, .n_ou = 2, .group = groups,
		.n_group = 1 };
}

static void every_right_is_said_of_each_ou_and_group(void)
{
	static const struct {
		const char *flavour, *native, *command; /* of the first line */
	} cases[] = {
		{ "ad", SID ")", "samba-tool dsacl set --objectdn=\"ou=A,dc=contoso,dc=test\" " },
		{ "389ds", "userdn=\"ldap:///" AGENT "\"", "dn: ou=A,dc=contoso,dc=test\n" },
		{ "openldap", "by dn.exact=\"" AGENT "\"", "dn: olcDatabase={1}mdb,cn=config\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoclean(delegation_lines_clear) struct delegation_lines l = { NULL, 0 };
		struct delegation_plan p = plan_of(cases[i].flavour);
		size_t n, of_ou = delegation_ou_rights(&p);

		delegation_plan_rights(&p, &n);
		CU_ASSERT_EQUAL_FATAL(delegation_say(&p, &l, NULL), 0);
		CU_ASSERT_EQUAL_FATAL(l.n, 2 * of_ou + (n - of_ou));
		for (size_t k = 0; k < l.n; k++) {
			int group = l.line[k].right->scope == SCOPE_GROUP;

			CU_ASSERT_PTR_EQUAL(l.line[k].on,
				group ? groups[0] : ous[k < of_ou ? 0 : 1]);
			CU_ASSERT_EQUAL(group, k >= 2 * of_ou);
			CU_ASSERT_PTR_NOT_NULL(l.line[k].native);
		}
		CU_ASSERT_PTR_NOT_NULL(strstr(l.line[0].native, cases[i].native));
		CU_ASSERT_PTR_NOT_NULL(strstr(l.line[0].command[0], cases[i].command));
	}
}

/* slapd takes the first rule that fits, so each says where it goes. */
static void rules_of_slapd_are_numbered_through(void)
{
	autoclean(delegation_lines_clear) struct delegation_lines l = { NULL, 0 };
	struct delegation_plan p = plan_of("openldap");

	CU_ASSERT_EQUAL_FATAL(delegation_say(&p, &l, NULL), 0);
	for (size_t k = 0; k < l.n; k++) {
		autoclean(text_free) char *number = mem_printf("olcAccess: {%zu}to ", k);

		CU_ASSERT_PTR_NOT_NULL(strstr(l.line[k].command[0], number));
	}
}

static void an_unknown_account_or_flavour_has_no_plan(void)
{
	static const char *const flavours[] = { "ad", "389ds", "openldap", "edirectory" };

	for (size_t i = 0; i < ARRAY_LEN(flavours); i++) {
		struct delegation_lines l = { NULL, 0 };
		struct delegation_plan p = plan_of(flavours[i]);
		struct fail f = FAIL_INIT;

		p.agent = NULL;
		p.sid = NULL;
		CU_ASSERT_EQUAL(delegation_say(&p, &l, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_PREFLIGHT_UNKNOWN);
		CU_ASSERT_PTR_NULL(l.line);
	}
}

static CU_TestInfo tests[] = {
	{ "every right is said of each OU and group", every_right_is_said_of_each_ou_and_group },
	{ "rules of slapd are numbered through", rules_of_slapd_are_numbered_through },
	{ "an unknown account or flavour has no plan", an_unknown_account_or_flavour_has_no_plan },
	CU_TEST_INFO_NULL
};
CU_SuiteInfo suite_agent_delegation_say = { .pName = "agent/delegation/say", .pTests = tests };
