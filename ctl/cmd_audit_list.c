#include "ctl/link.h"
#include "ctl/listing.h"
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

static void row(const struct cmd *c, const json_t *item, struct grid *g)
{
	const char *note = doc_text(item, "note");
	char when[WHEN_MAX];

	grid_add(g, output_time(c, doc_time(item, "time"), when));
	grid_add(g, doc_text(item, "event"));
	grid_add(g, doc_text(item, "device"));
	grid_add(g, doc_text(item, "by"));
	grid_add(g, doc_text(item, "attempt"));
	grid_add(g, doc_text(item, "code"));
	grid_add(g, *note ? note : doc_text(item, "detail"));
}

static const struct listing listing = { head, ARRAY_LEN(head), row, "nothing happened" };

static void render(struct cmd *c, const json_t *doc)
{
	listing_render(c, doc, &listing);
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
