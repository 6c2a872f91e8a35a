#include "ctl/change.h"
#include "ctl/device_text.h"
#include "ctl/output.h"
#include "ctl/table.h"

static int confirm(struct cmd *c, const json_t *would, struct fail *f)
{
	char question[160];

	snprintf(question, sizeof(question), "Withdraw the password of %s?",
		doc_text(would, "name"));
	return cmd_confirm(c, question, NULL, f);
}

static const struct change change = {
	.path = "device/cancel",
	.subject = "device",
	.confirm = confirm,
	.render = device_render_line,
};

static int run(struct cmd *c, struct fail *f)
{
	return change_run(c, &change, f);
}

const struct command command_device_cancel = {
	.noun = "device",
	.verb = "cancel",
	.words = "DEVICE...",
	.least = 1,
	.most = 500,
	.role = "helpdesk",
	.summary = "withdraw a password that has not been used",
	.about = "The record stays; enrollctl device reissue gives a new password.",
	.example = {
		"enrollctl device cancel LT-0042",
		"enrollctl device cancel LT-0042 --yes --note \"ordered twice\"",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
