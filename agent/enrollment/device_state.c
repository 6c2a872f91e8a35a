/* A device that is switched off, on again, ended for good or removed. */
#include <string.h>

#include "agent/enrollment/device_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

#define STATE(s) (1U << RECORD_##s)
#define WORK(w) (1U << TODO_##w)

/* What each verb makes of which devices, and what the directory is told, in the order of enum
 * todo_work. The certificates follow the state (agent/store/store_state.c). */
static const struct verb {
	enum record_state to;
	unsigned from;
	const char *wanted; /* the same in words */
	unsigned work;
	int has_reason;
	int is_careful; /* looks at the object first: it must be ours */
	int is_end;          /* also of a re-imaging that waits */
} verbs[] = {
	[DEVICE_DISABLE] = { RECORD_DISABLED, STATE(ENROLLED), "enrolled", WORK(DISABLE), 0, 0, 0 },
	[DEVICE_ENABLE] = { RECORD_ENROLLED, STATE(DISABLED), "disabled", WORK(ENABLE), 0, 1, 0 },
	[DEVICE_REVOKE] = { RECORD_REVOKED, STATE(ENROLLED) | STATE(DISABLED),
		"enrolled and disabled", WORK(DISABLE) | WORK(SPOIL), 1, 0, 1 },
	[DEVICE_REMOVE] = { RECORD_REMOVED, STATE(ENROLLED) | STATE(DISABLED) | STATE(REVOKED),
		"enrolled, disabled and revoked", WORK(DISABLE) | WORK(REMOVE), 0, 1, 1 },
};

static const struct {
	const char *word;
	int reason; /* RFC 5280 section 5.3.1 */
} reasons[] = {
	{ "stolen", 1 },
	{ "lost", 1 },
	{ "compromised", 1 },
	{ "retired", 5 },
};

/* One change on its way. */
struct switching {
	struct enrollment *e;
	const struct verb *verb;
	const struct device_change *c;
	struct store_record record;
	struct device_switched made;
};

static void switching_clear(struct switching *s)
{
	store_record_clear(&s->record);
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

/* The certificates that the change reaches. */
static int count_certificates(struct switching *s, struct fail *f)
{
	autoclean(store_cert_list_clear) struct store_cert_list list = { 0 };
	enum record_state to = s->verb->to;

	if (store_certs(s->e->parts.store, s->record.id, &list, f) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		enum cert_state is = list.item[i].state;

		s->made.certificates += to == RECORD_DISABLED ? is == CERT_VALID
			: to == RECORD_ENROLLED               ? is == CERT_HELD
							      : is != CERT_REVOKED;
	}
	return 0;
}

/* What is left to do in the directory; bits of enum todo_work. */
static int read_left(struct switching *s, unsigned *left, struct fail *f)
{
	autoclean(store_todo_list_clear) struct store_todo_list list = { 0 };

	if (store_todos(s->e->parts.store, s->record.id, 0, &list, f) < 0)
		return -1;
	*left = 0;
	for (size_t i = 0; i < list.n; i++)
		*left |= 1U << list.item[i].work;
	return 0;
}

/* Is the object one that may be switched on, or deleted? A directory that does not answer stops
 * nothing: who works it off later looks again. */
static int look(struct switching *s, struct fail *f)
{
	autoclean(join_seen_clear) struct join_seen seen = { 0 };
	const struct store_record *r = &s->record;
	char mark[RULES_MARK_MAX];
	struct fail why = FAIL_INIT;

	s->made.children = -1;
	if (!r->object_guid)
		return 0;
	if (join_read(s->e->parts.join, r->object_guid, &seen, &why) < 0) {
		int gone = why.code == ENR_DIRECTORY_GONE && s->verb->to == RECORD_ENROLLED;

		if (gone && f)
			*f = why;
		return gone ? fail_in(f, "%s", r->object_dn) : 0;
	}
	s->made.children = seen.n_children;
	if (text_equal(seen.mark, (rules_mark(r, mark), mark)))
		return 0;
	fail(f, ENR_NOT_OURS, "%s carries the mark %s, not that of %s", seen.dn,
		seen.mark ? seen.mark : "of nobody", r->id);
	return fail_told(f, "%s is not the object that %s made", seen.dn, r->id);
}

static void publish(struct switching *s)
{
	struct fail *why = &s->made.unlisted;

	if (s->made.certificates > 0 &&
		enrollment_publish_crl(s->e, &s->made.crl_number, why) < 0)
		log_error("crl", "code=%s evidence=\"%s\"", code_name(why->code), why->evidence);
}

/* In this order whatever stands in the way of the next: record and certificates, durable; the list;
 * the directory. What fails after the first is retried by the sweep. */
static int change(struct switching *s, struct fail *f)
{
	struct store_change change = { .id = s->record.id, .to = s->verb->to,
		.reason = s->made.reason, .work = s->made.work, .detail = s->c->reason,
		.withdraw = s->verb->is_end && !s->c->by_itself, .by = s->c->by };

	if (store_set_state(s->e->parts.store, &change, &s->made.certificates, f) < 0)
		return -1;
	publish(s);
	if (todo_work_off(s->e, &s->record, s->c->by, &s->made.missed, &s->made.later) == 0)
		return 0;
	return read_left(s, &s->made.left, f);
}

/* It had its effect before. What is left is tried again; an object that somebody switched by hand
 * is switched back. */
static int again(struct switching *s, struct fail *f)
{
	autoclean(join_seen_clear) struct join_seen seen = { 0 };
	const struct store_record *r = &s->record;
	enum todo_work work = s->verb->to == RECORD_ENROLLED ? TODO_ENABLE : TODO_DISABLE;
	unsigned before = 0;

	if (read_left(s, &before, f) < 0)
		return -1;
	if (before == 0 && r->object_guid && r->state != RECORD_REMOVED && !s->c->dry &&
		join_read(s->e->parts.join, r->object_guid, &seen, NULL) == 0 &&
		(seen.state == JOIN_ENABLED) != (work == TODO_ENABLE) &&
		!todo_is_anothers(seen.mark, r)) {
		if (store_todo_add(s->e->parts.store, r->id, work, f) < 0)
			return -1;
		before = 1U << work;
	}
	s->made.work = before;
	s->made.left = before;
	if (!s->c->dry)
		crl_mend(s->e, &s->made.unlisted);
	if (s->c->dry || before == 0)
		return 0;
	todo_work_off(s->e, r, s->c->by, &s->made.missed, &s->made.later);
	return read_left(s, &s->made.left, f);
}

static int apply(struct switching *s, struct fail *f)
{
	const struct verb *v = s->verb;

	s->made.done.changed = s->record.state != v->to;
	if (!s->made.done.changed)
		return again(s, f);
	if (!(v->from & 1U << s->record.state))
		return device_wrong_state(&s->record, v->wanted, f);
	if (v->is_careful && look(s, f) < 0)
		return -1;
	s->made.work = s->record.object_guid ? v->work : 0;
	if (!join_traits(s->e->parts.join).has_password)
		s->made.work &= ~WORK(SPOIL);
	if (!s->c->dry)
		return change(s, f);
	s->record.state = v->to;
	return count_certificates(s, f);
}

int device_switch(struct enrollment *e, enum device_verb verb, const struct device_change *c,
	struct device_switched *out, struct fail *f)
{
	autoclean(switching_clear) struct switching s = { .e = e, .verb = &verbs[verb], .c = c };

	if ((s.verb->has_reason && find_reason(c->reason, &s.made.reason, f) < 0) ||
		device_find(e, c->id, &s.record, f) < 0 || apply(&s, f) < 0)
		return -1;
	if (c->dry) {
		s.made.done.record = s.record;
		s.record = (struct store_record){ 0 };
	} else if (device_give(e, &s.record, &s.made.done, &s.made.done, f) < 0) {
		return -1;
	}
	*out = s.made;
	return 0;
}

void device_switched_clear(struct device_switched *d)
{
	device_done_clear(&d->done);
}
