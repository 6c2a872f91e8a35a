/* What the files of this folder share and nobody else sees: the enrollment itself, one run of the
 * step table, and the steps. A step does one thing, returns 0, or -1 with f filled; the runner then
 * takes back what the steps before it did (enrollment.c). */
#ifndef AGENT_ENROLLMENT_STEPS_H
#define AGENT_ENROLLMENT_STEPS_H

#include <pthread.h>
#include <stdint.h>

#include "agent/ca/ca.h"
#include "agent/conf/conf.h"
#include "agent/edge/request.h"
#include "agent/enrollment/anchors.h"
#include "agent/enrollment/conversation.h"
#include "agent/enrollment/enrollment.h"
#include "agent/enrollment/inflight.h"
#include "agent/enrollment/leafs.h"
#include "agent/enrollment/rules.h"
#include "agent/join/join.h"
#include "agent/store/store.h"

/* One configuration and how many calls use it. A reload puts a new one in place at once, and waits
 * until nobody uses the old one. */
struct snapshot {
	struct enrollment *e;
	const struct conf *conf;
	struct anchors *anchors;
	size_t users;
};
struct enrollment {
	struct enrollment_parts parts;
	pthread_mutex_t lock;          /* of now and its users */
	pthread_cond_t unused;
	struct snapshot *now;
	struct inflight *inflight;
	struct leafs *leafs;
	uint8_t state_key[32];         /* seals conversations */
	uint8_t nobody[STORE_ROOT_LEN]; /* the root tried when no record has the selector */
	int64_t started;               /* clock_mono_ms */
	pthread_mutex_t crl_lock;      /* of the two below, and the order of CRLs */
	struct bytes crl;              /* the newest */
	int crl_stale;                 /* the last one could not be made, or not be written */
	pthread_mutex_t todo_lock;     /* one at a time tells the directory what is to be done */
};

/* The configuration as it is now, for as long as the call takes. */
struct snapshot *snapshot_hold(struct enrollment *e);
void snapshot_drop(struct snapshot **s);

/* One request on its way through the table, or one record in the sweep (then q and reply are
 * NULL). */
struct run {
	struct enrollment *e;
	struct snapshot *held;
	const struct conf *conf;
	struct join_traits traits;
	const struct enroll_request *q;
	struct enroll_reply *reply;
	int64_t now;
	char attempt[ID_MAX];
	const char *phase;             /* for the story and the last failure: "bootstrap" … */

	struct conversation talk;
	struct native_context context; /* its transcript grows with the conversation */
	uint8_t root[STORE_ROOT_LEN];
	int proved;                    /* the device's MAC was good: refusals are MACed */
	int signed_by;                 /* leaving: its signature was good */
	int known;                     /* record is filled */
	struct store_record record;

	struct pki_csr csr;
	int entered;                   /* in the table of what is under way */
	struct join_ou ou;
	enum claim_kind claim;
	int unsure;                    /* an add may have happened: never undone, only looked for */
	char *sent_to;                 /* the server that got the unanswered add, or NULL */
	int stands;                    /* the object is known to stand: only forward */
	struct bytes certificate;
	struct bytes document;

	/* What the object is made of beside the record: run_account.c. */
	char machine[STORE_MACHINE_PASSWORD_MAX]; /* "": none, or not read yet */
	char **group;                  /* DNs */
	size_t n_groups;
	struct join_domain domain;     /* as the server that was written to names it */
};
void run_begin(struct run *r, struct enrollment *e);
void run_end(struct run *r);

/* --- the steps, in the order of the table --- */
int step_identify(struct run *r, struct fail *f);  /* state, record, MAC */
int step_authorize(struct run *r, struct fail *f); /* name, leaf, dialect, state of the record */
int step_vouch(struct run *r, struct fail *f);     /* the anchors, MACed */
int step_prove(struct run *r, struct fail *f);     /* the certificate request */
int step_place(struct run *r, struct fail *f);     /* profile and OU as they stand now */
int step_claim(struct run *r, struct fail *f);
void undo_claim(struct run *r, const struct fail *why);
int step_recall(struct run *r, struct fail *f);    /* finished before: the same document again */
int step_look(struct run *r, struct fail *f);      /* did an earlier try make the object? */
int step_preflight(struct run *r, struct fail *f);
int step_issue(struct run *r, struct fail *f);
int step_join(struct run *r, struct fail *f);
int step_publish(struct run *r, struct fail *f);
int step_compose(struct run *r, struct fail *f);
int step_finish(struct run *r, struct fail *f);
int step_answer(struct run *r, struct fail *f);

/* --- what they share --- */
/* The state of an earlier phase, and that the request goes on with the same. */
int run_open_talk(struct run *r, enum conversation_type type, struct fail *f);
/* A name of ours, and the certificate of this very connection. */
int run_asked_for_us(const struct run *r, struct fail *f);
/* Is the object with our mark there? YES: it stands, and the record knows it durably. NO:
 * definitely not. UNKNOWN: f. run_look says NO only when no operation that was sent can still make
 * it. */
enum answer run_find(struct run *r, struct fail *f);
enum answer run_look(struct run *r, struct fail *f);
/* The server to stay with, or NULL: none yet, or one that [directory] lost-servers gives up. */
const char *run_server(const struct run *r);
/* The object as it is, or will be, in the directory; mark is the buffer it points into. What it
 * points to lasts as long as r. */
void run_object(struct run *r, char mark[RULES_MARK_MAX], struct join_object *o);
/* The same to be made: with the machine password, if the directory has one. */
int run_new_object(
	struct run *r, char mark[RULES_MARK_MAX], struct join_object *o, struct fail *f);
/* Only forward from here: the object stands, and so does the certificate where that comes first. */
int run_is_forward(const struct run *r);
/* An object that stands, and has no certificate, is taken back, and the record released; one that
 * was taken over is kept for the next try. Else the record is uncertain, and the sweep tries again.
 */
int run_unmake(struct run *r, const struct store_trouble *t, struct fail *f);
/* The certificate was for an object that does not stand. */
int run_discard(struct run *r, struct fail *f);
/* The domain into r->domain. */
int run_domain(struct run *r, struct fail *f);
const char *const *run_groups(struct run *r, size_t *n);
void run_account_clear(struct run *r);
/* A new machine password. */
void machine_password_new(char out[STORE_MACHINE_PASSWORD_MAX]);
/* r->machine sealed for the device (PROTOCOL.md section 10), base64; free() it. */
char *run_sealed_machine(struct run *r, struct fail *f);
int run_joined(struct run *r, const struct join_created *made, struct fail *f);
/* The record's certificate into r->certificate. NO: none is durable. */
enum answer run_certificate(struct run *r, struct fail *f);
/* The profile of the record. ENR_PROFILE_UNKNOWN. */
const struct conf_profile *run_profile(const struct run *r, struct fail *f);
struct store_actor run_actor(const struct run *r);
void run_story(const struct run *r, const char *event, const char *detail);
/* The text of the document for a record; certificate may be NULL (a preview). */
struct str;
struct compose_order {
	const struct conf *conf;
	const struct store_record *record;
	const struct bytes *certificate;
	const struct join_domain *domain; /* NULL: the directory has no accounts */
	const char *password;          /* the machine password, sealed for the device; or NULL */
};
int compose_document(const struct ca *ca, const struct compose_order *o, struct str *out,
	struct fail *f);
/* The public listener row of that name, or NULL. */
const struct conf_listener *listener_find(const struct conf *c, const char *name);

/* --- answers: proof.c, attempt.c --- */
/* Fill r->context from the conversation and the request. */
void proof_context(struct run *r);
/* The MAC of the request under root; 1 if it is the one sent. */
int proof_is_good(const struct run *r, const uint8_t root[STORE_ROOT_LEN]);
/* Leaving: is the request signed by the key of that certificate? 0, or ENR_SIGNATURE_WRONG. */
int proof_is_signed(
	const struct run *r, const struct bytes *certificate, struct fail *f);
/* Once the MAC was good: the request becomes part of the transcript. */
void proof_chain_request(struct run *r);
/* MAC the granted answer of phase 2 (and chain it into the transcript) or of phase 3. */
void proof_bootstrapped(struct run *r);
void proof_enrolled(struct run *r);
void proof_refused(struct run *r);
/* Fill the reply with a refusal. */
void run_refuse(struct run *r, const struct fail *f);
/* Remember the attempt and its outcome; f->code ENR_NONE is success. */
void run_remember(const struct run *r, const struct fail *f);

int discovery_answer(struct run *r, struct fail *f);
int leave_answer(struct run *r, struct fail *f);
int crl_answer(struct enrollment *e, struct enroll_reply *reply, struct fail *f);
/* Once more, if the last one failed. */
int crl_mend(struct enrollment *e, struct fail *f);

/* --- what the directory has still to be told: todo.c --- */
/* All of one record, in order. -1 and the first failure: the rest is kept and tried again.
 * *missed, if not NULL, gets the bits of those that found no object, or one not ours any more. */
int todo_work_off(struct enrollment *e, const struct store_record *r,
	const struct store_actor *by, unsigned *missed, struct fail *f);
/* Of all that is due; how much is left. */
int todo_sweep(struct enrollment *e, struct fail *f);
/* Does the mark say that another enrollment has the object now? */
int todo_is_anothers(const char *mark, const struct store_record *r);

#endif
