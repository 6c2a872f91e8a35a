#include "agent/enrollment/rules.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static char *reserved[] = { (char *)"dc1", (char *)"ADMIN" };
static char *public_names[] = { (char *)"mobileenroll.contoso.test", (char *)"alias" };
static char *key_types[] = { (char *)"p256", (char *)"rsa2048", (char *)"rsa3072" };
static struct conf_listener listener = {
	.name = (char *)"main", .serves_enroll = 1, .public_name = { public_names, 2 },
};
static struct conf_profile profiles[] = {
	{ .name = (char *)"default" },
	{ .name = (char *)"dm", .dm_server = (char *)"https://user@dm.contoso.test:8443/x?y" },
};

static struct conf sample(void)
{
	return (struct conf){
		.reserved_names = { reserved, 2 }, .key_types = { key_types, 3 },
		.listener = &listener, .n_listener = 1, .profile = profiles, .n_profile = 2,
		.bind_dn = (char *)"cn= Agent7,ou=Services,dc=contoso,dc=test",
		.default_lifetime = 28800, .max_lifetime = 2592000,
	};
}

static void a_name_is_one_label_that_nobody_else_has(void)
{
	static const struct {
		const char *name;
		enum code code;
	} rows[] = {
		{ "LT-0042", ENR_NONE },
		{ "a", ENR_NONE },
		{ "0x", ENR_NONE },
		{ "a23456789012345678901234567890123456789012345678901234567890123", ENR_NONE },
		{ "a234567890123456789012345678901234567890123456789012345678901234",
			ENR_NAME_INVALID },
		{ "", ENR_NAME_INVALID },
		{ "12345", ENR_NAME_INVALID },
		{ "-a", ENR_NAME_INVALID },
		{ "a-", ENR_NAME_INVALID },
		{ "a.b", ENR_NAME_INVALID },
		{ "a b", ENR_NAME_INVALID },
		{ "a_b", ENR_NAME_INVALID },
		{ "a*", ENR_NAME_INVALID },
		{ "a)(cn=*", ENR_NAME_INVALID },
		{ "a,ou=x", ENR_NAME_INVALID },
		{ "caf\xc3\xa9", ENR_NAME_INVALID },
		{ "DC1", ENR_NAME_RESERVED },
		{ "admin", ENR_NAME_RESERVED },
		{ "admin2", ENR_NONE },
		{ "agent7", ENR_NAME_RESERVED },
		{ "agent", ENR_NONE },
		{ "agent77", ENR_NONE },
		{ "mobileenroll", ENR_NAME_RESERVED },
		{ "MobileEnroll", ENR_NAME_RESERVED },
		{ "mobileenrol", ENR_NONE },
		{ "Alias", ENR_NAME_RESERVED },
		{ "dm", ENR_NAME_RESERVED },
		{ "contoso", ENR_NONE },
	};
	struct conf c = sample();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = FAIL_INIT;
		int ended = rules_name(&c, rows[i].name, &f);

		CU_ASSERT_EQUAL(ended, rows[i].code == ENR_NONE ? 0 : -1);
		CU_ASSERT_EQUAL(f.code, rows[i].code);
		if (f.code != rows[i].code)
			fprintf(stderr, "rules_name %s: %d\n", rows[i].name, f.code);
	}
}

static void the_host_of_a_url_is_found(void)
{
	static const struct {
		const char *url, *host;
	} rows[] = {
		{ "https://dm.contoso.test", "dm.contoso.test" },
		{ "https://dm.contoso.test/a/b", "dm.contoso.test" },
		{ "https://dm.contoso.test:443", "dm.contoso.test" },
		{ "https://u:p@dm.contoso.test:443/@x", "dm.contoso.test" },
		{ "https://dm?x", "dm" },
		{ "https:///x", NULL },
		{ "dm.contoso.test", NULL },
		{ "https://a-host-that-is-longer-than-the-thirty-two-octets", NULL },
	};
	char host[32];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int ended = rules_url_host(rows[i].url, host, sizeof(host));

		CU_ASSERT_EQUAL(ended, rows[i].host ? 0 : -1);
		if (ended == 0 && rows[i].host)
			CU_ASSERT_STRING_EQUAL(host, rows[i].host);
	}
}

static void a_lifetime_has_bounds(void)
{
	static const struct {
		int64_t wanted, got; /* got 0: refused */
	} rows[] = {
		{ 0, 28800 }, { 60, 60 }, { 59, 0 }, { -1, 0 }, { 2592000, 2592000 },
		{ 2592001, 0 }, { INT64_MAX, 0 }, { INT64_MIN, 0 },
	};
	struct conf c = sample();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = FAIL_INIT;
		int64_t got = 0;

		CU_ASSERT_EQUAL(rules_lifetime(&c, rows[i].wanted, &got, &f), rows[i].got ? 0 : -1);
		CU_ASSERT_EQUAL(got, rows[i].got);
		CU_ASSERT_EQUAL(f.code, rows[i].got ? ENR_NONE : ENR_LIFETIME_INVALID);
	}
}

static void keys_are_accepted_by_kind_and_refused_by_name(void)
{
	static const struct {
		struct pki_csr csr;
		int accepted;
		const char *word;
	} rows[] = {
		{ { .kind = KEY_P256, .key_words = "EC P-256" }, 1, NULL },
		{ { .kind = KEY_P384, .key_words = "EC secp384r1" }, 0, "P-384" },
		{ { .kind = KEY_ED25519, .key_words = "Ed25519" }, 0, "Ed25519" },
		{ { .kind = KEY_RSA2048, .rsa_bits = 2048 }, 1, NULL },
		{ { .rsa_bits = 2560, .key_words = "RSA 2560 bits" }, 1, NULL },
		{ { .kind = KEY_RSA3072, .rsa_bits = 3072 }, 1, NULL },
		{ { .rsa_bits = 4095, .key_words = "RSA 4095 bits" }, 1, NULL },
		{ { .kind = KEY_RSA4096, .rsa_bits = 4096 }, 0, "rsa4096" },
		{ { .rsa_bits = 1024, .key_words = "RSA 1024 bits" }, 0, "RSA 1024 bits" },
		{ { .rsa_bits = 8192, .key_words = "RSA 8192 bits" }, 0, "RSA 8192 bits" },
		{ { .key_words = "DSA" }, 0, "DSA" },
	};
	struct conf c = sample();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = FAIL_INIT;
		int ended = rules_key(&c, NULL, &rows[i].csr, &f);

		CU_ASSERT_EQUAL(ended, rows[i].accepted ? 0 : -1);
		if (rows[i].accepted)
			continue;
		CU_ASSERT_EQUAL(f.code, ENR_KEY_REFUSED);
		CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, rows[i].word));
		CU_ASSERT_PTR_NOT_NULL(strstr(f.told, "p256, rsa2048, rsa3072"));
	}
}

static void keys_of_active_directory(void)
{
	static char *all[] = { (char *)"p256", (char *)"rsa2048", (char *)"ed25519" };
	struct conf ad = { .flavour = (char[]){ "ad" }, .key_types = { all, 3 } };
	const struct conf_profile plain = { .pkinit = 0 }, pkinit = { .pkinit = 1 };
	const struct pki_csr rsa = { .kind = KEY_RSA2048, .rsa_bits = 2048 },
			     ec = { .kind = KEY_P256 }, ed = { .kind = KEY_ED25519 };
	const struct {
		const struct conf_profile *profile;
		const struct pki_csr *csr;
		const char *told; /* NULL: accepted */
	} rows[] = {
		{ NULL, &rsa, NULL }, { NULL, &ec, NULL }, { &plain, &ec, NULL },
		{ &plain, &ed, "accepted are p256, rsa2048" }, { &pkinit, &rsa, NULL },
		{ &pkinit, &ec, "accepted are rsa2048" }, { &pkinit, &ed, "accepted are rsa2048" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(rules_key(&ad, rows[i].profile, rows[i].csr, &f),
			rows[i].told ? -1 : 0);
		if (rows[i].told)
			CU_ASSERT_STRING_EQUAL(f.told, rows[i].told);
	}
}

static void a_dialect_must_be_listed(void)
{
	static const struct {
		const char *list, *dialect;
		int allowed;
	} rows[] = {
		{ "native", "native", 1 }, { "est,native", "native", 1 },
		{ "native,est", "native", 1 }, { "est", "native", 0 }, { "natives", "native", 0 },
		{ "nativ", "native", 0 }, { "", "native", 0 }, { NULL, "native", 0 },
		{ "native", "", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CU_ASSERT_EQUAL(rules_dialect(rows[i].list, rows[i].dialect, NULL),
			rows[i].allowed ? 0 : -1);
}

static void a_server_name_must_be_the_listener_s(void)
{
	CU_ASSERT_EQUAL(rules_server_name(&listener, "mobileenroll.contoso.test", NULL), 0);
	CU_ASSERT_EQUAL(rules_server_name(&listener, "MobileEnroll.contoso.test", NULL), 0);
	CU_ASSERT_EQUAL(rules_server_name(&listener, "relay.contoso.test", NULL), -1);
	CU_ASSERT_EQUAL(rules_server_name(&listener, "", NULL), -1);
	CU_ASSERT_EQUAL(rules_server_name(NULL, "mobileenroll.contoso.test", NULL), -1);
}

static void the_state_says_who_may_go_on(void)
{
	static const struct {
		struct store_record r;
		enum code code;
		int64_t good_until;
	} rows[] = {
		{ { .state = RECORD_PENDING, .not_before = 900, .expires = 1001 }, ENR_NONE, 1001 },
		{ { .state = RECORD_PENDING, .not_before = 900, .expires = 1000 },
			ENR_PASSWORD_EXPIRED, 0 },
		{ { .state = RECORD_PENDING, .not_before = 1001, .expires = 2000 },
			ENR_PASSWORD_EARLY, 2000 },
		{ { .state = RECORD_CLAIMED, .expires = 999 }, ENR_NONE, 0 },
		{ { .state = RECORD_ISSUED, .expires = 1500 }, ENR_NONE, 1500 },
		{ { .state = RECORD_UNCERTAIN, .expires = 1500 }, ENR_NONE, 1500 },
		{ { .state = RECORD_ENROLLED, .expires = 10, .finished_at = 1000 - 86399 },
			ENR_NONE, 0 },
		{ { .state = RECORD_ENROLLED, .expires = 10, .finished_at = 1000 - 86400 },
			ENR_PASSWORD_USED, 0 },
		{ { .state = RECORD_ENROLLED, .expires = 1001, .finished_at = -99999 },
			ENR_NONE, 0 },
		{ { .state = RECORD_DISABLED, .expires = 2000 }, ENR_PASSWORD_USED, 0 },
		{ { .state = RECORD_REVOKED, .expires = 2000 }, ENR_PASSWORD_USED, 0 },
		{ { .state = RECORD_REMOVED, .expires = 2000 }, ENR_PASSWORD_USED, 0 },
		{ { .state = RECORD_CANCELED, .expires = 2000 }, ENR_PASSWORD_CANCELED, 0 },
		{ { .state = RECORD_NONE, .expires = 2000 }, ENR_PASSWORD_USED, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(rules_may_go_on(&rows[i].r, 1000, &f),
			rows[i].code == ENR_NONE ? 0 : -1);
		CU_ASSERT_EQUAL(f.code, rows[i].code);
		CU_ASSERT_EQUAL(rules_good_until(&rows[i].r, 1000), rows[i].good_until);
	}
}

static void a_mark_names_record_epoch_and_nonce(void)
{
	struct store_record r = { .id = "E-4H2X-8RNP", .epoch = INT64_MAX };
	char mark[RULES_MARK_MAX];

	memset(r.nonce, 0xa5, sizeof(r.nonce));
	rules_mark(&r, mark);
	CU_ASSERT_STRING_EQUAL(mark,
		"1:E-4H2X-8RNP:9223372036854775807:a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
}

static void a_full_name_is_lower_case(void)
{
	autoclean(text_free) char *fqdn = rules_fqdn("WM-Andreas-01", "contoso.test");

	CU_ASSERT_STRING_EQUAL(fqdn, "wm-andreas-01.contoso.test");
}

static CU_TestInfo tests[] = {
	{ "a name is one label that nobody else has", a_name_is_one_label_that_nobody_else_has },
	{ "the host of a URL is found", the_host_of_a_url_is_found },
	{ "a lifetime has bounds", a_lifetime_has_bounds },
	{ "keys are accepted by kind and refused by name",
		keys_are_accepted_by_kind_and_refused_by_name },
	{ "keys of Active Directory", keys_of_active_directory },
	{ "a dialect must be listed", a_dialect_must_be_listed },
	{ "a server name must be the listener's", a_server_name_must_be_the_listener_s },
	{ "the state says who may go on", the_state_says_who_may_go_on },
	{ "a mark names record, epoch and nonce", a_mark_names_record_epoch_and_nonce },
	{ "a full name is lower case", a_full_name_is_lower_case },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_agent_enrollment_rules = {
	.pName = "agent/enrollment/rules",
	.pTests = tests,
};
