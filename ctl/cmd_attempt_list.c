#include "ctl/link.h"
#include "ctl/listing.h"
#include "ctl/output.h"
#include "ctl/request.h"
#include "ctl/table.h"
#include "ctl/when.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "from", 0, OPTION_TEXT, "ADDRESS", "only from this IP address" },
	{ "code", 0, OPTION_TEXT, "CODE", "only those that ended with this code" },
	{ "since", 0, OPTION_TEXT, "TIME", "only since (8h ago, or a moment)" },
};

static const char *const head[] = { "ATTEMPT", "TIME", "FROM", "IDENTITY", "DEVICE", "PHASE",
	"RESULT" };

static void row(const struct cmd *c, const json_t *item, struct grid *g)
{
	char when[WHEN_MAX];

	grid_add(g, doc_text(item, "attempt"));
	grid_add(g, output_time(c, doc_time(item, "time"), when));
	grid_add(g, doc_text(item, "from"));
	grid_add(g, doc_text(item, "identity"));
	grid_add(g, doc_text(item, "device"));
	grid_add(g, doc_text(item, "phase"));
	grid_add(g, *doc_text(item, "code") ? doc_text(item, "code") : "ok");
}

static const struct listing listing = { head, ARRAY_LEN(head), row, "no attempts" };

static void render(struct cmd *c, const json_t *doc)
{
	listing_render(c, doc, &listing);
}

static int run(struct cmd *c, struct fail *f)
{
	json_t *in = json_object();

	request_text(in, "from", cmd_text(c, "from"));
	request_text(in, "code", cmd_text(c, "code"));
	if (request_moment(c, in, "since", 1, f) < 0) {
		json_decref(in);
		return -1;
	}
	return link_show(c, "attempt/list", in, render, f);
}

const struct command command_attempt_list = {
	.noun = "attempt",
	.verb = "list",
	.words = "",
	.role = "helpdesk",
	.summary = "attempts to enroll, also of identities nobody expects",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl attempt list --since 1h",
		"enrollctl attempt list --from 198.51.100.23 --code not-expected",
	},
	.name_field = "attempt",
	.run = run,
};
