#include "agent/delegation/report.h"

#include <stdlib.h>

#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

struct delegation_finding *report_finding(struct delegation_report *r, enum finding_kind kind)
{
	if (r->n == REPORT_FINDINGS_MAX) {
		r->more = 1;
		return NULL;
	}
	r->finding = mem_grow(r->finding, r->n + 1, sizeof(*r->finding));
	r->finding[r->n] = (struct delegation_finding){ .kind = kind };
	return &r->finding[r->n++];
}

void report_object(struct delegation_finding *f, const char *dn)
{
	if (f->n_dn < FINDING_DNS)
		f->dn[f->n_dn++] = mem_text(dn);
	f->objects++;
}

void report_missing(struct delegation_report *r, const struct delegation_right *right,
	const char *dn, const char *why)
{
	struct delegation_finding *f = report_finding(r, FINDING_MISSING);

	if (f == NULL)
		return;
	f->what = mem_text(right->what);
	f->why = why;
	f->code = right->code != ENR_NONE ? right->code : ENR_CREATE_DENIED;
	f->inside = 1;
	report_object(f, dn);
}

void report_excess(struct delegation_report *r, const struct delegation_plan *p, const char *dn,
	const char *what, const char *attr)
{
	autoclean(text_free) char *words =
		mem_printf("%s%s%s", what, attr != NULL ? ": " : "", attr != NULL ? attr : "");
	int inside = plan_ou_of(p, dn) != NULL;
	struct delegation_finding *found;

	for (size_t i = 0; i < r->n; i++) {
		found = &r->finding[i];
		if (found->kind == FINDING_EXCESS && found->inside == inside &&
			text_equal(found->what, words)) {
			report_object(found, dn);
			return;
		}
	}
	found = report_finding(r, FINDING_EXCESS);
	if (found == NULL)
		return;
	found->what = steal(words);
	found->inside = inside;
	report_object(found, dn);
}

void report_ou(struct delegation_report *r, const char *dn, size_t have, size_t of)
{
	r->ou = mem_grow(r->ou, r->n_ou + 1, sizeof(*r->ou));
	r->ou[r->n_ou++] = (struct delegation_ou){ mem_text(dn), have, of };
}

/* The right without which an OU is not found. */
static const struct delegation_right *reading(const struct delegation_right *right, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (right[i].code == ENR_OU_CHANGED)
			return &right[i];
	return right;
}

void report_absent(struct delegation_report *r, const struct delegation_plan *p, const char *only)
{
	size_t n;
	const struct delegation_right *right = delegation_plan_rights(p, &n);

	for (size_t i = 0; i < p->n_ou; i++) {
		int there = only != NULL && dir_dn_is_within(p->ou[i], only) != 1;

		for (size_t k = 0; k < r->n_ou; k++)
			there |= dir_dn_equal(r->ou[k].dn, p->ou[i]) == 1;
		if (there || n == 0)
			continue;
		report_ou(r, p->ou[i], 0, delegation_ou_rights(p));
		report_missing(r, reading(right, n), p->ou[i],
			"the OU is not there, or not shown to the account");
	}
}

static int rank(const struct delegation_plan *p, const char *dn)
{
	return plan_has_group(p, dn) ? DIR_DN_MAX : dir_dn_depth(dn);
}

void report_sort(struct delegation_report *r, const struct delegation_plan *p)
{
	/* Few, and nearly in order: an insertion sort, which keeps the order of equals. */
	for (size_t i = 1; i < r->n_ou; i++) {
		struct delegation_ou one = r->ou[i];
		int here = rank(p, one.dn);
		size_t k = i;

		for (; k > 0 && rank(p, r->ou[k - 1].dn) > here; k--)
			r->ou[k] = r->ou[k - 1];
		r->ou[k] = one;
	}
}

enum answer delegation_ok(const struct delegation_report *r)
{
	if (r->n > 0 || r->more)
		return ANSWER_NO;
	return r->unknown > 0 ? ANSWER_UNKNOWN : ANSWER_YES;
}

void delegation_report_clear(struct delegation_report *r)
{
	for (size_t i = 0; i < r->n_ou; i++)
		free(r->ou[i].dn);
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->finding[i].n_dn; k++)
			free(r->finding[i].dn[k]);
		free(r->finding[i].what);
		free(r->finding[i].via);
	}
	free(r->ou);
	free(r->finding);
	*r = (struct delegation_report){ .n = 0 };
}

const char *plan_ou_of(const struct delegation_plan *p, const char *dn)
{
	for (size_t i = 0; i < p->n_ou; i++)
		if (dir_dn_is_within(dn, p->ou[i]) == 1)
			return p->ou[i];
	return NULL;
}

int plan_has_group(const struct delegation_plan *p, const char *dn)
{
	for (size_t i = 0; i < p->n_group; i++)
		if (dir_dn_equal(dn, p->group[i]) == 1)
			return 1;
	return 0;
}
