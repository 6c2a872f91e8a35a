/* The device knows the password. Did it ask for us, by a name of ours, with nobody in between, and
 * may its record be redeemed this way, now? Each no is another message. */
#include "agent/enrollment/steps.h"
#include "lib/base/mem.h"

static int check_leaf(const struct run *r, struct fail *f)
{
	const struct enroll_request *q = r->q;

	if (!mem_equal(q->leaf_seen, q->leaf_used, sizeof(q->leaf_seen)))
		return fail(f, ENR_RELAYED, "the device saw another certificate than was shown");
	if (!leafs_has(r->e->leafs, q->listener, q->leaf_used))
		return fail(f, ENR_RELAYED, "the certificate is none of [listener %s]",
			q->listener);
	return 0;
}

int run_asked_for_us(const struct run *r, struct fail *f)
{
	const struct conf_listener *l = listener_find(r->conf, r->q->listener);

	return rules_server_name(l, r->q->server_name, f) < 0 ? -1 : check_leaf(r, f);
}

int step_authorize(struct run *r, struct fail *f)
{
	if (run_asked_for_us(r, f) < 0)
		return -1;
	if (rules_dialect(r->record.dialects, r->q->dialect, f) < 0)
		return -1;
	return rules_may_go_on(&r->record, r->now, f);
}
