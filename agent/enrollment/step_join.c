/* The computer object: looked for where an earlier try may have made it, tried without effect, then
 * made by one add that carries the mark, and the certificate where that comes first. */
#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"

#define MAPPING_MAX 2048

/* The directory did not answer, or may still be at it: nobody may undo what may be there. */
static int unsure(struct run *r, struct fail *f)
{
	r->unsure = 1;
	if (f->code != ENR_UNCERTAIN) {
		f->code = ENR_UNCERTAIN;
		fail_in(f, "could not find out");
	}
	return -1;
}

/* The answer to the add may have been lost before its groups were entered. */
static int enter_groups(struct run *r, struct fail *f)
{
	const struct join_created made = { .dn = r->record.object_dn,
		.server = r->record.object_server };
	struct join_object object;
	char mark[RULES_MARK_MAX];

	run_object(r, mark, &object);
	return join_groups_enter(r->e->parts.join, &made, &object, f);
}

/* The record remembers an object, and a certificate is still to be signed: what that says of the
 * account, and its SID, is what the directory says now. The record's word for it is not sealed, and
 * who could write it would have a certificate for anybody. */
static int look_again(struct run *r, struct fail *f)
{
	enum answer signed_before;

	if (!r->traits.object_first)
		return 0;
	signed_before = run_certificate(r, f);
	if (signed_before != ANSWER_NO)
		return signed_before == ANSWER_YES ? 0 : -1;
	switch (run_find(r, f)) {
	case ANSWER_YES:
		return enter_groups(r, f);
	case ANSWER_NO:
		return fail(f, ENR_NOT_OURS, "%s: no object with the mark of %s", r->record.name,
			r->record.id);
	default:
		return -1;
	}
}

int step_look(struct run *r, struct fail *f)
{
	enum answer found;

	if (r->stands)
		return look_again(r, f);
	found = run_look(r, f);
	if (found == ANSWER_YES)
		return enter_groups(r, f);
	if (found == ANSWER_NO && r->traits.object_first && run_certificate(r, f) == ANSWER_YES)
		return run_discard(r, f) < 0 ? unsure(r, f) : 0;
	if (found != ANSWER_UNKNOWN)
		return 0;
	return r->stands ? -1 : unsure(r, f);
}

/* The name may be held by an object of our own: of an add that was given up for not done, and done
 * all the same. */
static int name_free(struct run *r, const struct join_object *o, struct fail *f)
{
	struct join *j = r->e->parts.join;
	struct fail why = FAIL_INIT;

	if (join_name_free(j, o->name, o->ou_dn, &why) == 0)
		return 0;
	if (why.code == ENR_NAME_TAKEN && r->record.epoch > 1) {
		switch (join_earlier_undo(j, o, f)) {
		case ANSWER_YES:
			run_story(r, "taken back", "an object that an earlier try made too late");
			return join_name_free(j, o->name, o->ou_dn, f);
		case ANSWER_UNKNOWN:
			return -1;
		case ANSWER_NO:
			break;
		}
	}
	if (f)
		*f = why;
	return -1;
}

/* The very add, without effect, so that a directory that will refuse costs no certificate; and the
 * CA, so that one that cannot sign costs no object. */
int step_preflight(struct run *r, struct fail *f)
{
	struct join_object object;
	char mark[RULES_MARK_MAX];
	struct fail why = FAIL_INIT;

	if (r->traits.object_first && ca_ready(r->e->parts.ca, r->record.fqdn, r->now, f) < 0)
		return -1;
	run_object(r, mark, &object);
	if (!r->record.take_guid && name_free(r, &object, f) < 0)
		return -1;
	if (join_preflight(r->e->parts.join, &object, &why) == 0 ||
		why.code == ENR_PREFLIGHT_UNKNOWN)
		return 0;
	if (f)
		*f = why;
	return -1;
}

/* The name is taken: perhaps by ourselves, in a try whose answer was lost. */
static int settle_taken(struct run *r, struct fail *f)
{
	struct fail why = FAIL_INIT;

	switch (run_find(r, &why)) {
	case ANSWER_YES:
		return 0;
	case ANSWER_NO:
		return -1;
	default:
		*f = why;
		return r->stands ? -1 : unsure(r, f);
	}
}

/* It was to be taken over, and something was refused: perhaps only what comes after the mark. Then
 * it carries ours, and the record has to know. */
static int settle_half_taken(struct run *r, struct fail *f)
{
	struct fail why = FAIL_INIT;

	if (run_find(r, &why) != ANSWER_UNKNOWN || r->stands)
		return -1;
	*f = why;
	return unsure(r, f);
}

/* Nothing was sent, since the server did not answer, or has too much to do. */
static int is_elsewhere(const struct join_created *made, enum code code)
{
	return !made->server && (code == ENR_DIRECTORY_UNREACHABLE || code == ENR_DIRECTORY_BUSY);
}

/* The server that told us where the OU is becomes the one that is written to. */
static int choose(struct run *r, struct fail *f)
{
	struct store_actor by = run_actor(r);

	return store_sending(r->e->parts.store, &r->record, r->ou.server, &by, f);
}

/* 1: another server is chosen than the one that was not reached; 0: there is none. */
static int choose_another(struct run *r, struct fail *f)
{
	autoclean(join_ou_clear) struct join_ou ou = { 0 };

	if (join_ou_by_guid(r->e->parts.join, r->record.ou_guid, &ou, NULL) < 0 ||
		text_equal(ou.server, r->record.object_server))
		return 0;
	text_free(&r->ou.server);
	r->ou.server = steal(ou.server);
	return choose(r, f) < 0 ? -1 : 1;
}

static int create_there(struct run *r, struct join_created *made, struct fail *f)
{
	struct join_object object; /* points into the record as it is now */
	char mark[RULES_MARK_MAX];

	if (run_new_object(r, mark, &object, f) < 0)
		return -1;
	return join_create(r->e->parts.join, &object, run_server(r), made, f);
}

/* Written exactly where the record says, durably, that it is: whoever looks for it after a crash
 * looks there. */
static int create(struct run *r, struct join_created *made, struct fail *f)
{
	struct fail why = FAIL_INIT;
	int another;

	if (!run_server(r) && choose(r, f) < 0)
		return -1;
	if (create_there(r, made, &why) == 0)
		return 0;
	another = is_elsewhere(made, why.code) ? choose_another(r, f) : 0;
	if (another > 0)
		return create_there(r, made, f);
	if (another == 0)
		*f = why;
	return -1;
}

int step_join(struct run *r, struct fail *f)
{
	autoclean(join_created_clear) struct join_created made = { 0 };

	if (create(r, &made, f) == 0)
		return run_joined(r, &made, f);
	if (f->code == ENR_NAME_TAKEN)
		return settle_taken(r, f);
	if (f->code != ENR_UNCERTAIN)
		return r->record.take_guid ? settle_half_taken(r, f) : -1;
	if (made.server)
		r->sent_to = steal(made.server);
	inflight_rest(r->e->inflight, r->record.id,
		clock_mono_ms() + r->conf->ldap_timeout * 1000);
	return unsure(r, f);
}

/* What no other time of asking will change; then nobody is to have the certificate. */
static int is_definite(enum code code)
{
	return !code_is_transient(code) && code != ENR_UNCERTAIN && code != ENR_INTERNAL;
}

/* The certificate into the object that it names. A directory that does not answer is asked again;
 * one that refuses ends this try: revoked first, the object after it (undo_claim). */
int step_publish(struct run *r, struct fail *f)
{
	autoclean(str_free) struct str mapping = STR_INIT(MAPPING_MAX);
	struct join_object object;
	char mark[RULES_MARK_MAX];
	struct fail why = FAIL_INIT;

	if (cert_mapping(r->certificate.data, r->certificate.len, &mapping, f) < 0)
		return -1;
	run_object(r, mark, &object);
	object.mapping = mapping.overflow ? NULL : str_text(&mapping);
	if (join_publish(r->e->parts.join, r->record.object_guid, run_server(r), &object, f) == 0)
		return 0;
	if (is_definite(f->code) && run_discard(r, &why) < 0)
		fail_in(f, "%s: %s; publish", code_name(why.code), why.evidence);
	return -1;
}
