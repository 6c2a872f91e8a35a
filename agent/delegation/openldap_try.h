/* What an account may do on slapd, found out by trying: it has no question for it. Nothing that is
 * sent here can change an entry, each for a reason of its own besides the no-op control that it
 * carries (docs/DELEGATION.md). Private to agent/delegation. */
#ifndef AGENT_DELEGATION_OPENLDAP_TRY_H
#define AGENT_DELEGATION_OPENLDAP_TRY_H

#include "ldap/dir.h"
#include "lib/base/fail.h"

/* Where the questions go: one server for all of them. */
struct attempts {
	struct dir *dir;
	char server[DIR_URI_MAX];
};

/* TRIED_NOT: no, and the server does not say for want of which right. TRIED_FAILED: no answer, f
 * says why. */
enum tried { TRIED_FAILED = -1,
	TRIED_MAY,
	TRIED_NOT,
	TRIED_NO_PARENT,
	TRIED_NO_ENTRY,
	TRIED_NO_ATTR,
	TRIED_UNKNOWN };

/* Take attr away from dn. TRIED_NOT also where slapd alone may write it. */
enum tried try_take(struct attempts *a, const char *dn, const char *attr, struct fail *f);
/* Give it that value. */
enum tried try_give(struct attempts *a, const char *dn, const char *attr, const char *value,
	struct fail *f);
/* Add a device below dn: its classes and its cn, which is in use in that database, and attr with
 * some value. attr is not NULL only after the same without it was TRIED_MAY there. */
enum tried try_add(struct attempts *a, const char *dn, const char *attr, struct fail *f);
/* Add an OU; ou is in use in that database. */
enum tried try_add_ou(struct attempts *a, const char *dn, struct fail *f);
enum tried try_delete(struct attempts *a, const char *dn, struct fail *f);

#endif
