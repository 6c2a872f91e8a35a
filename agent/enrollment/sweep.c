/* What a crash, or a directory that fell silent, left over: finished where the object stands, taken
 * back where it definitely does not, left alone where nobody can tell. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/log.h"

#define SWEEP_MAX 256 /* records in one go; the next sweep goes on */

enum swept { SWEPT_DONE, SWEPT_LEFT, SWEPT_NO_DIRECTORY };

static void tell(const struct run *r, const char *what, const struct fail *f)
{
	if (f->code == ENR_NONE)
		log_info("sweep", "record=%s name=%s result=%s", r->record.id, r->record.name,
			what);
	else
		log_warn("sweep", "record=%s name=%s result=%s code=%s evidence=\"%s\"",
			r->record.id, r->record.name, what, code_name(f->code), f->evidence);
}

static enum swept take_back(struct run *r, enum code code, const char *text)
{
	struct store_actor by = run_actor(r);
	struct fail why = FAIL_INIT, f = FAIL_INIT;
	struct store_trouble t = { .why = &why, .phase = r->phase };

	fail(&why, code, "%s", text);
	if (store_release(r->e->parts.store, &r->record, &t, &by, &f) < 0) {
		tell(r, "left", &f);
		return SWEPT_LEFT;
	}
	tell(r, "taken-back", &f);
	return SWEPT_DONE;
}

static enum swept finish(struct run *r)
{
	struct fail f = FAIL_INIT;

	if (step_compose(r, &f) < 0 || step_finish(r, &f) < 0) {
		tell(r, "left", &f);
		return SWEPT_LEFT;
	}
	tell(r, "finished", &f);
	return SWEPT_DONE;
}

/* Where the OU is now; of one that is gone, where it was. */
static enum answer look(struct run *r, struct fail *why)
{
	if (join_ou_by_guid(r->e->parts.join, r->record.ou_guid, &r->ou, why) < 0 &&
		why->code != ENR_OU_CHANGED)
		return ANSWER_UNKNOWN;
	return run_look(r, why);
}

/* Nobody can say now. */
static enum swept leave(struct run *r, const struct fail *why)
{
	struct store_actor by = run_actor(r);
	struct store_trouble t = { .why = why, .phase = r->phase,
		.server = r->record.object_server };
	struct fail f = FAIL_INIT;

	if (r->record.state != RECORD_UNCERTAIN && !r->stands &&
		store_uncertain(r->e->parts.store, &r->record, &t, &by, &f) < 0)
		tell(r, "left", &f);
	return why->code == ENR_DIRECTORY_UNREACHABLE ? SWEPT_NO_DIRECTORY : SWEPT_LEFT;
}

/* Where the object comes first: with a certificate it is finished, without it is taken back. */
static enum swept unmake(struct run *r, enum code code, const char *text)
{
	struct fail why = FAIL_INIT, f = FAIL_INIT;
	struct store_trouble t = { .why = &why, .phase = r->phase };

	fail(&why, code, "%s", text);
	if (run_unmake(r, &t, &f) < 0) {
		tell(r, "left", &f);
		return f.code == ENR_DIRECTORY_UNREACHABLE ? SWEPT_NO_DIRECTORY : SWEPT_LEFT;
	}
	tell(r, "taken-back", &f);
	return SWEPT_DONE;
}

static enum swept publish(struct run *r)
{
	struct fail f = FAIL_INIT;

	if (step_publish(r, &f) == 0)
		return finish(r);
	tell(r, "left", &f);
	if (!run_is_forward(r))
		return unmake(r, f.code, f.evidence);
	return f.code == ENR_DIRECTORY_UNREACHABLE ? SWEPT_NO_DIRECTORY : SWEPT_LEFT;
}

static enum swept go_on_object_first(struct run *r)
{
	struct fail why = FAIL_INIT;
	enum answer durable = run_certificate(r, &why), stands;

	if (durable == ANSWER_UNKNOWN) {
		tell(r, "left", &why);
		return SWEPT_LEFT;
	}
	r->stands = r->record.object_guid != NULL;
	stands = r->stands ? ANSWER_YES : look(r, &why);
	if (stands == ANSWER_UNKNOWN)
		return leave(r, &why);
	if (stands == ANSWER_YES)
		return durable == ANSWER_YES ? publish(r) :
			unmake(r, ENR_CORE_GONE, "interrupted before the certificate was made");
	if (durable == ANSWER_YES && run_discard(r, &why) < 0) {
		tell(r, "left", &why);
		return SWEPT_LEFT;
	}
	return take_back(r, ENR_CORE_GONE, "the object was not made");
}

static enum swept go_on(struct run *r)
{
	struct fail f = FAIL_INIT, why = FAIL_INIT;
	enum answer durable = run_certificate(r, &f);

	if (durable != ANSWER_YES) {
		if (durable == ANSWER_NO)
			fail(&f, ENR_INTERNAL, "issued, and no certificate");
		tell(r, "left", &f);
		return SWEPT_LEFT;
	}
	r->stands = r->record.object_guid != NULL;
	switch (r->stands ? ANSWER_YES : look(r, &why)) {
	case ANSWER_YES:
		return finish(r);
	case ANSWER_NO:
		return take_back(r, ENR_UNCERTAIN, "the object was not made");
	default:
		return leave(r, &why);
	}
}

/* The record as it stands once nobody else of this process is at it. */
static int read_again(struct run *r, const struct store_record *seen)
{
	struct fail f = FAIL_INIT;

	memcpy(r->csr.spki_sha256, seen->spki_sha256, sizeof(r->csr.spki_sha256));
	if (!inflight_enter(r->e->inflight, seen->id, seen->spki_sha256))
		return 0;
	r->entered = 1;
	memcpy(r->record.id, seen->id, sizeof(r->record.id));
	if (store_by_id(r->e->parts.store, seen->id, &r->record, &f) != ANSWER_YES)
		return 0;
	r->known = 1;
	return r->record.epoch == seen->epoch;
}

static enum swept sweep_one(struct enrollment *e, const struct store_record *seen)
{
	autoclean(run_end) struct run r = { 0 };

	run_begin(&r, e);
	if (!read_again(&r, seen))
		return SWEPT_LEFT;
	r.claim = CLAIM_RESUMED;
	switch (r.record.state) {
	case RECORD_CLAIMED:
		if (r.traits.object_first)
			return go_on_object_first(&r);
		return take_back(&r, ENR_CORE_GONE, "interrupted before anything was made");
	case RECORD_ISSUED:
	case RECORD_UNCERTAIN:
		return r.traits.object_first ? go_on_object_first(&r) : go_on(&r);
	default:
		return SWEPT_DONE;
	}
}

int enrollment_sweep(struct enrollment *e, struct fail *f)
{
	autoclean(store_list_clear) struct store_list list = { 0 };
	int left = 0, waiting;

	(void)crl_mend(e, NULL);
	if (store_unfinished(e->parts.store, SWEEP_MAX, &list, f) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		enum swept swept = sweep_one(e, &list.item[i]);

		left += swept != SWEPT_DONE;
		if (swept == SWEPT_NO_DIRECTORY) {
			left += (int)(list.n - i - 1);
			break;
		}
	}
	waiting = todo_sweep(e, f);
	return waiting < 0 ? -1 : left + waiting;
}
