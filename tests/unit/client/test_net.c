#include "client/net.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/net_wire.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "tests/unit/cunit.h"

/* A child process of ours that goes through the confinement and tells how it looks inside. */
static void the_child_has_no_rights_left(void)
{
	autoclean(bytes_free) struct bytes seen = BYTES_INIT;
	struct unpack u;
	uint32_t inside;
	int pair[2];
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		struct str out = STR_INIT(64);
		int spare = dup(pair[1]);

		if (net_confine(pair[1]) < 0)
			_exit(1);
		pack_u32(&out, (uint32_t)geteuid());
		pack_u8(&out, write(spare > 3 ? spare : 4, "x", 1) < 0);
		pack_u8(&out, setuid(0) < 0 || geteuid() != 0);
		net_send(3, &out);
		_exit(0);
	}
	close(pair[1]);
	CU_ASSERT_EQUAL_FATAL(net_receive(pair[0], 5000, &seen), 0);
	u = UNPACK_INIT(seen.data, seen.len);
	inside = unpack_u32(&u);
	CU_ASSERT(geteuid() == 0 ? inside != 0 : inside == geteuid());
	CU_ASSERT_EQUAL(unpack_u8(&u), 1);
	CU_ASSERT_EQUAL(unpack_u8(&u), 1);
	CU_ASSERT(unpack_done(&u));
	close(pair[0]);
	waitpid(pid, NULL, 0);
}

static void a_document_is_parsed_in_the_child(void)
{
	static const char xml[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
		"<wap-provisioningdoc version=\"1.1\"><characteristic type=\"A\">"
		"<parm name=\"b\" value=\"c\"/></characteristic></wap-provisioningdoc>";
	static const char laughs[] = "<!DOCTYPE x [<!ENTITY a \"b\">]><wap-provisioningdoc/>";
	autoclean(net_free) struct net *n = NULL;
	autoclean(wapdoc_free) struct wapdoc_node *doc = NULL, *none = NULL;
	struct bytes good = { (uint8_t *)(uintptr_t)xml, sizeof(xml) - 1 };
	struct bytes bad = { (uint8_t *)(uintptr_t)laughs, sizeof(laughs) - 1 };
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL_FATAL(net_open(&n, NULL), 0);
	CU_ASSERT_EQUAL(net_document(n, &bad, &none, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DOCUMENT_INVALID);
	CU_ASSERT_EQUAL_FATAL(net_document(n, &good, &doc, NULL), 0);
	CU_ASSERT_STRING_EQUAL(wapdoc_value(wapdoc_find(doc, "A"), "b"), "c");
}

static void nobody_there_is_unreachable(void)
{
	autoclean(net_free) struct net *n = NULL;
	autoclean(str_free) struct str body = STR_INIT(16);
	struct net_call c = { .phase = NET_DISCOVERY, .host = "localhost", .port = 1,
		.body = &body, .timeout = 10 };
	struct net_answer a = { 0 };
	struct fail f = FAIL_INIT;

	str_text_add(&body, "x");
	CU_ASSERT_EQUAL_FATAL(net_open(&n, NULL), 0);
	CU_ASSERT_EQUAL(net_post(n, &c, &a, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_SERVER_UNREACHABLE);
}

/* Packed and unpacked, it is the same; cut anywhere, it is bad and leaks nothing. */
static void round_trip(const struct net_answer *a)
{
	autoclean(str_free) struct str out = STR_INIT(NET_FRAME_MAX);
	autoclean(str_free) struct str again = STR_INIT(NET_FRAME_MAX);
	struct net_answer b = { 0 };
	struct unpack u;

	net_pack_message(a, &out);
	u = UNPACK_INIT((uint8_t *)out.data, out.len);
	net_unpack_message(&u, &b);
	CU_ASSERT(unpack_done(&u));
	net_pack_message(&b, &again);
	CU_ASSERT_EQUAL(out.len, again.len);
	CU_ASSERT_EQUAL(memcmp(out.data, again.data, out.len), 0);
	net_answer_clear(&b);
	for (size_t len = 1; len < out.len; len++) {
		struct net_answer c = { 0 };

		u = UNPACK_INIT((uint8_t *)out.data, len);
		net_unpack_message(&u, &c);
		CU_ASSERT(!unpack_done(&u));
		net_answer_clear(&c);
	}
}

static void messages_survive_the_socket(void)
{
	struct net_answer d = { .message = NET_MESSAGE_DISCOVERED,
		.discovered = { .version = 1, .shown = "1", .eligible = ANSWER_NO, .time = 5,
			.nonce = { 1, 2 }, .attempt = "A-7K3M-Q9TD" } };
	struct net_answer b = { .message = NET_MESSAGE_BOOTSTRAPPED,
		.bootstrapped = { .version = 1, .n_anchors = 2, .attempt = "A-7K3M-Q9TD" } };
	struct net_answer e = { .message = NET_MESSAGE_ENROLLED,
		.enrolled = { .version = 1, .time = 7, .attempt = "A-7K3M-Q9TD" } };
	struct net_answer r = { .message = NET_MESSAGE_REFUSED,
		.refused = { .code = ENR_PASSWORD_USED, .number = 206, .shown = "1", .has_mac = 1,
			.valid_until = 99, .mac = { 3 } } };

	bytes_set(&d.discovered.state, (const uint8_t *)"state", 5);
	bytes_set(&b.bootstrapped.state, (const uint8_t *)"state", 5);
	bytes_set(&b.bootstrapped.anchors[0].der, (const uint8_t *)"one", 3);
	bytes_set(&b.bootstrapped.anchors[1].der, (const uint8_t *)"two", 3);
	bytes_set(&e.enrolled.document, (const uint8_t *)"document", 8);
	round_trip(&d);
	round_trip(&b);
	round_trip(&e);
	round_trip(&r);
	net_answer_clear(&d);
	net_answer_clear(&b);
	net_answer_clear(&e);
}

static void a_frame_over_the_limit_ends_it(void)
{
	static const uint8_t huge[] = { 0x7f, 0xff, 0xff, 0xff };
	static const uint8_t none[] = { 0, 0, 0, 0 };
	struct bytes frame = BYTES_INIT;
	int pair[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CU_ASSERT_EQUAL(write(pair[0], huge, sizeof(huge)), 4);
	CU_ASSERT_EQUAL(net_receive(pair[1], 1000, &frame), -1);
	CU_ASSERT_EQUAL(write(pair[0], none, sizeof(none)), 4);
	CU_ASSERT_EQUAL(net_receive(pair[1], 1000, &frame), -1);
	CU_ASSERT_EQUAL(net_receive(pair[1], 50, &frame), -1);
	CU_ASSERT_PTR_NULL(frame.data);
	close(pair[0]);
	CU_ASSERT_EQUAL(net_receive(pair[1], -1, &frame), -1);
	close(pair[1]);
}

static CU_TestInfo tests[] = {
	{ "the child has no rights left", the_child_has_no_rights_left },
	{ "a document is parsed in the child", a_document_is_parsed_in_the_child },
	{ "nobody there is unreachable", nobody_there_is_unreachable },
	{ "messages survive the socket", messages_survive_the_socket },
	{ "a frame over the limit ends it", a_frame_over_the_limit_ends_it },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_client_net = { .pName = "client/net", .pTests = tests };
