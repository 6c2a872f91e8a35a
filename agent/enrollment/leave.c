/* A device that ends its own enrollment: it proves the key of its certificate, over a nonce and a
 * state of ours (docs/PROTOCOL.md section 8.3). What comes of it is its profile's on-leave, by the
 * same way as an admin's command. Asked again, the answer is what stands. */
#include <string.h>

#include "agent/enrollment/device_private.h"
#include "lib/base/clean.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"

/* What an enrollment is by now, to its device. */
static const struct {
	enum record_state state;
	enum native_outcome outcome;
} outcomes[] = {
	{ RECORD_ENROLLED, NATIVE_KEPT },
	{ RECORD_DISABLED, NATIVE_DISABLED },
	{ RECORD_REVOKED, NATIVE_REVOKED },
	{ RECORD_REMOVED, NATIVE_REMOVED },
	{ RECORD_REPLACED, NATIVE_REPLACED },
};

/* [profile] on-leave; none of these: nothing. */
static const struct {
	const char *word;
	enum device_verb verb;
} verbs[] = {
	{ "disable", DEVICE_DISABLE },
	{ "revoke", DEVICE_REVOKE },
	{ "remove", DEVICE_REMOVE },
};

/* Handed out by us, octet for octet, and signed with its key: one no for everything else. */
static int prove(struct run *r, struct fail *f)
{
	autoclean(store_cert_clear) struct store_cert cert = { 0 };
	autoclean(cert_info_clear) struct cert_info info = { 0 };
	const struct bytes *shown = &r->q->certificate;
	struct fail why = FAIL_INIT;

	if (cert_info_read(shown->data, shown->len, &info, &why) < 0)
		return fail(f, ENR_SIGNATURE_WRONG, "not a certificate: %s", why.evidence);
	switch (store_cert_by_serial(r->e->parts.store, info.serial, &cert, f)) {
	case ANSWER_YES:
		break;
	case ANSWER_NO:
		return fail(f, ENR_SIGNATURE_WRONG, "no certificate %s", info.serial);
	default:
		return -1;
	}
	if (cert.state == CERT_UNRELEASED || cert.der.len != shown->len ||
		!mem_equal(cert.der.data, shown->data, shown->len))
		return fail(f, ENR_SIGNATURE_WRONG, "%s is another certificate", info.serial);
	if (proof_is_signed(r, &cert.der, f) < 0)
		return -1;
	switch (store_by_id(r->e->parts.store, cert.record, &r->record, f)) {
	case ANSWER_YES:
		break;
	case ANSWER_NO:
		return fail(f, ENR_INTERNAL, "%s has no record", info.serial);
	default:
		return -1;
	}
	if (!text_equal(r->record.identity, r->q->identity))
		return fail(f, ENR_SIGNATURE_WRONG, "%s is another identity's", info.serial);
	r->known = 1;
	r->signed_by = 1;
	return 0;
}

/* A re-imaging that waits needs its object; the device does not know of it. */
static enum device_verb soften(enum device_verb verb, int is_awaited)
{
	return verb == DEVICE_REMOVE && is_awaited ? DEVICE_REVOKE : verb;
}

static int end(struct run *r, struct fail *f)
{
	autoclean(device_switched_clear) struct device_switched made = { 0 };
	const struct conf_profile *p = run_profile(r, f);
	struct store_actor by = { .who = "the device", .attempt = r->attempt };
	struct device_change c = { .id = r->record.id, .reason = "retired", .by_itself = 1,
		.by = &by };
	enum answer awaited;

	if (!p)
		return -1;
	awaited = store_awaits(r->e->parts.store, r->record.id, f);
	if (awaited == ANSWER_UNKNOWN)
		return -1;
	run_story(r, "left", p->on_leave);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (!text_equal(verbs[i].word, p->on_leave))
			continue;
		if (device_switch(r->e, soften(verbs[i].verb, awaited == ANSWER_YES), &c, &made,
			    f) < 0)
			return -1;
		if (made.left)
			log_warn("leave", "record=%s code=%s evidence=\"%s\"", r->record.id,
				code_name(made.later.code), made.later.evidence);
		store_record_clear(&r->record);
		r->record = made.done.record;
		made.done.record = (struct store_record){ 0 };
		return 0;
	}
	return 0;
}

/* Was it done for this very conversation before? Then what an admin did since holds: the same
 * octets again, from whoever kept them, switch nothing off a second time. */
static enum answer is_done(struct run *r, struct fail *f)
{
	autoclean(store_event_list_clear) struct store_event_list story = { NULL, 0 };
	struct store_range range = { .of = r->record.id,
		.since = r->talk.issued - CONVERSATION_SKEW_S };

	if (store_events(r->e->parts.store, &range, &story, f) < 0)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; i < story.n; i++) {
		if (text_equal(story.item[i].event, "left") &&
			text_equal(story.item[i].attempt, r->attempt))
			return ANSWER_YES;
	}
	return ANSWER_NO;
}

/* A disabled device has what its profile wants of one that left. */
static int is_enough(const struct run *r)
{
	const struct conf_profile *p = conf_profile_find(r->conf, r->record.profile);

	return p && (text_equal(p->on_leave, "disable") || text_equal(p->on_leave, "nothing"));
}

int leave_answer(struct run *r, struct fail *f)
{
	struct enroll_reply *a = r->reply;
	enum answer done;

	if (run_open_talk(r, CONVERSATION_LEAVING, f) < 0)
		return -1;
	proof_context(r);
	if (prove(r, f) < 0 || run_asked_for_us(r, f) < 0)
		return -1;
	if (r->record.state == RECORD_DISABLED && !is_enough(r))
		return fail(f, ENR_DEVICE_DISABLED, "%s (%s) is disabled", r->record.name,
			r->record.id);
	done = r->record.state == RECORD_ENROLLED ? is_done(r, f) : ANSWER_YES;
	if (done == ANSWER_UNKNOWN || (done == ANSWER_NO && end(r, f) < 0))
		return -1;
	a->version = r->talk.version;
	a->time = r->now;
	memcpy(a->attempt, r->attempt, sizeof(a->attempt));
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		if (outcomes[i].state == r->record.state)
			a->outcome = outcomes[i].outcome;
	}
	return 0;
}
