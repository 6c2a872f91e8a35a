/* Which record is it, and does the device know its password? One look-up by selector and one MAC,
 * against a root nobody has if there is no such record, so that both ways take the same time. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

static int open_talk(struct run *r, struct fail *f)
{
	const struct enroll_request *q = r->q;
	struct conversation_lock lock = { r->e->state_key,
		q->kind == REQUEST_BOOTSTRAP ? CONVERSATION_DISCOVERED : CONVERSATION_BOOTSTRAPPED,
		r->now };

	if (conversation_open(&lock, &q->state, &r->talk, f) < 0)
		return -1;
	memcpy(r->attempt, r->talk.attempt, sizeof(r->attempt));
	if (q->version != r->talk.version)
		return fail(f, ENR_MESSAGE_MALFORMED, "version %u, %u was chosen", q->version,
			r->talk.version);
	if (!text_equal(q->identity, r->talk.identity) ||
		!text_equal(q->server_name, r->talk.server_name))
		return fail(f, ENR_MESSAGE_MALFORMED, "identity or server name is not phase 1's");
	if (q->kind == REQUEST_BOOTSTRAP) {
		memcpy(r->talk.selector, q->selector, sizeof(r->talk.selector));
		memcpy(r->talk.leaf, q->leaf_seen, sizeof(r->talk.leaf));
	}
	return 0;
}

static int wrong(struct run *r, const char *why, struct fail *f)
{
	mem_wipe(r->root, sizeof(r->root));
	return fail(f, ENR_PASSWORD_WRONG, "%s", why);
}

int step_identify(struct run *r, struct fail *f)
{
	enum answer found;
	int good;

	if (open_talk(r, f) < 0)
		return -1;
	proof_context(r);
	found = store_by_selector(r->e->parts.store, r->talk.selector, &r->record, r->root, f);
	if (found == ANSWER_UNKNOWN)
		return -1;
	good = proof_is_good(r, found == ANSWER_YES ? r->root : r->e->nobody);
	if (found == ANSWER_NO)
		return wrong(r, "no record has this password", f);
	r->known = 1;
	if (!good)
		return wrong(r, "the selector is known, the MAC is not right", f);
	if (!text_equal(r->record.identity, r->q->identity))
		return wrong(r, "the record is another identity's", f);
	r->proved = 1;
	proof_chain_request(r);
	return 0;
}
