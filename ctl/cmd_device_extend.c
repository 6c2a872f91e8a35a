#include "ctl/change.h"
#include "ctl/device_text.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "lifetime", 0, OPTION_DURATION, "TIME",
		"how long the password works from now on (required)" },
};

static json_t *input(struct cmd *c)
{
	json_t *in = json_object();

	request_seconds(in, "lifetime_s", cmd_seconds(c, "lifetime"));
	return in;
}

static const struct change change = {
	.path = "device/extend",
	.input = input,
	.subject = "device",
	.render = device_render_line,
};

static int run(struct cmd *c, struct fail *f)
{
	if (cmd_text(c, "lifetime") == NULL)
		return fail(f, ENR_USAGE, "--lifetime TIME is missing");
	return change_run(c, &change, f);
}

const struct command command_device_extend = {
	.noun = "device",
	.verb = "extend",
	.words = "DEVICE...",
	.least = 1,
	.most = 500,
	.role = "helpdesk",
	.summary = "the same password works longer",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl device extend LT-0042 --lifetime 2d",
		"enrollctl device extend E-4H2X-8RNP --lifetime 8h --note \"ticket 8841\"",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
