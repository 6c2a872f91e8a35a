/* The settings of a directory, checked and copied; they never change. Private to ldap/. */
#ifndef LDAP_DIR_SETTINGS_H
#define LDAP_DIR_SETTINGS_H

#include <stddef.h>

#include "ldap/dir_bind.h"
#include "lib/base/fail.h"

struct dir_config;
struct dir_cred;
enum dir_binding { DIR_BINDING_NONE, DIR_BINDING_ENDPOINT, DIR_BINDING_UNIQUE };

struct dir_settings {
	char *domain, *site;           /* NULL: servers are known by URI */
	int starttls;
	char *ca_file, *bind_dn, *bind_user, *password_file;
	char *client_certificate, *client_key;
	char *who;                     /* as whom, in words: for messages */
	const struct dir_mechanism *mechanism;
	struct dir_cred *cred;         /* NULL: no Kerberos */
	enum dir_binding binding;
	int min_ssf;
	int timeout_ms, connections, idle_ms;
};

/* ENR_CONFIG_INVALID; s is untouched then. */
int dir_settings_set(struct dir_settings *s, const struct dir_config *c, struct fail *f);
void dir_settings_clear(struct dir_settings *s);

enum dir_channel dir_channel_of(const char *uri, int starttls);

#endif
