#include "client/net.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "client/net_wire.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#define READY_MS 10000
#define PARSE_MS 10000
#define GRACE_MS 5000 /* beyond the time the child was given */
#define END_TRIES 200 /* milliseconds for an idle child to end */

struct net {
	int fd;
	pid_t child;
	int retry_after;
};

int net_open(struct net **out, struct fail *f)
{
	autoclean(bytes_free) struct bytes ready = BYTES_INIT;
	autoclean(net_free) struct net *n = mem_new(sizeof(*n));
	int pair[2];

	n->fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(f, ENR_SANDBOX_FAILED, "socketpair");
	fflush(NULL);
	n->child = fork();
	if (n->child < 0) {
		close(pair[0]);
		close(pair[1]);
		return fail_errno(f, ENR_SANDBOX_FAILED, "fork");
	}
	if (n->child == 0)
		net_child(pair[1]);
	close(pair[1]);
	n->fd = pair[0];
	if (net_receive(n->fd, READY_MS, &ready) < 0)
		return fail(f, ENR_SANDBOX_FAILED, "the network process did not start");
	*out = steal(n);
	return 0;
}

/* Idle, it ends by itself when its socket is closed; at work, it is not waited for. */
static int has_ended(pid_t child)
{
	for (int i = 0; i < END_TRIES; i++) {
		if (waitpid(child, NULL, WNOHANG) != 0)
			return 1;
		usleep(1000);
	}
	return 0;
}

static void end(struct net *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
	if (n->child > 0 && !has_ended(n->child)) {
		kill(n->child, SIGKILL);
		waitpid(n->child, NULL, 0);
	}
	n->child = 0;
}

void net_free(struct net **n)
{
	if (*n == NULL)
		return;
	end(*n);
	free(*n);
	*n = NULL;
}

/* One question, one answer; a child that fails this is ended. */
static int ask(struct net *n, const struct str *question, int ms, struct bytes *answer,
	struct fail *f)
{
	if (n->fd < 0)
		return fail(f, ENR_INTERNAL, "the network process has ended");
	if (net_send(n->fd, question) < 0 || net_receive(n->fd, ms, answer) < 0) {
		end(n);
		return fail(f, ENR_INTERNAL, "the network process ended or went out of bounds");
	}
	return 0;
}

/* Codes the child may give for want of a message; anything else is a mistake of its. */
static const enum code child_codes[] = {
	ENR_SERVER_NOT_FOUND, ENR_SERVER_UNREACHABLE, ENR_NAME_MISMATCH, ENR_TLS_FAILED,
	ENR_CHAIN_UNTRUSTED, ENR_NOT_ENROLLD, ENR_SERVER_BUSY, ENR_VERSION_UNSUPPORTED,
};

/* Only host names (wildcards too), commas and blanks. */
static int names_are_clean(const char *names)
{
	autoclean(text_free) char *copy = mem_text(names);
	char *at = copy, *one;

	while ((one = strsep(&at, ",")) != NULL) {
		one += strspn(one, " ");
		if (!text_is_hostname(strncmp(one, "*.", 2) == 0 ? one + 2 : one))
			return 0;
	}
	return 1;
}

static const char *chain_words(uint32_t verify)
{
	switch (verify) {
	case X509_V_ERR_CERT_NOT_YET_VALID: return "its certificate is not valid yet";
	case X509_V_ERR_CERT_HAS_EXPIRED: return "its certificate has expired";
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return "another CA issued its certificate";
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION: return "its CA may not issue for this name";
	default: return "its certificate was not accepted";
	}
}

/* The report of a failure in words of ours. */
static int tell(const struct net_call *c, const struct net_report *r, struct fail *f)
{
	enum code code = ENR_INTERNAL;

	for (size_t i = 0; i < ARRAY_LEN(child_codes); i++)
		if (r->code == child_codes[i])
			code = child_codes[i];
	if (r->curl != CURLE_OK)
		fail(f, code, "%s port %d: %s", c->host, c->port,
			curl_easy_strerror((CURLcode)r->curl));
	else
		fail(f, code, "%s port %d: HTTP status %u", c->host, c->port, r->status);
	switch (code) {
	case ENR_NAME_MISMATCH:
		if (names_are_clean(r->names))
			fail_told(f, "You asked for %s; the certificate is for %.180s.", c->host,
				r->names);
		else
			fail_told(f, "You asked for %s; the certificate has no such name.",
				c->host);
		break;
	case ENR_CHAIN_UNTRUSTED:
		fail_told(f, "%s: %s.", c->host, chain_words(r->verify));
		break;
	case ENR_SERVER_UNREACHABLE:
		if (r->proxied)
			fail_told(f, "The proxy of this network answered %u for %s.", r->status,
				c->host);
		else
			fail_told(f, "%s, port %d, does not answer.", c->host, c->port);
		break;
	case ENR_SERVER_NOT_FOUND:
		fail_told(f, "%s is not in DNS, or names cannot be looked up here.", c->host);
		break;
	case ENR_NOT_ENROLLD:
		if (r->status)
			fail_told(f, "%s, port %d, answers (HTTP %u), but not as an enrollment "
				     "server.",
				c->host, c->port, r->status);
		else
			fail_told(f, "%s, port %d, answers, but not as an enrollment server.",
				c->host, c->port);
		break;
	default:
		fail_told(f, "%s, port %d.", c->host, c->port);
		break;
	}
	return -1;
}

static int message_fits(enum net_phase phase, enum net_message message)
{
	static const enum net_message own[] = {
		[NET_DISCOVERY] = NET_MESSAGE_DISCOVERED,
		[NET_BOOTSTRAP] = NET_MESSAGE_BOOTSTRAPPED,
		[NET_ENROLLMENT] = NET_MESSAGE_ENROLLED,
		[NET_LEAVE] = NET_MESSAGE_LEFT,
	};

	return message == NET_MESSAGE_REFUSED || message == own[phase];
}

static void pack_call(const struct net_call *c, struct str *out)
{
	pack_u8(out, NET_ASK_POST);
	pack_u8(out, (uint8_t)c->phase);
	pack_text(out, c->host);
	pack_u32(out, (uint32_t)c->port);
	pack_u32(out, (uint32_t)c->timeout);
	pack_bytes(out, (const uint8_t *)c->body->data, c->body->len);
	pack_text(out, c->anchors);
}

int net_post(struct net *n, const struct net_call *c, struct net_answer *out, struct fail *f)
{
	autoclean(str_free) struct str question = STR_INIT(NET_FRAME_MAX);
	autoclean(bytes_free) struct bytes answer = BYTES_INIT;
	struct net_answer a = { .message = NET_MESSAGE_NONE };
	struct net_report r = { 0 };
	struct unpack u;

	n->retry_after = 0;
	pack_call(c, &question);
	if (ask(n, &question, c->timeout * 1000 + GRACE_MS, &answer, f) < 0)
		return -1;
	u = UNPACK_INIT(answer.data, answer.len);
	net_unpack_report(&u, &r);
	net_unpack_message(&u, &a);
	if (!unpack_done(&u) || (r.code == ENR_NONE && !message_fits(c->phase, a.message))) {
		net_answer_clear(&a);
		end(n);
		return fail(f, ENR_INTERNAL, "the network process gave a malformed answer");
	}
	n->retry_after = r.retry_after <= 86400 ? (int)r.retry_after : 86400;
	if (r.code != ENR_NONE) {
		net_answer_clear(&a);
		return tell(c, &r, f);
	}
	memcpy(a.leaf, r.leaf, sizeof(a.leaf));
	a.proxied = r.proxied != 0;
	if (!a.proxied && text_is_ip(r.address))
		memcpy(a.address, r.address, sizeof(a.address));
	*out = a;
	return 0;
}

int net_retry_after(const struct net *n)
{
	return n->retry_after;
}

void net_answer_clear(struct net_answer *a)
{
	native_discovered_clear(&a->discovered);
	native_bootstrapped_clear(&a->bootstrapped);
	native_enrolled_clear(&a->enrolled);
	*a = (struct net_answer){ .message = NET_MESSAGE_NONE };
}

int net_document(struct net *n, const struct bytes *xml, struct wapdoc_node **out, struct fail *f)
{
	autoclean(str_free) struct str question = STR_INIT(NET_FRAME_MAX);
	autoclean(bytes_free) struct bytes answer = BYTES_INIT;
	struct wapdoc_node *doc;
	struct unpack u;

	pack_u8(&question, NET_ASK_DOCUMENT);
	pack_bytes(&question, xml->data, xml->len);
	if (ask(n, &question, PARSE_MS, &answer, f) < 0)
		return -1;
	u = UNPACK_INIT(answer.data, answer.len);
	if (unpack_u8(&u) != 1)
		return fail(f, ENR_DOCUMENT_INVALID, "it is no wap-provisioningdoc");
	doc = wapdoc_unpack(u.data, u.len, f);
	if (doc == NULL)
		return -1;
	*out = doc;
	return 0;
}
