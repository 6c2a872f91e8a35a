#include "agent/http/peers.h"
#include "tests/unit/cunit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static struct peer peer(const char *address)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct peer p = { .text = "" };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		peer_of((struct sockaddr *)&v4, sizeof(v4), &p);
	else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1)
		peer_of((struct sockaddr *)&v6, sizeof(v6), &p);
	else
		CU_FAIL_FATAL("not an address");
	return p;
}

static const struct peers_limits limits = { .connections = 3, .failures = 5, .window_s = 100 };

static void connections_are_counted_by_network(void)
{
	static const struct {
		const char *who;
		int rc;
	} rows[] = {
		{ "192.0.2.1", 0 }, { "192.0.2.1", 0 }, { "192.0.2.1", 0 }, { "192.0.2.1", -1 },
		{ "::ffff:192.0.2.1", -1 },     /* the same, mapped */
		{ "192.0.2.2", 0 },
		{ "2001:db8:1:1::1", 0 }, { "2001:db8:1:1::2", 0 }, { "2001:db8:1:1::3", 0 },
		{ "2001:db8:1:1::4", -1 },      /* the /64 is full */
		{ "2001:db8:1:2::1", 0 },
	};
	struct peers *p = peers_new(&limits);
	struct peer who = peer("192.0.2.1");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer one = peer(rows[i].who);

		CU_ASSERT_EQUAL(peers_connect(p, &one), rows[i].rc);
	}
	peers_disconnect(p, &who);
	CU_ASSERT_EQUAL(peers_connect(p, &who), 0);
	CU_ASSERT_EQUAL(peers_connect(p, &who), -1);
	peers_free(&p);
}

static void a_48_may_eight_times_as_much(void)
{
	struct peers *p = peers_new(&limits);
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct peer one;
	int in = 0;

	inet_pton(AF_INET6, "2001:db8:7::", &v6.sin6_addr);
	for (int i = 0; i < 200; i++) {
		v6.sin6_addr.s6_addr[7] = (uint8_t)i;
		peer_of((struct sockaddr *)&v6, sizeof(v6), &one);
		in += peers_connect(p, &one) == 0;
	}
	CU_ASSERT_EQUAL(in, 24);
	/* What was refused counts nowhere: after one has gone, one comes in, from any /64. */
	v6.sin6_addr.s6_addr[7] = 0;
	peer_of((struct sockaddr *)&v6, sizeof(v6), &one);
	peers_disconnect(p, &one);
	v6.sin6_addr.s6_addr[7] = 199;
	peer_of((struct sockaddr *)&v6, sizeof(v6), &one);
	CU_ASSERT_EQUAL(peers_connect(p, &one), 0);
	CU_ASSERT_EQUAL(peers_connect(p, &one), -1);
	peers_free(&p);
}

static void failures_throttle_and_leak_away(void)
{
	struct peers *p = peers_new(&limits);
	struct peer who = peer("192.0.2.1"), other = peer("192.0.2.9");
	int64_t now = 1000000;

	for (int i = 0; i < 4; i++)
		peers_charge(p, &who, now);
	CU_ASSERT_EQUAL(peers_wait(p, &who, now), 0);
	peers_charge(p, &who, now);
	CU_ASSERT_EQUAL(peers_wait(p, &who, now), 20); /* one of five leaks in 20 s */
	CU_ASSERT_EQUAL(peers_wait(p, &other, now), 0);
	CU_ASSERT_TRUE(peers_wait(p, &who, now + 5000) > 0);
	CU_ASSERT_EQUAL(peers_wait(p, &who, now + 21000), 0);
	peers_charge(p, &who, now + 21000);
	CU_ASSERT_TRUE(peers_wait(p, &who, now + 21000) > 0);
	CU_ASSERT_EQUAL(peers_wait(p, &who, now + 200000), 0);
	peers_free(&p);
}

static void who_never_stops_is_shunned_and_comes_back_in_time(void)
{
	struct peers *p = peers_new(&limits);
	struct peer who = peer("2001:db8:1:1::1"), neighbour = peer("2001:db8:1:1:ffff::2");
	int64_t now = 5000;

	for (int i = 0; i < 5; i++)
		peers_charge(p, &who, now);
	CU_ASSERT_FALSE(peers_shuns(p, &who, now));
	for (int i = 0; i < 100000; i++)
		peers_charge(p, &who, now);
	CU_ASSERT_TRUE(peers_shuns(p, &who, now));
	CU_ASSERT_TRUE(peers_shuns(p, &neighbour, now));
	CU_ASSERT_TRUE(peers_wait(p, &who, now) <= 121); /* the level has a ceiling */
	CU_ASSERT_EQUAL(peers_wait(p, &who, now + 121000), 0);
	peers_free(&p);
}

static size_t throttled(struct peers *p, const char *who, int64_t now, char *names, size_t size)
{
	struct peers_row rows[8];
	struct peer of;
	size_t n;

	CU_ASSERT(who == NULL || peer_parse(who, &of));
	n = peers_throttled(p, who ? &of : NULL, now, rows, 8);
	names[0] = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(names + strlen(names), size - strlen(names), "%s %d;", rows[i].network,
			(int)rows[i].wait_s);
	return n;
}

static void who_has_to_wait_is_told_and_can_be_forgiven(void)
{
	struct peers *p = peers_new(&limits);
	struct peer v4 = peer("192.0.2.1"), v6 = peer("2001:db8:7:1::1"), who;
	char names[400];
	int64_t now = 7000;

	CU_ASSERT_EQUAL(throttled(p, NULL, now, names, sizeof(names)), 0);
	for (int i = 0; i < 5; i++)
		peers_charge(p, &v4, now);
	for (int i = 0; i < 41; i++) /* and so its /48 */
		peers_charge(p, &v6, now);
	CU_ASSERT_EQUAL(throttled(p, NULL, now, names, sizeof(names)), 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(names, "192.0.2.1 20;"));
	CU_ASSERT_PTR_NOT_NULL(strstr(names, "2001:db8:7:1::/64 "));
	CU_ASSERT_PTR_NOT_NULL(strstr(names, "2001:db8:7::/48 "));
	CU_ASSERT_EQUAL(throttled(p, "::ffff:192.0.2.1", now, names, sizeof(names)), 1);
	CU_ASSERT_EQUAL(throttled(p, "192.0.2.2", now, names, sizeof(names)), 0);
	CU_ASSERT_EQUAL(throttled(p, "2001:db8:7:1:ffff::", now, names, sizeof(names)), 2);
	CU_ASSERT_EQUAL(throttled(p, "2001:db8:7:2::", now, names, sizeof(names)), 1);
	CU_ASSERT_EQUAL(throttled(p, "2001:db8:7::/48", now, names, sizeof(names)), 2);
	CU_ASSERT_EQUAL(throttled(p, "2001:db8:8::/48", now, names, sizeof(names)), 0);
	CU_ASSERT(peer_parse("2001:db8:7:2::/64", &who));
	peers_forgive(p, &who);
	CU_ASSERT_EQUAL(throttled(p, NULL, now, names, sizeof(names)), 2);
	CU_ASSERT_EQUAL(throttled(p, "2001:db8:7::/48", now, names, sizeof(names)), 1);
	CU_ASSERT(peer_parse("2001:db8:7::/48", &who));
	peers_forgive(p, &who);
	CU_ASSERT_EQUAL(peers_wait(p, &v6, now), 0);
	CU_ASSERT(peers_wait(p, &v4, now) > 0);
	peers_forgive(p, &v4);
	CU_ASSERT_EQUAL(peers_wait(p, &v4, now), 0);
	peers_free(&p);
}

static void what_is_no_address_is_no_peer(void)
{
	static const char *const wrong[] = { "", "x", "192.0.2", "192.0.2.1/32", "192.0.2.1/64",
		"2001:db8::/47", "2001:db8::/", "2001:db8::/64x", "/64", "[2001:db8::1]",
		"fe80::1%lo", "::ffff:192.0.2.1/64",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb" };
	struct peer who;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT_FALSE(peer_parse(wrong[i], &who));
}

static void a_limit_of_zero_is_none_and_local_peers_have_none(void)
{
	const struct peers_limits no = { .connections = 1, .failures = 0, .window_s = 10 };
	struct peers *p = peers_new(&no);
	struct peer who = peer("192.0.2.1"), local;
	const struct sockaddr unix_address = { .sa_family = AF_UNIX };

	peer_of(&unix_address, sizeof(unix_address), &local);
	CU_ASSERT_STRING_EQUAL(local.text, "local");
	for (int i = 0; i < 1000; i++) {
		peers_charge(p, &who, 1);
		CU_ASSERT_EQUAL(peers_connect(p, &local), 0);
	}
	CU_ASSERT_EQUAL(peers_wait(p, &who, 1), 0);
	peers_free(&p);
}

static void a_refusal_is_told_once_a_second_by_network(void)
{
	struct peers *p = peers_new(&limits);
	struct peer who = peer("192.0.2.1"), other = peer("192.0.2.2");
	struct peer v6 = peer("2001:db8:1:1::1"), beside = peer("2001:db8:1:2::1");

	CU_ASSERT_EQUAL(peers_tells(p, &who, 5000), 1); /* nothing is known of it yet */
	peers_charge(p, &who, 5000);
	peers_charge(p, &other, 5000);
	peers_charge(p, &v6, 5000);
	peers_charge(p, &beside, 5000);
	CU_ASSERT_EQUAL(peers_tells(p, &who, 5000), 1);
	CU_ASSERT_EQUAL(peers_tells(p, &who, 5999), 0);
	CU_ASSERT_EQUAL(peers_tells(p, &other, 5999), 1);
	CU_ASSERT_EQUAL(peers_tells(p, &who, 6000), 1);
	CU_ASSERT_EQUAL(peers_tells(p, &v6, 6000), 1);
	CU_ASSERT_EQUAL(peers_tells(p, &beside, 6000), 0); /* the same /48 */
	peers_free(&p);
}

static struct peer many(uint32_t i)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000000 + i) };
	struct peer p;

	peer_of((struct sockaddr *)&v4, sizeof(v4), &p);
	return p;
}

/* Of many networks no more than 32,768 are remembered, and who is connected stays counted. */
static void memory_is_bounded(void)
{
	struct peers *p = peers_new(&limits);
	struct peer who = peer("198.51.100.1"), one;
	size_t remembered = 0;

	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(peers_connect(p, &who), 0);
	for (uint32_t i = 0; i < 100000; i++) {
		one = many(i);
		for (int k = 0; k < limits.failures; k++)
			peers_charge(p, &one, 1);
	}
	for (uint32_t i = 0; i < 100000; i++) {
		one = many(i);
		remembered += peers_wait(p, &one, 1) > 0;
	}
	CU_ASSERT(remembered > 30000 && remembered <= 32768);
	CU_ASSERT_EQUAL(peers_connect(p, &who), -1);
	peers_disconnect(p, &who);
	CU_ASSERT_EQUAL(peers_connect(p, &who), 0);
	peers_free(&p);
}

static CU_TestInfo tests[] = {
	{ "connections are counted by network", connections_are_counted_by_network },
	{ "a /48 may eight times as much", a_48_may_eight_times_as_much },
	{ "failures throttle and leak away", failures_throttle_and_leak_away },
	{ "who never stops is shunned and comes back in time",
		who_never_stops_is_shunned_and_comes_back_in_time },
	{ "who has to wait is told, and can be forgiven",
		who_has_to_wait_is_told_and_can_be_forgiven },
	{ "what is no address is no peer", what_is_no_address_is_no_peer },
	{ "a limit of zero is none, and local peers have none",
		a_limit_of_zero_is_none_and_local_peers_have_none },
	{ "a refusal is told once a second by network",
		a_refusal_is_told_once_a_second_by_network },
	{ "memory is bounded", memory_is_bounded },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_http_peers = { "agent/http/peers", NULL, NULL, NULL, NULL, tests };
