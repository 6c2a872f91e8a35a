#include <string.h>

#include "agent/delegation/ad.h"
#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

#define AGENT "S-1-5-21-1-2-3-1105"
#define GROUP "S-1-5-21-1-2-3-1200"
#define OTHER "S-1-5-21-1-2-3-1300"
#define USER_CLASS "bf967aba-0de6-11d0-a285-00aa003049e2"

static struct sid sid_of(const char *text)
{
	struct sid s = { .len = 0 };

	CU_ASSERT_EQUAL_FATAL(sid_from_text(text, &s), 0);
	return s;
}

/* The account, a group of it, and what every account has. */
static struct ad_token token(void)
{
	static struct sid sids[4];

	sids[0] = sid_of(AGENT);
	sids[1] = sid_of(GROUP);
	sids[2] = sid_of("S-1-5-11");
	sids[3] = sid_of("S-1-1-0");
	return (struct ad_token){ sids, 4, 0 };
}

static const struct delegation_right *right(const char *what)
{
	size_t n;
	const struct delegation_right *r = delegation_rights("ad", &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(r[i].what, what) == 0)
			return &r[i];
	CU_FAIL_FATAL("no such right");
	return NULL;
}

/* All of the plan that is set on an OU, but for one right (or NULL), for that account. */
static void plan_on_ou(struct secdesc *s, const char *who, const struct delegation_right *but)
{
	size_t n;
	const struct delegation_right *r = delegation_rights("ad", &n);
	struct sid account = sid_of(who);

	for (size_t i = 0; i < n; i++) {
		struct ace a;

		if (r[i].scope == SCOPE_GROUP || &r[i] == but)
			continue;
		ad_entry_of(&r[i], &account, &a);
		secdesc_add(s, &a);
	}
}

static size_t missing(const struct secdesc *s)
{
	struct ad_token t = token();
	size_t n, count = 0;
	const struct delegation_right *r = delegation_rights("ad", &n);

	for (size_t i = 0; i < n; i++)
		if (r[i].scope != SCOPE_GROUP)
			count += !ad_grants(&s->dacl, &t, &r[i], r[i].scope == SCOPE_DEVICE);
	return count;
}

static void add(struct secdesc *s, struct ace a, const char *who)
{
	a.trustee = sid_of(who);
	secdesc_add(s, &a);
}

static void the_plan_grants_itself_and_nothing_is_too_much(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	struct ad_token t = token();

	plan_on_ou(&s, AGENT, NULL);
	CU_ASSERT_EQUAL(missing(&s), 0);
	for (size_t i = 0; i < s.dacl.n; i++) {
		CU_ASSERT_EQUAL(ad_excess(&s.dacl, i, &t, PLACE_INSIDE, 0), 0);
		/* The same entries elsewhere are too many, but for reading. */
		CU_ASSERT_EQUAL(ad_excess(&s.dacl, i, &t, PLACE_OUTSIDE, 0) == 0,
			(s.dacl.ace[i].mask & AD_CHANGES) == 0);
	}
}

static void each_right_taken_away_is_the_one_that_is_missing(void)
{
	size_t n;
	const struct delegation_right *r = delegation_rights("ad", &n);

	for (size_t i = 0; i < n; i++) {
		autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
		struct ad_token t = token();

		if (r[i].scope == SCOPE_GROUP)
			continue;
		plan_on_ou(&s, AGENT, &r[i]);
		CU_ASSERT_EQUAL(missing(&s), 1);
		CU_ASSERT_FALSE(ad_grants(&s.dacl, &t, &r[i], r[i].scope == SCOPE_DEVICE));
	}
}

static void a_group_gives_and_a_stranger_does_not(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT, other = SECDESC_INIT;

	plan_on_ou(&s, GROUP, NULL);
	CU_ASSERT_EQUAL(missing(&s), 0);
	plan_on_ou(&other, OTHER, NULL);
	CU_ASSERT_EQUAL(missing(&other),
		delegation_ou_rights(&(struct delegation_plan){ .flavour = "ad" }));
}

static void a_denial_counts_before_what_comes_later(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	struct ad_token t = token();
	struct ace deny = { .type = ACE_DENY, .mask = RIGHT_CREATE_CHILD };

	plan_on_ou(&s, AGENT, NULL);
	add(&s, deny, GROUP);
	CU_ASSERT_FALSE(ad_grants(&s.dacl, &t, right("create child: computer"), 0));
	CU_ASSERT_TRUE(ad_grants(&s.dacl, &t, right("delete child: computer"), 0));
	/* Behind the grant, as inherited entries are, it comes too late. */
	CU_ASSERT_EQUAL(s.dacl.ace[0].type, ACE_DENY);
	for (size_t i = 0; i + 1 < s.dacl.n; i++) {
		struct ace swap = s.dacl.ace[i];

		s.dacl.ace[i] = s.dacl.ace[i + 1];
		s.dacl.ace[i + 1] = swap;
	}
	CU_ASSERT_TRUE(ad_grants(&s.dacl, &t, right("create child: computer"), 0));
}

/* Too much is what a denial before it leaves; all, if it goes on to where the denial may not. */
static void what_is_denied_before_is_not_too_much(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	struct ad_token t = token();
	struct ace deny = { .type = ACE_DENY, .mask = RIGHT_WRITE_DACL };
	struct ace allow = { .type = ACE_ALLOW, .mask = RIGHT_WRITE_DACL | RIGHT_WRITE_OWNER };

	add(&s, deny, GROUP);
	add(&s, allow, AGENT);
	CU_ASSERT_EQUAL(ad_excess(&s.dacl, 1, &t, PLACE_OUTSIDE, 0), RIGHT_WRITE_OWNER);
	s.dacl.ace[1].flags = ACE_CONTAINER_INHERIT;
	CU_ASSERT_EQUAL(ad_excess(&s.dacl, 1, &t, PLACE_OUTSIDE, 0), allow.mask);
}

static void an_object_without_a_list_grants_all(void)
{
	struct ad_token t = token();
	struct acl none = { .present = 1, .null = 1 }, empty = { .present = 1 };

	CU_ASSERT_TRUE(ad_grants(&none, &t, right("create child: computer"), 0));
	CU_ASSERT_FALSE(ad_grants(&empty, &t, right("create child: computer"), 0));
}

static void property_sets_and_generic_rights_grant(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	struct ad_token t = token();
	struct ace set = { .type = ACE_ALLOW_OBJECT,
		.flags = ACE_CONTAINER_INHERIT,
		.mask = RIGHT_WRITE_PROPERTY,
		.has_object = 1 };
	struct ace all = { .type = ACE_ALLOW,
		.flags = ACE_CONTAINER_INHERIT,
		.mask = RIGHT_GENERIC_ALL };

	CU_ASSERT_EQUAL(guid_from_text("77b5b886-944a-11d1-aebd-0000f80367c1", set.object), 0);
	add(&s, set, AGENT);
	CU_ASSERT_TRUE(ad_grants(&s.dacl, &t, right("write: userCertificate"), 1));
	CU_ASSERT_FALSE(ad_grants(&s.dacl, &t, right("write: description"), 1));
	/* A set is wider than the attribute that the plan has. */
	CU_ASSERT_EQUAL(ad_excess(&s.dacl, 0, &t, PLACE_INSIDE, 0), RIGHT_WRITE_PROPERTY);
	add(&s, all, AGENT);
	CU_ASSERT_EQUAL(missing(&s), 0);
	CU_ASSERT_NOT_EQUAL(ad_excess(&s.dacl, 1, &t, PLACE_INSIDE, 0) & RIGHT_WRITE_DACL, 0);
}

static void what_goes_on_to_others_grants_nothing_to_computers(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	struct ad_token t = token();
	struct ace users = { .type = ACE_ALLOW_OBJECT,
		.flags = ACE_CONTAINER_INHERIT | ACE_INHERIT_ONLY,
		.mask = RIGHT_GENERIC_ALL,
		.has_inherited = 1 };

	CU_ASSERT_EQUAL(guid_from_text(USER_CLASS, users.inherited), 0);
	add(&s, users, AGENT);
	CU_ASSERT_FALSE(ad_grants(&s.dacl, &t, right("write: description"), 1));
	/* But it is too much, though it does nothing here. */
	CU_ASSERT_NOT_EQUAL(ad_excess(&s.dacl, 0, &t, PLACE_INSIDE, 0), 0);
	CU_ASSERT_NOT_EQUAL(ad_excess(&s.dacl, 0, &t, PLACE_OUTSIDE, 0), 0);
}

static void what_everybody_has_is_not_too_much(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	struct ad_token t = token();
	struct ace all = { .type = ACE_ALLOW, .mask = RIGHT_GENERIC_ALL };
	struct sid users = sid_of("S-1-5-21-1-2-3-513"), admins = sid_of("S-1-5-21-1-2-3-512");

	add(&s, all, "S-1-5-11");
	add(&s, all, "S-1-1-0");
	add(&s, all, OTHER);
	for (size_t i = 0; i < s.dacl.n; i++)
		CU_ASSERT_EQUAL(ad_excess(&s.dacl, i, &t, PLACE_OUTSIDE, 0), 0);
	CU_ASSERT_TRUE(ad_is_common(&users));
	CU_ASSERT_FALSE(ad_is_common(&admins));
	CU_ASSERT_FALSE(ad_is_common(&t.sid[0]));
}

static void a_maker_has_what_the_schema_gives_and_no_more(void)
{
	autoclean(secdesc_clear) struct secdesc s = SECDESC_INIT;
	struct ad_token t = token();
	struct ace maker = { .type = ACE_ALLOW,
		.mask = RIGHT_READ_PROPERTY | RIGHT_CONTROL_ACCESS | RIGHT_DELETE |
			RIGHT_DELETE_TREE };
	struct ace dacl = { .type = ACE_ALLOW, .mask = RIGHT_WRITE_DACL };

	add(&s, maker, AGENT);
	add(&s, dacl, AGENT);
	CU_ASSERT_EQUAL(ad_excess(&s.dacl, 0, &t, PLACE_DEVICE, 1), 0);
	CU_ASSERT_NOT_EQUAL(ad_excess(&s.dacl, 0, &t, PLACE_DEVICE, 0), 0);
	CU_ASSERT_NOT_EQUAL(ad_excess(&s.dacl, 0, &t, PLACE_OUTSIDE, 1), 0);
	CU_ASSERT_EQUAL(ad_excess(&s.dacl, 1, &t, PLACE_DEVICE, 1), RIGHT_WRITE_DACL);
}

static CU_TestInfo tests[] = {
	{ "the plan grants itself and nothing is too much",
		the_plan_grants_itself_and_nothing_is_too_much },
	{ "each right taken away is the one that is missing",
		each_right_taken_away_is_the_one_that_is_missing },
	{ "a group gives and a stranger does not", a_group_gives_and_a_stranger_does_not },
	{ "a denial counts before what comes later", a_denial_counts_before_what_comes_later },
	{ "what is denied before is not too much", what_is_denied_before_is_not_too_much },
	{ "an object without a list grants all", an_object_without_a_list_grants_all },
	{ "property sets and generic rights grant", property_sets_and_generic_rights_grant },
	{ "what goes on to others grants nothing to computers",
		what_goes_on_to_others_grants_nothing_to_computers },
	{ "what everybody has is not too much", what_everybody_has_is_not_too_much },
	{ "a maker has what the schema gives and no more",
		a_maker_has_what_the_schema_gives_and_no_more },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_agent_delegation_ad_evaluate = { .pName = "agent/delegation/ad_evaluate",
	.pTests = tests };
