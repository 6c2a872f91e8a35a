#include "agent/enrollment/enrollment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

enum { IN_BOOTSTRAP = 1, IN_ENROLLMENT = 2, IN_BOTH = 3 };

/* When a row of phase 3 runs; a row without a condition always does. */
static int is_unfinished(const struct run *r)
{
	return r->record.state != RECORD_ENROLLED;
}
static int is_finished(const struct run *r)
{
	return r->claim == CLAIM_FINISHED;
}
static int may_have_been_made(const struct run *r)
{
	return r->claim == CLAIM_RESUMED &&
		(r->traits.object_first || r->record.state != RECORD_CLAIMED);
}
static int is_not_made(const struct run *r)
{
	return r->claim != CLAIM_FINISHED && !r->stands;
}
static int is_made_first(const struct run *r)
{
	return is_not_made(r) && r->traits.object_first;
}
static int is_made_last(const struct run *r)
{
	return is_not_made(r) && !r->traits.object_first;
}
static int is_published(const struct run *r)
{
	return r->claim != CLAIM_FINISHED && r->traits.object_first;
}
static int is_new(const struct run *r)
{
	return r->claim != CLAIM_FINISHED;
}

struct step {
	const char *name;
	int phases;
	const char *part; /* of the story and the last failure; NULL: the phase's own word */
	int (*when)(const struct run *r);
	int (*run)(struct run *r, struct fail *f);
	void (*undo)(struct run *r, const struct fail *why);
};

/* The whole of phases 2 and 3, in order. Read this table first. A step that fails ends the run; the
 * undo of the steps before it runs backwards, then the refusal goes out. */
static const struct step steps[] = {
	/* name       phases         part of story  when                what             undo */
	{ "identify", IN_BOTH, NULL, NULL, step_identify, NULL },
	{ "authorize", IN_BOTH, NULL, NULL, step_authorize, NULL },
	{ "vouch", IN_BOOTSTRAP, NULL, NULL, step_vouch, NULL },
	{ "prove", IN_ENROLLMENT, NULL, NULL, step_prove, NULL },
	{ "place", IN_ENROLLMENT, "directory", is_unfinished, step_place, NULL },
	{ "claim", IN_ENROLLMENT, NULL, NULL, step_claim, undo_claim },
	{ "recall", IN_ENROLLMENT, NULL, is_finished, step_recall, NULL },
	{ "look", IN_ENROLLMENT, "directory", may_have_been_made, step_look, NULL },
	{ "preflight", IN_ENROLLMENT, "directory", is_not_made, step_preflight, NULL },
	/* Active Directory: the certificate names the SID of the object that was just made. */
	{ "add", IN_ENROLLMENT, "directory", is_made_first, step_join, NULL },
	{ "issue", IN_ENROLLMENT, "certificate", is_new, step_issue, NULL },
	{ "publish", IN_ENROLLMENT, "directory", is_published, step_publish, NULL },
	/* Elsewhere: the one add carries the certificate. */
	{ "join", IN_ENROLLMENT, "directory", is_made_last, step_join, NULL },
	{ "compose", IN_ENROLLMENT, "document", is_new, step_compose, NULL },
	{ "finish", IN_ENROLLMENT, "document", is_new, step_finish, NULL },
	{ "answer", IN_ENROLLMENT, NULL, NULL, step_answer, NULL },
};

_Static_assert(ARRAY_LEN(steps) <= 32, "a bit for each");

/* The short runner. */
static int run_steps(struct run *r, int phase, struct fail *f)
{
	const char *word = r->phase;
	unsigned done = 0; /* a bit a row */
	size_t i;

	for (i = 0; i < ARRAY_LEN(steps); i++) {
		if (!(steps[i].phases & phase) || (steps[i].when && !steps[i].when(r)))
			continue;
		r->phase = steps[i].part ? steps[i].part : word;
		if (steps[i].run(r, f) < 0)
			break;
		done |= 1U << i;
	}
	if (i == ARRAY_LEN(steps)) {
		*f = FAIL_INIT; /* what a step met and settled is no failure */
		return 0;
	}
	fail_in(f, "%s", steps[i].name);
	while (i-- > 0) {
		if ((done & 1U << i) && steps[i].undo)
			steps[i].undo(r, f);
	}
	return -1;
}

static int bootstrap_answer(struct run *r, struct fail *f)
{
	return run_steps(r, IN_BOOTSTRAP, f);
}

static int enrollment_answer(struct run *r, struct fail *f)
{
	return run_steps(r, IN_ENROLLMENT, f);
}

static const struct {
	const char *word;
	int (*answer)(struct run *r, struct fail *f);
} kinds[] = {
	[REQUEST_DISCOVERY] = { "eligibility", discovery_answer },
	[REQUEST_BOOTSTRAP] = { "bootstrap", bootstrap_answer },
	[REQUEST_ENROLLMENT] = { "enrollment", enrollment_answer },
	[REQUEST_LEAVE] = { "leave", leave_answer },
};

static void describe(const struct run *r, const struct fail *f, char *log, size_t size)
{
	char identity[4 * 64 + 8], evidence[4 * 400 + 8];

	if (size == 0)
		return;
	text_quote(r->q->identity, 64, identity, sizeof(identity));
	text_quote(f->evidence, 400, evidence, sizeof(evidence));
	snprintf(log, size, "attempt=%s phase=%s code=%s identity=%s record=%s name=%s%s%s",
		r->attempt, r->phase, f->code == ENR_NONE ? "ok" : code_name(f->code), identity,
		r->known ? r->record.id : "-", r->known ? r->record.name : "-",
		f->code == ENR_NONE ? "" : " evidence=", f->code == ENR_NONE ? "" : evidence);
}

static void handle_crl(struct enrollment *e, struct enroll_reply *reply, char *log, size_t size)
{
	struct fail f = FAIL_INIT;
	char evidence[4 * 400 + 8];

	reply->time = clock_now();
	if (crl_answer(e, reply, &f) == 0) {
		snprintf(log, size, "kind=crl code=ok");
		return;
	}
	reply->code = f.code;
	snprintf(log, size, "kind=crl code=%s evidence=%s", code_name(f.code),
		text_quote(f.evidence, 400, evidence, sizeof(evidence)));
}

void enrollment_handle(struct enrollment *e, const struct enroll_request *q,
	struct enroll_reply *reply, char *log, size_t size)
{
	autoclean(run_end) struct run r = { 0 };
	struct fail f = FAIL_INIT;

	*reply = (struct enroll_reply){ .code = ENR_NONE };
	if (q->kind == REQUEST_CRL) {
		handle_crl(e, reply, log, size);
		return;
	}
	run_begin(&r, e);
	r.q = q;
	r.reply = reply;
	if ((size_t)q->kind >= ARRAY_LEN(kinds) || !kinds[q->kind].answer) {
		r.phase = "none";
		fail(&f, ENR_MESSAGE_MALFORMED, "no such kind of request");
		run_refuse(&r, &f);
		describe(&r, &f, log, size);
		return;
	}
	r.phase = kinds[q->kind].word;
	if (kinds[q->kind].answer(&r, &f) < 0)
		run_refuse(&r, &f);
	run_remember(&r, &f);
	describe(&r, &f, log, size);
}

static struct snapshot *snapshot_new(struct enrollment *e, const struct conf *conf)
{
	struct snapshot *s = mem_new(sizeof(*s));

	s->e = e;
	s->conf = conf;
	s->anchors = anchors_read(conf, e->parts.ca);
	return s;
}

static void snapshot_free(struct snapshot **s)
{
	if (*s)
		anchors_free(&(*s)->anchors);
	free(*s);
	*s = NULL;
}

struct snapshot *snapshot_hold(struct enrollment *e)
{
	struct snapshot *s;

	pthread_mutex_lock(&e->lock);
	s = e->now;
	s->users++;
	pthread_mutex_unlock(&e->lock);
	return s;
}

void snapshot_drop(struct snapshot **s)
{
	struct enrollment *e;

	if (!*s)
		return;
	e = (*s)->e;
	pthread_mutex_lock(&e->lock);
	if (--(*s)->users == 0)
		pthread_cond_broadcast(&e->unused);
	pthread_mutex_unlock(&e->lock);
	*s = NULL;
}

void enrollment_reload(struct enrollment *e, const struct conf *conf)
{
	struct snapshot *new = snapshot_new(e, conf), *old;

	pthread_mutex_lock(&e->lock);
	old = e->now;
	e->now = new;
	while (old->users > 0)
		pthread_cond_wait(&e->unused, &e->lock);
	pthread_mutex_unlock(&e->lock);
	snapshot_free(&old);
}

struct enrollment *enrollment_open(
	const struct conf *conf, const struct enrollment_parts *parts, struct fail *f)
{
	autoclean(enrollment_close) struct enrollment *e = NULL;

	if (join_traits(parts->join).object_first && !ca_is_rsa(parts->ca)) {
		fail(f, ENR_CA_NOT_RSA, "%s: flavour = %s needs RSA keys", conf->ca_dir,
			conf->flavour);
		return NULL;
	}
	e = mem_new(sizeof(*e));
	e->parts = *parts;
	e->started = clock_mono_ms();
	e->inflight = inflight_new();
	e->leafs = leafs_new();
	e->now = snapshot_new(e, conf);
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->unused, NULL);
	pthread_mutex_init(&e->crl_lock, NULL);
	pthread_mutex_init(&e->todo_lock, NULL);
	random_bytes(e->nobody, sizeof(e->nobody));
	if (store_key(parts->store, "conversation", e->state_key, f) < 0)
		return NULL;
	return steal(e);
}

void enrollment_close(struct enrollment **e)
{
	if (!*e)
		return;
	inflight_free(&(*e)->inflight);
	leafs_free(&(*e)->leafs);
	bytes_free(&(*e)->crl);
	mem_wipe((*e)->state_key, sizeof((*e)->state_key));
	pthread_mutex_destroy(&(*e)->todo_lock);
	pthread_mutex_destroy(&(*e)->crl_lock);
	pthread_cond_destroy(&(*e)->unused);
	pthread_mutex_destroy(&(*e)->lock);
	snapshot_free(&(*e)->now);
	free(*e);
	*e = NULL;
}

void enrollment_leaf(struct enrollment *e, const char *listener, const uint8_t sha256[32])
{
	leafs_set(e->leafs, listener, sha256);
}
