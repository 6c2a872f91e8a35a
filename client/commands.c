#include "client/commands.h"

#include <stddef.h>

const struct command *const commands[] = {
	&device_command_join,
	&device_command_status,
	&device_command_leave,
	&device_command_show,
	NULL,
};
