/* Was this machine's certificate revoked? The list that the certificate itself names is fetched and
 * read by a child without rights; what it is signed with is the devices CA behind the certificate.
 */
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/x509v3.h>

#include "client/check_private.h"
#include "client/errand.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"

#define SECONDS 20
#define CRL_MAX (64L * 1024 * 1024)
#define CHAIN_MAX 9
#define URL_MAX 512

struct revocation {
	struct cert_list chain; /* leaf first */
	X509 *leaf, *issuer;
	X509_CRL *crl;
};

static void revocation_clear(struct revocation *r)
{
	cert_list_free(&r->chain);
	X509_free(r->leaf);
	X509_free(r->issuer);
	X509_CRL_free(r->crl);
}

static X509 *read_one(const struct bytes *der)
{
	const uint8_t *at = der->data;

	return d2i_X509(NULL, &at, (long)der->len);
}

static int read_chain(const struct place *p, struct revocation *r, struct fail *f)
{
	autoclean(text_free) char *path = place_path(p, PLACE_DEVICE);
	autoclean(bytes_free) struct bytes data = BYTES_INIT;

	if (file_read(path, PLACE_TEXT_MAX, &data, f) < 0 ||
		cert_list_parse_pem(data.data, data.len, CHAIN_MAX, &r->chain, f) < 0)
		return -1;
	if (r->chain.n < 2)
		return fail(f, ENR_LOCAL_STATE, "%s lacks the devices CA", path);
	r->leaf = read_one(&r->chain.der[0]);
	r->issuer = read_one(&r->chain.der[1]);
	if (r->leaf == NULL || r->issuer == NULL)
		return fail(f, ENR_LOCAL_STATE, "%s is damaged", path);
	return 0;
}

/* The first http URL of the certificate; "" if it names none. */
static void find_url(X509 *leaf, char url[URL_MAX])
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(leaf, NID_crl_distribution_points, NULL, NULL);

	url[0] = '\0';
	for (int i = 0; i < sk_DIST_POINT_num(points) && !url[0]; i++) {
		const DIST_POINT *at = sk_DIST_POINT_value(points, i);
		const GENERAL_NAMES *names = at->distpoint && at->distpoint->type == 0
			? at->distpoint->name.fullname
			: NULL;

		for (int k = 0; k < sk_GENERAL_NAME_num(names) && !url[0]; k++) {
			const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, k);
			const ASN1_IA5STRING *text = name->d.uniformResourceIdentifier;

			if (name->type == GEN_URI && text->length < URL_MAX &&
				strncmp((const char *)text->data, "http://", 7) == 0)
				snprintf(url, URL_MAX, "%.*s", text->length, text->data);
		}
	}
	CRL_DIST_POINTS_free(points);
}

static size_t keep(char *data, size_t size, size_t n, void *to)
{
	struct str *text = to;

	str_add(text, data, size * n);
	return text->overflow ? 0 : size * n;
}

static int fetch(const char *url, struct str *out, struct fail *f)
{
	CURL *c = curl_easy_init();
	CURLcode rc;
	long status = 0;

	if (c == NULL)
		return fail(f, ENR_REVOCATION_UNKNOWN, "libcurl does not start");
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)SECONDS - 5);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, out);
	rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(c);
	if (rc != CURLE_OK)
		return fail(f, ENR_REVOCATION_UNKNOWN, "%s: %s", url, curl_easy_strerror(rc));
	if (status != 200)
		return fail(f, ENR_REVOCATION_UNKNOWN, "%s: status %ld", url, status);
	return 0;
}

static int go(void *arg, char words[ERRAND_WORDS_MAX], struct fail *f)
{
	struct revocation *r = arg;
	autoclean(str_free) struct str der = STR_INIT(CRL_MAX);
	const uint8_t *at;
	X509_REVOKED *entry = NULL;
	char url[URL_MAX];

	find_url(r->leaf, url);
	if (url[0] == '\0')
		return fail(f, ENR_REVOCATION_UNKNOWN, "the certificate names no list");
	if (fetch(url, &der, f) < 0)
		return -1;
	at = (const uint8_t *)der.data;
	r->crl = d2i_X509_CRL(NULL, &at, (long)der.len);
	if (r->crl == NULL || X509_CRL_verify(r->crl, X509_get0_pubkey(r->issuer)) != 1 ||
		X509_NAME_cmp(X509_CRL_get_issuer(r->crl), X509_get_issuer_name(r->leaf)) != 0)
		return fail(f, ENR_REVOCATION_UNKNOWN, "%s: not a list of our CA", url);
	if (X509_CRL_get0_by_cert(r->crl, &entry, r->leaf) == 1)
		return fail(f, ENR_CERTIFICATE_REVOKED, "it is in the list at %s", url);
	if (X509_CRL_get0_nextUpdate(r->crl) == NULL ||
		X509_cmp_current_time(X509_CRL_get0_nextUpdate(r->crl)) <= 0)
		return fail(f, ENR_REVOCATION_UNKNOWN, "%s: the list is too old", url);
	snprintf(words, ERRAND_WORDS_MAX, "the certificate is not in the list of revoked ones");
	return 0;
}

int check_revocation(const struct place *p, const struct state *s, struct check *c)
{
	static const enum code codes[] = { ENR_CERTIFICATE_REVOKED, ENR_NONE };
	autoclean(revocation_clear) struct revocation r = { .leaf = NULL };
	const struct errand e = { .go = go,
		.arg = &r,
		.seconds = SECONDS,
		.late = ENR_REVOCATION_UNKNOWN,
		.codes = codes };

	(void)s;
	return read_chain(p, &r, &c->fail) < 0 ? -1 : errand_run(&e, c->words, &c->fail);
}
