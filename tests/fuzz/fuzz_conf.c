/* Configuration files: any bytes give a configuration or a report; what is in force, written down
 * again, is the same configuration. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/conf/conf.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct writing {
	struct str text;
	char section[64];
};

static void write_setting(const struct conf_setting *s, void *arg)
{
	struct writing *w = arg;

	if (!text_equal(w->section, s->section)) {
		strncpy(w->section, s->section, sizeof(w->section) - 1);
		str_printf(&w->text, "[%s]\n", s->section);
	}
	if (*s->value)
		str_printf(&w->text, "%s = %s\n", s->key, s->value);
}

static struct conf *load(const void *data, size_t len)
{
	autoclean(str_free) struct str report = STR_INIT(256 * 1024);
	autoclean(fd_close) int fd = memfd_create("conf", MFD_CLOEXEC);
	struct fail f = FAIL_INIT;
	struct conf *c;

	if (fd < 0 || write(fd, data, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	c = conf_load_fd(fd, "x", &report, &f);
	if (!c != (f.code == ENR_CONFIG_INVALID) || !c != (report.len > 0))
		abort();
	return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct writing one = { STR_INIT(1 << 24), "" }, two = { STR_INIT(1 << 24), "" };
	autoclean(conf_free) struct conf *c = NULL, *again = NULL;

	if (len > 100000)
		return 0;
	c = load(data, len);
	if (c) {
		conf_each(c, write_setting, &one);
		again = load(str_text(&one.text), one.text.len);
		if (!again)
			abort();
		conf_each(again, write_setting, &two);
		if (strcmp(str_text(&one.text), str_text(&two.text)) != 0)
			abort();
	}
	str_free(&one.text);
	str_free(&two.text);
	return 0;
}
