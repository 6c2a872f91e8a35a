/* One value: text to field and back. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/items.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

#define LIST_MAX 256

/* Says whether one element is good. The element may be changed in place (case). */
typedef int element_check(const struct conf_item *item, char *t);

static int is_text(const struct conf_item *item, char *t)
{
	(void)item;
	return *t != '\0';
}

static int is_account(const struct conf_item *item, char *t)
{
	(void)item;
	return *t && strlen(t) <= 255 && *t != '-' && !strpbrk(t, " :,/\\");
}

static int is_path(const struct conf_item *item, char *t)
{
	(void)item;
	return *t == '/' && strlen(t) < 4096;
}

static int is_dn(const struct conf_item *item, char *t)
{
	autoclean(text_free) char *normal = conf_dn_normal(t);

	(void)item;
	return normal != NULL;
}

static int is_domain(const struct conf_item *item, char *t)
{
	(void)item;
	if (!text_is_hostname(t) || text_is_ip(t))
		return 0;
	for (; *t; t++)
		*t = (char)tolower((unsigned char)*t);
	return 1;
}

static int is_host(const struct conf_item *item, char *t)
{
	return text_is_ip(t) || is_domain(item, t);
}

static int is_port(const char *t)
{
	int64_t port;

	return isdigit((unsigned char)*t) && text_number(t, 1, 65535, &port) == 0;
}

/* SCHEME://HOST[:PORT][/…] of schemes; the host is not resolved. */
static int is_url_of(const char *t, const char *const *schemes, int path)
{
	autoclean(text_free) char *host = NULL;
	const char *rest = NULL, *end;

	for (; *schemes && !rest; schemes++) {
		if (strncasecmp(t, *schemes, strlen(*schemes)) == 0)
			rest = t + strlen(*schemes);
	}
	if (!rest || strlen(t) > 2000 || strpbrk(t, " \"<>\\^`{|}"))
		return 0;
	end = rest + strcspn(rest, "/?#");
	if (!path && strcmp(end, "") != 0 && strcmp(end, "/") != 0)
		return 0;
	host = mem_textn(rest, (size_t)(end - rest));
	if (*host == '[') {
		rest = strchr(host, ']');
		if (!rest || (rest[1] && (rest[1] != ':' || !is_port(rest + 2))))
			return 0;
		host[rest - host + 1] = '\0';
		return text_is_ip(host);
	}
	if (strchr(host, ':')) {
		if (!is_port(strchr(host, ':') + 1))
			return 0;
		*strchr(host, ':') = '\0';
	}
	return text_is_hostname(host) || text_is_ip(host);
}

static int is_url(const struct conf_item *item, char *t)
{
	static const char *const schemes[] = { "http://", "https://", NULL };

	(void)item;
	return is_url_of(t, schemes, 1);
}

static int is_ldap_url(const struct conf_item *item, char *t)
{
	static const char *const schemes[] = { "ldap://", "ldaps://", NULL };

	(void)item;
	if (strncasecmp(t, "ldapi://", 8) == 0)
		return !strpbrk(t, " ?") && strchr(t + 8, '/') == NULL && strlen(t) < 300;
	return is_url_of(t, schemes, 0);
}

static int is_endpoint(const struct conf_item *item, char *t)
{
	char *colon = strrchr(t, ':');
	int good;

	(void)item;
	if (!colon || !is_port(colon + 1))
		return 0;
	*colon = '\0';
	good = text_is_ip(t) && (*t == '[' || !strchr(t, ':'));
	*colon = ':';
	return good;
}

static int is_word(const struct conf_item *item, char *t)
{
	for (const char *const *w = item->words; *w; w++) {
		if (text_equal_ci(*w, t)) {
			memcpy(t, *w, strlen(*w));
			return 1;
		}
	}
	return 0;
}

/* Which fields the kinds have, what an element must be, what stands between elements. */
enum field { FIELD_TEXT, FIELD_LIST, FIELD_INT, FIELD_NUMBER, FIELD_SERVE };
static const struct {
	enum field field;
	element_check *check;
	const char *between;       /* separators, the first for writing */
	const char *allowed;
} kinds[] = {
	[KIND_TEXT] = { FIELD_TEXT, is_text, NULL, "any text, but not nothing" },
	[KIND_ACCOUNT] = { FIELD_TEXT, is_account, NULL, "the name of an account" },
	[KIND_PATH] = { FIELD_TEXT, is_path, NULL, "a path that begins with /" },
	[KIND_DN] = { FIELD_TEXT, is_dn, NULL, "a DN, as in OU=Devices,DC=example,DC=com" },
	[KIND_DOMAIN] = { FIELD_TEXT, is_domain, NULL,
		"a domain name of letters, digits and dashes (A-labels), as in corp.example.com" },
	[KIND_HOST] = { FIELD_TEXT, is_host, NULL, "a host name or an IP address" },
	[KIND_URL] = { FIELD_TEXT, is_url, NULL, "http://… or https://…, or none" },
	[KIND_WORD] = { FIELD_TEXT, is_word, NULL, NULL },
	[KIND_BOOL] = { FIELD_INT, NULL, NULL, "yes or no" },
	[KIND_NUMBER] = { FIELD_NUMBER, NULL, NULL, NULL },
	[KIND_DURATION] = { FIELD_NUMBER, NULL, NULL, NULL },
	[KIND_WORDS] = { FIELD_LIST, is_word, " ,", NULL },
	[KIND_NAMES] = { FIELD_LIST, is_text, " ,", "names with blanks or commas between them" },
	[KIND_DOMAINS] = { FIELD_LIST, is_domain, " ,",
		"domain names of letters, digits and dashes (A-labels), with blanks between them" },
	[KIND_ENDPOINTS] = { FIELD_LIST, is_endpoint, " ,",
		"ADDRESS:PORT, as in 0.0.0.0:443 or [::]:443, with blanks between them" },
	[KIND_LDAP_URLS] = { FIELD_LIST, is_ldap_url, " ,",
		"ldap://HOST[:PORT], ldaps://HOST[:PORT] or ldapi://%2Fpath, with blanks between "
		"them" },
	[KIND_PHRASES] = { FIELD_LIST, is_text, ";", "one or more, with ; between them" },
	[KIND_SERVE] = { FIELD_SERVE, NULL, NULL, NULL },
};

/* Seconds the way they are written in the file: 365d, 90s, 1h30m. */
static void add_duration(struct str *s, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (seconds >= units[i].seconds)
			str_printf(s, "%" PRId64 "%c", seconds / units[i].seconds, units[i].unit);
		seconds %= units[i].seconds;
	}
}

void conf_value_allowed(const struct conf_item *item, struct str *out)
{
	if (kinds[item->kind].allowed) {
		str_text_add(out, kinds[item->kind].allowed);
	} else if (item->words) {
		for (const char *const *w = item->words; *w; w++)
			str_printf(out, "%s%s", w == item->words ? "" : w[1] ? ", " : " or ", *w);
		if (item->kind == KIND_WORDS)
			str_text_add(out, ", one or more");
	} else if (item->kind == KIND_NUMBER) {
		str_printf(out, "%" PRId64 " to %" PRId64, item->min, item->max);
	} else {
		add_duration(out, item->min);
		str_text_add(out, " to ");
		add_duration(out, item->max);
		str_text_add(out, ", as in 45m, 8h or 14d");
	}
}

/* wrong becomes "QUOTED is not allowed; allowed: …". */
static int refuse(const struct conf_item *item, const char *text, struct str *wrong)
{
	char quoted[4 * 60 + 8];

	if (*text)
		str_printf(
			wrong, "%s is not allowed", text_quote(text, 60, quoted, sizeof(quoted)));
	else
		str_text_add(wrong, "no value");
	str_text_add(wrong, "; allowed: ");
	conf_value_allowed(item, wrong);
	return -1;
}

static void list_clear(struct conf_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->item[i]);
	free(l->item);
	*l = (struct conf_list){ NULL, 0 };
}

static int list_has(const struct conf_list *l, const char *t)
{
	for (size_t i = 0; i < l->n; i++) {
		if (text_equal_ci(l->item[i], t))
			return 1;
	}
	return 0;
}

static char *trimmed(const char *from, size_t n)
{
	while (n > 0 && *from == ' ') {
		from++;
		n--;
	}
	while (n > 0 && from[n - 1] == ' ')
		n--;
	return mem_textn(from, n);
}

static int parse_list(
	const struct conf_item *item, const char *text, struct conf_list *to, struct str *wrong)
{
	autoclean(list_clear) struct conf_list l = { NULL, 0 };
	const char *between = kinds[item->kind].between;
	char quoted[4 * 60 + 8];
	size_t n;

	for (const char *p = text; *p; p += n + (p[n] != '\0')) {
		autoclean(text_free) char *t = NULL;

		n = strcspn(p, between);
		t = trimmed(p, n);
		if (!*t)
			continue;
		if (!kinds[item->kind].check(item, t))
			return refuse(item, t, wrong);
		if (list_has(&l, t) || l.n == LIST_MAX) {
			str_printf(wrong, "%s %s; allowed: each once, at most %d",
				text_quote(t, 60, quoted, sizeof(quoted)),
				l.n == LIST_MAX ? "is one too many" : "is there twice", LIST_MAX);
			return -1;
		}
		l.item = mem_grow(l.item, l.n + 1, sizeof(*l.item));
		l.item[l.n++] = steal(t);
	}
	if (l.n == 0 && (item->required || item->words))
		return refuse(item, "", wrong);
	list_clear(to);
	*to = l;
	l = (struct conf_list){ NULL, 0 };
	return 0;
}

static int parse_text(const struct conf_item *item, const char *text, char **to, struct str *wrong)
{
	autoclean(text_free) char *t = mem_text(text);

	if (item->kind == KIND_URL && text_equal_ci(t, "none")) {
		text_free(to);
		return 0;
	}
	if (!kinds[item->kind].check(item, t))
		return refuse(item, text, wrong);
	text_free(to);
	*to = steal(t);
	return 0;
}

static int parse_bool(const struct conf_item *item, const char *text, int *to, struct str *wrong)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (text_equal_ci(words[i], text)) {
			*to = (int)(i & 1);
			return 0;
		}
	}
	return refuse(item, text, wrong);
}

static int parse_number(
	const struct conf_item *item, const char *text, int64_t *to, struct str *wrong)
{
	int64_t v;

	if (item->kind == KIND_NUMBER) {
		if (text_number(text, item->min, item->max, &v) < 0)
			return refuse(item, text, wrong);
	} else if (text_duration(text, &v) < 0 || v < item->min || v > item->max) {
		return refuse(item, text, wrong);
	}
	*to = v;
	return 0;
}

/* serves_crl follows serves_enroll in the struct. */
static int parse_serve(const struct conf_item *item, const char *text,
	struct conf_listener *l, struct str *wrong)
{
	if (!text_equal(text, "enroll") && !text_equal(text, "crl"))
		return refuse(item, text, wrong);
	l->serves_enroll = text_equal(text, "enroll");
	l->serves_crl = !l->serves_enroll;
	return 0;
}

int conf_value_parse(const struct conf_item *item, const char *text, void *base, struct str *wrong)
{
	void *at = (char *)base + item->offset;

	switch (kinds[item->kind].field) {
	case FIELD_TEXT:
		return parse_text(item, text, at, wrong);
	case FIELD_LIST:
		return parse_list(item, text, at, wrong);
	case FIELD_INT:
		return parse_bool(item, text, at, wrong);
	case FIELD_NUMBER:
		return parse_number(item, text, at, wrong);
	case FIELD_SERVE:
		return parse_serve(item, text, base, wrong);
	}
	return -1;
}

char *conf_value_text(const struct conf_item *item, const void *base)
{
	const void *at = (const char *)base + item->offset;
	const struct conf_listener *listener = base;
	const struct conf_list *l = at;
	struct str s = STR_INIT(64 * 1024);

	switch (kinds[item->kind].field) {
	case FIELD_TEXT:
		if (!*(char *const *)at)
			return item->kind == KIND_URL && item->preset ? mem_text("none") : NULL;
		return mem_text(*(char *const *)at);
	case FIELD_INT:
		return mem_text(*(const int *)at ? "yes" : "no");
	case FIELD_SERVE:
		return mem_text(listener->serves_enroll ? "enroll" : "crl");
	case FIELD_NUMBER:
		if (item->kind == KIND_NUMBER)
			return mem_printf("%" PRId64, *(const int64_t *)at);
		add_duration(&s, *(const int64_t *)at);
		return str_steal(&s);
	case FIELD_LIST:
		if (l->n == 0)
			return NULL;
		for (size_t i = 0; i < l->n; i++)
			str_printf(&s, "%s%s",
				i == 0                               ? ""
					: item->kind == KIND_PHRASES ? "; "
								     : " ",
				l->item[i]);
		return str_steal(&s);
	}
	return NULL;
}

void conf_value_clear(const struct conf_item *item, void *base)
{
	void *at = (char *)base + item->offset;

	if (kinds[item->kind].field == FIELD_TEXT)
		text_free(at);
	if (kinds[item->kind].field == FIELD_LIST)
		list_clear(at);
}
