#include "agent/child.h"

#include <stdio.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/str.h"

#define FILE_MAX (256 * 1024)
#define REPORT_MAX 65536

int child_collect(int (*take)(struct channel_message *m, void *arg, struct fail *f), void *arg,
	struct fail *f)
{
	autoclean(channel_clear) struct channel_message m = CHANNEL_MESSAGE(CHANNEL_NONE);

	for (;;) {
		if (channel_receive(CHANNEL_FD, &m) < 0)
			return fail(f, ENR_INTERNAL, "the parent is gone");
		if (m.kind == CHANNEL_GO)
			return 0;
		if (take(&m, arg, f) < 0)
			return -1;
		channel_clear(&m);
	}
}

void child_say(enum channel_kind kind)
{
	struct channel_message m = CHANNEL_MESSAGE(kind);

	(void)channel_send(CHANNEL_FD, &m); /* without a parent the channel ends, and so do we */
}

int child_failed(const struct fail *f)
{
	struct channel_message m = CHANNEL_MESSAGE(CHANNEL_FAILED);

	m.code = (uint32_t)f->code;
	snprintf(m.text, sizeof(m.text), "%s", f->evidence);
	(void)channel_send(CHANNEL_FD, &m);
	return code_row(f->code)->exit;
}

struct conf *child_conf(int fd, const char *path, struct fail *f)
{
	autoclean(str_free) struct str report = STR_INIT(REPORT_MAX);

	return conf_load_fd(fd, path, &report, f);
}

int child_file(int fd, const char *name, struct bytes *out, struct fail *f)
{
	if (file_read_fd(fd, FILE_MAX, out, f) < 0)
		return fail_in(f, "listener %s", name);
	return 0;
}
