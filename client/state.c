#include "client/state.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/dump.h"
#include "client/put.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/encode.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"

#define STATE_MAX (512 * 1024)

static const char *const stages[] = {
	[STAGE_NONE] = "none",
	[STAGE_ASKED] = "asked",
	[STAGE_ANSWERED] = "answered",
	[STAGE_MEMBER] = "member",
	[STAGE_LEAVING] = "leaving",
};

/* Text fields as they stand in the file. */
static const struct {
	const char *name;
	size_t at;
} texts[] = {
	{ "identity", offsetof(struct state, identity) },
	{ "server", offsetof(struct state, server) },
	{ "key_type", offsetof(struct state, key_type) },
	{ "login_wish", offsetof(struct state, login_wish) },
	{ "name", offsetof(struct state, name) },
	{ "fqdn", offsetof(struct state, fqdn) },
	{ "dns_domain", offsetof(struct state, dns_domain) },
	{ "directory_server", offsetof(struct state, directory_server) },
	{ "object", offsetof(struct state, object) },
	{ "realm", offsetof(struct state, realm) },
	{ "netbios", offsetof(struct state, netbios) },
	{ "controller", offsetof(struct state, controller) },
	{ "account", offsetof(struct state, account) },
	{ "key_version", offsetof(struct state, key_version) },
	{ "login", offsetof(struct state, login) },
	{ "enrollment", offsetof(struct state, enrollment) },
	{ "certificate_serial", offsetof(struct state, certificate_serial) },
};

static char **text_at(const struct state *s, size_t i)
{
	return (char **)((uintptr_t)s + texts[i].at);
}

void state_clear(struct state *s)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		text_free(text_at(s, i));
	for (size_t i = 0; i < s->n_anchors; i++)
		bytes_free(&s->anchors[i].der);
	json_decref(s->applied);
	state_drop_secret(s);
	*s = (struct state){ .stage = STAGE_NONE };
}

void state_drop_secret(struct state *s)
{
	mem_wipe(s->secret_key, sizeof(s->secret_key));
	s->has_secret_key = 0;
}

static int read_secret(struct state *s, const char *text)
{
	autoclean(bytes_wipe) struct bytes key = BYTES_INIT;

	if (text == NULL)
		return 0;
	if (b64_decode(text, strlen(text), sizeof(s->secret_key), &key) < 0 ||
		key.len != sizeof(s->secret_key))
		return -1;
	memcpy(s->secret_key, key.data, key.len);
	s->has_secret_key = 1;
	return 0;
}

static int read_anchors(struct state *s, const json_t *all)
{
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *o = json_array_get(all, i);
		const char *der = json_string_value(json_object_get(o, "der"));
		struct native_anchor *a = &s->anchors[s->n_anchors];

		if (der == NULL || s->n_anchors == NATIVE_ANCHORS_MAX ||
			b64_decode(der, strlen(der), NATIVE_ANCHOR_MAX, &a->der) < 0)
			return -1;
		a->roles = (unsigned)json_integer_value(json_object_get(o, "roles"));
		s->n_anchors++;
	}
	return 0;
}

static int read_fields(struct state *s, const json_t *o)
{
	const char *stage = json_string_value(json_object_get(o, "stage"));
	const char *attempt = json_string_value(json_object_get(o, "attempt"));
	const char *joined = json_string_value(json_object_get(o, "joined"));
	const char *end = json_string_value(json_object_get(o, "certificate_end"));

	for (size_t i = 1; i < ARRAY_LEN(stages); i++)
		if (text_equal(stage, stages[i]))
			s->stage = (enum stage)i;
	if (s->stage == STAGE_NONE)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*text_at(s, i) = mem_text(json_string_value(json_object_get(o, texts[i].name)));
	if (attempt != NULL && !id_parse(attempt, 'A', s->attempt))
		return -1;
	s->port = (int)json_integer_value(json_object_get(o, "port"));
	s->system_trust = json_is_true(json_object_get(o, "system_trust"));
	s->made_folder = json_is_true(json_object_get(o, "made_folder"));
	s->told = json_is_true(json_object_get(o, "told"));
	s->reboot = json_is_true(json_object_get(o, "reboot"));
	if (joined != NULL && clock_parse(joined, &s->joined) < 0)
		return -1;
	if (end != NULL && clock_parse(end, &s->certificate_end) < 0)
		return -1;
	if (json_is_array(json_object_get(o, "applied")))
		s->applied = json_incref(json_object_get(o, "applied"));
	if (s->identity == NULL || s->server == NULL || s->port < 1 || s->port > 65535 ||
		read_secret(s, json_string_value(json_object_get(o, "secret_key"))) < 0)
		return -1;
	return read_anchors(s, json_object_get(o, "anchors"));
}

/* 1 read, 0 not there, -1. */
static int read_file(const struct place *p, const char *name, struct state *s, struct fail *f)
{
	autoclean(text_free) char *path = place_path(p, name);
	autoclean(bytes_wipe) struct bytes data = BYTES_INIT;
	struct fail why = FAIL_INIT;
	json_error_t where;
	json_t *o;
	int rc;

	switch (file_exists(path)) {
	case 0: return 0;
	case 1: break;
	default: return fail_errno(f, ENR_LOCAL_STATE, "%s", path);
	}
	if (access(path, R_OK) < 0 && errno == EACCES)
		return fail(f, ENR_NOT_ROOT, "%s", path);
	if (file_read(path, STATE_MAX, &data, &why) < 0)
		return fail(f, ENR_LOCAL_STATE, "%s", why.evidence);
	o = json_loadb((const char *)data.data, data.len, 0, &where);
	rc = json_is_object(o) ? read_fields(s, o) : -1;
	json_decref(o);
	if (rc < 0) {
		state_clear(s);
		return fail(f, ENR_LOCAL_STATE, "%s is damaged", path);
	}
	return 1;
}

int state_load(const struct place *p, struct state *s, struct fail *f)
{
	int rc;

	*s = (struct state){ .stage = STAGE_NONE };
	rc = read_file(p, PLACE_STATE, s, f);
	if (rc == 0)
		rc = read_file(p, PLACE_JOIN, s, f);
	return rc < 0 ? -1 : 0;
}

static json_t *anchors_json(const struct state *s)
{
	json_t *all = json_array();

	for (size_t i = 0; i < s->n_anchors; i++) {
		const struct native_anchor *a = &s->anchors[i];
		autoclean(text_free) char *der = b64_text(a->der.data, a->der.len);

		json_array_append_new(all, json_pack("{siss}", "roles", (int)a->roles, "der", der));
	}
	return all;
}

static json_t *time_json(int64_t t)
{
	char text[CLOCK_TEXT_MAX];

	return t == 0 ? json_null() : json_string(clock_text(t, text));
}

static char *state_text(const struct state *s)
{
	json_t *o = json_object(), *secret;
	char *text;

	json_object_set_new(o, "kind", json_string("state"));
	json_object_set_new(o, "version", json_integer(1));
	json_object_set_new(o, "stage", json_string(stages[s->stage]));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *t = *text_at(s, i);

		json_object_set_new(o, texts[i].name, t ? json_string(t) : json_null());
	}
	json_object_set_new(o, "port", json_integer(s->port));
	if (s->attempt[0])
		json_object_set_new(o, "attempt", json_string(s->attempt));
	json_object_set_new(o, "system_trust", json_boolean(s->system_trust));
	json_object_set_new(o, "made_folder", json_boolean(s->made_folder));
	json_object_set_new(o, "told", json_boolean(s->told));
	json_object_set_new(o, "reboot", json_boolean(s->reboot));
	json_object_set_new(o, "joined", time_json(s->joined));
	json_object_set_new(o, "certificate_end", time_json(s->certificate_end));
	if (s->has_secret_key && s->stage == STAGE_ANSWERED) {
		autoclean(str_wipe) struct str key = STR_INIT(2 * AEAD_KEY_LEN);

		b64_add(&key, s->secret_key, sizeof(s->secret_key));
		json_object_set_new(o, "secret_key", json_string(str_text(&key)));
	}
	json_object_set_new(o, "anchors", anchors_json(s));
	if (s->applied != NULL)
		json_object_set(o, "applied", s->applied);
	text = dump_json(o, JSON_INDENT(2));
	secret = json_object_get(o, "secret_key");
	if (secret != NULL) /* the octets are jansson's; nobody reads them any more */
		mem_wipe((void *)(uintptr_t)json_string_value(secret), json_string_length(secret));
	json_decref(o);
	return text;
}

int state_save(const struct place *p, const struct state *s, struct fail *f)
{
	int member = s->stage >= STAGE_MEMBER;
	autoclean(text_free) char *path = place_path(p, member ? PLACE_STATE : PLACE_JOIN);
	autoclean(text_free) char *join = place_path(p, PLACE_JOIN);
	char *text = state_text(s);
	autoclean(bytes_wipe) struct bytes data = { (uint8_t *)text, text ? strlen(text) : 0 };

	if (text == NULL)
		return fail(f, ENR_INTERNAL, "the state cannot be written as JSON");
	if (put_file(path, &data, &PUT_META(member ? 0644 : 0600), f) < 0)
		return -1;
	return member ? put_remove(join, f) : 0;
}

int state_forget(const struct place *p, struct fail *f)
{
	autoclean(text_free) char *state = place_path(p, PLACE_STATE);
	autoclean(text_free) char *join = place_path(p, PLACE_JOIN);

	return put_remove(join, f) < 0 || put_remove(state, f) < 0 ? -1 : 0;
}

void state_anchors(const struct state *s, unsigned role, struct cert_list *out)
{
	for (size_t i = 0; i < s->n_anchors; i++)
		if (s->anchors[i].roles & role)
			cert_list_add(out, s->anchors[i].der.data, s->anchors[i].der.len);
}

char *state_server(const struct state *s)
{
	return s->port == 443 ? mem_text(s->server) : mem_printf("%s:%d", s->server, s->port);
}
