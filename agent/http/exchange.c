/* One request: what must be right about it before a handler sees it, its answer, its log line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "agent/http/http_private.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

#define PATH_SHOWN 80 /* octets of an unknown path in the log */

struct http_exchange {
	struct listening *listening;
	struct evhttp_request *request;
	const struct http_route *route; /* NULL: none fits */
	struct peer peer;
	int64_t began;
};

static const struct method_row {
	enum evhttp_cmd_type type;
	unsigned method; /* enum http_method; 0: no route takes it */
	const char *name;
} methods[] = {
	{ EVHTTP_REQ_GET, HTTP_GET, "GET" },
	{ EVHTTP_REQ_HEAD, HTTP_HEAD, "HEAD" },
	{ EVHTTP_REQ_POST, HTTP_POST, "POST" },
	{ EVHTTP_REQ_PUT, 0, "PUT" },
	{ EVHTTP_REQ_DELETE, 0, "DELETE" },
	{ EVHTTP_REQ_OPTIONS, 0, "OPTIONS" },
	{ EVHTTP_REQ_TRACE, 0, "TRACE" },
	{ EVHTTP_REQ_CONNECT, 0, "CONNECT" },
	{ EVHTTP_REQ_PATCH, 0, "PATCH" },
};

static const struct method_row *method_of(const struct http_exchange *x)
{
	size_t i = 0, n = sizeof(methods) / sizeof(methods[0]);

	while (i < n - 1 && methods[i].type != evhttp_request_get_command(x->request))
		i++;
	return &methods[i];
}

static int is_head(const struct http_exchange *x)
{
	return evhttp_request_get_command(x->request) == EVHTTP_REQ_HEAD;
}

static const struct http_route *find_route(const struct http_service *s, const char *uri)
{
	for (size_t i = 0; uri != NULL && i < s->n_routes; i++)
		if (strcmp(s->routes[i].path, uri) == 0)
			return &s->routes[i];
	return NULL;
}

static const char *header(const struct http_exchange *x, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(x->request), name);
}

/* The media type alone, or with a charset of UTF-8 behind it. */
static int is_media_type(const char *given, const char *wanted)
{
	static const char charset[] = "charset=";
	size_t len = strlen(wanted);

	if (given == NULL || strncasecmp(given, wanted, len) != 0)
		return 0;
	given += len;
	given += strspn(given, " \t");
	if (*given == '\0')
		return 1;
	if (*given++ != ';')
		return 0;
	given += strspn(given, " \t");
	if (strncasecmp(given, charset, sizeof(charset) - 1) != 0)
		return 0;
	given += sizeof(charset) - 1;
	return strcasecmp(given, "utf-8") == 0 || strcasecmp(given, "\"utf-8\"") == 0;
}

/* Headers that decide where a message ends or what it is stand once; a length and chunks exclude
 * each other (RFC 9112, 6.3). Whoever reads it otherwise, a proxy before us, must not go on. */
static int is_ambiguous(const struct http_exchange *x)
{
	static const char *const once[] = { "Content-Length", "Transfer-Encoding", "Content-Type",
		"Content-Encoding", "Host" };
	const struct evkeyval *h;
	size_t seen[ARRAY_LEN(once)] = { 0 };

	TAILQ_FOREACH(h, evhttp_request_get_input_headers(x->request), next) {
		for (size_t i = 0; i < ARRAY_LEN(once); i++)
			if (strcasecmp(h->key, once[i]) == 0 && ++seen[i] > 1)
				return 1;
	}
	return seen[0] > 0 && seen[1] > 0;
}

/* ENR_NONE: the handler may have it. */
static enum code judge(struct http_exchange *x, int64_t *retry_after)
{
	struct http *h = x->listening->http;
	const char *encoding = header(x, "Content-Encoding");
	size_t len = evbuffer_get_length(evhttp_request_get_input_buffer(x->request));

	*retry_after = peers_wait(h->peers, &x->peer, clock_mono_ms());
	if (*retry_after > 0 || is_ambiguous(x)) {
		evhttp_add_header(
			evhttp_request_get_output_headers(x->request), "Connection", "close");
		return *retry_after > 0 ? ENR_THROTTLED : ENR_MESSAGE_MALFORMED;
	}
	if (x->route == NULL)
		return ENR_PATH_UNKNOWN;
	if ((x->route->methods & method_of(x)->method) == 0)
		return ENR_METHOD_NOT_ALLOWED;
	if (encoding != NULL && strcasecmp(encoding, "identity") != 0)
		return ENR_MEDIA_TYPE;
	if (x->route->media_type != NULL &&
		!is_media_type(header(x, "Content-Type"), x->route->media_type))
		return ENR_MEDIA_TYPE;
	return len > x->route->body_max ? ENR_MESSAGE_TOO_LARGE : ENR_NONE;
}

static void know_peer(struct http_exchange *x, struct conn *c)
{
	char *address = NULL;
	ev_uint16_t port;

	if (c != NULL && c->looked) {
		x->peer = c->peer;
		return;
	}
	evhttp_connection_get_peer(evhttp_request_get_connection(x->request), &address, &port);
	snprintf(x->peer.text, sizeof(x->peer.text), "%s", address ? address : "unknown");
}

void exchange_begin(struct evhttp_request *request, void *listening)
{
	struct listening *l = listening;
	const struct http_service *s = l->of.service;
	struct http_exchange *x = mem_new(sizeof(*x));
	struct conn *c = conn_of(l->http, evhttp_request_get_connection(request));
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	int64_t retry_after = 0;
	enum code code;

	x->listening = l;
	x->request = request;
	x->began = clock_mono_ms();
	x->route = find_route(s, evhttp_request_get_uri(request));
	if (c != NULL) {
		c->busy = 1;
		c->requests++;
	}
	know_peer(x, c);
	code = judge(x, &retry_after);
	if (code != ENR_NONE)
		s->refuse(x, code, retry_after, s->arg);
	else
		x->route->run(x, evbuffer_pullup(body, -1), evbuffer_get_length(body), s->arg);
}

static void log_exchange(const struct http_exchange *x, const struct http_answer *a)
{
	const char *uri = evhttp_request_get_uri(x->request);
	char shown[4 * PATH_SHOWN + 8];

	/* Who is made to wait must not fill the log meanwhile. */
	if (a->code == ENR_THROTTLED &&
		!peers_tells(x->listening->http->peers, &x->peer, clock_mono_ms()))
		return;
	log_info("request",
		"listener=%s peer=%s method=%s path=%s status=%d attempt=%s code=%s ms=%lld "
		"bytes=%zu",
		x->listening->of.name, x->peer.text, method_of(x)->name,
		x->route ? x->route->path
			 : text_quote(uri ? uri : "", PATH_SHOWN, shown, sizeof(shown)),
		a->status, a->attempt && *a->attempt ? a->attempt : "-",
		a->code == ENR_NONE ? "-" : code_name(a->code),
		(long long)(clock_mono_ms() - x->began), a->len);
}

/* "GET, HEAD" */
static const char *allowed(const struct http_route *route, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]) && at < size; i++)
		if (route->methods & methods[i].method)
			at += (size_t)snprintf(
				buf + at, size - at, "%s%s", at ? ", " : "", methods[i].name);
	return buf;
}

static void add_headers(const struct http_exchange *x, const struct http_answer *a)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(x->request);
	char number[64];

	if (a->media_type != NULL)
		evhttp_add_header(out, "Content-Type", a->media_type);
	snprintf(number, sizeof(number), "max-age=%lld", (long long)a->max_age);
	evhttp_add_header(out, "Cache-Control", a->max_age > 0 ? number : "no-store");
	evhttp_add_header(out, "X-Content-Type-Options", "nosniff");
	if (a->status == 405 && x->route != NULL)
		evhttp_add_header(out, "Allow", allowed(x->route, number, sizeof(number)));
	if (is_head(x)) { /* evhttp would send the body too */
		snprintf(number, sizeof(number), "%zu", a->len);
		evhttp_add_header(out, "Content-Length", number);
	}
	if (a->retry_after > 0) {
		snprintf(number, sizeof(number), "%lld", (long long)a->retry_after);
		evhttp_add_header(out, "Retry-After", number);
	}
	if (x->listening->http->draining)
		evhttp_add_header(out, "Connection", "close");
}

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Answer";
}

static void add_body(
	const struct http_exchange *x, const struct http_answer *a, struct evbuffer *out)
{
	int wanted = a->media_type != NULL && !is_head(x) && a->len > 0;

	if (wanted && a->free_body != NULL) {
		if (evbuffer_add_reference(out, a->body, a->len, a->free_body, a->free_arg) < 0)
			abort();
	} else if (wanted) {
		evbuffer_add(out, a->body, a->len);
	} else if (a->free_body != NULL) {
		a->free_body(a->body, a->len, a->free_arg);
	}
}

void http_answer(struct http_exchange *x, const struct http_answer *a)
{
	struct http *h = x->listening->http;
	struct conn *c = conn_of(h, evhttp_request_get_connection(x->request));
	struct evbuffer *body = evbuffer_new();

	if (body == NULL)
		abort();
	add_body(x, a, body);
	if (a->charge)
		peers_charge(h->peers, &x->peer, clock_mono_ms());
	add_headers(x, a);
	log_exchange(x, a);
	if (c != NULL) {
		c->busy = 0;
		c->since = clock_mono_ms();
	}
	evhttp_send_reply(x->request, a->status, reason_of(a->status), body);
	evbuffer_free(body);
	free(x);
}

const struct http_listener *http_exchange_listener(const struct http_exchange *x)
{
	return &x->listening->of;
}

const char *http_exchange_peer(const struct http_exchange *x)
{
	return x->peer.text;
}
