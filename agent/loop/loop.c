#include "agent/loop/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"

struct post {
	loop_call *fn;
	void *arg;
	struct post *next;
};

struct loop {
	struct event_base *base;
	struct event *woken;
	int wake; /* eventfd: somebody posted */
	int stopped;
	pthread_mutex_t lock; /* first, last */
	struct post *first, **last;
};

struct loop_timer {
	struct event *event;
	loop_call *fn;
	void *arg;
};

struct loop_watch {
	struct event *event;
	loop_call *fn;
	void *arg;
};

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static struct post *take_posts(struct loop *l)
{
	struct post *list;

	pthread_mutex_lock(&l->lock);
	list = l->first;
	l->first = NULL;
	l->last = &l->first;
	pthread_mutex_unlock(&l->lock);
	return list;
}

void loop_flush(struct loop *l)
{
	struct post *next;

	for (struct post *p = take_posts(l); p != NULL; p = next) {
		next = p->next;
		p->fn(p->arg);
		free(p);
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	uint64_t count;

	(void)what;
	(void)!read(fd, &count, sizeof(count));
	loop_flush(arg);
}

struct loop *loop_new(void)
{
	struct loop *l = mem_new(sizeof(*l));

	signal(SIGPIPE, SIG_IGN);
	pthread_mutex_init(&l->lock, NULL);
	l->last = &l->first;
	l->base = event_base_new();
	must(l->base != NULL, "event loop");
	l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(l->wake >= 0, "eventfd");
	l->woken = event_new(l->base, l->wake, EV_READ | EV_PERSIST, on_wake, l);
	must(l->woken != NULL && event_add(l->woken, NULL) == 0, "event loop");
	return l;
}

void loop_free(struct loop **l)
{
	struct post *next;

	if (*l == NULL)
		return;
	for (struct post *p = take_posts(*l); p != NULL; p = next) {
		next = p->next;
		free(p);
	}
	event_free((*l)->woken);
	event_base_free((*l)->base);
	fd_close(&(*l)->wake);
	pthread_mutex_destroy(&(*l)->lock);
	free(*l);
	*l = NULL;
}

struct event_base *loop_base(struct loop *l)
{
	return l->base;
}

void loop_run(struct loop *l)
{
	while (!l->stopped)
		must(event_base_loop(l->base, EVLOOP_ONCE) >= 0, "event loop");
	l->stopped = 0;
}

void loop_stop(struct loop *l)
{
	l->stopped = 1;
}

void loop_post(struct loop *l, loop_call *fn, void *arg)
{
	struct post *p = mem_new(sizeof(*p));
	uint64_t one = 1;

	p->fn = fn;
	p->arg = arg;
	pthread_mutex_lock(&l->lock);
	*l->last = p;
	l->last = &p->next;
	pthread_mutex_unlock(&l->lock);
	(void)!write(l->wake, &one, sizeof(one));
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	t->fn(t->arg);
}

struct loop_timer *loop_timer_new(struct loop *l, int64_t ms, loop_call *fn, void *arg)
{
	struct loop_timer *t = mem_new(sizeof(*t));
	struct timeval every = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	t->fn = fn;
	t->arg = arg;
	t->event = event_new(l->base, -1, EV_PERSIST, on_timer, t);
	must(t->event != NULL && event_add(t->event, &every) == 0, "timer");
	return t;
}

void loop_timer_free(struct loop_timer **t)
{
	if (*t == NULL)
		return;
	event_free((*t)->event);
	free(*t);
	*t = NULL;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct loop_watch *w = arg;

	(void)fd;
	(void)what;
	w->fn(w->arg);
}

struct loop_watch *loop_watch_new(struct loop *l, int fd, loop_call *fn, void *arg)
{
	struct loop_watch *w = mem_new(sizeof(*w));

	w->fn = fn;
	w->arg = arg;
	w->event = event_new(l->base, fd, EV_READ | EV_PERSIST, on_readable, w);
	must(w->event != NULL && event_add(w->event, NULL) == 0, "watch");
	return w;
}

void loop_watch_free(struct loop_watch **w)
{
	if (*w == NULL)
		return;
	event_free((*w)->event);
	free(*w);
	*w = NULL;
}
