#include "ctl/change.h"
#include "ctl/device_text.h"
#include "ctl/password_out.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "lifetime", 0, OPTION_DURATION, "TIME", "how long the new password works (8h)" },
	{ "password-out", 0, OPTION_TEXT, "FILE", password_out_help },
};

static json_t *input(struct cmd *c)
{
	json_t *in = json_object();

	request_seconds(in, "lifetime_s", cmd_seconds(c, "lifetime"));
	return in;
}

static const struct change change = {
	.path = "device/reissue",
	.input = input,
	.subject = "device",
	.makes_password = 1,
	.render = device_render_expected,
};

static int run(struct cmd *c, struct fail *f)
{
	return change_run(c, &change, f);
}

const struct command command_device_reissue = {
	.noun = "device",
	.verb = "reissue",
	.words = "DEVICE...",
	.least = 1,
	.most = 500,
	.role = "helpdesk",
	.summary = "a new password for a pending device; the old one stops working",
	.about = "Works for pending, expired and canceled devices. For several devices the file\n"
		 "of --password-out gets a line name,identity,password,expires each.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl device reissue LT-0042",
		"enrollctl device reissue LT-0042 --lifetime 1d --password-out lt-0042.password",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
