/* All commands of enrollctl, in the order help shows them. A new command: define its row in its own
 * file, declare it here, list it in table.c. */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stddef.h>

#include "ctl/cmd.h"

extern const struct command command_status;
extern const struct command command_config_show;
extern const struct command command_explain;
extern const struct command command_device_add;
extern const struct command command_device_list;
extern const struct command command_device_show;
extern const struct command command_device_reissue;
extern const struct command command_device_extend;
extern const struct command command_device_cancel;
extern const struct command command_device_reimage;
extern const struct command command_device_disable;
extern const struct command command_device_enable;
extern const struct command command_device_revoke;
extern const struct command command_device_remove;
extern const struct command command_attempt_list;
extern const struct command command_throttle_clear;
extern const struct command command_delegation_plan;
extern const struct command command_delegation_apply;
extern const struct command command_delegation_verify;
extern const struct command command_schema_print;
extern const struct command command_profile_show;
extern const struct command command_ca_init;
extern const struct command command_ca_show;
extern const struct command command_ca_export;
extern const struct command command_certificate_list;
extern const struct command command_audit_list;

/* Rows in order; *n gets how many. */
const struct command *const *command_table(size_t *n);
/* Options that every command has. */
const struct cmd_option *shared_options(size_t *n);
/* Of those, the ones only commands with COMMAND_CHANGES show in their help. */
int shared_is_for_changes(const struct cmd_option *o);
/* NULL if there is none. noun may be NULL. */
const struct command *command_find(const char *noun, const char *verb);
/* 1 if some command has this noun. */
int command_is_noun(const char *word);
/* The row of an option: the shared one, else any command's of that name; NULL. */
const struct cmd_option *option_find(const char *name);
/* The command's own or a shared option; NULL. */
const struct cmd_option *option_of(const struct command *c, const char *name);
/* The option with that letter, or NULL. */
const struct cmd_option *option_letter(char letter);

#endif
