/* Every option of the table: each wrong value of its kind, both ends of its range, twice, misspelt.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/conf/conf.h"
#include "agent/conf/items.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "tests/unit/cunit.h"

enum { WRONG_MAX = 9 };

/* By enum conf_kind; NULL ends a row. What is said of numbers also goes for the ends of the range.
 */
static const char *const wrong[][WRONG_MAX] = {
	[KIND_TEXT] = { "" },
	[KIND_ACCOUNT] = { "", "a b", "-x", "a:b" },
	[KIND_PATH] = { "", "x", "./x" },
	[KIND_DN] = { "", "Sales", "OU=a,", "=a" },
	[KIND_DOMAIN] = { "", "a_b", "10.0.0.1", "a..b", "b\xc3\xbcro.test" },
	[KIND_HOST] = { "", "a..b", "-a.b", "a b" },
	[KIND_URL] = { "", "ftp://x", "http://", "http://x:0/", "x", "http://a b" },
	[KIND_WORD] = { "", "nonsense", "yes no" },
	[KIND_BOOL] = { "", "maybe", "2", "yes please" },
	[KIND_NUMBER] = { "", "many", "1.5", "0x10", "99999999999999999999", "1 2", "-1" },
	[KIND_DURATION] = { "", "8", "soon", "1.5h", "99999999999999999999d", "1h 2h", "-1h" },
	[KIND_WORDS] = { "", "nonsense" },
	[KIND_NAMES] = { "a a" },
	[KIND_DOMAINS] = { "a_b", "a.b a.b", "10.0.0.1" },
	[KIND_ENDPOINTS] = { "", "443", "0.0.0.0:0", "0.0.0.0:65536", "[::1:443", "localhost:1" },
	[KIND_LDAP_URLS] = { "http://x", "ldap://x:0", "ldaps://", "ldap://x/dc=a", "x" },
	[KIND_PHRASES] = { "a;a" },
	[KIND_SERVE] = { "", "both", "enroll crl" },
};

static const struct {
	const char *heading, *lines[2];
} base[] = {
	{ "directory", { "uri = ldapi://%2Fx", "bind = external" } },
	{ "listener web", { "address = 0.0.0.0:443", "public-name = a.b" } },
	{ "ou sales", { "dn = DC=contoso", "suffix = a.b" } },
	{ "role helpdesk", { "group = x" } },
	{ "agent", { NULL } },
	{ "http", { NULL } },
	{ "ca", { NULL } },
	{ "profile default", { NULL } },
};

static const char *heading_of(const struct conf_item *item)
{
	size_t n = strlen(item->section);

	for (size_t i = 0; i < ARRAY_LEN(base); i++)
		if (strncmp(base[i].heading, item->section, n) == 0 &&
			(base[i].heading[n] == ' ' || base[i].heading[n] == '\0'))
			return base[i].heading;
	return NULL;
}

static int sets(const char *line, const char *key)
{
	size_t n = strlen(key);

	return strncmp(line, key, n) == 0 && line[n] == ' ';
}

/* A configuration in which nothing is wrong but what these lines of that section bring. Returns the
 * number of their first. */
static int build(const char *heading, const char *key, const char *lines, struct str *out)
{
	int line = 0, at = 0;

	for (size_t i = 0; i < ARRAY_LEN(base); i++) {
		str_printf(out, "[%s]\n", base[i].heading);
		line++;
		if (text_equal(base[i].heading, heading)) {
			at = line + 1;
			str_text_add(out, lines);
			for (const char *p = lines; *p; p++)
				line += *p == '\n';
		}
		for (size_t k = 0; k < 2 && base[i].lines[k]; k++) {
			if (at && text_equal(base[i].heading, heading) &&
				sets(base[i].lines[k], key))
				continue;
			str_printf(out, "%s\n", base[i].lines[k]);
			line++;
		}
	}
	return at;
}

/* What is said of these lines; *at is the first one's number. */
static void load(const struct conf_item *item, const char *lines, struct str *report, int *at)
{
	autoclean(conf_free) struct conf *c = NULL;
	autoclean(str_free) struct str text = STR_INIT(64 * 1024);
	char path[] = "/tmp/e.XXXXXX";
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	*at = build(heading_of(item), item->key, lines, &text);
	CU_ASSERT_EQUAL(write(fd, str_text(&text), text.len), (ssize_t)text.len);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	c = conf_load_fd(fd, "x", report, NULL);
	CU_ASSERT((c == NULL) == (report->len > 0));
	close(fd);
	unlink(path);
}

static int says(const struct conf_item *item, const char *lines, int after, const char *what)
{
	autoclean(str_free) struct str report = STR_INIT(64 * 1024);
	autoclean(text_free) char *wanted = NULL;
	int at, found;

	load(item, lines, &report, &at);
	wanted = mem_printf("x:%d: [%s] %s", at + after, heading_of(item), what);
	found = strstr(str_text(&report), wanted) != NULL;
	if (!found)
		printf("\n%s of\n%sgives\n%s", wanted, lines, str_text(&report));
	return found;
}

static void refused(const struct conf_item *item, const char *value)
{
	autoclean(text_free) char *lines = mem_printf("%s = %s\n", item->key, value);
	autoclean(str_free) struct str allowed = STR_INIT(1024);
	autoclean(text_free) char *what = NULL;
	char quoted[300];

	conf_value_allowed(item, &allowed);
	if (strchr(value, ' ') == NULL && strchr(value, ';') == NULL)
		what = mem_printf("%s: %s%s; allowed: %s", item->key,
			*value ? text_quote(value, 60, quoted, sizeof(quoted)) : "no value",
			*value ? " is not allowed" : "", str_text(&allowed));
	else /* of a list, one element is named */
		what = mem_printf("%s: ", item->key);
	CU_ASSERT(says(item, lines, 0, what));
}

static void taken(const struct conf_item *item, const char *value)
{
	autoclean(text_free) char *lines = mem_printf("%s = %s\n", item->key, value);
	autoclean(text_free) char *no = mem_printf("%s: '", item->key);
	autoclean(str_free) struct str report = STR_INIT(64 * 1024);
	int at;

	load(item, lines, &report, &at);
	CU_ASSERT_PTR_NULL(strstr(str_text(&report), no));
	if (strstr(str_text(&report), no))
		printf("\n%s%s", lines, str_text(&report));
}

static void test_wrong_values(void)
{
	for (size_t i = 0; i < conf_items_count; i++) {
		const struct conf_item *item = &conf_items[i];

		CU_ASSERT_PTR_NOT_NULL_FATAL(heading_of(item));
		CU_ASSERT_PTR_NOT_NULL_FATAL(wrong[item->kind][0]);
		for (size_t k = 0; wrong[item->kind][k]; k++)
			refused(item, wrong[item->kind][k]);
		if (item->required)
			refused(item, "");
	}
}

static void test_ranges(void)
{
	for (size_t i = 0; i < conf_items_count; i++) {
		const struct conf_item *item = &conf_items[i];
		const char *unit = item->kind == KIND_DURATION ? "s" : "";
		char value[64];

		if (item->kind != KIND_NUMBER && item->kind != KIND_DURATION)
			continue;
		CU_ASSERT(item->min < item->max);
		snprintf(value, sizeof(value), "%" PRId64 "%s", item->min - 1, unit);
		refused(item, value);
		snprintf(value, sizeof(value), "%" PRId64 "%s", item->max + 1, unit);
		refused(item, value);
		snprintf(value, sizeof(value), "%" PRId64 "%s", item->min, unit);
		taken(item, value);
		snprintf(value, sizeof(value), "%" PRId64 "%s", item->max, unit);
		taken(item, value);
		taken(item, item->preset);
	}
}

static void test_twice_and_misspelt(void)
{
	for (size_t i = 0; i < conf_items_count; i++) {
		const struct conf_item *item = &conf_items[i];
		autoclean(text_free) char *twice =
			mem_printf("%s = 1\n%s = 1\n", item->key, item->key);
		autoclean(text_free) char *more = mem_printf("%sx = 1\n", item->key);
		autoclean(text_free) char *less = mem_printf("%s = 1\n", item->key + 1);
		autoclean(text_free) char *hint = mem_printf("%sx: unknown key; did you mean %s?; "
							     "allowed: ", item->key, item->key);
		autoclean(text_free) char *key = mem_printf("%s: this key is already in line ",
			item->key);
		autoclean(text_free) char *unknown = mem_printf("%s: unknown key", item->key + 1);

		CU_ASSERT(says(item, twice, 1, key));
		CU_ASSERT(says(item, more, 0, hint));
		CU_ASSERT(says(item, less, 0, unknown));
	}
}

static CU_TestInfo tests[] = {
	{ "each wrong value of each option is named with its line and what is allowed",
		test_wrong_values },
	{ "the ends of each range are in it, and no more", test_ranges },
	{ "each option twice, and misspelt", test_twice_and_misspelt },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_conf_items = { "agent/conf/items", NULL, NULL, NULL, NULL, tests };
