/* Killed at any moment: after restart and sweep nothing half-done stays, and the device can
 * retry. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/heart/heart.h"

#define ROUNDS 24

/* A core of its own on the same folder: enrolls until it is killed. */
static void child_run(struct peer *p)
{
	struct fixture_answer a;

	fixture_start(&x);
	for (;;)
		fixture_enroll(&x, p, &a);
}

static void kill_one(struct peer *p, int after_us)
{
	struct timespec pause = { 0, after_us * 1000L }; /* below a second */
	pid_t pid;

	fixture_stop(&x);
	pid = fork();
	if (pid == 0) {
		child_run(p);
		_exit(1);
	}
	nanosleep(&pause, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Microseconds that a whole enrollment takes here, from opening the store to the answer. */
static int measure(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];
	struct fixture_answer a;
	int64_t began;

	check_code(add("WM-CRASH", id, password), ENR_NONE, "add");
	device(&p, password);
	p.key = pki_key_generate(KEY_P256, NULL);
	fixture_stop(&x);
	began = clock_mono_ms();
	fixture_start(&x);
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	began = clock_mono_ms() - began;
	return (int)(began < 600 ? began : 600) * 1000;
}

static void killed_at_any_moment(void)
{
	int whole = measure();
	int found[RECORD_STATES] = { 0 }, swept[RECORD_STATES] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		autoclean(store_cert_list_clear) struct store_cert_list certs = { 0 };
		autoclean(peer_end) struct peer p = { 0 };
		char id[ID_MAX], password[PASSWORD_TEXT_MAX], name[24];
		struct fixture_answer a;
		enum record_state state;
		int objects, valid = 0;

		snprintf(name, sizeof(name), "WM-CRASH-%d", i);
		check_code(add(name, id, password), ENR_NONE, "add");
		device(&p, password);
		p.key = pki_key_generate(KEY_P256, NULL);
		kill_one(&p, whole / 4 + whole / ROUNDS * i);
		fixture_start(&x);
		found[fixture_state(&x, id)]++;
		CHECK(sweep(6) == 0);
		state = fixture_state(&x, id);
		swept[state]++;
		objects = ask("objects", name);
		CHECK(state == RECORD_PENDING || state == RECORD_ENROLLED);
		CHECK(objects == (state == RECORD_ENROLLED));
		fixture_enroll(&x, &p, &a);
		check_code(a.code, ENR_NONE, a.log);
		CHECK(ask("objects", name) == 1);
		CHECK(store_certs(x.store, id, &certs, NULL) == 0);
		for (size_t k = 0; k < certs.n; k++)
			valid += certs.item[k].state == CERT_VALID;
		CHECK(valid == 1);
	}
	printf("  found: %d pending, %d claimed, %d issued, %d uncertain, %d enrolled; after the "
		"sweep: %d pending, %d enrolled\n", found[RECORD_PENDING], found[RECORD_CLAIMED],
		found[RECORD_ISSUED], found[RECORD_UNCERTAIN], found[RECORD_ENROLLED],
		swept[RECORD_PENDING], swept[RECORD_ENROLLED]);
}

/* Killed while the add is under way: only the directory knows. */
static void kill_in_the_add(const char *name, const char *wire, enum record_state state)
{
	autoclean(peer_end) struct peer p = { 0 };
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];
	struct fixture_answer a;

	check_code(add(name, id, password), ENR_NONE, "add");
	device(&p, password);
	p.key = pki_key_generate(KEY_P256, NULL);
	ask("wire", wire);
	kill_one(&p, 900000);
	ask("wire", "pass");
	fixture_start(&x);
	CHECK(fixture_state(&x, id) == RECORD_ISSUED);
	CHECK(sweep(6) == 0);
	CHECK(fixture_state(&x, id) == state);
	CHECK(ask("objects", name) == (state == RECORD_ENROLLED));
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(ask("objects", name) == 1);
}

static void killed_after_the_add(void)
{
	kill_in_the_add("WM-CRASH-A", "hold", RECORD_ENROLLED);
}

static void killed_before_the_add(void)
{
	kill_in_the_add("WM-CRASH-B", "hold-request", RECORD_PENDING);
}

const struct scenario scenarios_crash[] = {
	{ "killed after the add", killed_after_the_add },
	{ "killed before the add", killed_before_the_add },
	{ "killed at any moment", killed_at_any_moment },
	{ NULL, NULL },
};
