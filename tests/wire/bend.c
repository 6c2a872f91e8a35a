#include "tests/wire/bend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/mem.h"

enum { ELEMENTS_MAX = 16 };

size_t bend_unescape(char *t)
{
	char *to = t;
	struct bytes octet = BYTES_INIT;

	for (const char *from = t; *from; from++) {
		if (*from == '\\' && from[1] == 'x' && hex_decode(from + 2, 2, 1, &octet) == 0) {
			*to++ = (char)octet.data[0];
			from += 3;
		} else if (*from == '\\' && (from[1] == 'n' || from[1] == '\\')) {
			*to++ = from[1] == 'n' ? '\n' : '\\';
			from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	bytes_free(&octet);
	return (size_t)(to - t);
}

/* What stands between from and to of body becomes text. */
struct span {
	const char *from, *to;
};
static void put(const struct str *body, const struct span *at, const struct span *text,
	struct str *out)
{
	const char *end = body->data + body->len;

	str_add(out, body->data, (size_t)(at->from - body->data));
	str_add(out, text->from, (size_t)(text->to - text->from));
	str_add(out, at->to, (size_t)(end - at->to));
}

static void become(struct str *body, struct str *out)
{
	str_free(body);
	*body = *out;
}

int bend_replace(struct str *body, char *value)
{
	char *with = strstr(value, " => "), *at;
	struct str out = STR_INIT(BEND_BODY_MAX);
	size_t old_len, new_len;

	if (!with)
		return -1;
	*with = '\0';
	with += 4;
	old_len = bend_unescape(value);
	new_len = bend_unescape(with);
	at = memmem(body->data, body->len, value, old_len);
	if (!at)
		return -1;
	put(body, &(struct span){ at, at + old_len }, &(struct span){ with, with + new_len }, &out);
	become(body, &out);
	return 0;
}

int bend_fill(struct str *body, const char *value)
{
	char *end;
	size_t n = strtoul(value, &end, 10);
	char *at = memmem(body->data, body->len, "FILL", 4);
	struct str out = STR_INIT(BEND_BODY_MAX);

	if (!at || *end != ' ' || n > BEND_BODY_MAX / 2)
		return -1;
	str_add(&out, body->data, (size_t)(at - body->data));
	for (size_t i = 0; i < n; i++)
		str_text_add(&out, end + 1);
	str_add(&out, at + 4, body->len - 4 - (size_t)(at - body->data));
	become(body, &out);
	return 0;
}

void bend_utf16(struct str *body)
{
	struct str out = STR_INIT(BEND_BODY_MAX);

	str_add(&out, "\xff\xfe", 2);
	for (size_t i = 0; i < body->len; i++) {
		str_char(&out, body->data[i]);
		str_add(&out, "", 1);
	}
	become(body, &out);
}

/* --- each --- */

struct element {
	struct span all, name, text;
};

static const char *after(const char *at, char c)
{
	const char *found = at ? strchr(at, c) : NULL;

	return found ? found + 1 : NULL;
}

/* The elements of a request, which has none in another; 0 if it is no message. */
static size_t elements(const struct str *body, struct element out[ELEMENTS_MAX])
{
	const char *at = strstr(str_text(body), " xmlns=");
	size_t n = 0;

	at = strchr(after(at, '>') ? after(at, '>') : "", '<');
	while (at && at[1] != '/' && n < ELEMENTS_MAX) {
		struct element *e = &out[n];

		e->all.from = at;
		e->name = (struct span){ at + 1, at + 1 + strcspn(at + 1, " >") };
		e->text.from = after(at, '>');
		e->text.to = e->text.from ? strchr(e->text.from, '<') : NULL;
		e->all.to = after(e->text.to, '>');
		if (!e->all.to)
			return 0;
		n++;
		at = strchr(e->all.to, '<');
	}
	return n;
}

static int is_word(const struct span *s, const char *word, size_t len)
{
	return (size_t)(s->to - s->from) == len && memcmp(s->from, word, len) == 0;
}

/* Is that element one of those left alone? */
static int is_left(const struct span *name, const char *fields)
{
	while (*fields) {
		size_t len = strcspn(fields, " ");

		if (is_word(name, fields, len))
			return 1;
		fields += len + strspn(fields + len, " ");
	}
	return 0;
}

/* The i-th of "A|B|…", unescaped, with was in place of each %. 0 if there are fewer. */
static int choice(const char *list, size_t i, const struct span *was, struct str *out)
{
	char one[1024];
	size_t len;

	for (; i > 0; i--) {
		list = after(list, '|');
		if (!list)
			return 0;
	}
	len = strcspn(list, "|");
	if (len >= sizeof(one))
		abort();
	memcpy(one, list, len);
	one[len] = '\0';
	len = bend_unescape(one);
	for (size_t k = 0; k < len; k++) {
		if (one[k] == '%' && was)
			str_add(out, was->from, (size_t)(was->to - was->from));
		else
			str_char(out, one[k]);
	}
	return 1;
}

char *bend_percent(const char *text, const char *what)
{
	struct str out = STR_INIT(1000);

	choice(text, 0, &(struct span){ what, what + strlen(what) }, &out);
	return str_steal(&out);
}

/* What one variant is made of. */
struct job {
	const char *how, *rest; /* "missing", "FIELD ..." */
	size_t i;
	const struct str *body;
	struct str *out;
};

/* What stands at where becomes, for how, in text. */
static void reword(const char *how, const struct element *e, struct span *where, struct str *text)
{
	size_t len = (size_t)(e->all.to - e->all.from);

	*where = e->all;
	if (strcmp(how, "swapped") == 0) {
		where->to = e[1].all.to;
		str_add(text, e[1].all.from, (size_t)(e[1].all.to - e[1].all.from));
		str_add(text, e->all.from, len);
	} else if (strcmp(how, "twice") == 0) {
		str_add(text, e->all.from, len);
		str_add(text, e->all.from, len);
	} else if (strcmp(how, "inside") == 0) {
		*where = e->text;
		str_text_add(text, "<x/>");
		str_add(text, where->from, (size_t)(where->to - where->from));
	} else if (strcmp(how, "empty") == 0) {
		*where = e->text;
	}
}

/* Everything that is done to one element after the other. */
static int to_elements(const struct job *j, char name[160])
{
	struct element e[ELEMENTS_MAX];
	size_t n = elements(j->body, e), at = 0;
	struct str text = STR_INIT(BEND_BODY_MAX);
	struct span where;

	if (n == 0)
		return -1;
	for (size_t i = j->i; at < n && (is_left(&e[at].name, j->rest) || i > 0); at++)
		i -= !is_left(&e[at].name, j->rest);
	if (at == n || (strcmp(j->how, "swapped") == 0 && at + 1 == n))
		return 0;
	snprintf(name, 160, "%.*s %s", (int)(e[at].name.to - e[at].name.from), e[at].name.from,
		j->how);
	reword(j->how, &e[at], &where, &text);
	put(j->body, &where, &(struct span){ str_text(&text), str_text(&text) + text.len }, j->out);
	str_free(&text);
	return 1;
}

/* A text or an attribute, at was, by the list of choices in rest. */
static int to_choice(const struct job *j, const struct span *was)
{
	struct str text = STR_INIT(BEND_BODY_MAX);
	int rc = choice(j->rest, j->i, was, &text);

	put(j->body, was, &(struct span){ str_text(&text), str_text(&text) + text.len }, j->out);
	str_free(&text);
	return rc;
}

static int to_text(const struct job *j, const char *field)
{
	struct element e[ELEMENTS_MAX];
	size_t n = elements(j->body, e);

	for (size_t k = 0; k < n; k++) {
		if (is_word(&e[k].name, field, strlen(field)))
			return to_choice(j, &e[k].text);
	}
	return -1;
}

static int to_attribute(const struct job *j, const char *field)
{
	char start[64];
	struct span was;

	snprintf(start, sizeof(start), " %s=\"", field);
	was.from = strstr(str_text(j->body), " xmlns=");
	was.from = was.from ? strstr(was.from, start) : NULL;
	if (!was.from)
		return -1;
	was.from += strlen(start);
	was.to = strchr(was.from, '"');
	return to_choice(j, &was);
}

int bend_each(const struct bend_each *e, const struct str *body, struct str *out, char name[160],
	char value[1024])
{
	static const char *const to_all[] = { "missing", "twice", "swapped", "empty", "inside" };
	char how[32] = "", field[32] = "";
	struct str one = STR_INIT(1000);
	struct job j = { how, "", e->i, body, out };
	int rc;

	*value = '\0';
	if (sscanf(e->how, "%31s", how) != 1)
		return -1;
	j.rest = e->how + strlen(how) + (e->how[strlen(how)] == ' ');
	for (size_t k = 0; k < ARRAY_LEN(to_all); k++) {
		if (strcmp(how, to_all[k]) == 0)
			return to_elements(&j, name);
	}
	if (strcmp(how, "text") == 0 || strcmp(how, "attribute") == 0) {
		if (sscanf(j.rest, "%31s", field) != 1 || !after(j.rest, ' '))
			return -1;
		snprintf(name, 160, "%s %zu", field, e->i + 1);
		j.rest = after(j.rest, ' ');
		return *how == 't' ? to_text(&j, field) : to_attribute(&j, field);
	}
	str_add(out, body->data, body->len);
	rc = choice(j.rest, e->i, NULL, &one);
	snprintf(value, 1024, "%s", str_text(&one));
	snprintf(name, 160, "%.9s %.140s", how, value);
	str_free(&one);
	return rc;
}
