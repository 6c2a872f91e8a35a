/* What a command of enrollctl is made of. One file a command (cmd_device_add.c …) defines one
 * `const struct command`; ctl/table.c lists them; parser, help and manual read the rows.
 *
 * run() returns 0, or -1 and f: the code's row gives text and exit status (docs/CONTROL.md section
 * 6). A run() produces one JSON document, from the agent (link_call) or made by itself, and gives
 * it to cmd_result, which prints it as the person asked: JSON as it is, or through the render
 * function. Nothing else is written to standard output. Notes for people go through cmd_say
 * (stderr, not under --quiet). One thread. */
#ifndef CTL_CMD_H
#define CTL_CMD_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/base/fail.h"

enum option_kind {
	OPTION_NONE,
	OPTION_FLAG,
	OPTION_TEXT, /* any text; once */
	OPTION_LIST, /* any text; may be repeated */
	OPTION_DURATION, /* "45m", "8h", "14d" */
	OPTION_WORD, /* one of `value`: "stolen|lost" */
};
/* An option's name means the same kind in every command that has it. */
struct cmd_option {
	const char *name; /* long, without dashes */
	char letter; /* only for shared ones; 0: none */
	enum option_kind kind;
	const char *value; /* stands for the value in help: "FILE"; OPTION_WORD: the words */
	const char *help; /* a phrase, small letter first */
};

struct cmd;
typedef int cmd_run(struct cmd *c, struct fail *f);
/* Writes doc for a person to standard output (stdio). */
typedef void cmd_render(struct cmd *c, const json_t *doc);

enum command_flag {
	COMMAND_CHANGES = 1, /* has --dry-run, --yes and --note */
	COMMAND_LOCAL = 2, /* needs no running enrolld */
};
struct command {
	const char *noun; /* NULL: the verb stands alone */
	const char *verb;
	const char *words; /* "NAME", "DEVICE...", "[NAME]", "" */
	size_t least, most; /* how many of them */
	const char *role; /* least role, or "root", "anyone" */
	const char *summary; /* one line, small letter first */
	const char *about; /* more, or NULL */
	const struct cmd_option *options;
	size_t n_options;
	const char *example[2]; /* whole command lines */
	unsigned flags;
	const char *name_field; /* what -o name prints of each item; NULL: "name" */
	cmd_run *run;
};

enum format { FORMAT_TABLE,
	FORMAT_JSON,
	FORMAT_JSONL,
	FORMAT_NAME };

struct cmd {
	const struct command *command;
	struct args *args; /* what the accessors below look into */
	enum format format;
	int dry_run, yes, quiet, verbose;
	const char *note; /* or NULL */
	const char *agent; /* path of the control socket */
	int64_t timeout; /* seconds */
	int in_tty, out_tty; /* standard input, standard output */
	int64_t now;
	json_t *agent_error; /* the error document the agent sent last, or NULL */
	int told; /* run() has told the person what failed; only the exit is left */
};

/* The command's own words, the first behind the verb is 0. NULL behind the last. */
const char *cmd_word(const struct cmd *c, size_t i);
size_t cmd_words(const struct cmd *c);
/* Options by name; the name must be in the command's row. Texts live as long as c. */
int cmd_flag(const struct cmd *c, const char *name);
const char *cmd_text(const struct cmd *c, const char *name); /* NULL: not given */
int64_t cmd_seconds(const struct cmd *c, const char *name); /* 0: not given */
const char *const *cmd_list(const struct cmd *c, const char *name, size_t *n);

/* Print doc in the format asked for. render may be NULL only if table output is never asked for.
 * jsonl prints the members of "items" one a line, if doc has it; name prints name_field of each.
 * -1: standard output could not be written. */
int cmd_result(struct cmd *c, const json_t *doc, cmd_render *render, struct fail *f);
/* A line on standard error for people; not under --quiet, and never in JSON mode. */
void cmd_say(const struct cmd *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* [y/N], or the name typed in full; --yes answers. Without a terminal: ENR_CONFIRM_NEEDED. A no is
 * ENR_CONFIRM_NEEDED too ("not confirmed"). name NULL: [y/N]. */
int cmd_confirm(struct cmd *c, const char *question, const char *name, struct fail *f);

#endif
