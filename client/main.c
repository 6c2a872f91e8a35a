/* enroll: this machine becomes a member of a domain, knowing an e-mail address and a password. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/ask.h"
#include "client/commands.h"
#include "lib/base/clean.h"

static void interrupted(int number)
{
	static const char text[] = "\nInterrupted. The same command goes on where it stopped.\n";
	ssize_t n;

	(void)number;
	ask_restore();
	n = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)n;
	_exit(EXIT_INTERRUPTED);
}

/* Nothing of this process is for others to read, or to be left in a file. */
static void guard(void)
{
	const struct rlimit none = { 0, 0 };
	const struct sigaction stop = { .sa_handler = interrupted };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	setrlimit(RLIMIT_CORE, &none);
#ifndef ENROLL_SANITIZED /* the leak checker looks into us */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	umask(022);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static int run(struct run *r, struct trouble *t)
{
	if (r->command->needs_root && r->place.live && geteuid() != 0)
		return fail(&t->fail, ENR_NOT_ROOT, "enroll %s", r->command->name);
	if (place_check(&r->place, &t->fail) < 0)
		return -1;
	return r->command->run(r, t);
}

int main(int argc, char **argv)
{
	struct run r = { .command = NULL };
	struct trouble t = { .fail = FAIL_INIT };

	guard();
	if (options_read(&r, argc, argv, &t.fail) < 0)
		return say_trouble(&r.say, &t);
	if (r.value[OPTION_VERSION] != NULL) {
		puts("enroll " ENROLL_VERSION);
		return EXIT_DONE;
	}
	if (r.command == NULL || r.value[OPTION_HELP] != NULL) {
		options_help(r.command);
		return r.value[OPTION_HELP] != NULL ? EXIT_DONE : EXIT_USAGE;
	}
	if (run(&r, &t) < 0)
		return say_trouble(&r.say, &t);
	return r.exit;
}
