#include "lib/pki/cert.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/pki/ossl_private.h"

#define DEPTH_MAX 8
#define AUTH_LEVEL 2 /* 112 bits: no SHA-1, no RSA below 2048 */

OSSL_CLEAN(store_clean, X509_STORE, X509_STORE_free)
OSSL_CLEAN(store_ctx_clean, X509_STORE_CTX, X509_STORE_CTX_free)

static void pool_clean(struct stack_st_X509 **pool)
{
	sk_X509_pop_free(*pool, X509_free);
	*pool = NULL;
}

static X509_STORE *anchors_open(const struct cert_list *anchors)
{
	autoclean(store_clean) X509_STORE *store = X509_STORE_new();

	for (size_t i = 0; store != NULL && anchors != NULL && i < anchors->n; i++) {
		autoclean(ossl_x509_clean) X509 *cert =
			ossl_cert(anchors->der[i].data, anchors->der[i].len);

		if (cert == NULL || !X509_STORE_add_cert(store, cert))
			return NULL;
	}
	return steal(store);
}

static struct stack_st_X509 *pool_open(const struct cert_list *list)
{
	autoclean(pool_clean) struct stack_st_X509 *pool = sk_X509_new_null();

	for (size_t i = 0; pool != NULL && list != NULL && i < list->n; i++) {
		X509 *cert = ossl_cert(list->der[i].data, list->der[i].len);

		if (cert == NULL || sk_X509_push(pool, cert) <= 0) {
			X509_free(cert);
			return NULL;
		}
	}
	return steal(pool);
}

static int set_rules(X509_STORE_CTX *ctx, const struct cert_check *check)
{
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_time(p, (time_t)check->at);
	X509_VERIFY_PARAM_set_depth(p, DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(p, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
			X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* An anchor is trusted for itself, whether it is self-signed or not. */
	return X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN) &&
		X509_STORE_CTX_set_purpose(ctx, check->purpose_client ?
				X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER) &&
		(check->dns_name == NULL ||
			X509_VERIFY_PARAM_set1_host(p, check->dns_name, 0));
}

static int refused(X509_STORE_CTX *ctx, const struct cert_check *check, struct fail *f)
{
	int error = X509_STORE_CTX_get_error(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);
	X509 *at = X509_STORE_CTX_get_current_cert(ctx);
	char subject[160] = "?", when[CLOCK_TEXT_MAX];
	enum code code = ENR_CHAIN_UNTRUSTED;

	if (at != NULL)
		X509_NAME_oneline(X509_get_subject_name(at), subject, sizeof(subject));
	if (error == X509_V_ERR_HOSTNAME_MISMATCH)
		code = ENR_NAME_MISMATCH;
	if (error == X509_V_ERR_CERT_NOT_YET_VALID || error == X509_V_ERR_CERT_HAS_EXPIRED)
		code = ENR_CLOCK_WRONG;
	ERR_clear_error();
	if (code == ENR_CLOCK_WRONG)
		return fail(f, code, "%s at %s (depth %d, %s)",
			X509_verify_cert_error_string(error), clock_text(check->at, when), depth,
			subject);
	if (code == ENR_NAME_MISMATCH)
		return fail(f, code, "%s is not among the names of %s", check->dns_name, subject);
	return fail(f, code, "%s (depth %d, %s)", X509_verify_cert_error_string(error), depth,
		subject);
}

int cert_verify(const uint8_t *leaf, size_t len, const struct cert_check *check, struct fail *f)
{
	autoclean(ossl_x509_clean) X509 *cert = NULL;
	autoclean(store_clean) X509_STORE *store = NULL;
	autoclean(pool_clean) struct stack_st_X509 *pool = NULL;
	autoclean(store_ctx_clean) X509_STORE_CTX *ctx = NULL;

	ERR_clear_error();
	/* OpenSSL would take ".contoso.com" for every name below it. */
	if (check->dns_name != NULL && !text_is_hostname(check->dns_name))
		return fail(f, ENR_NAME_MISMATCH, "%s is not a name", check->dns_name);
	cert = ossl_cert(leaf, len);
	if (cert == NULL)
		return ossl_fail(f, ENR_CHAIN_UNTRUSTED, "%zu octets are no certificate", len);
	store = anchors_open(check->anchors);
	pool = pool_open(check->intermediates);
	if (store == NULL || pool == NULL)
		return ossl_fail(f, ENR_CHAIN_UNTRUSTED, "an anchor or intermediate");
	ctx = X509_STORE_CTX_new();
	if (ctx == NULL || !X509_STORE_CTX_init(ctx, store, cert, pool) || !set_rules(ctx, check))
		return ossl_fail(f, ENR_INTERNAL, "prepare the check of a chain");
	if (X509_verify_cert(ctx) != 1)
		return refused(ctx, check, f);
	return 0;
}
