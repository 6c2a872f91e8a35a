/* `config show` and `profile show`. */
#include <stdlib.h>

#include "agent/command_private.h"
#include "agent/enrollment/device.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "lib/wire/wapdoc.h"

enum { DOCUMENT_MAX = 1 << 20 };

/* --- config show --------------------------------------------------------------------------------
 */

struct settings {
	json_t *items;
	int only_changed;
};

static void add_setting(const struct conf_setting *s, void *arg)
{
	struct settings *all = arg;
	int changed = !text_equal(s->value, s->preset ? s->preset : "");

	if (all->only_changed && !changed)
		return;
	json_array_append_new(all->items,
		json_pack("{s:s, s:i, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o}", "kind", "setting",
			"version", 1, "section", s->section, "key", s->key, "value",
			document_text(s->value), "default", document_text(s->preset), "changed",
			changed, "file", document_text(s->file), "line",
			s->file ? json_integer(s->line) : json_null(), "help",
			document_text(s->help)));
}

int serve_config_show(struct control_call *call, json_t **out, struct fail *f)
{
	struct settings all = { .items = NULL };
	const struct field fields[] = { { "changed", FIELD_FLAG, 0, &all.only_changed } };

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0)
		return -1;
	all.items = json_array();
	conf_each(call->conf, add_setting, &all);
	*out = document_list("config", all.items);
	return 0;
}

/* --- profile show -------------------------------------------------------------------------------
 */

static json_t *profile_of(const struct conf_profile *p)
{
	json_t *groups = json_array();

	for (size_t i = 0; i < p->groups.n; i++)
		json_array_append_new(groups, control_text(p->groups.item[i]));
	return json_pack("{s:s, s:i, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:b, "
			 "s:b, s:o, s:n, s:n}",
		"kind", "profile", "version", 1, "name", control_text(p->name), "ou",
		document_text(p->ou), "vpn", p->vpn, "vpn_gateway", document_text(p->vpn_gateway),
		"dm_server", document_text(p->dm_server), "dm_server_name",
		document_text(p->dm_server_name), "dm_provider_id",
		document_text(p->dm_provider_id), "certificate_lifetime_s",
		(json_int_t)p->certificate_lifetime, "groups", groups, "login",
		document_text(p->login), "pkinit", p->pkinit, "alt_security_identities",
		p->alt_security_identities, "on_leave", document_text(p->on_leave), "device",
		"document");
}

/* The document for people: certificates cut, secrets masked. */
static int masked(const struct str *document, struct str *shown, struct fail *f)
{
	autoclean(wapdoc_free) struct wapdoc_node *root =
		wapdoc_parse((const uint8_t *)str_text(document), document->len, f);

	if (root == NULL)
		return -1;
	if (wapdoc_show(root, shown) < 0 || shown->overflow)
		return fail(f, ENR_INTERNAL, "the document is too large to show");
	return 0;
}

static int show_device(struct control_call *call, const char *device, json_t **out, struct fail *f)
{
	autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
	autoclean(str_wipe) struct str document = STR_INIT(DOCUMENT_MAX);
	autoclean(str_free) struct str shown = STR_INIT(DOCUMENT_MAX);
	const struct conf_profile *profile;

	if (serve_find(call, device, FIND_MEMBER, &r, f) < 0 ||
		device_document(command_context(call)->enrollment, r.id, &document, f) < 0 ||
		masked(&document, &shown, f) < 0)
		return -1;
	profile = conf_profile_find(call->conf, r.profile);
	if (profile == NULL)
		return fail(f, ENR_PROFILE_UNKNOWN, "%s, of %s, is no longer configured", r.profile,
			r.name);
	*out = profile_of(profile);
	json_object_set_new(*out, "device", control_text(r.name));
	json_object_set_new(*out, "document", control_text(str_text(&shown)));
	return 0;
}

static int show_all(const struct conf *conf, json_t **out)
{
	json_t *items = json_array();

	for (size_t i = 0; i < conf->n_profile; i++)
		json_array_append_new(items, profile_of(&conf->profile[i]));
	*out = document_list("profile_list", items);
	return 0;
}

int serve_profile_show(struct control_call *call, json_t **out, struct fail *f)
{
	const char *name, *device;
	const struct conf_profile *profile;
	const struct field fields[] = {
		{ "profile", FIELD_TEXT, 0, &name },
		{ "device", FIELD_TEXT, 0, &device },
	};

	if (input_read(call->in, fields, ARRAY_LEN(fields), f) < 0)
		return -1;
	if (name && device)
		return fail(f, ENR_USAGE, "name a profile or a device, not both");
	if (device)
		return show_device(call, device, out, f);
	if (name == NULL)
		return show_all(call->conf, out);
	profile = conf_profile_find(call->conf, name);
	if (profile == NULL)
		return fail(f, ENR_PROFILE_UNKNOWN, "%.64s", name);
	*out = profile_of(profile);
	return 0;
}
