#include "client/settings.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/ini/inifile.h"

/* Keys of section [enroll], or of none. */
static const struct {
	const char *key;
	size_t at;
} rows[] = {
	{ "identity", offsetof(struct settings, identity) },
	{ "server", offsetof(struct settings, server) },
	{ "password-file", offsetof(struct settings, password_file) },
	{ "login", offsetof(struct settings, login) },
};

struct reading {
	const char *path;
	struct settings *settings;
	struct fail fail;
};

static void visit(const struct inifile_line *l, void *arg)
{
	struct reading *r = arg;

	if (r->fail.code != ENR_NONE)
		return;
	if (l->problem != NULL) {
		fail(&r->fail, ENR_CONFIG_INVALID, "%s:%d: %s", r->path, l->line, l->problem);
		return;
	}
	if (l->section[0] && !text_equal(l->section, "enroll")) {
		fail(&r->fail, ENR_CONFIG_INVALID, "%s:%d: unknown section [%s]; there is [enroll]",
			r->path, l->line, l->section);
		return;
	}
	if (l->key == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char **at = (char **)((char *)r->settings + rows[i].at);

		if (text_equal(l->key, rows[i].key)) {
			text_free(at);
			*at = mem_text(l->value);
			return;
		}
	}
	fail(&r->fail, ENR_CONFIG_INVALID,
		"%s:%d: unknown key %s; there are identity, server, "
		"password-file, login",
		r->path,
		l->line, l->key);
}

int settings_load(const struct place *p, struct settings *out, struct fail *f)
{
	autoclean(text_free) char *path = place_path(p, PLACE_CONF);
	autoclean(settings_clear) struct settings s = { 0 };
	autoclean(bytes_free) struct bytes data = BYTES_INIT;
	struct reading r = { .path = path, .settings = &s, .fail = FAIL_INIT };
	struct fail why = FAIL_INIT;

	if (file_exists(path) == 1) {
		if (file_read(path, INIFILE_SIZE_MAX, &data, &why) < 0)
			return fail(f, ENR_CONFIG_UNREADABLE, "%s", why.evidence);
		inifile_read((const char *)data.data, data.len, visit, &r);
	}
	if (r.fail.code != ENR_NONE) {
		if (f != NULL)
			*f = r.fail;
		return -1;
	}
	*out = s;
	s = (struct settings){ 0 };
	return 0;
}

void settings_clear(struct settings *s)
{
	text_free(&s->identity);
	text_free(&s->server);
	text_free(&s->password_file);
	text_free(&s->login);
}
