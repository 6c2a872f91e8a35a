#include "ctl/change.h"
#include "ctl/device_text.h"
#include "ctl/password_out.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "identity", 0, OPTION_TEXT, "EMAIL",
		"what is typed on the device (NAME@ the discovery domain)" },
	{ "ou", 0, OPTION_TEXT, "OU",
		"where its object goes: DN, canonical path or GUID (the profile's)" },
	{ "owner", 0, OPTION_TEXT, "PERSON",
		"e-mail, user name or DN (the person with that e-mail, if there is one)" },
	{ "profile", 0, OPTION_TEXT, "NAME", "what the device becomes (default)" },
	{ "group", 0, OPTION_LIST, "GROUP",
		"its object becomes a member: name or DN, of those the profile lists (all of "
		"them)" },
	{ "vpn", 0, OPTION_FLAG, NULL, "with VPN (the profile's)" },
	{ "no-vpn", 0, OPTION_FLAG, NULL, "without VPN (the profile's)" },
	{ "lifetime", 0, OPTION_DURATION, "TIME", "how long the password works (8h)" },
	{ "not-before", 0, OPTION_TEXT, "TIME", "from when on it works (now)" },
	{ "serial", 0, OPTION_TEXT, "TEXT", "the device must report this hardware serial" },
	{ "description", 0, OPTION_TEXT, "TEXT", "kept with the object" },
	{ "key", 0, OPTION_TEXT, "TEXT",
		"this order, once: same name and key never make a second password" },
	{ "password-out", 0, OPTION_TEXT, "FILE", password_out_help },
};

static const struct {
	const char *option, *member;
} texts[] = {
	{ "identity", "identity" },
	{ "ou", "ou" },
	{ "owner", "owner" },
	{ "profile", "profile" },
	{ "serial", "serial" },
	{ "description", "description" },
	{ "key", "key" },
};

static json_t *input(struct cmd *c)
{
	json_t *in = json_object();
	const char *const *groups;
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		request_text(in, texts[i].member, cmd_text(c, texts[i].option));
	request_seconds(in, "lifetime_s", cmd_seconds(c, "lifetime"));
	request_moment(c, in, "not-before", 0, NULL);
	groups = cmd_list(c, "group", &n);
	if (n > 0)
		json_object_set_new(in, "groups", json_array());
	for (size_t i = 0; i < n; i++)
		json_array_append_new(json_object_get(in, "groups"), json_string(groups[i]));
	json_object_set_new(in, "vpn", json_null());
	if (cmd_flag(c, "vpn") || cmd_flag(c, "no-vpn"))
		json_object_set_new(in, "vpn", json_boolean(cmd_flag(c, "vpn")));
	return in;
}

static const struct change change = {
	.path = "device/add",
	.input = input,
	.subject = "name",
	.makes_password = 1,
	.render = device_render_expected,
};

static int run(struct cmd *c, struct fail *f)
{
	json_t *probe = json_object();
	int rc = request_moment(c, probe, "not-before", 0, f);

	json_decref(probe);
	if (rc < 0)
		return -1;
	if (cmd_flag(c, "vpn") && cmd_flag(c, "no-vpn"))
		return fail(f, ENR_USAGE, "--vpn and --no-vpn exclude each other");
	return change_run(c, &change, f);
}

const struct command command_device_add = {
	.noun = "device",
	.verb = "add",
	.words = "NAME",
	.least = 1,
	.most = 1,
	.role = "operator",
	.summary = "expect one device and give out its password",
	.about = "Checks name, OU and owner against the directory first. The same command\n"
		 "again while the device is pending changes nothing and makes no second\n"
		 "password.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl device add LT-0042 --identity andreas@example.com --lifetime 1d",
		"enrollctl device add LT-0042 --lifetime 14d -o json --password-out -",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
