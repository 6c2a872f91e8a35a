#include <string.h>

#include "ctl/change.h"
#include "ctl/device_text.h"
#include "ctl/output.h"
#include "ctl/password_out.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "ctl/when.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "now", 0, OPTION_FLAG, NULL, "end the old installation at once: its object is disabled" },
	{ "owner", 0, OPTION_TEXT, "PERSON", "whose it is from now on (as before)" },
	{ "lifetime", 0, OPTION_DURATION, "TIME", "how long the new password works (8h)" },
	{ "foreign", 0, OPTION_FLAG, NULL,
		"take over an object that this server did not make (take-foreign)" },
	{ "password-out", 0, OPTION_TEXT, "FILE", password_out_help },
};

static json_t *input(struct cmd *c)
{
	json_t *in = json_object();

	json_object_set_new(in, "now", json_boolean(cmd_flag(c, "now")));
	json_object_set_new(in, "foreign", json_boolean(cmd_flag(c, "foreign")));
	request_text(in, "owner", cmd_text(c, "owner"));
	request_seconds(in, "lifetime_s", cmd_seconds(c, "lifetime"));
	return in;
}

/* What stays, what changes, and when. */
static int confirm(struct cmd *c, const json_t *would, struct fail *f)
{
	const json_t *takes = doc_list(would, "takes");

	if (!c->yes && c->in_tty) {
		fprintf(stderr, "%s\n  stays      %s", doc_text(would, "name"),
			doc_text(takes, "dn"));
		if (*doc_text(takes, "sid"))
			fprintf(stderr, ", its SID (%s)", doc_text(takes, "sid"));
		fprintf(stderr, ", %lld groups\n  changes    certificate, machine password\n",
			(long long)doc_number(takes, "groups"));
		fprintf(stderr, "  when       %s\n",
			cmd_flag(c, "now") ? "the old installation ends now"
					   : "the moment the device comes back; until then the old "
					     "installation goes on\n"
					     "             (--now ends it at once)");
	}
	return cmd_confirm(c, "Go ahead?", NULL, f);
}

static const struct change change = {
	.path = "device/reimage",
	.input = input,
	.subject = "device",
	.makes_password = 1,
	.confirm = confirm,
	.render = device_render_expected,
};

static int run(struct cmd *c, struct fail *f)
{
	return change_run(c, &change, f);
}

const struct command command_device_reimage = {
	.noun = "device",
	.verb = "reimage",
	.words = "DEVICE...",
	.least = 1,
	.most = 500,
	.role = "operator",
	.summary = "a password to enroll again under the same object",
	.about = "For a new installation, or a lost key. The object keeps DN, SID and groups; the\n"
		 "enrollment before ends when the new one is finished, and stands if nobody\n"
		 "comes. Privileged computers are never taken over.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl device reimage LT-0042 --note \"new disk, ticket 8841\"",
		"enrollctl device reimage LT-0042 --now --yes --password-out lt-0042.password",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
