/* The end of phase 2: the anchors that the password vouches for, and the state for phase 3. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"

static void add_anchor(struct enroll_reply *a, unsigned roles, const struct bytes *der)
{
	struct enroll_anchor *anchor = &a->anchors[a->n_anchors++];

	anchor->roles = roles;
	bytes_set(&anchor->der, der->data, der->len);
}

int step_vouch(struct run *r, struct fail *f)
{
	unsigned roles = ANCHOR_SERVER | ANCHOR_DEVICE_CA | ANCHOR_DM_SERVER;
	struct conversation_lock lock = { r->e->state_key, CONVERSATION_BOOTSTRAPPED, r->now };
	const struct bytes *foreign = anchors_foreign(r->held->anchors, r->q->listener);
	struct enroll_reply *a = r->reply;

	(void)f;
	if (foreign) {
		roles &= ~(unsigned)ANCHOR_SERVER;
		add_anchor(a, ANCHOR_SERVER, foreign);
	}
	if (r->record.vpn)
		roles |= ANCHOR_VPN;
	a->time = r->now;
	a->valid_until = rules_good_until(&r->record, r->now);
	a->version = r->talk.version;
	memcpy(a->attempt, r->attempt, sizeof(a->attempt));
	add_anchor(a, roles, ca_root(r->e->parts.ca));
	proof_bootstrapped(r);
	r->talk.issued = r->now;
	memcpy(r->talk.transcript, r->context.transcript, sizeof(r->talk.transcript));
	conversation_seal(&lock, &r->talk, &a->state);
	return 0;
}
