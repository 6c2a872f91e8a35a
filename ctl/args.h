/* The command line, read by the rows of ctl/table.h: options anywhere, "--name VALUE" or
 * "--name=VALUE", short ones "-o json" or "-ojson" and flags together ("-ny"), "--" ends them.
 * Everything unknown is ENR_USAGE with the nearest known word. Texts point into argv. */
#ifndef CTL_ARGS_H
#define CTL_ARGS_H

#include <stddef.h>
#include <stdint.h>

#include "ctl/cmd.h"
#include "lib/base/fail.h"

struct args_option {
	const struct cmd_option *row;
	const char *value; /* NULL for a flag */
};
struct args {
	const struct command *command; /* NULL: none named; then help is what to show */
	const char *noun; /* a noun was named, with or without its verb; or NULL */
	int help, version;
	struct args_option *option;
	size_t n_option;
	const char **word; /* behind noun and verb */
	size_t n_word;
	const char ***list; /* private: what args_values gave out */
	size_t n_list;
};

/* 0, or -1 and f. What could be read is in *a either way (so that an error can be told in the
 * format that was asked for). args_free in any case. With --help or --version, words are not
 * checked. */
int args_parse(struct args *a, int argc, char **argv, struct fail *f);
void args_free(struct args *a);

/* The last value of an option; NULL if it was not given ("" for a flag that was). */
const char *args_value(const struct args *a, const char *name);
/* All values in order; the array lives as long as a. */
const char *const *args_values(struct args *a, const char *name, size_t *n);

#endif
