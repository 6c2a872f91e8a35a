#include "client/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

struct option_row {
	enum option_id id;
	const char *name;
	char letter;
	const char *value; /* NULL: a flag */
	int shared; /* every command has it */
	const char *help;
};

static const struct option_row rows[] = {
	{ OPTION_SERVER, "server", 0, "HOST[:PORT]", 0,
		"the server, if it is not mobileenroll.<domain of EMAIL>" },
	{ OPTION_PASSWORD_FILE, "password-file", 0, "FILE", 0,
		"read the enrollment password from FILE, - is standard input" },
	{ OPTION_SYSTEM_TRUST, "system-trust", 0, NULL, 0,
		"also put the root into this machine's trust store" },
	{ OPTION_RETRY, "retry", 0, "TIME", 0, "keep trying what may pass, this long (30m, 2h)" },
	{ OPTION_KEY_TYPE, "key-type", 0, "TYPE", 0,
		"p256, p384, rsa2048, rsa3072, rsa4096, ed25519 (default: as the CA likes)" },
	{ OPTION_LOGIN, "login", 0, "sssd|none", 0,
		"let people of the domain log in, or not (default: as the server says)" },
	{ OPTION_CHECK, "check", 0, NULL, 0, "read back what was set up, and ask the domain" },
	{ OPTION_LOCAL, "local", 0, NULL, 0, "do not tell the server" },
	{ OPTION_DRY_RUN, "dry-run", 'n', NULL, 0, "change nothing" },
	{ OPTION_YES, "yes", 'y', NULL, 0, "answer questions with yes" },
	{ OPTION_OUTPUT, "output", 'o', "table|json", 1, "for people, or one JSON document" },
	{ OPTION_QUIET, "quiet", 'q', NULL, 1, "print only failures" },
	{ OPTION_VERBOSE, "verbose", 'v', NULL, 1, "print details too" },
	{ OPTION_ROOT, "root", 0, "DIR", 1, "work on the machine below DIR, not on this one" },
	{ OPTION_HELP, "help", 'h', NULL, 1, "this" },
	{ OPTION_VERSION, "version", 0, NULL, 1, "the program's version" },
};

static const struct option_row *find_long(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	return NULL;
}

static const struct option_row *find_short(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

static int unknown_option(const char *arg, struct fail *f)
{
	const char *best = NULL;
	int least = 4;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int d = text_distance(arg + 2, rows[i].name);

		if (strncmp(arg, "--", 2) == 0 && d < least) {
			least = d;
			best = rows[i].name;
		}
	}
	if (best != NULL)
		fail(f, ENR_USAGE, "unknown option %s; did you mean --%s?", arg, best);
	else
		fail(f, ENR_USAGE, "unknown option %s", arg);
	return -1;
}

static int set_value(struct run *r, const struct option_row *row, const char *value, struct fail *f)
{
	if (row->value == NULL && value != NULL)
		return fail(f, ENR_USAGE, "--%s takes no value", row->name);
	if (row->value != NULL && value == NULL)
		return fail(f, ENR_USAGE, "--%s needs %s", row->name, row->value);
	r->value[row->id] = value ? value : "";
	return 0;
}

/* "--name", "--name=VALUE", "--name VALUE"; "-o VALUE", "-oVALUE", "-nq". *at is moved over a value
 * that stands by itself. */
static int read_option(struct run *r, int argc, char **argv, int *at, struct fail *f)
{
	const char *arg = argv[*at], *value = NULL;
	const struct option_row *row;

	if (strncmp(arg, "--", 2) == 0) {
		const char *end = strchrnul(arg, '=');

		row = find_long(arg + 2, (size_t)(end - arg - 2));
		if (row == NULL)
			return unknown_option(arg, f);
		value = *end ? end + 1 : NULL;
		if (value == NULL && row->value != NULL && *at + 1 < argc)
			value = argv[++*at];
		return set_value(r, row, value, f);
	}
	for (const char *p = arg + 1; *p; p++) {
		row = find_short(*p);
		if (row == NULL)
			return unknown_option(arg, f);
		if (row->value == NULL) {
			if (set_value(r, row, NULL, f) < 0)
				return -1;
			continue;
		}
		if (p[1])
			value = p + 1;
		else if (*at + 1 < argc)
			value = argv[++*at];
		return set_value(r, row, value, f);
	}
	return 0;
}

static int find_command(struct run *r, const char *word, struct fail *f)
{
	const char *best = NULL;
	int least = 4;

	for (size_t i = 0; commands[i] != NULL; i++) {
		int d = text_distance(word, commands[i]->name);

		if (d == 0) {
			r->command = commands[i];
			return 0;
		}
		if (d < least) {
			least = d;
			best = commands[i]->name;
		}
	}
	if (best != NULL)
		return fail(f, ENR_USAGE, "there is no command %s; did you mean %s?", word, best);
	return fail(f, ENR_USAGE, "there is no command %s", word);
}

static int command_has(const struct command *c, const struct option_row *row)
{
	if (row->shared)
		return 1;
	for (const enum option_id *id = c->options; *id != OPTION_NONE; id++)
		if (*id == row->id)
			return 1;
	return 0;
}

static int check(struct run *r, size_t words, struct fail *f)
{
	const char *output = r->value[OPTION_OUTPUT], *root = r->value[OPTION_ROOT];
	const struct command *c = r->command;

	if (output != NULL && !r->say.json && !text_equal(output, "table"))
		return fail(f, ENR_USAGE, "--output is table or json");
	if (root != NULL && root[0] != '/')
		return fail(f, ENR_USAGE, "--root needs an absolute path");
	if (c == NULL || r->value[OPTION_HELP] || r->value[OPTION_VERSION])
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (r->value[rows[i].id] != NULL && !command_has(c, &rows[i]))
			return fail(f, ENR_USAGE, "enroll %s has no option --%s", c->name,
				rows[i].name);
	if (words < c->least || words > c->most)
		return fail(f, ENR_USAGE, "usage: enroll %s %s", c->name, c->words);
	return 0;
}

int options_read(struct run *r, int argc, char **argv, struct fail *f)
{
	size_t words = 0;
	int rc = 0, ended = 0;

	for (int i = 1; i < argc && rc == 0; i++) {
		const char *arg = argv[i];

		if (!ended && text_equal(arg, "--")) {
			ended = 1;
		} else if (!ended && arg[0] == '-' && arg[1] != '\0') {
			rc = read_option(r, argc, argv, &i, f);
		} else if (r->command == NULL) {
			rc = find_command(r, arg, f);
		} else {
			r->word = arg;
			words++;
		}
	}
	r->say.json = text_equal(r->value[OPTION_OUTPUT], "json");
	r->say.quiet = r->value[OPTION_QUIET] != NULL;
	r->say.verbose = r->value[OPTION_VERBOSE] != NULL;
	r->terminal = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	if (rc == 0)
		rc = check(r, words, f);
	r->place = place_of(r->value[OPTION_ROOT]);
	return rc;
}

static void help_option(const struct option_row *row)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%c%s --%s%s%s", row->letter ? "-" : " ",
		row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
		row->value ? " " : "", row->value ? row->value : "");
	printf("  %-28s  %s\n", left, row->help);
}

void options_help(const struct command *c)
{
	if (c == NULL) {
		puts("usage: enroll COMMAND [OPTIONS]\n");
		for (size_t i = 0; commands[i] != NULL; i++) {
			autoclean(text_free) char *left =
				mem_printf("%s %s", commands[i]->name, commands[i]->words);

			printf("  %-16s  %s\n", left, commands[i]->summary);
		}
		puts("\nenroll COMMAND --help tells more.\n");
		puts("  enroll join andreas@example.com");
		puts("  enroll status");
		return;
	}
	printf("usage: enroll %s%s%s [OPTIONS]\n%s\n\n", c->name, *c->words ? " " : "", c->words,
		c->summary);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (command_has(c, &rows[i]))
			help_option(&rows[i]);
	putchar('\n');
	for (size_t i = 0; i < ARRAY_LEN(c->example); i++)
		printf("  %s\n", c->example[i]);
}
