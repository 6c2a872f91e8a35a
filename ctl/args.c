#include "ctl/args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/table.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

/* Where the reader of argv stands. */
struct reader {
	struct args *a;
	int argc, at;
	char **argv;
	const char *unknown; /* the first option nobody has */
	struct fail *f;
	int failed; /* the first failure is the one that is told */
};

/* The nearest of words to text if it is near enough to be meant, or NULL. */
static const char *nearest_word(const char *text, const char *const *words, size_t n)
{
	const char *best = NULL;
	int least = 4;

	for (size_t i = 0; i < n; i++) {
		int d = text_distance(text, words[i]);

		if (d < least && (size_t)d < strlen(words[i])) {
			best = words[i];
			least = d;
		}
	}
	return best;
}

__attribute__((format(printf, 2, 3))) static void refuse(struct reader *r, const char *fmt, ...)
{
	char text[FAIL_EVIDENCE_MAX];
	va_list ap;

	if (r->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->failed = 1;
	fail(r->f, ENR_USAGE, "%s", text);
}

static void add_option(struct args *a, const struct cmd_option *row, const char *value)
{
	a->option = mem_grow(a->option, a->n_option + 1, sizeof(*a->option));
	a->option[a->n_option++] = (struct args_option){ row, value };
}

/* The value of an option that needs one: glued, or the next word. */
static const char *value_of(struct reader *r, const struct cmd_option *row, const char *glued)
{
	if (glued)
		return glued;
	if (r->at + 1 < r->argc && strncmp(r->argv[r->at + 1], "--", 2) != 0)
		return r->argv[++r->at];
	refuse(r, "--%s needs a value: %s", row->name, row->value);
	return NULL;
}

static void take_option(struct reader *r, const struct cmd_option *row, const char *glued)
{
	const char *value = NULL;

	if (row->kind == OPTION_FLAG) {
		if (glued)
			refuse(r, "--%s takes no value", row->name);
	} else {
		value = value_of(r, row, glued);
		if (value == NULL)
			return;
	}
	if (row->kind != OPTION_LIST && row->kind != OPTION_FLAG && args_value(r->a, row->name))
		refuse(r, "--%s is given twice", row->name);
	add_option(r->a, row, value);
}

static void take_long(struct reader *r, const char *text)
{
	const char *equals = strchr(text, '=');
	autoclean(text_free) char *name =
		mem_textn(text, equals ? (size_t)(equals - text) : strlen(text));
	const struct cmd_option *row = option_find(name);

	if (row)
		take_option(r, row, equals ? equals + 1 : NULL);
	else if (r->unknown == NULL)
		r->unknown = r->argv[r->at];
}

static void take_short(struct reader *r, const char *letters)
{
	while (*letters) {
		const struct cmd_option *row = option_letter(*letters);

		if (row == NULL) {
			if (r->unknown == NULL)
				r->unknown = r->argv[r->at];
			return;
		}
		if (row->kind != OPTION_FLAG) {
			take_option(r, row, letters[1] ? letters + 1 : NULL);
			return;
		}
		take_option(r, row, NULL);
		letters++;
	}
}

static void split(struct reader *r)
{
	int ended = 0;

	for (r->at = 1; r->at < r->argc; r->at++) {
		char *text = r->argv[r->at];

		if (!ended && strcmp(text, "--") == 0)
			ended = 1;
		else if (!ended && strncmp(text, "--", 2) == 0)
			take_long(r, text + 2);
		else if (!ended && text[0] == '-' && text[1])
			take_short(r, text + 1);
		else
			r->a->word[r->a->n_word++] = text;
	}
}

/* All first words, or all verbs of a noun; free() it. */
static const char **known_words(const char *noun, size_t *n)
{
	size_t total;
	const struct command *const *c = command_table(&total);
	const char **words = mem_array(total, sizeof(*words));

	*n = 0;
	for (size_t i = 0; i < total; i++)
		if (noun == NULL)
			words[(*n)++] = c[i]->noun ? c[i]->noun : c[i]->verb;
		else if (text_equal(c[i]->noun, noun))
			words[(*n)++] = c[i]->verb;
	return words;
}

static void refuse_word(struct reader *r, const char *noun, const char *text)
{
	char quoted[160];
	size_t n;
	const char **words = known_words(noun, &n);
	const char *near = nearest_word(text, words, n);

	text_quote(text, 32, quoted, sizeof(quoted));
	if (near)
		refuse(r, "%s is not a command; did you mean %s%s%s?", quoted, noun ? noun : "",
			noun ? " " : "", near);
	else
		refuse(r, "%s is not a command%s%s", quoted, noun ? " of " : "", noun ? noun : "");
	free(words);
}

static void drop_words(struct args *a, size_t n)
{
	a->n_word -= n;
	memmove(a->word, a->word + n, a->n_word * sizeof(*a->word));
}

static void find_command(struct reader *r)
{
	struct args *a = r->a;

	if (a->n_word == 0)
		return;
	a->command = command_find(NULL, a->word[0]);
	if (a->command) {
		drop_words(a, 1);
		return;
	}
	if (!command_is_noun(a->word[0])) {
		refuse_word(r, NULL, a->word[0]);
		return;
	}
	a->noun = a->word[0];
	if (a->n_word > 1)
		a->command = command_find(a->noun, a->word[1]);
	if (a->command)
		drop_words(a, 2);
	else if (a->n_word > 1)
		refuse_word(r, a->noun, a->word[1]);
}

static void refuse_option(struct reader *r, const char *text)
{
	char quoted[200];
	const char *words[64];
	size_t shared_n, n = 0;
	const struct cmd_option *shared = shared_options(&shared_n);
	const struct command *c = r->a->command;
	const char *name = text + strspn(text, "-");
	autoclean(text_free) char *bare = mem_textn(name, strcspn(name, "="));
	const char *near;

	for (size_t i = 0; i < shared_n && n < ARRAY_LEN(words); i++)
		words[n++] = shared[i].name;
	for (size_t i = 0; c && i < c->n_options && n < ARRAY_LEN(words); i++)
		words[n++] = c->options[i].name;
	near = nearest_word(bare, words, n);
	text_quote(text, 40, quoted, sizeof(quoted));
	if (near)
		refuse(r, "there is no option %s here; did you mean --%s?", quoted, near);
	else
		refuse(r, "there is no option %s here", quoted);
}

static int is_one_of(const char *value, const char *words)
{
	size_t len = strlen(value);

	for (const char *w = words; len > 0 && w; w = strchr(w, '|')) {
		w += *w == '|';
		if (strncmp(w, value, len) == 0 && (w[len] == '|' || w[len] == '\0'))
			return 1;
	}
	return 0;
}

static void check_value(struct reader *r, const struct args_option *o)
{
	char quoted[200];
	int64_t seconds;

	if (o->value && text_has_control(o->value, strlen(o->value))) {
		refuse(r, "--%s has a control character", o->row->name);
		return;
	}
	if (o->value == NULL)
		return;
	text_quote(o->value, 40, quoted, sizeof(quoted));
	if (o->row->kind == OPTION_WORD && !is_one_of(o->value, o->row->value))
		refuse(r, "--%s %s: allowed is %s", o->row->name, quoted, o->row->value);
	if (o->row->kind == OPTION_DURATION && text_duration(o->value, &seconds) < 0)
		refuse(r, "--%s %s: a time looks like 45m, 8h or 14d", o->row->name, quoted);
}

static void check_words(struct reader *r)
{
	const struct args *a = r->a;
	const struct command *c = a->command;
	const char *noun = c->noun ? c->noun : "", *blank = c->noun ? " " : "";
	char quoted[160];

	if (a->n_word < c->least)
		refuse(r, "what is missing: enrollctl %s%s%s %s", noun, blank, c->verb, c->words);
	for (size_t i = 0; i < a->n_word; i++)
		if (a->word[i][0] == '\0' || text_has_control(a->word[i], strlen(a->word[i])))
			refuse(r, "an argument is empty or has a control character");
	if (a->n_word <= c->most)
		return;
	text_quote(a->word[c->most], 32, quoted, sizeof(quoted));
	refuse(r, "%s is one word too many: enrollctl %s%s%s%s%s", quoted, noun, blank, c->verb,
		*c->words ? " " : "", c->words);
}

int args_parse(struct args *a, int argc, char **argv, struct fail *f)
{
	struct reader r = { .a = a, .argc = argc, .argv = argv, .f = f };

	*a = (struct args){ .command = NULL };
	a->word = mem_array((size_t)argc + 1, sizeof(*a->word));
	split(&r);
	a->help = args_value(a, "help") != NULL;
	a->version = args_value(a, "version") != NULL;
	find_command(&r);
	if (r.unknown)
		refuse_option(&r, r.unknown);
	for (size_t i = 0; i < a->n_option; i++) {
		const struct cmd_option *own = option_of(a->command, a->option[i].row->name);

		/* Another command may have the same name with other words. */
		if (own)
			a->option[i].row = own;
		if (own)
			check_value(&r, &a->option[i]);
		else if (a->command)
			refuse_option(&r, a->option[i].row->name);
	}
	if (a->command && !a->help && !a->version)
		check_words(&r);
	return r.failed ? -1 : 0;
}

void args_free(struct args *a)
{
	free(a->option);
	free(a->word);
	for (size_t i = 0; i < a->n_list; i++)
		free(a->list[i]);
	free(a->list);
	*a = (struct args){ .command = NULL };
}

const char *args_value(const struct args *a, const char *name)
{
	for (size_t i = a->n_option; i > 0; i--)
		if (strcmp(a->option[i - 1].row->name, name) == 0)
			return a->option[i - 1].value ? a->option[i - 1].value : "";
	return NULL;
}

const char *const *args_values(struct args *a, const char *name, size_t *n)
{
	const char **values = mem_array(a->n_option + 1, sizeof(*values));

	*n = 0;
	for (size_t i = 0; i < a->n_option; i++)
		if (strcmp(a->option[i].row->name, name) == 0)
			values[(*n)++] = a->option[i].value;
	a->list = mem_grow(a->list, a->n_list + 1, sizeof(*a->list));
	a->list[a->n_list++] = values;
	return values;
}
