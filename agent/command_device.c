/* Commands that change devices. */
#include <stdlib.h>
#include <string.h>

#include "agent/command_private.h"
#include "agent/enrollment/device.h"
#include "agent/ops/roles.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

/* What the changing commands of one device share. */
struct request {
	const char *device, *note;
	struct device_change change;
	struct store_actor by;
	struct store_record record;
};

static void request_clear(struct request *r)
{
	store_record_clear(&r->record);
}

static struct store_actor actor_of(const struct control_call *call, const char *note)
{
	return (struct store_actor){ .who = call->caller->who, .note = note };
}

/* The document of what was done; with the password, if one was made. */
static int give(struct control_call *call, const struct device_done *done, int dry, json_t **out,
	struct fail *f)
{
	json_t *doc = document_device(call, &done->record, f);

	if (doc == NULL)
		return -1;
	document_change(doc, done->changed, dry);
	json_object_set_new(doc, "password", document_text(done->password));
	*out = doc;
	return 0;
}

int serve_device_add(struct control_call *call, json_t **out, struct fail *f)
{
	struct device_order o = { .vpn = -1 };
	autoclean(device_done_clear) struct device_done done = { .changed = 0 };
	struct field_texts groups;
	const char *note;
	const struct field fields[] = {
		{ "name", FIELD_TEXT, 1, &o.name },
		{ "identity", FIELD_TEXT, 0, &o.identity },
		{ "ou", FIELD_TEXT, 0, &o.ou },
		{ "owner", FIELD_TEXT, 0, &o.owner },
		{ "profile", FIELD_TEXT, 0, &o.profile },
		{ "vpn", FIELD_TRI, 0, &o.vpn },
		{ "lifetime_s", FIELD_SECONDS, 0, &o.lifetime },
		{ "not_before", FIELD_TIME, 0, &o.not_before },
		{ "serial", FIELD_TEXT, 0, &o.serial },
		{ "description", FIELD_TEXT, 0, &o.description },
		{ "key", FIELD_TEXT, 0, &o.key },
		{ "groups", FIELD_TEXTS, 0, &groups },
		{ "dry_run", FIELD_FLAG, 0, &o.dry },
		{ "note", FIELD_TEXT, 0, &note },
	};
	const struct conf_profile *profile;
	struct store_actor by;

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0)
		return -1;
	o.groups = groups.text;
	o.n_groups = groups.n;
	profile = conf_profile_find(call->conf, o.profile ? o.profile : "default");
	if (serve_may_add(call, o.ou || !profile ? o.ou : profile->ou, o.name, f) < 0)
		return -1;
	by = actor_of(call, note);
	if (device_add(command_context(call)->enrollment, &o, &by, &done, f) < 0)
		return -1;
	return give(call, &done, o.dry, out, f);
}

/* What a request has besides what all have. */
enum own { OWN_NOTHING,
	OWN_LIFETIME,
	OWN_REASON };

/* Reads the request and finds the device. */
static int begin(struct control_call *call, enum own own, enum find which, struct request *r,
	struct fail *f)
{
	const struct field fields[] = {
		{ "device", FIELD_TEXT, 1, &r->device },
		{ "dry_run", FIELD_FLAG, 0, &r->change.dry },
		{ "note", FIELD_TEXT, 0, &r->note },
		own == OWN_REASON
			? (struct field){ "reason", FIELD_TEXT, 1, &r->change.reason }
			: (struct field){ "lifetime_s", FIELD_SECONDS, 0, &r->change.lifetime },
	};

	if (input_read(call->in, fields, ARRAY_LEN(fields) - (own == OWN_NOTHING), f) < 0 ||
		serve_find(call, r->device, which, &r->record, f) < 0)
		return -1;
	r->by = actor_of(call, r->note);
	r->change.by = &r->by;
	r->change.id = r->record.id;
	return 0;
}

static const char *object_of(const struct store_record *r)
{
	return r->object_guid ? r->object_guid : r->take_guid;
}

/* An object that somebody moved since: who is limited to OUs is held to where it lies now. What the
 * record remembers would let them reach into an OU that is not theirs. */
static int may_touch(struct control_call *call, const char *guid, const char *name, struct fail *f)
{
	autoclean(join_seen_clear) struct join_seen seen = { .dn = NULL };
	struct fail why = FAIL_INIT;

	if (call->caller->rows == NULL || guid == NULL)
		return 0;
	if (join_read(command_context(call)->join, guid, &seen, &why) == 0)
		return serve_may_add(call, device_ou_of(seen.dn), name, f);
	if (why.code == ENR_DIRECTORY_GONE)
		return 0;
	if (f != NULL)
		*f = why;
	return fail_in(f, "where is %s", name);
}

typedef int simple_change(struct enrollment *e, const struct device_change *c,
	struct device_done *out, struct fail *f);

static int change_simply(struct control_call *call, enum own own, simple_change *change,
	json_t **out, struct fail *f)
{
	autoclean(request_clear) struct request r = { .device = NULL };
	autoclean(device_done_clear) struct device_done done = { .changed = 0 };

	if (begin(call, own, FIND_PASSWORD, &r, f) < 0)
		return -1;
	/* A password that works, or works for longer, takes an object; to cancel one does not. */
	if (own == OWN_LIFETIME && may_touch(call, r.record.take_guid, r.record.name, f) < 0)
		return -1;
	if (change(command_context(call)->enrollment, &r.change, &done, f) < 0)
		return -1;
	return give(call, &done, r.change.dry, out, f);
}

int serve_device_reissue(struct control_call *call, json_t **out, struct fail *f)
{
	return change_simply(call, OWN_LIFETIME, device_reissue, out, f);
}

int serve_device_extend(struct control_call *call, json_t **out, struct fail *f)
{
	return change_simply(call, OWN_LIFETIME, device_extend, out, f);
}

int serve_device_cancel(struct control_call *call, json_t **out, struct fail *f)
{
	return change_simply(call, OWN_NOTHING, device_cancel, out, f);
}

static const char *result_of(const struct device_switched *made, int work, int dry)
{
	if (dry)
		return "would be";
	if (made->left & 1U << work)
		return "to finish";
	return made->missed & 1U << work ? "no object" : "done";
}

/* What the directory is told, and whether it knows already. */
static json_t *work_of(const struct device_switched *made, int dry)
{
	json_t *list = json_array();

	for (int w = TODO_DISABLE; w <= TODO_LAST; w++) {
		if (!(made->work & 1U << w))
			continue;
		json_array_append_new(list,
			json_pack("{s:s, s:s}", "work", todo_work_word((enum todo_work)w), "result",
				result_of(made, w, dry)));
	}
	return list;
}

/* What was decided stands whatever happened; what the directory owes is a failure to repeat. */
static int give_switched(struct control_call *call, const struct device_switched *made, int dry,
	json_t **out, struct fail *f)
{
	json_t *doc;

	if (give(call, &made->done, dry, &doc, f) < 0)
		return -1;
	json_object_set_new(doc, "effect",
		json_pack("{s:o, s:I, s:o, s:o, s:o}", "reason",
			made->reason ? json_string(document_reason(made->reason)) : json_null(),
			"certificates", (json_int_t)made->certificates, "crl_number",
			made->crl_number ? json_integer((json_int_t)made->crl_number) : json_null(),
			"children",
			made->children < 0 ? json_null() : json_integer((json_int_t)made->children),
			"directory", work_of(made, dry)));
	if (dry || (made->left == 0 && made->unlisted.code == ENR_NONE)) {
		*out = doc;
		return 0;
	}
	call->details = doc;
	call->exit = EXIT_TRY_AGAIN;
	*f = made->left ? made->later : made->unlisted;
	return fail_in(f, "decided and durable; the %s does not know yet (retried until done)",
		made->left ? "directory" : "revocation list");
}

static int switch_device(
	struct control_call *call, enum device_verb verb, json_t **out, struct fail *f)
{
	autoclean(request_clear) struct request r = { .device = NULL };
	autoclean(device_switched_clear) struct device_switched made = { .certificates = 0 };

	if (begin(call, verb == DEVICE_REVOKE ? OWN_REASON : OWN_NOTHING, FIND_MEMBER, &r, f) < 0)
		return -1;
	/* To end a device needs no directory; to bring one back, or delete one, does. */
	if ((verb == DEVICE_ENABLE || verb == DEVICE_REMOVE) &&
		may_touch(call, object_of(&r.record), r.record.name, f) < 0)
		return -1;
	if (device_switch(command_context(call)->enrollment, verb, &r.change, &made, f) < 0)
		return -1;
	return give_switched(call, &made, r.change.dry, out, f);
}

int serve_device_disable(struct control_call *call, json_t **out, struct fail *f)
{
	return switch_device(call, DEVICE_DISABLE, out, f);
}

int serve_device_enable(struct control_call *call, json_t **out, struct fail *f)
{
	return switch_device(call, DEVICE_ENABLE, out, f);
}

int serve_device_revoke(struct control_call *call, json_t **out, struct fail *f)
{
	return switch_device(call, DEVICE_REVOKE, out, f);
}

int serve_device_remove(struct control_call *call, json_t **out, struct fail *f)
{
	return switch_device(call, DEVICE_REMOVE, out, f);
}

/* --- re-imaging --- */

/* Only root, or a role row that says so: for what that very row permits, whatever others do. */
static int may_take_foreign(
	struct control_call *call, const char *guid, const char *name, struct fail *f)
{
	const struct control_caller *c = call->caller;
	autoclean(roles_caller_clear) struct control_caller narrow = *c;
	struct control_call narrowed = *call;

	if (c->rows == NULL)
		return 0;
	narrow.rows = mem_array(c->n_rows, sizeof(void *));
	narrow.n_rows = 0;
	for (size_t i = 0; i < c->n_rows; i++)
		if (c->rows[i]->take_foreign)
			narrow.rows[narrow.n_rows++] = c->rows[i];
	if (narrow.n_rows == 0)
		return fail(f, ENR_NOT_PERMITTED,
			"%s: --foreign needs a [role] section with take-foreign = yes, or root",
			c->who);
	narrowed.caller = &narrow;
	return may_touch(&narrowed, guid, name, f);
}

static int no_such_object(const char *name, struct fail *f)
{
	return fail(f, ENR_DEVICE_NOT_FOUND, "%.64s: no record, and no object below any [ou]",
		name);
}

/* An object of that name that no record of ours tells of. Who may not touch it is not told that it
 * is there. */
static int find_object(struct control_call *call, const char *name, struct device_take *o,
	char guid[JOIN_GUID_MAX], struct fail *f)
{
	autoclean(join_seen_clear) struct join_seen seen = { 0 };
	struct join *join = command_context(call)->join;
	struct fail why = FAIL_INIT;

	if (join_find_name(join, name, guid, &why) < 0 ||
		join_read(join, guid, &seen, &why) < 0) {
		if (why.code == ENR_DIRECTORY_GONE)
			return no_such_object(name, f);
		*f = why;
		return -1;
	}
	o->guid = guid;
	o->name = name;
	if (serve_may_add(call, device_ou_of(seen.dn), name, &why) == 0)
		return 0;
	if (why.code == ENR_NOT_PERMITTED)
		return no_such_object(name, f);
	*f = why;
	return -1;
}

/* What is to be taken: the object of an enrollment, of a re-imaging that was not finished, or one
 * that no enrollment has now. o has the name, as it was given; other texts of it point into r
 * and guid. */
static int find_taken(struct control_call *call, struct store_record *r, struct device_take *o,
	char guid[JOIN_GUID_MAX], struct fail *f)
{
	const char *device = o->name;
	struct fail why = FAIL_INIT;

	if (serve_find(call, device, FIND_MEMBER, r, &why) < 0) {
		if (why.code == ENR_DEVICE_NOT_FOUND && text_is_label(device))
			return find_object(call, device, o, guid, f);
		*f = why;
		return -1;
	}
	if (!r->object_guid && r->take_guid) {
		if (may_touch(call, object_of(r), r->name, f) < 0)
			return -1;
		o->guid = r->take_guid;
		o->name = r->name;
		return 0;
	}
	if ((r->state == RECORD_CANCELED || r->state == RECORD_REMOVED) &&
		find_object(call, r->name, o, guid, &why) == 0)
		return 0;
	o->id = r->id;
	if (why.code == ENR_NONE || why.code == ENR_DEVICE_NOT_FOUND)
		return may_touch(call, object_of(r), r->name, f);
	*f = why;
	return -1;
}

static int give_reimaged(struct control_call *call, const struct device_reimaged *made, int dry,
	json_t **out, struct fail *f)
{
	json_t *doc;

	if (give(call, &made->done, dry, &doc, f) < 0)
		return -1;
	json_object_set_new(doc, "takes",
		json_pack("{s:o, s:o, s:o, s:o, s:I, s:b}", "enrollment",
			document_text(made->before), "dn", document_text(made->seen.dn), "guid",
			document_text(made->done.record.take_guid), "sid",
			document_text(made->seen.sid), "groups", (json_int_t)made->seen.n_groups,
			"enabled", made->seen.state == JOIN_ENABLED));
	if (made->left == 0) {
		*out = doc;
		return 0;
	}
	call->details = doc;
	call->exit = EXIT_TRY_AGAIN;
	*f = made->later;
	return fail_in(f, "the password is made; the old installation is not off yet (retried "
			  "until done)");
}

int serve_device_reimage(struct control_call *call, json_t **out, struct fail *f)
{
	autoclean(device_reimaged_clear) struct device_reimaged made = { .left = 0 };
	autoclean(store_record_clear) struct store_record r = { 0 };
	struct device_take o = { .id = NULL };
	const char *device, *note;
	char guid[JOIN_GUID_MAX];
	const struct field fields[] = {
		{ "device", FIELD_TEXT, 1, &device },
		{ "owner", FIELD_TEXT, 0, &o.owner },
		{ "lifetime_s", FIELD_SECONDS, 0, &o.lifetime },
		{ "now", FIELD_FLAG, 0, &o.now },
		{ "foreign", FIELD_FLAG, 0, &o.foreign },
		{ "dry_run", FIELD_FLAG, 0, &o.dry },
		{ "note", FIELD_TEXT, 0, &note },
	};
	struct store_actor by;

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0)
		return -1;
	by = actor_of(call, note);
	o.by = &by;
	o.name = device;
	if (find_taken(call, &r, &o, guid, f) < 0)
		return -1;
	if (o.foreign && may_take_foreign(call, o.id ? object_of(&r) : o.guid,
				 o.id ? r.name : o.name, f) < 0)
		return -1;
	if (device_reimage(command_context(call)->enrollment, &o, &made, f) < 0)
		return -1;
	return give_reimaged(call, &made, o.dry, out, f);
}
