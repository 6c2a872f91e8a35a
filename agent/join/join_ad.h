/* What only Active Directory has: accounts, their control bits, passwords, SIDs. Private to
 * agent/join. */
#ifndef AGENT_JOIN_JOIN_AD_H
#define AGENT_JOIN_JOIN_AD_H

#include <stdint.h>

#include "agent/join/join_private.h"

/* userAccountControl (MS-ADTS section 2.2.16). */
enum {
	UAC_DISABLED = 0x2,
	UAC_WORKSTATION = 0x1000, /* 4096: a member of the domain */
	UAC_SERVER = 0x2000, /* a domain controller */
	UAC_DELEGATION = 0x80000, /* unconstrained delegation */
	UAC_PROTOCOL_TRANSITION = 0x1000000,
	UAC_READ_ONLY_DC = 0x4000000,
};

/* --- join_ad.c --- */
/* First value as a number; preset if there is none. */
int64_t ad_number(const struct dir_entry *e, const char *attr, int64_t preset);
/* First value as "S-1-…"; NULL if there is none. free() it. */
char *ad_sid_text(const struct dir_entry *e, const char *attr);
int ad_is_enabled(const struct dir_entry *e);
/* The one bit, all others as they were: deletes the exact old value. */
void ad_state_change(const struct dir_entry *e, int enabled, struct dir_mods *m);
/* A random password that nobody knows. */
void ad_password_spoil(struct dir_mods *m);
/* unicodePwd: the text in quotes, UTF-16 little-endian (MS-ADTS section 3.1.1.3.1.5). -1 if it is
 * no UTF-8. */
int ad_password_octets(const char *text, struct bytes *out);
void ad_add_more(const struct join *j, const struct join_object *o, struct dir_mods *m);
void ad_take_more(const struct join *j, const struct dir_entry *e, const struct join_object *o,
	struct dir_mods *m);
int ad_may_add(struct join *j, const struct join_object *o, struct fail *f);

/* --- join_ad_name.c --- */
/* NAME -> account name, as join_account. */
void ad_account(const char *name, char out[JOIN_ACCOUNT_MAX]);
int ad_name_free(struct join *j, const char *name, const char *fqdn, struct fail *f);
/* The global catalogue on the host of that URI: "ldaps://h" -> "ldaps://h:3269". 0, or -1: the URI
 * has no such neighbour. */
int ad_catalogue_uri(const char *uri, char out[DIR_URI_MAX]);

/* --- join_ad_take.c --- */
int ad_may_take(struct join *j, const struct dir_entry *e, struct fail *f);

/* --- join_domain.c --- */
/* The agent's own SID, as text; free() it. */
int ad_own_sid(struct join *j, char **out, struct fail *f);
/* The entry with that SID; *dn stays NULL if there is none to be seen. */
int ad_sid_dn(struct join *j, const char *sid, char **dn, struct fail *f);

#endif
