/* What a log-in to the directory needs, and where it is safe: the table of ldap/dir_mechanism.h. */
#include <string.h>

#include "agent/conf/items.h"
#include "ldap/dir_mechanism.h"
#include "lib/base/clean.h"
#include "lib/base/text.h"

struct rule {
	const char *name;
	int channels, needs, needs_tls, may;
};
#define RULE(id, name_, channels_, needs_, needs_tls_, may_) \
	{ (name_), (channels_), (needs_), (needs_tls_), (may_) },
static const struct rule rules[] = { DIR_MECHANISMS(RULE) };

/* The option that tells each. */
static const struct {
	enum dir_need need;
	const char *key;
} keys[] = {
	{ DIR_NEED_DN, "bind-dn" },
	{ DIR_NEED_USER, "bind-user" },
	{ DIR_NEED_PASSWORD, "bind-password-file" },
	{ DIR_NEED_KEYTAB, "keytab" },
	{ DIR_NEED_PRINCIPAL, "principal" },
	{ DIR_NEED_CERTIFICATE, "client-certificate" },
	{ DIR_NEED_KEY, "client-key" },
	{ DIR_NEED_MIN_SSF, "sasl-min-ssf" },
	{ DIR_NEED_BINDING, "channel-binding" },
};

static enum dir_channel channel_of(const struct conf *c, const char *uri)
{
	if (strncasecmp(uri, "ldapi:", 6) == 0)
		return DIR_LOCAL;
	return strncasecmp(uri, "ldaps:", 6) == 0 || c->starttls ? DIR_TLS : DIR_PLAIN;
}

static int channels_of(const struct conf *c)
{
	int channels = 0;

	for (size_t i = 0; i < c->uri.n; i++)
		channels |= (int)channel_of(c, c->uri.item[i]);
	if (c->domain)
		channels |= (int)channel_of(c, "ldap:");
	return channels;
}

/* What is said as it would be without saying it disturbs nobody. */
static int is_preset(const struct conf *c, const char *key)
{
	for (size_t i = 0; i < conf_items_count; i++) {
		const struct conf_item *item = &conf_items[i];
		autoclean(text_free) char *value = NULL;

		if (item->place != IN_CONF || !text_equal(item->section, "directory") ||
			!text_equal(item->key, key))
			continue;
		value = conf_value_text(item, c);
		return item->preset != NULL && text_equal(value, item->preset);
	}
	return 0;
}

static void check_keys(const struct conf *c, const struct rule *r, struct conf_problems *p)
{
	int certificate = conf_line_of(c, "directory", "client-certificate");
	int key = conf_line_of(c, "directory", "client-key");
	int tls = (channels_of(c) & DIR_TLS) != 0;
	int needed = r->needs | (tls ? r->needs_tls : 0);
	int useful = needed | (tls ? r->may : r->may & ~(DIR_NEED_PAIR | DIR_NEED_BINDING));

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		int line = conf_line_of(c, "directory", keys[i].key);

		if ((needed & (int)keys[i].need) && !line)
			conf_problem(p, conf_line_of(c, "directory", "bind"),
				"[directory] %s: missing; bind = %s needs it", keys[i].key,
				r->name);
		if (!(useful & (int)keys[i].need) && line && !is_preset(c, keys[i].key))
			conf_problem(p, line, "[directory] %s: has no use with bind = %s%s",
				keys[i].key, r->name, tls ? "" : " without TLS");
	}
	if (!certificate != !key)
		conf_problem(p, certificate + key,
			"[directory] client-certificate: goes with client-key; allowed: both or "
			"neither");
}

static void check_uri(const struct conf *c, const struct rule *r, const char *uri,
	struct conf_problems *p)
{
	enum dir_channel channel = channel_of(c, uri);
	int line = conf_line_of(c, "directory", c->domain ? "domain" : "uri");

	if (r->channels & (int)channel)
		return;
	if (channel == DIR_PLAIN)
		conf_problem(p, line,
			"[directory] %s: %s would carry everything in clear with bind = %s; "
			"allowed: ldaps://, ldapi://, or starttls = yes",
			c->domain ? "domain" : "uri", uri, r->name);
	else
		conf_problem(p, line,
			"[directory] uri: %s does not go with bind = %s; allowed: ldaps://, "
			"ldap://",
			uri, r->name);
}

static void check_names(const struct conf *c, struct conf_problems *p)
{
	int uri = conf_line_of(c, "directory", "uri");
	int domain = conf_line_of(c, "directory", "domain");
	int site = conf_line_of(c, "directory", "site");

	if (!uri && !domain)
		conf_problem(p, 0, "[directory] uri: missing; uri or domain names the servers");
	if (uri && domain)
		conf_problem(p, domain,
			"[directory] domain: goes without uri; allowed: one of both");
	if (site && !domain)
		conf_problem(p, site, "[directory] site: has no use without domain");
}

void conf_check_directory(const struct conf *c, struct conf_problems *p)
{
	check_names(c, p);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		if (!text_equal(rules[i].name, c->bind))
			continue;
		check_keys(c, &rules[i], p);
		for (size_t k = 0; k < c->uri.n; k++)
			check_uri(c, &rules[i], c->uri.item[k], p);
		if (c->domain)
			check_uri(c, &rules[i], "ldap://", p);
	}
}
