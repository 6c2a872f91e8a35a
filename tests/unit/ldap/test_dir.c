/* Settings, and servers that are not there; a real server answers in tests/behave/ldap_*.sh. */
#include "ldap/dir.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static const char *const nobody[] = { "ldapi://%2Fnonexistent%2Fa", "ldapi://%2Fnonexistent%2Fb" };

static struct dir_config settings(const char *const *uri, size_t n)
{
	return (struct dir_config){ .uri = uri, .n_uri = n, .bind = "external", .timeout = 1,
		.connections = 2 };
}

static void settings_that_cannot_be_safe_are_refused(void)
{
	static const struct {
		const char *uri, *bind, *dn, *ca;
		int starttls;
		enum code code;
	} rows[] = {
		{ "ldap://a", "simple", "cn=x", "ca.pem", 0, ENR_CONFIG_INVALID },
		{ "ldap://a", "simple", "cn=x", "ca.pem", 1, ENR_NONE },
		{ "ldap://a", "simple", "cn=x", NULL, 1, ENR_CONFIG_INVALID },
		{ "ldaps://a", "simple", "cn=x", "ca.pem", 0, ENR_NONE },
		{ "ldaps://a", "simple", "cn=x", NULL, 0, ENR_CONFIG_INVALID },
		{ "ldaps://a", "simple", NULL, "ca.pem", 0, ENR_CONFIG_INVALID },
		{ "ldaps://a", "external", NULL, "ca.pem", 0, ENR_CONFIG_INVALID },
		{ "ldap://a", "external", NULL, NULL, 0, ENR_CONFIG_INVALID },
		{ "ldapi://%2Fx", "external", NULL, NULL, 0, ENR_NONE },
		{ "ldapi://%2Fx", "simple", "cn=x", NULL, 0, ENR_NONE },
		{ "ldapi://%2Fx", "simple", "cn=x", NULL, 1, ENR_NONE },
		{ "LDAPS://a", "simple", "cn=x", "ca.pem", 0, ENR_NONE },
		{ "ldaps://a", "gssapi", NULL, "ca.pem", 0, ENR_CONFIG_INVALID },
		{ "cldap://a", "simple", "cn=x", "ca.pem", 1, ENR_CONFIG_INVALID },
		{ "a", "simple", "cn=x", "ca.pem", 1, ENR_CONFIG_INVALID },
		{ "", "simple", "cn=x", "ca.pem", 1, ENR_CONFIG_INVALID },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dir_config c = settings(&rows[i].uri, 1);
		struct fail f = FAIL_INIT;
		struct dir *d;

		c.bind = rows[i].bind;
		c.bind_dn = rows[i].dn;
		c.password_file = "/nonexistent";
		c.ca_file = rows[i].ca;
		c.starttls = rows[i].starttls;
		d = dir_open(&c, &f);
		CU_ASSERT_EQUAL(f.code, rows[i].code);
		CU_ASSERT_EQUAL(d != NULL, rows[i].code == ENR_NONE);
		dir_close(&d);
	}
}

static void limits_are_checked(void)
{
	struct dir_config c = settings(nobody, 0);

	CU_ASSERT_PTR_NULL(dir_open(&c, NULL));
	c = settings(nobody, 2);
	c.timeout = 0;
	CU_ASSERT_PTR_NULL(dir_open(&c, NULL));
	c.timeout = 1;
	c.connections = 0;
	CU_ASSERT_PTR_NULL(dir_open(&c, NULL));
	c.connections = 1 << 20;
	CU_ASSERT_PTR_NULL(dir_open(&c, NULL));
}

static void where_nobody_answers_no_write_is_uncertain(void)
{
	struct dir_config c = settings(nobody, 2);
	struct dir *d = dir_open(&c, NULL);
	autoclean(dir_mods_free) struct dir_mods *m = dir_mods_new();
	struct dir_via via = { 0 };
	struct fail f = FAIL_INIT;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	dir_mods_add(m, "cn", "x");
	CU_ASSERT_EQUAL(dir_add(d, &via, "cn=x", m, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_STRING_EQUAL(via.used, "");
	CU_ASSERT_EQUAL(via.result, -1);
	via.server = nobody[1];
	CU_ASSERT_EQUAL(dir_delete(d, &via, "cn=x", NULL, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, nobody[1]));
	via.server = "ldapi://%2Felsewhere";
	CU_ASSERT_EQUAL(dir_add(d, &via, "cn=x", m, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DIRECTORY_UNREACHABLE);
	dir_close(&d);
	CU_ASSERT_PTR_NULL(d);
}

static void *ask(void *arg)
{
	struct fail f = FAIL_INIT;
	char *id = NULL;

	for (int i = 0; i < 50; i++)
		if (dir_whoami(arg, NULL, &id, &f) == 0 || f.code != ENR_DIRECTORY_UNREACHABLE)
			return (void *)"wrong";
	return NULL;
}

static void threads_share_one_pool(void)
{
	struct dir_config c = settings(nobody, 2);
	struct dir *d = dir_open(&c, NULL);
	pthread_t t[8];
	void *wrong;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&t[i], NULL, ask, d), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		pthread_join(t[i], &wrong);
		CU_ASSERT_PTR_NULL(wrong);
	}
	dir_close(&d);
}

static CU_TestInfo tests[] = {
	{ "settings that cannot be safe are refused", settings_that_cannot_be_safe_are_refused },
	{ "limits are checked", limits_are_checked },
	{ "where nobody answers, no write is uncertain",
		where_nobody_answers_no_write_is_uncertain },
	{ "threads share one pool", threads_share_one_pool },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_ldap_dir = { "ldap/dir", NULL, NULL, NULL, NULL, tests };
