/* Names of what stands in security descriptors as numbers, looked up in the directory; what cannot
 * be found stays a number. Private to agent/delegation. */
#ifndef AGENT_DELEGATION_AD_NAMES_H
#define AGENT_DELEGATION_AD_NAMES_H

#include "ldap/dir.h"
#include "lib/wire/secdesc.h"

/* Findings that no single entry makes; in place of a mask. */
#define AD_OWNER 0x00800000u       /* owner of the object */
#define AD_SOMETHING 0x00400000u   /* the server says so, but does not show the entries */

/* All below: free() it. sAMAccountName of that SID, or its text. */
char *ad_sid_name(struct dir *d, const struct sid *s);
/* "create child: user, delete child: user"; a is the entry that gives the rights in mask. */
char *ad_excess_words(struct dir *d, const struct ace *a, uint32_t mask);

#endif
