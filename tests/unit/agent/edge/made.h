/* Requests and replies of each kind, all fields filled, for the tests of this folder. */
#ifndef TESTS_UNIT_AGENT_EDGE_MADE_H
#define TESTS_UNIT_AGENT_EDGE_MADE_H

#include <stdio.h>
#include <string.h>

#include "agent/edge/request.h"

static inline void made_request(enum request_kind kind, struct enroll_request *q)
{
	static const uint8_t state[] = { 1, 2, 3 }, csr[] = { 0x30, 0 };

	memset(q, 0, sizeof(*q));
	q->kind = kind;
	snprintf(q->dialect, sizeof(q->dialect), "native");
	snprintf(q->listener, sizeof(q->listener), "devices");
	snprintf(q->address, sizeof(q->address), "2001:db8::1");
	memset(q->leaf_used, 0x11, sizeof(q->leaf_used));
	if (kind == REQUEST_CRL)
		return;
	snprintf(q->client, sizeof(q->client), "enroll/1.0.0");
	snprintf(q->identity, sizeof(q->identity), "andreas@contoso.test");
	snprintf(q->server_name, sizeof(q->server_name), "mobileenroll.contoso.test");
	if (kind == REQUEST_DISCOVERY) {
		snprintf(q->shown, sizeof(q->shown), "1,2");
		memset(q->nonce, 0x22, sizeof(q->nonce));
		q->to_leave = 1;
		return;
	}
	q->version = 1;
	memset(q->leaf_seen, 0x33, sizeof(q->leaf_seen));
	if (kind != REQUEST_LEAVE)
		memset(q->mac, 0x44, sizeof(q->mac));
	bytes_set(&q->state, state, sizeof(state));
	if (kind == REQUEST_BOOTSTRAP)
		memset(q->selector, 0x55, sizeof(q->selector));
	if (kind == REQUEST_LEAVE) {
		bytes_set(&q->certificate, csr, sizeof(csr));
		bytes_set(&q->signature, state, sizeof(state));
	}
	if (kind == REQUEST_ENROLLMENT) {
		snprintf(q->serial, sizeof(q->serial), "SN-1");
		bytes_set(&q->csr, csr, sizeof(csr));
	}
}

static inline void made_reply(struct enroll_reply *a)
{
	static const uint8_t data[] = { 9, 8, 7 };

	memset(a, 0, sizeof(*a));
	a->code = ENR_PASSWORD_EXPIRED;
	snprintf(a->attempt, sizeof(a->attempt), "A-7K3M-Q9TD");
	a->time = 1790000000;
	a->version = 1;
	snprintf(a->shown, sizeof(a->shown), "1");
	a->eligible = ANSWER_NO;
	memset(a->nonce, 0x66, sizeof(a->nonce));
	bytes_set(&a->state, data, sizeof(data));
	a->n_anchors = NATIVE_ANCHORS_MAX;
	for (size_t i = 0; i < a->n_anchors; i++) {
		a->anchors[i].roles = 1u << (i % 4);
		bytes_set(&a->anchors[i].der, data, sizeof(data));
	}
	bytes_set(&a->document, data, sizeof(data));
	a->has_mac = 1;
	memset(a->mac, 0x77, sizeof(a->mac));
	a->valid_until = 1790003600;
	a->retry_after = 5;
	a->charge = 1;
	a->outcome = 3;
}

#endif
