/* `status`: one screen, or one document, of how things stand. */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "agent/command_private.h"
#include "ldap/dir.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"

enum { SOON = 30 * 86400,
	LEFT_MAX = 100,
	FAILURES_MAX = 10000,
	DISK_MIN = 4 << 20, /* octets; the log of the database alone may have as many */
	PEM_MAX = 65536 };

static const char *const lost_alone[] = {
	"front and core share one account: who takes over the front reads the keys of the CA",
	"the account that runs enrolld is admin of it",
};

static void warn(json_t *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void warn(json_t *list, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(list, control_text(text));
}

static json_t *you_of(const struct control_call *call)
{
	const struct control_caller *c = call->caller;

	return json_pack("{s:o, s:i, s:s, s:b}", "user", control_text(c->who), "uid", (int)c->uid,
		"role", control_role_word(c->role), "limited", c->rows != NULL);
}

static json_t *agent_of(const struct command_context *x)
{
	json_t *lost = json_array();

	for (size_t i = 0; x->single_user && i < ARRAY_LEN(lost_alone); i++)
		json_array_append_new(lost, json_string(lost_alone[i]));
	return json_pack("{s:s, s:o, s:s, s:o}", "version", ENROLL_VERSION, "started",
		document_time(x->started), "mode", x->single_user ? "single-user" : "two accounts",
		"lost", lost);
}

static json_t *servers_of(const struct command_context *x, json_t *warnings)
{
	struct dir *dir = join_dir(x->join);
	struct dir_server_state *s = mem_array(DIR_SERVERS_MAX, sizeof(*s));
	size_t n = dir_servers_list(dir, s, DIR_SERVERS_MAX);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:s, s:i, s:b}", "uri", s[i].uri, "bind",
				dir_bind_word(dir), "channel", s[i].channel, "state", s[i].state,
				"failures", s[i].failures, "in_use", s[i].in_use));
		if (s[i].in_use && strcmp(s[i].state, "asked") != 0)
			warn(warnings, "the directory server %s failed %d times in a row", s[i].uri,
				s[i].failures);
	}
	free(s);
	return list;
}

static json_t *directory_of(const struct command_context *x, json_t *warnings)
{
	autoclean(join_health_clear) struct join_health h = { .server = NULL };
	struct fail f = FAIL_INIT;
	json_t *o;

	if (join_health(x->join, &h, &f) == 0) {
		o = json_pack("{s:b, s:o, s:o, s:o, s:n}", "answers", 1, "server",
			document_text(h.server), "identity", document_text(h.identity), "vendor",
			document_text(h.vendor), "what");
		document_code(o, ENR_NONE);
		json_object_set_new(o, "servers", servers_of(x, warnings));
		return o;
	}
	warn(warnings, "the directory: %s [%s]", f.evidence, code_name(f.code));
	o = json_pack("{s:b, s:n, s:n, s:n, s:o}", "answers", 0, "server", "identity", "vendor",
		"what", control_text(f.evidence));
	document_code(o, f.code);
	json_object_set_new(o, "servers", servers_of(x, warnings));
	return o;
}

static void warn_of_end(json_t *warnings, const char *what, int64_t end, int64_t now)
{
	char buf[CLOCK_TEXT_MAX];

	if (end < now)
		warn(warnings, "%s ended %s", what, clock_text(end, buf));
	else if (end < now + SOON)
		warn(warnings, "%s ends %s", what, clock_text(end, buf));
}

static void add_authority(json_t *list, const struct bytes *der, json_t *warnings, int64_t now)
{
	autoclean(cert_info_clear) struct cert_info info = { .subject = NULL };

	if (der == NULL || cert_info_read(der->data, der->len, &info, NULL) < 0)
		return;
	json_array_append_new(list,
		json_pack("{s:o, s:o, s:o}", "cn", document_text(info.cn), "not_before",
			document_time(info.not_before), "not_after",
			document_time(info.not_after)));
	warn_of_end(warnings, info.cn ? info.cn : "a CA", info.not_after, now);
}

static json_t *crl_of(const struct command_context *x, json_t *warnings, int64_t now)
{
	struct enroll_request q = { .kind = REQUEST_CRL };
	struct enroll_reply reply = { .code = ENR_NONE };
	struct crl_info info;
	char log[1024];
	json_t *o = NULL;

	enrollment_handle(x->enrollment, &q, &reply, log, sizeof(log));
	if (reply.code == ENR_NONE &&
		crl_info_read(reply.document.data, reply.document.len, &info, NULL) == 0) {
		o = json_pack("{s:I, s:o, s:o, s:I}", "number", (json_int_t)info.number,
			"this_update", document_time(info.this_update), "next_update",
			document_time(info.next_update), "revoked", (json_int_t)info.n_entries);
		if (info.next_update < now)
			warn(warnings, "the CRL is out of date");
	} else {
		warn(warnings, "there is no CRL");
	}
	enroll_reply_clear(&reply);
	return o ? o : json_null();
}

static json_t *ca_of(const struct command_context *x, json_t *warnings, int64_t now)
{
	json_t *list = json_array();

	add_authority(list, ca_root(x->ca), warnings, now);
	add_authority(list, ca_services(x->ca), warnings, now);
	add_authority(list, ca_devices(x->ca), warnings, now);
	return json_pack("{s:o, s:o}", "certificates", list, "crl", crl_of(x, warnings, now));
}

static int devices_of(const struct command_context *x, int64_t now, json_t **out, struct fail *f)
{
	int64_t counts[RECORD_STATES] = { 0 }, expired = 0;
	json_t *o;

	if (store_counts(x->store, now, counts, &expired, f) < 0)
		return -1;
	o = json_object();
	for (int s = RECORD_PENDING; s < RECORD_STATES; s++) {
		/* Two states of the store are one for people: claimed and issued. */
		const char *word = record_state_word((enum record_state)s, INT64_MAX, now);
		json_int_t before = json_integer_value(json_object_get(o, word));

		json_object_set_new(o, word, json_integer(before + counts[s]));
	}
	json_object_set_new(o, "expired", json_integer(expired));
	*out = o;
	return 0;
}

static int64_t midnight(int64_t now)
{
	time_t t = (time_t)now;
	struct tm tm;

	localtime_r(&t, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	return (int64_t)mktime(&tm);
}

static int failures_of(const struct command_context *x, int64_t now, json_t **out, struct fail *f)
{
	autoclean(store_attempt_list_clear) struct store_attempt_list list = { 0 };
	json_int_t n = 0;

	if (store_attempts(x->store, &(struct store_range){ NULL, midnight(now), FAILURES_MAX },
		    &list, f) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		n += list.item[i].code != ENR_NONE;
	*out = json_integer(n);
	return 0;
}

static json_t *left_item(const struct store_record *r, const char *work, int64_t since)
{
	return json_pack("{s:o, s:s, s:s, s:s, s:o}", "device", control_text(r->name), "enrollment",
		r->id, "state", record_state_word(r->state, r->expires, clock_now()), "work", work,
		"since", document_time(since));
}

/* Enrollments that began and have not ended. */
static int add_begun(struct control_call *call, json_t *items, struct fail *f)
{
	autoclean(store_list_clear) struct store_list list = { 0 };

	if (store_unfinished(command_context(call)->store, LEFT_MAX, &list, f) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct store_record *r = &list.item[i];
		json_t *o;

		if (!serve_sees(call, r))
			continue;
		o = left_item(r, "enroll", r->claimed_at);
		json_object_set_new(o, "tries", json_integer(r->failed_tries));
		json_object_set_new(o, "evidence", document_text(r->last_detail));
		document_code(o, r->last_code);
		json_array_append_new(items, o);
	}
	return 0;
}

/* What the directory has still to be told. */
static int add_todos(struct control_call *call, json_t *items, struct fail *f)
{
	autoclean(store_todo_list_clear) struct store_todo_list list = { 0 };
	struct store *store = command_context(call)->store;

	if (store_todos(store, NULL, LEFT_MAX, &list, f) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		autoclean(store_record_clear) struct store_record r = { 0 };
		const struct store_todo *t = &list.item[i];
		json_t *o;

		if (store_by_id(store, t->record, &r, f) != ANSWER_YES || !serve_sees(call, &r))
			continue;
		o = left_item(&r, todo_work_word(t->work), t->since);
		json_object_set_new(o, "tries", json_integer(t->tries));
		json_object_set_new(o, "evidence", document_text(t->detail));
		document_code(o, t->code);
		json_array_append_new(items, o);
	}
	return 0;
}

static int left_of(struct control_call *call, json_t **out, struct fail *f)
{
	json_t *items = json_array();

	if (add_begun(call, items, f) < 0 || add_todos(call, items, f) < 0) {
		json_decref(items);
		return -1;
	}
	*out = items;
	return 0;
}

/* A full disk stops everything that changes, and nothing that only reads. */
static void look_at_disk(const struct conf *conf, json_t *warnings)
{
	struct statvfs v;
	uint64_t left;

	if (statvfs(conf->state_dir, &v) < 0)
		return;
	left = (uint64_t)v.f_bavail * v.f_frsize;
	if (v.f_flag & ST_RDONLY)
		warn(warnings, "the disk of %s can only be read", conf->state_dir);
	else if (left < DISK_MIN)
		warn(warnings, "the disk of %s is all but full: %llu kB are left", conf->state_dir,
			(unsigned long long)left / 1024);
}

/* The certificate files may belong to root alone; then the parent watches them. */
static void look_at_listeners(const struct conf *conf, json_t *warnings, int64_t now)
{
	for (size_t i = 0; i < conf->n_listener; i++) {
		const struct conf_listener *l = &conf->listener[i];
		autoclean(bytes_free) struct bytes pem = BYTES_INIT;
		autoclean(cert_list_free) struct cert_list list = { NULL, 0 };
		autoclean(cert_info_clear) struct cert_info info = { .subject = NULL };
		char what[160];

		if (l->certificate == NULL || file_read(l->certificate, PEM_MAX, &pem, NULL) < 0 ||
			cert_list_parse_pem(pem.data, pem.len, 4, &list, NULL) < 0 || list.n == 0 ||
			cert_info_read(list.der[0].data, list.der[0].len, &info, NULL) < 0)
			continue;
		snprintf(what, sizeof(what), "the TLS certificate of listener %s", l->name);
		warn_of_end(warnings, what, info.not_after, now);
	}
}

static int fill(struct control_call *call, json_t *doc, json_t *warnings, struct fail *f)
{
	const struct command_context *x = command_context(call);
	json_t *devices = NULL, *failures = NULL, *left = NULL;
	int64_t now = clock_now();
	struct fail clock_fail = FAIL_INIT;

	if (devices_of(x, now, &devices, f) < 0)
		return -1;
	json_object_set_new(doc, "devices", devices);
	if (failures_of(x, now, &failures, f) < 0)
		return -1;
	json_object_set_new(doc, "failures_today", failures);
	json_object_set_new(doc, "throttled", document_throttles(call));
	if (!json_is_array(json_object_get(doc, "throttled")))
		warn(warnings, "the process that talks to devices does not say who is throttled");
	if (left_of(call, &left, f) < 0)
		return -1;
	json_object_set_new(doc, "to_finish", left);
	json_object_set_new(doc, "directory", directory_of(x, warnings));
	json_object_set_new(doc, "ca", ca_of(x, warnings, now));
	if (store_clock(x->store, now, &clock_fail) < 0)
		warn(warnings, "%s [%s]", clock_fail.evidence, code_name(clock_fail.code));
	look_at_listeners(call->conf, warnings, now);
	look_at_disk(call->conf, warnings);
	return 0;
}

int serve_status(struct control_call *call, json_t **out, struct fail *f)
{
	json_t *doc, *warnings;

	if (input_read(call->in, NULL, 0, f) < 0)
		return -1;
	warnings = json_array();
	doc = json_pack("{s:s, s:i, s:o, s:o, s:O}", "kind", "status", "version", 1, "you",
		you_of(call), "agent", agent_of(command_context(call)), "warnings", warnings);
	if (fill(call, doc, warnings, f) < 0) {
		json_decref(doc);
		json_decref(warnings);
		return -1;
	}
	json_decref(warnings);
	*out = doc;
	return 0;
}
