#include "ctl/cmd.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/args.h"
#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

const char *cmd_word(const struct cmd *c, size_t i)
{
	return i < c->args->n_word ? c->args->word[i] : NULL;
}

size_t cmd_words(const struct cmd *c)
{
	return c->args->n_word;
}

/* Asking for an option that the command's row does not have is our own mistake. */
static const char *value_of(const struct cmd *c, const char *name)
{
	assert(option_of(c->command, name) != NULL);
	return args_value(c->args, name);
}

int cmd_flag(const struct cmd *c, const char *name)
{
	return value_of(c, name) != NULL;
}

const char *cmd_text(const struct cmd *c, const char *name)
{
	return value_of(c, name);
}

int64_t cmd_seconds(const struct cmd *c, const char *name)
{
	const char *text = value_of(c, name);
	int64_t seconds = 0;

	return text && text_duration(text, &seconds) == 0 ? seconds : 0;
}

const char *const *cmd_list(const struct cmd *c, const char *name, size_t *n)
{
	assert(option_of(c->command, name) != NULL);
	return args_values(c->args, name, n);
}

void cmd_say(const struct cmd *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet || c->format == FORMAT_JSON || c->format == FORMAT_JSONL)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* The line a person types, without its end. 0, or -1 at end of file. */
static int read_answer(char *out, size_t size)
{
	if (fgets(out, (int)size, stdin) == NULL)
		return -1;
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

int cmd_confirm(struct cmd *c, const char *question, const char *name, struct fail *f)
{
	char answer[128];

	if (c->yes || c->dry_run)
		return 0;
	if (!c->in_tty)
		return fail(f, ENR_CONFIRM_NEEDED,
			"standard input is not a terminal; pass --yes to go ahead");
	if (name)
		fprintf(stderr, "%s Type the device's name to go ahead: ", question);
	else
		fprintf(stderr, "%s [y/N] ", question);
	fflush(stderr);
	if (read_answer(answer, sizeof(answer)) < 0)
		return fail(f, ENR_NOT_CONFIRMED, "no answer");
	if (name ? text_equal_ci(answer, name) : tolower((unsigned char)answer[0]) == 'y')
		return 0;
	return fail(f, ENR_NOT_CONFIRMED, "not confirmed");
}
