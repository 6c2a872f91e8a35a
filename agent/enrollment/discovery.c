/* Phase 1: is this device expected? Who wants to leave is told nothing of that. Nobody has proved
 * anything yet, so the answer is all a stranger can learn, and [agent] uniform-discovery takes even
 * that away. */
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"

static void begin_talk(struct run *r, enum answer eligible)
{
	const struct enroll_request *q = r->q;
	struct conversation *t = &r->talk;

	*t = (struct conversation){ .issued = r->now, .eligible = eligible };
	t->version = native_choose(q->shown, NATIVE_SHOWN);
	memcpy(t->attempt, r->attempt, sizeof(t->attempt));
	memcpy(t->listener, q->listener, sizeof(t->listener));
	memcpy(t->client, q->client, sizeof(t->client));
	memcpy(t->shown_device, q->shown, sizeof(t->shown_device));
	memcpy(t->shown_server, NATIVE_SHOWN, sizeof(NATIVE_SHOWN));
	memcpy(t->identity, q->identity, sizeof(t->identity));
	memcpy(t->server_name, q->server_name, sizeof(t->server_name));
	memcpy(t->nonce_device, q->nonce, sizeof(t->nonce_device));
	random_bytes(t->nonce_server, sizeof(t->nonce_server));
}

/* T1 goes over what both sides said, the answer included. */
static void seal_talk(struct run *r)
{
	const struct enroll_request *q = r->q;
	struct enroll_reply *a = r->reply;
	struct native_discovery asked = { 0 };
	struct conversation_lock lock = { r->e->state_key,
		q->to_leave ? CONVERSATION_LEAVING : CONVERSATION_DISCOVERED, r->now };
	struct native_discovered told = { .version = a->version, .eligible = a->eligible };

	memcpy(asked.shown, q->shown, sizeof(asked.shown));
	memcpy(asked.identity, q->identity, sizeof(asked.identity));
	memcpy(asked.server_name, q->server_name, sizeof(asked.server_name));
	memcpy(asked.nonce, q->nonce, sizeof(asked.nonce));
	memcpy(asked.client, q->client, sizeof(asked.client));
	memcpy(told.shown, a->shown, sizeof(told.shown));
	told.time = a->time;
	memcpy(told.nonce, a->nonce, sizeof(told.nonce));
	memcpy(told.attempt, a->attempt, sizeof(told.attempt));
	native_transcript_discovery(&asked, &told, r->talk.transcript);
	conversation_seal(&lock, &r->talk, &a->state);
}

int discovery_answer(struct run *r, struct fail *f)
{
	struct enroll_reply *a = r->reply;
	enum answer expected = ANSWER_UNKNOWN;

	if (native_choose(r->q->shown, NATIVE_SHOWN) == 0)
		return fail(f, ENR_VERSION_UNSUPPORTED, "the device shows %s", r->q->shown);
	if (!r->q->to_leave) {
		expected = store_expects(r->e->parts.store, r->q->identity, r->now, f);
		if (expected == ANSWER_UNKNOWN)
			return fail_in(f, "expected");
	}
	a->eligible = r->conf->uniform_discovery ? ANSWER_UNKNOWN : expected;
	a->charge = a->eligible == ANSWER_NO;
	begin_talk(r, a->eligible);
	a->version = r->talk.version;
	a->time = r->now;
	memcpy(a->shown, NATIVE_SHOWN, sizeof(NATIVE_SHOWN));
	memcpy(a->nonce, r->talk.nonce_server, sizeof(a->nonce));
	memcpy(a->attempt, r->attempt, sizeof(a->attempt));
	seal_talk(r);
	if (expected == ANSWER_NO) /* an answer, not a refusal; the attempt is remembered as this */
		fail(f, ENR_NOT_EXPECTED, "no pending record has this identity");
	return 0;
}
