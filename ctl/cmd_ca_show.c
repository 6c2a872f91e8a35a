#include <stdio.h>

#include "ctl/ca_files.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"

static const struct cmd_option options[] = { CA_FILES_OPTIONS };

static void render(struct cmd *c, const json_t *doc)
{
	size_t n;
	const struct ca_use *uses = ca_uses(&n);

	ca_files_render(c, doc);
	printf("Who may want to trust it\n");
	for (size_t i = 0; i < n; i++)
		printf("  %-17s %s\n", uses[i].who, uses[i].where);
	printf("  What each trust would allow: enrollctl ca export\n");
}

static int run(struct cmd *c, struct fail *f)
{
	autoclean(ca_files_free) struct ca_files files = { 0 };
	json_t *doc;
	int rc;

	if (ca_files_find(c, &files, f) < 0)
		return -1;
	doc = ca_files_doc(&files, 0, f);
	if (doc == NULL)
		return -1;
	rc = cmd_result(c, doc, render, f);
	json_decref(doc);
	return rc;
}

const struct command command_ca_show = {
	.noun = "ca",
	.verb = "show",
	.words = "",
	.role = "root",
	.summary = "chain, fingerprints, ends, age of the revocation lists",
	.about = "Reads the CA's files itself; enrolld need not run.",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = { "enrollctl ca show", "enrollctl ca show --dir /var/lib/enrolld/ca -o json" },
	.flags = COMMAND_LOCAL,
	.run = run,
};
