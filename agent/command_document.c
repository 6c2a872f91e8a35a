/* The documents of docs/CONTROL.md section 4, from the structs of store and certificates. */
#include <string.h>

#include "agent/command_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/text.h"

static const struct {
	int reason;
	const char *word;
} reasons[] = {
	{ 0, "unspecified" },
	{ 1, "keyCompromise" },
	{ 4, "superseded" },
	{ 5, "cessationOfOperation" },
	{ 6, "certificateHold" },
};

static const char *const cert_states[] = {
	[CERT_UNRELEASED] = "unreleased",
	[CERT_VALID] = "valid",
	[CERT_HELD] = "held",
	[CERT_REVOKED] = "revoked",
};

json_t *document_time(int64_t t)
{
	char buf[CLOCK_TEXT_MAX];

	return t ? json_string(clock_text(t, buf)) : json_null();
}

json_t *document_text(const char *t)
{
	return control_text(t && *t ? t : NULL);
}

void document_code(json_t *o, enum code code)
{
	json_object_set_new(o, "code", code ? json_string(code_name(code)) : json_null());
	json_object_set_new(o, "name", code ? json_string(code_row(code)->word) : json_null());
}

json_t *document_list(const char *kind, json_t *items)
{
	return json_pack("{s:s, s:i, s:o}", "kind", kind, "version", 1, "items", items);
}

void document_change(json_t *doc, int changed, int dry)
{
	json_object_set_new(doc, "changed", json_boolean(changed));
	json_object_set_new(doc, "dry_run", json_boolean(dry));
}

const char *document_reason(int reason)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].reason == reason)
			return reasons[i].word;
	return "unspecified";
}

static json_t *reason_word(const struct store_cert *c)
{
	if (c->state != CERT_REVOKED && c->state != CERT_HELD)
		return json_null();
	return json_string(document_reason(c->reason));
}

json_t *document_certificate(const struct store_cert *c)
{
	struct cert_info info = { .subject = NULL };
	autoclean(str_free) struct str hash = STR_INIT(80);
	json_t *o;
	int known = cert_info_read(c->der.data, c->der.len, &info, NULL) == 0;

	if (known)
		hex_add(&hash, info.sha256, sizeof(info.sha256));
	o = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "serial", c->serial, "state",
		cert_states[c->state], "revoked_reason", reason_word(c), "revoked",
		document_time(c->revoked_at), "not_before", document_time(c->not_before),
		"not_after", document_time(c->not_after), "issuer",
		document_text(known ? info.issuer : NULL), "sha256",
		document_text(str_text(&hash)));
	cert_info_clear(&info);
	return o;
}

json_t *document_event(const struct store_event *e)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "time", document_time(e->time),
		"event", e->event ? e->event : "", "by", document_text(e->by), "attempt",
		document_text(e->attempt), "code",
		e->code ? json_string(code_name(e->code)) : json_null(), "note",
		document_text(e->note), "detail", document_text(e->detail));
}

/* Ready to be pasted into a shell: an address may have more in it. */
static int is_plain(const char *t)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789.@+_-";

	return t && *t && *t != '-' && t[strspn(t, plain)] == '\0';
}

/* What the row says to do, with the device's own name and address where it has NAME and ADDRESS. */
static json_t *act_of(enum code code, const char *name, const char *identity)
{
	const struct {
		const char *word, *own;
	} blanks[] = { { "NAME", name }, { "ADDRESS", identity } };
	autoclean(str_free) struct str out = STR_INIT(4096);
	const char *at = code_row(code)->act_admin;

	if (code == ENR_NONE)
		return json_null();
	while (*at) {
		size_t len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), i = 0;

		while (i < ARRAY_LEN(blanks) && (strlen(blanks[i].word) != len ||
			       strncmp(at, blanks[i].word, len) != 0 || !is_plain(blanks[i].own)))
			i++;
		if (i < ARRAY_LEN(blanks))
			str_text_add(&out, blanks[i].own);
		else
			str_add(&out, at, len ? len : 1);
		at += len ? len : 1;
	}
	return json_string(str_text(&out));
}

json_t *document_attempt(struct control_call *call, const struct store_attempt *a)
{
	autoclean(store_record_clear) struct store_record r = { 0 };
	int known = a->record[0] &&
		store_by_id(command_context(call)->store, a->record, &r, NULL) == ANSWER_YES;
	json_t *o = json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"kind", "attempt", "version", 1, "attempt", a->id, "time", document_time(a->time),
		"from", document_text(a->address), "identity", document_text(a->identity), "client",
		document_text(a->client), "device", document_text(known ? r.name : NULL),
		"enrollment", document_text(a->record), "phase", document_text(a->phase), "detail",
		document_text(a->detail), "do",
		act_of(a->code, known ? r.name : NULL, a->identity));

	document_code(o, a->code);
	return o;
}

/* As it stands in the directory: what that was not told yet has not happened. left: bits of enum
 * todo_work. */
static json_t *object_of(const struct store_record *r, unsigned left)
{
	int on = r->state == RECORD_ENROLLED;

	if (r->object_dn == NULL || (r->state == RECORD_REMOVED && !left))
		return json_null();
	if (left & (1U << TODO_DISABLE | 1U << TODO_ENABLE))
		on = (left & 1U << TODO_DISABLE) != 0;
	return json_pack("{s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "dn", control_text(r->object_dn),
		"guid", document_text(r->object_guid), "sid", document_text(r->object_sid),
		"account", document_text(r->object_account), "enabled",
		on, "key_version",
		r->object_key_version ? json_integer(r->object_key_version) : json_null(), "server",
		document_text(r->object_server));
}

static json_t *failure_of(const struct store_record *r)
{
	const struct code_row *row = code_row(r->last_code);
	json_t *o;

	if (r->last_code == ENR_NONE)
		return json_null();
	o = json_pack("{s:o, s:o, s:o, s:b, s:s, s:o, s:s, s:o, s:o}", "phase",
		document_text(r->last_phase), "attempt", document_text(r->last_attempt), "time",
		document_time(r->last_at), "retry", code_is_transient(r->last_code), "what",
		row->what_admin, "evidence", document_text(r->last_detail), "why", row->why, "who",
		document_text(code_is_servers(r->last_code)
				? "not the device, not the user, not the password"
				: NULL),
		"do", act_of(r->last_code, r->name, r->identity));
	document_code(o, r->last_code);
	return o;
}

static json_t *certificates_of(
	struct control_call *call, const struct store_record *r, struct fail *f)
{
	autoclean(store_cert_list_clear) struct store_cert_list list = { 0 };
	json_t *out;

	if (store_certs(command_context(call)->store, r->id, &list, f) < 0)
		return NULL;
	out = json_array();
	for (size_t i = 0; i < list.n; i++)
		json_array_append_new(out, document_certificate(&list.item[i]));
	return out;
}

static json_t *groups_of(const struct store_record *r)
{
	json_t *out = json_array();
	size_t len;

	for (const char *p = r->groups; p && *p; p += len + (p[len] == '\n')) {
		len = strcspn(p, "\n");
		json_array_append_new(out, json_stringn(p, len));
	}
	return out;
}

/* What was ordered. */
static void add_order(struct control_call *call, json_t *doc, const struct store_record *r)
{
	const struct conf_profile *profile = conf_profile_find(call->conf, r->profile);

	json_object_set_new(doc, "identity", document_text(r->identity));
	json_object_set_new(doc, "owner", document_text(r->owner_dn));
	json_object_set_new(doc, "ou", document_text(r->ou_dn));
	json_object_set_new(doc, "fqdn", document_text(r->fqdn));
	json_object_set_new(doc, "profile", document_text(r->profile));
	json_object_set_new(doc, "groups", groups_of(r));
	json_object_set_new(doc, "vpn", json_boolean(r->vpn));
	json_object_set_new(doc, "certificate_lifetime_s",
		profile ? json_integer(profile->certificate_lifetime) : json_null());
	json_object_set_new(doc, "serial", document_text(r->serial));
	json_object_set_new(doc, "description", document_text(r->description));
	json_object_set_new(doc, "key", document_text(r->order_key));
}

/* Certificates, object, and what the directory was not told yet. */
static int add_state(
	struct control_call *call, json_t *doc, const struct store_record *r, struct fail *f)
{
	autoclean(store_todo_list_clear) struct store_todo_list list = { 0 };
	json_t *certificates = json_array(), *words = json_array();
	unsigned left = 0;

	if (r->id[0]) {
		json_decref(certificates);
		certificates = certificates_of(call, r, f);
	}
	json_object_set_new(doc, "certificates", certificates);
	json_object_set_new(doc, "to_finish", words);
	if (certificates == NULL ||
		(r->id[0] && store_todos(command_context(call)->store, r->id, 0, &list, f) < 0))
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		left |= 1U << list.item[i].work;
		json_array_append_new(words, json_string(todo_work_word(list.item[i].work)));
	}
	json_object_set_new(doc, "object", object_of(r, left));
	return 0;
}

json_t *document_device(struct control_call *call, const struct store_record *r, struct fail *f)
{
	json_t *doc;

	doc = json_pack("{s:s, s:i, s:b, s:b, s:o, s:s, s:o}", "kind", "device", "version", 1,
		"changed", 0, "dry_run", 0, "name", control_text(r->name), "state",
		record_state_word(r->state, r->expires, clock_now()), "enrollment",
		document_text(r->id));
	add_order(call, doc, r);
	json_object_set_new(doc, "created", document_time(r->created));
	json_object_set_new(doc, "created_by", document_text(r->created_by));
	json_object_set_new(doc, "not_before", document_time(r->not_before));
	json_object_set_new(doc, "expires", document_time(r->expires));
	json_object_set_new(doc, "enrolled", document_time(r->finished_at));
	json_object_set_new(doc, "ended", document_time(r->ended_at));
	json_object_set_new(doc, "failed_tries", json_integer(r->failed_tries));
	json_object_set_new(doc, "last_failure", failure_of(r));
	if (r->take_guid)
		json_object_set_new(doc, "takes",
			json_pack("{s:o, s:o}", "enrollment", document_text(r->take_record), "guid",
				document_text(r->take_guid)));
	else
		json_object_set_new(doc, "takes", json_null());
	if (add_state(call, doc, r, f) < 0) {
		json_decref(doc);
		return NULL;
	}
	return doc;
}

int document_add_events(
	struct control_call *call, json_t *doc, const struct store_record *r, struct fail *f)
{
	autoclean(store_event_list_clear) struct store_event_list list = { 0 };
	json_t *events;

	if (store_events(command_context(call)->store, &(struct store_range){ r->id, 0, 200 },
		    &list, f) < 0)
		return -1;
	events = json_array();
	for (size_t i = 0; i < list.n; i++)
		json_array_append_new(events, document_event(&list.item[i]));
	json_object_set_new(doc, "events", events);
	return 0;
}
