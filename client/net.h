/* The network and everything a stranger wrote is the work of a child process without rights: DNS,
 * TLS, HTTP, XML. It is forked before the command has a secret, as user _enroll (nobody where there
 * is none), without new privileges, with no descriptor but its socket. This is the parent's side;
 * it treats the child as hostile: every answer is bounded and checked, and no text of it is shown
 * but what passes for an address, a host name or an attempt number.
 *
 * Phases 1 and 2 check the server's name, not its issuer; phase 3, and whatever is given anchors,
 * checks both, the issuer against those alone. The system's roots are never used. The proxy of the
 * environment is (https_proxy, no_proxy). One thread; one question at a time. */
#ifndef CLIENT_NET_H
#define CLIENT_NET_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/wire/native.h"
#include "lib/wire/wapdoc.h"

#define NET_NAMES_MAX 256

struct net;

/* ENR_SANDBOX_FAILED. */
int net_open(struct net **out, struct fail *f);
void net_free(struct net **n); /* ends the child */

enum net_phase { NET_NONE, NET_DISCOVERY, NET_BOOTSTRAP, NET_ENROLLMENT, NET_LEAVE };

struct net_call {
	enum net_phase phase;
	const char *host;        /* canonical */
	int port;
	const struct str *body;
	const char *anchors;     /* PEM; phase 3, and all of leaving; NULL: any issuer */
	int timeout;             /* seconds for all of it */
};
enum net_message {
	NET_MESSAGE_NONE,
	NET_MESSAGE_DISCOVERED,
	NET_MESSAGE_BOOTSTRAPPED,
	NET_MESSAGE_ENROLLED,
	NET_MESSAGE_REFUSED,
	NET_MESSAGE_LEFT,
};
struct net_answer {
	uint8_t leaf[NATIVE_HASH_LEN]; /* of the certificate seen on this connection */
	char address[64];              /* of the peer, or "" (a proxy was in between) */
	int proxied;
	enum net_message message;
	struct native_discovered discovered;     /* the one of message */
	struct native_bootstrapped bootstrapped;
	struct native_enrolled enrolled;
	struct native_refused refused;
	struct native_left left;
};

/* Ask; message is the phase's own answer or a refusal. On -1 f has the code and *out is untouched:
 * ENR_SERVER_NOT_FOUND, ENR_SERVER_UNREACHABLE, ENR_NAME_MISMATCH (told names what the certificate
 * is for), ENR_TLS_FAILED, ENR_CHAIN_UNTRUSTED, ENR_NOT_ENROLLD, ENR_SERVER_BUSY. */
int net_post(struct net *n, const struct net_call *c, struct net_answer *out, struct fail *f);
/* Seconds the server asked to wait in its last answer, whatever that was; 0: not said. */
int net_retry_after(const struct net *n);
void net_answer_clear(struct net_answer *a);

/* The child parses a document whose MAC was checked. ENR_DOCUMENT_INVALID. */
int net_document(struct net *n, const struct bytes *xml, struct wapdoc_node **out, struct fail *f);

#endif
