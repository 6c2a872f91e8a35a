#include "ctl/table.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/text.h"

static const struct command *const commands[] = {
	&command_status,
	&command_config_show,
	&command_explain,
	&command_device_add,
	&command_device_list,
	&command_device_show,
	&command_device_reissue,
	&command_device_extend,
	&command_device_cancel,
	&command_device_reimage,
	&command_device_disable,
	&command_device_enable,
	&command_device_revoke,
	&command_device_remove,
	&command_attempt_list,
	&command_throttle_clear,
	&command_delegation_plan,
	&command_delegation_apply,
	&command_delegation_verify,
	&command_schema_print,
	&command_profile_show,
	&command_ca_init,
	&command_ca_show,
	&command_ca_export,
	&command_certificate_list,
	&command_audit_list,
};

static const struct cmd_option shared[] = {
	{ "output", 'o', OPTION_WORD, "table|json|jsonl|name",
		"how to print: for people, one JSON document, one object a line, names" },
	{ "dry-run", 'n', OPTION_FLAG, NULL, "check everything, write nothing" },
	{ "yes", 'y', OPTION_FLAG, NULL, "answer every question with yes" },
	{ "note", 0, OPTION_TEXT, "TEXT", "goes into the audit trail with the change" },
	{ "quiet", 'q', OPTION_FLAG, NULL, "only results and errors" },
	{ "verbose", 'v', OPTION_FLAG, NULL,
		"also what is sent to the server and how long it took" },
	{ "agent", 0, OPTION_TEXT, "unix:PATH", "control socket of enrolld (or ENROLLCTL_AGENT)" },
	{ "timeout", 0, OPTION_DURATION, "TIME", "give up after this long (30s)" },
	{ "help", 'h', OPTION_FLAG, NULL, "this text" },
	{ "version", 0, OPTION_FLAG, NULL, "which enrollctl this is" },
};

const struct command *const *command_table(size_t *n)
{
	*n = ARRAY_LEN(commands);
	return commands;
}

const struct cmd_option *shared_options(size_t *n)
{
	*n = ARRAY_LEN(shared);
	return shared;
}

int shared_is_for_changes(const struct cmd_option *o)
{
	return text_equal(o->name, "dry-run") || text_equal(o->name, "yes") ||
		text_equal(o->name, "note");
}

const struct command *command_find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (text_equal(commands[i]->noun, noun) && text_equal(commands[i]->verb, verb))
			return commands[i];
	return NULL;
}

int command_is_noun(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (commands[i]->noun && text_equal(commands[i]->noun, word))
			return 1;
	return 0;
}

static const struct cmd_option *among(const struct cmd_option *o, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(o[i].name, name) == 0)
			return &o[i];
	return NULL;
}

const struct cmd_option *option_of(const struct command *c, const char *name)
{
	const struct cmd_option *o = among(shared, ARRAY_LEN(shared), name);

	return o || !c ? o : among(c->options, c->n_options, name);
}

const struct cmd_option *option_find(const char *name)
{
	const struct cmd_option *o = among(shared, ARRAY_LEN(shared), name);

	for (size_t i = 0; !o && i < ARRAY_LEN(commands); i++)
		o = among(commands[i]->options, commands[i]->n_options, name);
	return o;
}

const struct cmd_option *option_letter(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		if (shared[i].letter && shared[i].letter == letter)
			return &shared[i];
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		for (size_t k = 0; k < commands[i]->n_options; k++)
			if (commands[i]->options[k].letter &&
				commands[i]->options[k].letter == letter)
				return &commands[i]->options[k];
	return NULL;
}
