/* What the reader of messages refuses, row by row, and that the grammar in schema/native.rng
 * refuses the same (xmllint is the judge). Good messages come from tests/vectors/native.json. */
#include "lib/wire/native.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "tests/unit/cunit.h"

extern char **environ;

/* The largest, to parse any message into. */
union any {
	struct native_discovery discovery;
	struct native_discovered discovered;
	struct native_bootstrap bootstrap;
	struct native_bootstrapped bootstrapped;
	struct native_enrollment enrollment;
	struct native_enrolled enrolled;
	struct native_refused refused;
	struct native_leave leave;
	struct native_left left;
};

#define AS(noun) \
	static int parse_##noun(const char *t, size_t len, union any *out, struct fail *f) \
	{ \
		return native_##noun##_parse((const uint8_t *)t, len, &out->noun, f); \
	}
AS(discovery)
AS(discovered)
AS(bootstrap)
AS(bootstrapped)
AS(enrollment)
AS(enrolled)
AS(refused)
AS(leave)
AS(left)

static void clear_none(union any *m)
{
	(void)m;
}

#define CLEAR(noun) \
	static void clear_##noun(union any *m) \
	{ \
		native_##noun##_clear(&m->noun); \
	}
CLEAR(discovered)
CLEAR(bootstrap)
CLEAR(bootstrapped)
CLEAR(enrollment)
CLEAR(enrolled)
CLEAR(leave)

static const struct noun {
	const char *name;
	int (*parse)(const char *t, size_t len, union any *out, struct fail *f);
	void (*clear)(union any *m);
} nouns[] = {
	{ "discovery", parse_discovery, clear_none },
	{ "discovered", parse_discovered, clear_discovered },
	{ "bootstrap", parse_bootstrap, clear_bootstrap },
	{ "bootstrapped", parse_bootstrapped, clear_bootstrapped },
	{ "enrollment", parse_enrollment, clear_enrollment },
	{ "enrolled", parse_enrolled, clear_enrolled },
	{ "refused", parse_refused, clear_none },
	{ "leave", parse_leave, clear_leave },
	{ "left", parse_left, clear_none },
};

#define MALFORMED ENR_MESSAGE_MALFORMED
#define BLIND 1 /* more than a grammar can say */
#define NONCE "<nonce>e6QViMnl6Ihp"

/* In the good message, `find` becomes `put` wherever it stands. */
static const struct row {
	const char *noun, *find, *put;
	enum code code;
	int blind;
} rows[] = {
	/* versions */
	{ "discovery", "shows=\"1\"", "shows=\"2\"", ENR_VERSION_UNSUPPORTED, BLIND },
	{ "discovery", "shows=\"1\"", "shows=\"2,30\"", ENR_VERSION_UNSUPPORTED, BLIND },
	{ "discovery", "shows=\"1\"", "shows=\"2\" later=\"x\"", ENR_VERSION_UNSUPPORTED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"1,2\"", ENR_NONE, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"2,1\"", MALFORMED, BLIND },
	{ "discovery", "shows=\"1\"", "shows=\"1,1\"", MALFORMED, BLIND },
	{ "discovery", "shows=\"1\"", "shows=\"1,\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\",1\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"01\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"1 2\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"0,1\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"1,10000\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"1,18446744073709551617\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "version=\"1\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"1\" version=\"1\"", MALFORMED, 0 },
	{ "discovery", "shows=\"1\"", "shows=\"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\"", MALFORMED,
		0 },
	{ "discovered", "version=\"1\"", "version=\"2\"", ENR_VERSION_UNSUPPORTED, 0 },
	{ "discovered", "shows=\"1\"", "shows=\"2\"", MALFORMED, BLIND },
	{ "bootstrap", "version=\"1\"", "version=\"2\"", ENR_VERSION_UNSUPPORTED, 0 },
	{ "bootstrap", "version=\"1\"", "version=\"one\"", MALFORMED, 0 },
	{ "refused", "version=\"1\" shows=\"1\"", "version=\"7\" shows=\"6,7\"", ENR_NONE, 0 },
	{ "refused", "version=\"1\"", "version=\"0\"", MALFORMED, 0 },
	/* root, namespace, order */
	{ "discovery", "discovery", "discover", MALFORMED, 0 },
	{ "discovery", ".2.1\"", ".2.2\"", MALFORMED, 0 },
	{ "discovery", "xmlns=", "xmlns:a=", MALFORMED, 0 },
	{ "discovery", "<nonce>", "<nonce id=\"1\">", MALFORMED, 0 },
	{ "discovery", "<nonce>", "<extra/><nonce>", MALFORMED, 0 },
	{ "discovery", "</nonce>",
		"</nonce><nonce>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</nonce>", MALFORMED,
		0 },
	{ "discovery", "</client>", "</client><client>x</client>", MALFORMED, 0 },
	{ "discovery", "</client>\n", "</client>text", MALFORMED, 0 },
	{ "discovery", "<client>enroll/1.0.0</client>", "", ENR_NONE, 0 },
	{ "discovery", "<client>enroll/1.0.0</client>", "<client></client>", MALFORMED, 0 },
	{ "discovery", "<client>enroll/1.0.0", "<client> enroll/1.0.0", MALFORMED, 0 },
	{ "discovery", "<client>enroll/1.0.0", "<client>enr\xc3\xb6ll", MALFORMED, 0 },
	{ "discovery", "<client>enroll/1.0.0", "<client>a\nb", MALFORMED, 0 },
	{ "discovery", "enroll/1.0.0",
		"12345678901234567890123456789012345678901234567890123456789012345", MALFORMED, 0 },
	{ "discovery", "identity>", "server-name>", MALFORMED, 0 },
	{ "discovery", "\n<", " \t\n\n <", ENR_NONE, 0 },
	/* names */
	{ "discovery", "andreas@contoso.com", "andreas", ENR_IDENTITY_INVALID, 0 },
	{ "discovery", "andreas@contoso.com", "a b@contoso.com", ENR_IDENTITY_INVALID, 0 },
	{ "discovery", "andreas@contoso.com", "a@b@contoso.com", ENR_IDENTITY_INVALID, 0 },
	{ "discovery", "andreas@contoso.com", "a)(uid=*@contoso.com", ENR_IDENTITY_INVALID, BLIND },
	{ "discovery", "andreas@contoso.com", "Andreas@Contoso.COM", ENR_NONE, 0 },
	{ "discovery", "mobileenroll.contoso.com", "Mobileenroll.contoso.com", MALFORMED, 0 },
	{ "discovery", "mobileenroll.contoso.com", "mobileenroll.contoso.com.", MALFORMED, 0 },
	{ "discovery", "mobileenroll.contoso.com", "mobileenroll.contoso.com:443", MALFORMED, 0 },
	{ "discovery", "mobileenroll.contoso.com", "192.0.2.1", MALFORMED, BLIND },
	/* octets */
	{ "discovery", NONCE, "<nonce> e6QViMnl6Ihp", MALFORMED, 0 },
	{ "discovery", NONCE, "<nonce>e6QV\niMnl6Ihp", MALFORMED, 0 },
	{ "discovery", NONCE, "<nonce>e6QViMnl6Ih", MALFORMED, 0 },
	{ "discovery", NONCE, "<nonce>e6QViMnl6IhpAAAA", MALFORMED, 0 },
	{ "discovery", NONCE, "<nonce>e6QViMnl6I-p", MALFORMED, 0 },
	{ "discovery", "=</nonce>", "</nonce>", MALFORMED, 0 },
	{ "discovery", "g=</nonce>", "h=</nonce>", MALFORMED, 0 },
	{ "bootstrap", "==</selector>", "AA</selector>", MALFORMED, 0 },
	{ "bootstrap", "<state>", "<state>AAA", MALFORMED, 0 },
	{ "enrolled", "<document>", "<document>====", MALFORMED, 0 },
	/* words and numbers */
	{ "discovered", ">yes<", ">no<", ENR_NONE, 0 },
	{ "discovered", ">yes<", ">unsaid<", ENR_NONE, 0 },
	{ "discovered", ">yes<", ">YES<", MALFORMED, 0 },
	{ "discovered", ">yes<", "> yes<", MALFORMED, 0 },
	{ "discovered", "A-7K3M-Q9TD", "A-7k3m-q9td", MALFORMED, 0 },
	{ "discovered", "A-7K3M-Q9TD", "A-7K3MQ9TD", MALFORMED, 0 },
	{ "discovered", "A-7K3M-Q9TD", "E-7K3M-Q9TD", MALFORMED, 0 },
	{ "discovered", "T08:41:30Z", "T08:41:30+00:00", MALFORMED, 0 },
	{ "discovered", "T08:41:30Z", "T08:41:30z", MALFORMED, 0 },
	{ "discovered", "T08:41:30Z", "T08:41:30.0Z", MALFORMED, 0 },
	{ "discovered", "T08:41:30Z", "T24:00:00Z", MALFORMED, BLIND },
	{ "discovered", "T08:41:30Z", "T08:41:60Z", MALFORMED, BLIND },
	{ "discovered", "2026-11-23", "2026-02-29", MALFORMED, BLIND },
	{ "discovered", "2026-11-23", "1969-12-31", MALFORMED, BLIND },
	{ "discovered", "2026-11-23", "12026-11-23", MALFORMED, 0 },
	/* anchors */
	{ "bootstrapped", "roles=\"server device-ca\"", "roles=\"device-ca server\"", MALFORMED,
		0 },
	{ "bootstrapped", "roles=\"server device-ca\"", "roles=\"server  device-ca\"", MALFORMED,
		0 },
	{ "bootstrapped", "roles=\"server device-ca\"", "roles=\"server server\"", MALFORMED, 0 },
	{ "bootstrapped", "roles=\"server device-ca\"", "roles=\"root\"", MALFORMED, 0 },
	{ "bootstrapped", "roles=\"server device-ca\"", "roles=\"\"", MALFORMED, 0 },
	{ "bootstrapped", "roles=\"server device-ca\"", "", MALFORMED, 0 },
	{ "bootstrapped", "roles=\"server device-ca\"", "roles=\"server\" x=\"1\"", MALFORMED, 0 },
	{ "bootstrapped", "<anchors>", "<anchors>text", MALFORMED, 0 },
	{ "bootstrapped", "<anchors>", "<anchors><other roles=\"vpn\">AAAA</other>", MALFORMED, 0 },
	{ "bootstrapped", "<anchors>",
		"<anchors><anchor roles=\"vpn\">AAAA</anchor><anchor roles=\"vpn\">AAAA</anchor>"
		"<anchor roles=\"vpn\">AAAA</anchor><anchor roles=\"vpn\">AAAA</anchor>"
		"<anchor roles=\"vpn\">AAAA</anchor><anchor roles=\"vpn\">AAAA</anchor>",
		ENR_NONE, 0 },
	{ "bootstrapped", "<anchors>",
		"<anchors><anchor roles=\"vpn\">AAAA</anchor><anchor roles=\"vpn\">AAAA</anchor>"
		"<anchor roles=\"vpn\">AAAA</anchor><anchor roles=\"vpn\">AAAA</anchor>"
		"<anchor roles=\"vpn\">AAAA</anchor><anchor roles=\"vpn\">AAAA</anchor>"
		"<anchor roles=\"vpn\">AAAA</anchor>",
		MALFORMED, 0 },
	/* leaving */
	{ "discovery", "</client>", "</client><purpose>leave</purpose>", ENR_NONE, 0 },
	{ "discovery", "</client>", "</client><purpose>enroll</purpose>", MALFORMED, 0 },
	{ "discovery", "</client>", "</client><purpose></purpose>", MALFORMED, 0 },
	{ "discovery", "<client>", "<purpose>leave</purpose><client>", MALFORMED, 0 },
	{ "leave", "<certificate>", "<certificate>AAAA", ENR_NONE, 0 },
	{ "leave", "<certificate>", "<certificate>AAA", MALFORMED, 0 },
	{ "leave", "certificate>", "csr>", MALFORMED, 0 },
	{ "leave", "signature>", "mac>", MALFORMED, 0 },
	{ "leave", "version=\"1\"", "version=\"2\"", ENR_VERSION_UNSUPPORTED, 0 },
	{ "leave", "version=\"1\"", "version=\"1\" shows=\"1\"", MALFORMED, 0 },
	{ "left", ">revoked<", ">kept<", ENR_NONE, 0 },
	{ "left", ">revoked<", ">replaced<", ENR_NONE, 0 },
	{ "left", ">revoked<", ">Revoked<", MALFORMED, 0 },
	{ "left", ">revoked<", ">enrolled<", MALFORMED, 0 },
	/* enrollment and refusal */
	{ "enrollment", "<serial>5CG1234XYZ</serial>", "", ENR_NONE, 0 },
	{ "enrollment", "<serial>5CG1234XYZ</serial>", "<serial/>", MALFORMED, 0 },
	{ "enrollment", "mac>", "Mac>", MALFORMED, 0 },
	{ "refused", "ENR-602", "ENR-999", ENR_NONE, 0 },
	{ "refused", "ENR-602", "ENR-099", MALFORMED, 0 },
	{ "refused", "ENR-602", "ENR-1000", MALFORMED, 0 },
	{ "refused", "ENR-602", "ENR- 60", MALFORMED, 0 },
	{ "refused", "ENR-602", "create-denied", MALFORMED, 0 },
	{ "refused", "valid-until", "time", MALFORMED, 0 },
	{ "refused", "<attempt>A-7K3M-Q9TD</attempt>", "", ENR_NONE, 0 },
	/* XML itself */
	{ "discovery", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "", ENR_NONE, 0 },
	{ "discovery", "encoding=\"UTF-8\"", "encoding=\"utf-8\"", ENR_NONE, 0 },
	{ "discovery", "encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\"", MALFORMED, BLIND },
	{ "discovery", "version=\"1.0\"", "version=\"1.1\"", MALFORMED, BLIND },
	{ "discovery", "<identity>", "<!-- --><identity>", MALFORMED, BLIND },
	{ "discovery", "andreas@", "and<!-- -->reas@", MALFORMED, BLIND },
	{ "discovery", "andreas@contoso.com", "<![CDATA[andreas@contoso.com]]>", MALFORMED, BLIND },
	{ "discovery", "<identity>", "<?php x?><identity>", MALFORMED, BLIND },
	{ "discovery", "andreas@", "&a;@", MALFORMED, 0 },
	{ "discovery", "andreas@", "&#97;ndreas@", ENR_NONE, 0 },
	{ "discovery", "?>\n", "?>\n<!DOCTYPE discovery>", MALFORMED, BLIND },
	{ "discovery", "</discovery>", "</discovery><more/>", MALFORMED, 0 },
	{ "discovery", "</discovery>", "", MALFORMED, 0 },
};

static json_t *messages;
static char folder[] = "/tmp/wire.XXXXXX";

static int load(void)
{
	json_t *file = json_load_file("tests/vectors/native.json", 0, NULL);

	messages = json_incref(json_object_get(file, "messages"));
	json_decref(file);
	return messages && mkdtemp(folder) ? 0 : -1;
}

static int unload(void)
{
	json_decref(messages);
	return rmdir(folder);
}

static const char *good(const char *noun)
{
	return json_string_value(json_object_get(messages, noun));
}

static const struct noun *find_noun(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++)
		if (strcmp(nouns[i].name, name) == 0)
			return &nouns[i];
	abort();
}

/* The good message with each `find` replaced; ends the test if there is none. */
static char *altered(const struct row *row)
{
	struct str s = STR_INIT(1 << 20);
	const char *at = good(row->noun), *next;

	CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(at, row->find));
	for (; (next = strstr(at, row->find)) != NULL; at = next + strlen(row->find)) {
		str_add(&s, at, (size_t)(next - at));
		str_text_add(&s, row->put);
	}
	str_text_add(&s, at);
	return str_steal(&s);
}

/* What xmllint says about text under the grammar: 1 valid, 0 not. */
static int grammar_takes(const char *text)
{
	autoclean(text_free) char *path = file_join(folder, "message.xml");
	char *argv[] = { (char *)"xmllint", (char *)"--noout", (char *)"--relaxng",
		(char *)"schema/native.rng", path, NULL };
	posix_spawn_file_actions_t quiet;
	int status = -1;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(file_write(path, text, strlen(text), 0600, NULL), 0);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	CU_ASSERT_EQUAL_FATAL(posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&quiet);
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	unlink(path);
	CU_ASSERT_TRUE_FATAL(WIFEXITED(status) && WEXITSTATUS(status) != 127);
	return WEXITSTATUS(status) == 0;
}

static void report(const struct row *row, const char *what, const struct fail *f)
{
	printf("\n%s: %s -> %s: %s (%s)\n", row->noun, row->find, row->put, what, f->evidence);
	CU_FAIL("a row above");
}

static void each_row_has_its_answer(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct noun *noun = find_noun(rows[i].noun);
		autoclean(text_free) char *text = altered(&rows[i]);
		struct fail f = FAIL_INIT;
		union any out, before;
		int rc;

		memset(&out, 0x5a, sizeof(out));
		before = out;
		rc = noun->parse(text, strlen(text), &out, &f);
		if (f.code != rows[i].code || rc != (rows[i].code ? -1 : 0))
			report(&rows[i], code_name(f.code), &f);
		else if (rc < 0 && memcmp(&out, &before, sizeof(out)) != 0)
			report(&rows[i], "output touched", &f);
		if (rc == 0)
			noun->clear(&out);
	}
}

static void the_grammar_agrees(void)
{
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++)
		CU_ASSERT_TRUE(grammar_takes(good(nouns[i].name)));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autoclean(text_free) char *text = altered(&rows[i]);
		int wanted = rows[i].blind || rows[i].code == ENR_NONE;

		if (grammar_takes(text) != wanted)
			report(&rows[i], wanted ? "grammar refuses" : "grammar takes", &FAIL_INIT);
	}
}

static void no_message_is_taken_for_another(void)
{
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++) {
		for (size_t k = 0; k < ARRAY_LEN(nouns); k++) {
			const char *text = good(nouns[k].name);
			union any out;
			int rc = nouns[i].parse(text, strlen(text), &out, NULL);

			CU_ASSERT_EQUAL(rc, i == k ? 0 : -1);
			if (rc == 0)
				nouns[i].clear(&out);
		}
	}
}

/* Cut anywhere, a message is refused and nothing leaks (the sanitizers see to that). */
static void a_cut_message_is_refused(void)
{
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++) {
		const char *text = good(nouns[i].name);
		size_t len = strlen(text) - 1; /* the last is a line end */

		for (size_t n = 0; n < len; n++) {
			union any out;

			CU_ASSERT_EQUAL(nouns[i].parse(text, n, &out, NULL), -1);
		}
	}
}

static void sizes_are_limited_before_anything_is_read(void)
{
	autoclean(text_free) char *big = mem_new(NATIVE_ANSWER_MAX + 2);
	struct fail f = FAIL_INIT;
	union any out;

	memset(big, ' ', NATIVE_ANSWER_MAX + 1);
	CU_ASSERT_EQUAL(parse_discovery(big, NATIVE_REQUEST_MAX + 1, &out, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_MESSAGE_TOO_LARGE);
	CU_ASSERT_EQUAL(parse_discovery(big, NATIVE_REQUEST_MAX, &out, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_MESSAGE_MALFORMED);
	CU_ASSERT_EQUAL(parse_enrolled(big, NATIVE_ANSWER_MAX + 1, &out, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_MESSAGE_TOO_LARGE);
}

static void the_largest_answer_fits(void)
{
	struct native_enrolled m = { .version = 1, .time = 1, .attempt = "A-0000-0000" }, got;
	autoclean(str_free) struct str s = STR_INIT(NATIVE_ANSWER_MAX);

	m.document.data = mem_new(NATIVE_DOCUMENT_MAX + 1);
	m.document.len = NATIVE_DOCUMENT_MAX;
	CU_ASSERT_EQUAL(native_enrolled_write(&m, &s), 0);
	CU_ASSERT_EQUAL_FATAL(native_enrolled_parse((uint8_t *)s.data, s.len, &got, NULL), 0);
	CU_ASSERT_EQUAL(got.document.len, NATIVE_DOCUMENT_MAX);
	native_enrolled_clear(&got);
	CU_ASSERT_PTR_NULL(got.document.data);
	str_clear(&s);
	m.document.len++;
	CU_ASSERT_EQUAL(native_enrolled_write(&m, &s), -1);
	str_clear(&s);
	m.document.len = 0;
	CU_ASSERT_EQUAL(native_enrolled_write(&m, &s), -1);
	native_enrolled_clear(&m);
}

static void what_could_not_be_read_is_not_written(void)
{
	struct native_refused m = {
		.version = 1, .code = ENR_PASSWORD_USED, .shown = "1", .time = 1
	};
	autoclean(str_free) struct str s = STR_INIT(4096);

	CU_ASSERT_EQUAL(native_refused_write(&m, &s), 0);
	str_clear(&s);
	m.time = 0;
	CU_ASSERT_EQUAL(native_refused_write(&m, &s), -1);
	str_clear(&s);
	m.time = (int64_t)1 << 60;
	CU_ASSERT_EQUAL(native_refused_write(&m, &s), -1);
	str_clear(&s);
	m.time = 1;
	m.code = ENR_NONE;
	CU_ASSERT_EQUAL(native_refused_write(&m, &s), -1);
	str_clear(&s);
	m.code = ENR_PASSWORD_USED;
	m.version = 0;
	CU_ASSERT_EQUAL(native_refused_write(&m, &s), -1);
	str_clear(&s);
	m.version = 1;
	m.shown[0] = '\0';
	CU_ASSERT_EQUAL(native_refused_write(&m, &s), -1);
}

static void an_unknown_code_keeps_its_number(void)
{
	static const struct row row = { "refused", "ENR-602", "ENR-999", ENR_NONE, 0 };
	autoclean(text_free) char *text = altered(&row);
	autoclean(str_free) struct str s = STR_INIT(4096), one = STR_INIT(4096),
				       two = STR_INIT(4096);
	struct native_refused m;

	CU_ASSERT_EQUAL_FATAL(
		native_refused_parse((uint8_t *)text, strlen(text), &m, NULL), 0);
	CU_ASSERT_EQUAL(m.code, ENR_INTERNAL);
	CU_ASSERT_EQUAL(m.number, 999);
	CU_ASSERT_EQUAL(native_refused_write(&m, &s), 0);
	CU_ASSERT_STRING_EQUAL(str_text(&s), text);
	native_refused_payload(&m, &one);
	m.number = 0;
	native_refused_payload(&m, &two);
	CU_ASSERT_EQUAL(one.len, two.len);
	CU_ASSERT_NOT_EQUAL(memcmp(one.data, two.data, one.len), 0);
}

static void the_highest_common_version_is_chosen(void)
{
	static const struct {
		const char *a, *b;
		uint32_t want;
	} cases[] = {
		{ "1", "1", 1 },
		{ "1,2,3", "1,3", 3 },
		{ "1,2", "3", 0 },
		{ "1,12", "2,12", 12 },
		{ "1,2", "2,3", 2 },
		{ "12", "1,2", 0 },
		{ "", "1", 0 },
		{ "1", "x", 0 },
		{ "2,1", "1", 0 },
		{ "1", "1,2,", 0 },
		{ "1", "1,10000", 0 },
		{ "9999", "9999", 9999 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CU_ASSERT_EQUAL(native_choose(cases[i].a, cases[i].b), cases[i].want);
		CU_ASSERT_EQUAL(native_choose(cases[i].b, cases[i].a), cases[i].want);
	}
}

/* Each field that is said to be under a MAC or in the transcript changes it. */
static void every_field_is_bound(void)
{
	struct native_context c = { .version = 1, .shown_device = "1", .shown_server = "1",
		.identity = "a@b.c", .server_name = "b.c" };
	uint8_t *const fields[] = { (uint8_t *)&c.version, (uint8_t *)c.shown_device,
		(uint8_t *)c.shown_server, (uint8_t *)c.identity, (uint8_t *)c.server_name, c.leaf,
		c.nonce_device, c.nonce_server, c.transcript };
	autoclean(str_free) struct str payload = STR_INIT(16);
	uint8_t root[NATIVE_ROOT_LEN] = { 1 }, plain[NATIVE_MAC_LEN], mac[NATIVE_MAC_LEN];

	native_mac(root, NATIVE_DEVICE_BOOTSTRAP, &c, &payload, plain);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		*fields[i] ^= 0x10;
		native_mac(root, NATIVE_DEVICE_BOOTSTRAP, &c, &payload, mac);
		CU_ASSERT_FALSE(mem_equal(plain, mac, sizeof(mac)));
		*fields[i] ^= 0x10;
	}
	native_mac(root, NATIVE_SERVER_BOOTSTRAP, &c, &payload, mac);
	CU_ASSERT_FALSE(mem_equal(plain, mac, sizeof(mac)));
	str_char(&payload, 'x');
	native_mac(root, NATIVE_DEVICE_BOOTSTRAP, &c, &payload, mac);
	CU_ASSERT_FALSE(mem_equal(plain, mac, sizeof(mac)));
}

static CU_TestInfo tests[] = {
	{ "each row has its answer", each_row_has_its_answer },
	{ "the grammar agrees", the_grammar_agrees },
	{ "no message is taken for another", no_message_is_taken_for_another },
	{ "a cut message is refused", a_cut_message_is_refused },
	{ "sizes are limited before anything is read", sizes_are_limited_before_anything_is_read },
	{ "the largest answer fits", the_largest_answer_fits },
	{ "what could not be read is not written", what_could_not_be_read_is_not_written },
	{ "an unknown code keeps its number", an_unknown_code_keeps_its_number },
	{ "the highest common version is chosen", the_highest_common_version_is_chosen },
	{ "every field is bound", every_field_is_bound },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_wire_native = {
	.pName = "lib/wire/native", .pInitFunc = load, .pCleanupFunc = unload, .pTests = tests
};
