#include <stdio.h>

#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

static const struct cmd_option options[] = {
	{ "changed", 0, OPTION_FLAG, NULL, "only settings that differ from their default" },
	{ "origin", 0, OPTION_FLAG, NULL, "with the file and line that set each" },
};

/* As the file has it: sections in brackets, key = value. */
static void render(struct cmd *c, const json_t *doc)
{
	const json_t *items = doc_list(doc, "items");
	const char *section = "";

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		if (!text_equal(section, doc_text(item, "section")))
			printf("%s%s[%s]%s\n", i ? "\n" : "", output_bold(c),
				doc_text(item, "section"), output_plain(c));
		section = doc_text(item, "section");
		printf("%s =%s%s", doc_text(item, "key"), *doc_text(item, "value") ? " " : "",
			doc_text(item, "value"));
		if (cmd_flag(c, "origin") && *doc_text(item, "file"))
			printf("    # %s:%lld", doc_text(item, "file"),
				(long long)doc_number(item, "line"));
		else if (cmd_flag(c, "origin"))
			printf("    # default");
		printf("\n");
	}
}

static int run(struct cmd *c, struct fail *f)
{
	json_t *in = json_object();

	json_object_set_new(in, "changed", json_boolean(cmd_flag(c, "changed")));
	return link_show(c, "config/show", in, render, f);
}

const struct command command_config_show = {
	.noun = "config",
	.verb = "show",
	.words = "",
	.role = "auditor",
	.summary = "settings in force",
	.options = options,
	.n_options = ARRAY_LEN(options),
	.example = { "enrollctl config show --changed --origin", "enrollctl config show -o json" },
	.name_field = "key",
	.run = run,
};
