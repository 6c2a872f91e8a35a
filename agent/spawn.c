/* Children: fork and exec of our own binary, and the list of those that run. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/parent_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

#define SPARE_FILES 256 /* descriptors of a front besides its connections */
#define CORE_FILES 1024 /* a control socket full of people, the directory, the store */
#define ARGS_MAX 8
#define ENV_MAX 16

static const char *const names[ROLES] = { [ROLE_FRONT] = "front", [ROLE_CORE] = "core" };

/* What a child may know of our environment. */
static const char *const env_kept[] = {
	"PATH", "TZ", "LANG", "JOURNAL_STREAM", "KRB5_CONFIG", "ASAN_OPTIONS", "UBSAN_OPTIONS",
	"LSAN_OPTIONS", "TSAN_OPTIONS",
};

struct command {
	char role[32], uid[32], gid[32];
	const char *argv[ARGS_MAX];
	char *env[ENV_MAX];
};

static void build_command(const struct parent *p, enum role role, struct command *c)
{
	const struct account *a = role == ROLE_FRONT ? &p->accounts.front : &p->accounts.core;
	size_t n = 0, e = 0;

	snprintf(c->role, sizeof(c->role), "--role=%s", names[role]);
	snprintf(c->uid, sizeof(c->uid), "--uid=%u", (unsigned)a->uid);
	snprintf(c->gid, sizeof(c->gid), "--gid=%u", (unsigned)a->gid);
	c->argv[n++] = "enrolld";
	c->argv[n++] = c->role;
	c->argv[n++] = "--config";
	c->argv[n++] = p->o->config;
	if (p->accounts.drops) {
		c->argv[n++] = c->uid;
		c->argv[n++] = c->gid;
	} else {
		c->argv[n++] = "--single-user";
	}
	if (p->trust_clock && role == ROLE_CORE)
		c->argv[n++] = "--trust-clock";
	c->argv[n] = NULL;
	for (size_t i = 0; i < ARRAY_LEN(env_kept); i++)
		if (getenv(env_kept[i]) != NULL)
			c->env[e++] = mem_printf("%s=%s", env_kept[i], getenv(env_kept[i]));
	c->env[e] = NULL;
}

static void clear_command(struct command *c)
{
	for (size_t i = 0; c->env[i] != NULL; i++)
		free(c->env[i]);
}

/* Room for that many descriptors, or for as many as we may have. */
static void make_room(rlim_t files)
{
	struct rlimit now, more;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0 || now.rlim_cur >= files)
		return;
	more = (struct rlimit){ files, files > now.rlim_max ? files : now.rlim_max };
	if (setrlimit(RLIMIT_NOFILE, &more) == 0)
		return;
	now.rlim_cur = now.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &now);
}

/* Between fork and exec: only its channel and the log stay open. Never returns. */
static void become(const struct command *c, int channel, rlim_t files)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	if (channel == CHANNEL_FD)
		fcntl(channel, F_SETFD, 0);
	else
		dup2(channel, CHANNEL_FD);
	close_range(CHANNEL_FD + 1, ~0u, 0);
	make_room(files);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_IGN); /* children end when the parent says so */
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	if (chdir("/") == 0)
		execve("/proc/self/exe", (char *const *)c->argv, c->env);
	_exit(127);
}

static rlim_t files_for(const struct parent *p, enum role role)
{
	return role == ROLE_FRONT ? (rlim_t)p->now.conf->max_connections + SPARE_FILES : CORE_FILES;
}

struct child *spawn_child(struct parent *p, enum role role, struct fail *f)
{
	struct command command = { .role = "" };
	int pair[2];
	struct child *c;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		fail_errno(f, ENR_INTERNAL, "channel");
		return NULL;
	}
	build_command(p, role, &command);
	pid = fork();
	if (pid == 0)
		become(&command, pair[1], files_for(p, role));
	clear_command(&command);
	close(pair[1]);
	if (pid < 0) {
		fail_errno(f, ENR_INTERNAL, "fork");
		close(pair[0]);
		return NULL;
	}
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	c = mem_new(sizeof(*c));
	c->role = role;
	c->pid = pid;
	c->channel = pair[0];
	c->started = clock_mono_ms();
	c->next = p->children;
	p->children = c;
	return c;
}

struct child *child_find(struct parent *p, enum role role)
{
	for (struct child *c = p->children; c != NULL; c = c->next)
		if (c->role == role && !c->draining)
			return c;
	return NULL;
}

struct child *child_by_pid(struct parent *p, pid_t pid)
{
	struct child *c = p->children;

	while (c != NULL && c->pid != pid)
		c = c->next;
	return c;
}

void child_remove(struct parent *p, struct child *c)
{
	struct child **at = &p->children;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	fd_close(&c->channel);
	free(c);
}

void child_drain(struct child *c, int64_t within_ms)
{
	struct channel_message m = CHANNEL_MESSAGE(CHANNEL_DRAIN);
	int64_t end = clock_mono_ms() + within_ms;

	if (c->draining)
		return;
	c->draining = 1;
	if (c->deadline == 0 || c->deadline > end) /* who said that it failed has less time */
		c->deadline = end;
	if (c->channel < 0 || channel_send(c->channel, &m) < 0)
		kill(c->pid, SIGKILL);
}
