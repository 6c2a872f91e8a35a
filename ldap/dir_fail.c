#include "ldap/dir_fail.h"

#include <ldap.h>

#include "lib/base/clean.h"

/* What each result means; a row with an op comes before the general row of that result. */
enum { ANY = -1 };
static const struct {
	int op, result;
	enum code code;
} rows[] = {
	{ DIR_OP_BIND, LDAP_UNWILLING_TO_PERFORM, ENR_DIRECTORY_CREDENTIALS },
	{ DIR_OP_BIND, LDAP_INSUFFICIENT_ACCESS, ENR_DIRECTORY_CREDENTIALS },
	{ DIR_OP_BIND, LDAP_NO_SUCH_OBJECT, ENR_DIRECTORY_CREDENTIALS },
	{ DIR_OP_BIND, LDAP_INVALID_DN_SYNTAX, ENR_DIRECTORY_CREDENTIALS },
	/* What the SASL library says: no worthy mechanism, too weak; anything else. */
	{ DIR_OP_BIND, LDAP_AUTH_UNKNOWN, ENR_DIRECTORY_POLICY },
	{ DIR_OP_BIND, LDAP_LOCAL_ERROR, ENR_DIRECTORY_CREDENTIALS },
	{ DIR_OP_READ, LDAP_INVALID_DN_SYNTAX, ENR_DIRECTORY_GONE },
	{ DIR_OP_CONNECT, LDAP_CONNECT_ERROR, ENR_DIRECTORY_TLS },
	{ DIR_OP_CONNECT, LDAP_PROTOCOL_ERROR, ENR_DIRECTORY_TLS },
	{ DIR_OP_CONNECT, LDAP_LOCAL_ERROR, ENR_DIRECTORY_TLS },
	{ DIR_OP_ADD, LDAP_INSUFFICIENT_ACCESS, ENR_CREATE_DENIED },
	{ DIR_OP_PROBE, LDAP_INSUFFICIENT_ACCESS, ENR_CREATE_DENIED },
	{ DIR_OP_PROBE, LDAP_UNAVAILABLE_CRITICAL_EXTENSION, ENR_PREFLIGHT_UNKNOWN },
	{ DIR_OP_PROBE, LDAP_SUCCESS, ENR_PREFLIGHT_UNKNOWN },

	{ ANY, LDAP_SERVER_DOWN, ENR_DIRECTORY_UNREACHABLE },
	{ ANY, LDAP_TIMEOUT, ENR_DIRECTORY_UNREACHABLE },
	{ ANY, LDAP_CONNECT_ERROR, ENR_DIRECTORY_UNREACHABLE },

	{ ANY, LDAP_OPERATIONS_ERROR, ENR_DIRECTORY_BUSY },
	{ ANY, LDAP_TIMELIMIT_EXCEEDED, ENR_DIRECTORY_BUSY },
	{ ANY, LDAP_SIZELIMIT_EXCEEDED, ENR_DIRECTORY_BUSY },
	{ ANY, LDAP_ADMINLIMIT_EXCEEDED, ENR_DIRECTORY_BUSY },
	{ ANY, LDAP_BUSY, ENR_DIRECTORY_BUSY },
	{ ANY, LDAP_UNAVAILABLE, ENR_DIRECTORY_BUSY },
	{ ANY, LDAP_OTHER, ENR_DIRECTORY_BUSY },

	{ ANY, LDAP_REFERRAL, ENR_DIRECTORY_REFERRAL },
	{ ANY, LDAP_STRONG_AUTH_REQUIRED, ENR_DIRECTORY_POLICY },
	{ ANY, LDAP_CONFIDENTIALITY_REQUIRED, ENR_DIRECTORY_POLICY },
	{ ANY, LDAP_AUTH_METHOD_NOT_SUPPORTED, ENR_DIRECTORY_CREDENTIALS },
	{ ANY, LDAP_SASL_BIND_IN_PROGRESS, ENR_DIRECTORY_CREDENTIALS },
	{ ANY, LDAP_INAPPROPRIATE_AUTH, ENR_DIRECTORY_CREDENTIALS },
	{ ANY, LDAP_INVALID_CREDENTIALS, ENR_DIRECTORY_CREDENTIALS },

	{ ANY, LDAP_UNDEFINED_TYPE, ENR_DIRECTORY_SCHEMA },
	{ ANY, LDAP_INAPPROPRIATE_MATCHING, ENR_DIRECTORY_SCHEMA },
	{ ANY, LDAP_INVALID_SYNTAX, ENR_DIRECTORY_SCHEMA },
	{ ANY, LDAP_NAMING_VIOLATION, ENR_DIRECTORY_SCHEMA },
	{ ANY, LDAP_OBJECT_CLASS_VIOLATION, ENR_DIRECTORY_SCHEMA },
	{ ANY, LDAP_NO_OBJECT_CLASS_MODS, ENR_DIRECTORY_SCHEMA },
	{ ANY, LDAP_CONSTRAINT_VIOLATION, ENR_DIRECTORY_CONSTRAINT },
	{ ANY, LDAP_TYPE_OR_VALUE_EXISTS, ENR_DIRECTORY_CONSTRAINT },

	{ ANY, LDAP_NO_SUCH_OBJECT, ENR_DIRECTORY_GONE },
	{ ANY, LDAP_ALREADY_EXISTS, ENR_NAME_TAKEN },
};

static const char *const op_words[] = {
	[DIR_OP_CONNECT] = "connect",
	[DIR_OP_BIND] = "log in",
	[DIR_OP_READ] = "read",
	[DIR_OP_ADD] = "add",
	[DIR_OP_PROBE] = "check the add of",
	[DIR_OP_MODIFY] = "change",
	[DIR_OP_DELETE] = "delete",
};

static int is_write(enum dir_op op)
{
	return op == DIR_OP_ADD || op == DIR_OP_MODIFY || op == DIR_OP_DELETE;
}

/* Sent, and what came back, if anything, does not say whether it was done. "Other" and "operations
 * error" are how servers report that something broke, perhaps after the commit. */
static int is_uncertain(enum dir_op op, int result, int sent)
{
	return is_write(op) && sent &&
		(result < 0 || result == LDAP_OTHER || result == LDAP_OPERATIONS_ERROR);
}

enum code dir_fail_code(enum dir_op op, int result, int sent)
{
	if (is_uncertain(op, result, sent))
		return ENR_UNCERTAIN;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((rows[i].op == ANY || rows[i].op == (int)op) && rows[i].result == result)
			return rows[i].code;
	return result < 0 ? ENR_DIRECTORY_UNREACHABLE : ENR_DIRECTORY_REFUSED;
}

int dir_fail_is_elsewhere(enum dir_op op, int result, int sent)
{
	enum code code = dir_fail_code(op, result, sent);

	return code == ENR_DIRECTORY_UNREACHABLE || code == ENR_DIRECTORY_BUSY ||
		code == ENR_DIRECTORY_TLS;
}

int dir_fail(struct fail *f, const struct dir_outcome *o)
{
	enum code code = dir_fail_code(o->op, o->result, o->sent);
	const char *subject = o->subject != NULL ? o->subject : "";
	const char *said = o->said != NULL ? o->said : "";
	const char *words = ldap_err2string(o->result);

	if (o->result == LDAP_TIMEOUT)
		words = "no answer within the time limit";
	else if (o->op == DIR_OP_PROBE && o->result == LDAP_SUCCESS)
		words = "success, where the no-op control forbids it";
	return fail(f, code, "%s: %s%s%s: %s (%d)%s%s%s", o->server, op_words[o->op],
		subject[0] != '\0' ? " " : "", subject, words, o->result,
		said[0] != '\0' ? ": " : "", said,
		code == ENR_UNCERTAIN ? "; it was sent, and may have been done" : "");
}
