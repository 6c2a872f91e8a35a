/* What the two sides of the socket share: frames and the packed forms. Of use to net*.c
 * and their tests alone. */
#ifndef CLIENT_NET_WIRE_H
#define CLIENT_NET_WIRE_H

#include "client/net.h"
#include "lib/base/pack.h"

#define NET_FRAME_MAX (1024 * 1024)
#define NET_PEM_MAX (NATIVE_ANCHORS_MAX * 12288)

enum net_question { NET_ASK_NONE, NET_ASK_POST, NET_ASK_DOCUMENT };

/* What the child found out, besides the message. */
struct net_report {
	uint32_t code;         /* enum code; ENR_NONE: there is a message */
	uint32_t curl, verify; /* CURLcode and X509_V_ of a failure */
	uint32_t status;       /* HTTP, or that of a proxy's refusal */
	uint32_t retry_after;
	uint32_t proxied;
	uint8_t leaf[NATIVE_HASH_LEN];
	char address[64];
	char names[NET_NAMES_MAX]; /* "a.example, b.example": the certificate's, at most five */
};

/* One length-prefixed message. 0, or -1: the other side is gone, too slow (ms) or out of bounds. */
int net_send(int fd, const struct str *frame);
int net_receive(int fd, int timeout_ms, struct bytes *frame);

void net_pack_report(const struct net_report *r, struct str *out);
void net_unpack_report(struct unpack *u, struct net_report *r);
void net_pack_message(const struct net_answer *a, struct str *out);
void net_unpack_message(struct unpack *u, struct net_answer *a);

/* The child, from fork to exit. */
_Noreturn void net_child(int fd);
/* Privileges, descriptors, core dumps. 0 or -1. */
int net_confine(int fd);

struct net_http;
struct net_http *net_http_new(void);
void net_http_free(struct net_http **h);
/* r is filled; body replaced if a 2xx or an error of the server's own came in our media type. */
void net_http_post(struct net_http *h, const struct net_call *c, struct net_report *r,
	struct bytes *body);

#endif
