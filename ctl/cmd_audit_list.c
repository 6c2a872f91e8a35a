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
	{ "device", 0, OPTION_TEXT, "DEVICE", "only about this device" },
	{ "by", 0, OPTION_TEXT, "WHO", "only what this person did" },
	{ "since", 0, OPTION_TEXT, "TIME", "only since (8h ago, or a moment)" },
};

static const char *const head[] = { "TIME", "EVENT", "DEVICE", "BY", "ATTEMPT", "CODE", "NOTE" };

static void render(struct cmd *c, const json_t *doc)
{
	const json_t *items = doc_list(doc, "items");
	char when[WHEN_MAX];
	struct grid g;

	grid_begin(&g, head, ARRAY_LEN(head));
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *note = doc_text(item, "note");

		grid_add(&g, output_time(c, doc_time(item, "time"), when));
		grid_add(&g, doc_text(item, "event"));
		grid_add(&g, doc_text(item, "device"));
		grid_add(&g, doc_text(item, "by"));
		grid_add(&g, doc_text(item, "attempt"));
		grid_add(&g, doc_text(item, "code"));
		grid_add(&g, *note ? note : doc_text(item, "detail"));
	}
	if (json_array_size(items) == 0)
		cmd_say(c, "nothing happened");
	else
		grid_print(&g, terminal_width(STDOUT_FILENO), stdout);
	grid_free(&g);
}

static int run(struct cmd *c, struct fail *f)
{
	json_t *in = json_object();

	request_text(in, "device", cmd_text(c, "device"));
	request_text(in, "by", cmd_text(c, "by"));
	if (request_moment(c, in, "since", 1, f) < 0) {
		json_decref(in);
		return -1;
	}
	return link_show(c, "audit/list", in, render, f);
}

const struct command command_audit_list = {
	.noun = "audit",
	.verb = "list",
	.words = "",
	.role = "auditor",
	.summary = "who did what, and when",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl audit list --device LT-0042",
		"enrollctl audit list --since 24h -o jsonl",
	},
	.name_field = "event",
	.run = run,
};
