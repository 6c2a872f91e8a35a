#include "ldap/dir_krb.h"

#include <string.h>

#include <krb5.h>

#include "ldap/dir.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"

/* What libkrb5 answers, and what to do about it. What is not here says enough by itself. */
static const struct {
	krb5_error_code result;
	enum code code;
	const char *advice;
} rows[] = {
	{ KRB5_KDC_UNREACH, ENR_DIRECTORY_UNREACHABLE, "no KDC of the realm answers" },
	{ KRB5_REALM_CANT_RESOLVE, ENR_DIRECTORY_UNREACHABLE,
		"no KDC of the realm is found; see [realms] of krb5.conf, or DNS _kerberos._udp" },
	{ KRB5_REALM_UNKNOWN, ENR_DIRECTORY_CREDENTIALS,
		"no KDC of the realm is known; see [realms] of krb5.conf, or DNS _kerberos._udp" },
	{ KRB5KDC_ERR_SVC_UNAVAILABLE, ENR_DIRECTORY_BUSY, "the KDC is busy" },
	{ KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, ENR_DIRECTORY_CREDENTIALS,
		"the KDC knows no such principal; see [directory] principal" },
	{ KRB5KDC_ERR_PREAUTH_FAILED, ENR_DIRECTORY_CREDENTIALS,
		"the key in the keytab is not the account's any more; make the keytab anew" },
	{ KRB5KRB_AP_ERR_BAD_INTEGRITY, ENR_DIRECTORY_CREDENTIALS,
		"the key in the keytab is not the account's any more; make the keytab anew" },
	{ KRB5_KT_NOTFOUND, ENR_DIRECTORY_CREDENTIALS,
		"the keytab has no key of this principal; klist -k shows what it has" },
	{ KRB5KDC_ERR_KEY_EXP, ENR_DIRECTORY_CREDENTIALS,
		"the password or key of the account has run out; set a new one, make the keytab "
		"anew" },
	{ KRB5KDC_ERR_NAME_EXP, ENR_DIRECTORY_CREDENTIALS, "the account has run out" },
	{ KRB5KDC_ERR_CLIENT_REVOKED, ENR_DIRECTORY_CREDENTIALS,
		"the account is disabled or locked" },
	{ KRB5KRB_AP_ERR_SKEW, ENR_DIRECTORY_CREDENTIALS,
		"the clocks of this machine and of the KDC differ too much; let both follow one "
		"time server" },
	{ KRB5_KDCREP_SKEW, ENR_DIRECTORY_CREDENTIALS,
		"the clocks of this machine and of the KDC differ too much; let both follow one "
		"time server" },
	{ KRB5KDC_ERR_NEVER_VALID, ENR_DIRECTORY_CREDENTIALS,
		"the clocks of this machine and of the KDC differ too much, or the account has "
		"run out" },
	{ KRB5KDC_ERR_ETYPE_NOSUPP, ENR_DIRECTORY_CREDENTIALS,
		"the keytab and the KDC have no encryption type in common" },
	{ KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, ENR_DIRECTORY_CREDENTIALS,
		"the KDC knows no such service; the URI must name the server as the KDC does" },
};

struct krb {
	krb5_context context;
	krb5_ccache cache;
	krb5_keytab keytab;
	krb5_principal client, server;
};
#define KRB_INIT ((struct krb){ NULL, NULL, NULL, NULL, NULL })

static void krb_free(struct krb *k)
{
	if (k->context == NULL)
		return;
	krb5_free_principal(k->context, k->client);
	krb5_free_principal(k->context, k->server);
	if (k->keytab != NULL)
		krb5_kt_close(k->context, k->keytab);
	if (k->cache != NULL)
		krb5_cc_close(k->context, k->cache);
	krb5_free_context(k->context);
}

static int krb_fail(struct krb *k, krb5_error_code rc, const char *what, struct fail *f)
{
	const char *words = krb5_get_error_message(k->context, rc);
	enum code code = ENR_DIRECTORY_CREDENTIALS;
	const char *advice = NULL;

	for (size_t i = 0; i < ARRAY_LEN(rows) && advice == NULL; i++)
		if (rows[i].result == rc) {
			code = rows[i].code;
			advice = rows[i].advice;
		}
	fail(f, code, "%s: %s%s%s", what, words, advice != NULL ? ": " : "",
		advice != NULL ? advice : "");
	krb5_free_error_message(k->context, words);
	return -1;
}

static krb5_error_code krb_open(struct krb *k, const char *cache)
{
	krb5_error_code rc = krb5_init_context(&k->context);

	if (rc != 0)
		k->context = NULL;
	return rc != 0 ? rc : krb5_cc_resolve(k->context, cache, &k->cache);
}

static krb5_error_code log_in(struct krb *k, const char *keytab, const char *principal,
	int64_t *end)
{
	krb5_get_init_creds_opt *options = NULL;
	krb5_creds creds;
	krb5_error_code rc;

	memset(&creds, 0, sizeof(creds));
	if ((rc = krb5_parse_name(k->context, principal, &k->client)) != 0 ||
		(rc = krb5_kt_resolve(k->context, keytab, &k->keytab)) != 0 ||
		(rc = krb5_cc_initialize(k->context, k->cache, k->client)) != 0 ||
		(rc = krb5_get_init_creds_opt_alloc(k->context, &options)) != 0)
		return rc;
	krb5_get_init_creds_opt_set_forwardable(options, 0);
	krb5_get_init_creds_opt_set_proxiable(options, 0);
	rc = krb5_get_init_creds_opt_set_out_ccache(k->context, options, k->cache);
	if (rc == 0)
		rc = krb5_get_init_creds_keytab(k->context, &creds, k->client, k->keytab, 0, NULL,
			options);
	*end = (int64_t)(uint32_t)creds.times.endtime;
	krb5_get_init_creds_opt_free(k->context, options);
	krb5_free_cred_contents(k->context, &creds);
	return rc;
}

/* That principal has a key in it. */
static krb5_error_code look(struct krb *k, const char *keytab, const char *principal)
{
	krb5_keytab_entry entry;
	krb5_error_code rc = krb5_init_context(&k->context);

	if (rc != 0) {
		k->context = NULL;
		return rc;
	}
	if ((rc = krb5_parse_name(k->context, principal, &k->client)) != 0 ||
		(rc = krb5_kt_resolve(k->context, keytab, &k->keytab)) != 0 ||
		(rc = krb5_kt_get_entry(k->context, k->keytab, k->client, 0, 0, &entry)) != 0)
		return rc;
	krb5_free_keytab_entry_contents(k->context, &entry);
	return 0;
}

int dir_keytab_check(const char *keytab, const char *principal, struct fail *f)
{
	autoclean(krb_free) struct krb k = KRB_INIT;
	krb5_error_code rc;

	if (file_is_private(keytab, f) < 0 || file_is_readable(keytab, f) < 0)
		return -1;
	rc = look(&k, keytab, principal);
	if (rc == 0)
		return 0;
	krb_fail(&k, rc, principal, f);
	return fail_in(f, "%s", keytab);
}

int dir_krb_log_in(const char *keytab, const char *principal, const char *cache, int64_t *end,
	struct fail *f)
{
	autoclean(krb_free) struct krb k = KRB_INIT;
	struct fail why = FAIL_INIT;
	krb5_error_code rc;

	/* libkrb5 takes a keytab that it may not read for one without keys. */
	if (file_is_private(keytab, &why) < 0 || file_is_readable(keytab, &why) < 0)
		return fail(f, ENR_DIRECTORY_CREDENTIALS, "%s", why.evidence);
	rc = krb_open(&k, cache);
	if (rc == 0)
		rc = log_in(&k, keytab, principal, end);
	if (rc == 0)
		return 0;
	krb_fail(&k, rc, principal, f);
	return fail_in(f, "%s", keytab);
}

static krb5_error_code service(struct krb *k, const char *host, int64_t *end)
{
	krb5_creds wanted, *got = NULL;
	krb5_error_code rc;

	memset(&wanted, 0, sizeof(wanted));
	if ((rc = krb5_cc_get_principal(k->context, k->cache, &k->client)) != 0 ||
		(rc = krb5_sname_to_principal(k->context, host, "ldap", KRB5_NT_SRV_HST,
			 &k->server)) != 0)
		return rc;
	wanted.client = k->client;
	wanted.server = k->server;
	rc = krb5_get_credentials(k->context, 0, k->cache, &wanted, &got);
	if (rc != 0)
		return rc;
	*end = (int64_t)(uint32_t)got->times.endtime;
	krb5_free_creds(k->context, got);
	return 0;
}

int dir_krb_service(const char *cache, const char *host, int64_t *end, struct fail *f)
{
	autoclean(krb_free) struct krb k = KRB_INIT;
	krb5_error_code rc = krb_open(&k, cache);

	if (rc == 0)
		rc = service(&k, host, end);
	if (rc == 0)
		return 0;
	krb_fail(&k, rc, host, f);
	return fail_in(f, "a ticket for ldap");
}

void dir_krb_destroy(const char *cache)
{
	struct krb k = KRB_INIT;

	if (krb_open(&k, cache) == 0) {
		krb5_cc_destroy(k.context, k.cache);
		k.cache = NULL;
	}
	krb_free(&k);
}
