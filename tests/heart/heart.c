/*
 *	heart [NAME…]
 *
 * HEART_DIRECTORY holds the lines of [directory]; HEART_ASK is the program that does things to that
 * directory. Prints a line for each scenario and ends with "N passed, N failed".
 */
#include "tests/heart/heart.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

struct fixture x;
static int wrong;

void check(int good, const char *what, const char *got)
{
	if (good)
		return;
	wrong++;
	printf("  not so: %s%s%s\n", what, got ? ": " : "", got ? got : "");
}

void check_code(enum code got, enum code wanted, const char *what)
{
	if (got == wanted)
		return;
	wrong++;
	printf("  %s: %s, wanted %s\n", what, got ? code_name(got) : "granted",
		wanted ? code_name(wanted) : "granted");
}

int ask(const char *verb, const char *argument)
{
	char text[32] = "";
	int out[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(out) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		execl("/bin/bash", "bash", getenv("HEART_ASK"), verb, argument, NULL);
		_exit(127);
	}
	close(out[1]);
	n = read(out[0], text, sizeof(text) - 1);
	close(out[0]);
	if (waitpid(pid, &status, 0) < 0 || status != 0) {
		check(0, verb, "the script failed");
		return -1;
	}
	return n > 0 ? (int)strtol(text, NULL, 10) : 0;
}

enum code add(const char *name, char id[ID_MAX], char password[PASSWORD_TEXT_MAX])
{
	struct device_order o = { .name = name, .identity = FIXTURE_IDENTITY, .vpn = -1 };
	autoclean(device_done_clear) struct device_done done = { 0 };
	struct store_actor by = { .who = "test" };
	struct fail f = FAIL_INIT;

	if (device_add(x.e, &o, &by, &done, &f) < 0)
		return f.code;
	memcpy(id, done.record.id, ID_MAX);
	memcpy(password, done.password, PASSWORD_TEXT_MAX);
	return ENR_NONE;
}

void device(struct peer *p, const char *password)
{
	peer_begin(p, FIXTURE_IDENTITY, password, FIXTURE_SERVER);
}

int sweep(int seconds)
{
	int64_t end = clock_mono_ms() + seconds * 1000;
	struct timespec pause = { 0, 200000000 };
	struct fail f = FAIL_INIT;
	int left;

	while ((left = enrollment_sweep(x.e, &f)) != 0 && clock_mono_ms() < end)
		nanosleep(&pause, NULL);
	if (left < 0)
		check(0, "sweep", f.evidence);
	return left;
}

static int is_wanted(const char *name, char **wanted)
{
	if (!*wanted)
		return 1;
	for (; *wanted; wanted++) {
		if (strcmp(*wanted, name) == 0)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct scenario *const tables[] = { scenarios_whole, scenarios_trouble,
		scenarios_crash };
	int passed = 0, failed = 0;

	(void)argc;
	signal(SIGPIPE, SIG_IGN);
	log_open("heart", LOG_LEVEL_ERROR);
	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		for (const struct scenario *s = tables[t]; s->name; s++) {
			int before = wrong;

			if (!is_wanted(s->name, argv + 1))
				continue;
			fixture_open(&x, getenv("HEART_DIRECTORY"), NULL);
			s->run();
			fixture_close(&x);
			printf("%s %s\n", wrong == before ? "ok  " : "FAIL", s->name);
			fflush(stdout);
			passed += wrong == before;
			failed += wrong != before;
		}
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
