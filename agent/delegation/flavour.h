/* What differs between directories: one row each in flavour.c. Private to agent/delegation. */
#ifndef AGENT_DELEGATION_FLAVOUR_H
#define AGENT_DELEGATION_FLAVOUR_H

#include "agent/delegation/delegation.h"

struct delegation_flavour {
	const char *name;
	int (*who)(struct dir *d, struct delegation_who *out, struct fail *f);
	/* Line i of the plan, which has right and on, in the server's words: native, command. */
	int (*say)(const struct delegation_plan *p, size_t i, struct delegation_line *l,
		struct fail *f);
	int (*verify)(struct dir *d, const struct delegation_plan *p, const char *only,
		struct delegation_report *out, struct fail *f);
	int (*check)(struct dir *d, const char *server, const struct delegation_plan *p,
		struct fail *f);       /* NULL: the add itself can be tried */
	int (*apply)(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
		struct fail *f);
};

void line_add(struct delegation_lines *l, const struct delegation_right *r, const char *on);
/* 0, or -1: the server did not say who the account is. */
int plan_has_agent(const struct delegation_plan *p, struct fail *f);

int ds389_say(const struct delegation_plan *p, size_t i, struct delegation_line *l,
	struct fail *f);
int ds389_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f);
int ds389_check(struct dir *d, const char *server, const struct delegation_plan *p, struct fail *f);
int ds389_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f);

int openldap_say(const struct delegation_plan *p, size_t i, struct delegation_line *l,
	struct fail *f);
int openldap_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f);
int openldap_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f);

int ad_who(struct dir *d, struct delegation_who *out, struct fail *f);
int ad_say(const struct delegation_plan *p, size_t i, struct delegation_line *l, struct fail *f);
int ad_verify(struct dir *d, const struct delegation_plan *p, const char *only,
	struct delegation_report *out, struct fail *f);
int ad_check(struct dir *d, const char *server, const struct delegation_plan *p, struct fail *f);
int ad_apply(struct dir *d, const struct delegation_plan *p, int dry, size_t *changed,
	struct fail *f);

#endif
