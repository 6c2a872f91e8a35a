#include <stdio.h>

#include "ctl/change.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "ctl/when.h"

static void render(struct cmd *c, const json_t *doc)
{
	const json_t *list = doc_list(doc, "networks");
	char when[WHEN_MAX];

	if (json_array_size(list) == 0)
		printf("%s is not throttled: unchanged\n", doc_text(doc, "address"));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		printf("%s %s try again now, not only %s\n", doc_text(item, "network"),
			doc_true(doc, "dry_run") ? "could" : "may",
			when_ago(c->now + doc_number(item, "wait_s"), c->now, when));
	}
}

static const struct change change = {
	.path = "throttle/clear",
	.subject = "address",
	.render = render,
};

static int run(struct cmd *c, struct fail *f)
{
	return change_run(c, &change, f);
}

const struct command command_throttle_clear = {
	.noun = "throttle",
	.verb = "clear",
	.words = "ADDRESS",
	.least = 1,
	.most = 1,
	.role = "helpdesk",
	.summary = "let an address that failed too often try again now",
	.about = "An IP address, or a network as enrollctl status shows it. Devices themselves are "
		 "never locked.",
	.example = {
		"enrollctl throttle clear 198.51.100.23",
		"enrollctl throttle clear 2001:db8:7::/48 --note \"a school on one line\"",
	},
	.name_field = "address",
	.flags = COMMAND_CHANGES,
	.run = run,
};
