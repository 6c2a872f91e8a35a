#include "client/commands.h"

#include <stddef.h>

const struct command *const commands[] = {
	&command_join, &command_status, &command_leave, &command_show, NULL,
};
