/* Taking back where the object comes before the certificate (Active Directory). */
#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/log.h"

int run_is_forward(const struct run *r)
{
	return r->stands && (!r->traits.object_first || r->record.state == RECORD_ISSUED);
}

int run_discard(struct run *r, struct fail *f)
{
	struct store_actor by = run_actor(r);
	uint8_t serial[CA_SERIAL_LEN];

	ca_serial_new(serial);
	if (store_discard(r->e->parts.store, &r->record, serial, &by, f) < 0)
		return -1;
	bytes_free(&r->certificate);
	return 0;
}

/* Nobody could take it back now. */
static int leave(struct run *r, const struct store_trouble *t, struct fail *f)
{
	struct store_actor by = run_actor(r);
	struct fail why = FAIL_INIT;

	if (r->record.state == RECORD_CLAIMED &&
		store_uncertain(r->e->parts.store, &r->record, t, &by, &why) < 0)
		log_error("undo", "record=%s code=%s evidence=\"%s\"", r->record.id,
			code_name(why.code), why.evidence);
	return fail_in(f, "%s stands", r->record.object_dn);
}

int run_unmake(struct run *r, const struct store_trouble *t, struct fail *f)
{
	struct store_actor by = run_actor(r);
	struct store_trouble left = *t;
	struct fail why = FAIL_INIT;
	char mark[RULES_MARK_MAX];

	rules_mark(&r->record, mark);
	left.server = r->record.object_server;
	if (r->record.take_guid) {
		/* Its password before is gone, so it waits, with our mark, for the next try. */
		left.left_mark = mark;
		return store_release(r->e->parts.store, &r->record, &left, &by, f);
	}
	if (join_undo(r->e->parts.join, r->record.object_guid, mark, run_server(r), &why) < 0 &&
		why.code != ENR_NOT_OURS) {
		if (f)
			*f = why;
		return leave(r, &left, f);
	}
	return store_release(r->e->parts.store, &r->record, &left, &by, f);
}
