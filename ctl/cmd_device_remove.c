#include "ctl/change.h"
#include "ctl/output.h"
#include "ctl/switch_text.h"
#include "ctl/table.h"

static int confirm(struct cmd *c, const json_t *would, struct fail *f)
{
	switch_about(c, would);
	return cmd_confirm(c, "This deletes its object, and all below it, for good.",
		doc_text(would, "name"), f);
}

static void render(struct cmd *c, const json_t *doc)
{
	switch_render(c, doc, "revoked");
}

static const struct change change = {
	.path = "device/remove",
	.subject = "device",
	.confirm = confirm,
	.render = render,
};

static int run(struct cmd *c, struct fail *f)
{
	return change_run(c, &change, f);
}

const struct command command_device_remove = {
	.noun = "device",
	.verb = "remove",
	.words = "DEVICE...",
	.least = 1,
	.most = 500,
	.role = "admin",
	.summary = "delete the object with its children, revoke what is left",
	.about = "The record stays, for the audit; the name is free once the object is gone.\n"
		 "If the directory cannot be reached the rest is retried until done, and the\n"
		 "command exits 6.",
	.example = {
		"enrollctl device remove LT-0042",
		"enrollctl device remove LT-0042 --yes --note \"scrapped\"",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
