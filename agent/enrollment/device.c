#include "agent/enrollment/device.h"

#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/device_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/wire/identity.h"
#include "lib/wire/native.h"

#define DESCRIPTION_MAX 512
#define ORDER_KEY_MAX 128

/* An order on its way to a record. */
struct plan {
	struct enrollment *e;
	const struct conf *conf;
	const struct device_order *order;
	const struct conf_profile *profile;
	int64_t lifetime;
	struct store_record record;
};

void device_done_clear(struct device_done *d)
{
	store_record_clear(&d->record);
	mem_wipe(d->password, sizeof(d->password));
}

void device_password(struct device_secret *s, const char *identity, char shown[PASSWORD_TEXT_MAX])
{
	char canonical[PASSWORD_LEN + 1];

	password_new(canonical);
	native_root(canonical, identity, s->root);
	native_selector(s->root, s->selector);
	password_show(canonical, shown);
	mem_wipe(canonical, sizeof(canonical));
}

/* --- what needs nobody's answer --- */

static int plan_identity(struct plan *p, struct fail *f)
{
	autoclean(text_free) char *made = NULL;
	char identity[IDENTITY_MAX + 1];
	const char *text = p->order->identity;

	if (!text && !p->conf->discovery_domain) {
		fail(f, ENR_USAGE, "no identity, and [agent] discovery-domain is not set");
		return fail_told(f, "give --identity EMAIL");
	}
	if (!text)
		text = made = mem_printf("%s@%s", p->order->name, p->conf->discovery_domain);
	if (identity_canonical(text, strlen(text), identity, f) < 0)
		return -1;
	p->record.identity = mem_text(identity);
	return 0;
}

static int plan_text(const char *text, size_t max, const char *what, struct fail *f)
{
	size_t len = text ? strlen(text) : 0;

	if (!text || (len > 0 && len <= max && text_is_utf8(text, len) &&
			     !text_has_control(text, len)))
		return 0;
	fail(f, ENR_USAGE, "%s: 1 to %zu octets of text without control characters", what, max);
	return fail_told(f, "%s: 1 to %zu octets of text without control characters", what, max);
}

/* A hardware serial as a device can report it: printable ASCII without blanks at its ends. */
static int plan_serial(const char *serial, struct fail *f)
{
	size_t len = serial ? strlen(serial) : 0;

	if (plan_text(serial, NATIVE_SERIAL_MAX, "serial", f) < 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if ((signed char)serial[i] < 0x20 || serial[0] == ' ' || serial[len - 1] == ' ')
			return fail(f, ENR_USAGE, "serial: printable ASCII only");
	}
	return 0;
}

static int plan_profile(struct plan *p, struct fail *f)
{
	const char *name = p->order->profile ? p->order->profile : "default";

	p->profile = conf_profile_find(p->conf, name);
	if (!p->profile) {
		fail(f, ENR_PROFILE_UNKNOWN, "%.64s", name);
		fail_told(f, "%.64s", name);
		return -1;
	}
	p->record.profile = mem_text(p->profile->name);
	p->record.vpn = p->order->vpn < 0 ? p->profile->vpn : p->order->vpn != 0;
	if (p->record.vpn && !p->profile->vpn_gateway) {
		fail(f, ENR_USAGE, "--vpn: [profile %s] names no vpn-gateway", p->profile->name);
		return fail_told(f, "--vpn: the profile %.64s names no vpn-gateway", name);
	}
	return 0;
}

static int plan_times(struct plan *p, struct fail *f)
{
	int64_t now = clock_now(), from = p->order->not_before;

	if (rules_lifetime(p->conf, p->order->lifetime, &p->lifetime, f) < 0)
		return -1;
	if (from > now + p->conf->max_lifetime) {
		fail(f, ENR_LIFETIME_INVALID, "not-before lies beyond max-lifetime");
		return fail_told(f, "not-before lies too far ahead");
	}
	p->record.created = now;
	p->record.not_before = from > 0 ? from : now;
	p->record.expires = (p->record.not_before > now ? p->record.not_before : now) +
		p->lifetime;
	return 0;
}

static int plan_alone(struct plan *p, const struct store_actor *by, struct fail *f)
{
	const struct device_order *o = p->order;

	if (!o->name) {
		fail(f, ENR_USAGE, "no name");
		return -1;
	}
	if (rules_name(p->conf, o->name, f) < 0 || plan_identity(p, f) < 0 ||
		plan_profile(p, f) < 0 || plan_times(p, f) < 0 || plan_serial(o->serial, f) < 0 ||
		plan_text(o->description, DESCRIPTION_MAX, "description", f) < 0 ||
		plan_text(o->key, ORDER_KEY_MAX, "key", f) < 0)
		return -1;
	p->record.state = RECORD_PENDING;
	p->record.name = mem_text(o->name);
	p->record.serial = mem_text(o->serial);
	p->record.description = mem_text(o->description);
	p->record.order_key = mem_text(o->key);
	p->record.dialects = mem_text("native");
	p->record.created_by = mem_text(by->who ? by->who : "enrolld");
	return 0;
}

/* --- what the directory says --- */

static int plan_ou(struct plan *p, struct fail *f)
{
	autoclean(join_ou_clear) struct join_ou ou = { 0 };
	const char *text = p->order->ou ? p->order->ou : p->profile->ou;

	if (!text) {
		fail(f, ENR_USAGE, "no OU, and [profile %s] names none", p->profile->name);
		return fail_told(f, "give --ou OU");
	}
	if (join_ou_find(p->e->parts.join, text, &ou, f) < 0)
		return -1;
	p->record.fqdn = rules_fqdn(p->order->name, ou.suffix);
	if (!text_is_hostname(p->record.fqdn)) {
		fail(f, ENR_NAME_INVALID, "%s is too long", p->record.fqdn);
		return fail_told(f, "with its DNS suffix the name is too long");
	}
	if (ca_permits(p->e->parts.ca, p->record.fqdn, f) < 0)
		return -1;
	p->record.ou_guid = mem_text(ou.guid);
	p->record.ou_dn = steal(ou.dn);
	return 0;
}

/* An owner that was asked for must exist; else whoever has the identity as e-mail, if anybody. */
static int plan_owner(struct plan *p, struct fail *f)
{
	const char *text = p->order->owner ? p->order->owner : p->record.identity;
	struct fail why = FAIL_INIT;

	if (join_owner_find(p->e->parts.join, text, &p->record.owner_dn, &why) == 0)
		return 0;
	if (!p->order->owner && why.code == ENR_OWNER_NOT_FOUND)
		return 0;
	if (f)
		*f = why;
	return fail_in(f, "owner");
}

static int plan_groups(struct plan *p, struct fail *f)
{
	return device_groups(p->e, p->profile, p->order, &p->record.groups, f);
}

/* The very add, without effect: a right that is missing shows today, not when the device comes. */
static int plan_add(struct plan *p, struct fail *f)
{
	const struct store_record *r = &p->record;
	struct join_object object = {
		.name = r->name, .fqdn = r->fqdn, .ou_dn = r->ou_dn, .owner = r->owner_dn,
		.serial = r->serial, .description = r->description,
		.enrollment = "E-0000-0000", .mark = "1:E-0000-0000:0:0",
		.maps = p->profile && p->profile->alt_security_identities,
	};
	struct fail why = FAIL_INIT;

	if (join_name_free(p->e->parts.join, r->name, r->ou_dn, f) < 0)
		return -1;
	if (join_preflight(p->e->parts.join, &object, &why) == 0 ||
		why.code == ENR_PREFLIGHT_UNKNOWN)
		return 0;
	if (f)
		*f = why;
	return fail_in(f, "trying the add");
}

/* --- the same order again --- */

/* What differs from the record that stands, or NULL. Life times only count if they were given. */
static const char *difference(const struct plan *p, const struct store_record *r)
{
	const struct store_record *w = &p->record;
	const struct device_order *o = p->order;

	return !text_equal(w->identity, r->identity) ? "identity" :
		!text_equal(w->ou_guid, r->ou_guid) ? "ou" :
		!text_equal(w->profile, r->profile) ? "profile" :
		w->vpn != r->vpn ? "vpn" :
		o->n_groups && !text_equal(w->groups, r->groups) ? "group" :
		r->take_guid ? "reimage" :
		!text_equal(w->serial, r->serial) ? "serial" :
		!text_equal(w->description, r->description) ? "description" :
		!text_equal(w->order_key, r->order_key) ? "key" :
		o->owner && !text_equal(w->owner_dn, r->owner_dn) ? "owner" :
		o->not_before && o->not_before != r->not_before ? "not-before" :
		o->lifetime && o->lifetime != r->expires - r->not_before ? "lifetime" : NULL;
}

static int holds_name(const struct store_record *r, int64_t now)
{
	return r->state == RECORD_PENDING ? r->expires > now :
		r->state != RECORD_CANCELED && r->state != RECORD_REVOKED &&
			r->state != RECORD_REMOVED && r->state != RECORD_REPLACED;
}

/* YES: the record that stands is what was asked for (moved into the plan). NO: there is none. */
static enum answer plan_repeated(struct plan *p, struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	int64_t now = clock_now();
	enum answer found = store_by_name(p->e->parts.store, p->order->name, &r, f);
	int same_key = r.order_key && text_equal(r.order_key, p->order->key);
	const char *what;

	if (found != ANSWER_YES || (!holds_name(&r, now) && !same_key))
		return found == ANSWER_YES ? ANSWER_NO : found;
	if (r.state == RECORD_PENDING && r.expires > now) {
		what = difference(p, &r);
		if (what) {
			fail(f, ENR_RECORD_CONFLICT, "%s is %s, with another %s", r.name, r.id,
				what);
			fail_told(f, "%s differs", what);
			return ANSWER_UNKNOWN;
		}
	} else if (!same_key) {
		fail(f, ENR_NAME_TAKEN, "%s is %s, %s", r.name, r.id,
			record_state_word(r.state, r.expires, now));
		fail_told(f, "%s is %s", r.name, record_state_word(r.state, r.expires, now));
		return ANSWER_UNKNOWN;
	}
	store_record_clear(&p->record);
	p->record = r;
	r = (struct store_record){ 0 };
	return ANSWER_YES;
}

static void plan_clear(struct plan *p)
{
	store_record_clear(&p->record);
}

static int make_it(struct plan *p, const struct store_actor *by, struct device_done *done,
	struct fail *f)
{
	autoclean(device_secret_wipe) struct device_secret secret = { 0 };
	const struct store_password password = { secret.root, secret.selector, 0 };
	struct store_actor who = by ? *by : (struct store_actor){ .who = NULL };
	int rc;

	who.dry = p->order->dry;
	device_password(&secret, p->record.identity, done->password);
	rc = store_add(p->e->parts.store, &p->record, &password, &who, f);
	if (rc < 0 || who.dry)
		mem_wipe(done->password, sizeof(done->password));
	if (who.dry)
		p->record.id[0] = '\0';
	return rc;
}

int device_add(struct enrollment *e, const struct device_order *o, const struct store_actor *by,
	struct device_done *out, struct fail *f)
{
	autoclean(snapshot_drop) struct snapshot *held = snapshot_hold(e);
	autoclean(plan_clear) struct plan p = { .e = e, .conf = held->conf, .order = o };
	struct device_done done = { .changed = 1 };

	if (plan_alone(&p, by, f) < 0 || plan_ou(&p, f) < 0 || plan_owner(&p, f) < 0 ||
		plan_groups(&p, f) < 0)
		return -1;
	switch (plan_repeated(&p, f)) {
	case ANSWER_YES:
		done.changed = 0;
		break;
	case ANSWER_NO:
		if (plan_add(&p, f) < 0)
			return -1;
		if (make_it(&p, by, &done, f) < 0)
			return -1;
		break;
	default:
		return -1;
	}
	done.record = p.record;
	p.record = (struct store_record){ 0 };
	*out = done;
	mem_wipe(done.password, sizeof(done.password));
	return 0;
}
