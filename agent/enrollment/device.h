/* What admins do with devices: the rules of pre-enrollment and of the end of a device. Called by
 * agent/commands.c. Thread-safe; block on store and directory. "dry" checks everything and writes
 * nothing. */
#ifndef AGENT_ENROLLMENT_DEVICE_H
#define AGENT_ENROLLMENT_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "agent/enrollment/enrollment.h"
#include "agent/join/join.h"
#include "agent/store/store.h"
#include "lib/wire/password.h"

struct device_order {
	const char *name;              /* required */
	const char *identity;          /* NULL: NAME@<discovery-domain> */
	const char *ou;                /* as a person writes it; NULL: the profile's */
	const char *owner; /* as a person writes it; NULL: the person with that e-mail, if there is
			      one */
	const char *profile;           /* NULL: "default" */
	int vpn;                       /* -1: the profile's */
	int64_t lifetime;              /* 0: default */
	int64_t not_before;            /* 0: now */
	const char *serial, *description, *key; /* or NULL */
	const char *const *groups;     /* names or DNs; none: all of the profile */
	size_t n_groups;
	int dry;
};
struct device_done {
	struct store_record record;    /* as it stands (dry: as it would) */
	int changed;
	char password[PASSWORD_TEXT_MAX]; /* "" unless one was made; wiped by device_done_clear */
};
void device_done_clear(struct device_done *d);

/* Name rules (rules.h), OU resolved, allowed and pre-flighted, owner looked up, then the
 * record and its password. Again with the same name and options while pending: unchanged, no
 * password. ENR_3xx, ENR_6xx. */
int device_add(struct enrollment *e, const struct device_order *o, const struct store_actor *by,
	       struct device_done *out, struct fail *f);
/* What is to happen to a record that exists. */
struct device_change {
	const char *id;                /* "E-…" */
	int64_t lifetime;              /* reissue, extend; 0: default */
	const char *reason;            /* revoke: "stolen", "lost", "compromised" (keyCompromise),
					  "retired" (cessationOfOperation) */
	int by_itself;                 /* the device leaves: a re-imaging that waits goes on */
	int dry;
	const struct store_actor *by;
};
/* Pending, expired or canceled. The new password is in out. ENR_STATE_WRONG. */
int device_reissue(struct enrollment *e, const struct device_change *c, struct device_done *out,
	struct fail *f);
/* Pending or expired: good until now + lifetime, never shorter than it was. */
int device_extend(struct enrollment *e, const struct device_change *c, struct device_done *out,
	struct fail *f);
int device_cancel(struct enrollment *e, const struct device_change *c, struct device_done *out,
	struct fail *f);

/* What ends a device, or switches it off and on. What each does to account, certificates and
 * password: the table of device_state.c, and docs/CONTROL.md. */
enum device_verb { DEVICE_DISABLE, DEVICE_ENABLE, DEVICE_REVOKE, DEVICE_REMOVE };

struct device_switched {
	struct device_done done;
	int reason;                    /* RFC 5280 section 5.3.1; 0: none */
	int64_t certificates;          /* how many were changed now */
	uint64_t crl_number;           /* 0: not published now */
	unsigned work;                 /* what the directory is told: bits of enum todo_work */
	unsigned left;                 /* of it, not yet done: retried by the sweep */
	unsigned missed;               /* of it, done with: there is no object, or not ours now */
	int64_t children;              /* remove: entries below the object; -1: not known */
	struct fail later;             /* why it is not done; ENR_NONE if it is */
	struct fail unlisted;          /* why the CRL is not published, or not written */
};
/* Certificates and record are changed whatever the directory says; what it could not be told is
 * kept and retried. Had it its effect before: unchanged, and what is left is tried again.
 * ENR_STATE_WRONG; ENR_USAGE for a reason that is none; enable and remove: ENR_NOT_OURS, enable:
 * ENR_DIRECTORY_GONE, before anything is changed. */
int device_switch(struct enrollment *e, enum device_verb verb, const struct device_change *c,
	struct device_switched *out, struct fail *f);
void device_switched_clear(struct device_switched *d);

/* A password to enroll again under an object that stands. */
struct device_take {
	const char *id;                /* the enrollment whose object it is; or NULL: */
	const char *guid, *name;       /* an object without a record of ours */
	const char *owner;             /* as a person writes it; NULL: as before */
	int64_t lifetime;              /* 0: default */
	int now;                       /* disable the enrollment before at once */
	int foreign;                   /* an object that is not ours may be taken */
	int dry;
	const struct store_actor *by;
};
struct device_reimaged {
	struct device_done done;       /* the new record */
	char before[ID_MAX];           /* the enrollment that it ends, or "" */
	struct join_seen seen;         /* the object as it stands */
	unsigned left;                 /* --now: as in device_switched */
	struct fail later;
};
/* Enrolled, disabled or revoked. Again while the password works: unchanged, no password (but --now
 * is done). ENR_NOT_OURS: not an object that may be taken, and who may; ENR_STATE_WRONG. */
int device_reimage(struct enrollment *e, const struct device_take *o, struct device_reimaged *out,
	struct fail *f);
void device_reimaged_clear(struct device_reimaged *d);
/* The OU part of an entry's DN: behind the first comma that is not escaped (RFC 4514). Points into
 * it. */
const char *device_ou_of(const char *dn);

/* The provisioning document the record would get now, or got (masked by the caller). */
int device_document(struct enrollment *e, const char *id, struct str *out, struct fail *f);

#endif
