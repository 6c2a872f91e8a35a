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
struct join_known;

struct join_catalogue {
	char *uri;
	struct dir *dir;
};

struct join {
	_Atomic(const struct conf *) conf; /* taken once by each call that needs it */
	const struct conf *opened; /* whose [directory] holds */
	const struct join_flavour *flavour;
	struct dir *dir;
	pthread_mutex_t lock; /* all below */
	char *base; /* where owners are searched; NULL: not known yet */
	struct join_used *used; /* join_used.c */
	size_t n_used;
	struct join_catalogue *catalogue; /* join_domain.c: global catalogues, by URI */
	size_t n_catalogue;
	struct join_known *known; /* join_domain.c: domains, by URI of the server */
	size_t n_known;
};

/* --- join.c --- */
/* As [directory] says, but with this URI instead of those of the list (NULL: the list). */
struct dir *join_dir_open(const struct conf *conf, const char *uri, struct fail *f);
/* The configuration row of the innermost, or outermost, [ou] that holds dn; NULL: none does. */
const struct conf_ou *join_ou_row(const struct join *j, const char *dn);
const struct conf_ou *join_ou_top(const struct join *j, const char *dn);
/* Is row i of conf not below another one? Searching those finds everything once. */
int join_is_top(const struct conf *conf, size_t i);
/* Replace the code, keep the evidence; -1. f may be NULL. */
int join_recode(struct fail *f, enum code from, enum code to);

/* --- join_domain.c --- */
/* What servers said of their domain is asked again. */
void join_domain_forget(struct join *j);
/* [directory] base, or the server's own context; points into j. */
const char *join_base(struct join *j, struct fail *f);
/* Who we are, as whoami says it: "dn:…". */
int join_identity(struct join *j, char **out, struct fail *f);
/* The global catalogue beside the server of that via, or any; *out stays NULL if it is none. Owned
 * by j. */
int join_catalogue(struct join *j, struct dir_via *via, struct dir **out, struct fail *f);

/* --- join_guid.c --- */
/* 1 if text has the shape of a GUID of this directory. */
int join_is_guid(const struct join *j, const char *text);
/* The entry with that GUID below the allowed bases, with join_attrs: *out has one entry, or is NULL
 * if there surely is none. via may be NULL; one that names no server gets the one that has it, if
 * only another has it than the first that answered. */
int join_by_guid(struct join *j, struct dir_via *via, const char *guid, struct dir_result **out,
	struct fail *f);
/* The entry has this GUID and, if it is not NULL, this mark: for look-ups and assertions. */
void join_filter_guid(const struct join *j, const char *guid, const char *mark, struct str *out);
/* GUID of an entry read with the attribute; -1 if it does not show one. */
int join_guid_of(const struct join *j, const struct dir_entry *e, char out[JOIN_GUID_MAX],
	struct fail *f);

/* --- join_find.c --- */
/* One search below each allowed base, until one has something: q->base is set here. *out is NULL if
 * nothing is there. */
int join_below(struct join *j, struct dir_via *via, struct dir_query *q, struct dir_result **out,
	struct fail *f);

/* --- join_entry.c --- */
/* The attributes an object of ours is read with. */
#define JOIN_ATTRS_MAX 16
void join_attrs(const struct join_flavour *v, const char *out[JOIN_ATTRS_MAX]);
/* Entry -> what stands; the counts are left at 0. */
void join_seen_of(const struct join *j, const struct dir_entry *e, struct join_seen *out);
/* Entry -> what was made, at that server. */
int join_created_of(const struct join *j, const struct dir_entry *e, const char *server,
	struct join_created *out, struct fail *f);
/* 1 if text is a mark: version:record:epoch:nonce, perhaps with ":undo" behind. */
int join_is_mark(const char *text);
/* Adds the change of state to m. */
void join_state_change(const struct join *j, const struct dir_entry *e, enum join_state state,
	struct dir_mods *m);
/* Makes m hold only for the entry with that GUID and mark. */
void join_guard(const struct join *j, const char *guid, const char *mark, struct dir_mods *m);
/* How the entry is addressed in a change: by its GUID where the directory can. */
const char *join_target(const struct join *j, const struct dir_entry *e, const char *guid,
	struct str *out);

/* --- join_astray.c --- */
/* The object with o->mark wherever it stands below the allowed bases, as join_attrs; *out is NULL
 * if there is none. */
int join_astray(struct join *j, struct dir_via *via, const struct join_object *o,
	struct dir_result **out, struct fail *f);

/* --- join_group.c --- */
/* Ends its memberships, where the server does not do so by itself. */
int join_groups_leave(struct join *j, const char *dn, struct fail *f);
int join_groups_of(struct join *j, const struct dir_entry *e, struct dir_result **out,
	struct fail *f);

/* --- join_change.c --- */
/* Did a change fail because the entry is not as it was when we looked? */
int join_is_changed(const struct dir_via *via, enum code code);
/* ENR_DIRECTORY_GONE. */
int join_gone(const char *guid, struct fail *f);

/* --- join_take.c --- */
/* The object o->take_guid, as join_attrs; ENR_DIRECTORY_GONE. */
int join_take_look(struct join *j, struct dir_via *via, const struct join_object *o,
	struct dir_result **out, struct fail *f);
/* Could it be taken over as it is now: does it carry its mark, and is it still one that
 * join_may_take lets go? Nothing is changed. */
int join_take_check(struct join *j, const struct join_object *o, struct fail *f);
/* Takes it over; *dn is its name. */
int join_take_over(struct join *j, struct dir_via *via, const struct join_object *o, char **dn,
	struct fail *f);

/* --- join_used.c --- */
/* Is the attribute in use in the database that holds ou_dn, on that very server? Yes is remembered.
 * ANSWER_UNKNOWN fills f. */
enum answer join_attr_used(struct join *j, const char *server, const char *ou_dn,
	const char *attr, struct fail *f);
void join_used_free(struct join *j);

#endif
