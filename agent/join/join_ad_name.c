/* Active Directory: account names, and names in use anywhere in the domain or forest. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/join/join_ad.h"
#include "ldap/dir_filter.h"
#include "lib/base/clean.h"
#include "lib/base/encode.h"
#include "lib/base/text.h"
#include "lib/pki/hash.h"

enum {
	ACCOUNT_LEN = 15, /* before the "$": what NetBIOS takes */
	HASH_LEN = 9, /* characters of base32: 45 bits */
	FOUND_MAX = 8,
};

void ad_account(const char *name, char out[JOIN_ACCOUNT_MAX])
{
	char upper[64] = "", hash[HASH_LEN + 1];
	uint8_t digest[SHA256_LEN];
	size_t len = strnlen(name, sizeof(upper) - 1);
	uint64_t bits = 0;

	for (size_t i = 0; i < len; i++)
		upper[i] = (char)toupper((unsigned char)name[i]);
	if (len <= ACCOUNT_LEN) {
		snprintf(out, JOIN_ACCOUNT_MAX, "%.*s$", ACCOUNT_LEN, upper);
		return;
	}
	pki_sha256((const uint8_t *)upper, len, digest);
	for (size_t i = 0; i < sizeof(bits); i++)
		bits = bits << 8 | digest[i];
	for (size_t i = 0; i < HASH_LEN; i++)
		hash[i] = base32_alphabet[bits >> (64 - 5 * (i + 1)) & 31];
	hash[HASH_LEN] = '\0';
	snprintf(out, JOIN_ACCOUNT_MAX, "%.*s%s$", ACCOUNT_LEN - HASH_LEN, upper, hash);
}

int ad_catalogue_uri(const char *uri, char out[DIR_URI_MAX])
{
	static const struct {
		const char *scheme, *port, *catalogue;
	} rows[] = {
		{ "ldap://", ":389", ":3268" },
		{ "ldaps://", ":636", ":3269" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t scheme = strlen(rows[i].scheme), host;
		const char *rest;

		if (strncasecmp(uri, rows[i].scheme, scheme) != 0)
			continue;
		host = scheme + strcspn(uri + scheme, uri[scheme] == '[' ? "]" : ":/");
		if (uri[host] == ']')
			host++;
		rest = uri + host;
		if (strncmp(rest, rows[i].port, strlen(rows[i].port)) == 0)
			rest += strlen(rows[i].port);
		if (strcmp(rest, "") != 0 && strcmp(rest, "/") != 0)
			return -1;
		snprintf(out, DIR_URI_MAX, "%.*s%s", (int)host, uri, rows[i].catalogue);
		return 0;
	}
	return -1;
}

/* An object was found. */
static int judge(const char *name, const struct dir_result *r, struct fail *f)
{
	for (size_t i = 0; i < r->n; i++) {
		int64_t uac = ad_number(&r->entry[i], "userAccountControl", 0);

		if (uac & (UAC_SERVER | UAC_READ_ONLY_DC))
			return fail(f, ENR_NAME_RESERVED, "%s is the domain controller %s", name,
				r->entry[i].dn);
	}
	if (r->n > 0)
		return fail(f, ENR_NAME_TAKEN, "%s is in use by %s", name, r->entry[0].dn);
	return 0;
}

/* An SPN for that host, of whatever service: "service/host", and with a port, an instance or a
 * domain behind it (MS-ADTS section 5.1.1.4). */
static void spn_filter(struct str *out, const char *host)
{
	static const char *const tails[] = { "", ":", "/" };

	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		char between[300];

		snprintf(between, sizeof(between), "/%s%s", host, tails[i]);
		dir_filter_contains(out, "servicePrincipalName", between, tails[i][0] != '\0');
	}
}

/* (|(sAMAccountName=…)…(&(objectClass=user)(|(dNSHostName=…)(servicePrincipalName=…)…))) */
static void names_filter(const char *name, const char *fqdn, struct str *out)
{
	char account[JOIN_ACCOUNT_MAX], plain[JOIN_ACCOUNT_MAX];
	autoclean(text_free) char *dollar = mem_printf("%s$", name);
	int is_short;

	ad_account(name, account);
	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(account, "$"), account);
	is_short = !text_equal_ci(plain, name);
	dir_filter_open(out, '|');
	dir_filter_eq(out, "sAMAccountName", name);
	dir_filter_eq(out, "sAMAccountName", dollar);
	if (is_short) {
		dir_filter_eq(out, "sAMAccountName", account);
		dir_filter_eq(out, "sAMAccountName", plain);
	}
	dir_filter_open(out, '&');
	dir_filter_eq(out, "objectClass", "user");
	dir_filter_open(out, '|');
	spn_filter(out, name);
	if (is_short)
		spn_filter(out, plain);
	if (fqdn != NULL) {
		dir_filter_eq(out, "dNSHostName", fqdn);
		spn_filter(out, fqdn);
	}
	dir_filter_close(out);
	dir_filter_close(out);
	dir_filter_close(out);
}

int ad_name_free(struct join *j, const char *name, const char *fqdn, struct fail *f)
{
	static const char *const attrs[] = { "userAccountControl", NULL };
	autoclean(str_free) struct str filter = STR_INIT(DIR_FILTER_MAX);
	autoclean(dir_result_free) struct dir_result *r = NULL;
	struct dir_query q = {
		.base = "", .scope = DIR_SUBTREE, .attrs = attrs, .limit = FOUND_MAX
	};
	struct dir_via via = { 0 };
	struct dir *catalogue = NULL;

	names_filter(name, fqdn, &filter);
	if (filter.overflow)
		return fail(f, ENR_NAME_INVALID, "%.100s: too long", name);
	q.filter = str_text(&filter);
	if (join_catalogue(j, &via, &catalogue, f) < 0)
		return -1;
	/* The catalogue of a server is another way into the same database, and holds its domain
	 * with the rest of the forest. */
	if (catalogue != NULL) {
		if (dir_search(catalogue, NULL, &q, &r, f) < 0)
			return fail_in(f, "global catalogue");
		return judge(name, r, f);
	}
	q.base = join_base(j, f);
	q.control = j->flavour->scope;
	if (q.base == NULL || dir_search(j->dir, NULL, &q, &r, f) < 0)
		return -1;
	return judge(name, r, f);
}
