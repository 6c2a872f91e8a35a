/* What can be decided without a directory; the rest stands in tests/behave/ldap_join.sh. */
#include "agent/join/join.h"

#include "agent/conf/conf.h"
#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static char devices[] = "ou=Devices,dc=contoso,dc=test";
static char sales[] = "OU=Sales, OU=devices,DC=contoso,DC=test";
static char suffix[] = "contoso.test", sales_suffix[] = "sales.contoso.test";
static char openldap[] = "openldap", novell[] = "novell", external[] = "external",
	    gssapi[] = "gssapi";
static char uri[] = "ldapi://%2Fnonexistent";
static char *uris[] = { uri };
static struct conf_ou ous[] = {
	{ suffix, devices, suffix },
	{ sales_suffix, sales, sales_suffix },
};
static const struct conf conf = {
	.flavour = openldap,
	.uri = { uris, 1 },
	.bind = external,
	.ldap_timeout = 1,
	.ldap_connections = 1,
	.ou = ous,
	.n_ou = 2,
};

static void unknown_flavours_and_bad_settings_do_not_open(void)
{
	struct conf bad = conf;
	struct fail f = FAIL_INIT;

	bad.flavour = novell;
	CU_ASSERT_PTR_NULL(join_open(&bad, &f));
	CU_ASSERT_EQUAL(f.code, ENR_CONFIG_INVALID);
	bad = conf;
	bad.bind = gssapi;
	f = FAIL_INIT;
	CU_ASSERT_PTR_NULL(join_open(&bad, &f));
	CU_ASSERT_EQUAL(f.code, ENR_CONFIG_INVALID);
}

static void what_lies_outside_is_refused_without_asking(void)
{
	static const struct {
		const char *name, *ou;
		enum code code;
	} rows[] = {
		{ "WM-1", "ou=Servers,dc=contoso,dc=test", ENR_OU_NOT_ALLOWED },
		{ "WM-1", "dc=contoso,dc=test", ENR_OU_NOT_ALLOWED },
		{ "WM-1", "ou=x\\,ou=Devices,dc=contoso,dc=test", ENR_OU_NOT_ALLOWED },
		{ "WM-1", "", ENR_OU_NOT_ALLOWED },
		{ "a,b", devices, ENR_NAME_INVALID },
		{ "", devices, ENR_NAME_INVALID },
		{ "a.b", devices, ENR_NAME_INVALID },
		{ "WM-1", devices, ENR_DIRECTORY_UNREACHABLE },
		{ "WM-1", sales, ENR_DIRECTORY_UNREACHABLE },
		{ "WM-1", "ou=x,ou=Sales,ou=Devices,dc=contoso,dc=test",
			ENR_DIRECTORY_UNREACHABLE },
	};
	struct join *j = join_open(&conf, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct join_object o = { .name = rows[i].name, .ou_dn = rows[i].ou,
			.mark = "1:r:1:n", .enrollment = "E-4H2X-8RNP" };
		struct join_created c = { .dn = NULL };
		struct fail f = FAIL_INIT;

		CU_ASSERT_EQUAL(join_create(j, &o, NULL, &c, &f), -1);
		CU_ASSERT_EQUAL(f.code, rows[i].code);
		CU_ASSERT_PTR_NULL(c.dn);
		f = FAIL_INIT;
		CU_ASSERT_EQUAL(join_preflight(j, &o, &f), -1);
		CU_ASSERT_EQUAL(f.code, rows[i].code);
		f = FAIL_INIT;
		CU_ASSERT_EQUAL(join_look(j, &o, NULL, &c, &f), ANSWER_UNKNOWN);
		CU_ASSERT_EQUAL(f.code, rows[i].code);
	}
	join_close(&j);
	CU_ASSERT_PTR_NULL(j);
}

static void a_directory_that_is_down_is_never_a_no(void)
{
	static const char guid[] = "01234567-89ab-cdef-0123-456789ABCDEF";
	struct join *j = join_open(&conf, NULL);
	struct join_ou ou = { .dn = NULL };
	struct join_seen seen = { .dn = NULL };
	struct join_health health = { NULL, NULL, NULL };
	char *dn = NULL;
	struct fail f = FAIL_INIT;

	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	CU_ASSERT_EQUAL(join_ou_find(j, devices, &ou, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_EQUAL(join_ou_find(j, "contoso.test/Devices/Sales", &ou, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_EQUAL(join_ou_by_guid(j, guid, &ou, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_EQUAL(join_owner_find(j, "a@contoso.test", &dn, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_EQUAL(join_name_free(j, "WM-1", devices, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_EQUAL(join_undo(j, guid, "m", NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_EQUAL(join_set_state(j, guid, JOIN_DISABLED, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_EQUAL(join_read(j, guid, &seen, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_EQUAL(join_health(j, &health, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_PTR_NULL(dn);
	/* What is no GUID cannot be anybody's, whoever answers. */
	CU_ASSERT_EQUAL(join_read(j, "*", &seen, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_GONE);
	join_close(&j);
}

static CU_TestInfo tests[] = {
	{ "unknown flavours and bad settings do not open",
		unknown_flavours_and_bad_settings_do_not_open },
	{ "what lies outside is refused without asking",
		what_lies_outside_is_refused_without_asking },
	{ "a directory that is down is never a no", a_directory_that_is_down_is_never_a_no },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_agent_join_join = { "agent/join/join", NULL, NULL, NULL, NULL, tests };
