/* What went wrong: one code of the table in lib/base/codes.h, and evidence in words.
 *
 * A function that can fail returns 0 or -1 and takes `struct fail *f` last; f may be NULL where the
 * caller does not care. On -1 f is filled, on 0 it is untouched. The leaf says what happened, each
 * caller that knows more puts its context in front:
 *
 *	return fail(f, ENR_DIRECTORY_BUSY, "%s: busy (51)", uri);
 *	...
 *	return fail_in(f, "add %s", dn);        ->  "add cn=x,...: ldap://a: busy (51)"
 *
 * The buffers are fixed on purpose: reporting must not fail. Text is cut, never overrun. Evidence
 * is for admins (server, DN, LDAP result); what a device is told comes from the table alone, plus
 * `told`. */
#ifndef LIB_BASE_FAIL_H
#define LIB_BASE_FAIL_H

#include "lib/base/codes.h"

#define FAIL_EVIDENCE_MAX 640
#define FAIL_TOLD_MAX 256

struct fail {
	enum code code;                     /* ENR_NONE: nothing failed */
	char evidence[FAIL_EVIDENCE_MAX];   /* for admin, log, audit; may name servers and DNs */
	char told[FAIL_TOLD_MAX]; /* evidence fit for the device or a stranger; often "" */
};
#define FAIL_INIT ((struct fail){ .code = ENR_NONE })

/* All return -1, so that `return fail(...)` reads well. An argument may be a text
 * of f itself. In the result, what is no UTF-8 or a control character has become a question mark.
 */
int fail(struct fail *f, enum code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int fail_in(struct fail *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int fail_told(struct fail *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Same, with strerror(errno) behind. */
int fail_errno(struct fail *f, enum code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The safe zero is "we do not know". */
enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

#endif
