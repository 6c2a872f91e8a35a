#include <stdio.h>
#include <string.h>

#include "ctl/delegation.h"
#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

static const struct cmd_option options[] = {
	{ "ou", 0, OPTION_TEXT, "OU", "this OU alone (DN, canonical path or GUID)" },
};

/* Each right in words and in the server's own language. */
static void render(struct cmd *c, const json_t *doc)
{
	const json_t *items = doc_list(doc, "items");
	const char *on = "";

	(void)c;
	printf("Rights of %s\n", *doc_text(doc, "agent") ? doc_text(doc, "agent") : "the account");
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		if (!text_equal(on, doc_text(item, "on")))
			printf("\n%s\n", doc_text(item, "on"));
		on = doc_text(item, "on");
		printf("  %-40s %s\n", doc_text(item, "right"), doc_text(item, "native"));
	}
}

/* The commands, ready to be copied: LDIF has several lines, and keeps them. */
static void print_commands(const json_t *items)
{
	for (size_t k = 0; k < 2; k++) {
		printf("\n");
		for (size_t i = 0; i < json_array_size(items); i++) {
			const json_t *commands = doc_list(json_array_get(items, i), "commands");
			const char *text = doc_item(commands, k);

			output_text(text);
			if (strchr(text, '\n') != NULL)
				printf("\n"); /* between two changes of LDIF */
		}
	}
}

static int run(struct cmd *c, struct fail *f)
{
	json_t *doc = NULL;
	int rc = link_call(c, "delegation/plan", delegation_request(c), &doc, f);

	if (rc == 0)
		rc = cmd_result(c, doc, render, f);
	if (rc == 0 && c->format == FORMAT_TABLE)
		print_commands(doc_list(doc, "items"));
	json_decref(doc);
	return rc;
}

const struct command command_delegation_plan = {
	.noun = "delegation",
	.verb = "plan",
	.words = "",
	.role = "auditor",
	.summary = "the rights the server's account needs, in the directory's own words",
	.about = "Every right on each OU and group, as the directory writes it down, and the\n"
		 "commands that set it. Nothing is changed.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = {
		"enrollctl delegation plan",
		"enrollctl delegation plan --ou \"corp.example.com/Managed Devices/Sales\"",
	},
	.name_field = "right",
	.run = run,
};
