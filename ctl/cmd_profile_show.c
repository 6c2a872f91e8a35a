#include <stdio.h>
#include <string.h>

#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

static const struct cmd_option options[] = {
	{ "device", 0, OPTION_TEXT, "DEVICE",
		"render the provisioning document this device would get, or got; secrets masked" },
};

static void line(const char *label, const char *text)
{
	printf("  %-13s %s\n", label, *text ? text : "none");
}

static void render_one(struct cmd *c, const json_t *doc)
{
	char life[40];
	const json_t *groups = doc_list(doc, "groups");

	printf("%s%s%s\n", output_bold(c), doc_text(doc, "name"), output_plain(c));
	line("OU", doc_text(doc, "ou"));
	line("VPN", doc_true(doc, "vpn") ? "on" : "off");
	line("VPN gateway", doc_text(doc, "vpn_gateway"));
	line("DM server", doc_text(doc, "dm_server"));
	text_duration_words(doc_number(doc, "certificate_lifetime_s"), life, sizeof(life));
	line("certificate", life);
	line("login", doc_text(doc, "login"));
	if (doc_true(doc, "pkinit"))
		line("PKINIT", "yes");
	if (doc_true(doc, "alt_security_identities"))
		line("mapping", "altSecurityIdentities");
	line("on leave", doc_text(doc, "on_leave"));
	for (size_t i = 0; i < json_array_size(groups); i++)
		line(i ? "" : "groups", doc_item(groups, i));
}

static void render(struct cmd *c, const json_t *doc)
{
	const json_t *items = doc_list(doc, "items");

	if (!json_is_array(items))
		render_one(c, doc);
	for (size_t i = 0; i < json_array_size(items); i++) {
		if (i)
			printf("\n");
		render_one(c, json_array_get(items, i));
	}
}

static int run(struct cmd *c, struct fail *f)
{
	json_t *doc = NULL, *in = json_object();
	int rc;

	request_text(in, "profile", cmd_word(c, 0));
	request_text(in, "device", cmd_text(c, "device"));
	if (link_call(c, "profile/show", in, &doc, f) < 0)
		return -1;
	if (c->format == FORMAT_TABLE && *doc_text(doc, "document")) {
		output_text(doc_text(doc, "document"));
		rc = 0;
	} else {
		rc = cmd_result(c, doc, render, f);
	}
	json_decref(doc);
	return rc;
}

const struct command command_profile_show = {
	.noun = "profile",
	.verb = "show",
	.words = "[NAME]",
	.least = 0,
	.most = 1,
	.role = "auditor",
	.summary = "what a profile gives a device; without NAME, all of them",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = { "enrollctl profile show laptop", "enrollctl profile show --device LT-0042" },
	.run = run,
};
