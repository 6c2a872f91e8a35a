#include "ctl/change.h"
#include "ctl/output.h"
#include "ctl/switch_text.h"
#include "ctl/table.h"

static int confirm(struct cmd *c, const json_t *would, struct fail *f)
{
	char question[160];

	snprintf(question, sizeof(question), "Switch off %s?", doc_text(would, "name"));
	return cmd_confirm(c, question, NULL, f);
}

static void render(struct cmd *c, const json_t *doc)
{
	switch_render(c, doc, "on hold");
}

static const struct change change = {
	.path = "device/disable",
	.subject = "device",
	.confirm = confirm,
	.render = render,
};

static int run(struct cmd *c, struct fail *f)
{
	return change_run(c, &change, f);
}

const struct command command_device_disable = {
	.noun = "device",
	.verb = "disable",
	.words = "DEVICE...",
	.least = 1,
	.most = 500,
	.role = "operator",
	.summary = "switch off for now: object disabled, certificate on hold",
	.about = "The record keeps its name, the account its password; enrollctl device\n"
		 "enable undoes it. If the directory cannot be reached the rest is retried\n"
		 "until done, and the command exits 6.",
	.example = {
		"enrollctl device disable LT-0042",
		"enrollctl device disable LT-0042 --yes --note \"ticket 8841\"",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
