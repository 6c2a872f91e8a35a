/* Shared by the files of agent/join. */
#ifndef AGENT_JOIN_JOIN_PRIVATE_H
#define AGENT_JOIN_JOIN_PRIVATE_H

#include <pthread.h>

#include "agent/conf/conf.h"
#include "agent/join/join.h"
#include "agent/join/join_flavour.h"
#include "ldap/dir.h"
#include "lib/base/str.h"

struct join_used;

struct join {
	_Atomic(const struct conf *) conf; /* taken once by each call that needs it */
	const struct join_flavour *flavour;
	struct dir *dir;
	pthread_mutex_t lock;          /* all below */
	char *base;                    /* where owners are searched; NULL: not known yet */
	struct join_used *used;        /* join_used.c */
	size_t n_used;
};

/* --- join.c --- */
/* [directory] base, or the first naming context; points into j. */
const char *join_base(struct join *j, struct fail *f);
/* The configuration row of the innermost, or outermost, [ou] that holds dn; NULL: none does. */
const struct conf_ou *join_ou_row(const struct join *j, const char *dn);
const struct conf_ou *join_ou_top(const struct join *j, const char *dn);
/* Is row i of conf not below another one? Searching those finds everything once. */
int join_is_top(const struct conf *conf, size_t i);
/* 1 if text looks like a GUID: 8-4-4-4-12 hex digits. */
int join_is_guid(const char *text);
/* Replace the code, keep the evidence; -1. f may be NULL. */
int join_recode(struct fail *f, enum code from, enum code to);

/* --- join_find.c --- */
/* The entry with that GUID below the allowed bases: *out has one entry, or is NULL if there surely
 * is none. */
int join_by_guid(struct join *j, const char *guid, const char *const *attrs,
	struct dir_result **out, struct fail *f);
/* The entry has this GUID and, if it is not NULL, this mark: for look-ups and assertions. */
void join_filter_guid(const struct join *j, const char *guid, const char *mark, struct str *out);
/* GUID of an entry read with the attribute; -1 if it does not show one. */
int join_guid_of(const struct join *j, const struct dir_entry *e, char out[40], struct fail *f);

/* --- join_used.c --- */
/* Is the attribute in use in the database that holds ou_dn, on that very server? Yes is remembered.
 * ANSWER_UNKNOWN fills f. */
enum answer join_attr_used(struct join *j, const char *server, const char *ou_dn,
	const char *attr, struct fail *f);
void join_used_free(struct join *j);

#endif
