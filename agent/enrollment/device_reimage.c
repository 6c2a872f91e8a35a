/* A device that comes back with a new installation: a password to enroll again under the object
 * that it has. The object keeps DN, SID and groups; the enrollment before ends when the new one is
 * finished (agent/store/store_progress.c), and stands untouched until then, or if nobody comes. */
#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/device_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/wire/identity.h"

/* A re-imaging on its way to a record. */
struct plan {
	struct enrollment *e;
	const struct conf *conf;
	const struct device_take *order;
	struct store_record before;    /* id "": none is known */
	struct store_record record;    /* the new one */
	struct join_seen seen;
	int64_t lifetime;
};

static void plan_clear(struct plan *p)
{
	store_record_clear(&p->before);
	store_record_clear(&p->record);
	join_seen_clear(&p->seen);
}

void device_reimaged_clear(struct device_reimaged *d)
{
	device_done_clear(&d->done);
	join_seen_clear(&d->seen);
}

static int may_follow(enum record_state s)
{
	return s == RECORD_ENROLLED || s == RECORD_DISABLED || s == RECORD_REVOKED;
}

const char *device_ou_of(const char *dn)
{
	for (; *dn && *dn != ','; dn++) {
		if (*dn == '\\' && dn[1])
			dn++;
	}
	return *dn ? dn + 1 : dn;
}

/* Whose mark is it? The record that made the object may be another than the one that was named. */
static int find_before(struct plan *p, struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	const char *mark = p->seen.mark, *from = mark ? strchr(mark, ':') : NULL;
	char own[RULES_MARK_MAX], id[ID_MAX] = "";
	size_t len = from ? strcspn(from + 1, ":") : 0;

	if (from == NULL || len >= sizeof(id))
		return 0;
	memcpy(id, from + 1, len);
	if (text_equal(id, p->before.id))
		return 0;
	switch (store_by_id(p->e->parts.store, id, &r, f)) {
	case ANSWER_YES:
		break;
	case ANSWER_NO:
		return 0;
	default:
		return -1;
	}
	rules_mark(&r, own);
	if (!text_equal(own, mark))
		return 0;
	if (!may_follow(r.state))
		return device_wrong_state(&r, "enrolled, disabled and revoked", f);
	store_record_clear(&p->before);
	p->before = r;
	r = (struct store_record){ 0 };
	return 0;
}

/* The object, and that it may be taken. */
static int look(struct plan *p, struct fail *f)
{
	const struct join_take how = { .foreign = p->order->foreign };
	const char *guid = p->order->guid;

	if (p->order->id) {
		if (device_find(p->e, p->order->id, &p->before, f) < 0)
			return -1;
		if (!may_follow(p->before.state) || !p->before.object_guid)
			return device_wrong_state(
				&p->before, "enrolled, disabled and revoked", f);
		guid = p->before.object_guid;
	}
	if (join_may_take(p->e->parts.join, guid, &how, &p->seen, f) < 0)
		return fail_told(f, "%.300s", f ? f->evidence : "");
	p->record.take_guid = mem_text(guid);
	p->record.take_mark = mem_text(p->seen.mark);
	return find_before(p, f);
}

static int plan_identity(struct plan *p, struct fail *f)
{
	autoclean(text_free) char *made = NULL;
	char identity[IDENTITY_MAX + 1];

	if (p->before.identity) {
		p->record.identity = mem_text(p->before.identity);
		return 0;
	}
	if (!p->conf->discovery_domain) {
		fail(f, ENR_USAGE, "%s has no record, and [agent] discovery-domain is not set",
			p->order->name);
		return fail_told(f, "no identity is known; set [agent] discovery-domain");
	}
	made = mem_printf("%s@%s", p->order->name, p->conf->discovery_domain);
	if (identity_canonical(made, strlen(made), identity, f) < 0)
		return -1;
	p->record.identity = mem_text(identity);
	return 0;
}

static int plan_place(struct plan *p, struct fail *f)
{
	autoclean(join_ou_clear) struct join_ou ou = { 0 };

	if (join_ou_find(p->e->parts.join, device_ou_of(p->seen.dn), &ou, f) < 0)
		return -1;
	p->record.fqdn = rules_fqdn(p->record.name, ou.suffix);
	if (ca_permits(p->e->parts.ca, p->record.fqdn, f) < 0)
		return -1;
	p->record.ou_guid = mem_text(ou.guid);
	p->record.ou_dn = steal(ou.dn);
	return 0;
}

static int plan_owner(struct plan *p, struct fail *f)
{
	if (p->order->owner)
		return join_owner_find(p->e->parts.join, p->order->owner, &p->record.owner_dn, f);
	p->record.owner_dn = mem_text(p->before.owner_dn);
	return 0;
}

/* What the enrollment before had, if there was one. */
static int plan_record(struct plan *p, struct fail *f)
{
	const struct store_record *b = &p->before;
	struct store_record *r = &p->record;
	const char *profile = b->profile ? b->profile : "default";
	const struct store_actor *by = p->order->by;
	const struct conf_profile *listing = conf_profile_find(p->conf, profile);

	if (!listing)
		return fail(f, ENR_PROFILE_UNKNOWN, "%.64s", profile);
	r->state = RECORD_PENDING;
	r->name = mem_text(b->name ? b->name : p->order->name);
	if (rules_name(p->conf, r->name, f) < 0 || plan_identity(p, f) < 0 ||
		plan_place(p, f) < 0 || plan_owner(p, f) < 0 ||
		device_groups_still(p->e, listing, b->groups, &r->groups, f) < 0 ||
		rules_lifetime(p->conf, p->order->lifetime, &p->lifetime, f) < 0)
		return -1;
	r->profile = mem_text(profile);
	r->vpn = b->vpn;
	r->serial = mem_text(b->serial);
	r->description = mem_text(b->description);
	r->dialects = mem_text("native");
	r->take_record = b->id[0] ? mem_text(b->id) : NULL;
	r->created_by = mem_text(by->who ? by->who : "enrolld");
	r->created = r->not_before = clock_now();
	r->expires = r->created + p->lifetime;
	return 0;
}

/* Mark, owner, groups and privileges are judged today; whether the agent may change the object
 * shows when the device comes. */
static int try_it(struct plan *p, struct fail *f)
{
	const struct store_record *r = &p->record;
	const struct conf_profile *listed = conf_profile_find(p->conf, r->profile);
	struct join_object object = {
		.name = r->name, .fqdn = r->fqdn, .ou_dn = r->ou_dn, .owner = r->owner_dn,
		.serial = r->serial, .description = r->description,
		.enrollment = "E-0000-0000", .mark = "1:E-0000-0000:0:0",
		.maps = listed && listed->alt_security_identities,
		.take_guid = r->take_guid, .take_mark = r->take_mark,
	};
	struct fail why = FAIL_INIT;

	if (join_preflight(p->e->parts.join, &object, &why) == 0 ||
		why.code == ENR_PREFLIGHT_UNKNOWN)
		return 0;
	if (f)
		*f = why;
	return fail_in(f, "trying to take it over");
}

/* YES: somebody has asked for it before, and the password still works (moved into the plan). */
static enum answer asked_before(struct plan *p, struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	enum answer found = store_by_name(p->e->parts.store, p->record.name, &r, f);

	if (found != ANSWER_YES)
		return found;
	if (r.state != RECORD_PENDING || r.expires <= clock_now() ||
		!text_equal(r.take_guid, p->record.take_guid))
		return ANSWER_NO;
	store_record_clear(&p->record);
	p->record = r;
	r = (struct store_record){ 0 };
	return ANSWER_YES;
}

static int write_it(struct plan *p, struct device_reimaged *out, struct fail *f)
{
	autoclean(device_secret_wipe) struct device_secret secret = { 0 };
	struct store_password password = { secret.root, secret.selector, 0 };

	device_password(&secret, p->record.identity, out->done.password);
	if (store_add(p->e->parts.store, &p->record, &password, p->order->by, f) == 0)
		return 0;
	mem_wipe(out->done.password, sizeof(out->done.password));
	return -1;
}

/* --now: the installation before is off from here on. */
static int end_before(struct plan *p, struct device_reimaged *out, struct fail *f)
{
	autoclean(device_switched_clear) struct device_switched off = { 0 };
	struct device_change c = { .id = p->before.id, .by = p->order->by };

	if (!p->order->now || p->before.state != RECORD_ENROLLED || p->order->dry)
		return 0;
	if (device_switch(p->e, DEVICE_DISABLE, &c, &off, f) < 0)
		return -1;
	out->left = off.left;
	out->later = off.later;
	return 0;
}

int device_reimage(struct enrollment *e, const struct device_take *o, struct device_reimaged *out,
	struct fail *f)
{
	autoclean(snapshot_drop) struct snapshot *held = snapshot_hold(e);
	autoclean(plan_clear) struct plan p = { .e = e, .conf = held->conf, .order = o };
	struct device_reimaged made = { .done = { .changed = 1 } };
	enum answer before;

	if (look(&p, f) < 0 || plan_record(&p, f) < 0)
		return -1;
	before = asked_before(&p, f);
	if (before == ANSWER_UNKNOWN || (before == ANSWER_NO && try_it(&p, f) < 0))
		return -1;
	made.done.changed = before == ANSWER_NO;
	if ((made.done.changed && !o->dry && write_it(&p, &made, f) < 0) ||
		end_before(&p, &made, f) < 0) {
		mem_wipe(made.done.password, sizeof(made.done.password));
		return -1;
	}
	made.done.record = p.record;
	p.record = (struct store_record){ 0 };
	made.seen = p.seen;
	p.seen = (struct join_seen){ .dn = NULL };
	memcpy(made.before, p.before.id, sizeof(made.before));
	*out = made;
	mem_wipe(made.done.password, sizeof(made.done.password));
	return 0;
}
