/* Commands that list: devices, attempts, certificates, the audit trail. */
#include <stdlib.h>
#include <string.h>

#include "agent/command_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/wire/identity.h"

enum { DAY = 86400,
	ATTEMPTS_SHOWN = 20,
	NEAREST_OF = 5000,
	NEAR_ENOUGH = 3,
	ROWS_MAX = 10000 };

/* --- devices ------------------------------------------------------------------------------------
 */

static json_t *devices_of(struct control_call *call, const struct store_list *list, int story,
	struct fail *f)
{
	json_t *items = json_array();

	for (size_t i = 0; i < list->n; i++) {
		json_t *doc;

		if (!serve_sees(call, &list->item[i]))
			continue;
		doc = document_device(call, &list->item[i], f);
		if (doc == NULL ||
			(story && document_add_events(call, doc, &list->item[i], f) < 0)) {
			json_decref(doc);
			json_decref(items);
			return NULL;
		}
		json_array_append_new(items, doc);
	}
	return items;
}

int serve_device_list(struct control_call *call, json_t **out, struct fail *f)
{
	struct store_filter filter = { .now = clock_now(), .max = COMMAND_LIST_MAX };
	autoclean(store_list_clear) struct store_list list = { 0 };
	autoclean(join_ou_clear) struct join_ou ou = { 0 };
	char identity[IDENTITY_MAX + 1];
	const char *ou_text, *identity_text;
	int64_t expiring;
	json_t *items;
	const struct field fields[] = {
		{ "state", FIELD_TEXT, 0, &filter.state },
		{ "ou", FIELD_TEXT, 0, &ou_text },
		{ "identity", FIELD_TEXT, 0, &identity_text },
		{ "failed", FIELD_FLAG, 0, &filter.failed },
		{ "expiring_s", FIELD_SECONDS, 0, &expiring },
		{ "since", FIELD_TIME, 0, &filter.since },
	};

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0)
		return -1;
	if (ou_text && join_ou_find(command_context(call)->join, ou_text, &ou, f) < 0)
		return -1;
	if (identity_text &&
		identity_canonical(identity_text, strlen(identity_text), identity, f) < 0)
		return -1;
	filter.ou_dn = ou.dn;
	filter.identity = identity_text ? identity : NULL;
	filter.expiring_before = expiring ? filter.now + expiring : 0;
	if (store_select(command_context(call)->store, &filter, &list, f) < 0)
		return -1;
	items = devices_of(call, &list, 0, f);
	if (items == NULL)
		return -1;
	*out = document_list("device_list", items);
	return 0;
}

/* The pending record whose identity looks most like this one: what was meant, perhaps. */
static json_t *nearest_of(struct control_call *call, const char *identity)
{
	struct store_filter filter = { .state = "pending", .now = clock_now(), .max = NEAREST_OF };
	autoclean(store_list_clear) struct store_list list = { 0 };
	const struct store_record *best = NULL;
	int least = NEAR_ENOUGH + 1;

	if (identity == NULL ||
		store_select(command_context(call)->store, &filter, &list, NULL) < 0)
		return json_null();
	for (size_t i = 0; i < list.n; i++) {
		int d = text_distance(identity, list.item[i].identity);

		if (d == 0)
			return json_null();
		if (d < least) {
			least = d;
			best = &list.item[i];
		}
	}
	if (best == NULL)
		return json_null();
	return json_pack("{s:o, s:o}", "identity", control_text(best->identity), "device",
		control_text(best->name));
}

/* Nobody expects it: what came from there today goes with the refusal. */
static int nothing_found(struct control_call *call, const char *text, struct fail *f)
{
	autoclean(store_attempt_list_clear) struct store_attempt_list list = { 0 };
	char quoted[200];
	json_t *items;

	if (call->caller->role < ROLE_HELPDESK || call->caller->rows != NULL)
		return fail(f, ENR_DEVICE_NOT_FOUND, "%s",
			text_quote(text, 40, quoted, sizeof(quoted)));
	if (store_attempts(command_context(call)->store,
		    &(struct store_range){ text, clock_now() - DAY, ATTEMPTS_SHOWN }, &list, f) < 0)
		return -1;
	items = json_array();
	for (size_t i = 0; i < list.n; i++) {
		json_t *o = document_attempt(call, &list.item[i]);

		json_object_set_new(o, "nearest", nearest_of(call, list.item[i].identity));
		json_array_append_new(items, o);
	}
	call->details = json_pack("{s:o}", "attempts", items);
	return fail(f, ENR_DEVICE_NOT_FOUND, "%s", text_quote(text, 40, quoted, sizeof(quoted)));
}

int serve_device_show(struct control_call *call, json_t **out, struct fail *f)
{
	autoclean(store_list_clear) struct store_list list = { 0 };
	const char *text;
	json_t *items;
	const struct field fields[] = { { "device", FIELD_TEXT, 1, &text } };

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0 ||
		store_match(command_context(call)->store, text, COMMAND_MATCH_MAX, &list, f) < 0)
		return -1;
	items = devices_of(call, &list, 1, f);
	if (items == NULL)
		return -1;
	if (json_array_size(items) == 0) {
		json_decref(items);
		return nothing_found(call, text, f);
	}
	if (json_array_size(items) > 1) {
		*out = document_list("device_list", items);
		return 0;
	}
	*out = json_incref(json_array_get(items, 0));
	json_decref(items);
	return 0;
}

/* --- attempts -----------------------------------------------------------------------------------
 */

/* Within limits an attempt is only seen with its device. */
static int sees_attempt(struct control_call *call, const char *record)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };

	if (call->caller->rows == NULL)
		return 1;
	return record[0] &&
		store_by_id(command_context(call)->store, record, &r, NULL) == ANSWER_YES &&
		serve_sees(call, &r);
}

/* What attempts can be of. */
static int names_attempts(const char *text)
{
	char id[ID_MAX];

	return text_is_ip(text) || strchr(text, '@') || id_parse(text, 'A', id) ||
		id_parse(text, 'E', id);
}

int serve_attempt_list(struct control_call *call, json_t **out, struct fail *f)
{
	autoclean(store_attempt_list_clear) struct store_attempt_list list = { 0 };
	const char *from, *code;
	const struct code_row *row = NULL;
	int64_t since;
	json_t *items;
	const struct field fields[] = {
		{ "from", FIELD_TEXT, 0, &from },
		{ "code", FIELD_TEXT, 0, &code },
		{ "since", FIELD_TIME, 0, &since },
	};

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0)
		return -1;
	if (code && (row = code_find(code)) == NULL)
		return fail(f, ENR_UNKNOWN_CODE, "%.40s", code);
	if (from && !names_attempts(from))
		return fail(f, ENR_USAGE,
			"--from takes an address, an e-mail, A-... or E-...: %.40s", from);
	if (store_attempts(command_context(call)->store,
		    &(struct store_range){ from, since, ROWS_MAX }, &list, f) < 0)
		return -1;
	items = json_array();
	for (size_t i = 0; i < list.n; i++) {
		const struct store_attempt *a = &list.item[i];

		if ((row == NULL || row->code == a->code) && sees_attempt(call, a->record))
			json_array_append_new(items, document_attempt(call, a));
	}
	*out = document_list("attempt_list", items);
	return 0;
}

/* --- certificates -------------------------------------------------------------------------------
 */

struct wanted_cert {
	const char *device, *serial;
	int64_t before;
	int revoked;
};

static int is_wanted(const struct wanted_cert *w, const struct store_cert *c)
{
	return (w->serial == NULL || text_equal_ci(w->serial, c->serial)) &&
		(w->before == 0 || (c->not_after < w->before && c->state == CERT_VALID)) &&
		(!w->revoked || c->state == CERT_REVOKED);
}

static json_t *certificate_item(struct control_call *call, const struct store_cert *c)
{
	json_t *o = document_certificate(c);

	(void)call;
	json_object_set_new(o, "kind", json_string("certificate"));
	json_object_set_new(o, "version", json_integer(1));
	json_object_set_new(o, "device", document_text(c->name));
	json_object_set_new(o, "enrollment", document_text(c->record));
	return o;
}

static int add_certificates(struct control_call *call, const struct wanted_cert *w,
	const char *record, json_t *items, struct fail *f)
{
	autoclean(store_cert_list_clear) struct store_cert_list list = { 0 };

	if (store_certs(command_context(call)->store, record, &list, f) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (is_wanted(w, &list.item[i]) && sees_attempt(call, list.item[i].record))
			json_array_append_new(items, certificate_item(call, &list.item[i]));
	return 0;
}

/* Of one device: of every record that matches. */
static int certificates_of_device(
	struct control_call *call, const struct wanted_cert *w, json_t *items, struct fail *f)
{
	autoclean(store_list_clear) struct store_list list = { 0 };

	if (serve_match(call, w->device, &list, f) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (add_certificates(call, w, list.item[i].id, items, f) < 0)
			return -1;
	return 0;
}

int serve_certificate_list(struct control_call *call, json_t **out, struct fail *f)
{
	struct wanted_cert w;
	int64_t expiring;
	json_t *items;
	int rc;
	const struct field fields[] = {
		{ "device", FIELD_TEXT, 0, &w.device },
		{ "serial", FIELD_TEXT, 0, &w.serial },
		{ "expiring_s", FIELD_SECONDS, 0, &expiring },
		{ "revoked", FIELD_FLAG, 0, &w.revoked },
	};

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0)
		return -1;
	w.before = expiring ? clock_now() + expiring : 0;
	items = json_array();
	rc = w.device ? certificates_of_device(call, &w, items, f)
		      : add_certificates(call, &w, NULL, items, f);
	if (rc == 0 && w.serial && json_array_size(items) == 0)
		rc = fail(f, ENR_CERTIFICATE_NOT_FOUND, "%.48s", w.serial);
	if (rc < 0) {
		json_decref(items);
		return -1;
	}
	*out = document_list("certificate_list", items);
	return 0;
}

/* --- audit --------------------------------------------------------------------------------------
 */

static json_t *audit_item(struct control_call *call, const struct store_event *e)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	int known = e->record[0] &&
		store_by_id(command_context(call)->store, e->record, &r, NULL) == ANSWER_YES;
	json_t *o;

	if (call->caller->rows != NULL && !(known && serve_sees(call, &r)))
		return NULL;
	o = document_event(e);
	json_object_set_new(o, "kind", json_string("audit"));
	json_object_set_new(o, "version", json_integer(1));
	json_object_set_new(o, "seq", json_integer(e->seq));
	json_object_set_new(o, "device", document_text(known ? r.name : NULL));
	json_object_set_new(o, "enrollment", document_text(e->record));
	return o;
}

static int add_events(struct control_call *call, const char *record, const char *by, int64_t since,
	json_t *items)
{
	autoclean(store_event_list_clear) struct store_event_list list = { 0 };

	if (store_events(command_context(call)->store,
		    &(struct store_range){ record, since, ROWS_MAX }, &list, NULL) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		json_t *o = by == NULL || text_equal(by, list.item[i].by)
			? audit_item(call, &list.item[i])
			: NULL;

		if (o)
			json_array_append_new(items, o);
	}
	return 0;
}

int serve_audit_list(struct control_call *call, json_t **out, struct fail *f)
{
	autoclean(store_list_clear) struct store_list list = { 0 };
	const char *device, *by;
	int64_t since;
	json_t *items;
	int rc = 0;
	const struct field fields[] = {
		{ "device", FIELD_TEXT, 0, &device },
		{ "by", FIELD_TEXT, 0, &by },
		{ "since", FIELD_TIME, 0, &since },
	};

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0)
		return -1;
	if (device && serve_match(call, device, &list, f) < 0)
		return -1;
	items = json_array();
	if (device == NULL)
		rc = add_events(call, NULL, by, since, items);
	for (size_t i = list.n; rc == 0 && i > 0; i--)
		rc = add_events(call, list.item[i - 1].id, by, since, items);
	if (rc < 0) {
		json_decref(items);
		return fail(f, ENR_STORE_UNAVAILABLE, "the audit trail cannot be read");
	}
	*out = document_list("audit_list", items);
	return 0;
}
