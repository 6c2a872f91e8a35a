#include "ctl/device_text.h"
#include "ctl/link.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "state", 0, OPTION_WORD,
		"pending|enrolling|uncertain|enrolled|disabled|revoked|expired|canceled|removed|"
		"replaced",
		"only those in this state" },
	{ "ou", 0, OPTION_TEXT, "OU", "only those in this OU or below" },
	{ "identity", 0, OPTION_TEXT, "EMAIL", "only those of this e-mail address" },
	{ "failed", 0, OPTION_FLAG, NULL, "only those with a last failure" },
	{ "expiring", 0, OPTION_DURATION, "TIME",
		"only those whose certificate ends within this time" },
	{ "since", 0, OPTION_TEXT, "TIME", "only those added since (8h ago, or a moment)" },
};

static int run(struct cmd *c, struct fail *f)
{
	json_t *in = json_object();

	request_text(in, "state", cmd_text(c, "state"));
	request_text(in, "ou", cmd_text(c, "ou"));
	request_text(in, "identity", cmd_text(c, "identity"));
	json_object_set_new(in, "failed", json_boolean(cmd_flag(c, "failed")));
	request_seconds(in, "expiring_s", cmd_seconds(c, "expiring"));
	if (request_moment(c, in, "since", 1, f) < 0) {
		json_decref(in);
		return -1;
	}
	return link_show(c, "device/list", in, device_render_list, f);
}

const struct command command_device_list = {
	.noun = "device",
	.verb = "list",
	.words = "",
	.role = "auditor",
	.summary = "table of devices",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl device list --state pending",
		"enrollctl device list --since 1h -o name",
	},
	.run = run,
};
