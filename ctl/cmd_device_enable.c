#include "ctl/change.h"
#include "ctl/output.h"
#include "ctl/switch_text.h"
#include "ctl/table.h"

static int confirm(struct cmd *c, const json_t *would, struct fail *f)
{
	char question[160];

	snprintf(question, sizeof(question), "Switch on %s?", doc_text(would, "name"));
	return cmd_confirm(c, question, NULL, f);
}

static void render(struct cmd *c, const json_t *doc)
{
	switch_render(c, doc, "valid again");
}

static const struct change change = {
	.path = "device/enable",
	.subject = "device",
	.confirm = confirm,
	.render = render,
};

static int run(struct cmd *c, struct fail *f)
{
	return change_run(c, &change, f);
}

const struct command command_device_enable = {
	.noun = "device",
	.verb = "enable",
	.words = "DEVICE...",
	.least = 1,
	.most = 500,
	.role = "operator",
	.summary = "undo disable: object enabled, certificate off the CRL",
	.about = "Not after revoke or remove: those are for good.",
	.example = {
		"enrollctl device enable LT-0042",
		"enrollctl device enable LT-0042 --yes --note \"found again\"",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
