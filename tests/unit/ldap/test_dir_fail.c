#include "ldap/dir_fail.h"

#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

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

/* RFC 4511 appendix A.1 whole, RFC 3909, 4370 and 4528: what each says to a read, an add, a log-in.
 * An add that was sent: U is uncertain. */
static void every_result_code_has_its_place(void)
{
	enum {
		NO = ENR_DIRECTORY_REFUSED,
		BUSY = ENR_DIRECTORY_BUSY,
		SCHEMA = ENR_DIRECTORY_SCHEMA,
		VALUE = ENR_DIRECTORY_CONSTRAINT,
		LOGIN = ENR_DIRECTORY_CREDENTIALS,
		SAFER = ENR_DIRECTORY_POLICY,
		AWAY = ENR_DIRECTORY_REFERRAL,
		GONE = ENR_DIRECTORY_GONE,
		NAME = ENR_NAME_TAKEN,
		RIGHT = ENR_CREATE_DENIED,
		U = ENR_UNCERTAIN,
	};
	static const struct {
		int result, read, add, bind;
	} rows[] = {
		{ 1, BUSY, U, BUSY },          /* operationsError */
		{ 2, NO, NO, NO },             /* protocolError */
		{ 3, BUSY, BUSY, BUSY },       /* timeLimitExceeded */
		{ 4, BUSY, BUSY, BUSY },       /* sizeLimitExceeded */
		{ 5, NO, NO, NO },             /* compareFalse */
		{ 6, NO, NO, NO },             /* compareTrue */
		{ 7, LOGIN, LOGIN, LOGIN },    /* authMethodNotSupported */
		{ 8, SAFER, SAFER, SAFER },    /* strongerAuthRequired */
		{ 10, AWAY, AWAY, AWAY },      /* referral */
		{ 11, BUSY, BUSY, BUSY },      /* adminLimitExceeded */
		{ 12, NO, NO, NO },            /* unavailableCriticalExtension */
		{ 13, SAFER, SAFER, SAFER },   /* confidentialityRequired */
		{ 14, LOGIN, LOGIN, LOGIN },   /* saslBindInProgress */
		{ 16, NO, NO, NO },            /* noSuchAttribute */
		{ 17, SCHEMA, SCHEMA, SCHEMA }, /* undefinedAttributeType */
		{ 18, SCHEMA, SCHEMA, SCHEMA }, /* inappropriateMatching */
		{ 19, VALUE, VALUE, LOGIN },   /* constraintViolation */
		{ 20, VALUE, VALUE, VALUE },   /* attributeOrValueExists */
		{ 21, SCHEMA, SCHEMA, SCHEMA }, /* invalidAttributeSyntax */
		{ 32, GONE, GONE, LOGIN },     /* noSuchObject */
		{ 33, NO, NO, NO },            /* aliasProblem */
		{ 34, GONE, NO, LOGIN },       /* invalidDNSyntax */
		{ 36, NO, NO, NO },            /* aliasDereferencingProblem */
		{ 48, LOGIN, LOGIN, LOGIN },   /* inappropriateAuthentication */
		{ 49, LOGIN, LOGIN, LOGIN },   /* invalidCredentials */
		{ 50, NO, RIGHT, LOGIN },      /* insufficientAccessRights */
		{ 51, BUSY, BUSY, BUSY },      /* busy */
		{ 52, BUSY, BUSY, BUSY },      /* unavailable */
		{ 53, NO, NO, LOGIN },         /* unwillingToPerform */
		{ 54, NO, NO, NO },            /* loopDetect */
		{ 64, SCHEMA, SCHEMA, SCHEMA }, /* namingViolation */
		{ 65, SCHEMA, SCHEMA, SCHEMA }, /* objectClassViolation */
		{ 66, NO, NO, NO },            /* notAllowedOnNonLeaf */
		{ 67, NO, NO, NO },            /* notAllowedOnRDN */
		{ 68, NAME, NAME, NAME },      /* entryAlreadyExists */
		{ 69, SCHEMA, SCHEMA, SCHEMA }, /* objectClassModsProhibited */
		{ 71, NO, NO, NO },            /* affectsMultipleDSAs */
		{ 80, BUSY, U, BUSY },         /* other */
		{ 118, NO, NO, NO },           /* canceled */
		{ 119, NO, NO, NO },           /* noSuchOperation */
		{ 120, NO, NO, NO },           /* tooLate */
		{ 121, NO, NO, NO },           /* cannotCancel */
		{ 122, NO, NO, NO },           /* assertionFailed */
		{ 123, NO, NO, NO },           /* authorizationDenied */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int result = rows[i].result;

		CU_ASSERT_EQUAL((int)dir_fail_code(DIR_OP_READ, result, 1), rows[i].read);
		CU_ASSERT_EQUAL((int)dir_fail_code(DIR_OP_ADD, result, 1), rows[i].add);
		CU_ASSERT_EQUAL((int)dir_fail_code(DIR_OP_BIND, result, 1), rows[i].bind);
		/* Busy alone goes to another server, and never what is uncertain. */
		CU_ASSERT_EQUAL(dir_fail_is_elsewhere(DIR_OP_READ, result, 1),
			rows[i].read == BUSY);
		CU_ASSERT_EQUAL(dir_fail_is_elsewhere(DIR_OP_ADD, result, 1), rows[i].add == BUSY);
	}
	/* libldap's own: nothing came, or nothing that could be read. */
	for (int result = -1; result >= -18; result--) {
		CU_ASSERT_EQUAL(dir_fail_code(DIR_OP_READ, result, 1),
			ENR_DIRECTORY_UNREACHABLE);
		CU_ASSERT_EQUAL(dir_fail_code(DIR_OP_ADD, result, 0), ENR_DIRECTORY_UNREACHABLE);
		CU_ASSERT_EQUAL(dir_fail_code(DIR_OP_ADD, result, 1), ENR_UNCERTAIN);
	}
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
	{ "every result code has its place", every_result_code_has_its_place },
	{ "only what was surely not done goes elsewhere",
		only_what_was_surely_not_done_goes_elsewhere },
	{ "evidence names server, operation and result",
		evidence_names_server_operation_and_result },
	{ "what the server says tells more than its result",
		what_the_server_says_tells_more_than_its_result },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_ldap_dir_fail = { "ldap/dir_fail", NULL, NULL, NULL, NULL, tests };
