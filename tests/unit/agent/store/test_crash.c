/* kill -9 at any instruction: what stands afterwards is whole, and what was promised stands. */
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "tests/unit/agent/store/fixture.h"
#include "tests/unit/cunit.h"

#define ROUNDS 25
#define DEVICES 400

/* Each counts what must not be. */
static const char *const broken[] = {
	"SELECT count(*) FROM record WHERE state NOT IN (1, 2, 3, 5)",
	"SELECT count(*) FROM record WHERE state IN (2, 3, 5) AND "
	"(nonce IS NULL OR length(nonce) <> 16 OR spki_sha256 IS NULL OR epoch < 1)",
	"SELECT count(*) FROM record WHERE state IN (3, 5) AND NOT EXISTS "
	"(SELECT 1 FROM cert WHERE serial = hex(cert_serial) AND record = record.id)",
	"SELECT count(*) FROM record WHERE state = 5 AND NOT EXISTS "
	"(SELECT 1 FROM cert WHERE serial = hex(cert_serial) AND state = 1)",
	"SELECT count(*) FROM record WHERE state = 5 AND (object_guid IS NULL OR finished_at = 0 "
	"OR NOT EXISTS (SELECT 1 FROM document WHERE document.record = record.id))",
	"SELECT count(*) FROM cert WHERE state = 1 AND (SELECT state FROM record "
	"WHERE id = cert.record) <> 5",
	"SELECT count(*) FROM record WHERE epoch <> "
	"(SELECT count(*) FROM event WHERE event.record = record.id AND event = 'claimed')",
	"SELECT count(*) FROM record WHERE (state = 5) <> "
	"(SELECT count(*) FROM event WHERE event.record = record.id AND event = 'enrolled')",
	"SELECT count(*) FROM record WHERE NOT EXISTS "
	"(SELECT 1 FROM event WHERE event.record = record.id AND event = 'expected')",
	"SELECT count(*) FROM pragma_foreign_key_check",
	"SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
};

static int64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static void check_whole(const struct fixture *x)
{
	char path[64];
	sqlite3 *db = NULL;

	snprintf(path, sizeof(path), "%s/store.sqlite", x->dir);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		int64_t n = number(db, broken[i]);

		CU_ASSERT_EQUAL(n, 0);
		if (n != 0)
			printf("\n%lld: %s\n", (long long)n, broken[i]);
	}
	sqlite3_close(db);
}

/* Enrolls one device after the other and tells each that stands; in every third, the claim is given
 * back and taken again. Never returns. */
static void enroll_for_ever(struct fixture *x, int round, int fd)
{
	struct fail f = FAIL_INIT;

	x->s = store_open(&x->conf, &f);
	for (int i = round * DEVICES; x->s && i < (round + 1) * DEVICES; i++) {
		autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
		enum claim_kind kind;
		char name[16], id[ID_MAX];

		snprintf(name, sizeof(name), "LT-%d", i);
		if (add_device(x, name, name, i, id) != ENR_NONE)
			break;
		if (i % 3 == 0 && claim_device(x, id, i, &kind, &r) == ENR_NONE)
			(void)store_release(x->s, &r, &(struct store_trouble){ 0 }, NULL, &f);
		enroll_device(x, id, i, &r);
		if (r.state != RECORD_ENROLLED || write(fd, id, ID_MAX) != ID_MAX)
			break;
	}
	_exit(1);
}

/* Every device the child told of is enrolled. */
static int check_told(struct fixture *x, int fd)
{
	char id[ID_MAX];
	int n = 0;

	while (read(fd, id, ID_MAX) == ID_MAX) {
		autoclean(store_record_clear) struct store_record r = { .state = RECORD_NONE };
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(store_by_id(x->s, id, &r, &f), ANSWER_YES);
		CU_ASSERT_EQUAL(r.state, RECORD_ENROLLED);
		n++;
	}
	return n;
}

/* What was left in the middle can go on: the same key finishes it. */
static void finish_left(struct fixture *x)
{
	autoclean(store_list_clear) struct store_list l = { NULL, 0 };
	struct bytes late = { (uint8_t[]){ "late" }, 4 };
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(store_unfinished(x->s, 0, &l, &f), 0);
	CU_ASSERT(l.n <= 1);
	for (size_t i = 0; i < l.n; i++) {
		struct store_object o = { .dn = "CN=X", .guid = "guid-x", .server = "ldap://a" };
		struct store_record *r = &l.item[i];

		if (r->state == RECORD_CLAIMED)
			CU_ASSERT_EQUAL(
				store_issued(x->s, r, &late, NULL, &f), 0);
		CU_ASSERT_EQUAL(store_joined(x->s, r, &o, NULL, &f), 0);
		CU_ASSERT_EQUAL(store_finish(x->s, r, &late, NULL, &f), 0);
	}
}

static int one_round(struct fixture *x, int round)
{
	struct timespec some = { 0, (rand() % 60 + 5) * 1000000L };
	int fds[2], status, told;
	pid_t child;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	store_close(&x->s);
	child = fork();
	if (child == 0)
		enroll_for_ever(x, round, fds[1]);
	close(fds[1]);
	if (round % 2 == 0) /* once it has told of a device, however slow the machine */
		(void)poll(&(struct pollfd){ .fd = fds[0], .events = POLLIN }, 1, 10 * 1000);
	nanosleep(&some, NULL);
	kill(child, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFSIGNALED(status));
	fixture_reopen(x);
	check_whole(x);
	told = check_told(x, fds[0]);
	close(fds[0]);
	finish_left(x);
	check_whole(x);
	return told;
}

static void test_kill(void)
{
	struct fixture x;
	int told = 0;

	srand((unsigned)time(NULL));
	store_fixture_open(&x);
	for (int i = 0; i < ROUNDS; i++)
		told += one_round(&x, i);
	CU_ASSERT(told > 0);
	store_fixture_close(&x);
}

/* Opens the store when it is told to, and says when it has it. */
static _Noreturn void open_when_told(const struct fixture *x, int told, int say)
{
	struct store *other = NULL;
	struct fail f = FAIL_INIT;
	char octet;

	if (read(told, &octet, 1) == 1)
		other = store_open(&x->conf, &f);
	_exit(other && write(say, "", 1) == 1 ? 0 : 1);
}

/* The core of a parent that was killed may still be ending when the next one begins. */
static void test_one_process(void)
{
	struct pollfd opened = { .events = POLLIN };
	int told[2], said[2], status;
	struct fixture x;
	pid_t child;

	store_fixture_open(&x);
	store_close(&x.s);
	CU_ASSERT_EQUAL_FATAL(pipe(told) + pipe(said), 0);
	child = fork();
	if (child == 0)
		open_when_told(&x, told[0], said[1]);
	fixture_reopen(&x);
	CU_ASSERT_EQUAL(write(told[1], "", 1), 1);
	opened.fd = said[0];
	CU_ASSERT_EQUAL(poll(&opened, 1, 300), 0);
	store_close(&x.s);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	for (int i = 0; i < 2; i++) {
		close(told[i]);
		close(said[i]);
	}
	store_fixture_close(&x);
}

static CU_TestInfo tests[] = {
	{ "one process at a time has the store", test_one_process },
	{ "killed anywhere, the store is whole and what was promised stands", test_kill },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_store_crash = { "agent/store/crash", NULL, NULL, NULL, NULL, tests };
