#include "ctl/link.h"
#include "ctl/listing.h"
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

static void row(const struct cmd *c, const json_t *item, struct grid *g)
{
	char when[WHEN_MAX];

	grid_add(g, doc_text(item, "serial"));
	grid_add(g, doc_text(item, "device"));
	grid_add(g, doc_text(item, "state"));
	grid_add(g, doc_text(item, "revoked_reason"));
	grid_add(g, output_time(c, doc_time(item, "not_before"), when));
	grid_add(g, output_time(c, doc_time(item, "not_after"), when));
}

static const struct listing listing = { head, ARRAY_LEN(head), row, "no certificates" };

static void render(struct cmd *c, const json_t *doc)
{
	listing_render(c, doc, &listing);
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
