/* How a request ends: the refusal that goes out, and what is remembered of the attempt. */
#include <stdio.h>
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/log.h"

/* Failures of somebody who proved nothing; the front's buckets are charged with them. */
static const enum code charged[] = {
	ENR_PASSWORD_WRONG, ENR_CONVERSATION_EXPIRED, ENR_MESSAGE_MALFORMED, ENR_IDENTITY_INVALID,
	ENR_VERSION_UNSUPPORTED, ENR_SIGNATURE_WRONG,
};

/* When to come again, for what may pass. */
static const struct {
	enum code code;
	int64_t seconds;
} pauses[] = {
	{ ENR_SERVER_BUSY, 2 },
	{ ENR_ENROLLING_ELSEWHERE, 10 },
	{ ENR_DIRECTORY_BUSY, 5 },
	{ ENR_DIRECTORY_UNREACHABLE, 15 },
	{ ENR_UNCERTAIN, 15 },
	{ ENR_STORE_UNAVAILABLE, 15 },
	{ ENR_CA_UNAVAILABLE, 30 },
	{ ENR_CLOCK_BACKWARDS, 60 },
	{ ENR_PREFLIGHT_UNKNOWN, 15 },
};

static int is_charged(enum code code)
{
	for (size_t i = 0; i < ARRAY_LEN(charged); i++) {
		if (charged[i] == code)
			return 1;
	}
	return 0;
}

/* A definite no that the device's own request earned (4xx), not one of ours. */
static int is_peers_doing(enum code code)
{
	return code_row(code)->http < 500 && !code_is_transient(code);
}

void run_refuse(struct run *r, const struct fail *f)
{
	struct enroll_reply *a = r->reply;

	enroll_reply_clear(a);
	*a = (struct enroll_reply){ .code = f->code == ENR_NONE ? ENR_INTERNAL : f->code };
	a->time = r->now;
	a->version = r->talk.version ? r->talk.version : NATIVE_VERSION;
	memcpy(a->shown, NATIVE_SHOWN, sizeof(NATIVE_SHOWN));
	memcpy(a->attempt, r->attempt, sizeof(a->attempt));
	for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
		if (pauses[i].code == a->code)
			a->retry_after = pauses[i].seconds;
	}
	if (!r->proved) {
		a->charge = is_charged(a->code) || (r->signed_by && is_peers_doing(a->code));
		return;
	}
	/* Each such try leaves lines in the record's story; who repeats them has to slow down too.
	 */
	a->charge = is_peers_doing(a->code);
	a->valid_until = rules_good_until(&r->record, r->now);
	proof_refused(r);
}

/* A wrong password is shown with the one record that waits for this identity, if it is the only
 * one. It counts a try; it changes nothing else. */
static void find_suspect(const struct run *r, char id[ID_MAX])
{
	autoclean(store_list_clear) struct store_list list = { 0 };
	struct fail f = FAIL_INIT;
	size_t open = 0;

	if (r->conf->uniform_discovery ||
		store_match(r->e->parts.store, r->q->identity, 8, &list, &f) < 0)
		return;
	for (size_t i = 0; i < list.n; i++) {
		if (rules_good_until(&list.item[i], r->now) == 0)
			continue;
		open++;
		memcpy(id, list.item[i].id, ID_MAX);
	}
	if (open != 1)
		id[0] = '\0';
}

#define LINES_MAX 3

/* What the story says of this request: lines, and what they point to. */
struct telling {
	struct store_actor by;
	char from[sizeof(((struct enroll_request *)0)->address) +
		sizeof(((struct conversation *)0)->client) + 16];
	struct store_story line[LINES_MAX];
	size_t n;
};

static void tell(const struct run *r, const char *event, const char *detail, enum code code,
	struct telling *t)
{
	t->line[t->n++] = (struct store_story){ r->record.id, event, detail, code, &t->by };
}

/* Of phase 1 it can be told only now that the record is known. A failure of who proved the password
 * is told too; what undoes a claim tells its own. */
static void tell_all(const struct run *r, const struct fail *f, struct telling *t)
{
	static const char *const eligible[] = {
		[ANSWER_UNKNOWN] = "not told", [ANSWER_NO] = "no", [ANSWER_YES] = "yes",
	};

	t->by = run_actor(r);
	if (f->code == ENR_NONE && r->q->kind == REQUEST_BOOTSTRAP) {
		snprintf(t->from, sizeof(t->from), "from %s%s%s", r->q->address,
			r->talk.client[0] ? ", " : "", r->talk.client);
		tell(r, "attempt", t->from, ENR_NONE, t);
		tell(r, "eligibility", eligible[r->talk.eligible], ENR_NONE, t);
		tell(r, "bootstrap", "password proved, server proved", ENR_NONE, t);
	} else if (f->code != ENR_NONE && r->proved &&
		(r->claim == CLAIM_NONE || r->claim == CLAIM_FINISHED)) {
		tell(r, r->phase, f->evidence, f->code, t);
	}
}

void run_remember(const struct run *r, const struct fail *f)
{
	const struct enroll_request *q = r->q;
	struct store_attempt a = { .time = r->now, .code = f->code };
	struct telling told = { .n = 0 };
	struct fail failed = FAIL_INIT;

	memcpy(a.id, r->attempt, sizeof(a.id));
	a.address = (char *)(uintptr_t)q->address;
	a.identity = (char *)(uintptr_t)q->identity;
	a.client = (char *)(uintptr_t)(q->client[0] ? q->client : r->talk.client);
	a.phase = (char *)(uintptr_t)r->phase;
	a.detail = (char *)(uintptr_t)(f->code == ENR_NONE ? NULL : f->evidence);
	tell_all(r, f, &told);
	a.story = told.line;
	a.n_story = told.n;
	if (r->known)
		memcpy(a.record, r->record.id, sizeof(a.record));
	else if (f->code == ENR_PASSWORD_WRONG && r->talk.eligible == ANSWER_NO)
		a.code = ENR_NOT_EXPECTED; /* for the admin: the device has both answers itself */
	else if (f->code == ENR_PASSWORD_WRONG)
		find_suspect(r, a.record);
	if (store_attempt(r->e->parts.store, &a, &failed) < 0)
		log_warn("attempt", "attempt=%s code=%s evidence=\"%s\"", r->attempt,
			code_name(failed.code), failed.evidence);
}
