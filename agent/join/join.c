#include "agent/join/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/join/join_ad.h"
#include "agent/join/join_private.h"
#include "ldap/dir_dn.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"

/* Where distributions keep the CAs of the system. */
static const char *const system_cas[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
};

/* [directory] tls-ca-file, or the system's CAs; NULL if there are none. */
const char *join_ca_file(const struct conf *conf)
{
	if (conf->tls_ca_file != NULL)
		return conf->tls_ca_file;
	for (size_t i = 0; i < ARRAY_LEN(system_cas); i++)
		if (file_exists(system_cas[i]) == 1)
			return system_cas[i];
	return NULL;
}

struct dir *join_dir_open(const struct conf *conf, const char *uri, struct fail *f)
{
	const char *const one[] = { uri };
	const struct dir_config c = {
		.uri = uri != NULL ? one : (const char *const *)conf->uri.item,
		.n_uri = uri != NULL ? 1 : conf->uri.n,
		.domain = uri != NULL ? NULL : conf->domain,
		.site = uri != NULL ? NULL : conf->site,
		.starttls = conf->starttls,
		.ca_file = join_ca_file(conf),
		.bind = conf->bind,
		.bind_dn = conf->bind_dn,
		.bind_user = conf->bind_user,
		.keytab = conf->keytab,
		.principal = conf->principal,
		.channel_binding = conf->channel_binding,
		.min_ssf = (int)conf->sasl_min_ssf,
		.client_certificate = conf->client_certificate,
		.client_key = conf->client_key,
		.password_file = conf->bind_password_file,
		.timeout = (int)conf->ldap_timeout,
		.connections = (int)conf->ldap_connections,
	};
	struct dir *dir = dir_open(&c, f);

	if (dir == NULL)
		fail_in(f, "[directory]");
	return dir;
}

struct join *join_open(const struct conf *conf, struct fail *f)
{
	const struct join_flavour *flavour = join_flavour_find(conf->flavour);
	struct join *j;
	struct dir *dir;

	if (flavour == NULL) {
		fail(f, ENR_CONFIG_INVALID, "[directory] flavour \"%s\" is not known",
			conf->flavour);
		return NULL;
	}
	dir = join_dir_open(conf, NULL, f);
	if (dir == NULL)
		return NULL;
	j = mem_new(sizeof(*j));
	j->conf = conf;
	j->opened = conf;
	j->flavour = flavour;
	j->dir = dir;
	j->base = mem_text(conf->base);
	pthread_mutex_init(&j->lock, NULL);
	return j;
}

struct dir *join_dir(struct join *j)
{
	return j->dir;
}

void join_reload(struct join *j, const struct conf *conf)
{
	j->conf = conf;
	join_domain_forget(j);
}

void join_close(struct join **j)
{
	if (*j == NULL)
		return;
	dir_close(&(*j)->dir);
	for (size_t i = 0; i < (*j)->n_catalogue; i++) {
		dir_close(&(*j)->catalogue[i].dir);
		free((*j)->catalogue[i].uri);
	}
	free((*j)->catalogue);
	join_used_free(*j);
	join_domain_forget(*j);
	free((*j)->base);
	pthread_mutex_destroy(&(*j)->lock);
	free(*j);
	*j = NULL;
}

int join_health(struct join *j, struct join_health *out, struct fail *f)
{
	autoclean(dir_root_clear) struct dir_root root = { NULL, NULL };
	struct dir_via via = { 0 };
	char *identity;

	if (dir_root(j->dir, &via, &root, f) < 0 || join_identity(j, &identity, f) < 0)
		return -1;
	out->identity = identity;
	out->server = mem_text(via.used);
	out->vendor = steal(root.vendor);
	return 0;
}

void join_health_clear(struct join_health *h)
{
	free(h->server);
	free(h->identity);
	free(h->vendor);
	*h = (struct join_health){ NULL, NULL, NULL };
}

struct join_traits join_traits(const struct join *j)
{
	return j->flavour->traits;
}

void join_account(const struct join *j, const char *name, char out[JOIN_ACCOUNT_MAX])
{
	out[0] = '\0';
	if (j->flavour->account != NULL)
		ad_account(name, out);
}

/* The row that holds dn and lies deepest (sign 1) or highest (sign -1). */
static const struct conf_ou *row_of(const struct join *j, const char *dn, int sign)
{
	const struct conf *conf = j->conf;
	const struct conf_ou *best = NULL;
	int best_depth = 0;

	for (size_t i = 0; i < conf->n_ou; i++) {
		const struct conf_ou *row = &conf->ou[i];
		int depth = dir_dn_depth(row->dn) * sign;

		if (dir_dn_is_within(dn, row->dn) != 1)
			continue;
		if (best == NULL || depth > best_depth) {
			best = row;
			best_depth = depth;
		}
	}
	return best;
}

const struct conf_ou *join_ou_row(const struct join *j, const char *dn)
{
	return row_of(j, dn, 1);
}

const struct conf_ou *join_ou_top(const struct join *j, const char *dn)
{
	return row_of(j, dn, -1);
}

int join_is_top(const struct conf *conf, size_t i)
{
	const struct conf_ou *ou = conf->ou;

	for (size_t k = 0; k < conf->n_ou; k++) {
		if (k == i || dir_dn_is_within(ou[i].dn, ou[k].dn) != 1)
			continue;
		/* Two rows for one DN: the first one counts. */
		if (dir_dn_equal(ou[i].dn, ou[k].dn) != 1 || k < i)
			return 0;
	}
	return 1;
}

int join_recode(struct fail *f, enum code from, enum code to)
{
	if (f != NULL && f->code == from)
		f->code = to;
	return -1;
}
