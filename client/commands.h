/* The commands of enroll, one file each. */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include "client/options.h"

extern const struct command command_join, command_status, command_leave, command_show;

#endif
