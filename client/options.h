/* The command line of enroll: rows for commands and options, read anywhere on the line. Texts point
 * into argv. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <stddef.h>

#include "client/place.h"
#include "client/say.h"
#include "lib/base/fail.h"

enum option_id {
	OPTION_NONE,
	OPTION_SERVER,
	OPTION_PASSWORD_FILE,
	OPTION_SYSTEM_TRUST,
	OPTION_RETRY,
	OPTION_KEY_TYPE,
	OPTION_LOGIN,
	OPTION_CHECK,
	OPTION_LOCAL,
	OPTION_DRY_RUN,
	OPTION_YES,
	OPTION_OUTPUT,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_ROOT,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_COUNT,
};

struct run;
struct command {
	const char *name;
	const char *words; /* of its arguments, for help: "[EMAIL]" */
	size_t least, most; /* how many of them */
	const char *summary;
	const enum option_id *options; /* besides the shared ones; ends with OPTION_NONE */
	int needs_root; /* unless --root names another root */
	/* 0, or -1 and t; what t does not say is added by main. */
	int (*run)(struct run *r, struct trouble *t);
	const char *example[2];
};

/* What a command works with. */
struct run {
	const struct command *command;
	const char *word; /* its argument, or NULL */
	const char *value[OPTION_COUNT]; /* "" for a flag that was given; NULL: not given */
	int terminal; /* standard input and error are one */
	struct place place;
	struct say say;
	int exit; /* a status other than 0 without a failure */
};

extern const struct command *const commands[]; /* ends with NULL */

/* ENR_USAGE with the nearest known word. r->say.json is right on failure too. With --help or
 * --version, or no command, words are not checked. */
int options_read(struct run *r, int argc, char **argv, struct fail *f);
/* Of one command, or of the program (NULL), to standard output. */
void options_help(const struct command *c);

#endif
