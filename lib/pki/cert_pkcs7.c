#include "lib/pki/cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include "lib/pki/ossl_private.h"

OSSL_CLEAN(pkcs7_clean, PKCS7, PKCS7_free)

int cert_list_pkcs7(const struct cert_list *list, struct str *out, struct fail *f)
{
	autoclean(pkcs7_clean) PKCS7 *p7 = PKCS7_new();
	autoclean(ossl_bio_clean) BIO *bio = BIO_new(BIO_s_mem());
	int ok = p7 != NULL && bio != NULL && PKCS7_set_type(p7, NID_pkcs7_signed) &&
		PKCS7_content_new(p7, NID_pkcs7_data) && PKCS7_set_detached(p7, 1);

	for (size_t i = 0; ok && i < list->n; i++) {
		autoclean(ossl_x509_clean) X509 *cert =
			ossl_cert(list->der[i].data, list->der[i].len);

		ok = cert != NULL && PKCS7_add_certificate(p7, cert);
	}
	if (!ok || !PEM_write_bio_PKCS7(bio, p7))
		return ossl_fail(f, ENR_CA_UNAVAILABLE, "write PKCS#7");
	ossl_bio_add(bio, out);
	return out->overflow ? fail(f, ENR_CA_UNAVAILABLE, "PKCS#7 does not fit") : 0;
}
