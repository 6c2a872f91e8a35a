/* LDAP result codes (RFC 4511 appendix A, RFC 4528, libldap's own below zero) as codes of ours:
 * definite no, busy, could not find out. Private to ldap/. */
#ifndef LDAP_DIR_FAIL_H
#define LDAP_DIR_FAIL_H

#include "lib/base/fail.h"

/* What was going on; the same result may mean different things. */
enum dir_op {
	DIR_OP_CONNECT,
	DIR_OP_BIND,
	DIR_OP_READ,
	DIR_OP_ADD,
	DIR_OP_PROBE,                  /* an add with the no-op control */
	DIR_OP_TRY,                    /* any write with it; whatever comes is an answer */
	DIR_OP_MODIFY,
	DIR_OP_DELETE,
};

struct dir_outcome {
	enum dir_op op;
	int result;                    /* LDAP result code */
	int sent;                      /* the request left for the server */
	const char *server, *subject;  /* URI; DN, or NULL */
	const char *said;              /* the server's own words, or NULL */
};

enum code dir_fail_code(enum dir_op op, int result, int sent);
/* Fills f; returns -1. */
int dir_fail(struct fail *f, const struct dir_outcome *o);
/* The operation did not happen, and another server, or this one later, may well do it. */
int dir_fail_is_elsewhere(enum dir_op op, int result, int sent);

#endif
