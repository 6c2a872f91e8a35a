/* Help, made from the rows of ctl/table.c. */
#ifndef CTL_HELP_H
#define CTL_HELP_H

#include <stdio.h>

#include "ctl/cmd.h"

/* All commands (both NULL), those of a noun, or one command with its options and two examples. */
void help_print(FILE *out, const char *noun, const struct command *command);

#endif
