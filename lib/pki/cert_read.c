#include "lib/pki/cert.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include "lib/base/text.h"
#include "lib/pki/hash.h"
#include "lib/pki/ossl_private.h"

X509 *ossl_cert(const uint8_t *der, size_t len)
{
	autoclean(ossl_x509_clean) X509 *cert = NULL;
	const unsigned char *p = der;

	if (len == 0 || len > CERT_MAX || !der_is_strict(der, len))
		return NULL;
	cert = d2i_X509(NULL, &p, (long)len);
	return cert != NULL && p == der + len ? steal(cert) : NULL;
}

/* --- one certificate ------------------------------------------------------ */

/* NULL if a part is not the text it says it is. */
static char *name_in_order(const X509_NAME *name, unsigned long flags)
{
	autoclean(ossl_bio_clean) BIO *bio = BIO_new(BIO_s_mem());
	autoclean(str_free) struct str text = STR_INIT(4 * CERT_MAX);

	if (bio == NULL || X509_NAME_print_ex(bio, name, 0, flags) < 0)
		return NULL;
	ossl_bio_add(bio, &text);
	return mem_text(str_text(&text));
}

/* RFC 4514. */
static char *name_text(const X509_NAME *name)
{
	return name_in_order(name, XN_FLAG_RFC2253);
}

int cert_mapping(const uint8_t *der, size_t len, struct str *out, struct fail *f)
{
	autoclean(ossl_x509_clean) X509 *cert = ossl_cert(der, len);
	autoclean(text_free) char *issuer = NULL;
	const ASN1_INTEGER *serial;

	if (cert == NULL)
		return ossl_fail(f, ENR_MESSAGE_MALFORMED, "%zu octets are no certificate", len);
	issuer = name_in_order(X509_get_issuer_name(cert), XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV);
	if (issuer == NULL)
		return ossl_fail(f, ENR_MESSAGE_MALFORMED, "the names of a certificate");
	serial = X509_get0_serialNumber(cert);
	str_text_add(out, "X509:<I>");
	str_text_add(out, issuer);
	str_text_add(out, "<SR>");
	for (int i = ASN1_STRING_length(serial); i-- > 0;)
		str_printf(out, "%02x", ASN1_STRING_get0_data(serial)[i]);
	return 0;
}

/* The last attribute of that type as UTF-8, or NULL. */
static char *name_part(const X509_NAME *name, int nid)
{
	const ASN1_STRING *value = NULL;
	unsigned char *text = NULL;
	char *copy = NULL;
	int at = -1, len;

	while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
		value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	if (value == NULL)
		return NULL;
	len = ASN1_STRING_to_UTF8(&text, value);
	if (len >= 0 && memchr(text, '\0', (size_t)len) == NULL)
		copy = mem_textn((char *)text, (size_t)len);
	OPENSSL_free(text);
	return copy;
}

/* Upper-case hex; -1 for a negative serial or one that does not fit. */
static int ossl_serial_text(const ASN1_INTEGER *serial, char *out, size_t size)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(serial, NULL);
	char *hex = n != NULL && !BN_is_negative(n) ? BN_bn2hex(n) : NULL;
	int fits = hex != NULL && strlen(hex) < size;

	if (fits)
		memcpy(out, hex, strlen(hex) + 1);
	OPENSSL_free(hex);
	BN_free(n);
	return fits ? 0 : -1;
}

static int spki_hash(const X509 *cert, uint8_t out[SHA256_LEN])
{
	autoclean(bytes_free) struct bytes spki = BYTES_INIT;
	unsigned char *raw = NULL;

	if (ossl_der_take(&raw, i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &raw), &spki) < 0)
		return -1;
	pki_sha256(spki.data, spki.len, out);
	return 0;
}

/* By its algorithm, without reading the key. */
static int has_rsa_key(const X509 *cert)
{
	ASN1_OBJECT *oid = NULL;

	return X509_PUBKEY_get0_param(&oid, NULL, NULL, NULL, X509_get_X509_PUBKEY(cert)) == 1 &&
		OBJ_obj2nid(oid) == NID_rsaEncryption;
}

int cert_info_read(const uint8_t *der, size_t len, struct cert_info *out, struct fail *f)
{
	autoclean(ossl_x509_clean) X509 *cert = NULL;
	autoclean(cert_info_clear) struct cert_info c = { 0 };

	ERR_clear_error();
	cert = ossl_cert(der, len);
	if (cert == NULL)
		return ossl_fail(f, ENR_MESSAGE_MALFORMED, "%zu octets are no certificate", len);
	if (ossl_serial_text(X509_get0_serialNumber(cert), c.serial, sizeof(c.serial)) < 0 ||
		ossl_time(X509_get0_notBefore(cert), &c.not_before) < 0 ||
		ossl_time(X509_get0_notAfter(cert), &c.not_after) < 0 ||
		spki_hash(cert, c.spki_sha256) < 0)
		return ossl_fail(f, ENR_MESSAGE_MALFORMED, "serial, times or key of a certificate");
	c.subject = name_text(X509_get_subject_name(cert));
	c.issuer = name_text(X509_get_issuer_name(cert));
	if (c.subject == NULL || c.issuer == NULL)
		return ossl_fail(f, ENR_MESSAGE_MALFORMED, "the names of a certificate");
	c.cn = name_part(X509_get_subject_name(cert), NID_commonName);
	c.organization = name_part(X509_get_subject_name(cert), NID_organizationName);
	c.subject_serial = name_part(X509_get_subject_name(cert), NID_serialNumber);
	pki_sha256(der, len, c.sha256);
	pki_sha1(der, len, c.sha1);
	c.is_ca = (X509_get_extension_flags(cert) & (EXFLAG_INVALID | EXFLAG_CA)) == EXFLAG_CA;
	c.is_rsa = has_rsa_key(cert);
	ERR_clear_error();
	*out = c;
	memset(&c, 0, sizeof(c));
	return 0;
}

void cert_info_clear(struct cert_info *c)
{
	free(c->subject);
	free(c->issuer);
	free(c->cn);
	free(c->organization);
	free(c->subject_serial);
	memset(c, 0, sizeof(*c));
}

int cert_has_name(const uint8_t *leaf, size_t len, const char *dns_name)
{
	autoclean(ossl_x509_clean) X509 *cert = ossl_cert(leaf, len);
	int has = cert != NULL && text_is_hostname(dns_name) && X509_check_host(cert, dns_name, 0,
		X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
		NULL) == 1;

	ERR_clear_error();
	return has;
}

int cert_is_issued_by(const struct bytes *cert, const struct bytes *issuer)
{
	autoclean(ossl_x509_clean) X509 *c = ossl_cert(cert->data, cert->len);
	autoclean(ossl_x509_clean) X509 *i = ossl_cert(issuer->data, issuer->len);
	int yes = c != NULL && i != NULL && X509_check_issued(i, c) == X509_V_OK &&
		X509_verify(c, X509_get0_pubkey(i)) == 1;

	ERR_clear_error();
	return yes;
}

int cert_has_key(const struct bytes *cert, const struct pki_key *key)
{
	autoclean(ossl_x509_clean) X509 *c = ossl_cert(cert->data, cert->len);
	int yes = c != NULL && X509_check_private_key(c, key->pkey) == 1;

	ERR_clear_error();
	return yes;
}

/* --- PEM and lists -------------------------------------------------------- */

void cert_pem_add(const uint8_t *der, size_t len, struct str *out)
{
	autoclean(ossl_bio_clean) BIO *bio = BIO_new(BIO_s_mem());

	ossl_must(bio != NULL && PEM_write_bio(bio, PEM_STRING_X509, "", der, (long)len) > 0,
		"PEM");
	ossl_bio_add(bio, out);
}

/* One more block of the text, a certificate or not. 1, 0 at the end, -1. */
static int pem_next(BIO *bio, struct cert_list *l, size_t max, struct fail *f)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long len = 0;
	int ret = 1;

	if (!PEM_read_bio(bio, &name, &header, &data, &len)) {
		ret = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? 0 : -1;
		return ret == 0 ? 0 : ossl_fail(f, ENR_MESSAGE_MALFORMED, "PEM");
	}
	if (strcmp(name, PEM_STRING_X509) == 0) {
		autoclean(ossl_x509_clean) X509 *cert = ossl_cert(data, (size_t)len);

		if (cert == NULL)
			ret = ossl_fail(f, ENR_MESSAGE_MALFORMED, "certificate %zu", l->n + 1);
		else if (l->n == max)
			ret = fail(f, ENR_MESSAGE_MALFORMED, "more than %zu certificates", max);
		else
			cert_list_add(l, data, (size_t)len);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, (size_t)len);
	return ret;
}

int cert_list_parse_pem(
	const uint8_t *pem, size_t len, size_t max, struct cert_list *out, struct fail *f)
{
	autoclean(ossl_bio_clean) BIO *bio =
		len < INT32_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	autoclean(cert_list_free) struct cert_list l = { 0 };
	int more = 1;

	if (len == 0 || bio == NULL)
		return fail(f, ENR_MESSAGE_MALFORMED, "%zu octets of PEM", len);
	ERR_clear_error();
	while (more > 0)
		more = pem_next(bio, &l, max, f);
	ERR_clear_error();
	if (more < 0)
		return -1;
	if (l.n == 0)
		return fail(f, ENR_MESSAGE_MALFORMED, "no certificate in PEM");
	*out = l;
	l = (struct cert_list){ 0 };
	return 0;
}

void cert_list_add(struct cert_list *l, const uint8_t *der, size_t len)
{
	l->der = mem_grow(l->der, l->n + 1, sizeof(*l->der));
	l->der[l->n] = BYTES_INIT;
	bytes_set(&l->der[l->n++], der, len);
}

void cert_list_free(struct cert_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		bytes_free(&l->der[i]);
	free(l->der);
	*l = (struct cert_list){ 0 };
}
