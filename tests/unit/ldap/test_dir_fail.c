#include "ldap/dir_fail.h"

#include <string.h>

#include <CUnit/CUnit.h>

#include "lib/base/clean.h"

static void no_busy_and_could_not_find_out_are_three_answers(void)
{
	static const struct {
		enum dir_op op;
		int result, sent;
		enum code code;
	} rows[] = {
		/* definite */
		{ DIR_OP_READ, 32, 1, ENR_DIRECTORY_GONE },
		{ DIR_OP_READ, 34, 1, ENR_DIRECTORY_GONE },
		{ DIR_OP_READ, 50, 1, ENR_DIRECTORY_REFUSED },
		{ DIR_OP_ADD, 50, 1, ENR_CREATE_DENIED },
		{ DIR_OP_PROBE, 50, 1, ENR_CREATE_DENIED },
		{ DIR_OP_MODIFY, 50, 1, ENR_DIRECTORY_REFUSED },
		{ DIR_OP_MODIFY, 16, 1, ENR_DIRECTORY_REFUSED },
		{ DIR_OP_DELETE, 122, 1, ENR_DIRECTORY_REFUSED },
		{ DIR_OP_ADD, 68, 1, ENR_NAME_TAKEN },
		{ DIR_OP_ADD, 53, 1, ENR_DIRECTORY_REFUSED },
		{ DIR_OP_ADD, 65, 1, ENR_DIRECTORY_SCHEMA },
		{ DIR_OP_ADD, 17, 1, ENR_DIRECTORY_SCHEMA },
		{ DIR_OP_ADD, 21, 1, ENR_DIRECTORY_SCHEMA },
		{ DIR_OP_ADD, 19, 1, ENR_DIRECTORY_CONSTRAINT },
		{ DIR_OP_ADD, 10, 1, ENR_DIRECTORY_REFERRAL },
		{ DIR_OP_BIND, 49, 1, ENR_DIRECTORY_CREDENTIALS },
		{ DIR_OP_BIND, 53, 1, ENR_DIRECTORY_CREDENTIALS },
		{ DIR_OP_BIND, 13, 1, ENR_DIRECTORY_POLICY },
		{ DIR_OP_ADD, 8, 1, ENR_DIRECTORY_POLICY },
		{ DIR_OP_READ, 9999, 1, ENR_DIRECTORY_REFUSED },
		/* refused at once: not done, and may be done later */
		{ DIR_OP_ADD, 51, 1, ENR_DIRECTORY_BUSY },
		{ DIR_OP_ADD, 52, 1, ENR_DIRECTORY_BUSY },
		{ DIR_OP_ADD, 3, 1, ENR_DIRECTORY_BUSY },
		{ DIR_OP_READ, 80, 1, ENR_DIRECTORY_BUSY },
		{ DIR_OP_READ, 11, 1, ENR_DIRECTORY_BUSY },
		/* not sent: surely not done */
		{ DIR_OP_ADD, -1, 0, ENR_DIRECTORY_UNREACHABLE },
		{ DIR_OP_DELETE, -1, 0, ENR_DIRECTORY_UNREACHABLE },
		/* sent, and no answer that says */
		{ DIR_OP_ADD, -1, 1, ENR_UNCERTAIN },
		{ DIR_OP_ADD, -5, 1, ENR_UNCERTAIN },
		{ DIR_OP_ADD, -4, 1, ENR_UNCERTAIN },
		{ DIR_OP_ADD, 80, 1, ENR_UNCERTAIN },
		{ DIR_OP_ADD, 1, 1, ENR_UNCERTAIN },
		{ DIR_OP_MODIFY, -5, 1, ENR_UNCERTAIN },
		{ DIR_OP_DELETE, -1, 1, ENR_UNCERTAIN },
		/* reads and probes change nothing, so they are never uncertain */
		{ DIR_OP_READ, -5, 1, ENR_DIRECTORY_UNREACHABLE },
		{ DIR_OP_PROBE, -5, 1, ENR_DIRECTORY_UNREACHABLE },
		{ DIR_OP_BIND, -5, 1, ENR_DIRECTORY_UNREACHABLE },
		{ DIR_OP_PROBE, 12, 1, ENR_PREFLIGHT_UNKNOWN },
		{ DIR_OP_PROBE, 0, 1, ENR_PREFLIGHT_UNKNOWN },
		{ DIR_OP_CONNECT, -11, 0, ENR_DIRECTORY_TLS },
		{ DIR_OP_CONNECT, -1, 0, ENR_DIRECTORY_UNREACHABLE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(dir_fail_code(rows[i].op, rows[i].result, rows[i].sent),
			rows[i].code);
}

static void only_what_was_surely_not_done_goes_elsewhere(void)
{
	static const enum dir_op writes[] = { DIR_OP_ADD, DIR_OP_MODIFY, DIR_OP_DELETE };

	for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
		CU_ASSERT_EQUAL(dir_fail_is_elsewhere(writes[i], -1, 0), 1);
		CU_ASSERT_EQUAL(dir_fail_is_elsewhere(writes[i], 52, 1), 1);
		for (int result = -18; result < 130; result++)
			if (dir_fail_code(writes[i], result, 1) == ENR_UNCERTAIN)
				CU_ASSERT_EQUAL(dir_fail_is_elsewhere(writes[i], result, 1), 0);
		CU_ASSERT_EQUAL(dir_fail_is_elsewhere(writes[i], -1, 1), 0);
		CU_ASSERT_EQUAL(dir_fail_is_elsewhere(writes[i], 50, 1), 0);
	}
	CU_ASSERT_EQUAL(dir_fail_is_elsewhere(DIR_OP_READ, -5, 1), 1);
	CU_ASSERT_EQUAL(dir_fail_is_elsewhere(DIR_OP_READ, 32, 1), 0);
}

static void evidence_names_server_operation_and_result(void)
{
	struct dir_outcome o = { .op = DIR_OP_ADD, .result = 50, .sent = 1,
		.server = "ldaps://a", .subject = "cn=x,dc=test", .said = "no write access" };
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(dir_fail(&f, &o), -1);
	CU_ASSERT_STRING_EQUAL(f.evidence,
		"ldaps://a: add cn=x,dc=test: Insufficient access (50): no write access");
	o.result = -5;
	o.said = NULL;
	dir_fail(&f, &o);
	CU_ASSERT_EQUAL(f.code, ENR_UNCERTAIN);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "may have been done"));
}

static void what_the_server_says_tells_more_than_its_result(void)
{
	static const struct {
		enum dir_op op;
		int result;
		const char *said;
		enum code code;
		const char *advice;
	} rows[] = {
		{ DIR_OP_BIND, 8, "SASL:[GSSAPI]: Sign or Seal are required.", ENR_DIRECTORY_POLICY,
			"ldap:// without starttls" },
		{ DIR_OP_BIND, 8, NULL, ENR_DIRECTORY_POLICY, "ldaps://" },
		{ DIR_OP_BIND, 53, "Sign or Seal are not allowed if TLS is used",
			ENR_DIRECTORY_POLICY, "inside TLS" },
		{ DIR_OP_BIND, 53, "Account inactivated", ENR_DIRECTORY_CREDENTIALS, "" },
		{ DIR_OP_BIND, 49, "80090346: LdapErr: DSID-0C090569", ENR_DIRECTORY_POLICY,
			"tls-endpoint" },
		{ DIR_OP_BIND, 49, "AcceptSecurityContext error, data 775, v1db1",
			ENR_DIRECTORY_CREDENTIALS, "locked" },
		{ DIR_OP_BIND, 7, NULL, ENR_DIRECTORY_CREDENTIALS, "does not offer" },
		{ DIR_OP_BIND, 1, "SASL: Failed to start authentication system: x",
			ENR_DIRECTORY_CREDENTIALS, "does not offer" },
		{ DIR_OP_BIND, 1, "something else", ENR_DIRECTORY_BUSY, "" },
		{ DIR_OP_BIND, 19, "Exceed password retry limit", ENR_DIRECTORY_CREDENTIALS, "" },
		{ DIR_OP_READ, 53, "Minimum SSF not met.", ENR_DIRECTORY_POLICY, "ldaps://" },
		{ DIR_OP_ADD, 68, "samAccountName 'D1$' already in use!", ENR_NAME_TAKEN, "" },
		{ DIR_OP_ADD, 19, "spn[HOST/pc1] would cause a conflict", ENR_NAME_TAKEN,
			"service principal name" },
		{ DIR_OP_ADD, 19, "000021C7: AtrErr: DSID", ENR_NAME_TAKEN, "service principal" },
		{ DIR_OP_ADD, 19, "Another entry with the same attribute value already exists",
			ENR_NAME_TAKEN, "" },
		{ DIR_OP_ADD, 19, "some attributes not unique", ENR_NAME_TAKEN, "" },
		{ DIR_OP_ADD, 19, "a size constraint", ENR_DIRECTORY_CONSTRAINT, "" },
		{ DIR_OP_ADD, 53, "0000052D: SvcErr: DSID", ENR_DIRECTORY_CONSTRAINT,
			"password policy" },
		{ DIR_OP_ADD, 53, "database is read-only", ENR_DIRECTORY_REFUSED, "" },
		/* what is uncertain stays so, whatever is said */
		{ DIR_OP_ADD, 1, "000020EF", ENR_UNCERTAIN, "may have been done" },
		{ DIR_OP_ADD, 80, "spn[HOST/pc1] would cause a conflict", ENR_UNCERTAIN, "" },
		{ DIR_OP_ADD, -1, "Minimum SSF not met", ENR_UNCERTAIN, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct dir_outcome o = { .op = rows[i].op, .result = rows[i].result,
			.sent = 1, .server = "ldaps://a", .said = rows[i].said };
		struct fail f = FAIL_INIT;

		dir_fail(&f, &o);
		CU_ASSERT_EQUAL(f.code, rows[i].code);
		CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, rows[i].advice));
	}
}

static CU_TestInfo tests[] = {
	{ "no, busy, and could not find out are three answers",
		no_busy_and_could_not_find_out_are_three_answers },
	{ "only what was surely not done goes elsewhere",
		only_what_was_surely_not_done_goes_elsewhere },
	{ "evidence names server, operation and result",
		evidence_names_server_operation_and_result },
	{ "what the server says tells more than its result",
		what_the_server_says_tells_more_than_its_result },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_ldap_dir_fail = { "ldap/dir_fail", NULL, NULL, NULL, NULL, tests };
