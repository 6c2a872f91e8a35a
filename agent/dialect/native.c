#include "agent/dialect/native.h"

#include <stdio.h>
#include <string.h>

#include "agent/http/tls.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/wire/native.h"

#define ANSWER_STATUS 200

static http_handler on_discovery, on_bootstrap, on_enrollment, on_leave;

static const struct http_route routes[] = {
	{ NATIVE_PATH_DISCOVERY, HTTP_POST, NATIVE_REQUEST_MAX, NATIVE_MEDIA_TYPE, on_discovery },
	{ NATIVE_PATH_BOOTSTRAP, HTTP_POST, NATIVE_REQUEST_MAX, NATIVE_MEDIA_TYPE, on_bootstrap },
	{ NATIVE_PATH_ENROLLMENT, HTTP_POST, NATIVE_REQUEST_MAX, NATIVE_MEDIA_TYPE, on_enrollment },
	{ NATIVE_PATH_LEAVE, HTTP_POST, NATIVE_REQUEST_MAX, NATIVE_MEDIA_TYPE, on_leave },
};

/* --- answers --------------------------------------------------------------------------------- */

/* A document written by native_*_write; -1 if it did not fit. */
static int send_document(struct http_exchange *x, int written, const struct str *body,
	const struct enroll_reply *a)
{
	struct http_answer answer = {
		.status = a->code == ENR_NONE ? ANSWER_STATUS : code_row(a->code)->http,
		.media_type = NATIVE_MEDIA_TYPE,
		.body = body->data,
		.len = body->len,
		.retry_after = a->retry_after,
		.code = a->code,
		.attempt = a->attempt,
		.charge = a->charge,
	};

	if (written < 0 || body->overflow)
		return -1;
	if (answer.status == 0)
		answer.status = code_row(ENR_INTERNAL)->http;
	http_answer(x, &answer);
	return 0;
}

static void send_refused(struct http_exchange *x, const struct enroll_reply *a)
{
	autoclean(str_free) struct str body = STR_INIT(NATIVE_ANSWER_MAX);
	struct native_refused m = {
		.version = a->version ? a->version : NATIVE_VERSION,
		.code = a->code,
		.time = a->time,
		.valid_until = a->valid_until,
		.has_mac = a->has_mac,
	};
	struct http_answer bare = { .status = 500, .code = ENR_INTERNAL, .attempt = a->attempt };

	snprintf(m.shown, sizeof(m.shown), "%s", *a->shown ? a->shown : NATIVE_SHOWN);
	memcpy(m.attempt, a->attempt, sizeof(m.attempt));
	memcpy(m.mac, a->mac, sizeof(m.mac));
	if (send_document(x, native_refused_write(&m, &body), &body, a) < 0)
		http_answer(x, &bare);
}

static void send_internal(struct http_exchange *x, const struct enroll_reply *a)
{
	struct enroll_reply instead = { .code = ENR_INTERNAL, .time = clock_now() };

	memcpy(instead.attempt, a->attempt, sizeof(instead.attempt));
	send_refused(x, &instead);
}

static void on_discovered(const struct enroll_reply *a, void *exchange)
{
	autoclean(str_free) struct str body = STR_INIT(NATIVE_ANSWER_MAX);
	struct native_discovered m = {
		.version = a->version,
		.eligible = a->eligible,
		.time = a->time,
		.state = a->state, /* borrowed */
	};

	if (a->code != ENR_NONE) {
		send_refused(exchange, a);
		return;
	}
	snprintf(m.shown, sizeof(m.shown), "%s", a->shown);
	memcpy(m.nonce, a->nonce, sizeof(m.nonce));
	memcpy(m.attempt, a->attempt, sizeof(m.attempt));
	if (send_document(exchange, native_discovered_write(&m, &body), &body, a) < 0)
		send_internal(exchange, a);
}

static void on_bootstrapped(const struct enroll_reply *a, void *exchange)
{
	autoclean(str_free) struct str body = STR_INIT(NATIVE_ANSWER_MAX);
	struct native_bootstrapped m = {
		.version = a->version,
		.time = a->time,
		.valid_until = a->valid_until,
		.n_anchors = a->n_anchors,
		.state = a->state, /* borrowed, as the anchors are */
	};

	if (a->code != ENR_NONE) {
		send_refused(exchange, a);
		return;
	}
	for (size_t i = 0; i < a->n_anchors; i++)
		m.anchors[i] = (struct native_anchor){ a->anchors[i].roles, a->anchors[i].der };
	memcpy(m.attempt, a->attempt, sizeof(m.attempt));
	memcpy(m.mac, a->mac, sizeof(m.mac));
	if (send_document(exchange, native_bootstrapped_write(&m, &body), &body, a) < 0)
		send_internal(exchange, a);
}

static void on_enrolled(const struct enroll_reply *a, void *exchange)
{
	autoclean(str_wipe) struct str body = STR_INIT(NATIVE_ANSWER_MAX);
	struct native_enrolled m = {
		.version = a->version,
		.time = a->time,
		.document = a->document, /* borrowed */
	};

	if (a->code != ENR_NONE) {
		send_refused(exchange, a);
		return;
	}
	memcpy(m.attempt, a->attempt, sizeof(m.attempt));
	memcpy(m.mac, a->mac, sizeof(m.mac));
	if (send_document(exchange, native_enrolled_write(&m, &body), &body, a) < 0)
		send_internal(exchange, a);
}

static void on_left(const struct enroll_reply *a, void *exchange)
{
	autoclean(str_free) struct str body = STR_INIT(NATIVE_ANSWER_MAX);
	struct native_left m = {
		.version = a->version,
		.time = a->time,
		.outcome = (enum native_outcome)a->outcome,
	};

	if (a->code != ENR_NONE) {
		send_refused(exchange, a);
		return;
	}
	memcpy(m.attempt, a->attempt, sizeof(m.attempt));
	if (send_document(exchange, native_left_write(&m, &body), &body, a) < 0)
		send_internal(exchange, a);
}

/* --- requests -------------------------------------------------------------------------------- */

static void refuse(struct http_exchange *x, enum code code, int64_t retry_after, void *edge)
{
	struct enroll_reply a = { .code = code, .retry_after = retry_after };

	(void)edge;
	a.time = clock_now();
	a.charge = code != ENR_THROTTLED; /* who waits must be able to get out again */
	send_refused(x, &a);
}

/* What every request has: who speaks, on which connection. */
static void begin(struct enroll_request *q, enum request_kind kind, const struct http_exchange *x)
{
	const struct http_listener *listener = http_exchange_listener(x);

	memset(q, 0, sizeof(*q));
	q->kind = kind;
	snprintf(q->dialect, sizeof(q->dialect), "native");
	snprintf(q->listener, sizeof(q->listener), "%s", listener->name);
	snprintf(q->address, sizeof(q->address), "%s", http_exchange_peer(x));
	if (listener->tls != NULL)
		memcpy(q->leaf_used, tls_leaf_sha256(listener->tls), sizeof(q->leaf_used));
}

static void set_person(struct enroll_request *q, const char *identity, const char *server_name)
{
	snprintf(q->identity, sizeof(q->identity), "%s", identity);
	snprintf(q->server_name, sizeof(q->server_name), "%s", server_name);
}

static void on_discovery(struct http_exchange *x, const uint8_t *body, size_t len, void *edge)
{
	struct native_discovery m = { 0 };
	struct enroll_request q;
	struct fail f = FAIL_INIT;

	if (native_discovery_parse(body, len, &m, &f) < 0) {
		refuse(x, f.code, 0, edge);
		return;
	}
	begin(&q, REQUEST_DISCOVERY, x);
	set_person(&q, m.identity, m.server_name);
	snprintf(q.shown, sizeof(q.shown), "%s", m.shown);
	snprintf(q.client, sizeof(q.client), "%s", m.client);
	memcpy(q.nonce, m.nonce, sizeof(q.nonce));
	q.to_leave = m.purpose == NATIVE_FOR_LEAVE;
	edge_front_submit(edge, &q, on_discovered, x);
}

static void on_bootstrap(struct http_exchange *x, const uint8_t *body, size_t len, void *edge)
{
	autoclean(native_bootstrap_clear) struct native_bootstrap m = { 0 };
	struct enroll_request q;
	struct fail f = FAIL_INIT;

	if (native_bootstrap_parse(body, len, &m, &f) < 0) {
		refuse(x, f.code, 0, edge);
		return;
	}
	begin(&q, REQUEST_BOOTSTRAP, x);
	set_person(&q, m.identity, m.server_name);
	q.version = m.version;
	memcpy(q.leaf_seen, m.leaf, sizeof(q.leaf_seen));
	memcpy(q.selector, m.selector, sizeof(q.selector));
	memcpy(q.mac, m.mac, sizeof(q.mac));
	q.state = m.state; /* borrowed: packed before submit returns */
	edge_front_submit(edge, &q, on_bootstrapped, x);
}

static void on_enrollment(struct http_exchange *x, const uint8_t *body, size_t len, void *edge)
{
	autoclean(native_enrollment_clear) struct native_enrollment m = { 0 };
	struct enroll_request q;
	struct fail f = FAIL_INIT;

	if (native_enrollment_parse(body, len, &m, &f) < 0) {
		refuse(x, f.code, 0, edge);
		return;
	}
	begin(&q, REQUEST_ENROLLMENT, x);
	set_person(&q, m.identity, m.server_name);
	q.version = m.version;
	memcpy(q.leaf_seen, m.leaf, sizeof(q.leaf_seen));
	memcpy(q.mac, m.mac, sizeof(q.mac));
	snprintf(q.serial, sizeof(q.serial), "%s", m.serial);
	q.state = m.state; /* borrowed, as csr is */
	q.csr = m.csr;
	edge_front_submit(edge, &q, on_enrolled, x);
}

static void on_leave(struct http_exchange *x, const uint8_t *body, size_t len, void *edge)
{
	autoclean(native_leave_clear) struct native_leave m = { 0 };
	struct enroll_request q;
	struct fail f = FAIL_INIT;

	if (native_leave_parse(body, len, &m, &f) < 0) {
		refuse(x, f.code, 0, edge);
		return;
	}
	begin(&q, REQUEST_LEAVE, x);
	set_person(&q, m.identity, m.server_name);
	q.version = m.version;
	memcpy(q.leaf_seen, m.leaf, sizeof(q.leaf_seen));
	q.state = m.state; /* borrowed, as the two below are */
	q.certificate = m.certificate;
	q.signature = m.signature;
	edge_front_submit(edge, &q, on_left, x);
}

void native_service(struct edge_front *edge, struct http_service *out)
{
	*out = (struct http_service){ routes, ARRAY_LEN(routes), refuse, edge };
}
