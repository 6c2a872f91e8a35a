/* What a certificate says about an account of Active Directory: its principal name as an
 * alternative name, its SID as an extension. */
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/objects.h>

#include "lib/pki/ossl_private.h"

#define OID_SID_EXTENSION "1.3.6.1.4.1.311.25.2"
#define OID_SID "1.3.6.1.4.1.311.25.2.1"

/* value passes into the name, also on failure. */
static GENERAL_NAME *other_name(ASN1_OBJECT *type, int tag, ASN1_STRING *value)
{
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_TYPE *any = ASN1_TYPE_new();

	if (g == NULL || any == NULL || type == NULL || value == NULL) {
		ASN1_STRING_free(value);
		ASN1_TYPE_free(any);
		ASN1_OBJECT_free(type);
		GENERAL_NAME_free(g);
		return NULL;
	}
	ASN1_TYPE_set(any, tag, value);
	if (GENERAL_NAME_set0_othername(g, type, any) == 1)
		return g;
	ASN1_TYPE_free(any);
	ASN1_OBJECT_free(type);
	GENERAL_NAME_free(g);
	return NULL;
}

static ASN1_STRING *string_of(int tag, const char *text)
{
	ASN1_STRING *s = ASN1_STRING_type_new(tag);

	if (s != NULL && ASN1_STRING_set(s, text, -1) == 1)
		return s;
	ASN1_STRING_free(s);
	return NULL;
}

GENERAL_NAME *ossl_principal_name(const char *upn)
{
	return other_name(OBJ_nid2obj(NID_ms_upn), V_ASN1_UTF8STRING,
		string_of(V_ASN1_UTF8STRING, upn));
}

/* A GeneralNames of one otherName whose value is the SID's text in an octet string (KB5014754). */
int ossl_add_sid(X509 *cert, const char *sid)
{
	autoclean(ossl_general_names_clean) GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = other_name(OBJ_txt2obj(OID_SID, 1), V_ASN1_OCTET_STRING,
		string_of(V_ASN1_OCTET_STRING, sid));
	autoclean(bytes_free) struct bytes der = BYTES_INIT;
	ASN1_OBJECT *oid = OBJ_txt2obj(OID_SID_EXTENSION, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension = NULL;
	unsigned char *raw = NULL;
	int ok = names != NULL && name != NULL && oid != NULL && value != NULL;

	ok = ok && sk_GENERAL_NAME_push(names, name) > 0;
	if (!ok)
		GENERAL_NAME_free(name);
	ok = ok && ossl_der_take(&raw, i2d_GENERAL_NAMES(names, &raw), &der) == 0 &&
		ASN1_OCTET_STRING_set(value, der.data, (int)der.len) == 1;
	if (ok)
		extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
	ok = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return ok;
}
