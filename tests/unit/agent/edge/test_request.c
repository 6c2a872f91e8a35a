#include "agent/edge/request.h"

#include "lib/base/clean.h"
#include "tests/unit/agent/edge/made.h"
#include "tests/unit/cunit.h"

static void pack_q(const struct enroll_request *q, struct str *out)
{
	str_clear(out);
	enroll_request_pack(q, out);
	CU_ASSERT_FALSE(out->overflow);
}

static int unpacks(const struct str *s)
{
	struct enroll_request q;
	struct fail f = FAIL_INIT;
	int rc = enroll_request_unpack((const uint8_t *)s->data, s->len, &q, &f);

	CU_ASSERT_TRUE(rc == 0 || f.code == ENR_MESSAGE_MALFORMED);
	if (rc == 0)
		enroll_request_clear(&q);
	return rc == 0;
}

static void each_kind_comes_back_as_it_was(void)
{
	for (int kind = REQUEST_DISCOVERY; kind <= REQUEST_CRL; kind++) {
		autoclean(str_free) struct str a = STR_INIT(65536), b = STR_INIT(65536);
		struct enroll_request q, back;

		made_request((enum request_kind)kind, &q);
		pack_q(&q, &a);
		CU_ASSERT_EQUAL_FATAL(
			enroll_request_unpack((uint8_t *)a.data, a.len, &back, NULL), 0);
		CU_ASSERT_EQUAL(back.kind, q.kind);
		CU_ASSERT_STRING_EQUAL(back.identity, q.identity);
		CU_ASSERT_EQUAL(back.csr.len, q.csr.len);
		pack_q(&back, &b);
		CU_ASSERT_EQUAL_FATAL(a.len, b.len);
		CU_ASSERT_EQUAL(memcmp(a.data, b.data, a.len), 0);
		enroll_request_clear(&q);
		enroll_request_clear(&back);
	}
}

static void every_shortening_and_every_tail_is_refused(void)
{
	for (int kind = REQUEST_DISCOVERY; kind <= REQUEST_CRL; kind++) {
		autoclean(str_free) struct str s = STR_INIT(65536);
		struct enroll_request q;
		size_t whole;

		made_request((enum request_kind)kind, &q);
		pack_q(&q, &s);
		CU_ASSERT_TRUE(unpacks(&s));
		whole = s.len;
		for (s.len = 0; s.len < whole; s.len++)
			CU_ASSERT_FALSE(unpacks(&s));
		str_char(&s, '\0');
		CU_ASSERT_FALSE(unpacks(&s));
		enroll_request_clear(&q);
	}
}

static void set_long_state(struct enroll_request *q)
{
	uint8_t big[1025] = { 0 };

	bytes_set(&q->state, big, sizeof(big));
}

static void set_long_csr(struct enroll_request *q)
{
	uint8_t big[8193] = { 0 };

	bytes_set(&q->csr, big, sizeof(big));
}

#define TEXT(field, text) snprintf(q->field, sizeof(q->field), "%s", text)

/* What a front that has been taken over might say. */
static void spoil(struct enroll_request *q, int how)
{
	static const uint8_t one[] = { 1 };

	switch (how) {
	case 0: q->kind = REQUEST_NONE; break;
	case 1: q->kind = (enum request_kind)99; break;
	case 2: TEXT(identity, "Andreas@contoso.test"); break;
	case 3: TEXT(identity, "andreas@Contoso.test"); break;
	case 4: TEXT(identity, "andreas"); break;
	case 5: TEXT(identity, "a\n@contoso.test"); break;
	case 6: TEXT(identity, ""); break;
	case 7: TEXT(server_name, "Mobileenroll.contoso.test"); break;
	case 8: TEXT(server_name, "mobileenroll.contoso.test."); break;
	case 9: TEXT(server_name, "mobileenroll.contoso.test:443"); break;
	case 10: TEXT(server_name, "192.0.2.1"); break;
	case 11: TEXT(dialect, ""); break;
	case 12: TEXT(dialect, "a b"); break;
	case 13: TEXT(listener, ""); break;
	case 14: TEXT(listener, "a\tb"); break;
	case 15: TEXT(address, ""); break;
	case 16: TEXT(address, "1.2.3.4 x=y"); break;
	case 17: TEXT(client, "a\nb"); break;
	case 18: TEXT(serial, "a\x7f"); break;
	case 19: TEXT(shown, "1;2"); break;
	case 20: q->version = 0; break;
	case 21: memset(q->nonce, 1, sizeof(q->nonce)); break;
	case 22: bytes_free(&q->state); q->state = BYTES_INIT; break;
	case 23: set_long_state(q); break;
	case 24: bytes_free(&q->csr); q->csr = BYTES_INIT; break;
	case 25: set_long_csr(q); break;
	case 26: memset(q->selector, 1, sizeof(q->selector)); break;
	case 27: TEXT(shown, "1"); break;
	case 28: q->to_leave = 1; break;
	case 29: bytes_set(&q->certificate, one, 1); break;
	case 30: bytes_set(&q->signature, one, 1); break;
	default: bytes_set(&q->csr, one, 1); break;
	}
}

static void nothing_spoiled_gets_through(void)
{
	for (int how = 0; how < 31; how++) {
		autoclean(str_free) struct str s = STR_INIT(65536);
		struct enroll_request q;

		made_request(REQUEST_ENROLLMENT, &q);
		spoil(&q, how);
		pack_q(&q, &s);
		if (unpacks(&s)) {
			char text[40];

			snprintf(text, sizeof(text), "spoiled %d got through", how);
			CU_FAIL(text);
			puts(text);
		}
		enroll_request_clear(&q);
	}
}

/* A kind does not carry what belongs to another. */
static void fields_of_other_kinds_are_refused(void)
{
	static const struct {
		enum request_kind kind;
		int how;
	} rows[] = {
		{ REQUEST_CRL, 2 }, { REQUEST_CRL, 21 }, { REQUEST_CRL, 26 }, { REQUEST_CRL, 27 },
		{ REQUEST_CRL, 99 }, { REQUEST_DISCOVERY, 26 }, { REQUEST_DISCOVERY, 99 },
		{ REQUEST_DISCOVERY, 23 }, { REQUEST_BOOTSTRAP, 21 }, { REQUEST_BOOTSTRAP, 27 },
		{ REQUEST_BOOTSTRAP, 99 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(str_free) struct str s = STR_INIT(65536);
		struct enroll_request q;

		made_request(rows[i].kind, &q);
		spoil(&q, rows[i].how);
		pack_q(&q, &s);
		CU_ASSERT_FALSE(unpacks(&s));
		enroll_request_clear(&q);
	}
}

static void a_reply_comes_back_as_it_was(void)
{
	autoclean(str_free) struct str a = STR_INIT(EDGE_MESSAGE_MAX),
				       b = STR_INIT(EDGE_MESSAGE_MAX);
	struct enroll_reply r, back;

	made_reply(&r);
	enroll_reply_pack(&r, &a);
	CU_ASSERT_EQUAL_FATAL(enroll_reply_unpack((uint8_t *)a.data, a.len, &back, NULL), 0);
	CU_ASSERT_EQUAL(back.code, ENR_PASSWORD_EXPIRED);
	CU_ASSERT_EQUAL(back.n_anchors, NATIVE_ANCHORS_MAX);
	CU_ASSERT_EQUAL(back.valid_until, 1790003600);
	enroll_reply_pack(&back, &b);
	CU_ASSERT_EQUAL_FATAL(a.len, b.len);
	CU_ASSERT_EQUAL(memcmp(a.data, b.data, a.len), 0);
	enroll_reply_clear(&r);
	enroll_reply_clear(&back);
}

static void bad_replies_are_refused(void)
{
	for (int how = 0; how < 8; how++) {
		autoclean(str_free) struct str s = STR_INIT(EDGE_MESSAGE_MAX);
		struct enroll_reply r, back;

		made_reply(&r);
		switch (how) {
		case 0: r.code = (enum code)999; break;
		case 1: snprintf(r.attempt, sizeof(r.attempt), "A-1"); break;
		case 2: snprintf(r.attempt, sizeof(r.attempt), "E-7K3M-Q9TD"); break;
		case 3: r.eligible = (enum answer)3; break;
		case 4: r.time = -1; break;
		case 5: r.retry_after = 1000000; break;
		case 6: r.anchors[3].roles = 0; break;
		default: bytes_free(&r.anchors[3].der); r.anchors[3].der = BYTES_INIT; break;
		}
		enroll_reply_pack(&r, &s);
		CU_ASSERT_EQUAL(enroll_reply_unpack((uint8_t *)s.data, s.len, &back, NULL), -1);
		enroll_reply_clear(&r);
	}
}

/* The largest of everything still fits one frame. */
static void the_largest_reply_fits(void)
{
	static uint8_t anchor[8192], document[EDGE_DOCUMENT_MAX + 1], state[1024];
	autoclean(str_free) struct str s = STR_INIT(EDGE_MESSAGE_MAX);
	struct enroll_reply r, back;

	made_reply(&r);
	for (size_t i = 0; i < r.n_anchors; i++)
		bytes_set(&r.anchors[i].der, anchor, sizeof(anchor));
	bytes_set(&r.document, document, EDGE_DOCUMENT_MAX);
	bytes_set(&r.state, state, sizeof(state));
	enroll_reply_pack(&r, &s);
	CU_ASSERT_FALSE(s.overflow);
	CU_ASSERT_EQUAL(enroll_reply_unpack((uint8_t *)s.data, s.len, &back, NULL), 0);
	enroll_reply_clear(&back);
	/* One octet more is seen here, where another answer can be given, and not there. */
	str_clear(&s);
	r.n_anchors = 0;
	bytes_set(&r.document, document, sizeof(document));
	enroll_reply_pack(&r, &s);
	CU_ASSERT_TRUE(s.overflow);
	r.n_anchors = NATIVE_ANCHORS_MAX;
	enroll_reply_clear(&r);
}

static CU_TestInfo tests[] = {
	{ "each kind comes back as it was", each_kind_comes_back_as_it_was },
	{ "every shortening and every tail is refused",
		every_shortening_and_every_tail_is_refused },
	{ "nothing spoiled gets through", nothing_spoiled_gets_through },
	{ "fields of other kinds are refused", fields_of_other_kinds_are_refused },
	{ "a reply comes back as it was", a_reply_comes_back_as_it_was },
	{ "bad replies are refused", bad_replies_are_refused },
	{ "the largest reply fits", the_largest_reply_fits },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_edge_request = { "agent/edge/request", NULL, NULL, NULL, NULL, tests };
