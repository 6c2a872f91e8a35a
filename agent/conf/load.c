/* From a file to a checked struct conf. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/conf.h"
#include "agent/conf/items.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"
#include "lib/ini/inifile.h"

#define PROBLEMS_MAX 50

struct load {
	struct conf *c;
	struct conf_problems p;
	enum conf_place place;     /* of the current section */
	void *base;                /* its struct; NULL: unknown, its keys are passed over */
};

void conf_problem(struct conf_problems *p, int line, const char *fmt, ...)
{
	char where[16] = "", text[1024];
	va_list ap;

	if (p->n >= PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (line > 0)
		snprintf(where, sizeof(where), ":%d", line);
	if (p->n++ == 0)
		fail(&p->first, ENR_CONFIG_INVALID, "%s%s: %s", p->path, where, text);
	if (p->report)
		str_printf(p->report, "%s%s: %s\n", p->path, where, text);
}

static void remember(struct conf *c, const struct inifile_line *l, const char *path)
{
	c->origin = mem_grow(c->origin, c->n_origin + 1, sizeof(*c->origin));
	c->origin[c->n_origin++] = (struct conf_origin){ mem_text(l->section), mem_text(l->key),
		mem_text(path), l->line };
}

/* Presets that hang on other values ("STATE-DIR/ca") come at the end. */
static int is_derived(const struct conf_item *item)
{
	return item->kind == KIND_PATH && item->preset && item->preset[0] != '/';
}

static void set_presets(enum conf_place place, void *base)
{
	struct str wrong = STR_INIT(1024);

	for (size_t i = 0; i < conf_items_count; i++) {
		const struct conf_item *item = &conf_items[i];

		if (item->place == place && item->preset && !is_derived(item))
			(void)conf_value_parse(item, item->preset, base, &wrong);
	}
	str_free(&wrong);
}

/* The name stands first in every element. */
static void *add_element(struct conf *c, enum conf_place place, const char *name)
{
	const struct conf_place_row *row = &conf_places[place];
	char **array = (char **)((char *)c + row->array);
	size_t *n = (size_t *)((char *)c + row->count);
	char *element;

	*array = mem_grow(*array, *n + 1, row->size);
	element = *array + *n * row->size;
	memset(element, 0, row->size);
	*(char **)element = mem_text(name);
	(*n)++;
	set_presets(place, element);
	return element;
}

static int is_name(const char *t)
{
	for (; *t; t++) {
		if (!isalnum((unsigned char)*t) && !strchr("-_.", *t))
			return 0;
	}
	return 1;
}

/* The i-th section a file may have: first the plain ones, then the named. NULL at the end. */
static const char *known_section(size_t i, int *named)
{
	static const char *const plain[] = { "agent", "http", "directory", "ca" };

	*named = i >= ARRAY_LEN(plain);
	if (i < ARRAY_LEN(plain))
		return plain[i];
	i = i - ARRAY_LEN(plain) + IN_LISTENER;
	return i <= IN_ROLE ? conf_places[i].section : NULL;
}

static void unknown_section(struct load *load, const struct inifile_line *l, const char *word)
{
	const char *best = NULL, *section;
	autoclean(str_free) struct str all = STR_INIT(1024);
	int named, distance, least = 3;

	for (size_t i = 0; (section = known_section(i, &named)); i++) {
		distance = text_distance(word, section);
		if (distance < least && (size_t)distance < strlen(section)) {
			least = distance;
			best = section;
		}
		str_printf(&all, "%s[%s%s]", i ? ", " : "", section, named ? " NAME" : "");
	}
	conf_problem(&load->p, l->line, "[%s]: unknown section%s%s%s; allowed: %s", l->section,
		best ? "; did you mean [" : "", best ? best : "", best ? "]?" : "", str_text(&all));
}

static void take_heading(struct load *load, const struct inifile_line *l)
{
	size_t n = strcspn(l->section, " ");
	autoclean(text_free) char *word = mem_textn(l->section, n);
	const char *name = l->section[n] ? l->section + n + 1 : NULL, *section;
	int named, found = 0;

	load->base = NULL;
	for (size_t i = 0; (section = known_section(i, &named)) && !found; i++) {
		if (!text_equal(section, word))
			continue;
		found = 1;
		load->place = named ? IN_LISTENER + (i - 4) : IN_CONF;
	}
	if (!found) {
		unknown_section(load, l, word);
		return;
	}
	if (load->place == IN_CONF && name) {
		conf_problem(&load->p, l->line, "[%s]: this section has no name; allowed: [%s]",
			l->section, word);
		return;
	}
	if (load->place != IN_CONF && (!name || !is_name(name))) {
		conf_problem(&load->p, l->line,
			"[%s]: %s; allowed: [%s NAME], of letters, digits and - _ .", l->section,
			name ? "this name will not do" : "this section needs a name", word);
		return;
	}
	remember(load->c, l, load->p.path);
	load->base = load->place == IN_CONF ? (void *)load->c :
					      add_element(load->c, load->place, name);
}

static int is_of_section(const struct conf_item *item, const char *section)
{
	size_t n = strlen(item->section);

	return strncmp(item->section, section, n) == 0 && (!section[n] || section[n] == ' ');
}

static void unknown_key(struct load *load, const struct inifile_line *l)
{
	const char *best = NULL;
	autoclean(str_free) struct str all = STR_INIT(1024);
	int distance, least = 4;

	for (size_t i = 0; i < conf_items_count; i++) {
		if (!is_of_section(&conf_items[i], l->section))
			continue;
		distance = text_distance(l->key, conf_items[i].key);
		if (distance < least) {
			least = distance;
			best = conf_items[i].key;
		}
		str_printf(&all, "%s%s", all.len ? ", " : "", conf_items[i].key);
	}
	conf_problem(&load->p, l->line, "[%s] %s: unknown key%s%s%s; allowed: %s", l->section,
		l->key, best ? "; did you mean " : "", best ? best : "", best ? "?" : "",
		str_text(&all));
}

static void take_value(struct load *load, const struct inifile_line *l)
{
	autoclean(str_free) struct str wrong = STR_INIT(2048);

	for (size_t i = 0; i < conf_items_count; i++) {
		const struct conf_item *item = &conf_items[i];

		if (item->place != load->place || !is_of_section(item, l->section) ||
			!text_equal(item->key, l->key))
			continue;
		remember(load->c, l, load->p.path);
		if (conf_value_parse(item, l->value, load->base, &wrong) < 0)
			conf_problem(&load->p, l->line, "[%s] %s: %s", l->section, l->key,
				str_text(&wrong));
		return;
	}
	unknown_key(load, l);
}

static void take_line(const struct inifile_line *l, void *arg)
{
	struct load *load = arg;

	if (l->problem && !l->section[0]) {
		conf_problem(&load->p, l->line, "%s%s%s", l->key ? l->key : "", l->key ? ": " : "",
			l->problem);
	} else if (l->problem) {
		conf_problem(&load->p, l->line, "[%s]%s%s: %s", l->section, l->key ? " " : "",
			l->key ? l->key : "", l->problem);
	} else if (!l->key) {
		take_heading(load, l);
	} else if (!l->section[0]) {
		conf_problem(&load->p, l->line, "%s: no section in front of it", l->key);
	} else if (load->base) {
		take_value(load, l);
	}
}

static void set_derived(char **field, const char *dir, const char *name)
{
	if (!*field)
		*field = file_join(dir, name);
}

static void set_rest(struct conf *c)
{
	if (!conf_profile_find(c, "default"))
		(void)add_element(c, IN_PROFILE, "default");
	set_derived(&c->ca_dir, c->state_dir, "ca");
	for (size_t i = 0; i < c->n_listener; i++) {
		struct conf_listener *l = &c->listener[i];

		if (!l->serves_enroll)
			continue;
		set_derived(&l->certificate, c->ca_dir, "server.pem");
		set_derived(&l->key, c->ca_dir, "server.key");
	}
}

static void set_roles(struct conf *c, struct conf_problems *p)
{
	static const struct {
		const char *word;
		enum conf_role role;
	} words[] = {
		{ "auditor", ROLE_AUDITOR },
		{ "helpdesk", ROLE_HELPDESK },
		{ "operator", ROLE_OPERATOR },
		{ "admin", ROLE_ADMIN },
	};

	for (size_t i = 0; i < c->n_role; i++) {
		struct conf_role_row *row = &c->role[i];
		size_t n = strcspn(row->name, ".");

		for (size_t k = 0; k < ARRAY_LEN(words); k++) {
			if (strlen(words[k].word) == n && strncmp(words[k].word, row->name, n) == 0)
				row->role = words[k].role;
		}
		if (row->role == ROLE_NONE) {
			autoclean(text_free) char *section = mem_printf("role %s", row->name);

			conf_problem(p, conf_line_of(c, section, NULL),
				"[%s]: no such role; allowed: auditor, helpdesk, operator or "
				"admin, or one of them with .ANYTHING",
				section);
		}
	}
}

static void check_required_of(struct load *load, enum conf_place place, const char *section)
{
	autoclean(str_free) struct str allowed = STR_INIT(1024);

	for (size_t i = 0; i < conf_items_count; i++) {
		const struct conf_item *item = &conf_items[i];

		if (item->place != place || !item->required)
			continue;
		if (place == IN_CONF)
			section = item->section;
		if (conf_line_of(load->c, section, item->key))
			continue;
		str_clear(&allowed);
		conf_value_allowed(item, &allowed);
		conf_problem(&load->p, conf_line_of(load->c, section, NULL),
			"[%s] %s: missing; allowed: %s", section, item->key, str_text(&allowed));
	}
}

static void check_required(struct load *load)
{
	check_required_of(load, IN_CONF, NULL);
	for (enum conf_place p = IN_LISTENER; p <= IN_ROLE; p++) {
		const char *array = *(char **)((char *)load->c + conf_places[p].array);
		size_t n = *(size_t *)((char *)load->c + conf_places[p].count);

		for (size_t i = 0; i < n; i++) {
			const char *name = *(char *const *)(array + i * conf_places[p].size);
			autoclean(text_free) char *section =
				mem_printf("%s %s", conf_places[p].section, name);

			check_required_of(load, p, section);
		}
	}
}

static struct conf *load_bytes(
	const struct bytes *data, const char *path, struct str *report, struct fail *f)
{
	autoclean(conf_free) struct conf *c = mem_new(sizeof(*c));
	struct load load = { .c = c, .p = { .report = report, .path = path } };

	set_presets(IN_CONF, c);
	inifile_read((const char *)data->data, data->len, take_line, &load);
	set_rest(c);
	set_roles(c, &load.p);
	check_required(&load);
	conf_check(c, &load.p);
	if (load.p.n == 0)
		return steal(c);
	if (f)
		*f = load.p.first;
	return NULL;
}

struct conf *conf_load(const char *path, struct str *report, struct fail *f)
{
	autoclean(bytes_free) struct bytes data = BYTES_INIT;
	struct fail why = FAIL_INIT;

	if (file_read(path, INIFILE_SIZE_MAX, &data, &why) < 0) {
		fail(f, ENR_CONFIG_UNREADABLE, "%s", why.evidence);
		return NULL;
	}
	return load_bytes(&data, path, report, f);
}

struct conf *conf_load_fd(int fd, const char *path, struct str *report, struct fail *f)
{
	autoclean(bytes_free) struct bytes data = BYTES_INIT;
	struct fail why = FAIL_INIT;

	if (file_read_fd(fd, INIFILE_SIZE_MAX, &data, &why) < 0) {
		fail(f, ENR_CONFIG_UNREADABLE, "%s: %s", path, why.evidence);
		return NULL;
	}
	return load_bytes(&data, path, report, f);
}
