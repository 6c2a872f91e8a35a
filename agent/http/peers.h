/* Who connects from where, and how often they failed: connections counted and failures charged by
 * network, IPv4 by address, IPv6 by /64 and, eight times as generously, by /48. Success costs
 * nothing (thousands of devices may sit behind one NAT). A failure leaks away within the window;
 * memory is bounded. One thread; time is the caller's (clock_mono_ms). */
#ifndef AGENT_HTTP_PEERS_H
#define AGENT_HTTP_PEERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct peers;

struct peers_limits {
	size_t connections;     /* at once from one network */
	int64_t failures;       /* within the window; 0: no limit */
	int64_t window_s;
};
#define PEER_NETS 2
#define PEER_NET_LEN 9
#define PEER_NETWORK_MAX 48
struct peer {
	uint8_t net[PEER_NETS][PEER_NET_LEN]; /* kind and prefix; kind 0: none */
	char text[48];                        /* the address, numeric */
};

/* From a socket address; anything but IPv4 and IPv6 gives "local", which has no limits. */
void peer_of(const struct sockaddr *sa, socklen_t len, struct peer *out);
/* From a person's words: an address, or a network as peers_throttled names it ("2001:db8::/48", of
 * which only that prefix counts). 1, or 0 if it is neither. */
int peer_parse(const char *text, struct peer *out);

struct peers *peers_new(const struct peers_limits *limits);
void peers_free(struct peers **p);

/* -1: too many from there (nothing counted). Each 0 wants one peers_disconnect. */
int peers_connect(struct peers *p, const struct peer *who);
void peers_disconnect(struct peers *p, const struct peer *who);

void peers_charge(struct peers *p, const struct peer *who, int64_t now_ms);
/* 1 if a refusal of that network is to be told in the log: one a second, not each. */
int peers_tells(struct peers *p, const struct peer *who, int64_t now_ms);
/* Seconds until requests are taken again; 0: now. */
int64_t peers_wait(struct peers *p, const struct peer *who, int64_t now_ms);
/* Failed so much that not even a handshake is worth it. */
int peers_shuns(struct peers *p, const struct peer *who, int64_t now_ms);

struct peers_row {
	char network[PEER_NETWORK_MAX]; /* "192.0.2.1", "2001:db8:0:1::/64", "2001:db8::/48" */
	int64_t wait_s;                 /* until requests are taken again */
};
/* Networks that have to wait, at most max of them; of one address or network: those it is in, or
 * that are in it. NULL: all. */
size_t peers_throttled(struct peers *p, const struct peer *who, int64_t now_ms,
	struct peers_row *out, size_t max);
/* Forget the failures of those. */
void peers_forgive(struct peers *p, const struct peer *who);

#endif
