#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/net_wire.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"

#define TIME_MAX 253402300799 /* 9999-12-31T23:59:59Z */

static int send_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int net_send(int fd, const struct str *frame)
{
	struct str head = STR_INIT(4);
	int rc;

	if (frame->overflow || frame->len > NET_FRAME_MAX)
		return -1;
	pack_u32(&head, (uint32_t)frame->len);
	rc = send_all(fd, (const uint8_t *)head.data, head.len);
	str_free(&head);
	return rc < 0 ? -1 : send_all(fd, (const uint8_t *)frame->data, frame->len);
}

static int receive_all(int fd, uint8_t *data, size_t len, int64_t deadline)
{
	while (len > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t wait = deadline < 0 ? -1 : deadline - clock_mono_ms();
		ssize_t n;
		int ready;

		if (deadline >= 0 && wait <= 0)
			return -1;
		ready = poll(&p, 1, (int)wait);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return -1;
		n = recv(fd, data, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int net_receive(int fd, int timeout_ms, struct bytes *frame)
{
	int64_t deadline = timeout_ms < 0 ? -1 : clock_mono_ms() + timeout_ms;
	uint8_t head[4];
	struct unpack u = UNPACK_INIT(head, sizeof(head));
	uint8_t *data;
	uint32_t len;

	if (receive_all(fd, head, sizeof(head), deadline) < 0)
		return -1;
	len = unpack_u32(&u);
	if (len == 0 || len > NET_FRAME_MAX)
		return -1;
	data = mem_new(len);
	if (receive_all(fd, data, len, deadline) < 0) {
		free(data);
		return -1;
	}
	bytes_free(frame);
	*frame = (struct bytes){ data, len };
	return 0;
}

/* A text that fits its buffer; else bad. */
static void unpack_into(struct unpack *u, char *out, size_t size)
{
	autoclean(text_free) char *t = unpack_text(u, size - 1);

	memset(out, 0, size);
	if (t == NULL)
		u->bad = 1;
	else
		snprintf(out, size, "%s", t);
}

/* From 1970 to the end of year 9999; 0 where nothing is said. */
static int64_t unpack_time(struct unpack *u)
{
	uint64_t t = unpack_u64(u);

	if (t > TIME_MAX)
		u->bad = 1;
	return u->bad ? 0 : (int64_t)t;
}

void net_pack_report(const struct net_report *r, struct str *out)
{
	pack_u32(out, r->code);
	pack_u32(out, r->curl);
	pack_u32(out, r->verify);
	pack_u32(out, r->status);
	pack_u32(out, r->retry_after);
	pack_u32(out, r->proxied);
	pack_bytes(out, r->leaf, sizeof(r->leaf));
	pack_text(out, r->address);
	pack_text(out, r->names);
}

void net_unpack_report(struct unpack *u, struct net_report *r)
{
	r->code = unpack_u32(u);
	r->curl = unpack_u32(u);
	r->verify = unpack_u32(u);
	r->status = unpack_u32(u);
	r->retry_after = unpack_u32(u);
	r->proxied = unpack_u32(u);
	unpack_fixed(u, r->leaf, sizeof(r->leaf));
	unpack_into(u, r->address, sizeof(r->address));
	unpack_into(u, r->names, sizeof(r->names));
}

static void pack_discovered(const struct native_discovered *m, struct str *out)
{
	pack_u32(out, m->version);
	pack_text(out, m->shown);
	pack_u8(out, (uint8_t)m->eligible);
	pack_u64(out, (uint64_t)m->time);
	pack_bytes(out, m->nonce, sizeof(m->nonce));
	pack_text(out, m->attempt);
	pack_bytes(out, m->state.data, m->state.len);
}

static void unpack_discovered(struct unpack *u, struct native_discovered *m)
{
	uint8_t eligible;

	m->version = unpack_u32(u);
	unpack_into(u, m->shown, sizeof(m->shown));
	eligible = unpack_u8(u);
	m->eligible = eligible == ANSWER_YES ? ANSWER_YES :
		eligible == ANSWER_NO ? ANSWER_NO : ANSWER_UNKNOWN;
	m->time = unpack_time(u);
	unpack_fixed(u, m->nonce, sizeof(m->nonce));
	unpack_into(u, m->attempt, sizeof(m->attempt));
	unpack_bytes(u, NATIVE_STATE_MAX, &m->state);
}

static void pack_bootstrapped(const struct native_bootstrapped *m, struct str *out)
{
	pack_u32(out, m->version);
	pack_u64(out, (uint64_t)m->time);
	pack_u64(out, (uint64_t)m->valid_until);
	pack_u32(out, (uint32_t)m->n_anchors);
	for (size_t i = 0; i < m->n_anchors; i++) {
		pack_u32(out, m->anchors[i].roles);
		pack_bytes(out, m->anchors[i].der.data, m->anchors[i].der.len);
	}
	pack_text(out, m->attempt);
	pack_bytes(out, m->state.data, m->state.len);
	pack_bytes(out, m->mac, sizeof(m->mac));
}

static void unpack_bootstrapped(struct unpack *u, struct native_bootstrapped *m)
{
	uint32_t n;

	m->version = unpack_u32(u);
	m->time = unpack_time(u);
	m->valid_until = unpack_time(u);
	n = unpack_u32(u);
	if (n < 1 || n > NATIVE_ANCHORS_MAX)
		u->bad = 1;
	for (uint32_t i = 0; i < n && !u->bad; i++) {
		m->anchors[i].roles = unpack_u32(u);
		unpack_bytes(u, NATIVE_ANCHOR_MAX, &m->anchors[i].der);
		m->n_anchors = i + 1;
	}
	unpack_into(u, m->attempt, sizeof(m->attempt));
	unpack_bytes(u, NATIVE_STATE_MAX, &m->state);
	unpack_fixed(u, m->mac, sizeof(m->mac));
}

static void pack_enrolled(const struct native_enrolled *m, struct str *out)
{
	pack_u32(out, m->version);
	pack_u64(out, (uint64_t)m->time);
	pack_text(out, m->attempt);
	pack_bytes(out, m->document.data, m->document.len);
	pack_bytes(out, m->mac, sizeof(m->mac));
}

static void unpack_enrolled(struct unpack *u, struct native_enrolled *m)
{
	m->version = unpack_u32(u);
	m->time = unpack_time(u);
	unpack_into(u, m->attempt, sizeof(m->attempt));
	unpack_bytes(u, NATIVE_DOCUMENT_MAX, &m->document);
	unpack_fixed(u, m->mac, sizeof(m->mac));
}

static void pack_refused(const struct native_refused *m, struct str *out)
{
	pack_u32(out, m->version);
	pack_u32(out, (uint32_t)m->code);
	pack_u32(out, m->number);
	pack_text(out, m->shown);
	pack_u64(out, (uint64_t)m->time);
	pack_u64(out, (uint64_t)m->valid_until);
	pack_text(out, m->attempt);
	pack_u8(out, m->has_mac != 0);
	pack_bytes(out, m->mac, sizeof(m->mac));
}

static void unpack_refused(struct unpack *u, struct native_refused *m)
{
	m->version = unpack_u32(u);
	m->code = (enum code)unpack_u32(u);
	m->number = unpack_u32(u);
	unpack_into(u, m->shown, sizeof(m->shown));
	m->time = unpack_time(u);
	m->valid_until = unpack_time(u);
	unpack_into(u, m->attempt, sizeof(m->attempt));
	m->has_mac = unpack_u8(u) == 1;
	unpack_fixed(u, m->mac, sizeof(m->mac));
}

static void pack_left(const struct native_left *m, struct str *out)
{
	pack_u32(out, m->version);
	pack_u64(out, (uint64_t)m->time);
	pack_text(out, m->attempt);
	pack_u8(out, (uint8_t)m->outcome);
}

static void unpack_left(struct unpack *u, struct native_left *m)
{
	unsigned outcome;

	m->version = unpack_u32(u);
	m->time = unpack_time(u);
	unpack_into(u, m->attempt, sizeof(m->attempt));
	outcome = unpack_u8(u);
	if (outcome > NATIVE_REPLACED)
		u->bad = 1;
	else
		m->outcome = (enum native_outcome)outcome;
}

void net_pack_message(const struct net_answer *a, struct str *out)
{
	pack_u8(out, (uint8_t)a->message);
	switch (a->message) {
	case NET_MESSAGE_NONE: break;
	case NET_MESSAGE_DISCOVERED: pack_discovered(&a->discovered, out); break;
	case NET_MESSAGE_BOOTSTRAPPED: pack_bootstrapped(&a->bootstrapped, out); break;
	case NET_MESSAGE_ENROLLED: pack_enrolled(&a->enrolled, out); break;
	case NET_MESSAGE_REFUSED: pack_refused(&a->refused, out); break;
	case NET_MESSAGE_LEFT: pack_left(&a->left, out); break;
	}
}

void net_unpack_message(struct unpack *u, struct net_answer *a)
{
	uint8_t kind = unpack_u8(u);

	a->message = NET_MESSAGE_NONE;
	switch (kind) {
	case NET_MESSAGE_NONE: return;
	case NET_MESSAGE_DISCOVERED: unpack_discovered(u, &a->discovered); break;
	case NET_MESSAGE_BOOTSTRAPPED: unpack_bootstrapped(u, &a->bootstrapped); break;
	case NET_MESSAGE_ENROLLED: unpack_enrolled(u, &a->enrolled); break;
	case NET_MESSAGE_REFUSED: unpack_refused(u, &a->refused); break;
	case NET_MESSAGE_LEFT: unpack_left(u, &a->left); break;
	default: u->bad = 1; return;
	}
	a->message = (enum net_message)kind;
}
