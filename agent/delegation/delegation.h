/* The rights the agent's account needs in the directory: which they are, how each directory says
 * them, whether the account has them, all of them and no others, and how an admin sets them.
 * Knows LDAP and the table of rights (rights.c), no records. Calls may block on the network;
 * thread-safe. Failures: ENR_6xx. */
#ifndef AGENT_DELEGATION_DELEGATION_H
#define AGENT_DELEGATION_DELEGATION_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/str.h"

struct dir;

enum delegation_scope {
	SCOPE_OU,                      /* the OU and every OU below it */
	SCOPE_DEVICE,                  /* devices in them */
	SCOPE_GROUP,                   /* a group that a profile lists */
};
#define DELEGATION_SCOPES 3

/* One right; a row of the table in rights.c. */
struct delegation_right {
	const char *what;              /* "create child: computer" */
	enum delegation_scope scope;
	/* Active Directory (MS-ADTS 5.1.3.2) */
	uint32_t mask;
	const char *object;            /* GUID of class, attribute or right; NULL: of none */
	const char *set;    /* GUID of the property set that the attribute is in, or NULL */
	const char *dsacls;            /* its words behind the account */
	/* 389-ds: who may what, as an ACI has it, and as its effective rights have it */
	const char *target, *allow; /* before the name of the ACI; between its brackets */
	const char *attr, *letters; /* attribute, NULL: the entry; letters that must be there */
	enum code code; /* of an enrollment without it; ENR_NONE: ENR_CREATE_DENIED */
};
/* The rights of a flavour without those that an option brings; NULL for an unknown one. */
const struct delegation_right *delegation_rights(const char *flavour, size_t *n);

/* What the rights are about. Texts are borrowed. */
struct delegation_plan {
	const char *flavour;           /* [directory] flavour */
	const char *agent;             /* DN of the account */
	const char *sid;               /* Active Directory: its SID; else NULL */
	const char *account;           /* and its name, "CONTOSO\svc-enrolld" or UPN; else NULL */
	const char *const *ou;         /* DNs, none below another */
	size_t n_ou;
	const char *const *group;      /* DNs */
	size_t n_group;
	int maps;                      /* a profile has alt-security-identities */
};
/* The rights of that plan. */
const struct delegation_right *delegation_plan_rights(const struct delegation_plan *p, size_t *n);
/* How many rights one OU takes (all but those on groups). */
size_t delegation_ou_rights(const struct delegation_plan *p);

/* One line of the plan in the server's own words. on: the DN it is set on. command[i] may be NULL.
 */
struct delegation_line {
	const struct delegation_right *right;
	const char *on;
	char *native;                  /* SDDL of an ACE, an ACI, an olcAccess value */
	char *command[2];              /* samba-tool and dsacls; ldapmodify; NULL */
};
struct delegation_lines {
	struct delegation_line *line;
	size_t n;
};
/* ENR_PREFLIGHT_UNKNOWN: the flavour has no plan, or the account is not known. */
int delegation_say(const struct delegation_plan *p, struct delegation_lines *out, struct fail *f);
void delegation_lines_clear(struct delegation_lines *l);

/* The account of this log-in, as the directory names it; where it does not, NULL. */
struct delegation_who {
	char *dn, *sid, *account;
};
int delegation_who(struct dir *d, const char *flavour, struct delegation_who *out, struct fail *f);
void delegation_who_clear(struct delegation_who *w);

/* --- verify -------------------------------------------------------------------------- */

#define FINDING_DNS 8

enum finding_kind { FINDING_MISSING, FINDING_EXCESS };
struct delegation_finding {
	enum finding_kind kind;
	char *what;                    /* the right, in words */
	char *via;                     /* excess: the group that has it; NULL: the account itself */
	enum code code;                /* missing: of an enrollment without it */
	const char *why;               /* missing: "inheritance is blocked on this OU", or NULL */
	char *dn[FINDING_DNS];         /* where; the first ones */
	size_t n_dn;
	size_t objects;                /* on how many */
	int inside;                    /* it lies in one of the agent's OUs */
};
struct delegation_ou {
	char *dn;
	size_t have, of;
};
struct delegation_report {
	struct delegation_ou *ou;      /* every OU and those below; then the groups */
	size_t n_ou;
	struct delegation_finding *finding;
	size_t n;
	size_t objects;                /* looked at */
	size_t unknown;                /* of those, whose rights could not be read */
	int more;                      /* there were more findings than are kept */
};
/* With the agent's own log-in. only: this OU and what is below it alone; NULL: the whole naming
 * context. A report with findings is a success: see delegation_ok. */
int delegation_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f);
enum answer delegation_ok(const struct delegation_report *r);
void delegation_report_clear(struct delegation_report *r);

/* Before an add: has the agent every right of the plan in that OU, and on these groups, on the
 * server of that URI? ENR_CREATE_DENIED names the first that is missing. For flavours that cannot
 * try an add: Active Directory. */
int delegation_check(struct dir *d, const char *server, const struct delegation_plan *p,
	struct fail *f);

/* --- apply --------------------------------------------------------------------------- */

/* Sets what of the plan is not set yet, with the log-in of d, which is an admin's. changed: how
 * many were set; with dry nothing is. */
int delegation_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f);

#endif
