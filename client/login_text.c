#include "client/login_text.h"

#include <ctype.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

/* What NSS asks sssd for. Others are left as the distribution has them. */
static const char *const databases[] = { "passwd", "group", "shadow" };
#define NEEDED 2 /* the first ones, without which nothing works */

void login_krb5_conf(const struct domain *d, struct str *out)
{
	str_printf(out, "# Written by enroll.\n"
			"[libdefaults]\n"
			"\tdefault_realm = %s\n"
			"\tdns_lookup_realm = false\n"
			"\trdns = false\n"
			"\tudp_preference_limit = 0\n\n"
			"[realms]\n"
			"\t%s = {\n",
		d->realm, d->realm);
	if (d->controller != NULL)
		str_printf(out, "\t\tkdc = %s\n", d->controller);
	str_printf(out, "\t\tkdc = %s\n"
			"\t}\n\n"
			"[domain_realm]\n"
			"\t%s = %s\n"
			"\t.%s = %s\n",
		d->dns, d->dns, d->realm, d->dns, d->realm);
}

int login_include(const char *text, const char *dir, struct str *out)
{
	autoclean(text_free) char *copy = mem_text(text ? text : "");
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		char *word = strsep(&line, " \t"), *where = NULL;

		while (line != NULL && (where = strsep(&line, " \t")) != NULL && !where[0])
			;
		if (!text_equal(word, "includedir") || where == NULL)
			continue;
		if (where[0] && where[strlen(where) - 1] == '/')
			where[strlen(where) - 1] = '\0';
		if (text_equal(where, dir))
			return 1;
	}
	/* What is read first counts. */
	str_printf(out, "includedir %s\n%s", dir, text ? text : "");
	return 0;
}

void login_sssd_conf(const struct domain *d, const char *fqdn, struct str *out)
{
	str_printf(out, "# Written by enroll.\n"
			"[sssd]\n"
			"config_file_version = 2\n"
			"services = nss, pam\n"
			"domains = %s\n\n"
			"[domain/%s]\n"
			"id_provider = ad\n"
			"access_provider = ad\n"
			"ad_domain = %s\n"
			"krb5_realm = %s\n"
			"ad_server = %s%s_srv_\n"
			"ad_hostname = %s\n"
			"ldap_sasl_authid = %s\n"
			"ldap_id_mapping = true\n"
			"use_fully_qualified_names = true\n"
			"cache_credentials = true\n"
			"krb5_store_password_if_offline = true\n"
			"fallback_homedir = /home/%%u@%%d\n"
			"default_shell = /bin/bash\n",
		d->dns, d->dns, d->dns, d->realm,
		d->controller ? d->controller : "", d->controller ? ", " : "", fqdn, d->account);
}

/* Does a line "passwd: files sss" name that service? */
static int line_has(const char *line, const char *service)
{
	autoclean(text_free) char *copy = mem_text(line);
	char *rest = copy, *word;

	rest[strcspn(rest, "#")] = '\0';
	while ((word = strsep(&rest, " \t\v\f\r:")) != NULL)
		if (text_equal(word, service))
			return 1;
	return 0;
}

static int database_of(const char *line)
{
	size_t len = strcspn(line, ": \t");

	for (size_t i = 0; i < ARRAY_LEN(databases); i++)
		if (strlen(databases[i]) == len && strncmp(line, databases[i], len) == 0 &&
			line[len + strspn(line + len, " \t")] == ':')
			return (int)i;
	return -1;
}

int login_nsswitch(const char *text, struct str *out)
{
	autoclean(text_free) char *copy = mem_text(text ? text : "");
	int seen[ARRAY_LEN(databases)] = { 0 }, changed = 0;
	autoclean(str_free) struct str made = STR_INIT(out->max);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		int at = database_of(line);
		size_t end = strcspn(line, "#");

		if (rest == NULL && line[0] == '\0')
			break;
		while (end > 0 && isspace((unsigned char)line[end - 1]))
			end--;
		if (at >= 0)
			seen[at] = 1;
		if (at >= 0 && !line_has(line, "sss")) {
			changed = 1;
			str_printf(&made, "%.*s sss%s\n", (int)end, line, line + end);
		} else {
			str_printf(&made, "%s\n", line);
		}
	}
	for (size_t i = 0; i < NEEDED; i++) {
		if (seen[i])
			continue;
		changed = 1;
		str_printf(&made, "%s: files sss\n", databases[i]);
	}
	if (!changed)
		return 1;
	str_add(out, made.data, made.len);
	return 0;
}
