/* The core: records, rules, directory, CA. Its start is the table below, its end the table
 * backwards. */
#include "agent/core.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "agent/child.h"
#include "agent/sandbox.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/pki/cert.h"
#include "lib/pki/hash.h"
#include "lib/xml/xml.h"

#define LOG_MAX 1400

static int start_given(struct core *c, struct fail *f);
static int start_store(struct core *c, struct fail *f);
static int start_ca(struct core *c, struct fail *f);
static int start_join(struct core *c, struct fail *f);
static int start_enrollment(struct core *c, struct fail *f);
static int start_certificate(struct core *c, struct fail *f);
static int start_edge(struct core *c, struct fail *f);
static int start_control(struct core *c, struct fail *f);
static int start_chores(struct core *c, struct fail *f);
static int start_channel(struct core *c, struct fail *f);
static void stop_given(struct core *c);
static void stop_store(struct core *c);
static void stop_ca(struct core *c);
static void stop_join(struct core *c);
static void stop_enrollment(struct core *c);
static void stop_edge(struct core *c);
static void stop_control(struct core *c);
static void stop_chores(struct core *c);
static void stop_channel(struct core *c);

/* A stop copes with a start that failed or never ran. */
static const struct phase {
	const char *name;
	int (*start)(struct core *c, struct fail *f);
	void (*stop)(struct core *c);
} phases[] = {
	{ "configuration", start_given, stop_given },
	{ "store", start_store, stop_store },
	{ "CA", start_ca, stop_ca },
	{ "directory", start_join, stop_join },
	{ "enrollment", start_enrollment, stop_enrollment },
	{ "TLS certificate", start_certificate, NULL },
	{ "chores", start_chores, stop_chores },
	{ "pipe", start_edge, stop_edge },
	{ "control socket", start_control, stop_control },
	{ "channel", start_channel, stop_channel },
};

/* --- configuration and what else the parent gives ----------------------------------------------
 */

static int take(struct channel_message *m, void *arg, struct fail *f)
{
	struct core *c = arg;

	if (m->kind == CHANNEL_CONFIG) {
		c->arriving = child_conf(m->fd[0], c->o->config, f);
		return c->arriving ? 0 : -1;
	}
	if (m->kind == CHANNEL_CONTROL) {
		fd_close(&c->control_fd);
		c->control_fd = m->fd[0];
		m->fd[0] = -1;
	}
	return 0;
}

static int start_given(struct core *c, struct fail *f)
{
	pthread_rwlock_init(&c->conf_lock, NULL);
	c->loop = loop_new();
	if (child_collect(take, c, f) < 0)
		return -1;
	if (c->arriving == NULL || c->control_fd < 0)
		return fail(f, ENR_INTERNAL, "configuration or control socket was not given");
	c->first = c->conf = c->arriving;
	c->arriving = NULL;
	xml_prepare();
	return 0;
}

static void stop_given(struct core *c)
{
	if (c->conf != c->first)
		conf_free(&c->conf);
	for (size_t i = 0; i < c->n_retired; i++)
		conf_free(&c->retired[i]);
	free(c->retired);
	conf_free(&c->first);
	conf_free(&c->arriving);
	fd_close(&c->control_fd);
	loop_free(&c->loop);
	pthread_rwlock_destroy(&c->conf_lock);
}

/* --- the parts -------------------------------------------------------------------------------- */

static int start_store(struct core *c, struct fail *f)
{
	c->store = store_open(c->first, f);
	if (c->store && c->o->trust_clock)
		return store_clock_trust(c->store, clock_now(), f);
	return c->store ? 0 : -1;
}

static void stop_store(struct core *c)
{
	store_close(&c->store);
}

static int start_ca(struct core *c, struct fail *f)
{
	c->ca = ca_open(c->first->ca_dir, f);
	return c->ca ? 0 : -1;
}

static void stop_ca(struct core *c)
{
	ca_close(&c->ca);
}

static int start_join(struct core *c, struct fail *f)
{
	c->join = join_open(c->first, f);
	return c->join ? 0 : -1;
}

static void stop_join(struct core *c)
{
	join_close(&c->join);
}

static void tell_fronts(void *arg)
{
	struct core *c = arg;

	if (c->edge != NULL)
		edge_core_news(c->edge);
}

/* On any thread. */
static void crl_changed(void *arg)
{
	struct core *c = arg;

	loop_post(c->loop, tell_fronts, c);
}

static int start_enrollment(struct core *c, struct fail *f)
{
	const struct enrollment_parts parts = { c->store, c->join, c->ca, crl_changed, c };

	c->enrollment = enrollment_open(c->conf, &parts, f);
	return c->enrollment ? 0 : -1;
}

static void stop_enrollment(struct core *c)
{
	enrollment_close(&c->enrollment);
}

/* Not fatal: a listener may well have a certificate of somebody else's. */
static int start_certificate(struct core *c, struct fail *f)
{
	struct fail why = FAIL_INIT;

	(void)f;
	if (core_renew(c, &why) < 0)
		log_warn("certificate", "code=%s %s", code_name(why.code), why.evidence);
	return 0;
}

static int start_chores(struct core *c, struct fail *f)
{
	(void)f;
	c->chores = chores_start(c);
	return 0;
}

static void stop_chores(struct core *c)
{
	chores_stop(&c->chores);
}

/* --- the pipe --------------------------------------------------------------------------------- */

/* On a worker. */
static void handle(const struct enroll_request *q, struct enroll_reply *reply, void *arg)
{
	struct core *c = arg;
	char line[LOG_MAX] = "";
	int64_t began = clock_mono_ms();

	enrollment_handle(c->enrollment, q, reply, line, sizeof(line));
	if (q->kind == REQUEST_CRL && reply->code == ENR_NONE)
		return; /* the front's line says it all */
	if (reply->code == ENR_NONE)
		log_info("decided", "%s ms=%lld", line, (long long)(clock_mono_ms() - began));
	else
		log_warn("decided", "%s ms=%lld", line, (long long)(clock_mono_ms() - began));
}

/* Cut off for what it sent or did not read, it would answer "core gone" from now on: a new front
 * takes its place. */
static void front_gone(const char *why, void *arg)
{
	(void)arg;
	log_info("front-gone", "why=\"%s\"", why);
	if (strcmp(why, "closed") != 0)
		child_say(CHANNEL_RELOAD);
}

static int start_edge(struct core *c, struct fail *f)
{
	const struct edge_core_setup setup = {
		.workers = (size_t)c->first->workers,
		.queue = (size_t)c->first->queue,
		.handle = handle,
		.front_gone = front_gone,
		.arg = c,
	};

	(void)f;
	c->edge = edge_core_new(c->loop, &setup);
	return 0;
}

static void stop_edge(struct core *c)
{
	edge_core_free(&c->edge);
}

static int start_control(struct core *c, struct fail *f)
{
	struct control_setup setup = {
		.fd = c->control_fd,
		.conf = c->conf,
		.context = &c->context,
		.single_user = c->o->single_user,
	};

	c->context = (struct command_context){
		.enrollment = c->enrollment,
		.store = c->store,
		.join = c->join,
		.ca = c->ca,
		.edge = c->edge,
		.single_user = c->o->single_user,
		.started = clock_now(),
	};
	setup.rows = command_rows(&setup.n_rows);
	c->control_fd = -1;
	c->control = control_start(&setup, f);
	return c->control ? 0 : -1;
}

static void stop_control(struct core *c)
{
	control_stop(&c->control);
}

/* --- the channel: reload, leafs, pipes, the end
 * --------------------------------------------------- */

static void reloaded(void *arg)
{
	(void)arg;
	child_say(CHANNEL_READY);
}

/* On the reload thread. */
static void reload(void *arg)
{
	struct core *c = arg;

	core_reload(c);
	loop_post(c->loop, reloaded, c);
}

static void on_leaf(struct core *c, struct channel_message *m)
{
	autoclean(bytes_free) struct bytes pem = BYTES_INIT;
	autoclean(cert_list_free) struct cert_list list = { NULL, 0 };
	struct fail f = FAIL_INIT;
	uint8_t hash[SHA256_LEN];

	if (child_file(m->fd[0], m->text, &pem, &f) < 0 ||
		cert_list_parse_pem(pem.data, pem.len, 8, &list, &f) < 0 || list.n == 0) {
		log_error("certificate", "listener=%s %s", m->text, f.evidence);
		return;
	}
	pki_sha256(list.der[0].data, list.der[0].len, hash);
	enrollment_leaf(c->enrollment, m->text, hash);
}

static void on_message(struct core *c, struct channel_message *m)
{
	struct fail f = FAIL_INIT;

	switch (m->kind) {
	case CHANNEL_CONFIG:
		if (c->arriving != NULL)
			break; /* one after the other */
		c->arriving = child_conf(m->fd[0], c->o->config, &f);
		if (c->arriving == NULL)
			child_failed(&f);
		break;
	case CHANNEL_GO:
		if (c->arriving != NULL)
			(void)work_add(c->reloads, reload, c);
		break;
	case CHANNEL_TLS:
		on_leaf(c, m);
		break;
	case CHANNEL_PIPE:
		edge_core_attach(c->edge, m->fd[0]);
		m->fd[0] = -1;
		break;
	case CHANNEL_DRAIN:
		loop_stop(c->loop);
		break;
	default:
		break;
	}
}

static void on_channel(void *arg)
{
	struct core *c = arg;
	struct channel_message m;
	int rc = channel_receive(CHANNEL_FD, &m);

	if (rc > 0)
		on_message(c, &m);
	if (rc < 0)
		loop_stop(c->loop); /* no parent, no core */
	channel_clear(&m);
}

static int start_channel(struct core *c, struct fail *f)
{
	c->reloads = work_new(1, 1);
	if (fcntl(CHANNEL_FD, F_SETFL, O_NONBLOCK) < 0)
		return fail_errno(f, ENR_INTERNAL, "channel");
	c->channel = loop_watch_new(c->loop, CHANNEL_FD, on_channel, c);
	return 0;
}

static void stop_channel(struct core *c)
{
	work_free(&c->reloads);
	loop_watch_free(&c->channel);
}

/* ------------------------------------------------------------------------------------------------
 */

static int start(struct core *c, struct fail *f)
{
	if (sandbox_enter(c->o, "enrolld-core", f) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++)
		if (phases[i].start(c, f) < 0)
			return fail_in(f, "%s", phases[i].name);
	return 0;
}

int core_run(const struct options *o)
{
	struct core c = { .o = o, .control_fd = -1 };
	struct fail f = FAIL_INIT;
	int rc = EXIT_DONE;

	if (start(&c, &f) < 0) {
		rc = child_failed(&f);
	} else {
		child_say(CHANNEL_READY);
		loop_run(c.loop);
	}
	for (size_t i = ARRAY_LEN(phases); i-- > 0;)
		if (phases[i].stop != NULL)
			phases[i].stop(&c);
	return rc;
}
