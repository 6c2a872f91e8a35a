/* Answers of enrolld as enrollctl takes them: whatever answers on that socket, every command ends,
 * and a terminal gets text without control characters. The first octet picks the command, the
 * second how to print, the third the status; the rest is the body, the same for each request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/args.h"
#include "ctl/link.h"
#include "ctl/output.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct link_answer answer;

/* In place of those of ctl/link.c (fuzz_answer_LINK). */
int __wrap_link_call(struct cmd *c, const char *path, json_t *in, json_t **out, struct fail *f);
int __wrap_link_show(
	struct cmd *c, const char *path, json_t *in, cmd_render *render, struct fail *f);

int __wrap_link_call(struct cmd *c, const char *path, json_t *in, json_t **out, struct fail *f)
{
	(void)path;
	json_decref(in);
	json_decref(c->agent_error);
	c->agent_error = NULL;
	return link_read(c, &answer, out, f);
}

int __wrap_link_show(
	struct cmd *c, const char *path, json_t *in, cmd_render *render, struct fail *f)
{
	json_t *doc = NULL;
	int rc;

	if (__wrap_link_call(c, path, in, &doc, f) < 0)
		return -1;
	rc = cmd_result(c, doc, render, f);
	json_decref(doc);
	return rc;
}

/* A command line for that row. */
static int words_of(const struct command *row, int with_device, const char *argv[12])
{
	int n = 0;

	argv[n++] = "enrollctl";
	if (row->noun)
		argv[n++] = row->noun;
	argv[n++] = row->verb;
	for (size_t i = 0; i < row->least; i++)
		argv[n++] = "LT-0042";
	if (option_of(row, "lifetime")) {
		argv[n++] = "--lifetime";
		argv[n++] = "2d";
	}
	if (option_of(row, "reason")) {
		argv[n++] = "--reason";
		argv[n++] = "stolen";
	}
	if (with_device && row->least == 0 && option_of(row, "device")) {
		argv[n++] = "--device";
		argv[n++] = "LT-0042";
	}
	return n;
}

static void run(const struct command *row, uint8_t how)
{
	const char *argv[12];
	int argc = words_of(row, how & 8, argv);
	struct args a;
	struct cmd c = { .args = &a, .command = row, .format = how % 4, .yes = 1, .agent = "x",
		.out_tty = how & 16, .dry_run = how & 32, .now = 1700000000 };
	struct fail f = FAIL_INIT;

	if (args_parse(&a, argc, (char **)(uintptr_t)argv, &f) < 0)
		abort();
	if (row->run(&c, &f) < 0 && !c.told)
		output_error(&c, &f, c.agent_error, stderr);
	output_exit(&f, c.agent_error);
	json_decref(c.agent_error);
	args_free(&a);
}

static void must_be_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)text[i];

		if ((ch < 0x20 && ch != '\n') || ch == 0x7f)
			abort();
		if (ch == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0)
			abort();
	}
}

static const struct command *pick(uint8_t which)
{
	const struct command *row[64];
	const struct command *const *all;
	size_t n, remote = 0;

	all = command_table(&n);
	for (size_t i = 0; i < n && remote < ARRAY_LEN(row); i++)
		if (!(all[i]->flags & COMMAND_LOCAL))
			row[remote++] = all[i];
	return row[which % remote];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const long status[] = { 200, 200, 400, 503 };
	FILE *out = stdout, *err = stderr;
	char *text[2] = { NULL, NULL };
	size_t size[2] = { 0, 0 };

	if (len < 3)
		return 0;
	setenv("NO_COLOR", "1", 1); /* the only control characters of our own */
	answer = (struct link_answer){ status[data[2] % 4], (const char *)data + 3, len - 3 };
	stdout = open_memstream(&text[0], &size[0]);
	stderr = open_memstream(&text[1], &size[1]);
	if (stdout == NULL || stderr == NULL)
		abort();
	run(pick(data[0]), data[1]);
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;
	for (int i = 0; i < 2; i++) {
		if (data[1] % 4 == FORMAT_TABLE || data[1] % 4 == FORMAT_NAME)
			must_be_printable(text[i], size[i]);
		free(text[i]);
	}
	return 0;
}
