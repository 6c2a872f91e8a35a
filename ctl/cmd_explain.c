#include <stdio.h>

#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

enum { INDENT = 10,
	WIDTH = 90 };

static const char *const exits[] = {
	[EXIT_DONE] = "done",
	[EXIT_REFUSED] = "refused: a definite no",
	[EXIT_USAGE] = "the command line, an input file or the configuration is wrong",
	[EXIT_NOT_FOUND] = "no such thing",
	[EXIT_CONFLICT] = "conflict",
	[EXIT_NOT_ALLOWED] = "not allowed",
	[EXIT_TRY_AGAIN] = "may succeed later",
};

static void part(const char *label, const char *text)
{
	if (*text == '\0')
		return;
	printf("%s\n", label);
	output_wrapped(stdout, text, INDENT, WIDTH);
}

static void render(struct cmd *c, const json_t *doc)
{
	size_t code = (size_t)doc_number(doc, "exit");

	printf("%s%s %s%s\n", output_bold(c), doc_text(doc, "code"), doc_text(doc, "name"),
		output_plain(c));
	part("  what", doc_text(doc, "what_admin"));
	if (!text_equal(doc_text(doc, "what"), doc_text(doc, "what_admin")))
		part("  what the device says", doc_text(doc, "what"));
	part("  why", doc_text(doc, "why"));
	part("  do, as the admin", doc_text(doc, "do_admin"));
	part("  do, at the device", doc_text(doc, "do"));
	printf("  exit status\n%*s%zu, %s\n", INDENT, "", code,
		code < ARRAY_LEN(exits) && exits[code] ? exits[code] : "");
}

static int run(struct cmd *c, struct fail *f)
{
	const struct code_row *row = code_find(cmd_word(c, 0));
	char quoted[160];
	json_t *doc;
	int rc;

	if (row == NULL)
		return fail(f, ENR_UNKNOWN_CODE, "%s",
			text_quote(cmd_word(c, 0), 32, quoted, sizeof(quoted)));
	doc = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:b, s:o}", "kind",
		"explanation", "version", 1, "code", code_name(row->code), "name", row->word,
		"what", row->what, "what_admin", *row->what_admin ? row->what_admin : row->what,
		"why", row->why, "do", row->act, "do_admin", row->act_admin, "exit", row->exit,
		"retry", code_is_transient(row->code), "http",
		row->http ? json_integer(row->http) : json_null());
	rc = cmd_result(c, doc, render, f);
	json_decref(doc);
	return rc;
}

const struct command command_explain = {
	.verb = "explain",
	.words = "CODE",
	.least = 1,
	.most = 1,
	.role = "anyone",
	.summary = "what an error code means, why it happens, what to do",
	.example = { "enrollctl explain ENR-602", "enrollctl explain create-denied" },
	.flags = COMMAND_LOCAL,
	.name_field = "code",
	.run = run,
};
