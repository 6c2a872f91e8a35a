#include "agent/http/peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/id.h"
#include "lib/base/mem.h"

#define SLOTS 4096
#define NETWORKS_MAX 32768
#define WIDE_FACTOR 8   /* what a /48 may, measured in what a /64 may */
#define SHUN_FACTOR 2   /* levels rise to this many limits and no higher */
#define UNIT 1000       /* one failure, in the units of a level */
#define TELL_EVERY_MS 1000

enum net_kind { NET_NONE, NET_V4, NET_V6_64, NET_V6_48 };

struct network {
	uint8_t net[PEER_NET_LEN];
	size_t connections;
	int64_t level, at; /* failures times UNIT, as of that time */
	int64_t told;      /* in the log, then; 0: never */
	struct network *next;
};

struct peers {
	struct peers_limits limits;
	uint64_t seed[2];
	struct network *slot[SLOTS];
	size_t n, cursor;
};

void peer_of(const struct sockaddr *sa, socklen_t len, struct peer *out)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	memset(out, 0, sizeof(*out));
	if (sa->sa_family == AF_INET && len >= sizeof(v4)) {
		memcpy(&v4, sa, sizeof(v4));
		out->net[0][0] = NET_V4;
		memcpy(out->net[0] + 1, &v4.sin_addr, 4);
		inet_ntop(AF_INET, &v4.sin_addr, out->text, sizeof(out->text));
	} else if (sa->sa_family == AF_INET6 && len >= sizeof(v6)) {
		memcpy(&v6, sa, sizeof(v6));
		if (memcmp(&v6.sin6_addr, mapped, sizeof(mapped)) == 0) {
			out->net[0][0] = NET_V4;
			memcpy(out->net[0] + 1, v6.sin6_addr.s6_addr + 12, 4);
			inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, out->text, sizeof(out->text));
			return;
		}
		out->net[0][0] = NET_V6_64;
		memcpy(out->net[0] + 1, &v6.sin6_addr, 8);
		out->net[1][0] = NET_V6_48;
		memcpy(out->net[1] + 1, &v6.sin6_addr, 6);
		inet_ntop(AF_INET6, &v6.sin6_addr, out->text, sizeof(out->text));
	} else {
		snprintf(out->text, sizeof(out->text), "local");
	}
}

static int parse_address(const char *text, struct peer *out)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		peer_of((struct sockaddr *)&v4, sizeof(v4), out);
	else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
		peer_of((struct sockaddr *)&v6, sizeof(v6), out);
	else
		memset(out, 0, sizeof(*out));
	return out->net[0][0] != NET_NONE;
}

int peer_parse(const char *text, struct peer *out)
{
	char address[PEER_NETWORK_MAX];
	size_t len = strcspn(text, "/");
	int wide = strcmp(text + len, "/48") == 0;

	if (len >= sizeof(address))
		return 0;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!parse_address(address, out) || text[len] == '\0')
		return out->net[0][0] != NET_NONE;
	if (out->net[0][0] != NET_V6_64 || (!wide && strcmp(text + len, "/64") != 0))
		return 0;
	if (wide)
		memcpy(out->net[0], out->net[1], PEER_NET_LEN);
	return 1;
}

struct peers *peers_new(const struct peers_limits *limits)
{
	struct peers *p = mem_new(sizeof(*p));

	p->limits = *limits;
	random_bytes(p->seed, sizeof(p->seed));
	return p;
}

void peers_free(struct peers **p)
{
	struct network *next;

	if (*p == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		for (struct network *n = (*p)->slot[i]; n != NULL; n = next) {
			next = n->next;
			free(n);
		}
	}
	free(*p);
	*p = NULL;
}

/* Keyed, so that nobody outside can aim at one chain. */
static size_t slot_of(const struct peers *p, const uint8_t net[PEER_NET_LEN])
{
	uint64_t h = p->seed[0];

	for (size_t i = 0; i < PEER_NET_LEN; i++) {
		h = (h ^ net[i]) * (p->seed[1] | 1);
		h ^= h >> 29;
	}
	return h % SLOTS;
}

static int64_t limit_of(const struct peers *p, const struct network *n)
{
	return p->limits.failures * UNIT * (n->net[0] == NET_V6_48 ? WIDE_FACTOR : 1);
}

static void leak(const struct peers *p, struct network *n, int64_t now)
{
	int64_t window = p->limits.window_s * 1000;

	if (now > n->at && window > 0)
		n->level -= now - n->at >= SHUN_FACTOR * window
			? n->level
			: limit_of(p, n) * (now - n->at) / window;
	if (n->level < 0)
		n->level = 0;
	n->at = now;
}

/* Forget one network that has no connection: the first from the cursor on. */
static void forget_one(struct peers *p)
{
	for (size_t i = 0; i < SLOTS; i++) {
		struct network **at = &p->slot[p->cursor++ % SLOTS];

		while (*at != NULL && (*at)->connections > 0)
			at = &(*at)->next;
		if (*at != NULL) {
			struct network *n = *at;

			*at = n->next;
			free(n);
			p->n--;
			return;
		}
	}
}

static struct network *find(struct peers *p, const uint8_t net[PEER_NET_LEN])
{
	struct network *n = p->slot[slot_of(p, net)];

	while (n != NULL && memcmp(n->net, net, PEER_NET_LEN) != 0)
		n = n->next;
	return n;
}

static struct network *find_or_make(struct peers *p, const uint8_t net[PEER_NET_LEN])
{
	struct network *n = find(p, net), **slot;

	if (n != NULL)
		return n;
	if (p->n >= NETWORKS_MAX)
		forget_one(p);
	n = mem_new(sizeof(*n));
	memcpy(n->net, net, PEER_NET_LEN);
	slot = &p->slot[slot_of(p, net)];
	n->next = *slot;
	*slot = n;
	p->n++;
	return n;
}

int peers_connect(struct peers *p, const struct peer *who)
{
	struct network *n[PEER_NETS] = { NULL };
	size_t max;

	for (size_t i = 0; i < PEER_NETS && who->net[i][0] != NET_NONE; i++) {
		n[i] = find_or_make(p, who->net[i]);
		max = p->limits.connections * (who->net[i][0] == NET_V6_48 ? WIDE_FACTOR : 1);
		if (n[i]->connections >= max) {
			while (i-- > 0)
				n[i]->connections--;
			return -1;
		}
		n[i]->connections++;
	}
	return 0;
}

void peers_disconnect(struct peers *p, const struct peer *who)
{
	for (size_t i = 0; i < PEER_NETS && who->net[i][0] != NET_NONE; i++) {
		struct network *n = find(p, who->net[i]);

		if (n != NULL && n->connections > 0)
			n->connections--;
	}
}

void peers_charge(struct peers *p, const struct peer *who, int64_t now_ms)
{
	for (size_t i = 0; i < PEER_NETS && who->net[i][0] != NET_NONE; i++) {
		struct network *n = find_or_make(p, who->net[i]);
		int64_t most = SHUN_FACTOR * limit_of(p, n);

		leak(p, n, now_ms);
		n->level += UNIT;
		if (n->level > most)
			n->level = most;
	}
}

int peers_tells(struct peers *p, const struct peer *who, int64_t now_ms)
{
	struct network *n = NULL;

	for (size_t i = 0; i < PEER_NETS && who->net[i][0] != NET_NONE; i++)
		n = find(p, who->net[i]); /* the widest, or one may take turns with many */
	if (n == NULL)
		return 1;
	if (n->told != 0 && now_ms - n->told < TELL_EVERY_MS)
		return 0;
	n->told = now_ms;
	return 1;
}

/* The level of a network over `factor` limits, in milliseconds of leaking; <= 0: it is under. */
static int64_t over(struct peers *p, struct network *n, int64_t factor, int64_t now)
{
	int64_t limit = limit_of(p, n);

	if (limit == 0)
		return 0;
	leak(p, n, now);
	if (n->level < factor * limit - UNIT / 2)
		return 0;
	return (n->level - factor * limit + UNIT) * p->limits.window_s * 1000 / limit;
}

int64_t peers_wait(struct peers *p, const struct peer *who, int64_t now_ms)
{
	int64_t ms = 0, one;

	for (size_t i = 0; i < PEER_NETS && who->net[i][0] != NET_NONE; i++) {
		struct network *n = find(p, who->net[i]);

		one = n ? over(p, n, 1, now_ms) : 0;
		ms = one > ms ? one : ms;
	}
	return (ms + 999) / 1000;
}

int peers_shuns(struct peers *p, const struct peer *who, int64_t now_ms)
{
	for (size_t i = 0; i < PEER_NETS && who->net[i][0] != NET_NONE; i++) {
		struct network *n = find(p, who->net[i]);

		if (n != NULL && over(p, n, SHUN_FACTOR, now_ms) > 0)
			return 1;
	}
	return 0;
}

static void name_network(const struct network *n, char out[PEER_NETWORK_MAX])
{
	uint8_t v6[16] = { 0 };
	char text[INET6_ADDRSTRLEN] = "";

	if (n->net[0] == NET_V4) {
		inet_ntop(AF_INET, n->net + 1, text, sizeof(text));
		snprintf(out, PEER_NETWORK_MAX, "%s", text);
		return;
	}
	memcpy(v6, n->net + 1, PEER_NET_LEN - 1);
	inet_ntop(AF_INET6, v6, text, sizeof(text));
	snprintf(out, PEER_NETWORK_MAX, "%.42s/%d", text, n->net[0] == NET_V6_48 ? 48 : 64);
}

/* One of the two holds the other. */
static int overlap(const uint8_t a[PEER_NET_LEN], const uint8_t b[PEER_NET_LEN])
{
	if (a[0] == b[0])
		return memcmp(a, b, PEER_NET_LEN) == 0;
	return a[0] != NET_V4 && b[0] != NET_V4 && memcmp(a + 1, b + 1, 6) == 0;
}

size_t peers_throttled(struct peers *p, const struct peer *who, int64_t now_ms,
	struct peers_row *out, size_t max)
{
	size_t found = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		for (struct network *n = p->slot[i]; n != NULL && found < max; n = n->next) {
			int64_t ms = over(p, n, 1, now_ms);

			if (ms <= 0 || (who != NULL && !overlap(n->net, who->net[0])))
				continue;
			name_network(n, out[found].network);
			out[found++].wait_s = (ms + 999) / 1000;
		}
	}
	return found;
}

void peers_forgive(struct peers *p, const struct peer *who)
{
	for (size_t i = 0; i < SLOTS; i++)
		for (struct network *n = p->slot[i]; n != NULL; n = n->next)
			if (overlap(n->net, who->net[0]))
				n->level = 0;
}
