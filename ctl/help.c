#include "ctl/help.h"

#include <string.h>

#include "ctl/table.h"
#include "lib/base/text.h"

enum { COLUMN = 30 };

static void print_name(FILE *out, const struct command *c)
{
	int width = fprintf(out, "  %s%s%s%s%s", c->noun ? c->noun : "", c->noun ? " " : "",
		c->verb, *c->words ? " " : "", c->words);

	fprintf(out, "%*s %s\n", width < COLUMN ? COLUMN - width : 0, "", c->summary);
}

static void print_list(FILE *out, const char *noun)
{
	size_t n;
	const struct command *const *c = command_table(&n);

	fprintf(out, "usage: enrollctl %s VERB [NAME...] [--option VALUE]\n\n",
		noun ? noun : "[NOUN]");
	for (size_t i = 0; i < n; i++) {
		if (noun && !text_equal(c[i]->noun, noun))
			continue;
		if (!noun && i > 0 && !text_equal(c[i]->noun, c[i - 1]->noun))
			fputc('\n', out);
		print_name(out, c[i]);
	}
	fprintf(out, "\nMore of one: enrollctl %s VERB --help\n", noun ? noun : "[NOUN]");
}

static void print_option(FILE *out, const struct cmd_option *o)
{
	int width = o->letter ? fprintf(out, "  -%c, --%s", o->letter, o->name)
			      : fprintf(out, "      --%s", o->name);

	if (o->kind != OPTION_FLAG)
		width += fprintf(out, " %s", o->value);
	if (width >= COLUMN)
		width = fprintf(out, "\n") - 1;
	fprintf(out, "%*s %s%s\n", COLUMN - width, "", o->help,
		o->kind == OPTION_LIST ? " (repeatable)" : "");
}

static void print_options(FILE *out, const struct command *c)
{
	size_t n;
	const struct cmd_option *shared = shared_options(&n);

	if (c->n_options > 0)
		fprintf(out, "\nOptions\n");
	for (size_t i = 0; i < c->n_options; i++)
		print_option(out, &c->options[i]);
	fprintf(out, "\nOptions of every command\n");
	for (size_t i = 0; i < n; i++)
		if ((c->flags & COMMAND_CHANGES) || !shared_is_for_changes(&shared[i]))
			print_option(out, &shared[i]);
}

static void print_command(FILE *out, const struct command *c)
{
	fprintf(out, "usage: enrollctl %s%s%s%s%s%s\n\n%s\n", c->noun ? c->noun : "",
		c->noun ? " " : "", c->verb, *c->words ? " " : "", c->words,
		c->n_options ? " [--option VALUE]" : "", c->summary);
	if (c->about)
		fprintf(out, "\n%s\n", c->about);
	fprintf(out, "\nLeast role: %s\n", c->role);
	print_options(out, c);
	fprintf(out, "\nExamples\n");
	for (size_t i = 0; i < 2 && c->example[i]; i++)
		fprintf(out, "  %s\n", c->example[i]);
}

void help_print(FILE *out, const char *noun, const struct command *command)
{
	if (command)
		print_command(out, command);
	else
		print_list(out, noun);
}
