#include <stdio.h>
#include <unistd.h>

#include "ctl/grid.h"
#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "ctl/when.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "device", 0, OPTION_TEXT, "DEVICE", "only those of this device" },
	{ "serial", 0, OPTION_TEXT, "HEX", "only the one with this serial number" },
	{ "expiring", 0, OPTION_DURATION, "TIME", "only those that end within this time" },
	{ "revoked", 0, OPTION_FLAG, NULL, "only revoked ones" },
};

static const char *const head[] = { "SERIAL", "DEVICE", "STATE", "REASON", "FROM", "UNTIL" };

static void render(struct cmd *c, const json_t *doc)
{
	const json_t *items = doc_list(doc, "items");
	char when[WHEN_MAX];
	struct grid g;

	grid_begin(&g, head, ARRAY_LEN(head));
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		grid_add(&g, doc_text(item, "serial"));
		grid_add(&g, doc_text(item, "device"));
		grid_add(&g, doc_text(item, "state"));
		grid_add(&g, doc_text(item, "revoked_reason"));
		grid_add(&g, output_time(c, doc_time(item, "not_before"), when));
		grid_add(&g, output_time(c, doc_time(item, "not_after"), when));
	}
	if (json_array_size(items) == 0)
		cmd_say(c, "no certificates");
	else
		grid_print(&g, terminal_width(STDOUT_FILENO), stdout);
	grid_free(&g);
}

static int run(struct cmd *c, struct fail *f)
{
	json_t *in = json_object();

	request_text(in, "device", cmd_text(c, "device"));
	request_text(in, "serial", cmd_text(c, "serial"));
	request_seconds(in, "expiring_s", cmd_seconds(c, "expiring"));
	json_object_set_new(in, "revoked", json_boolean(cmd_flag(c, "revoked")));
	return link_show(c, "certificate/list", in, render, f);
}

const struct command command_certificate_list = {
	.noun = "certificate",
	.verb = "list",
	.words = "",
	.role = "auditor",
	.summary = "issued certificates",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl certificate list --expiring 30d",
		"enrollctl certificate list --device LT-0042 -o json",
	},
	.name_field = "serial",
	.run = run,
};
