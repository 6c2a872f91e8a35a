/* Computer objects in the directory: what to create for which directory, how to find it again, how
 * to take it back. Knows devices and LDAP, no records. Every call may block on the network (worker
 * threads only) and is thread-safe. Failures: ENR_6xx; "no" and "could not find out" never share a
 * code (design invariant 3).
 *
 * A directory column is one row (`struct join_flavour`, join_flavour.h); OpenLDAP now. */
#ifndef AGENT_JOIN_JOIN_H
#define AGENT_JOIN_JOIN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"

struct conf;
struct join;

/* Opens the pool; needs no answer from the directory yet. conf must outlive it. */
struct join *join_open(const struct conf *conf, struct fail *f);
void join_close(struct join **j);
/* The [ou] rows of another configuration from now on; [directory] stays as it was opened. conf and
 * the one before must outlive j: calls may still use them, and suffixes point into them. */
void join_reload(struct join *j, const struct conf *conf);

/* Who are we and whom do we talk to: server URI, our own DN (whoami), vendor; free the texts. For
 * `status`. */
struct join_health {
	char *server, *identity, *vendor;
};
int join_health(struct join *j, struct join_health *out, struct fail *f);
void join_health_clear(struct join_health *h);

/* An OU as written by a person (DN in any spelling, canonical path, GUID) -> DN as the directory
 * spells it, and its GUID (entryUUID). ENR_OU_NOT_FOUND is a definite no. ENR_OU_NOT_ALLOWED:
 * outside every [ou] base, compared as parsed DNs. suffix: DNS suffix of the innermost [ou] that
 * holds it (points into conf). */
struct join_ou {
	char *dn;
	char guid[40];
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

/* Is the name free to be used in that OU: no entry with cn=NAME in the OU or below any allowed
 * base, not one whose fqdn it is. ENR_NAME_TAKEN names the DN that has it. */
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
};
/* The very add with the critical no-op control: 0 may add; ENR_CREATE_DENIED, ENR_NAME_TAKEN,
 * ENR_DIRECTORY_*; ENR_PREFLIGHT_UNKNOWN: could not be checked. */
int join_preflight(struct join *j, const struct join_object *o, struct fail *f);

struct join_created {
	char *dn, *server;             /* server: the URI that was written to */
	char guid[40];                 /* entryUUID, read back from the same server */
};
/* One add. ENR_UNCERTAIN: the operation was sent and no answer came: only join_look can tell, on
 * the server it was sent to, which is then (the only output of a failure) in out->server.
 * ENR_NAME_TAKEN (68) is definite. server may be NULL (any) or the URI to stay with. */
int join_create(struct join *j, const struct join_object *o, const char *server,
	struct join_created *out, struct fail *f);
void join_created_clear(struct join_created *c);

/* Look, on a new connection to server (NULL: any), for what stands under cn=NAME in the OU. YES:
 * present with exactly this mark (out filled), NO: definitely no object with this mark; UNKNOWN: f
 * says why. */
enum answer join_look(struct join *j, const struct join_object *o, const char *server,
	struct join_created *out, struct fail *f);

/* Take back an object of ours: found by GUID, mark swapped in one modify that deletes the exact old
 * value, then deleted. 0 also if it is already gone. ENR_NOT_OURS: it does not carry the mark. */
int join_undo(struct join *j, const char *guid, const char *mark, struct fail *f);

enum join_state { JOIN_ENABLED, JOIN_DISABLED };
/* Switch the object (found by GUID) on or off. ENR_DIRECTORY_GONE. */
int join_set_state(struct join *j, const char *guid, enum join_state state, struct fail *f);

struct join_seen {
	char *dn;
	char *enrollment, *mark;       /* or NULL */
	enum join_state state;
};
/* The object with that GUID. ENR_DIRECTORY_GONE is a definite no. */
int join_read(struct join *j, const char *guid, struct join_seen *out, struct fail *f);
void join_seen_clear(struct join_seen *s);

#endif
