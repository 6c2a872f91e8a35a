#include "lib/wire/secdesc.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "tests/unit/cunit.h"

#define SEEDS "tests/fuzz/seeds/secdesc/"
#define COMPUTER "bf967a86-0de6-11d0-a285-00aa003049e2"

static void read_seed(const char *path, struct secdesc *out, struct bytes *raw)
{
	CU_ASSERT_EQUAL_FATAL(file_read(path, SECDESC_OCTETS_MAX, raw, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(secdesc_parse(raw->data, raw->len, out), 0);
}

static void what_samba_wrote_is_written_back_octet_by_octet(void)
{
	static const char *const seeds[] = { SEEDS "samba-domain", SEEDS "samba-ou",
		SEEDS "samba-dc", SEEDS "samba-administrator" };

	for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
		autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
		autoclean(bytes_free) struct bytes raw = BYTES_INIT, again = BYTES_INIT;

		read_seed(seeds[i], &s, &raw);
		CU_ASSERT_EQUAL_FATAL(secdesc_write(&s, &again), 0);
		CU_ASSERT_EQUAL_FATAL(raw.len, again.len);
		CU_ASSERT_EQUAL(memcmp(raw.data, again.data, raw.len), 0);
	}
}

static void entries_text(const struct secdesc *s, struct str *out)
{
	str_clear(out);
	for (size_t i = 0; i < s->dacl.n; i++)
		ace_sddl(&s->dacl.ace[i], out);
}

static void the_text_of_an_entry_is_sddl(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	autoclean(bytes_free) struct bytes raw = BYTES_INIT;
	autoclean(str_free) struct str text = STR_INIT(65536);

	read_seed(SEEDS "samba-domain", &s, &raw);
	entries_text(&s, &text);
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&text),
		"(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;S-1-5-32-544)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&text),
		"(OA;CIIO;RP;4c164200-20c0-11d0-a768-00aa006e0529;"
		"4828cc14-1437-45bc-9b07-ad6f015e5f28;S-1-5-32-554)"));
	read_seed(SEEDS "condition-and-unknown", &s, &raw);
	entries_text(&s, &text);
	CU_ASSERT_STRING_EQUAL(str_text(&text), "(XA;CI;RP;;;S-1-1-0;…)(0x30;;;;;;…)");
}

static void a_list_that_is_null_lets_everybody_in(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	autoclean(bytes_free) struct bytes raw = BYTES_INIT;

	read_seed(SEEDS "null-dacl", &s, &raw);
	CU_ASSERT_TRUE(s.dacl.present);
	CU_ASSERT_TRUE(s.dacl.null);
	CU_ASSERT_EQUAL(s.dacl.n, 0);
}

static void every_cut_is_refused_or_read_without_harm(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	autoclean(bytes_free) struct bytes raw = BYTES_INIT;
	size_t refused = 0;

	read_seed(SEEDS "samba-ou", &s, &raw);
	for (size_t len = 0; len < raw.len; len++) {
		/* A copy of just this length, so that a sanitizer sees what is read behind it. */
		autoclean(bytes_free) struct bytes cut = BYTES_INIT;

		bytes_set(&cut, raw.data, len);
		refused += secdesc_parse(cut.data, cut.len, &s) < 0;
	}
	CU_ASSERT_EQUAL(refused, raw.len);
}

static struct ace create_computers(const char *sid)
{
	struct ace a = { .type = ACE_ALLOW_OBJECT,
		.flags = ACE_CONTAINER_INHERIT,
		.mask = RIGHT_CREATE_CHILD | RIGHT_DELETE_CHILD,
		.has_object = 1 };

	CU_ASSERT_EQUAL_FATAL(guid_from_text(COMPUTER, a.object), 0);
	CU_ASSERT_EQUAL_FATAL(sid_from_text(sid, &a.trustee), 0);
	return a;
}

static void an_added_entry_stands_in_canonical_order(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	autoclean(bytes_free) struct bytes raw = BYTES_INIT;
	struct ace allow = create_computers("S-1-5-21-1-2-3-1105"), deny = allow;
	int last = 0;
	size_t n;

	deny.type = ACE_DENY_OBJECT;
	read_seed(SEEDS "samba-ou", &s, &raw);
	n = s.dacl.n;
	CU_ASSERT_EQUAL(secdesc_add(&s, &allow), 1);
	CU_ASSERT_EQUAL(secdesc_add(&s, &deny), 1);
	CU_ASSERT_EQUAL(secdesc_add(&s, &allow), 0);
	CU_ASSERT_EQUAL(s.dacl.n, n + 2);
	CU_ASSERT_EQUAL(s.dacl.ace[0].type, ACE_DENY_OBJECT);
	for (size_t i = 0; i < s.dacl.n; i++) {
		const struct ace *a = &s.dacl.ace[i];
		int rank = (a->flags & ACE_INHERITED) ? 2 : a->type != ACE_DENY_OBJECT;

		CU_ASSERT(rank >= last);
		last = rank;
	}
	/* What came from above may go again with it: the same is added here. */
	for (size_t i = 0; i < s.dacl.n; i++)
		s.dacl.ace[i].flags |= ACE_INHERITED;
	CU_ASSERT_EQUAL(secdesc_add(&s, &allow), 1);
	CU_ASSERT_EQUAL(s.dacl.n, n + 3);
}

static void an_entry_reads_as_people_write_it(void)
{
	autoclean(str_free) struct str text = STR_INIT(1024);
	struct ace a = create_computers("S-1-5-21-1-2-3-1105");

	ace_sddl(&a, &text);
	CU_ASSERT_STRING_EQUAL(
		str_text(&text), "(OA;CI;CCDC;" COMPUTER ";;S-1-5-21-1-2-3-1105)");
}

static void sids_and_guids_read_back(void)
{
	static const char *const good[] = { "S-1-1-0", "S-1-5-18", "S-1-5-32-544",
		"S-1-5-21-4294967295-0-1-1105" };
	static const char *const bad[] = { "", "S-1-", "S-1-5-", "S-2-5-18", "S-1-5-18 ",
		"S-1-5-4294967296", "S-1-5--1", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16" };
	char text[SID_TEXT_MAX];
	uint8_t guid[GUID_OCTETS];
	struct sid s;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		CU_ASSERT_EQUAL_FATAL(sid_from_text(good[i], &s), 0);
		sid_text(&s, text);
		CU_ASSERT_STRING_EQUAL(text, good[i]);
	}
	CU_ASSERT_EQUAL(sid_last(&s), 1105);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CU_ASSERT_EQUAL(sid_from_text(bad[i], &s), -1);
	CU_ASSERT_EQUAL(guid_from_text(COMPUTER, guid), 0);
	CU_ASSERT_EQUAL(guid[0], 0x86);
	guid_text(guid, text);
	CU_ASSERT_STRING_EQUAL(text, COMPUTER);
	CU_ASSERT_EQUAL(guid_from_text(COMPUTER "0", guid), -1);
	CU_ASSERT_EQUAL(guid_from_text("bf967a86-0de6-11d0-a285-00aa003049eg", guid), -1);
}

static void generic_rights_are_spelled_out(void)
{
	CU_ASSERT_EQUAL(rights_mapped(RIGHT_GENERIC_ALL), RIGHT_EVERYTHING);
	CU_ASSERT_EQUAL(rights_mapped(RIGHT_GENERIC_WRITE | RIGHT_DELETE),
		RIGHT_READ_CONTROL | RIGHT_SELF_WRITE | RIGHT_WRITE_PROPERTY | RIGHT_DELETE);
	CU_ASSERT_EQUAL(rights_mapped(RIGHT_GENERIC_READ) & RIGHT_WRITE_PROPERTY, 0);
}

static CU_TestInfo tests[] = {
	{ "what Samba wrote is written back octet by octet",
		what_samba_wrote_is_written_back_octet_by_octet },
	{ "the text of an entry is SDDL", the_text_of_an_entry_is_sddl },
	{ "a list that is null lets everybody in", a_list_that_is_null_lets_everybody_in },
	{ "every cut is refused", every_cut_is_refused_or_read_without_harm },
	{ "an added entry stands in canonical order", an_added_entry_stands_in_canonical_order },
	{ "an entry reads as people write it", an_entry_reads_as_people_write_it },
	{ "SIDs and GUIDs read back", sids_and_guids_read_back },
	{ "generic rights are spelled out", generic_rights_are_spelled_out },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_wire_secdesc = { .pName = "lib/wire/secdesc", .pTests = tests };
