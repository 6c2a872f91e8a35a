#include "ldap/dir_fail.h"

#include <string.h>

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
	{ DIR_OP_BIND, LDAP_CONSTRAINT_VIOLATION, ENR_DIRECTORY_CREDENTIALS }, /* 389-ds: locked */
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

/* Where the server's words tell more than its result: what they contain, what that means, and what
 * to do. A NULL text is any. They may make a no more precise, never an unknown into a no. */
static const struct {
	int op, result;
	const char *text;
	enum code code;
	const char *advice;
} hints[] = {
	/* Samba: "ldap server require strong auth"; Active Directory: signing */
	{ DIR_OP_BIND, LDAP_STRONG_AUTH_REQUIRED, "Sign or Seal are required", ENR_DIRECTORY_POLICY,
		"this server takes Kerberos sealed only, and not inside TLS (Samba: ldap server "
		"require strong auth); use ldap:// without starttls" },
	{ DIR_OP_BIND, LDAP_UNWILLING_TO_PERFORM, "not allowed if TLS is used",
		ENR_DIRECTORY_POLICY, "this server takes no seal inside TLS" },
	{ DIR_OP_BIND, LDAP_INVALID_CREDENTIALS, "80090346", ENR_DIRECTORY_POLICY,
		"this server wants channel-binding = tls-endpoint" },
	{ DIR_OP_BIND, LDAP_STRONG_AUTH_REQUIRED, NULL, ENR_DIRECTORY_POLICY,
		"this server wants a protected channel for this bind: ldaps://, starttls = yes, or "
		"bind = gssapi" },
	{ ANY, LDAP_CONFIDENTIALITY_REQUIRED, NULL, ENR_DIRECTORY_POLICY,
		"this server wants a stronger channel: ldaps://, starttls = yes, or a higher "
		"sasl-min-ssf" },
	/* 389-ds: nsslapd-minssf */
	{ ANY, LDAP_UNWILLING_TO_PERFORM, "Minimum SSF not met", ENR_DIRECTORY_POLICY,
		"this server wants a stronger channel: ldaps:// or starttls = yes" },
	{ DIR_OP_BIND, LDAP_AUTH_UNKNOWN, NULL, ENR_DIRECTORY_POLICY,
		"no log-in of that kind is possible on this channel: the SASL plug-in is missing, "
		"TLS gives no channel binding, or the seal is weaker than sasl-min-ssf" },
	{ DIR_OP_BIND, LDAP_AUTH_METHOD_NOT_SUPPORTED, NULL, ENR_DIRECTORY_CREDENTIALS,
		"this server does not offer this way to log in; see supportedSASLMechanisms" },
	{ DIR_OP_BIND, LDAP_OPERATIONS_ERROR, "Failed to start authentication system",
		ENR_DIRECTORY_CREDENTIALS,
		"this server does not offer this way to log in; see supportedSASLMechanisms" },
	{ DIR_OP_BIND, LDAP_OTHER, "unable to canonify user", ENR_DIRECTORY_CREDENTIALS,
		"this server knows no such user" },
	{ DIR_OP_BIND, LDAP_INVALID_CREDENTIALS, "gss_accept_sec_context",
		ENR_DIRECTORY_CREDENTIALS,
		"the server does not take the ticket: its keytab is older than its key in the KDC, "
		"its clock differs, or it was bound to another channel (channel-binding)" },
	/* Active Directory's own numbers */
	{ DIR_OP_BIND, LDAP_INVALID_CREDENTIALS, "data 532", ENR_DIRECTORY_CREDENTIALS,
		"the password has run out" },
	{ DIR_OP_BIND, LDAP_INVALID_CREDENTIALS, "data 533", ENR_DIRECTORY_CREDENTIALS,
		"the account is disabled" },
	{ DIR_OP_BIND, LDAP_INVALID_CREDENTIALS, "data 701", ENR_DIRECTORY_CREDENTIALS,
		"the account has run out" },
	{ DIR_OP_BIND, LDAP_INVALID_CREDENTIALS, "data 773", ENR_DIRECTORY_CREDENTIALS,
		"the password must be changed first" },
	{ DIR_OP_BIND, LDAP_INVALID_CREDENTIALS, "data 775", ENR_DIRECTORY_CREDENTIALS,
		"the account is locked" },
	/* Somebody has the name: an SPN on Samba and Active Directory (ERROR_DS_SPN_VALUE_NOT_
	 * UNIQUE_IN_FOREST), a unique attribute on 389-ds and OpenLDAP */
	{ DIR_OP_ADD, LDAP_CONSTRAINT_VIOLATION, "would cause a conflict", ENR_NAME_TAKEN,
		"another object has this service principal name" },
	{ DIR_OP_ADD, LDAP_CONSTRAINT_VIOLATION, "000021C7", ENR_NAME_TAKEN,
		"another object has this service principal name" },
	{ DIR_OP_ADD, LDAP_CONSTRAINT_VIOLATION, "same attribute value already exists",
		ENR_NAME_TAKEN, NULL },
	{ DIR_OP_ADD, LDAP_CONSTRAINT_VIOLATION, "some attributes not unique", ENR_NAME_TAKEN,
		NULL },
	{ DIR_OP_PROBE, LDAP_CONSTRAINT_VIOLATION, "some attributes not unique", ENR_NAME_TAKEN,
		NULL },
	/* unicodePwd: the password policy (ERROR_PASSWORD_RESTRICTION), or a plain channel */
	{ ANY, LDAP_UNWILLING_TO_PERFORM, "0000052D", ENR_DIRECTORY_CONSTRAINT,
		"the domain's password policy" },
};

static const char *const op_words[] = {
	[DIR_OP_CONNECT] = "connect",
	[DIR_OP_BIND] = "log in",
	[DIR_OP_READ] = "read",
	[DIR_OP_ADD] = "add",
	[DIR_OP_PROBE] = "check the add of",
	[DIR_OP_TRY] = "check a write to",
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

/* The index of what is known about these words; ARRAY_LEN(hints) for nothing. */
static size_t hint_of(const struct dir_outcome *o)
{
	size_t i = 0;

	while (i < ARRAY_LEN(hints) &&
		((hints[i].op != ANY && hints[i].op != (int)o->op) ||
			hints[i].result != o->result ||
			(hints[i].text != NULL &&
				(o->said == NULL || strstr(o->said, hints[i].text) == NULL))))
		i++;
	return i;
}

int dir_fail(struct fail *f, const struct dir_outcome *o)
{
	size_t hint = hint_of(o);
	const char *advice = hint < ARRAY_LEN(hints) ? hints[hint].advice : NULL;
	enum code code = hint < ARRAY_LEN(hints) ? hints[hint].code
						 : dir_fail_code(o->op, o->result, o->sent);
	const char *subject = o->subject != NULL ? o->subject : "";
	const char *said = o->said != NULL ? o->said : "";
	const char *words = ldap_err2string(o->result);

	if (o->result == LDAP_TIMEOUT)
		words = "no answer within the time limit";
	else if (o->op == DIR_OP_PROBE && o->result == LDAP_SUCCESS)
		words = "success, where the no-op control forbids it";
	return fail(f, code, "%s: %s%s%s: %s (%d)%s%s%s%s%s", o->server, op_words[o->op],
		subject[0] != '\0' ? " " : "", subject, words, o->result,
		said[0] != '\0' ? ": " : "", said, advice != NULL ? ": " : "",
		advice != NULL ? advice : "",
		code == ENR_UNCERTAIN ? "; it was sent, and may have been done" : "");
}
