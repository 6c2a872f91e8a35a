#include "ctl/change.h"
#include "ctl/output.h"
#include "ctl/request.h"
#include "ctl/switch_text.h"
#include "ctl/table.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "reason", 0, OPTION_WORD, "stolen|lost|retired|compromised", "why (required)" },
};

static json_t *input(struct cmd *c)
{
	json_t *in = json_object();

	request_text(in, "reason", cmd_text(c, "reason"));
	return in;
}

static int confirm(struct cmd *c, const json_t *would, struct fail *f)
{
	switch_about(c, would);
	return cmd_confirm(c, "This cannot be undone.", doc_text(would, "name"), f);
}

static void render(struct cmd *c, const json_t *doc)
{
	switch_render(c, doc, "revoked");
	if (doc_true(doc, "changed"))
		printf("\nWhat this does not reach\n"
		       "  *  services that cached the CRL before and have not looked again\n"
		       "  *  Kerberos tickets it already holds, until they end\n"
		       "  *  the passwords of people who logged on there\n");
}

static const struct change change = {
	.path = "device/revoke",
	.input = input,
	.subject = "device",
	.confirm = confirm,
	.render = render,
};

static int run(struct cmd *c, struct fail *f)
{
	if (cmd_text(c, "reason") == NULL)
		return fail(
			f, ENR_USAGE, "--reason is missing: stolen, lost, retired or compromised");
	return change_run(c, &change, f);
}

const struct command command_device_revoke = {
	.noun = "device",
	.verb = "revoke",
	.words = "DEVICE...",
	.least = 1,
	.most = 500,
	.role = "operator",
	.summary = "switch off for good: certificates revoked, object disabled",
	.about = "Certificates are revoked and published whatever the directory says; the\n"
		 "object is disabled and its machine password made new. If the directory\n"
		 "cannot be reached that is retried until done, and the command exits 6. For\n"
		 "a device that may turn up again: enrollctl device disable.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl device revoke LT-0042 --reason stolen --note \"police report 77-12\"",
		"enrollctl device revoke LT-0042 --reason retired --yes",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
