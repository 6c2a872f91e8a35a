/* The end: the record is enrolled, durably, before a single octet of the document leaves. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/log.h"

/* The certificates of the enrollment whose object this one took over are revoked by now; a list
 * that cannot be made is made by the sweep. */
static void tell_revoked(struct run *r)
{
	struct fail f = FAIL_INIT;

	if (enrollment_publish_crl(r->e, NULL, &f) < 0)
		log_error("crl", "code=%s evidence=\"%s\"", code_name(f.code), f.evidence);
}

int step_finish(struct run *r, struct fail *f)
{
	struct store_actor by = run_actor(r);

	if (store_finish(r->e->parts.store, &r->record, &r->document, &by, f) < 0)
		return -1;
	if (r->record.take_record)
		tell_revoked(r);
	return 0;
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
