#include "agent/ops/control.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/http.h>

#include "agent/loop/loop.h"
#include "agent/loop/work.h"
#include "agent/ops/control_private.h"
#include "lib/base/clean.h"

enum { LAST_WORDS_MS = 2000 };

static void *run_loop(void *control)
{
	struct control *c = control;

	loop_run(c->loop);
	return NULL;
}

static int start_thread(struct control *c, struct fail *f)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&c->thread, NULL, run_loop, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = rc;
	return rc == 0 ? 0 : fail_errno(f, ENR_INTERNAL, "a thread for the control socket");
}

static int open_http(struct control *c, struct fail *f)
{
	if (fcntl(c->setup.fd, F_SETFL, fcntl(c->setup.fd, F_GETFL) | O_NONBLOCK) < 0)
		return fail_errno(f, ENR_LISTEN_FAILED, "the control socket");
	c->http = evhttp_new(loop_base(c->loop));
	if (c->http == NULL)
		return fail(f, ENR_INTERNAL, "no memory for the control socket");
	evhttp_set_max_body_size(c->http, CONTROL_BODY_MAX);
	evhttp_set_max_headers_size(c->http, CONTROL_HEADERS_MAX);
	evhttp_set_allowed_methods(c->http, EVHTTP_REQ_POST | EVHTTP_REQ_GET);
	evhttp_set_timeout(c->http, CONTROL_IDLE_S);
	evhttp_set_bevcb(c->http, connection_make, c);
	evhttp_set_gencb(c->http, control_serve, c);
	c->bound = evhttp_accept_socket_with_handle(c->http, c->setup.fd);
	if (c->bound == NULL)
		return fail(f, ENR_LISTEN_FAILED, "the control socket cannot be served");
	c->setup.fd = -1;
	return 0;
}

static void control_free(struct control *c)
{
	if (c->work)
		work_free(&c->work);
	loop_timer_free(&c->patience);
	connections_look(c); /* so that each learns of its end */
	if (c->http)
		evhttp_free(c->http); /* with its connections */
	fd_close(&c->setup.fd);
	event_free(c->fresh);
	loop_flush(c->loop);
	loop_free(&c->loop);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	free(c->snapshot);
	free(c);
}

static void on_fresh(evutil_socket_t fd, short what, void *control)
{
	(void)fd;
	(void)what;
	connections_look(control);
}

struct control *control_start(const struct control_setup *setup, struct fail *f)
{
	struct control *c = mem_new(sizeof(*c));

	json_set_alloc_funcs(mem_wiped_new, mem_wiped_free);
	c->setup = *setup;
	c->loop = loop_new();
	c->fresh = event_new(loop_base(c->loop), -1, 0, on_fresh, c);
	if (c->fresh == NULL)
		abort();
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	c->snapshot = mem_new(sizeof(*c->snapshot));
	c->snapshot->conf = setup->conf;
	if (open_http(c, f) < 0) {
		control_free(c);
		return NULL;
	}
	c->work = work_new(CONTROL_WORKERS, CONTROL_QUEUE);
	if (start_thread(c, f) < 0) {
		control_free(c);
		return NULL;
	}
	return c;
}

void control_reload(struct control *c, const struct conf *conf)
{
	struct snapshot *fresh = mem_new(sizeof(*fresh)), *old;

	fresh->conf = conf;
	pthread_mutex_lock(&c->lock);
	old = c->snapshot;
	c->snapshot = fresh;
	while (old->users > 0)
		pthread_cond_wait(&c->changed, &c->lock);
	pthread_mutex_unlock(&c->lock);
	free(old);
}

static void halt(void *control)
{
	struct control *c = control;

	evhttp_del_accept_socket(c->http, c->bound);
	c->stopping = 1;
	pthread_mutex_lock(&c->lock);
	c->halted = 1;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

static void give_up(void *control)
{
	struct control *c = control;

	loop_stop(c->loop);
}

/* All answers are on their way; the loop ends with the last, or when nobody reads them. */
static void finish(void *control)
{
	struct control *c = control;

	c->stopping = 2;
	c->patience = loop_timer_new(c->loop, LAST_WORDS_MS, give_up, c);
	if (c->unsent == 0)
		loop_stop(c->loop);
}

void control_stop(struct control **control)
{
	struct control *c = *control;

	if (c == NULL)
		return;
	*control = NULL;
	loop_post(c->loop, halt, c);
	pthread_mutex_lock(&c->lock);
	while (!c->halted)
		pthread_cond_wait(&c->changed, &c->lock);
	pthread_mutex_unlock(&c->lock);
	work_free(&c->work);
	loop_post(c->loop, finish, c);
	pthread_join(c->thread, NULL);
	control_free(c);
}
