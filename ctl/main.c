/* enrollctl: reads the command line by the rows of ctl/table.c, runs one command, tells how it
 * went. The commands are in cmd_*.c. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>

#include "ctl/args.h"
#include "ctl/cmd.h"
#include "ctl/help.h"
#include "ctl/interrupt.h"
#include "ctl/link.h"
#include "ctl/output.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

enum { TIMEOUT_S = 30 };

static const char *const formats[] = { "table", "json", "jsonl", "name" };

static enum format format_of(const struct args *a)
{
	const char *word = args_value(a, "output");

	for (size_t i = 0; word && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(word, formats[i]) == 0)
			return (enum format)i;
	return FORMAT_TABLE;
}

static int find_agent(struct cmd *c, struct fail *f)
{
	const char *given = args_value(c->args, "agent");

	if (given == NULL)
		given = getenv("ENROLLCTL_AGENT");
	c->agent = given && *given ? link_path(given) : LINK_SOCKET;
	if (c->agent)
		return 0;
	return fail(f, ENR_USAGE, "the agent's address looks like unix:/run/enrolld/control.sock");
}

static int prepare(struct cmd *c, struct args *a, struct fail *f)
{
	const char *timeout = args_value(a, "timeout");

	c->args = a;
	c->command = a->command;
	c->format = format_of(a);
	c->dry_run = args_value(a, "dry-run") != NULL;
	c->yes = args_value(a, "yes") != NULL;
	c->quiet = args_value(a, "quiet") != NULL;
	c->verbose = args_value(a, "verbose") != NULL;
	c->note = args_value(a, "note");
	c->in_tty = isatty(STDIN_FILENO);
	c->out_tty = isatty(STDOUT_FILENO);
	c->now = clock_now();
	c->timeout = TIMEOUT_S;
	if (timeout && text_duration(timeout, &c->timeout) < 0)
		c->timeout = TIMEOUT_S;
	return find_agent(c, f);
}

static int tell(struct cmd *c, const struct fail *f)
{
	if (interrupted()) {
		fprintf(stderr, "interrupted; running it again goes on\n");
		return EXIT_INTERRUPTED;
	}
	if (!c->told)
		output_error(c, f, c->agent_error, stderr);
	return output_exit(f, c->agent_error);
}

static int run(struct cmd *c, struct args *a, int parsed, struct fail *f)
{
	if (a->version) {
		printf("enrollctl %s\n", ENROLL_VERSION);
		return EXIT_DONE;
	}
	if (parsed < 0)
		return tell(c, f);
	if (a->help || a->command == NULL) {
		help_print(a->help ? stdout : stderr, a->noun, a->command);
		return a->help ? EXIT_DONE : EXIT_USAGE;
	}
	if (a->command->run(c, f) < 0)
		return tell(c, f);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct args a;
	struct cmd c = { .format = FORMAT_TABLE };
	struct fail f = FAIL_INIT;
	int parsed, rc;

	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }); /* a core could hold a password */
	setlocale(LC_CTYPE, "");
	tzset();
	interrupt_watch();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	json_set_alloc_funcs(mem_wiped_new, mem_wiped_free);
	parsed = args_parse(&a, argc, argv, &f);
	if (parsed == 0)
		parsed = prepare(&c, &a, &f);
	else
		prepare(&c, &a, NULL);
	rc = run(&c, &a, parsed, &f);
	json_decref(c.agent_error);
	args_free(&a);
	curl_global_cleanup();
	return rc;
}
