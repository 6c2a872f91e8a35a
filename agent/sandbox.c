#include "agent/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <seccomp.h>

#include "lib/base/clean.h"

#ifdef ENROLL_SANITIZED
#define DUMPABLE 1 /* the leak checker attaches to its own process */
#else
#define DUMPABLE 0
#endif

static int drop(const struct options *o, struct fail *f)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (setgroups(0, NULL) < 0 || setresgid(o->gid, o->gid, o->gid) < 0 ||
		setresuid(o->uid, o->uid, o->uid) < 0)
		return fail_errno(f, ENR_SANDBOX_FAILED, "become uid %u", (unsigned)o->uid);
	if (getresuid(&r, &e, &s) < 0 || getresgid(&rg, &eg, &sg) < 0 || r != o->uid ||
		e != o->uid || s != o->uid || rg != o->gid || eg != o->gid || sg != o->gid)
		return fail(f, ENR_SANDBOX_FAILED, "uid and gid are not what was set");
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0)
		return fail(f, ENR_SANDBOX_FAILED, "root could be taken back");
	return 0;
}

int sandbox_enter(const struct options *o, const char *name, struct fail *f)
{
	const struct rlimit none = { 0, 0 };

	umask(077);
	prctl(PR_SET_NAME, name);
	if (o->drops && (o->uid == 0 || o->gid == 0))
		return fail(f, ENR_SANDBOX_FAILED, "the account is root");
	if (o->drops && drop(o, f) < 0)
		return -1;
	/* No parent, no child: nothing of it goes on beside the next one's. Set here, since giving
	 * up root forgets it; a parent that ended before is seen by the channel. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_DUMPABLE, DUMPABLE) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return fail_errno(f, ENR_SANDBOX_FAILED, "give up rights");
	return 0;
}

#ifdef ENROLL_SANITIZED

int sandbox_seal(struct fail *f)
{
	(void)f;
	return 0;
}

#else

/* Everything that answering takes; anything else kills. */
static const int allowed[] = {
	/* sockets that exist or come in */
	SCMP_SYS(accept4), SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(shutdown), SCMP_SYS(close), SCMP_SYS(getpeername), SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(ioctl), SCMP_SYS(fcntl),
	/* the loop */
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(time), SCMP_SYS(clock_nanosleep), SCMP_SYS(restart_syscall),
	/* memory (mmap: below) */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(getrandom),
	/* ends and signals */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill),
};

/* Answered with an error instead, because a library asks where "no" is fine: the name of an
 * interface behind a link-local address (socket). */
static const int refused[] = {
	SCMP_SYS(socket),
};

static void filter_clean(scmp_filter_ctx *ctx)
{
	if (*ctx != NULL)
		seccomp_release(*ctx);
}

int sandbox_seal(struct fail *f)
{
	autoclean(filter_clean) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = ctx ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(allowed); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(refused); i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
	if (rc == 0) /* memory, but none that can be run */
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (rc == 0)
		return 0;
	errno = -rc;
	return fail_errno(f, ENR_SANDBOX_FAILED, "system call filter");
}

#endif
