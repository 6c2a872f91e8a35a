#include "ldap/dir_settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ldap.h>

#include "ldap/dir.h"
#include "ldap/dir_cred.h"
#include "ldap/dir_servers.h"
#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

enum {
	CONNECTIONS_MAX = 1024,
	TIMEOUT_MAX = 600,
	IDLE_DEFAULT = 60,
	SSF_LEAST = 56,
	SSF_MOST = 256,
};

static const char *const bindings[] = {
	[DIR_BINDING_NONE] = "none",
	[DIR_BINDING_ENDPOINT] = "tls-endpoint",
	[DIR_BINDING_UNIQUE] = "tls-unique",
};

/* What a mechanism may need, where it is told, in words. */
static const struct {
	enum dir_need need;
	size_t offset;
	const char *words;
} needs[] = {
	{ DIR_NEED_DN, offsetof(struct dir_config, bind_dn), "a DN" },
	{ DIR_NEED_USER, offsetof(struct dir_config, bind_user), "a user name" },
	{ DIR_NEED_PASSWORD, offsetof(struct dir_config, password_file), "a password file" },
	{ DIR_NEED_KEYTAB, offsetof(struct dir_config, keytab), "a keytab" },
	{ DIR_NEED_PRINCIPAL, offsetof(struct dir_config, principal), "a principal" },
	{ DIR_NEED_CERTIFICATE, offsetof(struct dir_config, client_certificate),
		"a client certificate" },
	{ DIR_NEED_KEY, offsetof(struct dir_config, client_key), "the key of the certificate" },
};

static const char *text_at(const struct dir_config *c, size_t offset)
{
	return *(const char *const *)((const char *)c + offset);
}

enum dir_channel dir_channel_of(const char *uri, int starttls)
{
	if (strncasecmp(uri, "ldapi://", 8) == 0)
		return DIR_LOCAL;
	if (strncasecmp(uri, "ldaps://", 8) == 0 || starttls)
		return DIR_TLS;
	return DIR_PLAIN;
}

static int check_needs(const struct dir_config *c, const struct dir_mechanism *m,
	enum dir_channel channel, struct fail *f)
{
	int wanted = m->needs | (channel == DIR_TLS ? m->needs_tls : 0);

	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if ((wanted & (int)needs[i].need) && text_at(c, needs[i].offset) == NULL)
			return fail(f, ENR_CONFIG_INVALID, "bind \"%s\" needs %s", c->bind,
				needs[i].words);
	return 0;
}

static const char *channel_advice(enum dir_channel channel, const struct dir_mechanism *m)
{
	if (channel == DIR_PLAIN)
		return "it would go in clear; use StartTLS or ldaps://";
	return m->channels & DIR_PLAIN ? "it is for ldap:// and ldaps://" : "it is for ldapi://";
}

static int check_uri(const struct dir_config *c, const char *uri, const struct dir_mechanism *m,
	struct fail *f)
{
	LDAPURLDesc *url = NULL;
	enum dir_channel channel = dir_channel_of(uri, c->starttls);

	if (strlen(uri) >= DIR_URI_MAX || ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return fail(f, ENR_CONFIG_INVALID, "%s: no ldap://, ldaps:// or ldapi:// URI", uri);
	ldap_free_urldesc(url);
	if (strncasecmp(uri, "ldap://", 7) != 0 && strncasecmp(uri, "ldaps://", 8) != 0 &&
		strncasecmp(uri, "ldapi://", 8) != 0)
		return fail(f, ENR_CONFIG_INVALID, "%s: no ldap://, ldaps:// or ldapi:// URI", uri);
	if (channel == DIR_TLS && c->ca_file == NULL)
		return fail(f, ENR_CONFIG_INVALID, "%s: TLS needs a CA file", uri);
	if (!(m->channels & (int)channel))
		return fail(f, ENR_CONFIG_INVALID, "%s: bind \"%s\" is not possible there: %s", uri,
			m->name, channel_advice(channel, m));
	if (channel != DIR_TLS && c->channel_binding != NULL &&
		!text_equal(c->channel_binding, bindings[DIR_BINDING_NONE]))
		return fail(f, ENR_CONFIG_INVALID, "%s: channel binding needs TLS", uri);
	return check_needs(c, m, channel, f);
}

static int check_numbers(const struct dir_config *c, struct fail *f)
{
	if (c->timeout < 1 || c->timeout > TIMEOUT_MAX || c->connections < 1 ||
		c->connections > CONNECTIONS_MAX || c->idle < 0)
		return fail(f, ENR_CONFIG_INVALID, "time limit or connections out of range");
	if (c->min_ssf != 0 && (c->min_ssf < SSF_LEAST || c->min_ssf > SSF_MOST))
		return fail(f, ENR_CONFIG_INVALID, "%d bits: a seal has %d to %d", c->min_ssf,
			SSF_LEAST, SSF_MOST);
	return 0;
}

static int check(const struct dir_config *c, const struct dir_mechanism *m, struct fail *f)
{
	if (m == NULL)
		return fail(f, ENR_CONFIG_INVALID, "bind \"%s\": not a way to log in", c->bind);
	if (check_needs(c, m, DIR_LOCAL, f) < 0)
		return -1;
	if (c->n_uri > DIR_SERVERS_MAX)
		return fail(f, ENR_CONFIG_INVALID, "more than %d servers", DIR_SERVERS_MAX);
	if ((c->n_uri == 0) == (c->domain == NULL))
		return fail(f, ENR_CONFIG_INVALID,
			"directory servers are named by URI or by domain");
	if (c->domain != NULL && check_uri(c, "ldap://domain", m, f) < 0)
		return -1;
	for (size_t i = 0; i < c->n_uri; i++)
		if (check_uri(c, c->uri[i], m, f) < 0)
			return -1;
	return check_numbers(c, f);
}

static int binding_of(const char *word, enum dir_binding *out, struct fail *f)
{
	for (size_t i = 0; i < ARRAY_LEN(bindings); i++)
		if (text_equal(bindings[i], word != NULL ? word : bindings[DIR_BINDING_NONE])) {
			*out = (enum dir_binding)i;
			return 0;
		}
	return fail(f, ENR_CONFIG_INVALID, "channel binding \"%s\" is not known", word);
}

/* The first of these that the mechanism needs tells who we are. */
static char *who_of(const struct dir_config *c, const struct dir_mechanism *m)
{
	if (m->needs & DIR_NEED_DN)
		return mem_text(c->bind_dn);
	if (m->needs & DIR_NEED_USER)
		return mem_text(c->bind_user);
	if (m->needs & DIR_NEED_PRINCIPAL)
		return mem_text(c->principal);
	return mem_text(c->client_certificate != NULL ? c->client_certificate
						      : "by the uid of this process");
}

int dir_settings_set(struct dir_settings *s, const struct dir_config *c, struct fail *f)
{
	const struct dir_mechanism *m = dir_mechanism_find(c->bind);
	enum dir_binding binding = DIR_BINDING_NONE;

	if (check(c, m, f) < 0 || binding_of(c->channel_binding, &binding, f) < 0)
		return -1;
	*s = (struct dir_settings){
		.domain = mem_text(c->domain),
		.site = mem_text(c->site),
		.starttls = c->starttls,
		.ca_file = mem_text(c->ca_file),
		.client_certificate = mem_text(c->client_certificate),
		.client_key = mem_text(c->client_key),
		.bind_dn = mem_text(c->bind_dn),
		.bind_user = mem_text(c->bind_user),
		.password_file = mem_text(c->password_file),
		.who = who_of(c, m),
		.mechanism = m,
		.binding = binding,
		.min_ssf = c->min_ssf != 0 ? c->min_ssf : DIR_MIN_SSF,
		.timeout_ms = c->timeout * 1000,
		.connections = c->connections,
		.idle_ms = (c->idle > 0 ? c->idle : IDLE_DEFAULT) * 1000,
	};
	if (m->needs & DIR_NEED_KEYTAB)
		s->cred = dir_cred_new(c->keytab, c->principal);
	return 0;
}

void dir_settings_clear(struct dir_settings *s)
{
	free(s->domain);
	free(s->site);
	free(s->ca_file);
	free(s->client_certificate);
	free(s->client_key);
	free(s->bind_dn);
	free(s->bind_user);
	free(s->password_file);
	free(s->who);
	dir_cred_free(&s->cred);
	*s = (struct dir_settings){ .domain = NULL };
}
