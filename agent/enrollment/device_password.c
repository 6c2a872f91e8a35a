/* A password that is replaced, works longer or is withdrawn; and what all changes of a device
 * share. */
#include <string.h>

#include "agent/enrollment/device_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

#define EXTEND_SLACK_S 60 /* the same command again changes nothing */

int device_find(struct enrollment *e, const char *id, struct store_record *out,
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

int device_wrong_state(const struct store_record *r, const char *wanted, struct fail *f)
{
	const char *word = record_state_word(r->state, r->expires, clock_now());

	fail(f, ENR_STATE_WRONG, "%s (%s) is %s; this is for %s devices", r->name, r->id, word,
		wanted);
	return fail_told(f, "%s is %s; this is for %s devices", r->name, word, wanted);
}

int device_give(struct enrollment *e, struct store_record *r, struct device_done *done,
	struct device_done *out, struct fail *f)
{
	char id[ID_MAX];

	memcpy(id, r->id, sizeof(id));
	if (done->changed) {
		struct store_record fresh = { 0 };

		if (device_find(e, id, &fresh, f) < 0)
			return fail_in(f, "done, but reading it back");
		store_record_clear(r);
		*r = fresh;
	}
	done->record = *r;
	*r = (struct store_record){ 0 };
	*out = *done;
	return 0;
}

static struct store_actor actor_of(const struct device_change *c)
{
	struct store_actor by = c->by ? *c->by : (struct store_actor){ .who = NULL };

	by.dry = c->dry;
	return by;
}

/* What a dry run would make of the record, moved into *out. */
static void would_be(struct store_record *r, int64_t expires, struct device_done *out)
{
	*out = (struct device_done){ .record = *r, .changed = 1 };
	*r = (struct store_record){ 0 };
	out->record.expires = expires;
	out->record.state = RECORD_PENDING;
}

int device_reissue(struct enrollment *e, const struct device_change *c, struct device_done *out,
	struct fail *f)
{
	autoclean(snapshot_drop) struct snapshot *held = snapshot_hold(e);
	autoclean(store_record_clear) struct store_record r = { 0 };
	autoclean(device_secret_wipe) struct device_secret secret = { 0 };
	struct store_actor by = actor_of(c);
	struct device_done done = { .changed = 1 };
	int64_t from = clock_now(), lifetime = 0;
	int ended;

	if (device_find(e, c->id, &r, f) < 0 ||
		rules_lifetime(held->conf, c->lifetime, &lifetime, f) < 0)
		return -1;
	if (r.state != RECORD_PENDING && r.state != RECORD_CANCELED)
		return device_wrong_state(&r, "pending, expired and canceled", f);
	if (r.not_before > from)
		from = r.not_before;
	device_password(&secret, r.identity, done.password);
	ended = store_reissue(e->parts.store, r.id,
		&(struct store_password){ secret.root, secret.selector, from + lifetime }, &by, f);
	if (ended == 0 && c->dry)
		would_be(&r, from + lifetime, out);
	else if (ended == 0)
		ended = device_give(e, &r, &done, out, f);
	mem_wipe(done.password, sizeof(done.password));
	return ended;
}

int device_extend(struct enrollment *e, const struct device_change *c, struct device_done *out,
	struct fail *f)
{
	autoclean(snapshot_drop) struct snapshot *held = snapshot_hold(e);
	autoclean(store_record_clear) struct store_record r = { 0 };
	struct store_actor by = actor_of(c);
	struct device_done done = { 0 };
	int64_t expires = clock_now(), lifetime = 0;

	if (device_find(e, c->id, &r, f) < 0 ||
		rules_lifetime(held->conf, c->lifetime, &lifetime, f) < 0)
		return -1;
	if (r.state != RECORD_PENDING)
		return device_wrong_state(&r, "pending and expired", f);
	if (r.not_before > expires)
		expires = r.not_before;
	expires += lifetime;
	done.changed = expires > r.expires + EXTEND_SLACK_S;
	if (done.changed && store_extend(e->parts.store, r.id, expires, &by, f) < 0)
		return -1;
	if (c->dry && done.changed) {
		would_be(&r, expires, out);
		return 0;
	}
	return device_give(e, &r, &done, out, f);
}

int device_cancel(struct enrollment *e, const struct device_change *c, struct device_done *out,
	struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	struct device_done done = { 0 };

	if (device_find(e, c->id, &r, f) < 0)
		return -1;
	if (r.state != RECORD_PENDING && r.state != RECORD_CANCELED)
		return device_wrong_state(&r, "pending and expired", f);
	done.changed = r.state == RECORD_PENDING;
	if (c->dry && done.changed) {
		r.state = RECORD_CANCELED;
		*out = (struct device_done){ .record = r, .changed = 1 };
		r = (struct store_record){ 0 };
		return 0;
	}
	if (done.changed && store_cancel(e->parts.store, r.id, c->by, f) < 0)
		return -1;
	return device_give(e, &r, &done, out, f);
}
