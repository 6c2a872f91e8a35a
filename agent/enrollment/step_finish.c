/* The end: the record is enrolled, durably, before a single octet of the document leaves. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"

int step_finish(struct run *r, struct fail *f)
{
	struct store_actor by = run_actor(r);

	return store_finish(r->e->parts.store, &r->record, &r->document, &by, f);
}

int step_answer(struct run *r, struct fail *f)
{
	struct enroll_reply *a = r->reply;

	(void)f;
	a->time = r->now;
	a->version = r->talk.version;
	memcpy(a->attempt, r->attempt, sizeof(a->attempt));
	a->document = r->document;
	r->document = BYTES_INIT;
	proof_enrolled(r);
	return 0;
}
