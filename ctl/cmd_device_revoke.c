#include <string.h>

#include "ctl/change.h"
#include "ctl/device_text.h"
#include "ctl/output.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "ctl/when.h"
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

/* What it is now; the state of would is what it will be. */
static int confirm(struct cmd *c, const json_t *would, struct fail *f)
{
	const char *owner = doc_text(would, "owner");
	char day[WHEN_MAX];

	if (!c->yes && c->in_tty)
		fprintf(stderr, "%s, %s %s, enrolled %s\n", doc_text(would, "name"),
			*owner ? "owner" : "for", *owner ? owner : doc_text(would, "identity"),
			when_day(doc_time(would, "enrolled"), day));
	return cmd_confirm(c, "This cannot be undone.", doc_text(would, "name"), f);
}

static void step(const char *label, const char *text, const char *how)
{
	printf("  %-13s %-55s %s\n", label, text, how);
}

static void render(struct cmd *c, const json_t *doc)
{
	const json_t *revoked = doc_list(doc, "revoked");
	const char *done = doc_true(doc, "dry_run") ? "would be" : "done";
	char text[128];

	if (!doc_true(doc, "changed")) {
		device_render_line(c, doc);
		return;
	}
	printf("%s%s%s, %s\n", output_bold(c), doc_text(doc, "name"), output_plain(c),
		doc_text(doc, "enrollment"));
	snprintf(text, sizeof(text), "%lld revoked (%s)",
		(long long)doc_number(revoked, "certificates"), doc_text(revoked, "reason"));
	step("certificate", text, done);
	snprintf(text, sizeof(text), "number %lld published",
		(long long)doc_number(revoked, "crl_number"));
	if (!doc_true(doc, "dry_run"))
		step("CRL", text, done);
	if (doc_true(revoked, "object_disabled") ||
		(doc_true(doc, "dry_run") && json_is_object(doc_list(doc, "object"))))
		step("object", "disabled", done);
	else if (json_is_object(doc_list(doc, "object")))
		step("object", "not reached yet; it is retried until done", "to finish");
	step("passwords", "0 open", done);
	printf("\nWhat this does not reach\n"
	       "  *  services that cached the CRL before and have not looked again\n"
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
	.about = "The certificate is revoked whatever the directory says; if the directory\n"
		 "cannot be reached the rest is retried until done and the command exits 6.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl device revoke LT-0042 --reason stolen --note \"police report 77-12\"",
		"enrollctl device revoke LT-0042 --reason retired --yes",
	},
	.flags = COMMAND_CHANGES,
	.run = run,
};
