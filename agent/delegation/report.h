/* Putting a report together. Private to agent/delegation. */
#ifndef AGENT_DELEGATION_REPORT_H
#define AGENT_DELEGATION_REPORT_H

#include "agent/delegation/delegation.h"

#define REPORT_FINDINGS_MAX 1000

/* A new finding, its texts still empty; NULL and `more` beyond the limit. Good until the next. */
struct delegation_finding *report_finding(struct delegation_report *r, enum finding_kind kind);
/* One more object it was found on; the first FINDING_DNS are named. */
void report_object(struct delegation_finding *f, const char *dn);
void report_missing(struct delegation_report *r, const struct delegation_right *right,
	const char *dn, const char *why);
/* "what: attr", or what alone (attr NULL), on one more object. */
void report_excess(struct delegation_report *r, const struct delegation_plan *p, const char *dn,
	const char *what, const char *attr);
/* A line of the report. */
void report_ou(struct delegation_report *r, const char *dn, size_t have, size_t of);

/* An OU of the plan, below only if that is not NULL, that no line is about. */
void report_absent(struct delegation_report *r, const struct delegation_plan *p, const char *only);
/* OUs first, what is above before what is below; then groups. */
void report_sort(struct delegation_report *r, const struct delegation_plan *p);

/* The row of the plan's OUs that dn is or lies below; NULL: none. */
const char *plan_ou_of(const struct delegation_plan *p, const char *dn);
int plan_has_group(const struct delegation_plan *p, const char *dn);

#endif
