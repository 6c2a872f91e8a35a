#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

void run_begin(struct run *r, struct enrollment *e)
{
	r->e = e;
	r->held = snapshot_hold(e);
	r->conf = r->held->conf;
	r->now = clock_now();
	r->phase = "sweep";
	r->traits = join_traits(e->parts.join);
	id_new('A', r->attempt);
}

void run_end(struct run *r)
{
	if (r->entered)
		inflight_leave(r->e->inflight, r->record.id, r->csr.spki_sha256);
	mem_wipe(r->root, sizeof(r->root));
	store_record_clear(&r->record);
	pki_csr_clear(&r->csr);
	join_ou_clear(&r->ou);
	text_free(&r->sent_to);
	bytes_free(&r->certificate);
	bytes_wipe(&r->document);
	run_account_clear(r);
	snapshot_drop(&r->held);
}

const struct conf_listener *listener_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_listener; i++) {
		if (c->listener[i].serves_enroll && text_equal(c->listener[i].name, name))
			return &c->listener[i];
	}
	return NULL;
}

int run_open_talk(struct run *r, enum conversation_type type, struct fail *f)
{
	const struct enroll_request *q = r->q;
	struct conversation_lock lock = { r->e->state_key, type, r->now };

	if (conversation_open(&lock, &q->state, &r->talk, f) < 0)
		return -1;
	memcpy(r->attempt, r->talk.attempt, sizeof(r->attempt));
	if (q->version != r->talk.version)
		return fail(f, ENR_MESSAGE_MALFORMED, "version %u, %u was chosen", q->version,
			r->talk.version);
	if (!text_equal(q->identity, r->talk.identity) ||
		!text_equal(q->server_name, r->talk.server_name))
		return fail(f, ENR_MESSAGE_MALFORMED, "identity or server name is not phase 1's");
	return 0;
}

struct store_actor run_actor(const struct run *r)
{
	return (struct store_actor){ .attempt = r->q ? r->attempt : NULL };
}

void run_story(const struct run *r, const char *event, const char *detail)
{
	struct store_actor by = run_actor(r);
	struct store_story line = { r->record.id, event, detail, ENR_NONE, &by };
	struct fail f = FAIL_INIT;

	if (store_event(r->e->parts.store, &line, &f) < 0)
		log_warn("story", "record=%s code=%s evidence=\"%s\"", r->record.id,
			code_name(f.code), f.evidence);
}

const struct conf_profile *run_profile(const struct run *r, struct fail *f)
{
	const struct conf_profile *p = conf_profile_find(r->conf, r->record.profile);

	if (!p)
		fail(f, ENR_PROFILE_UNKNOWN, "[profile %s] of %s is gone from the configuration",
			r->record.profile, r->record.id);
	return p;
}

void run_object(struct run *r, char mark[RULES_MARK_MAX], struct join_object *o)
{
	const struct store_record *rec = &r->record;
	const struct conf_profile *p = conf_profile_find(r->conf, rec->profile);
	size_t n;

	rules_mark(rec, mark);
	*o = (struct join_object){
		.name = rec->name,
		.fqdn = rec->fqdn,
		.ou_dn = r->ou.dn ? r->ou.dn : rec->ou_dn,
		.owner = rec->owner_dn,
		.serial = rec->serial ? rec->serial : r->q && r->q->serial[0] ? r->q->serial
									      : NULL,
		.description = rec->description,
		.enrollment = rec->id,
		.mark = mark,
		.certificate = r->certificate.data,
		.certificate_len = r->certificate.len,
		.maps = p && p->alt_security_identities,
		.groups = run_groups(r, &n),
		.take_guid = rec->take_guid,
		.take_mark = rec->take_mark,
	};
	o->n_groups = n;
}

enum answer run_certificate(struct run *r, struct fail *f)
{
	struct store_cert cert = { 0 };
	enum answer found = store_cert_of(r->e->parts.store, &r->record, &cert, f);

	if (found == ANSWER_YES) {
		bytes_free(&r->certificate);
		r->certificate = cert.der;
		cert.der = BYTES_INIT;
		free(cert.name);
	}
	return found;
}

int run_joined(struct run *r, const struct join_created *made, struct fail *f)
{
	struct store_object object = { made->dn, made->guid, made->server,
		made->account, made->sid, made->key_version };
	struct store_actor by = run_actor(r);

	r->stands = 1;
	if (store_joined(r->e->parts.store, &r->record, &object, &by, f) < 0)
		return fail_in(f, "%s stands", made->dn);
	return 0;
}

static int is_lost(const struct run *r)
{
	const struct conf_list *lost = &r->conf->lost_servers;

	for (size_t i = 0; r->record.object_server != NULL && i < lost->n; i++)
		if (text_equal(lost->item[i], r->record.object_server))
			return 1;
	return 0;
}

const char *run_server(const struct run *r)
{
	return is_lost(r) ? NULL : r->record.object_server;
}

/* The server the write was sent to will never come back: what stands is what one of the others has,
 * and it is absent only if none of them has it. */
static enum answer find_left(struct run *r, const struct join_object *o, struct join_created *made,
	struct fail *f)
{
	const struct conf_list *left = &r->conf->uri;
	enum answer found, all = ANSWER_NO;

	if (left->n == 0)
		return join_look(r->e->parts.join, o, NULL, made, f);
	for (size_t i = 0; i < left->n; i++) {
		struct fail why = FAIL_INIT;

		found = join_look(r->e->parts.join, o, left->item[i], made, &why);
		if (found == ANSWER_YES)
			return found;
		if (found == ANSWER_UNKNOWN) {
			all = found;
			*f = why;
		}
	}
	return all;
}

enum answer run_find(struct run *r, struct fail *f)
{
	autoclean(join_created_clear) struct join_created made = { 0 };
	struct join_object object;
	char mark[RULES_MARK_MAX];
	enum answer found;

	run_object(r, mark, &object);
	if (is_lost(r))
		found = find_left(r, &object, &made, f);
	else
		found = join_look(r->e->parts.join, &object, r->record.object_server, &made, f);
	if (found == ANSWER_YES && run_joined(r, &made, f) < 0)
		return ANSWER_UNKNOWN;
	return found;
}

enum answer run_look(struct run *r, struct fail *f)
{
	int64_t rest = inflight_resting(r->e->inflight, r->record.id);
	int64_t since = clock_mono_ms() - r->e->started;
	int64_t limit = r->conf->ldap_timeout * 1000;
	enum answer found;

	if (rest == 0 && since < limit)
		rest = limit - since; /* what a process before this one may have sent */
	found = run_find(r, f);
	if (found != ANSWER_NO || rest == 0)
		return found;
	fail(f, ENR_UNCERTAIN, "%s: not there yet; asked again in %lld s", r->record.name,
		(long long)rest / 1000 + 1);
	return ANSWER_UNKNOWN;
}
