/* Active Directory: what a list of entries grants, and rights as entries. Used in
 * agent/delegation and its tests. Pure. */
#ifndef AGENT_DELEGATION_AD_H
#define AGENT_DELEGATION_AD_H

#include "agent/delegation/delegation.h"
#include "ldap/dir.h"
#include "lib/wire/secdesc.h"

#define AD_COMPUTER "bf967a86-0de6-11d0-a285-00aa003049e2"
/* What changes something: all that an account may have too much of. */
#define AD_CHANGES                                                                                 \
	(RIGHT_CREATE_CHILD | RIGHT_DELETE_CHILD | RIGHT_SELF_WRITE | RIGHT_WRITE_PROPERTY |       \
		RIGHT_DELETE_TREE | RIGHT_CONTROL_ACCESS | RIGHT_DELETE | RIGHT_WRITE_DACL |       \
		RIGHT_WRITE_OWNER)

/* The account and all groups it is in, as its log-in has them (rootDSE tokenGroups). */
struct ad_token {
	struct sid *sid;               /* the first is the account itself */
	size_t n;
	int maps;                      /* the plan it is held against has the right by option */
};
int ad_token_has(const struct ad_token *t, const struct sid *s);
/* One of those that every account of the domain has: Everyone, Authenticated Users, … */
int ad_is_common(const struct sid *s);

/* The entry that says a right: for SCOPE_OU on the OU and all below, for SCOPE_DEVICE on computers
 * below, for SCOPE_GROUP on the group itself. */
void ad_entry_of(const struct delegation_right *r, const struct sid *who, struct ace *out);

/* Does the list grant the right: on the object itself, or (below) on a computer that would be made
 * right below it? Entries count in their order (MS-ADTS 5.1.3.3). */
int ad_grants(const struct acl *l, const struct ad_token *t, const struct delegation_right *r,
	int below);

/* What an object is to the plan. */
enum ad_place { PLACE_OUTSIDE, PLACE_INSIDE, PLACE_DEVICE, PLACE_GROUP };
/* Of what entry i of the list gives this log-in: the rights that change something and that neither
 * the plan nor an earlier entry takes away; 0: nothing. owned: the account made the object. */
uint32_t ad_excess(const struct acl *l, size_t i, const struct ad_token *t, enum ad_place place,
	int owned);

/* nTSecurityDescriptor of an entry; -1: it is not shown, or is none. */
int ad_descriptor(const struct dir_entry *e, struct secdesc *out);

#endif
