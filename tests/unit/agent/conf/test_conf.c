/* tests/conf/<case>/ holds enrolld.conf and expect: "ok", then the settings that must stand; or the
 * lines of the report, without the path in front. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/conf/conf.h"
#include "agent/conf/items.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "tests/unit/cunit.h"

#define CASES "tests/conf"

static char *read_text(const char *path)
{
	autoclean(bytes_free) struct bytes b = BYTES_INIT;
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(file_read(path, 1024 * 1024, &b, &f), 0);
	if (f.code)
		printf("\n%s\n", f.evidence);
	return mem_textn(b.data ? (const char *)b.data : "", b.len);
}

static void add_setting(const struct conf_setting *s, void *arg)
{
	str_printf(
		arg, "[%s] %s = %s%s\n", s->section, s->key, s->value, s->file ? "" : " (preset)");
}

/* The report or the settings, with the path cut off each line. */
static char *outcome(const char *path, struct str *settings)
{
	autoclean(conf_free) struct conf *c = NULL;
	autoclean(str_free) struct str report = STR_INIT(64 * 1024);
	autoclean(str_free) struct str cut = STR_INIT(64 * 1024);
	struct fail f = FAIL_INIT;
	size_t n = strlen(path);

	c = conf_load(path, &report, &f);
	if (c) {
		CU_ASSERT_EQUAL(report.len, 0);
		conf_each(c, add_setting, settings);
		return mem_text("ok\n");
	}
	CU_ASSERT_EQUAL(f.code, ENR_CONFIG_INVALID);
	CU_ASSERT(strncmp(str_text(&report), f.evidence, strlen(f.evidence) - 3) == 0);
	for (const char *p = str_text(&report); *p; p += strcspn(p, "\n") + 1) {
		CU_ASSERT(strncmp(p, path, n) == 0);
		str_printf(&cut, "%.*s\n", (int)(strcspn(p, "\n") - n), p + n);
	}
	return str_steal(&cut);
}

/* Every line of expect behind the first is one of the settings. */
static int has_settings(const char *expect, const char *settings)
{
	int all = 1;

	for (const char *p = strchr(expect, '\n') + 1; *p; p += strcspn(p, "\n") + 1) {
		autoclean(text_free) char *line = mem_textn(p, strcspn(p, "\n") + 1);

		if (strstr(settings, line))
			continue;
		printf("\nno setting %s", line);
		all = 0;
	}
	return all;
}

static void one_case(const char *name)
{
	autoclean(text_free) char *file = mem_printf(CASES "/%s/enrolld.conf", name);
	autoclean(text_free) char *path = mem_printf(CASES "/%s/expect", name);
	autoclean(text_free) char *expect = read_text(path);
	autoclean(str_free) struct str settings = STR_INIT(64 * 1024);
	autoclean(text_free) char *got = outcome(file, &settings);
	int good = strncmp(expect, "ok\n", 3) == 0 ?
		strcmp(got, "ok\n") == 0 && has_settings(expect, str_text(&settings)) :
		strcmp(got, expect) == 0;

	CU_ASSERT(good);
	if (!good)
		printf("\n%s: got\n%s", name, got);
}

static void test_cases(void)
{
	DIR *dir = opendir(CASES);
	struct dirent *e;
	int n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		one_case(e->d_name);
		n++;
	}
	closedir(dir);
	CU_ASSERT(n >= 10);
}

static void test_unreadable(void)
{
	autoclean(str_free) struct str report = STR_INIT(1024);
	struct fail f = FAIL_INIT;

	CU_ASSERT_PTR_NULL(conf_load("/nonexistent/enrolld.conf", &report, &f));
	CU_ASSERT_EQUAL(f.code, ENR_CONFIG_UNREADABLE);
	CU_ASSERT_PTR_NULL(conf_load("/", &report, &f));
	CU_ASSERT_PTR_NULL(conf_load("/", NULL, NULL));
}

/* A file full of mistakes gives fifty lines. */
static void test_report_is_bounded(void)
{
	autoclean(str_free) struct str report = STR_INIT(64 * 1024);
	char path[] = "/tmp/e.XXXXXX";
	int fd = mkstemp(path), lines = 0;
	struct fail f = FAIL_INIT;

	CU_ASSERT_FATAL(fd >= 0);
	for (int i = 0; i < 100; i++)
		dprintf(fd, "[nosuch%d]\n", i);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	CU_ASSERT_PTR_NULL(conf_load_fd(fd, "x.conf", &report, &f));
	for (const char *p = str_text(&report); *p; p++)
		lines += *p == '\n';
	CU_ASSERT_EQUAL(lines, 50);
	CU_ASSERT(strncmp(f.evidence, "x.conf:1: [nosuch0]: unknown section", 36) == 0);
	close(fd);
	unlink(path);
}

static const struct {
	const char *dn, *normal;
} dns[] = {
	{ "OU=Sales, DC=Example ,dc=com", "ou=sales,dc=example,dc=com" },
	{ "cn=a b + uid = x,o=y", "cn=a b+uid=x,o=y" },
	{ "2.5.4.3=x", "2.5.4.3=x" },
	{ "cn=a\\,b,o=y", "cn=a\\,b,o=y" },
	{ "cn=a\\ ,o=y", "cn=a\\ ,o=y" },
	{ "cn=,o=y", NULL },
	{ "cn", NULL },
	{ "", NULL },
	{ "cn=a,", NULL },
	{ "cn=a;o=y", NULL },
	{ "cn=a\\", NULL },
	{ "=a", NULL },
};

static void test_dns(void)
{
	for (size_t i = 0; i < ARRAY_LEN(dns); i++) {
		autoclean(text_free) char *normal = conf_dn_normal(dns[i].dn);

		CU_ASSERT(text_equal(normal, dns[i].normal));
	}
	CU_ASSERT(conf_dn_below("ou=a,dc=b", "dc=b"));
	CU_ASSERT(conf_dn_below("dc=b", "dc=b"));
	CU_ASSERT(!conf_dn_below("dc=b", "ou=a,dc=b"));
	CU_ASSERT(!conf_dn_below("ou=a,xdc=b", "dc=b"));
	CU_ASSERT(!conf_dn_below("ou=a\\,dc=b", "dc=b"));
}

static CU_TestInfo tests[] = {
	{ "every case of tests/conf gives what its expect says", test_cases },
	{ "a file that cannot be read is another failure", test_unreadable },
	{ "the report is bounded", test_report_is_bounded },
	{ "DNs are compared at their commas", test_dns },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_conf_conf = { "agent/conf/conf", NULL, NULL, NULL, NULL, tests };
