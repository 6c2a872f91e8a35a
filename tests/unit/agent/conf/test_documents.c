/* docs/enrolld.conf.md and packaging/enrolld.conf say what the table of options says. When the
 * table has changed: CONF_DOCUMENTS=write build/bin/unit -s agent/conf/documents */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/conf.h"
#include "agent/conf/items.h"
#include "ldap/dir_mechanism.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "tests/unit/cunit.h"
#include "tests/unit/document.h"

#define MANUAL "docs/enrolld.conf.md"
#define SAMPLE "packaging/enrolld.conf"

static const struct {
	const char *section, *title, *help;
} sections[] = {
	{ "agent", "[agent]", "The server itself." },
	{ "http", "[http]", "How much devices, and strangers, may ask for." },
	{ "directory", "[directory]", "The directory that devices become members of." },
	{ "ca", "[ca]", "Certificates of devices." },
	{ "listener", "[listener NAME]", NULL },
	{ "ou", "[ou NAME]", NULL },
	{ "profile", "[profile NAME]", NULL },
	{ "role", "[role NAME]", NULL },
};
static const char *const sample_names[] = { NULL, NULL, NULL, NULL, "enroll", "devices", "laptop",
	"helpdesk" };

static const char *help_of(size_t section)
{
	for (enum conf_place p = IN_LISTENER; p <= IN_ROLE; p++) {
		if (text_equal(conf_places[p].section, sections[section].section))
			return conf_places[p].help;
	}
	return sections[section].help;
}

static const char manual_head[] =
	"# enrolld.conf\n"
	"\n"
	"The configuration of `enrolld`, `/etc/enrolld/enrolld.conf`. `enrolld -t` checks it and "
	"names\n"
	"file, line and key of every mistake; `enrollctl config show` prints what is in force, "
	"with\n"
	"`--changed` only what differs from the defaults, with `--origin` where it was set. "
	"`SIGHUP` makes\n"
	"the server read it again; a file with a mistake changes nothing.\n"
	"\n"
	"The file is UTF-8. A line is `[section]`, `key = value`, a comment that begins with `#` "
	"or `;`, or\n"
	"blank; there are no comments behind a value. A key or section that is not known is an "
	"error, and so\n"
	"is one that stands twice. Durations are `90s`, `45m`, `8h`, `14d`, or several together "
	"(`1d12h`).\n"
	"`STATE-DIR` and `CA-DIR` below are the values of `state-dir` and `ca-dir`.\n"
	"\n"
	"Needed: `uri` or `domain` of `[directory]`, one `[ou NAME]`, and one `[listener NAME]` "
	"that serves `enroll`.\n"
	"`[profile default]` exists without being written down. A plain `ldap://` server is "
	"refused unless\n"
	"`starttls = yes` or Kerberos seals what goes over it (`bind = gssapi`, `gss-spnego`).\n";

static void add_manual(struct str *s)
{
	str_text_add(s, manual_head);
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		str_printf(s, "\n## %s\n\n%s\n\n| key | means | allowed | default |\n"
			      "| --- | --- | --- | --- |\n",
			sections[i].title, help_of(i));
		for (size_t k = 0; k < conf_items_count; k++) {
			const struct conf_item *item = &conf_items[k];
			autoclean(str_free) struct str allowed = STR_INIT(1024);

			if (!text_equal(item->section, sections[i].section))
				continue;
			conf_value_allowed(item, &allowed);
			str_printf(s, "| `%s` | %s | %s | %s%s%s |\n", item->key, item->help,
				str_text(&allowed), item->preset ? "`" : "",
				item->preset ? item->preset : item->required ? "(needed)"
									     : "",
				item->preset ? "`" : "");
		}
	}
}

static void add_sample(struct str *s)
{
	str_text_add(s,
		"# enrolld: what is commented out is the default, or an example where there is\n"
		"# none. The manual is enrolld.conf.md; `enrolld -t` checks this file.\n");
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		const char *name = sample_names[i];

		str_printf(s, "\n# %s\n%s[%s%s%s]\n", help_of(i), name ? "#" : "",
			sections[i].section, name ? " " : "", name ? name : "");
		for (size_t k = 0; k < conf_items_count; k++) {
			const struct conf_item *item = &conf_items[k];

			if (text_equal(item->section, sections[i].section))
				str_printf(s, "# %s\n#%s%s = %s\n", item->help,
					item->other ? " " : "", item->key,
					item->example ? item->example : item->preset);
		}
		if (text_equal(sections[i].section, "listener"))
			str_text_add(s,
				"\n#[listener crl]\n#address = 0.0.0.0:80 [::]:80\n#serve = crl\n");
	}
}

static void compare(const char *path, const struct str *want)
{
	autoclean(bytes_free) struct bytes is = BYTES_INIT;
	const char *write = getenv("CONF_DOCUMENTS");
	struct fail f = FAIL_INIT;

	CU_ASSERT(!want->overflow);
	if (text_equal(write, "write"))
		CU_ASSERT_EQUAL(file_write(path, want->data, want->len, 0644, &f), 0);
	CU_ASSERT_EQUAL_FATAL(file_read(path, 1024 * 1024, &is, &f), 0);
	CU_ASSERT_STRING_EQUAL((const char *)is.data, str_text(want));
}

static void test_manual(void)
{
	autoclean(str_free) struct str s = STR_INIT(256 * 1024);

	add_manual(&s);
	compare(MANUAL, &s);
}

/* Also with every option switched on it is a configuration that can be used. */
static void test_sample(void)
{
	autoclean(str_free) struct str s = STR_INIT(256 * 1024);
	autoclean(str_free) struct str on = STR_INIT(256 * 1024);
	autoclean(str_free) struct str report = STR_INIT(64 * 1024);
	autoclean(conf_free) struct conf *c = NULL;
	char path[] = "/tmp/e.XXXXXX/enrolld.conf";
	struct fail f = FAIL_INIT;

	add_sample(&s);
	compare(SAMPLE, &s);
	for (const char *p = str_text(&s); *p; p += strcspn(p, "\n") + 1) {
		if (p[0] == '#' && p[1] != ' ')
			p++;
		str_printf(&on, "%.*s\n", (int)strcspn(p, "\n"), p);
	}
	path[13] = '\0';
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(path));
	path[13] = '/';
	CU_ASSERT_EQUAL(file_write(path, on.data, on.len, 0600, &f), 0);
	c = conf_load(path, &report, &f);
	CU_ASSERT_PTR_NOT_NULL(c);
	if (!c)
		printf("\n%s", str_text(&report));
	remove(path);
	path[13] = '\0';
	remove(path);
}

/* A preset parses, and an option without preset has an example that does. */
static void test_presets(void)
{
	for (size_t i = 0; i < conf_items_count; i++) {
		const struct conf_item *item = &conf_items[i];
		const char *text = item->example ? item->example : item->preset;
		autoclean(str_free) struct str wrong = STR_INIT(4096);
		struct conf everything;

		memset(&everything, 0, sizeof(everything));
		CU_ASSERT_PTR_NOT_NULL_FATAL(text);
		CU_ASSERT_EQUAL(conf_value_parse(item, text, &everything, &wrong), 0);
		if (wrong.len)
			printf("\n[%s] %s: %s\n", item->section, item->key, str_text(&wrong));
		conf_value_clear(item, &everything);
	}
}

/* docs/DIRECTORY.md and the help of bind name every mechanism. */
static void test_mechanisms(void)
{
#define NAME(id, name, channels, needs, needs_tls, may) name,
	static const char *const names[] = { DIR_MECHANISMS(NAME) };
	char cell[DOCUMENT_CELLS][DOCUMENT_CELL_MAX];
	autoclean(document_free) struct document d;
	const char *help = NULL;
	size_t found = 0;

	for (size_t i = 0; i < conf_items_count; i++)
		if (text_equal(conf_items[i].key, "bind"))
			help = conf_items[i].help;
	CU_ASSERT_PTR_NOT_NULL_FATAL(help);
	document_open(&d, "docs/DIRECTORY.md", "### How the agent logs in");
	while (document_row(&d, cell)) {
		for (char *at = cell[0], *word; (word = document_word(&at)) != NULL;)
			for (size_t i = 0; i < ARRAY_LEN(names); i++)
				found += text_equal(word, names[i]);
	}
	CU_ASSERT_EQUAL(found, ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(help, names[i]));
}

static CU_TestInfo tests[] = {
	{ "the manual says what the table says", test_manual },
	{ "the sample has every option, and can be used", test_sample },
	{ "presets and examples are values", test_presets },
	{ "every mechanism is described", test_mechanisms },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_conf_documents = { "agent/conf/documents", NULL, NULL, NULL, NULL, tests };
