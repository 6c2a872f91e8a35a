/* The front: TLS, HTTP and XML of strangers. Holds the TLS keys and nothing else: no record, no CA
 * key, no directory. After its start it can open nothing (agent/sandbox.h). */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "agent/child.h"
#include "agent/dialect/crl.h"
#include "agent/dialect/native.h"
#include "agent/http/tls.h"
#include "agent/sandbox.h"
#include "lib/base/clean.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"
#include "lib/xml/xml.h"

#define DRAIN_MAX_MS 28000  /* the parent kills after 30 s */
#define CORE_ANSWER_MS 60000
#define SPARE_FILES 32      /* descriptors that are no connections, at least */

/* One row of the configuration, as the front serves it. */
struct row {
	const struct conf_listener *conf;
	struct tls *tls;             /* NULL: plain */
	struct http_service service;
};

struct socket_given {
	char *listener;
	int fd;
};
struct tls_given {
	char *listener;
	struct bytes cert, key;
};

struct front {
	const struct options *o;
	struct conf *conf;
	int pipe;                    /* given before the start; -1: none */
	struct socket_given *sockets;
	size_t n_sockets;
	struct tls_given *certs;
	size_t n_certs;
	struct row *rows;            /* as conf->listener */
	struct loop *loop;
	struct loop_watch *channel;
	struct loop_timer *drain_end;
	struct edge_front *edge;
	struct crl *crl;
	struct http *http;
};

/* --- what the parent gives -------------------------------------------------------------------- */

static int take_tls(struct front *fr, struct channel_message *m, struct fail *f)
{
	struct tls_given *t;

	fr->certs = mem_grow(fr->certs, fr->n_certs + 1, sizeof(*fr->certs));
	t = &fr->certs[fr->n_certs++];
	*t = (struct tls_given){ mem_text(m->text), BYTES_INIT, BYTES_INIT };
	if (child_file(m->fd[0], m->text, &t->cert, f) < 0)
		return -1;
	return child_file(m->fd[1], m->text, &t->key, f);
}

static int take(struct channel_message *m, void *arg, struct fail *f)
{
	struct front *fr = arg;

	switch (m->kind) {
	case CHANNEL_CONFIG:
		fr->conf = child_conf(m->fd[0], fr->o->config, f);
		return fr->conf ? 0 : -1;
	case CHANNEL_TLS:
		return take_tls(fr, m, f);
	case CHANNEL_LISTENER:
		fr->sockets = mem_grow(fr->sockets, fr->n_sockets + 1, sizeof(*fr->sockets));
		fr->sockets[fr->n_sockets++] = (struct socket_given){ mem_text(m->text), m->fd[0] };
		m->fd[0] = -1;
		return 0;
	case CHANNEL_PIPE:
		fr->pipe = m->fd[0];
		m->fd[0] = -1;
		return 0;
	default:
		return 0;
	}
}

/* --- rows ------------------------------------------------------------------------------------ */

static void warn_names(const struct row *row)
{
	const struct bytes *leaf = tls_leaf(row->tls);

	for (size_t i = 0; i < row->conf->public_name.n; i++)
		if (!cert_has_name(leaf->data, leaf->len, row->conf->public_name.item[i]))
			log_warn("certificate", "listener=%s does not carry the public name %s",
				row->conf->name, row->conf->public_name.item[i]);
}

static int row_tls(struct front *fr, struct row *row, struct fail *f)
{
	for (size_t i = 0; i < fr->n_certs && row->tls == NULL; i++) {
		struct tls_given *t = &fr->certs[i];

		if (!text_equal(t->listener, row->conf->name))
			continue;
		row->tls = tls_new(&t->cert, &t->key, f);
		if (row->tls == NULL)
			return fail_in(f, "listener %s", row->conf->name);
	}
	if (row->tls == NULL)
		return fail(f, ENR_KEY_FILE, "listener %s: no certificate", row->conf->name);
	warn_names(row);
	return 0;
}

static int make_rows(struct front *fr, struct fail *f)
{
	fr->rows = mem_array(fr->conf->n_listener, sizeof(*fr->rows));
	for (size_t i = 0; i < fr->conf->n_listener; i++) {
		struct row *row = &fr->rows[i];

		row->conf = &fr->conf->listener[i];
		if (row->conf->serves_enroll) {
			native_service(fr->edge, &row->service);
			if (row_tls(fr, row, f) < 0)
				return -1;
		} else {
			crl_service(fr->crl, &row->service);
		}
	}
	return 0;
}

static int listen_all(struct front *fr, struct fail *f)
{
	for (size_t i = 0; i < fr->n_sockets; i++) {
		struct socket_given *s = &fr->sockets[i];

		for (size_t j = 0; j < fr->conf->n_listener && s->fd >= 0; j++) {
			struct row *row = &fr->rows[j];
			struct http_listener l = { row->conf->name, row->tls, &row->service };
			int fd = s->fd;

			if (!text_equal(s->listener, row->conf->name))
				continue;
			s->fd = -1;
			if (http_listen(fr->http, fd, &l, f) < 0)
				return -1;
		}
		fd_close(&s->fd);
	}
	return 0;
}

/* --- throttles ------------------------------------------------------------------------------- */

_Static_assert(THROTTLE_NETWORK_MAX == PEER_NETWORK_MAX, "names of networks");

static void throttles(const struct throttle_ask *q, struct throttle_list *out, void *arg)
{
	struct front *fr = arg;
	struct peers_row rows[THROTTLES_MAX];
	struct peer who;

	if (q->about[0] != '\0' && !peer_parse(q->about, &who))
		return;
	out->n = http_throttled(fr->http, q->about[0] ? &who : NULL, rows, THROTTLES_MAX);
	for (size_t i = 0; i < out->n; i++) {
		memcpy(out->item[i].network, rows[i].network, THROTTLE_NETWORK_MAX);
		out->item[i].wait_s = rows[i].wait_s;
	}
	if (q->forgive)
		http_forgive(fr->http, &who);
}

/* --- life ------------------------------------------------------------------------------------ */

static void stop(void *arg)
{
	struct front *fr = arg;

	loop_stop(fr->loop);
}

static void begin_drain(struct front *fr)
{
	loop_watch_free(&fr->channel);
	if (fr->drain_end != NULL)
		return;
	fr->drain_end = loop_timer_new(fr->loop, DRAIN_MAX_MS, stop, fr);
	http_drain(fr->http, stop, fr);
}

static void on_channel(void *arg)
{
	struct front *fr = arg;
	struct channel_message m;
	int rc = channel_receive(CHANNEL_FD, &m);

	if (rc > 0 && m.kind == CHANNEL_PIPE) {
		edge_front_attach(fr->edge, m.fd[0]);
		m.fd[0] = -1;
	}
	if (rc < 0 || m.kind == CHANNEL_DRAIN)
		begin_drain(fr);
	channel_clear(&m);
}

/* Whatever a library loads or reads at its first use, it does now. */
static void warm_up(void)
{
	tzset();
	xml_prepare();
	tls_prepare();
}

/* As many as the configuration says, or as there are descriptors for. */
static size_t connections_of(const struct conf *conf)
{
	struct rlimit files;
	size_t wanted = (size_t)conf->max_connections, room;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur == RLIM_INFINITY)
		return wanted;
	room = files.rlim_cur > 2 * SPARE_FILES ? files.rlim_cur - SPARE_FILES
						: files.rlim_cur / 2;
	if (room >= wanted)
		return wanted;
	log_warn("connections", "max-connections is %zu, but %zu descriptors (ulimit -n) are room "
		 "for %zu", wanted, (size_t)files.rlim_cur, room);
	return room;
}

static int start(struct front *fr, struct fail *f)
{
	struct http_limits limits = { 0 };

	if (child_collect(take, fr, f) < 0)
		return -1;
	if (fr->conf == NULL)
		return fail(f, ENR_INTERNAL, "no configuration was given");
	limits.connections = connections_of(fr->conf);
	limits.peers.connections = (size_t)fr->conf->max_connections_per_address;
	limits.peers.failures = fr->conf->failure_limit;
	limits.peers.window_s = fr->conf->failure_window;
	limits.timeout_ms = fr->conf->http_timeout * 1000;
	warm_up();
	fr->loop = loop_new();
	fr->edge = edge_front_new(fr->loop, limits.connections, CORE_ANSWER_MS);
	fr->crl = crl_new(fr->edge);
	fr->http = http_new(fr->loop, &limits);
	edge_front_throttles(fr->edge, throttles, fr);
	if (make_rows(fr, f) < 0 || listen_all(fr, f) < 0)
		return -1;
	if (fr->pipe >= 0)
		edge_front_attach(fr->edge, fr->pipe);
	fcntl(CHANNEL_FD, F_SETFL, O_NONBLOCK);
	fr->channel = loop_watch_new(fr->loop, CHANNEL_FD, on_channel, fr);
	return sandbox_seal(f);
}

static void clear(struct front *fr)
{
	loop_watch_free(&fr->channel);
	loop_timer_free(&fr->drain_end);
	edge_front_free(&fr->edge); /* answers what is open */
	http_free(&fr->http);
	crl_free(&fr->crl);
	loop_free(&fr->loop);
	for (size_t i = 0; fr->rows != NULL && i < fr->conf->n_listener; i++)
		tls_free(&fr->rows[i].tls);
	free(fr->rows);
	for (size_t i = 0; i < fr->n_certs; i++) {
		free(fr->certs[i].listener);
		bytes_free(&fr->certs[i].cert);
		bytes_wipe(&fr->certs[i].key);
	}
	free(fr->certs);
	for (size_t i = 0; i < fr->n_sockets; i++) {
		free(fr->sockets[i].listener);
		fd_close(&fr->sockets[i].fd);
	}
	free(fr->sockets);
	conf_free(&fr->conf);
}

/* The keys live in OpenSSL now. */
static void wipe_given_keys(struct front *fr)
{
	for (size_t i = 0; i < fr->n_certs; i++)
		bytes_wipe(&fr->certs[i].key);
}

int front_run(const struct options *o)
{
	struct front fr = { .o = o, .pipe = -1 };
	struct fail f = FAIL_INIT;
	int rc = EXIT_DONE;

	if (sandbox_enter(o, "enrolld-front", &f) < 0 || start(&fr, &f) < 0) {
		rc = child_failed(&f);
	} else {
		wipe_given_keys(&fr);
		child_say(CHANNEL_READY);
		loop_run(fr.loop);
	}
	clear(&fr);
	return rc;
}
