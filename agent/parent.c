/* The parent: no threads, no libraries but the C one; reads the configuration, binds, opens, passes
 * descriptors on, starts both children and starts them again. It reads no socket and no key.
 *
 * Start: core, wait until it is ready (it may have to make the first TLS certificate), then the
 * front. SIGHUP, or the core asking for it: configuration read and checked, given to the core; when
 * the core has it, a new front on the same sockets; when that is ready, the old one drains.
 * SIGTERM: fronts drain, then the core finishes. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "agent/opening.h"
#include "agent/parent_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

#define START_MS 60000       /* a child that is not ready by then is killed */
#define RELOAD_MS 180000      /* the core waits for whoever uses the old configuration */
#define FRONT_DRAIN_MS 30000
#define CORE_DRAIN_MS 90000  /* a directory operation may have to time out */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 30000
#define BACKOFF_GOOD_MS 10000 /* who lived that long starts with a clean slate */
#define CHILDREN_MAX 16       /* polled; more draining fronts than that are killed */

static void log_fail(const char *event, const struct fail *f)
{
	log_error(event, "code=%s %s", code_name(f->code), f->evidence);
}

/* --- stopping -------------------------------------------------------------------------------- */

static int drain_role(struct parent *p, enum role role, int64_t within_ms)
{
	int n = 0;

	for (struct child *c = p->children; c != NULL; c = c->next) {
		if (c->role != role)
			continue;
		child_drain(c, within_ms);
		n++;
	}
	return n;
}

/* Fronts first, so that what they have in flight is still answered. */
static void go_on_stopping(struct parent *p)
{
	if (drain_role(p, ROLE_FRONT, FRONT_DRAIN_MS) == 0)
		drain_role(p, ROLE_CORE, CORE_DRAIN_MS);
}

static void begin_stop(struct parent *p, int exit_code)
{
	if (p->stopping)
		return;
	p->stopping = 1;
	p->exit_code = exit_code;
	sd_notify(0, "STOPPING=1");
	log_info("stopping", "exit=%d", exit_code);
	go_on_stopping(p);
}

/* --- starting -------------------------------------------------------------------------------- */

static void give_up(struct parent *p, struct child *c, const struct fail *f)
{
	log_fail("child-not-started", f);
	c->deadline = clock_mono_ms();
	if (!p->served)
		begin_stop(p, code_row(f->code)->exit);
}

static void start_core(struct parent *p)
{
	struct fail f = FAIL_INIT;
	struct child *c = spawn_child(p, ROLE_CORE, &f);

	p->core_backoff.at = 0;
	if (c == NULL) {
		log_fail("core-not-started", &f);
		p->core_backoff.at = clock_mono_ms() + BACKOFF_MAX_MS;
		return;
	}
	c->deadline = c->started + START_MS;
	if (feed_core(p, c, &p->now, &f) < 0)
		give_up(p, c, &f);
}

static void start_front(struct parent *p)
{
	struct fail f = FAIL_INIT;
	struct child *core = child_find(p, ROLE_CORE);
	struct child *c = spawn_child(p, ROLE_FRONT, &f);

	p->front_backoff.at = 0;
	if (c == NULL) {
		log_fail("front-not-started", &f);
		p->front_backoff.at = clock_mono_ms() + BACKOFF_MAX_MS;
		return;
	}
	c->deadline = c->started + START_MS;
	if ((core != NULL && core->ready && feed_pipe(core, c, &f) < 0) || feed_front(p, c, &f) < 0)
		give_up(p, c, &f);
}

/* A fresh core learns the certificates, then gets a pipe to each front. */
static void connect_core(struct parent *p, struct child *core)
{
	struct fail f = FAIL_INIT;

	if (feed_leafs(p, core, &f) < 0)
		log_fail("certificate", &f);
	for (struct child *c = p->children; c != NULL; c = c->next)
		if (c->role == ROLE_FRONT && feed_pipe(core, c, &f) < 0)
			log_fail("pipe", &f);
	if (child_find(p, ROLE_FRONT) == NULL && !p->stopping)
		start_front(p);
}

/* --- reload ---------------------------------------------------------------------------------- */

static void reload_over(struct parent *p, int good)
{
	setting_clear(&p->next);
	p->reload = RELOAD_NONE;
	p->reload_deadline = 0;
	if (!good)
		sockets_close_unwanted(p, p->now.conf);
	log_info("reload", "%s", good ? "done" : "failed, the old configuration goes on");
	sd_notify(0, "READY=1");
}

static void warn_fixed(const struct conf *now, const struct conf *next)
{
	const struct {
		const char *key, *a, *b;
	} fixed[] = {
		{ "user", now->user, next->user },
		{ "front-user", now->front_user, next->front_user },
		{ "state-dir", now->state_dir, next->state_dir },
		{ "control-socket", now->control_socket, next->control_socket },
	};

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (!text_equal(fixed[i].a, fixed[i].b))
			log_warn("reload", "[agent] %s changes at the next restart", fixed[i].key);
}

static void begin_reload(struct parent *p)
{
	struct fail f = FAIL_INIT;
	struct child *core = child_find(p, ROLE_CORE);
	char text[64];

	p->reload_wanted = 0;
	if (core == NULL || !core->ready || p->stopping) {
		p->reload_wanted = !p->stopping; /* when it is back */
		return;
	}
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)clock_mono_ms() * 1000);
	sd_notify(0, text);
	log_info("reload", "begins");
	if (setting_read(p->o->config, &p->next, &f) < 0 || sockets_open(p, p->next.conf, &f) < 0 ||
		feed_core_again(core, &p->next, &f) < 0) {
		log_fail("reload", &f);
		reload_over(p, 0);
		return;
	}
	warn_fixed(p->now.conf, p->next.conf);
	p->reload = RELOAD_CORE;
	p->reload_deadline = clock_mono_ms() + RELOAD_MS;
}

/* The core has the new configuration. */
static void reload_front(struct parent *p, struct child *core)
{
	struct fail f = FAIL_INIT;

	setting_clear(&p->now);
	p->now = p->next;
	p->next = (struct setting){ BYTES_INIT, NULL };
	p->reload = RELOAD_FRONT;
	if (feed_leafs(p, core, &f) < 0) {
		log_fail("certificate", &f);
		reload_over(p, 0);
		return;
	}
	start_front(p);
}

/* --- what children say ------------------------------------------------------------------------ */

static void on_core_ready(struct parent *p, struct child *c)
{
	int fresh = !c->ready;

	c->ready = 1;
	c->deadline = 0;
	p->trust_clock = 0;
	if (fresh)
		connect_core(p, c);
	else if (p->reload == RELOAD_CORE)
		reload_front(p, c);
}

static void on_front_ready(struct parent *p, struct child *c)
{
	c->ready = 1;
	c->deadline = 0;
	for (struct child *old = p->children; old != NULL; old = old->next)
		if (old->role == ROLE_FRONT && old != c)
			child_drain(old, FRONT_DRAIN_MS);
	if (p->reload == RELOAD_FRONT) {
		sockets_close_unwanted(p, p->now.conf);
		reload_over(p, 1);
	}
	if (p->served)
		return;
	p->served = 1;
	log_info("ready", "config=%s mode=%s", p->o->config,
		p->accounts.drops ? "two-accounts" : "single-user");
	sd_notify(0, "READY=1");
}

/* Said once, and it ends sooner, never later: a front that was taken over must neither stay by
 * talking nor stop a reload, which is the core's to refuse. */
static void on_failed(struct parent *p, struct child *c, const struct channel_message *m)
{
	int reloading = c->role == ROLE_CORE && c->ready && p->reload == RELOAD_CORE;
	int64_t soon = clock_mono_ms() + 5000; /* it should go by itself */
	enum code code = code_row((enum code)m->code)->code;
	char shown[CHANNEL_TEXT_MAX * 4 + 8];

	log_error("child-failed", "pid=%d code=%s evidence=%s", (int)c->pid, code_name(code),
		text_quote(m->text, CHANNEL_TEXT_MAX, shown, sizeof(shown)));
	if (reloading) { /* the core keeps what it had */
		reload_over(p, 0);
		return;
	}
	c->failed = 1;
	if (c->deadline == 0 || c->deadline > soon)
		c->deadline = soon;
	if (!p->served)
		begin_stop(p, code_row(code)->exit);
}

static void on_message(struct parent *p, struct child *c, const struct channel_message *m)
{
	if (c->failed)
		return;
	if (m->kind == CHANNEL_FAILED)
		on_failed(p, c, m);
	else if (m->kind == CHANNEL_RELOAD && c->role == ROLE_CORE)
		p->reload_wanted = 1;
	else if (m->kind == CHANNEL_READY && c->role == ROLE_CORE)
		on_core_ready(p, c);
	else if (m->kind == CHANNEL_READY && !c->ready && !c->draining)
		on_front_ready(p, c);
}

static void read_channel(struct parent *p, struct child *c)
{
	struct channel_message m;
	int rc = channel_receive(c->channel, &m);

	if (rc > 0)
		on_message(p, c, &m);
	if (rc < 0) { /* it has ended, or will have to */
		fd_close(&c->channel);
		if (c->deadline == 0)
			c->deadline = clock_mono_ms() + 1000;
	}
	channel_clear(&m);
}

/* --- children that end ------------------------------------------------------------------------ */

static void schedule(struct backoff *b, int64_t lived)
{
	b->delay = lived >= BACKOFF_GOOD_MS || b->delay == 0 ? BACKOFF_FIRST_MS : b->delay * 2;
	if (b->delay > BACKOFF_MAX_MS)
		b->delay = BACKOFF_MAX_MS;
	b->at = clock_mono_ms() + b->delay;
}

static void log_end(const struct child *c, int status)
{
	const char *role = c->role == ROLE_CORE ? "core" : "front";

	if (c->draining && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		log_info("child-ended", "role=%s pid=%d", role, (int)c->pid);
	else if (WIFSIGNALED(status))
		log_error("child-ended", "role=%s pid=%d signal=%d", role, (int)c->pid,
			WTERMSIG(status));
	else
		log_error("child-ended", "role=%s pid=%d exit=%d", role, (int)c->pid,
			WEXITSTATUS(status));
}

static void on_child_end(struct parent *p, struct child *c, int status)
{
	struct child gone = *c;
	int64_t lived = clock_mono_ms() - c->started;

	log_end(c, status);
	child_remove(p, c);
	if (p->stopping) {
		go_on_stopping(p);
		return;
	}
	if (!p->served) {
		begin_stop(p,
			WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status)
								 : EXIT_TRY_AGAIN);
		return;
	}
	if (gone.draining)
		return;
	if (gone.role == ROLE_CORE)
		schedule(&p->core_backoff, lived);
	else if (child_find(p, ROLE_FRONT) == NULL)
		schedule(&p->front_backoff, lived);
	if (gone.role == ROLE_CORE ? p->reload == RELOAD_CORE
				   : p->reload == RELOAD_FRONT && !gone.ready)
		reload_over(p, 0);
}

static void reap(struct parent *p)
{
	struct child *c;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		c = child_by_pid(p, pid);
		if (c != NULL)
			on_child_end(p, c, status);
	}
}

/* --- the loop --------------------------------------------------------------------------------- */

static void read_signals(struct parent *p)
{
	struct signalfd_siginfo info;

	while (read(p->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(p);
		else if (info.ssi_signo == SIGHUP)
			p->reload_wanted = 1;
		else
			begin_stop(p, EXIT_DONE);
	}
}

static void sooner(int64_t *at, int64_t other)
{
	if (other > 0 && (*at == 0 || other < *at))
		*at = other;
}

/* Milliseconds until something is due, -1: nothing is. */
static int wait_ms(const struct parent *p)
{
	int64_t at = 0, now = clock_mono_ms();

	sooner(&at, p->core_backoff.at);
	sooner(&at, p->front_backoff.at);
	sooner(&at, p->reload_deadline);
	for (const struct child *c = p->children; c != NULL; c = c->next)
		sooner(&at, c->deadline);
	return at == 0 ? -1 : at <= now ? 0 : (int)(at - now);
}

static void do_due(struct parent *p)
{
	int64_t now = clock_mono_ms();

	for (struct child *c = p->children; c != NULL; c = c->next) {
		if (c->deadline == 0 || c->deadline > now)
			continue;
		log_warn("child-killed", "pid=%d it did not come to an end", (int)c->pid);
		kill(c->pid, SIGKILL);
		c->deadline = now + 1000;
	}
	if (p->stopping)
		return;
	if (p->core_backoff.at != 0 && p->core_backoff.at <= now)
		start_core(p);
	if (p->front_backoff.at != 0 && p->front_backoff.at <= now)
		start_front(p);
	if (p->reload_deadline != 0 && p->reload_deadline <= now)
		reload_over(p, 0);
	if (p->reload_wanted && p->reload == RELOAD_NONE && p->served)
		begin_reload(p);
}

static void poll_once(struct parent *p)
{
	struct pollfd fds[CHILDREN_MAX + 1] = { { .fd = p->signals, .events = POLLIN } };
	struct child *of[CHILDREN_MAX + 1] = { NULL };
	nfds_t n = 1;

	for (struct child *c = p->children; c != NULL; c = c->next) {
		if (n == CHILDREN_MAX + 1) {
			kill(c->pid, SIGKILL);
			continue;
		}
		fds[n] = (struct pollfd){ .fd = c->channel, .events = POLLIN };
		of[n++] = c;
	}
	if (poll(fds, n, wait_ms(p)) < 0 && errno != EINTR)
		abort();
	for (nfds_t i = 1; i < n; i++)
		if (fds[i].revents != 0 && of[i]->channel >= 0)
			read_channel(p, of[i]);
	if (fds[0].revents != 0)
		read_signals(p); /* last: it removes children */
	do_due(p);
}

static int block_signals(struct fail *f)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return fail_errno(f, ENR_INTERNAL, "signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? fail_errno(f, ENR_INTERNAL, "signals") : fd;
}

static int prepare(struct parent *p, struct fail *f)
{
	p->signals = block_signals(f);
	if (p->signals < 0 || setting_read(p->o->config, &p->now, f) < 0 ||
		accounts_find(p->now.conf, p->o->single_user, &p->accounts, f) < 0 ||
		opening_folders(p->now.conf, &p->accounts, f) < 0)
		return -1;
	/* First of all: it waits for what an enrolld that was killed has left running. */
	p->control = opening_control(p->now.conf->control_socket, f);
	return p->control < 0 || sockets_open(p, p->now.conf, f) < 0 ? -1 : 0;
}

int parent_run(const struct options *o)
{
	struct parent p = {
		.o = o, .signals = -1, .control = -1, .trust_clock = o->trust_clock
	};
	struct fail f = FAIL_INIT;

	signal(SIGPIPE, SIG_IGN);
	if (prepare(&p, &f) < 0) {
		log_fail("start", &f);
		p.exit_code = code_row(f.code)->exit;
	} else {
		if (!p.accounts.drops)
			log_warn("single-user",
				"front and core share uid %u: who takes over the front can "
				"read the core's keys and its directory password",
				(unsigned)p.accounts.core.uid);
		start_core(&p);
		while (!p.stopping || p.children != NULL)
			poll_once(&p);
	}
	if (p.control >= 0)
		unlink(p.now.conf->control_socket);
	sockets_close_unwanted(&p, NULL);
	free(p.sockets);
	setting_clear(&p.now);
	setting_clear(&p.next);
	fd_close(&p.control);
	fd_close(&p.signals);
	return p.exit_code;
}
