/* The computer object: looked for where an earlier try may have made it, tried without effect, then
 * made by one add that carries certificate and mark. */
#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

/* The directory did not answer, or may still be at it: nobody may undo what may be there. */
static int unsure(struct run *r, struct fail *f)
{
	r->unsure = 1;
	if (f->code != ENR_UNCERTAIN) {
		f->code = ENR_UNCERTAIN;
		fail_in(f, "could not find out");
	}
	return -1;
}

int step_look(struct run *r, struct fail *f)
{
	enum answer found;

	if (r->stands)
		return 0;
	found = run_look(r, f);
	if (found != ANSWER_UNKNOWN)
		return 0;
	return r->stands ? -1 : unsure(r, f);
}

/* The very add, without effect, so that a directory that will refuse costs no certificate. */
int step_preflight(struct run *r, struct fail *f)
{
	struct join_object object;
	char mark[RULES_MARK_MAX];
	struct fail why = FAIL_INIT;

	if (join_name_free(r->e->parts.join, r->record.name, r->ou.dn, f) < 0)
		return -1;
	run_object(r, mark, &object);
	if (join_preflight(r->e->parts.join, &object, &why) == 0 ||
		why.code == ENR_PREFLIGHT_UNKNOWN)
		return 0;
	if (f)
		*f = why;
	return -1;
}

/* The name is taken: perhaps by ourselves, in a try whose answer was lost. */
static int settle_taken(struct run *r, struct fail *f)
{
	struct fail why = FAIL_INIT;

	switch (run_find(r, &why)) {
	case ANSWER_YES:
		return 0;
	case ANSWER_NO:
		return -1;
	default:
		*f = why;
		return r->stands ? -1 : unsure(r, f);
	}
}

int step_join(struct run *r, struct fail *f)
{
	autoclean(join_created_clear) struct join_created made = { 0 };
	struct join_object object;
	char mark[RULES_MARK_MAX];

	run_object(r, mark, &object);
	if (join_create(r->e->parts.join, &object, run_server(r), &made, f) == 0)
		return run_joined(r, &made, f);
	if (f->code == ENR_NAME_TAKEN)
		return settle_taken(r, f);
	if (f->code != ENR_UNCERTAIN)
		return -1;
	if (made.server)
		r->sent_to = steal(made.server);
	inflight_rest(r->e->inflight, r->record.id,
		clock_mono_ms() + r->conf->ldap_timeout * 1000);
	return unsure(r, f);
}
