/* A password that is replaced, works longer or is withdrawn; a device that is switched off; the
 * document of a device. */
#include <string.h>

#include "agent/enrollment/device_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define EXTEND_SLACK_S 60 /* the same command again changes nothing */

static const struct {
	const char *word;
	int reason; /* RFC 5280 section 5.3.1 */
} reasons[] = {
	{ "stolen", 1 },
	{ "lost", 1 },
	{ "compromised", 1 },
	{ "retired", 5 },
};

static int find_record(struct enrollment *e, const char *id, struct store_record *out,
	struct fail *f)
{
	switch (store_by_id(e->parts.store, id, out, f)) {
	case ANSWER_YES:
		return 0;
	case ANSWER_NO:
		return fail(f, ENR_DEVICE_NOT_FOUND, "no record %.16s", id);
	default:
		return -1;
	}
}

static int wrong_state(const struct store_record *r, const char *wanted, struct fail *f)
{
	const char *word = record_state_word(r->state, r->expires, clock_now());

	fail(f, ENR_STATE_WRONG, "%s (%s) is %s; this is for %s devices", r->name, r->id, word,
		wanted);
	return fail_told(f, "%s is %s; this is for %s devices", r->name, word, wanted);
}

/* The record as it stands after a change, and the rest of the answer. */
static int give(struct enrollment *e, struct store_record *r, struct device_done *done,
	struct device_done *out, struct fail *f)
{
	char id[ID_MAX];

	memcpy(id, r->id, sizeof(id));
	if (done->changed) {
		struct store_record fresh = { 0 };

		if (find_record(e, id, &fresh, f) < 0)
			return fail_in(f, "done, but reading it back");
		store_record_clear(r);
		*r = fresh;
	}
	done->record = *r;
	*r = (struct store_record){ 0 };
	*out = *done;
	return 0;
}

int device_reissue(struct enrollment *e, const struct device_change *c, struct device_done *out,
	struct fail *f)
{
	autoclean(snapshot_drop) struct snapshot *held = snapshot_hold(e);
	autoclean(store_record_clear) struct store_record r = { 0 };
	autoclean(device_secret_wipe) struct device_secret secret = { 0 };
	struct device_done done = { .changed = 1 };
	int64_t from = clock_now(), lifetime = 0;
	int ended;

	if (find_record(e, c->id, &r, f) < 0 ||
		rules_lifetime(held->conf, c->lifetime, &lifetime, f) < 0)
		return -1;
	if (r.state != RECORD_PENDING && r.state != RECORD_CANCELED)
		return wrong_state(&r, "pending, expired and canceled", f);
	if (r.not_before > from)
		from = r.not_before;
	if (c->dry) {
		r.expires = from + lifetime;
		r.state = RECORD_PENDING;
		*out = (struct device_done){ .record = r, .changed = 1 };
		r = (struct store_record){ 0 };
		return 0;
	}
	device_password(&secret, r.identity, done.password);
	ended = store_reissue(e->parts.store, r.id,
		&(struct store_password){ secret.root, secret.selector, from + lifetime }, c->by,
		f);
	if (ended == 0)
		ended = give(e, &r, &done, out, f);
	mem_wipe(done.password, sizeof(done.password));
	return ended;
}

int device_extend(struct enrollment *e, const struct device_change *c, struct device_done *out,
	struct fail *f)
{
	autoclean(snapshot_drop) struct snapshot *held = snapshot_hold(e);
	autoclean(store_record_clear) struct store_record r = { 0 };
	struct device_done done = { 0 };
	int64_t expires = clock_now(), lifetime = 0;

	if (find_record(e, c->id, &r, f) < 0 ||
		rules_lifetime(held->conf, c->lifetime, &lifetime, f) < 0)
		return -1;
	if (r.state != RECORD_PENDING)
		return wrong_state(&r, "pending and expired", f);
	if (r.not_before > expires)
		expires = r.not_before;
	expires += lifetime;
	done.changed = expires > r.expires + EXTEND_SLACK_S;
	if (c->dry && done.changed) {
		r.expires = expires;
		*out = (struct device_done){ .record = r, .changed = 1 };
		r = (struct store_record){ 0 };
		return 0;
	}
	if (done.changed && store_extend(e->parts.store, r.id, expires, c->by, f) < 0)
		return -1;
	return give(e, &r, &done, out, f);
}

int device_cancel(struct enrollment *e, const struct device_change *c, struct device_done *out,
	struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	struct device_done done = { 0 };

	if (find_record(e, c->id, &r, f) < 0)
		return -1;
	if (r.state != RECORD_PENDING && r.state != RECORD_CANCELED)
		return wrong_state(&r, "pending and expired", f);
	done.changed = r.state == RECORD_PENDING;
	if (c->dry && done.changed) {
		r.state = RECORD_CANCELED;
		*out = (struct device_done){ .record = r, .changed = 1 };
		r = (struct store_record){ 0 };
		return 0;
	}
	if (done.changed && store_cancel(e->parts.store, r.id, c->by, f) < 0)
		return -1;
	return give(e, &r, &done, out, f);
}

int disable_object(struct enrollment *e, const struct store_record *r,
	const struct store_actor *by, struct fail *f)
{
	struct store_story done = { .record = r->id, .event = "directory", .by = by };
	struct fail why = FAIL_INIT;
	int gone = 0;

	if (r->object_guid &&
		join_set_state(e->parts.join, r->object_guid, JOIN_DISABLED, &why) < 0) {
		gone = why.code == ENR_DIRECTORY_GONE;
		if (!gone) {
			if (f)
				*f = why;
			return -1;
		}
	}
	if (store_waited(e->parts.store, r->id, f) < 0)
		return -1;
	done.detail = gone ? "the object is gone" : "object disabled";
	if (store_event(e->parts.store, &done, &why) < 0)
		log_warn("story", "record=%s code=%s", r->id, code_name(why.code));
	return 0;
}

/* The certificates that a revocation ends. */
static int count_certificates(struct enrollment *e, const char *id, int64_t *n, struct fail *f)
{
	autoclean(store_cert_list_clear) struct store_cert_list list = { 0 };

	if (store_certs(e->parts.store, id, &list, f) < 0)
		return -1;
	*n = 0;
	for (size_t i = 0; i < list.n; i++)
		*n += list.item[i].state != CERT_REVOKED;
	return 0;
}

/* In this order whatever stands in the way of the next: certificates and record, the list, the
 * object. What fails after the first is retried by the sweep. */
static int switch_off(struct enrollment *e, const struct store_record *r, int reason,
	const struct store_actor *by, struct device_revoked *out)
{
	struct fail *f = &out->later;
	int ended = store_revoke(e->parts.store, r->id, reason, by, f);

	if (ended < 0 || store_set_state(e->parts.store, r->id, RECORD_REVOKED, by, f) < 0)
		return -1;
	out->certificates = ended;
	if (enrollment_publish_crl(e, &out->crl_number, f) < 0)
		log_error("crl", "code=%s evidence=\"%s\"", code_name(f->code), f->evidence);
	out->object_disabled = disable_object(e, r, by, f) == 0;
	return 0;
}

static int find_reason(const char *word, int *reason, struct fail *f)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (text_equal(reasons[i].word, word)) {
			*reason = reasons[i].reason;
			return 0;
		}
	}
	fail(f, ENR_USAGE, "reason %.32s", word ? word : "none");
	return fail_told(f, "--reason is stolen, lost, retired or compromised");
}

/* Revoked before: nothing is changed, but the object may still have to be disabled. */
static int revoked_already(struct enrollment *e, struct store_record *r,
	struct device_revoked *out, struct fail *f)
{
	struct join_seen seen = { 0 };

	if (!r->object_guid || join_read(e->parts.join, r->object_guid, &seen, &out->later) < 0) {
		out->object_disabled = !r->object_guid || out->later.code == ENR_DIRECTORY_GONE;
		if (out->object_disabled)
			out->later = FAIL_INIT;
	} else if (seen.state == JOIN_DISABLED) {
		out->object_disabled = 1;
	} else {
		out->object_disabled = disable_object(e, r, NULL, &out->later) == 0;
	}
	join_seen_clear(&seen);
	return give(e, r, &out->done, &out->done, f);
}

int device_revoke(struct enrollment *e, const struct device_change *c, struct device_revoked *out,
	struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	struct device_revoked made = { .done = { .changed = 1 } };
	int number = 0;

	if (find_reason(c->reason, &number, f) < 0 || find_record(e, c->id, &r, f) < 0)
		return -1;
	if (r.state == RECORD_REVOKED && !c->dry) {
		made.done.changed = 0;
		if (revoked_already(e, &r, &made, f) < 0)
			return -1;
		*out = made;
		return 0;
	}
	if (r.state != RECORD_ENROLLED && r.state != RECORD_DISABLED && r.state != RECORD_REVOKED)
		return wrong_state(&r, "enrolled and disabled", f);
	made.done.changed = r.state != RECORD_REVOKED;
	if (c->dry) {
		if (count_certificates(e, r.id, &made.certificates, f) < 0)
			return -1;
		r.state = RECORD_REVOKED;
		made.done.record = r;
		r = (struct store_record){ 0 };
		*out = made;
		return 0;
	}
	if (switch_off(e, &r, number, c->by, &made) < 0) {
		if (f)
			*f = made.later;
		return -1;
	}
	if (give(e, &r, &made.done, &made.done, f) < 0)
		return -1;
	*out = made;
	return 0;
}

void device_revoked_clear(struct device_revoked *d)
{
	device_done_clear(&d->done);
}

/* The one it was given, as long as it is kept; else the one it would get now. */
int device_document(struct enrollment *e, const char *id, struct str *out, struct fail *f)
{
	autoclean(run_end) struct run r = { 0 };
	struct compose_order order;
	struct fail why = FAIL_INIT;

	run_begin(&r, e);
	if (find_record(e, id, &r.record, f) < 0)
		return -1;
	if (r.record.state == RECORD_ENROLLED &&
		store_document(e->parts.store, &r.record, &r.document, &why) == 0) {
		str_add(out, r.document.data, r.document.len);
		return 0;
	}
	if (r.record.state == RECORD_ENROLLED && why.code != ENR_PASSWORD_USED) {
		if (f)
			*f = why;
		return -1;
	}
	order = (struct compose_order){ .conf = r.conf, .record = &r.record };
	if (run_domain(&r, f) < 0)
		return -1;
	order.domain = &r.domain;
	if (run_certificate(&r, &why) == ANSWER_YES)
		order.certificate = &r.certificate;
	return compose_document(e->parts.ca, &order, out, f);
}
