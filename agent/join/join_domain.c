/* Who we are and where: what the server says of itself and of its domain. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agent/join/join.h"
#include "agent/join/join_ad.h"
#include "ldap/dir_dn.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

/* The rootDSE (RFC 4512 section 5.1; MS-ADTS section 3.1.1.3.2): one entry, or NULL with f. */
static struct dir_result *root_read(struct join *j, struct dir_via *via, const char *const *attrs,
	struct fail *f)
{
	const struct dir_query q = { .base = "", .scope = DIR_BASE, .attrs = attrs, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;

	if (dir_search(j->dir, via, &q, &r, f) < 0) {
		fail_in(f, "rootDSE");
		return NULL;
	}
	if (r->n > 0)
		return steal(r);
	fail(f, ENR_DIRECTORY_REFUSED, "the server does not show its rootDSE");
	return NULL;
}

static char *base_at(struct join *j, struct dir_via *via, struct fail *f)
{
	static const char *const attrs[] = { "defaultNamingContext", "namingContexts", NULL };
	autoclean(dir_result_free) struct dir_result *r = root_read(j, via, attrs, f);
	const char *base;

	if (r == NULL)
		return NULL;
	base = dir_entry_text(&r->entry[0], attrs[0]);
	if (base == NULL)
		base = dir_entry_text(&r->entry[0], attrs[1]);
	if (base == NULL)
		fail(f, ENR_CONFIG_INVALID,
			"the directory names no naming context; set [directory] base");
	return mem_text(base);
}

const char *join_base(struct join *j, struct fail *f)
{
	autoclean(text_free) char *found = NULL;
	const char *base;

	pthread_mutex_lock(&j->lock);
	base = j->base;
	pthread_mutex_unlock(&j->lock);
	if (base != NULL)
		return base;
	found = base_at(j, NULL, f);
	if (found == NULL)
		return NULL;
	/* Set once, so that a pointer given out stays good. */
	pthread_mutex_lock(&j->lock);
	if (j->base == NULL)
		j->base = steal(found);
	base = j->base;
	pthread_mutex_unlock(&j->lock);
	return base;
}

/* --- who we are ---------------------------------------------------------------------- */

int ad_own_sid(struct join *j, char **out, struct fail *f)
{
	static const char *const attrs[] = { "tokenGroups", NULL };
	/* The first of these is the account itself (MS-ADTS section 3.1.1.3.2.16). */
	autoclean(dir_result_free) struct dir_result *r = root_read(j, NULL, attrs, f);

	if (r == NULL)
		return -1;
	*out = ad_sid_text(&r->entry[0], attrs[0]);
	if (*out == NULL)
		return fail(f, ENR_DIRECTORY_REFUSED, "the server does not tell who we are");
	return 0;
}

int ad_sid_dn(struct join *j, const char *sid, char **dn, struct fail *f)
{
	autoclean(text_free) char *base = mem_printf("<SID=%s>", sid);
	const struct dir_query q = { .base = base, .scope = DIR_BASE, .limit = 1 };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct fail why = FAIL_INIT;

	if (dir_search(j->dir, NULL, &q, &r, &why) < 0) {
		if (why.code == ENR_DIRECTORY_GONE)
			return 0;
		if (f != NULL)
			*f = why;
		return -1;
	}
	if (r->n > 0)
		*dn = mem_text(r->entry[0].dn);
	return 0;
}

int join_identity(struct join *j, char **out, struct fail *f)
{
	autoclean(text_free) char *sid = NULL, *dn = NULL;

	/* Samba has no "who am I" (RFC 4532). */
	if (j->flavour->sid == NULL) {
		if (dir_whoami(j->dir, NULL, &dn, f) < 0)
			return -1;
		/* 389 Directory Server puts a blank behind the colon. */
		*out = strncmp(dn, "dn: ", 4) == 0 ? mem_printf("dn:%s", dn + 4) : steal(dn);
		return 0;
	}
	if (ad_own_sid(j, &sid, f) < 0 || ad_sid_dn(j, sid, &dn, f) < 0)
		return -1;
	*out = mem_printf("dn:%s", dn != NULL ? dn : sid);
	return 0;
}

/* --- the domain ---------------------------------------------------------------------- */

/* "DC=corp,DC=example,DC=com" -> "corp.example.com"; NULL if another part is in it. */
static char *dns_of(const char *dn)
{
	autoclean(str_free) struct str out = STR_INIT(255);

	for (const char *p = dn; *p != '\0';) {
		size_t len;

		p += strspn(p, " ");
		if (strncasecmp(p, "dc=", 3) != 0)
			return NULL;
		len = strcspn(p, ",");
		str_printf(&out, "%s%.*s", out.len > 0 ? "." : "", (int)len - 3, p + 3);
		p += len;
		if (*p == ',')
			p++;
	}
	for (size_t i = 0; i < out.len; i++)
		out.data[i] = (char)tolower((unsigned char)out.data[i]);
	return text_is_hostname(str_text(&out)) ? str_steal(&out) : NULL;
}

/* "ldaps://dc1.example.com:636" -> "dc1.example.com"; NULL for ldapi. */
static char *host_of(const char *uri)
{
	const char *host = strstr(uri, "://");

	if (host == NULL || strncasecmp(uri, "ldapi:", 6) == 0)
		return NULL;
	host += 3;
	if (*host == '[')
		return mem_textn(host + 1, strcspn(host + 1, "]"));
	return mem_textn(host, strcspn(host, ":/"));
}

/* The crossRef of the domain holds its NetBIOS name (MS-ADTS section 6.1.1.2.1.1). */
static int netbios_of(struct join *j, const char *server, const struct dir_entry *root,
	char **out, struct fail *f)
{
	static const char *const attrs[] = { "nETBIOSName", NULL };
	const char *configuration = dir_entry_text(root, "configurationNamingContext");
	const char *domain = dir_entry_text(root, "defaultNamingContext");
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(text_free) char *base = NULL;
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_query q = { .scope = DIR_ONE, .attrs = attrs, .limit = 1 };
	struct dir_via via = { .server = server };

	if (configuration == NULL || domain == NULL)
		return 0;
	base = mem_printf("CN=Partitions,%s", configuration);
	dir_filter_eq(&filter, "nCName", domain);
	q.base = base;
	q.filter = str_text(&filter);
	if (dir_search(j->dir, &via, &q, &r, f) < 0)
		return fail_in(f, "NetBIOS name of the domain");
	if (r->n > 0)
		*out = mem_text(dir_entry_text(&r->entry[0], attrs[0]));
	return 0;
}

static int ad_domain(struct join *j, const char *server, struct join_domain *out, struct fail *f)
{
	static const char *const attrs[] = { "defaultNamingContext", "configurationNamingContext",
		"dnsHostName", "ldapServiceName", NULL };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_via via = { .server = server };
	const struct dir_entry *root;
	const char *service, *domain;
	char *netbios = NULL;

	r = root_read(j, &via, attrs, f);
	if (r == NULL)
		return -1;
	root = &r->entry[0];
	domain = dir_entry_text(root, "defaultNamingContext");
	/* "ad.example.com:dc1$@AD.EXAMPLE.COM" */
	service = dir_entry_text(root, "ldapServiceName");
	service = service != NULL ? strrchr(service, '@') : NULL;
	if (domain == NULL || service == NULL)
		return fail(f, ENR_DIRECTORY_REFUSED,
			"%s: names no domain; is it Active Directory?", via.used);
	if (netbios_of(j, via.used, root, &netbios, f) < 0)
		return -1;
	*out = (struct join_domain){
		.dns = dns_of(domain),
		.realm = mem_text(service + 1),
		.netbios = netbios,
		.controller = mem_text(dir_entry_text(root, "dnsHostName")),
	};
	return 0;
}

/* --- what is known of it ------------------------------------------------------------- */

#define KNOWN_MS (120 * 1000)

struct join_known {
	char *server;
	int64_t until;                 /* clock_mono_ms */
	unsigned long failed;          /* of dir_server_failed, before it was asked */
	struct join_domain domain;
};

static void known_clear(struct join_known *k)
{
	free(k->server);
	join_domain_clear(&k->domain);
}

void join_domain_forget(struct join *j)
{
	pthread_mutex_lock(&j->lock);
	for (size_t i = 0; i < j->n_known; i++)
		known_clear(&j->known[i]);
	free(j->known);
	j->known = NULL;
	j->n_known = 0;
	pthread_mutex_unlock(&j->lock);
}

static struct join_domain domain_copy(const struct join_domain *d)
{
	return (struct join_domain){ mem_text(d->dns), mem_text(d->realm), mem_text(d->netbios),
		mem_text(d->controller) };
}

/* Lock held. */
static struct join_known *known_find(struct join *j, const char *server)
{
	for (size_t i = 0; i < j->n_known; i++)
		if (text_equal(j->known[i].server, server))
			return &j->known[i];
	return NULL;
}

static int recall(struct join *j, const char *server, struct join_domain *out)
{
	unsigned long failed = dir_server_failed(j->dir, server);
	struct join_known *k;
	int found;

	pthread_mutex_lock(&j->lock);
	k = known_find(j, server);
	found = k != NULL && k->failed == failed && clock_mono_ms() < k->until;
	if (found)
		*out = domain_copy(&k->domain);
	pthread_mutex_unlock(&j->lock);
	return found;
}

static void remember(struct join *j, const char *server, unsigned long failed,
	const struct join_domain *d)
{
	struct join_known *k;

	pthread_mutex_lock(&j->lock);
	k = known_find(j, server);
	if (k == NULL) {
		j->known = mem_grow(j->known, j->n_known + 1, sizeof(*j->known));
		k = &j->known[j->n_known++];
	} else {
		known_clear(k);
	}
	*k = (struct join_known){
		mem_text(server), clock_mono_ms() + KNOWN_MS, failed, domain_copy(d)
	};
	pthread_mutex_unlock(&j->lock);
}

static int domain_at(struct join *j, const char *server, struct join_domain *out, struct fail *f)
{
	struct dir_via via = { .server = server };
	autoclean(text_free) char *base = NULL;

	if (j->flavour->sid != NULL)
		return ad_domain(j, server, out, f);
	base = base_at(j, &via, f);
	if (base == NULL)
		return -1;
	*out = (struct join_domain){ .dns = dns_of(base), .controller = host_of(via.used) };
	return 0;
}

int join_domain(struct join *j, const char *server, struct join_domain *out, struct fail *f)
{
	unsigned long failed;

	if (server == NULL)
		return domain_at(j, NULL, out, f);
	if (recall(j, server, out))
		return 0;
	failed = dir_server_failed(j->dir, server);
	if (domain_at(j, server, out, f) < 0)
		return -1;
	remember(j, server, failed, out);
	return 0;
}

void join_domain_clear(struct join_domain *d)
{
	free(d->dns);
	free(d->realm);
	free(d->netbios);
	free(d->controller);
	*d = (struct join_domain){ NULL, NULL, NULL, NULL };
}

/* --- the global catalogue ------------------------------------------------------------ */

int join_catalogue(struct join *j, struct dir_via *via, struct dir **out, struct fail *f)
{
	static const char *const attrs[] = { "isGlobalCatalogReady", NULL };
	autoclean(dir_result_free) struct dir_result *r = NULL;
	char uri[DIR_URI_MAX];
	struct dir *opened;

	r = root_read(j, via, attrs, f);
	if (r == NULL)
		return -1;
	if (ad_catalogue_uri(via->used, uri) < 0 ||
		!dir_entry_has(&r->entry[0], attrs[0], "TRUE"))
		return 0;
	pthread_mutex_lock(&j->lock);
	for (size_t i = 0; i < j->n_catalogue && *out == NULL; i++)
		if (strcmp(j->catalogue[i].uri, uri) == 0)
			*out = j->catalogue[i].dir;
	pthread_mutex_unlock(&j->lock);
	if (*out != NULL)
		return 0;
	opened = join_dir_open(j->opened, uri, f);
	if (opened == NULL)
		return -1;
	pthread_mutex_lock(&j->lock);
	j->catalogue = mem_grow(j->catalogue, j->n_catalogue + 1, sizeof(*j->catalogue));
	j->catalogue[j->n_catalogue++] = (struct join_catalogue){ mem_text(uri), opened };
	pthread_mutex_unlock(&j->lock);
	*out = opened;
	return 0;
}
