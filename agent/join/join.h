/* Computer objects in the directory: what to create for which directory, how to find it again, how
 * to take it back. Knows devices and LDAP, no records. Every call may block on the network (worker
 * threads only) and is thread-safe. Failures: ENR_6xx; "no" and "could not find out" never share a
 * code (docs/DIRECTORY.md section 6).
 *
 * A directory column is one row (`struct join_flavour`, join_flavour.h). */
#ifndef AGENT_JOIN_JOIN_H
#define AGENT_JOIN_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"

struct conf;
struct join;
struct dir;

/* Opens the pool; needs no answer from the directory yet. conf must outlive it. */
struct join *join_open(const struct conf *conf, struct fail *f);
void join_close(struct join **j);
/* The [ou] rows of another configuration from now on; [directory] stays as it was opened. conf and
 * the one before must outlive j: calls may still use them, and suffixes point into them. */
void join_reload(struct join *j, const struct conf *conf);

/* The pool it works with, for what is about the directory and not about devices; the file of the
 * CAs that its servers are checked against, or NULL. */
struct dir *join_dir(struct join *j);
const char *join_ca_file(const struct conf *conf);

/* Who are we and whom do we talk to: server URI, our own DN (whoami), vendor; free the texts. For
 * `status`. */
struct join_health {
	char *server, *identity, *vendor;
};
int join_health(struct join *j, struct join_health *out, struct fail *f);
void join_health_clear(struct join_health *h);

/* What the order of an enrollment depends on. */
struct join_traits {
	int object_first;              /* the certificate names the object's SID: add, read back,
					* sign, publish; else: sign, then one add with it */
	int has_password;              /* an object has a machine password, set in the add */
};
struct join_traits join_traits(const struct join *j);

/* The domain as the server at that URI names it (NULL: any). Texts are NULL where the directory has
 * no such thing; realm, netbios: Active Directory. What one server said holds for two minutes, or
 * until it fails or the configuration is read again. */
struct join_domain {
	char *dns, *realm, *netbios;
	char *controller;              /* DNS name of that server */
};
int join_domain(struct join *j, const char *server, struct join_domain *out, struct fail *f);
void join_domain_clear(struct join_domain *d);

#define JOIN_GUID_MAX 40 /* a GUID as the directory writes it: 36 characters at most, and NUL */
/* An OU as written by a person (DN in any spelling, canonical path, GUID) -> DN as the directory
 * spells it, and its GUID (entryUUID). ENR_OU_NOT_FOUND is a definite no. ENR_OU_NOT_ALLOWED:
 * outside every [ou] base, compared as parsed DNs. suffix: DNS suffix of the innermost [ou] that
 * holds it (points into conf). */
struct join_ou {
	char *dn, *server;             /* server: the URI that told */
	char guid[JOIN_GUID_MAX];
	const char *suffix;
};
int join_ou_find(struct join *j, const char *text, struct join_ou *out, struct fail *f);
/* The OU with that GUID as it stands now; ENR_OU_CHANGED if it is gone or outside the allowed
 * bases. */
int join_ou_by_guid(struct join *j, const char *guid, struct join_ou *out, struct fail *f);
void join_ou_clear(struct join_ou *ou);

/* A person by e-mail, user name, UPN or DN -> DN. ENR_OWNER_NOT_FOUND; two matches too. free() it.
 */
int join_owner_find(struct join *j, const char *text, char **dn, struct fail *f);

/* A group by name or DN -> DN. ENR_GROUP_NOT_FOUND; two matches too. free() it. */
int join_group_find(struct join *j, const char *text, char **dn, struct fail *f);

/* The account name of a device of that name, "LT-0042$" (sAMAccountName): 15 characters before the
 * "$" at most; a longer name is shortened to its beginning and a hash of the whole, always the
 * same. "" where the directory has no such thing. */
#define JOIN_ACCOUNT_MAX 20
void join_account(const struct join *j, const char *name, char out[JOIN_ACCOUNT_MAX]);

/* Is the name free to be used in that OU: no entry with cn=NAME in the OU or below any allowed
 * base, not one whose fqdn it is; on Active Directory no object of the domain, or of the forest
 * where a global catalogue answers, that has it as sAMAccountName (with or without "$"),
 * dNSHostName or host of an SPN. ENR_NAME_TAKEN names the DN that has it; ENR_NAME_RESERVED: a
 * domain controller. There only accounts are looked at for dNSHostName and SPN (class user, and so
 * computer): what else has one cannot log in, and that class is indexed, while dNSHostName and the
 * end of an SPN are not. */
int join_name_free(struct join *j, const char *name, const char *ou_dn, struct fail *f);

/* Everything an object is made of. */
struct join_object {
	const char *name, *fqdn;
	const char *ou_dn;
	const char *owner;             /* DN, or NULL */
	const char *serial;            /* hardware serial, or NULL; left out of the entry if it
					* is no PrintableString */
	const char *description;       /* or NULL */
	const char *enrollment;        /* "E-…" -> enrolldEnrollment */
	const char *mark;              /* version:record:epoch:nonce -> enrolldMark */
	const uint8_t *certificate;    /* DER, or NULL */
	size_t certificate_len;
	const char *mapping;           /* cert_mapping of it, for join_publish; or NULL */
	int maps;                      /* ... is written; else only what it replaces goes */
	const char *password;          /* machine password, UTF-8; NULL where there is none */
	const char *const *groups;     /* DNs the object becomes a member of after the add */
	size_t n_groups;
	const char *take_guid;         /* re-image: do not add, take over this object; else NULL */
	const char *take_mark;         /* the mark it must carry; NULL: it must carry none */
	const char *server;            /* for join_preflight: to be asked first; or NULL */
};
/* The very add with the critical no-op control, or what the directory has in its place; with
 * take_guid join_may_take, and no right is tried. 0 may add; ENR_CREATE_DENIED, ENR_NAME_TAKEN,
 * ENR_NOT_OURS, ENR_DIRECTORY_*; ENR_PREFLIGHT_UNKNOWN: could not be checked. */
int join_preflight(struct join *j, const struct join_object *o, struct fail *f);

struct join_created {
	char *dn, *server;             /* server: the URI that was written to */
	char guid[JOIN_GUID_MAX];      /* entryUUID or objectGUID, read back from the same server */
	char *account;                 /* sAMAccountName, or NULL */
	char *sid;                     /* "S-1-5-21-…", or NULL */
	int64_t key_version;           /* msDS-KeyVersionNumber; 0: none */
};
/* One add; with take_guid one modify instead, that swaps take_mark for mark and sets password,
 * enrollment, certificate and the enabled state. Then the groups, each of which may be refused by
 * itself: the object is taken back, or where that cannot be done ENR_UNCERTAIN. ENR_UNCERTAIN: the
 * operation was sent and no answer came: only join_look can tell, on the server it was sent to.
 * ENR_NAME_TAKEN (68) is definite. out->server, the only output of a failure: where something was
 * done or may have been; NULL: nothing anywhere. server may be NULL (any) or the URI to stay with.
 */
int join_create(struct join *j, const struct join_object *o, const char *server,
	struct join_created *out, struct fail *f);
void join_created_clear(struct join_created *c);

/* Make the object that stands a member of o's groups; one it is in already is no error. join_create
 * does it itself: this is for an object that was found. 0 or -1. */
int join_groups_enter(struct join *j, const struct join_created *made, const struct join_object *o,
	struct fail *f);
/* Look, on a new connection to server (NULL: any), for what stands under cn=NAME in the OU, or was
 * moved from there. YES: present with exactly this mark (out filled), NO: definitely no object with
 * this mark below the allowed bases; UNKNOWN: f says why. An OU that is gone took with it what
 * stood in it: NO, if its [ou] is to be seen. */
enum answer join_look(struct join *j, const struct join_object *o, const char *server,
	struct join_created *out, struct fail *f);

/* An object that carries a mark of o's enrollment, but not o->mark: made by an add of an earlier
 * claim that the directory carried out after its absence had been read. It is taken back. Only for
 * a claim that has sent no add yet. YES: it is gone now; NO: there is none. */
enum answer join_earlier_undo(struct join *j, const struct join_object *o, struct fail *f);

/* Put certificate and enrollment into an object that stands (found by GUID, on that server), in
 * place of those before. */
int join_publish(struct join *j, const char *guid, const char *server, const struct join_object *o,
	struct fail *f);

/* Is the object with that GUID one that may be taken over? ENR_NOT_OURS says why not, and who may:
 * no mark of ours (unless foreign), an owner outside the allowed set, privileged
 * (docs/DIRECTORY-AD.md section 5). found is filled in any case that could be read. */
struct join_seen;
struct join_take {
	int foreign;                   /* an object without a mark of ours may be taken */
};
int join_may_take(struct join *j, const char *guid, const struct join_take *how,
	struct join_seen *found, struct fail *f);
/* The object of that name below the allowed bases, for `device reimage` of an object that has no
 * record: GUID. ENR_DIRECTORY_GONE. */
int join_find_name(struct join *j, const char *name, char guid[JOIN_GUID_MAX],
	struct fail *f);

/* Delete the object with that GUID and its children, if it carries the mark (NULL: any of ours). 0
 * also if it is already gone. ENR_NOT_OURS. */
int join_remove(struct join *j, const char *guid, const char *mark, struct fail *f);
/* A new random machine password that nobody knows: the old one stops working, and no certificate is
 * mapped to the object any more, where profiles do that. 0 where there is
 * none. */
int join_spoil_password(struct join *j, const char *guid, struct fail *f);

/* Take back an object of ours: found by GUID, mark swapped in one modify that deletes the exact old
 * value, then deleted; on that server (NULL: any). 0 also if it is already gone. ENR_NOT_OURS: it
 * does not carry the mark. */
int join_undo(struct join *j, const char *guid, const char *mark, const char *server,
	struct fail *f);

enum join_state { JOIN_ENABLED, JOIN_DISABLED };
/* Switch the object (found by GUID) on or off. ENR_DIRECTORY_GONE. */
int join_set_state(struct join *j, const char *guid, enum join_state state, struct fail *f);

struct join_seen {
	char *dn;
	char *enrollment, *mark;       /* or NULL */
	char *account, *sid;           /* or NULL */
	int64_t key_version;           /* 0: none */
	int64_t n_groups;              /* direct memberships that the agent can see */
	int64_t n_children;            /* entries below it; -1: could not be found out */
	enum join_state state;
};
/* The object with that GUID. ENR_DIRECTORY_GONE is a definite no. */
int join_read(struct join *j, const char *guid, struct join_seen *out, struct fail *f);
void join_seen_clear(struct join_seen *s);

#endif
