#include "ctl/delegation.h"
#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = {
	{ "ou", 0, OPTION_TEXT, "OU", "this OU and what is below it alone" },
};

static int run(struct cmd *c, struct fail *f)
{
	json_t *doc = NULL;
	int rc;

	if (link_call(c, "delegation/verify", delegation_request(c), &doc, f) < 0)
		return -1;
	rc = cmd_result(c, doc, delegation_render, f);
	if (rc == 0) {
		rc = delegation_verdict(doc, f);
		c->told = 1;
	}
	json_decref(doc);
	return rc;
}

const struct command command_delegation_verify = {
	.noun = "delegation",
	.verb = "verify",
	.words = "",
	.role = "auditor",
	.summary = "has the server's account every right it needs, and no other",
	.about = "Looks at every object of the directory as the server's own account sees it,\n"
		 "groups in groups included. Exit status 0: all and none too many; 1: some are\n"
		 "missing or too many, each is named; 6: something could not be checked.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = { "enrollctl delegation verify", "enrollctl delegation verify -o json" },
	.name_field = "right",
	.run = run,
};
