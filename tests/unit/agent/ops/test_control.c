/* The control socket, asked over a real unix socket. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "agent/ops/control.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "tests/unit/cunit.h"

static char dir[] = "/tmp/e.XXXXXX";
static char path[64];
static struct conf conf;
static int context;
static _Atomic int begun;    /* slow and held commands that a worker has */
static _Atomic int released; /* held ones may end */

static int run_echo(struct control_call *call, json_t **out, struct fail *f)
{
	(void)f;
	*out = json_pack("{s:s, s:O, s:s, s:b}", "kind", "echo", "in",
		(json_t *)(uintptr_t)call->in, "role", control_role_word(call->caller->role),
		"context", call->context == &context);
	return 0;
}

static int run_slow(struct control_call *call, json_t **out, struct fail *f)
{
	begun++;
	usleep(200000);
	return run_echo(call, out, f);
}

static int run_held(struct control_call *call, json_t **out, struct fail *f)
{
	begun++;
	for (int i = 0; i < 2000 && !released; i++)
		usleep(10000);
	return run_echo(call, out, f);
}

/* More than a socket takes at once. */
static int run_large(struct control_call *call, json_t **out, struct fail *f)
{
	autoclean(text_free) char *text = mem_new((4u << 20) + 1);

	(void)call;
	(void)f;
	memset(text, 'x', 4u << 20);
	*out = json_pack("{s:s}", "text", text);
	return 0;
}

static int run_refuse(struct control_call *call, json_t **out, struct fail *f)
{
	(void)out;
	call->details = json_pack("{s:s}", "server", "ldap://x");
	snprintf(call->attempt, sizeof(call->attempt), "A-7K3M-Q9TD");
	return fail(f, ENR_CREATE_DENIED, "ou=%s", "Sales");
}

static const struct control_row rows[] = {
	{ "echo", ROLE_AUDITOR, run_echo },
	{ "slow", ROLE_ADMIN, run_slow },
	{ "held", ROLE_ADMIN, run_held },
	{ "large", ROLE_ADMIN, run_large },
	{ "refuse", ROLE_OPERATOR, run_refuse },
};

static int listen_on(const char *at)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", at);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 64) < 0)
		abort();
	return fd;
}

static int dial(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 20 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Status of the answer, or -1; the JSON document in *doc (NULL: none). */
static int ask(const char *method, const char *where, const char *body, json_t **doc)
{
	autoclean(str_free) struct str out = STR_INIT(4u << 20), in = STR_INIT(4u << 20);
	char buf[4096];
	const char *start;
	ssize_t n;
	int status = -1, fd = dial();

	*doc = NULL;
	str_printf(&out,
		"%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
		method, where, strlen(body));
	str_text_add(&out, body);
	(void)!send(fd, str_text(&out), out.len, MSG_NOSIGNAL);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		str_add(&in, buf, (size_t)n);
	close(fd);
	if (sscanf(str_text(&in), "HTTP/1.1 %d", &status) != 1)
		return -1;
	start = strstr(str_text(&in), "\r\n\r\n");
	if (start)
		*doc = json_loads(start + 4, 0, NULL);
	return status;
}

static struct control *start(void)
{
	struct control_setup setup = {
		.conf = &conf,
		.rows = rows,
		.n_rows = ARRAY_LEN(rows),
		.context = &context,
		.single_user = 1,
	};

	begun = released = 0;
	unlink(path);
	setup.fd = listen_on(path);
	return control_start(&setup, NULL);
}

static const char *text_of(const json_t *doc, const char *key)
{
	const char *t = json_string_value(json_object_get(doc, key));

	return t ? t : "";
}

static void test_answers(void)
{
	struct control *c = start();
	json_t *doc;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(ask("POST", "/v1/echo", "{\"a\": 1}", &doc), 200);
	CU_ASSERT_STRING_EQUAL(text_of(doc, "kind"), "echo");
	CU_ASSERT_STRING_EQUAL(text_of(doc, "role"), "admin");
	CU_ASSERT(json_is_true(json_object_get(doc, "context")));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_object_get(doc, "in"), "a")), 1);
	json_decref(doc);
	CU_ASSERT_EQUAL(ask("POST", "/v1/echo", "", &doc), 200);
	json_decref(doc);
	control_stop(&c);
	CU_ASSERT_PTR_NULL(c);
}

static void test_refusals(void)
{
	static const struct {
		const char *method, *where, *body;
		int status;
		const char *code;
	} cases[] = {
		{ "GET", "/v1/echo", "", 405, "ENR-308" },
		{ "POST", "/v1/nothing", "{}", 404, "ENR-307" },
		{ "POST", "/", "{}", 404, "ENR-307" },
		{ "POST", "/v1/echo", "[]", 400, "ENR-803" },
		{ "POST", "/v1/echo", "{", 400, "ENR-803" },
		{ "POST", "/v1/echo", "{\"a\":1,\"a\":2}", 400, "ENR-803" },
		{ "POST", "/v1/echo", "{\"a\":[[[[[[[[[[1]]]]]]]]]]}", 400, "ENR-803" },
		{ "POST", "/v1/echo", "{\"a\":\"\xff\"}", 400, "ENR-803" },
		{ "POST", "/v1/refuse", "{}", 503, "ENR-602" },
	};
	struct control *c = start();

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *doc;

		CU_ASSERT_EQUAL(ask(cases[i].method, cases[i].where, cases[i].body, &doc),
			cases[i].status);
		CU_ASSERT_STRING_EQUAL(text_of(doc, "kind"), "error");
		CU_ASSERT_STRING_EQUAL(text_of(doc, "code"), cases[i].code);
		json_decref(doc);
	}
	control_stop(&c);
}

static void test_error_document(void)
{
	struct control *c = start();
	json_t *doc;

	CU_ASSERT_EQUAL(ask("POST", "/v1/refuse", "{}", &doc), 503);
	CU_ASSERT_STRING_EQUAL(text_of(doc, "name"), "create-denied");
	CU_ASSERT_STRING_EQUAL(text_of(doc, "evidence"), "ou=Sales");
	CU_ASSERT_STRING_EQUAL(text_of(doc, "attempt"), "A-7K3M-Q9TD");
	CU_ASSERT_STRING_EQUAL(text_of(json_object_get(doc, "details"), "server"), "ldap://x");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(doc, "exit")), 1);
	CU_ASSERT(json_is_false(json_object_get(doc, "retry")));
	json_decref(doc);
	control_stop(&c);
}

static void test_large_body(void)
{
	struct control *c = start();
	size_t size = 3u << 20;
	char *body = mem_new(size + 1);
	json_t *doc;

	memset(body, ' ', size);
	CU_ASSERT_NOT_EQUAL(ask("POST", "/v1/echo", body, &doc), 200);
	json_decref(doc);
	free(body);
	CU_ASSERT_EQUAL(ask("POST", "/v1/echo", "{}", &doc), 200);
	json_decref(doc);
	control_stop(&c);
}

static void *ask_slowly(void *arg)
{
	json_t *doc;

	*(int *)arg = ask("POST", "/v1/slow", "{}", &doc);
	json_decref(doc);
	return NULL;
}

static void wait_begun(int n)
{
	for (int i = 0; i < 2000 && begun < n; i++)
		usleep(10000);
}

static void test_stop_finishes(void)
{
	struct control *c = start();
	pthread_t t[6];
	int status[6] = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		pthread_create(&t[i], NULL, ask_slowly, &status[i]);
	wait_begun(4); /* all workers; the others stand in the queue, or soon do */
	usleep(50000);
	control_stop(&c);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		pthread_join(t[i], NULL);
		CU_ASSERT_EQUAL(status[i], 200);
	}
}

static void *ask_held(void *arg)
{
	json_t *doc;

	*(int *)arg = ask("POST", "/v1/held", "{}", &doc);
	json_decref(doc);
	return NULL;
}

/* On a connection that stands already, again and again until the answer is another. */
static void *ask_on(void *arg)
{
	static const char text[] = "POST /v1/echo HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
	char answer[2048];
	int fd = *(int *)arg, status = 200;

	for (int i = 0; i < 1000 && status == 200; i++) {
		ssize_t n;

		usleep(10000);
		(void)!send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
		n = recv(fd, answer, sizeof(answer) - 1, 0);
		answer[n > 0 ? n : 0] = '\0';
		if (sscanf(answer, "HTTP/1.1 %d", &status) != 1)
			status = -1;
	}
	*(int *)arg = status;
	released = 1;
	return NULL;
}

static void test_stop_refuses(void)
{
	struct control *c = start();
	int held = 0, late = dial();
	pthread_t t[2];
	int fd = late;

	pthread_create(&t[0], NULL, ask_held, &held);
	wait_begun(1); /* behind it: late has been accepted */
	pthread_create(&t[1], NULL, ask_on, &late);
	control_stop(&c);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	CU_ASSERT_EQUAL(held, 200);
	CU_ASSERT_EQUAL(late, 503);
	close(fd);
}

static void test_reload_waits(void)
{
	struct control *c = start();
	static struct conf next;
	pthread_t t;
	int status = 0;

	pthread_create(&t, NULL, ask_slowly, &status);
	wait_begun(1);
	control_reload(c, &next);
	pthread_join(t, NULL);
	CU_ASSERT_EQUAL(status, 200);
	control_stop(&c);
}

static int is_cut(int fd)
{
	char ch;

	return recv(fd, &ch, 1, 0) == 0;
}

static void test_connection_limit(void)
{
	struct control *c = start();
	int fd[20];
	json_t *doc;

	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		fd[i] = dial();
	CU_ASSERT(is_cut(fd[ARRAY_LEN(fd) - 1]));
	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		close(fd[i]);
	/* Once they are gone there is room again. */
	for (int tries = 0; tries < 5 && ask("POST", "/v1/echo", "{}", &doc) != 200; tries++)
		usleep(20000);
	CU_ASSERT_PTR_NOT_NULL(doc);
	json_decref(doc);
	control_stop(&c);
}

static void test_client_gone(void)
{
	struct control *c = start();
	static const char text[] =
		"POST /v1/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
	int fd = dial();
	json_t *doc;

	(void)!send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
	wait_begun(1);
	close(fd);
	CU_ASSERT_EQUAL(ask("POST", "/v1/slow", "{}", &doc), 200);
	json_decref(doc);
	control_stop(&c);
}

static void test_nobody_reads(void)
{
	static const char text[] = "POST /v1/echo HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
	int64_t began, took = INT64_MAX;

	/* Stopping waits for answers on their way, for 2 s: not for one that has nowhere to go.
	 * What took longer once took so by the load of the machine. */
	for (int tries = 0; tries < 5 && took >= 1500; tries++) {
		struct control *c = start();
		int fd = dial();

		shutdown(fd, SHUT_RD); /* every write to it fails */
		(void)!send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
		usleep(100000);
		began = clock_mono_ms();
		control_stop(&c);
		took = clock_mono_ms() - began;
		close(fd);
	}
	CU_ASSERT(took < 1500);
}

/* It neither reads nor goes: the stop does not wait for it for ever. */
static void test_reads_too_slowly(void)
{
	static const char text[] = "POST /v1/large HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
	struct control *c = start();
	char first[64];
	int fd = dial();

	(void)!send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
	CU_ASSERT_TRUE(recv(fd, first, sizeof(first), 0) > 0); /* the answer is on its way */
	control_stop(&c);
	close(fd);
}

static int set_up(void)
{
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/control.sock", dir);
	return 0;
}

static int clean_up(void)
{
	json_set_alloc_funcs(malloc, free); /* for the suites of other programs */
	unlink(path);
	return rmdir(dir);
}

static CU_TestInfo tests[] = {
	{ "a command gets its object and answers", test_answers },
	{ "what is wrong with a request has its code", test_refusals },
	{ "a failure is a whole error document", test_error_document },
	{ "a body over a mebioctet is refused", test_large_body },
	{ "stop lets everything finish that runs", test_stop_finishes },
	{ "while it stops, a new request is refused", test_stop_refuses },
	{ "reload waits until nobody uses the old configuration", test_reload_waits },
	{ "one person cannot hold all connections", test_connection_limit },
	{ "a client that goes away hurts nobody", test_client_gone },
	{ "an answer that nobody reads does not hold up the stop", test_nobody_reads },
	{ "nor for ever one that is read too slowly", test_reads_too_slowly },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_ops_control = {
	.pName = "agent/ops/control",
	.pInitFunc = set_up,
	.pCleanupFunc = clean_up,
	.pTests = tests,
};
