#include "agent/edge/request.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/pack.h"
#include "lib/base/text.h"
#include "lib/wire/identity.h"
#include "lib/wire/native.h"

/* Which fields a kind has. What a kind does not have must be empty. */
enum field {
	HAS_PERSON = 1,  /* identity, server_name */
	HAS_SHOWN = 2,
	HAS_NONCE = 4,
	HAS_VERSION = 8,
	HAS_SELECTOR = 16,
	HAS_STATE = 32,  /* state, leaf_seen */
	HAS_CSR = 64,    /* and serial */
	HAS_MAC = 128,
	HAS_SIGNATURE = 256, /* and certificate */
};

static const struct kind_row {
	enum request_kind kind;
	unsigned has;
} kinds[] = {
	{ REQUEST_DISCOVERY, HAS_PERSON | HAS_SHOWN | HAS_NONCE },
	{ REQUEST_BOOTSTRAP, HAS_PERSON | HAS_VERSION | HAS_SELECTOR | HAS_STATE | HAS_MAC },
	{ REQUEST_ENROLLMENT, HAS_PERSON | HAS_VERSION | HAS_STATE | HAS_CSR | HAS_MAC },
	{ REQUEST_LEAVE, HAS_PERSON | HAS_VERSION | HAS_STATE | HAS_SIGNATURE },
	{ REQUEST_CRL, 0 },
};

static const struct kind_row *find_kind(unsigned kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].kind == (enum request_kind)kind)
			return &kinds[i];
	return NULL;
}

/* A text into an array of the struct; NULL or too long is bad. */
static void unpack_array(struct unpack *u, char *out, size_t size)
{
	autoclean(text_free) char *t = unpack_text(u, size - 1);

	if (t == NULL)
		u->bad = 1;
	else
		memcpy(out, t, strlen(t) + 1);
}

static void pack_fixed(struct str *out, const uint8_t *data, size_t len)
{
	pack_bytes(out, data, len);
}

void enroll_request_pack(const struct enroll_request *q, struct str *out)
{
	pack_u8(out, (uint8_t)q->kind);
	pack_text(out, q->dialect);
	pack_text(out, q->listener);
	pack_text(out, q->address);
	pack_fixed(out, q->leaf_used, sizeof(q->leaf_used));
	pack_text(out, q->client);
	pack_u32(out, q->version);
	pack_text(out, q->shown);
	pack_text(out, q->identity);
	pack_text(out, q->server_name);
	pack_fixed(out, q->nonce, sizeof(q->nonce));
	pack_fixed(out, q->leaf_seen, sizeof(q->leaf_seen));
	pack_fixed(out, q->selector, sizeof(q->selector));
	pack_bytes(out, q->state.data, q->state.len);
	pack_text(out, q->serial);
	pack_bytes(out, q->csr.data, q->csr.len);
	pack_fixed(out, q->mac, sizeof(q->mac));
	pack_u8(out, q->to_leave != 0);
	pack_bytes(out, q->certificate.data, q->certificate.len);
	pack_bytes(out, q->signature.data, q->signature.len);
}

static void unpack_request(struct unpack *u, struct enroll_request *q)
{
	q->kind = (enum request_kind)unpack_u8(u);
	unpack_array(u, q->dialect, sizeof(q->dialect));
	unpack_array(u, q->listener, sizeof(q->listener));
	unpack_array(u, q->address, sizeof(q->address));
	unpack_fixed(u, q->leaf_used, sizeof(q->leaf_used));
	unpack_array(u, q->client, sizeof(q->client));
	q->version = unpack_u32(u);
	unpack_array(u, q->shown, sizeof(q->shown));
	unpack_array(u, q->identity, sizeof(q->identity));
	unpack_array(u, q->server_name, sizeof(q->server_name));
	unpack_fixed(u, q->nonce, sizeof(q->nonce));
	unpack_fixed(u, q->leaf_seen, sizeof(q->leaf_seen));
	unpack_fixed(u, q->selector, sizeof(q->selector));
	unpack_bytes(u, NATIVE_STATE_MAX, &q->state);
	unpack_array(u, q->serial, sizeof(q->serial));
	unpack_bytes(u, NATIVE_CSR_MAX, &q->csr);
	unpack_fixed(u, q->mac, sizeof(q->mac));
	q->to_leave = unpack_u8(u);
	unpack_bytes(u, NATIVE_CERTIFICATE_MAX, &q->certificate);
	unpack_bytes(u, NATIVE_SIGNATURE_MAX, &q->signature);
}

static int is_zero(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != 0)
			return 0;
	return 1;
}

/* Printable ASCII without blanks. */
static int is_word(const char *t)
{
	for (; *t; t++)
		if (*t <= 0x20 || *t >= 0x7f)
			return 0;
	return 1;
}

static int is_canonical_person(const struct enroll_request *q)
{
	char identity[IDENTITY_MAX + 1], name[SERVER_NAME_MAX + 1];
	int port = 0;

	return identity_canonical(q->identity, strlen(q->identity), identity, NULL) == 0 &&
		strcmp(identity, q->identity) == 0 &&
		server_name_canonical(q->server_name, name, &port, NULL) == 0 && port == 0 &&
		strcmp(name, q->server_name) == 0;
}

/* "1" or "1,2,3". */
static int is_shown(const char *t)
{
	return *t != '\0' && strspn(t, "0123456789,") == strlen(t);
}

/* NULL, or the first field that is not as its kind wants it. */
static const char *wrong_field(const struct enroll_request *q, unsigned has)
{
	if ((has & HAS_PERSON) ? !is_canonical_person(q) : (*q->identity || *q->server_name))
		return "identity or server name";
	if ((has & HAS_SHOWN) ? !is_shown(q->shown) : *q->shown)
		return "versions";
	if (!(has & HAS_NONCE) && !is_zero(q->nonce, sizeof(q->nonce)))
		return "nonce";
	if ((has & HAS_VERSION) ? q->version == 0 : q->version != 0)
		return "version";
	if (!(has & HAS_SELECTOR) && !is_zero(q->selector, sizeof(q->selector)))
		return "selector";
	if ((has & HAS_STATE) ? q->state.len == 0 : q->state.len != 0)
		return "state";
	if (!(has & HAS_STATE) && !is_zero(q->leaf_seen, sizeof(q->leaf_seen)))
		return "leaf";
	if (!(has & HAS_MAC) && !is_zero(q->mac, sizeof(q->mac)))
		return "mac";
	if ((has & HAS_NONCE) ? q->to_leave > 1 : q->to_leave != 0)
		return "purpose";
	if ((has & HAS_SIGNATURE) ? q->certificate.len == 0 || q->signature.len == 0
				  : q->certificate.len != 0 || q->signature.len != 0)
		return "signature";
	if ((has & HAS_CSR) ? q->csr.len == 0 : (q->csr.len != 0 || *q->serial))
		return "certificate request";
	return NULL;
}

static int check_request(const struct enroll_request *q, struct fail *f)
{
	const struct kind_row *row = find_kind(q->kind);
	const char *wrong;

	if (row == NULL)
		return fail(
			f, ENR_MESSAGE_MALFORMED, "pipe: request of kind %u", (unsigned)q->kind);
	if (!*q->dialect || !is_word(q->dialect))
		return fail(f, ENR_MESSAGE_MALFORMED, "pipe: dialect");
	if (!*q->listener || text_has_control(q->listener, strlen(q->listener)))
		return fail(f, ENR_MESSAGE_MALFORMED, "pipe: listener");
	if (!*q->address || !is_word(q->address))
		return fail(f, ENR_MESSAGE_MALFORMED, "pipe: address");
	if (text_has_control(q->client, strlen(q->client)) ||
		text_has_control(q->serial, strlen(q->serial)))
		return fail(f, ENR_MESSAGE_MALFORMED, "pipe: control character");
	wrong = wrong_field(q, row->has);
	if (wrong != NULL)
		return fail(f, ENR_MESSAGE_MALFORMED, "pipe: %s", wrong);
	return 0;
}

int enroll_request_unpack(
	const uint8_t *data, size_t len, struct enroll_request *out, struct fail *f)
{
	struct enroll_request q = { 0 };
	struct unpack u = UNPACK_INIT(data, len);

	unpack_request(&u, &q);
	if (!unpack_done(&u)) {
		enroll_request_clear(&q);
		return fail(f, ENR_MESSAGE_MALFORMED, "pipe: request does not unpack");
	}
	if (check_request(&q, f) < 0) {
		enroll_request_clear(&q);
		return -1;
	}
	*out = q;
	return 0;
}

void enroll_request_clear(struct enroll_request *q)
{
	bytes_free(&q->state);
	bytes_free(&q->csr);
	bytes_free(&q->certificate);
	bytes_free(&q->signature);
	memset(q, 0, sizeof(*q));
}

void enroll_reply_pack(const struct enroll_reply *a, struct str *out)
{
	pack_u32(out, (uint32_t)a->code);
	pack_text(out, a->attempt);
	pack_u64(out, (uint64_t)a->time);
	pack_u32(out, a->version);
	pack_text(out, a->shown);
	pack_u8(out, (uint8_t)a->eligible);
	pack_fixed(out, a->nonce, sizeof(a->nonce));
	pack_bytes(out, a->state.data, a->state.len);
	pack_u32(out, (uint32_t)a->n_anchors);
	for (size_t i = 0; i < a->n_anchors; i++) {
		pack_u32(out, a->anchors[i].roles);
		pack_bytes(out, a->anchors[i].der.data, a->anchors[i].der.len);
	}
	if (a->document.len > EDGE_DOCUMENT_MAX)
		out->overflow = 1;
	pack_bytes(out, a->document.data, a->document.len);
	pack_u8(out, a->has_mac != 0);
	pack_fixed(out, a->mac, sizeof(a->mac));
	pack_u64(out, (uint64_t)a->valid_until);
	pack_u64(out, (uint64_t)a->retry_after);
	pack_u8(out, a->charge != 0);
	pack_u8(out, (uint8_t)a->outcome);
}

static void unpack_anchors(struct unpack *u, struct enroll_reply *a)
{
	size_t n = unpack_u32(u);

	if (n > NATIVE_ANCHORS_MAX)
		u->bad = 1;
	for (size_t i = 0; i < n && !u->bad; i++) {
		a->anchors[i].roles = unpack_u32(u);
		unpack_bytes(u, NATIVE_ANCHOR_MAX, &a->anchors[i].der);
		if (a->anchors[i].roles == 0 || a->anchors[i].der.len == 0)
			u->bad = 1;
		a->n_anchors = i + 1;
	}
}

static void unpack_reply(struct unpack *u, struct enroll_reply *a)
{
	a->code = (enum code)unpack_u32(u);
	unpack_array(u, a->attempt, sizeof(a->attempt));
	a->time = (int64_t)unpack_u64(u);
	a->version = unpack_u32(u);
	unpack_array(u, a->shown, sizeof(a->shown));
	a->eligible = (enum answer)unpack_u8(u);
	unpack_fixed(u, a->nonce, sizeof(a->nonce));
	unpack_bytes(u, NATIVE_STATE_MAX, &a->state);
	unpack_anchors(u, a);
	unpack_bytes(u, EDGE_DOCUMENT_MAX, &a->document);
	a->has_mac = unpack_u8(u);
	unpack_fixed(u, a->mac, sizeof(a->mac));
	a->valid_until = (int64_t)unpack_u64(u);
	a->retry_after = (int64_t)unpack_u64(u);
	a->charge = unpack_u8(u);
	a->outcome = unpack_u8(u);
}

static int is_good_reply(const struct enroll_reply *a)
{
	char id[ID_MAX];

	if (a->code != ENR_NONE && code_row(a->code)->code != a->code)
		return 0;
	if (*a->attempt && (!id_parse(a->attempt, 'A', id) || strcmp(id, a->attempt) != 0))
		return 0;
	if (a->eligible != ANSWER_UNKNOWN && a->eligible != ANSWER_NO && a->eligible != ANSWER_YES)
		return 0;
	if (a->time < 0 || a->valid_until < 0 || a->retry_after < 0 || a->retry_after > 86400)
		return 0;
	return a->has_mac <= 1 && a->charge <= 1 && a->outcome <= NATIVE_REPLACED &&
		(!*a->shown || is_shown(a->shown));
}

int enroll_reply_unpack(const uint8_t *data, size_t len, struct enroll_reply *out, struct fail *f)
{
	struct enroll_reply a = { 0 };
	struct unpack u = UNPACK_INIT(data, len);

	unpack_reply(&u, &a);
	if (!unpack_done(&u) || !is_good_reply(&a)) {
		enroll_reply_clear(&a);
		return fail(f, ENR_MESSAGE_MALFORMED, "pipe: reply does not unpack");
	}
	*out = a;
	return 0;
}

void enroll_reply_clear(struct enroll_reply *a)
{
	bytes_free(&a->state);
	bytes_wipe(&a->document);
	for (size_t i = 0; i < NATIVE_ANCHORS_MAX; i++)
		bytes_free(&a->anchors[i].der);
	memset(a, 0, sizeof(*a));
}
