/* A new configuration in the core: who takes it over at once, and what waits for the next start. */
#include <stdlib.h>

#include "agent/core.h"
#include "lib/base/clean.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

/* Read once, at the start. (Accounts and paths of [agent] are the parent's to say.) */
static const struct fixed {
	const char *section, *key; /* key NULL: all of the section */
} fixed[] = {
	{ "directory", NULL },
	{ "agent", "workers" },
	{ "agent", "queue" },
	{ "agent", "keep-ended" },
	{ "agent", "max-open-per-identity" },
	{ "ca", "ca-dir" },
};

struct values {
	char *value[64];
	char *name[64];
	size_t n;
};

static int is_fixed(const struct conf_setting *s)
{
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (text_equal(s->section, fixed[i].section) &&
			(fixed[i].key == NULL || text_equal(s->key, fixed[i].key)))
			return 1;
	return 0;
}

static void collect(const struct conf_setting *s, void *arg)
{
	struct values *v = arg;

	if (!is_fixed(s) || v->n == ARRAY_LEN(v->value))
		return;
	v->name[v->n] = mem_printf("[%s] %s", s->section, s->key);
	v->value[v->n++] = mem_text(s->value);
}

static void clear(struct values *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->name[i]);
		free(v->value[i]);
	}
}

/* Rows come in the same order from each configuration. */
static void warn_fixed(const struct conf *first, const struct conf *next)
{
	autoclean(clear) struct values a = { .n = 0 }, b = { .n = 0 };

	conf_each(first, collect, &a);
	conf_each(next, collect, &b);
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (!text_equal(a.value[i], b.value[i]))
			log_warn("reload", "%s changes at the next restart", a.name[i]);
}

void core_reload(struct core *c)
{
	struct conf *old;

	warn_fixed(c->first, c->arriving);
	join_reload(c->join, c->arriving);
	enrollment_reload(c->enrollment, c->arriving);
	control_reload(c->control, c->arriving);
	pthread_rwlock_wrlock(&c->conf_lock);
	old = c->conf;
	c->conf = c->arriving;
	c->arriving = NULL;
	pthread_rwlock_unlock(&c->conf_lock);
	if (old == c->first)
		return;
	c->retired = mem_grow(c->retired, c->n_retired + 1, sizeof(struct conf *));
	c->retired[c->n_retired++] = old;
}
