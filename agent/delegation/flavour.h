/* What differs between directories: one row each in flavour.c. Private to agent/delegation. */
#ifndef AGENT_DELEGATION_FLAVOUR_H
#define AGENT_DELEGATION_FLAVOUR_H

#include "agent/delegation/delegation.h"

struct delegation_flavour {
	const char *name;
	int (*who)(struct dir *d, struct delegation_who *out, struct fail *f);
	int (*say)(const struct delegation_plan *p, struct delegation_lines *out, struct fail *f);
	int (*verify)(struct dir *d, const struct delegation_plan *p, const char *only,
		struct delegation_report *out, struct fail *f);
	int (*check)(struct dir *d, const char *server, const struct delegation_plan *p,
		struct fail *f);       /* NULL: the add itself can be tried */
	int (*apply)(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
		struct fail *f);
};

struct delegation_line *line_add(struct delegation_lines *l, const struct delegation_right *r,
	const char *on);

int ldap_who(struct dir *d, struct delegation_who *out, struct fail *f);
int ds389_say(const struct delegation_plan *p, struct delegation_lines *out, struct fail *f);
int ds389_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f);
int ds389_check(struct dir *d, const char *server, const struct delegation_plan *p, struct fail *f);
int ds389_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f);

int openldap_say(const struct delegation_plan *p, struct delegation_lines *out, struct fail *f);
int openldap_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f);
int openldap_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f);

int ad_who(struct dir *d, struct delegation_who *out, struct fail *f);
int ad_say(const struct delegation_plan *p, struct delegation_lines *out, struct fail *f);
int ad_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f);
int ad_check(struct dir *d, const char *server, const struct delegation_plan *p, struct fail *f);
int ad_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f);

#endif
