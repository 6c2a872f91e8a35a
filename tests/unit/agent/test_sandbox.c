/* What a sealed front may not do kills it; what a library asks in passing is refused. Each is tried
 * in a process of its own. Sanitized programs have no filter. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/sandbox.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "tests/unit/cunit.h"

#ifdef ENROLL_SANITIZED
#define SEALS 0
#else
#define SEALS 1
#endif

enum { AS_IT_SHOULD = 7, NOT_SEALED = 8, OTHERWISE = 9 };

static int answers(void)
{
	char c = 'x';

	return write(STDOUT_FILENO, &c, 1) == 1 && read(STDIN_FILENO, &c, 1) == 1 &&
		clock_mono_ms() > 0 && clock_now() > 0;
}

static int asks_for_a_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EACCES;
}

static int opens(void)
{
	return open("/dev/null", O_RDONLY) >= 0;
}

static int executes(void)
{
	return execl("/bin/true", "true", (char *)NULL) < 0;
}

static int connects(void)
{
	const struct sockaddr sa = { .sa_family = AF_UNIX };

	return connect(STDIN_FILENO, &sa, sizeof(sa)) < 0;
}

static int forks(void)
{
	return fork() >= 0;
}

static int traces(void)
{
	return prctl(PR_SET_DUMPABLE, 1) == 0;
}

static int makes_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		MAP_FAILED;
}

static int changes_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static int unlinks(void)
{
	return unlink("/nonexistent") < 0;
}

static const struct {
	const char *what;
	int (*act)(void);
	int killed;
} rows[] = {
	{ "answers", answers, 0 },
	{ "asks for a socket", asks_for_a_socket, 0 },
	{ "opens a file", opens, 1 },
	{ "executes a program", executes, 1 },
	{ "connects", connects, 1 },
	{ "forks", forks, 1 },
	{ "makes itself readable", traces, 1 },
	{ "maps memory to be run", makes_code, 1 },
	{ "makes memory to be run", changes_code, 1 },
	{ "unlinks a file", unlinks, 1 },
};

static int try(int (*act)(void))
{
	const struct rlimit none = { 0, 0 };
	int pair[2], status = 0;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(pair), 0);
	pid = fork();
	if (pid == 0) {
		dup2(pair[0], STDIN_FILENO);
		dup2(pair[1], STDOUT_FILENO);
		setrlimit(RLIMIT_CORE, &none);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sandbox_seal(NULL) < 0)
			_exit(NOT_SEALED);
		_exit(act() ? AS_IT_SHOULD : OTHERWISE);
	}
	CU_ASSERT_FATAL(pid > 0);
	close(pair[0]);
	close(pair[1]);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_filter(void)
{
	for (size_t i = 0; SEALS && i < ARRAY_LEN(rows); i++) {
		int status = try(rows[i].act);
		int good = rows[i].killed ?
			WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS :
			WIFEXITED(status) && WEXITSTATUS(status) == AS_IT_SHOULD;

		CU_ASSERT(good);
		if (!good)
			printf("\n%s: status %x\n", rows[i].what, (unsigned)status);
	}
}

static CU_TestInfo tests[] = {
	{ "whatever answering does not take kills", test_filter },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_sandbox = { "agent/sandbox", NULL, NULL, NULL, NULL, tests };
