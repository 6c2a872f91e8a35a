/* The configuration, /etc/enrolld/enrolld.conf: INI, read by lib/ini. items.c has one typed row for
 * each option; it feeds the parser, the default, `enrolld -t`, `enrollctl config show` and the
 * manual. Unknown sections and keys are errors with a suggestion. A loaded conf is immutable
 * and may be shared between threads. */
#ifndef AGENT_CONF_CONF_H
#define AGENT_CONF_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"
#include "lib/base/str.h"

#define CONF_PATH "/etc/enrolld/enrolld.conf"

struct conf_list {
	char **item;
	size_t n;
};

enum conf_role { ROLE_NONE, ROLE_AUDITOR, ROLE_HELPDESK, ROLE_OPERATOR, ROLE_ADMIN };

struct conf_listener {              /* [listener NAME] */
	char *name;
	struct conf_list address;   /* "0.0.0.0:443", "[::]:443", "127.0.0.1:8443" */
	int serves_enroll, serves_crl; /* serve = enroll | crl (exactly one) */
	struct conf_list public_name; /* A-labels; the names devices ask for */
	char *certificate, *key; /* PEM files; default: server.pem, server.key of the CA folder */
};
struct conf_ou {                    /* [ou NAME] */
	char *name, *dn, *suffix;
};
struct conf_profile {               /* [profile NAME]; "default" exists always */
	char *name;
	char *ou;                   /* default OU of its devices, or NULL */
	int vpn;                    /* default of --vpn */
	char *vpn_gateway;          /* or NULL */
	char *dm_server;            /* URL, or NULL for none */
	char *dm_server_name, *dm_provider_id;
	int64_t certificate_lifetime; /* seconds */
	struct conf_list groups;    /* names or DNs */
	char *login;                /* "sssd" or "none" */
	char *on_leave;             /* "revoke", "disable", "remove" or "nothing" */
	int pkinit;                 /* with id-pkinit-KPClientAuth */
	int alt_security_identities; /* the object names its certificate */
};
struct conf_role_row {              /* [role NAME]: NAME is admin, operator, helpdesk or auditor, or
				     * NAME.anything for a second row of the same role */
	char *name;
	enum conf_role role;
	struct conf_list group;     /* Unix group names */
	struct conf_list ou;        /* empty: all */
	struct conf_list names;     /* globs; empty: all */
	int take_foreign;           /* may re-image objects that are not ours */
};

struct conf {
	/* [agent] */
	char *user, *front_user;
	char *state_dir;            /* /var/lib/enrolld */
	char *control_socket;       /* /run/enrolld/control.sock */
	int64_t workers;            /* core threads */
	int64_t queue;              /* requests waiting for a worker */
	int64_t default_lifetime, max_lifetime; /* of a password, seconds */
	int64_t keep_ended;         /* sealed keys of ended records, seconds */
	int64_t max_open_per_identity;
	int uniform_discovery;      /* eligibility is answered "unknown" */
	struct conf_list reserved_names;
	char *discovery_domain;     /* domain of the default identity NAME@…, or NULL */
	/* [http] */
	int64_t http_timeout;       /* seconds for a whole request */
	int64_t max_connections, max_connections_per_address;
	int64_t failure_limit, failure_window; /* failures per address within seconds */
	/* [directory] */
	char *flavour;              /* "openldap", "ad", "389ds" */
	struct conf_list uri;       /* ldap://, ldaps://, ldapi:// in order; or none, and: */
	char *domain, *site;        /* whose servers DNS names; site may be NULL */
	struct conf_list lost_servers; /* URIs; none of them in uri */
	char *bind;                 /* a row of ldap/dir_mechanism.h; the rest as it needs them */
	char *bind_dn, *bind_user, *bind_password_file;
	char *keytab, *principal;
	int64_t sasl_min_ssf;       /* bits */
	char *channel_binding;      /* "none", "tls-endpoint", "tls-unique" */
	int starttls;
	char *tls_ca_file;
	char *client_certificate, *client_key; /* or NULL */
	char *base; /* where owners and names are searched; default: rootDSE's first context */
	struct conf_list take_groups; /* DNs: groups a device that is taken over may be in */
	struct conf_list take_owners; /* DNs or SIDs: who besides the agent may own it */
	int64_t ldap_timeout;       /* seconds for an operation */
	int64_t ldap_connections;
	/* [ca] */
	char *ca_dir;               /* default state_dir/ca */
	char *crl_url, *crl_file;   /* or NULL */
	int64_t crl_lifetime;
	struct conf_list key_types; /* accepted: p256 p384 rsa2048.. ed25519 */

	struct conf_listener *listener;
	size_t n_listener;
	struct conf_ou *ou;
	size_t n_ou;
	struct conf_profile *profile;
	size_t n_profile;
	struct conf_role_row *role;
	size_t n_role;
	struct conf_origin *origin; /* private: file and line of every value that was set */
	size_t n_origin;
};

/* Does any profile have alt-security-identities? */
static inline int conf_maps(const struct conf *c)
{
	for (size_t i = 0; i < c->n_profile; i++)
		if (c->profile[i].alt_security_identities)
			return 1;
	return 0;
}

/* Read and check. Every problem is appended to report as "FILE:LINE: [section] key: what is wrong;
 * allowed: …", at most 50 of them; then ENR_CONFIG_INVALID with the first as evidence.
 * ENR_CONFIG_UNREADABLE. */
struct conf *conf_load(const char *path, struct str *report, struct fail *f);
/* The same from an open descriptor (path only names it in messages). */
struct conf *conf_load_fd(int fd, const char *path, struct str *report, struct fail *f);
void conf_free(struct conf **c);

const struct conf_profile *conf_profile_find(const struct conf *c, const char *name); /* or NULL */

/* For `config show`: each setting in force. */
struct conf_setting {
	const char *section, *key;  /* "listener web"; this and all below last for the visit */
	const char *value;          /* as text, "" for none */
	const char *preset;         /* the default as text, or NULL */
	const char *help;
	const char *file;           /* NULL: default */
	int line;
};
typedef void conf_visit(const struct conf_setting *s, void *arg);
void conf_each(const struct conf *c, conf_visit *visit, void *arg);

#endif
