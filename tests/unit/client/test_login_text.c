#include "client/login_text.h"

#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "tests/unit/cunit.h"

static void nsswitch_becomes(const char *before, const char *after)
{
	autoclean(str_free) struct str out = STR_INIT(4096), again = STR_INIT(4096);

	CU_ASSERT_EQUAL(login_nsswitch(before, &out), after == NULL);
	CU_ASSERT_STRING_EQUAL(str_text(&out), after ? after : "");
	CU_ASSERT_EQUAL(login_nsswitch(after ? after : before, &again), 1);
}

static void nsswitch_asks_sssd(void)
{
	nsswitch_becomes("passwd: files\ngroup: files systemd\nhosts: files dns\n",
		"passwd: files sss\ngroup: files systemd sss\nhosts: files dns\n");
	nsswitch_becomes("passwd:\t\tfiles # comment\n\ngroup : files\nshadow: files",
		"passwd:\t\tfiles sss # comment\n\ngroup : files sss\nshadow: files sss\n");
	nsswitch_becomes("hosts: files\n", "hosts: files\npasswd: files sss\ngroup: files sss\n");
	nsswitch_becomes("", "passwd: files sss\ngroup: files sss\n");
	nsswitch_becomes(NULL, "passwd: files sss\ngroup: files sss\n");
	nsswitch_becomes("passwd: sss files\ngroup: files sss\nshadow: files sss\n", NULL);
	/* A comment is no answer, and a name that begins alike is another. */
	nsswitch_becomes("passwd: files # sss\ngroup: files sss\npasswd_compat: nis\n#passwd: x\n",
		"passwd: files sss # sss\ngroup: files sss\npasswd_compat: nis\n#passwd: x\n");
}

static void include_becomes(const char *before, const char *after)
{
	autoclean(str_free) struct str out = STR_INIT(4096), again = STR_INIT(4096);

	CU_ASSERT_EQUAL(login_include(before, "/etc/krb5.conf.d", &out), after == NULL);
	CU_ASSERT_STRING_EQUAL(str_text(&out), after ? after : "");
	CU_ASSERT_EQUAL(login_include(after ? after : before, "/etc/krb5.conf.d", &again), 1);
}

static void krb5_conf_reads_our_folder_first(void)
{
	include_becomes(NULL, "includedir /etc/krb5.conf.d\n");
	include_becomes("[libdefaults]\n\tdefault_realm = A\n",
		"includedir /etc/krb5.conf.d\n[libdefaults]\n\tdefault_realm = A\n");
	include_becomes("includedir /etc/krb5.conf.d/\n[libdefaults]\n", NULL);
	include_becomes("# x\nincludedir  /etc/krb5.conf.d\n", NULL);
	include_becomes("#includedir /etc/krb5.conf.d\n",
		"includedir /etc/krb5.conf.d\n#includedir /etc/krb5.conf.d\n");
	include_becomes("includedir /etc/krb5.conf.d.old\nincludedir\n",
		"includedir /etc/krb5.conf.d\nincludedir /etc/krb5.conf.d.old\nincludedir\n");
}

static struct domain domain_of(char *controller)
{
	return (struct domain){ .dns = (char *)(uintptr_t) "corp.example",
		.realm = (char *)(uintptr_t) "CORP.EXAMPLE",
		.account = (char *)(uintptr_t) "LT-0042$",
		.controller = controller };
}

static void the_first_server_is_the_one_that_knows(void)
{
	char controller[] = "dc1.corp.example";
	struct domain with = domain_of(controller), without = domain_of(NULL);
	autoclean(str_free) struct str krb5 = STR_INIT(4096), sssd = STR_INIT(4096);
	const char *first, *second;

	login_krb5_conf(&with, &krb5);
	first = strstr(str_text(&krb5), "kdc = dc1.corp.example\n");
	second = strstr(str_text(&krb5), "kdc = corp.example\n");
	CU_ASSERT(first != NULL && second > first);
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&krb5), ".corp.example = CORP.EXAMPLE\n"));
	login_sssd_conf(&with, "lt-0042.corp.example", &sssd);
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&sssd), "\nad_server = dc1.corp.example, _srv_\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&sssd), "\nldap_sasl_authid = LT-0042$\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&sssd), "\nfallback_homedir = /home/%u@%d\n"));

	str_clear(&krb5);
	str_clear(&sssd);
	login_krb5_conf(&without, &krb5);
	login_sssd_conf(&without, "lt-0042.corp.example", &sssd);
	CU_ASSERT_PTR_NULL(strstr(str_text(&krb5), "dc1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(str_text(&sssd), "\nad_server = _srv_\n"));
}

static CU_TestInfo tests[] = {
	{ "nsswitch asks sssd", nsswitch_asks_sssd },
	{ "krb5.conf reads our folder first", krb5_conf_reads_our_folder_first },
	{ "the first server is the one that knows", the_first_server_is_the_one_that_knows },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_client_login_text = { .pName = "client/login_text", .pTests = tests };
