/* Killed at any moment: after restart and sweep nothing half-done stays, and the device can
 * retry. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/heart/heart.h"

#define ROUNDS 16

/* The writes of SQLite, counted; the process ends before the one that is number die_at. */
static int writes, die_at;

static ssize_t count_write(int fd, const void *data, size_t n, off_t at)
{
	if (++writes == die_at)
		raise(SIGKILL);
	return pwrite(fd, data, n, at);
}

static void count_writes(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	const char *const names[] = { "pwrite", "pwrite64" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		vfs->xSetSystemCall(vfs, names[i], (sqlite3_syscall_ptr)count_write);
}

/* A core of its own on the same folder: enrolls until it is killed. */
static _Noreturn void child_run(struct peer *p, int at)
{
	struct fixture_answer a;

	fixture_start(&x);
	writes = 0;
	die_at = at;
	for (;;)
		fixture_enroll(&x, p, &a);
}

static void reap(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Killed by us after a while. */
static void kill_one(struct peer *p, int after_us)
{
	struct timespec pause = { 0, after_us * 1000L }; /* below a second */
	pid_t pid;

	fixture_stop(&x);
	pid = fork();
	if (pid == 0)
		child_run(p, 0);
	nanosleep(&pause, NULL);
	kill(pid, SIGKILL);
	reap(pid);
}

/* By itself, before that write. */
static void kill_at(struct peer *p, int at)
{
	pid_t pid;

	fixture_stop(&x);
	pid = fork();
	if (pid == 0)
		child_run(p, at);
	reap(pid);
}

/* How many writes a whole enrollment takes. */
static int measure(void)
{
	autoclean(peer_end) struct peer p = { 0 };
	char id[ID_MAX], password[PASSWORD_TEXT_MAX];
	struct fixture_answer a;

	check_code(add("WM-CRASH", id, password), ENR_NONE, "add");
	device(&p, password);
	p.key = pki_key_generate(KEY_P256, NULL);
	count_writes();
	writes = 0;
	fixture_enroll(&x, &p, &a);
	check_code(a.code, ENR_NONE, a.log);
	CHECK(writes > ROUNDS);
	return writes;
}

/* Spread over all writes, and from run to run over those between. */
static void killed_at_any_write(void)
{
	int whole = measure(), first = (int)(clock_mono_ms() % ROUNDS);
	int span = whole + whole / 8; /* those of a retry behind the end, too */
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
		kill_at(&p, 1 + (span * i + span * first / ROUNDS) / ROUNDS);
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
	CHECK(found[RECORD_PENDING] && found[RECORD_CLAIMED] && found[RECORD_ISSUED] &&
		found[RECORD_ENROLLED]);
	printf("  %d writes; found: %d pending, %d claimed, %d issued, %d enrolled; after the "
		"sweep: %d pending, %d enrolled\n", whole, found[RECORD_PENDING],
		found[RECORD_CLAIMED], found[RECORD_ISSUED], found[RECORD_ENROLLED],
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
	{ "killed at any write", killed_at_any_write },
	{ NULL, NULL },
};
