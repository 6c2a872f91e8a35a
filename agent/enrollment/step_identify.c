/* Which record is it, and does the device know its password? One look-up by selector and one MAC,
 * against a root nobody has if there is no such record, so that both ways take the same time. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

static int open_talk(struct run *r, struct fail *f)
{
	const struct enroll_request *q = r->q;

	if (run_open_talk(r, q->kind == REQUEST_BOOTSTRAP ? CONVERSATION_DISCOVERED :
		    CONVERSATION_BOOTSTRAPPED, f) < 0)
		return -1;
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
