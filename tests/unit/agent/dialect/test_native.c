/* The native dialect, whole: HTTP over a loop-back socket, the pipe, and a handler of the test's in
 * place of the heart. */
#include "agent/dialect/native.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/dialect/crl.h"
#include "agent/edge/edge_core.h"
#include "lib/base/clean.h"
#include "lib/base/str.h"
#include "lib/wire/native.h"
#include "tests/unit/cunit.h"

static struct loop *loop;
static struct edge_front *front;
static struct edge_core *core;
static struct crl *crl;
static struct http *http;
static struct http_service service;
static uint16_t port;
static struct enroll_request seen; /* what the heart was asked */
static struct enroll_reply say;    /* what it answers */
static int asked;

static void handle(const struct enroll_request *q, struct enroll_reply *reply, void *arg)
{
	(void)arg;
	asked++;
	enroll_request_clear(&seen);
	seen = *q;
	seen.state = seen.csr = seen.certificate = seen.signature = BYTES_INIT;
	bytes_set(&seen.state, q->state.data, q->state.len);
	bytes_set(&seen.csr, q->csr.data, q->csr.len);
	bytes_set(&seen.certificate, q->certificate.data, q->certificate.len);
	bytes_set(&seen.signature, q->signature.data, q->signature.len);
	*reply = say;
	reply->state = reply->document = BYTES_INIT;
	bytes_set(&reply->state, say.state.data, say.state.len);
	bytes_set(&reply->document, say.document.data, say.document.len);
	for (size_t i = 0; i < say.n_anchors; i++) {
		reply->anchors[i].der = BYTES_INIT;
		bytes_set(&reply->anchors[i].der, say.anchors[i].der.data, say.anchors[i].der.len);
	}
}

static int listen_somewhere(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, 16), 0);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	port = ntohs(sa.sin_port);
	return fd;
}

static void begin(int serve_crl)
{
	static const struct http_limits limits = { 10, { 10, 100, 10 }, 5000 };
	static struct http_listener listener = { "devices", NULL, &service };
	const struct edge_core_setup setup = { 1, 8, handle, NULL, NULL };
	int pair[2];

	asked = 0;
	memset(&say, 0, sizeof(say));
	loop = loop_new();
	core = edge_core_new(loop, &setup);
	front = edge_front_new(loop, 100, 5000);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	edge_core_attach(core, pair[0]);
	edge_front_attach(front, pair[1]);
	crl = crl_new(front);
	native_service(front, &service);
	if (serve_crl)
		crl_service(crl, &service);
	http = http_new(loop, &limits);
	CU_ASSERT_EQUAL_FATAL(http_listen(http, listen_somewhere(), &listener, NULL), 0);
}

static void finish(void)
{
	edge_front_free(&front);
	http_free(&http);
	crl_free(&crl);
	edge_core_free(&core);
	loop_free(&loop);
	enroll_request_clear(&seen);
}

/* One request on a thread of its own while the loop runs here. */
struct call {
	const struct str *request;
	struct str answer;
};

static void stop(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static void *caller(void *arg)
{
	struct call *c = arg;
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char buf[4096];
	ssize_t n;

	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 &&
		write(fd, c->request->data, c->request->len) == (ssize_t)c->request->len)
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			str_add(&c->answer, buf, (size_t)n);
	close(fd);
	loop_post(loop, stop, NULL);
	return NULL;
}

/* The status; the body behind it in *body (points into c). */
static int call(struct call *c, const char *method, const char *path, const struct str *body,
	const char **out)
{
	autoclean(str_free) struct str request = STR_INIT(100000);
	pthread_t t;
	int status = 0;

	str_printf(&request, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", method, path);
	if (body != NULL)
		str_printf(&request, "Content-Type: %s\r\nContent-Length: %zu\r\n",
			NATIVE_MEDIA_TYPE, body->len);
	str_text_add(&request, "\r\n");
	if (body != NULL)
		str_add(&request, body->data, body->len);
	c->request = &request;
	c->answer = STR_INIT(400000);
	pthread_create(&t, NULL, caller, c);
	loop_run(loop);
	pthread_join(t, NULL);
	sscanf(str_text(&c->answer), "HTTP/1.1 %d", &status);
	*out = strstr(str_text(&c->answer), "\r\n\r\n");
	*out = *out ? *out + 4 : "";
	return status;
}

static void discovery_goes_in_and_comes_out(void)
{
	static const uint8_t state[] = { 1, 2, 3 };
	autoclean(str_free) struct str body = STR_INIT(65536);
	struct native_discovery q = { .shown = "1", .identity = "andreas@contoso.test",
		.server_name = "mobileenroll.contoso.test", .client = "enroll/9" };
	struct native_discovered a;
	struct call c;
	const char *text;

	begin(0);
	memset(q.nonce, 7, sizeof(q.nonce));
	say.version = 1;
	snprintf(say.shown, sizeof(say.shown), "1");
	snprintf(say.attempt, sizeof(say.attempt), "A-7K3M-Q9TD");
	say.time = 1790000000;
	say.eligible = ANSWER_YES;
	memset(say.nonce, 9, sizeof(say.nonce));
	bytes_set(&say.state, state, sizeof(state));
	CU_ASSERT_EQUAL(native_discovery_write(&q, &body), 0);
	CU_ASSERT_EQUAL(call(&c, "POST", NATIVE_PATH_DISCOVERY, &body, &text), 200);
	CU_ASSERT_EQUAL(asked, 1);
	CU_ASSERT_EQUAL(seen.kind, REQUEST_DISCOVERY);
	CU_ASSERT_STRING_EQUAL(seen.identity, "andreas@contoso.test");
	CU_ASSERT_STRING_EQUAL(seen.server_name, "mobileenroll.contoso.test");
	CU_ASSERT_STRING_EQUAL(seen.listener, "devices");
	CU_ASSERT_STRING_EQUAL(seen.address, "127.0.0.1");
	CU_ASSERT_STRING_EQUAL(seen.client, "enroll/9");
	CU_ASSERT_EQUAL(memcmp(seen.nonce, q.nonce, sizeof(q.nonce)), 0);
	CU_ASSERT_EQUAL_FATAL(
		native_discovered_parse((const uint8_t *)text, strlen(text), &a, NULL), 0);
	CU_ASSERT_EQUAL(a.eligible, ANSWER_YES);
	CU_ASSERT_EQUAL(a.time, 1790000000);
	CU_ASSERT_STRING_EQUAL(a.attempt, "A-7K3M-Q9TD");
	CU_ASSERT_EQUAL(a.state.len, sizeof(state));
	native_discovered_clear(&a);
	str_free(&c.answer);
	bytes_free(&say.state);
	finish();
}

static void a_leave_goes_in_and_comes_out(void)
{
	static const uint8_t octets[] = { 0x30, 2, 5, 0 };
	struct bytes view = { (uint8_t *)(uintptr_t)octets, sizeof(octets) };
	autoclean(str_free) struct str body = STR_INIT(65536);
	struct native_leave q = { .version = 1, .identity = "andreas@contoso.test",
		.server_name = "mobileenroll.contoso.test", .certificate = view, .state = view,
		.signature = view };
	struct native_left a;
	struct call c;
	const char *text;

	begin(0);
	memset(q.leaf, 3, sizeof(q.leaf));
	say.version = 1;
	snprintf(say.attempt, sizeof(say.attempt), "A-7K3M-Q9TD");
	say.time = 1790000000;
	say.outcome = NATIVE_REMOVED;
	CU_ASSERT_EQUAL(native_leave_write(&q, &body), 0);
	CU_ASSERT_EQUAL(call(&c, "POST", NATIVE_PATH_LEAVE, &body, &text), 200);
	CU_ASSERT_EQUAL(seen.kind, REQUEST_LEAVE);
	CU_ASSERT_EQUAL(memcmp(seen.leaf_seen, q.leaf, sizeof(q.leaf)), 0);
	CU_ASSERT_EQUAL(seen.certificate.len, sizeof(octets));
	CU_ASSERT_EQUAL(seen.signature.len, sizeof(octets));
	CU_ASSERT_EQUAL_FATAL(native_left_parse((const uint8_t *)text, strlen(text), &a, NULL), 0);
	CU_ASSERT_EQUAL(a.outcome, NATIVE_REMOVED);
	CU_ASSERT_EQUAL(a.time, 1790000000);
	str_free(&c.answer);
	finish();
}

/* A refusal of the heart, with its MAC, and with the status of its code. */
static void a_maced_refusal_comes_out_whole(void)
{
	static const uint8_t state[] = { 1, 2, 3 };
	autoclean(str_free) struct str body = STR_INIT(65536);
	struct native_bootstrap q = { .version = 1,
		.identity = "andreas@contoso.test",
		.server_name = "mobileenroll.contoso.test",
		.state = { (uint8_t *)state, sizeof(state) } };
	struct native_refused a;
	struct call c;
	const char *text;

	begin(0);
	memset(q.leaf, 3, sizeof(q.leaf));
	memset(q.selector, 4, sizeof(q.selector));
	memset(q.mac, 5, sizeof(q.mac));
	say.code = ENR_PASSWORD_EXPIRED;
	say.version = 1;
	snprintf(say.shown, sizeof(say.shown), "1");
	snprintf(say.attempt, sizeof(say.attempt), "A-7K3M-Q9TD");
	say.time = 1790000000;
	say.has_mac = 1;
	memset(say.mac, 6, sizeof(say.mac));
	say.valid_until = 1790000100;
	CU_ASSERT_EQUAL(native_bootstrap_write(&q, &body), 0);
	CU_ASSERT_EQUAL(call(&c, "POST", NATIVE_PATH_BOOTSTRAP, &body, &text), 403);
	CU_ASSERT_EQUAL(seen.kind, REQUEST_BOOTSTRAP);
	CU_ASSERT_EQUAL(memcmp(seen.selector, q.selector, sizeof(q.selector)), 0);
	CU_ASSERT_EQUAL(memcmp(seen.leaf_seen, q.leaf, sizeof(q.leaf)), 0);
	CU_ASSERT_EQUAL(memcmp(seen.mac, q.mac, sizeof(q.mac)), 0);
	CU_ASSERT_EQUAL_FATAL(
		native_refused_parse((const uint8_t *)text, strlen(text), &a, NULL), 0);
	CU_ASSERT_EQUAL(a.code, ENR_PASSWORD_EXPIRED);
	CU_ASSERT_EQUAL(a.has_mac, 1);
	CU_ASSERT_EQUAL(memcmp(a.mac, say.mac, sizeof(a.mac)), 0);
	CU_ASSERT_EQUAL(a.valid_until, 1790000100);
	CU_ASSERT_STRING_EQUAL(a.attempt, "A-7K3M-Q9TD");
	str_free(&c.answer);
	finish();
}

/* An answer that the wire cannot carry is our fault, and says so. */
static void an_impossible_answer_becomes_internal(void)
{
	autoclean(str_free) struct str body = STR_INIT(65536);
	struct native_discovery q = { .shown = "1", .identity = "andreas@contoso.test",
		.server_name = "mobileenroll.contoso.test" };
	struct native_refused a;
	struct call c;
	const char *text;

	begin(0);
	say.version = 0; /* and no state, no attempt */
	CU_ASSERT_EQUAL(native_discovery_write(&q, &body), 0);
	CU_ASSERT_EQUAL(call(&c, "POST", NATIVE_PATH_DISCOVERY, &body, &text), 500);
	CU_ASSERT_EQUAL_FATAL(
		native_refused_parse((const uint8_t *)text, strlen(text), &a, NULL), 0);
	CU_ASSERT_EQUAL(a.code, ENR_INTERNAL);
	str_free(&c.answer);
	finish();
}

static void what_does_not_parse_never_reaches_the_heart(void)
{
	static const char *const bodies[] = {
		"", "x", "<discovery/>",
		"<?xml version=\"1.0\"?><!DOCTYPE d [<!ENTITY a \"b\">]><discovery>&a;</discovery>"
	};

	begin(0);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		autoclean(str_free) struct str body = STR_INIT(65536);
		struct call c;
		const char *text;

		str_text_add(&body, bodies[i]);
		CU_ASSERT_EQUAL(call(&c, "POST", NATIVE_PATH_ENROLLMENT, &body, &text), 400);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "ENR-301"));
		str_free(&c.answer);
	}
	CU_ASSERT_EQUAL(asked, 0);
	finish();
}

static void the_list_is_fetched_once_and_kept(void)
{
	static const uint8_t der[] = { 0x30, 3, 2, 1, 5 };
	struct call c;
	const char *text;

	begin(1);
	say.code = ENR_CRL_FAILED;
	CU_ASSERT_EQUAL(call(&c, "GET", CRL_PATH, NULL, &text), 503);
	str_free(&c.answer);
	say.code = ENR_NONE;
	bytes_set(&say.document, der, sizeof(der));
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(call(&c, "GET", CRL_PATH, NULL, &text), 200);
		CU_ASSERT_EQUAL(memcmp(text, der, sizeof(der)), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(c.answer.data, "application/pkix-crl"));
		str_free(&c.answer);
	}
	CU_ASSERT_EQUAL(asked, 2);
	CU_ASSERT_EQUAL(seen.kind, REQUEST_CRL);
	CU_ASSERT_EQUAL(call(&c, "HEAD", CRL_PATH, NULL, &text), 200);
	CU_ASSERT_STRING_EQUAL(text, "");
	str_free(&c.answer);
	CU_ASSERT_EQUAL(call(&c, "GET", "/", NULL, &text), 404);
	str_free(&c.answer);
	bytes_free(&say.document);
	finish();
}

static CU_TestInfo tests[] = {
	{ "discovery goes in and comes out", discovery_goes_in_and_comes_out },
	{ "a leave goes in and comes out", a_leave_goes_in_and_comes_out },
	{ "a MACed refusal comes out whole", a_maced_refusal_comes_out_whole },
	{ "an impossible answer becomes internal", an_impossible_answer_becomes_internal },
	{ "what does not parse never reaches the heart",
		what_does_not_parse_never_reaches_the_heart },
	{ "the list is fetched once and kept", the_list_is_fetched_once_and_kept },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_dialect_native = { "agent/dialect/native", NULL, NULL, NULL, NULL, tests };
