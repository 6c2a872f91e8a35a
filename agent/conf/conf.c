#include "agent/conf/conf.h"

#include <stdlib.h>

#include "agent/conf/items.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

static void clear_values(enum conf_place place, void *base)
{
	for (size_t i = 0; i < conf_items_count; i++) {
		if (conf_items[i].place == place)
			conf_value_clear(&conf_items[i], base);
	}
}

void conf_free(struct conf **pc)
{
	struct conf *c = *pc;

	if (!c)
		return;
	for (enum conf_place p = IN_LISTENER; p <= IN_ROLE; p++) {
		char *array = *(char **)((char *)c + conf_places[p].array);
		size_t n = *(size_t *)((char *)c + conf_places[p].count);

		for (size_t i = 0; i < n; i++) {
			char *element = array + i * conf_places[p].size;

			clear_values(p, element);
			free(*(char **)element); /* the name stands first in each */
		}
		free(array);
	}
	clear_values(IN_CONF, c);
	for (size_t i = 0; i < c->n_origin; i++) {
		free(c->origin[i].section);
		free(c->origin[i].key);
		free(c->origin[i].file);
	}
	free(c->origin);
	free(c);
	*pc = NULL;
}

const struct conf_profile *conf_profile_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_profile; i++) {
		if (text_equal_ci(c->profile[i].name, name))
			return &c->profile[i];
	}
	return NULL;
}

static const struct conf_origin *origin_of(const struct conf *c, const char *section,
	const char *key)
{
	for (size_t i = 0; i < c->n_origin; i++) {
		if (text_equal(c->origin[i].section, section) && text_equal(c->origin[i].key, key))
			return &c->origin[i];
	}
	return NULL;
}

int conf_line_of(const struct conf *c, const char *section, const char *key)
{
	const struct conf_origin *o = origin_of(c, section, key);

	return o ? o->line : 0;
}

struct each {
	const struct conf *c;
	conf_visit *visit;
	void *arg;
};

static void visit_element(const struct each *e, enum conf_place place, const char *section,
	const void *base)
{
	for (size_t i = 0; i < conf_items_count; i++) {
		const struct conf_item *item = &conf_items[i];
		const struct conf_origin *o;
		autoclean(text_free) char *value = NULL;
		struct conf_setting s = { .section = section, .key = item->key,
			.preset = item->preset, .help = item->help };

		if (item->place != place)
			continue;
		if (place == IN_CONF)
			s.section = item->section;
		o = origin_of(e->c, s.section, item->key);
		if (o) {
			s.file = o->file;
			s.line = o->line;
		}
		value = conf_value_text(item, base);
		s.value = value ? value : "";
		e->visit(&s, e->arg);
	}
}

void conf_each(const struct conf *c, conf_visit *visit, void *arg)
{
	struct each e = { c, visit, arg };

	visit_element(&e, IN_CONF, NULL, c);
	for (enum conf_place p = IN_LISTENER; p <= IN_ROLE; p++) {
		const char *array = *(char *const *)((const char *)c + conf_places[p].array);
		size_t n = *(const size_t *)((const char *)c + conf_places[p].count);

		for (size_t i = 0; i < n; i++) {
			const void *element = array + i * conf_places[p].size;
			autoclean(text_free) char *section = mem_printf("%s %s",
				conf_places[p].section, *(char *const *)element);

			visit_element(&e, p, section, element);
		}
	}
}
