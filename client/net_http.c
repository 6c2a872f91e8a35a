#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/x509v3.h>

#include "client/net_wire.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"
#include "lib/pki/hash.h"

#define CONNECT_SECONDS 15
#define NAMES_SHOWN 5
#define CHAIN_MAX 8

static const char *const paths[] = {
	[NET_DISCOVERY] = NATIVE_PATH_DISCOVERY,
	[NET_BOOTSTRAP] = NATIVE_PATH_BOOTSTRAP,
	[NET_ENROLLMENT] = NATIVE_PATH_ENROLLMENT,
	[NET_LEAVE] = NATIVE_PATH_LEAVE,
};

/* What a failure of libcurl means; everything else is "does not answer". */
static const struct {
	CURLcode curl;
	enum code code;
} meanings[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, ENR_SERVER_NOT_FOUND },
	{ CURLE_PEER_FAILED_VERIFICATION, ENR_CHAIN_UNTRUSTED },
	{ CURLE_SSL_CONNECT_ERROR, ENR_TLS_FAILED },
	{ CURLE_SSL_CIPHER, ENR_TLS_FAILED },
	{ CURLE_SSL_ENGINE_NOTFOUND, ENR_TLS_FAILED },
	{ CURLE_WRITE_ERROR, ENR_NOT_ENROLLD },          /* answer over its limit */
	{ CURLE_FILESIZE_EXCEEDED, ENR_NOT_ENROLLD },
	{ CURLE_UNSUPPORTED_PROTOCOL, ENR_NOT_ENROLLD }, /* no HTTP behind the TLS */
	{ CURLE_WEIRD_SERVER_REPLY, ENR_NOT_ENROLLD },
	{ CURLE_GOT_NOTHING, ENR_NOT_ENROLLD },
};

struct net_http {
	CURL *curl;
	struct curl_slist *headers;
	struct cert_list chain; /* as the last connection showed it, leaf first */
	uint8_t leaf[NATIVE_HASH_LEN];
	char names[NET_NAMES_MAX];
};

struct net_http *net_http_new(void)
{
	struct net_http *h = mem_new(sizeof(*h));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	h->curl = curl_easy_init();
	h->headers = curl_slist_append(NULL, "Content-Type: " NATIVE_MEDIA_TYPE);
	h->headers = curl_slist_append(h->headers, "Accept: " NATIVE_MEDIA_TYPE);
	h->headers = curl_slist_append(h->headers, "Expect:");
	return h;
}

void net_http_free(struct net_http **h)
{
	if (*h == NULL)
		return;
	curl_easy_cleanup((*h)->curl);
	curl_slist_free_all((*h)->headers);
	cert_list_free(&(*h)->chain);
	free(*h);
	*h = NULL;
}

static size_t take(char *data, size_t size, size_t n, void *arg)
{
	struct str *body = arg;

	str_add(body, data, size * n);
	return body->overflow ? 0 : size * n;
}

/* The names a certificate is for; what is no host name is left out. */
static void names_of(const struct bytes *der, struct str *out)
{
	const unsigned char *p = der->data;
	X509 *cert = d2i_X509(NULL, &p, (long)der->len);
	GENERAL_NAMES *all = cert ? X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL) : NULL;
	int shown = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(all) && shown < NAMES_SHOWN; i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);
		autoclean(text_free) char *name = NULL;

		if (g->type != GEN_DNS)
			continue;
		name = mem_textn((const char *)ASN1_STRING_get0_data(g->d.dNSName),
			(size_t)ASN1_STRING_length(g->d.dNSName));
		if (!text_is_hostname(strncmp(name, "*.", 2) == 0 ? name + 2 : name))
			continue;
		str_printf(out, "%s%s", shown++ ? ", " : "", name);
	}
	GENERAL_NAMES_free(all);
	X509_free(cert);
}

/* One more of the chain, from what libcurl tells of it. */
static int read_one(const struct curl_slist *told, struct cert_list *chain)
{
	struct cert_list list = { 0 };

	while (told != NULL && strncmp(told->data, "Cert:", 5) != 0)
		told = told->next;
	if (told == NULL || cert_list_parse_pem((const uint8_t *)told->data + 5,
			strlen(told->data + 5), 1, &list, NULL) < 0)
		return -1;
	cert_list_add(chain, list.der[0].data, list.der[0].len);
	cert_list_free(&list);
	return 0;
}

/* The certificates of a new connection; one that is used again keeps its own. */
static int read_chain(struct net_http *h)
{
	autoclean(str_free) struct str names = STR_INIT(NET_NAMES_MAX - 1);
	struct curl_certinfo *info = NULL;

	cert_list_free(&h->chain);
	if (curl_easy_getinfo(h->curl, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL ||
		info->num_of_certs < 1 || read_one(info->certinfo[0], &h->chain) < 0)
		return -1;
	for (int i = 1; i < info->num_of_certs && i < CHAIN_MAX; i++)
		(void)read_one(info->certinfo[i], &h->chain);
	pki_sha256(h->chain.der[0].data, h->chain.der[0].len, h->leaf);
	names_of(&h->chain.der[0], &names);
	memset(h->names, 0, sizeof(h->names));
	if (!names.overflow)
		memcpy(h->names, str_text(&names), names.len);
	return 0;
}

static int checks_issuer(const struct net_call *c)
{
	return c->phase == NET_ENROLLMENT || c->phase == NET_LEAVE || (c->anchors && *c->anchors);
}

/* Does the chain of the connection that stands lead to the anchors? */
static int is_led(const struct net_http *h, const struct net_call *c)
{
	struct cert_list anchors = { 0 }, between;
	struct cert_check check = { .anchors = &anchors, .intermediates = &between,
		.dns_name = c->host, .at = clock_now() };
	int led;

	if (h->chain.n == 0 || c->anchors == NULL)
		return 0;
	between = (struct cert_list){ h->chain.der + 1, h->chain.n - 1 };
	led = cert_list_parse_pem((const uint8_t *)c->anchors, strlen(c->anchors),
		      NATIVE_ANCHORS_MAX, &anchors, NULL) == 0 &&
		cert_verify(h->chain.der[0].data, h->chain.der[0].len, &check, NULL) == 0;
	cert_list_free(&anchors);
	return led;
}

/* For libcurl, before a handshake that must not be. */
static CURLcode no_handshake(CURL *curl, void *ctx, void *arg)
{
	(void)curl;
	(void)ctx;
	(void)arg;
	return CURLE_ABORTED_BY_CALLBACK;
}

/* How the issuer is checked: not yet; it was, and only the connection that stands may be used; by a
 * new connection. */
enum issuer { ISSUER_UNKNOWN, ISSUER_CHECKED, ISSUER_ANEW };

static void set_options(struct net_http *h, const struct net_call *c, const char *url,
	struct str *body, enum issuer issuer)
{
	CURL *e = h->curl;
	struct curl_blob blob = { 0 };

	curl_easy_reset(e);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "enroll/" ENROLL_VERSION);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(e, CURLOPT_POST, 1L);
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)c->body->len);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, c->body->data);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(e, CURLOPT_TIMEOUT, (long)c->timeout);
	curl_easy_setopt(e, CURLOPT_MAXFILESIZE, (long)NATIVE_ANSWER_MAX);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, body);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(e, CURLOPT_CERTINFO, 1L);
	/* No root of the system, in any phase. */
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
	if (issuer != ISSUER_ANEW) { /* also ISSUER_CHECKED: libcurl uses a connection only for
					 * what it was made for */
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		if (issuer == ISSUER_CHECKED)
			curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, no_handshake);
		return;
	}
	blob = (struct curl_blob){ .data = (void *)(uintptr_t)(c->anchors ? c->anchors : ""),
		.len = c->anchors ? strlen(c->anchors) : 0, .flags = CURL_BLOB_COPY };
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_CAINFO_BLOB, &blob);
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
}

static uint32_t number(CURL *e, CURLINFO what)
{
	long n = 0;

	return curl_easy_getinfo(e, what, &n) == CURLE_OK && n > 0 ? (uint32_t)n : 0;
}

static enum code meaning_of(const struct net_http *h, const struct net_call *c,
	const struct net_report *r)
{
	/* Without a check of the issuer, only the name can have been wrong; with one, a chain that
	 * was good leaves only the name too. */
	if (r->curl == CURLE_PEER_FAILED_VERIFICATION && r->verify == 0 && h->names[0])
		return ENR_NAME_MISMATCH;
	if (r->curl == CURLE_PEER_FAILED_VERIFICATION && !checks_issuer(c))
		return ENR_NAME_MISMATCH;
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (meanings[i].curl == (CURLcode)r->curl)
			return meanings[i].code;
	return ENR_SERVER_UNREACHABLE;
}

/* Ours alone, or with the one parameter it may have. */
static int is_ours(const char *type)
{
	size_t len = strlen(NATIVE_MEDIA_TYPE);

	if (type == NULL || strncasecmp(type, NATIVE_MEDIA_TYPE, len) != 0)
		return 0;
	type += len;
	if (*type == '\0')
		return 1;
	type += strspn(type, " ");
	if (*type++ != ';')
		return 0;
	return strcasecmp(type + strspn(type, " "), "charset=utf-8") == 0;
}

/* An answer, but whose? Only our media type is looked into. */
static enum code judge(CURL *e, uint32_t status)
{
	const char *type = NULL;

	curl_easy_getinfo(e, CURLINFO_CONTENT_TYPE, &type);
	if (is_ours(type) && (status == 200 || status >= 400))
		return ENR_NONE;
	return status == 503 || status == 429 ? ENR_SERVER_BUSY : ENR_NOT_ENROLLD;
}

static void read_peer(CURL *e, struct net_report *r)
{
	const char *ip = NULL;
	curl_off_t wait = 0;

	curl_easy_getinfo(e, CURLINFO_PRIMARY_IP, &ip);
	if (ip != NULL && strlen(ip) < sizeof(r->address))
		memcpy(r->address, ip, strlen(ip) + 1);
	if (curl_easy_getinfo(e, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0)
		r->retry_after = wait > 86400 ? 86400 : (uint32_t)wait;
	r->proxied = number(e, CURLINFO_HTTP_CONNECTCODE) != 0;
}

/* The last phase goes over the connection of those before, if that still stands and its chain is
 * good. Whatever is not so is found out, and told, by a new connection. */
static CURLcode perform(struct net_http *h, const struct net_call *c, const char *url,
	struct str *answer)
{
	CURLcode rc;

	if (c->phase == NET_ENROLLMENT && is_led(h, c)) {
		set_options(h, c, url, answer, ISSUER_CHECKED);
		rc = curl_easy_perform(h->curl);
		if (rc != CURLE_ABORTED_BY_CALLBACK)
			return rc;
		str_clear(answer);
	}
	set_options(h, c, url, answer, checks_issuer(c) ? ISSUER_ANEW : ISSUER_UNKNOWN);
	return curl_easy_perform(h->curl);
}

void net_http_post(struct net_http *h, const struct net_call *c, struct net_report *r,
	struct bytes *body)
{
	autoclean(text_free) char *url = NULL;
	struct str answer = STR_INIT(NATIVE_ANSWER_MAX);
	CURLcode rc;

	*r = (struct net_report){ .code = ENR_INTERNAL };
	if (c->phase < NET_DISCOVERY || c->phase > NET_LEAVE || h->curl == NULL)
		return;
	url = mem_printf("https://%s:%d%s", c->host, c->port, paths[c->phase]);
	rc = perform(h, c, url, &answer);
	if (number(h->curl, CURLINFO_NUM_CONNECTS) > 0 && read_chain(h) < 0)
		h->names[0] = '\0';
	read_peer(h->curl, r);
	memcpy(r->leaf, h->leaf, sizeof(r->leaf));
	memcpy(r->names, h->names, sizeof(r->names));
	r->curl = (uint32_t)rc;
	r->verify = number(h->curl, CURLINFO_SSL_VERIFYRESULT);
	r->status = number(h->curl, r->proxied && rc != CURLE_OK ? CURLINFO_HTTP_CONNECTCODE :
		CURLINFO_RESPONSE_CODE);
	if (answer.overflow)
		r->code = ENR_NOT_ENROLLD;
	else if (rc != CURLE_OK)
		r->code = meaning_of(h, c, r);
	else
		r->code = judge(h->curl, r->status);
	if (r->code == ENR_NONE)
		bytes_set(body, (const uint8_t *)str_text(&answer), answer.len);
	str_free(&answer);
}
