/* The commands of enroll, one file each. */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include "client/options.h"

extern const struct command device_command_join, device_command_status, device_command_leave,
	device_command_show;

#endif
