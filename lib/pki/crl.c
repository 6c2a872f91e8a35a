#include "lib/pki/crl.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>

#include "lib/pki/ossl_private.h"

static int add_number(X509_CRL *crl, uint64_t number)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	int ok = n != NULL && ASN1_INTEGER_set_uint64(n, number) &&
		X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0, 0) == 1;

	ASN1_INTEGER_free(n);
	return ok;
}

static int add_authority(X509_CRL *crl, X509 *issuer)
{
	AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer);
	int ok = authority != NULL && id != NULL &&
		(authority->keyid = ASN1_OCTET_STRING_dup(id)) != NULL &&
		X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, authority, 0, 0) == 1;

	AUTHORITY_KEYID_free(authority);
	return ok;
}

static int add_reason(X509_REVOKED *entry, int reason)
{
	ASN1_ENUMERATED *e;
	int ok;

	if (reason == 0) /* unspecified: the extension should be absent (RFC 5280 section 5.3.1) */
		return 1;
	if (reason < 0 || reason > 10 || reason == 7)
		return 0;
	e = ASN1_ENUMERATED_new();
	ok = e != NULL && ASN1_ENUMERATED_set(e, reason) &&
		X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, e, 0, 0) == 1;
	ASN1_ENUMERATED_free(e);
	return ok;
}

static int set_serial(X509_REVOKED *entry, const char *hex)
{
	ASN1_INTEGER *serial = NULL;
	BIGNUM *n = NULL;
	int ok = hex[0] != '\0' && hex[0] != '-' &&
		(size_t)BN_hex2bn(&n, hex) == strlen(hex);

	if (ok)
		serial = BN_to_ASN1_INTEGER(n, NULL);
	ok = serial != NULL && X509_REVOKED_set_serialNumber(entry, serial);
	ASN1_INTEGER_free(serial);
	BN_free(n);
	return ok;
}

static int add_entry(X509_CRL *crl, const struct crl_entry *e)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)e->when);
	int ok = entry != NULL && when != NULL && set_serial(entry, e->serial) &&
		X509_REVOKED_set_revocationDate(entry, when) && add_reason(entry, e->reason) &&
		X509_CRL_add0_revoked(crl, entry);

	if (!ok)
		X509_REVOKED_free(entry);
	ASN1_TIME_free(when);
	return ok;
}

static int set_times(X509_CRL *crl, const struct crl_spec *spec)
{
	ASN1_TIME *this = ASN1_TIME_set(NULL, (time_t)spec->this_update);
	ASN1_TIME *next = ASN1_TIME_set(NULL, (time_t)spec->next_update);
	int ok = this != NULL && next != NULL && spec->this_update < spec->next_update &&
		X509_CRL_set1_lastUpdate(crl, this) && X509_CRL_set1_nextUpdate(crl, next);

	ASN1_TIME_free(this);
	ASN1_TIME_free(next);
	return ok;
}

int crl_build(const struct crl_spec *spec, struct bytes *der, struct fail *f)
{
	autoclean(ossl_crl_clean) X509_CRL *crl = X509_CRL_new();
	autoclean(ossl_x509_clean) X509 *issuer = NULL;
	unsigned char *raw = NULL;

	ERR_clear_error();
	issuer = ossl_cert(spec->issuer, spec->issuer_len);
	if (issuer == NULL || X509_check_private_key(issuer, spec->issuer_key->pkey) != 1)
		return ossl_fail(f, ENR_CRL_FAILED, "issuing certificate and key do not fit");
	if (crl == NULL || !X509_CRL_set_version(crl, X509_CRL_VERSION_2) ||
		!X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) ||
		!set_times(crl, spec) || !add_number(crl, spec->number) ||
		!add_authority(crl, issuer))
		return ossl_fail(f, ENR_CRL_FAILED, "times or number");
	for (size_t i = 0; i < spec->n_entries; i++) {
		if (!add_entry(crl, &spec->entries[i]))
			return ossl_fail(f, ENR_CRL_FAILED, "entry of serial %s",
				spec->entries[i].serial);
	}
	X509_CRL_sort(crl);
	if (X509_CRL_sign(crl, spec->issuer_key->pkey, ossl_digest(spec->issuer_key)) <= 0 ||
		ossl_der_take(&raw, i2d_X509_CRL(crl, &raw), der) < 0)
		return ossl_fail(f, ENR_CRL_FAILED, "sign");
	return 0;
}

int crl_info_read(const uint8_t *der, size_t len, struct crl_info *out, struct fail *f)
{
	autoclean(ossl_crl_clean) X509_CRL *crl = NULL;
	const unsigned char *p = der;
	struct crl_info info = { 0 };
	ASN1_INTEGER *number;
	int ok;

	ERR_clear_error();
	if (len > 0 && len < INT32_MAX)
		crl = d2i_X509_CRL(NULL, &p, (long)len);
	if (crl == NULL || p != der + len)
		return ossl_fail(f, ENR_CRL_FAILED, "%zu octets are no CRL", len);
	number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
	ok = number != NULL && ASN1_INTEGER_get_uint64(&info.number, number) &&
		ossl_time(X509_CRL_get0_lastUpdate(crl), &info.this_update) == 0 &&
		ossl_time(X509_CRL_get0_nextUpdate(crl), &info.next_update) == 0;
	ASN1_INTEGER_free(number);
	if (!ok)
		return ossl_fail(f, ENR_CRL_FAILED, "number or times of a CRL");
	if (X509_CRL_get_REVOKED(crl) != NULL)
		info.n_entries = (size_t)sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
	ERR_clear_error();
	*out = info;
	return 0;
}
