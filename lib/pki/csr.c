#include "lib/pki/csr.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "lib/base/text.h"
#include "lib/pki/hash.h"
#include "lib/pki/ossl_private.h"

#define CHALLENGE_MAX 255 /* RFC 2985 section 5.4.1 */
#define RSA_BITS_MAX 16384

/* Key algorithms by what their parameters must be (RFC 3279, 5480, 8410). */
static const struct algorithm {
	int nid;
	int parameters; /* V_ASN1_…; V_ASN1_UNDEF: absent */
} algorithms[] = {
	{ NID_rsaEncryption, V_ASN1_NULL },
	{ NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT },
	{ NID_ED25519, V_ASN1_UNDEF },
};

/* Signatures that prove anything today; SHA-1 and MD5 do not. */
static const int signatures[] = {
	NID_sha256WithRSAEncryption, NID_sha384WithRSAEncryption, NID_sha512WithRSAEncryption,
	NID_ecdsa_with_SHA256, NID_ecdsa_with_SHA384, NID_ecdsa_with_SHA512,
	NID_ED25519,
};

/* --- building ------------------------------------------------------------- */

int pki_csr_build(
	const struct pki_key *key, const char *challenge, struct bytes *der, struct fail *f)
{
	autoclean(ossl_req_clean) X509_REQ *req = X509_REQ_new();
	unsigned char *raw = NULL;
	int ok = req != NULL;

	if (challenge != NULL && (challenge[0] == '\0' || strlen(challenge) > CHALLENGE_MAX))
		return fail(f, ENR_INTERNAL, "a challenge of %zu octets", strlen(challenge));
	ok = ok && X509_REQ_set_version(req, X509_REQ_VERSION_1) &&
		X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(req), NID_commonName,
			MBSTRING_UTF8, (const unsigned char *)"enroll", -1, -1, 0) &&
		X509_REQ_set_pubkey(req, key->pkey);
	if (ok && challenge != NULL)
		ok = X509_REQ_add1_attr_by_NID(req, NID_pkcs9_challengePassword, MBSTRING_UTF8,
			(const unsigned char *)challenge, -1);
	if (!ok || X509_REQ_sign(req, key->pkey, ossl_digest(key)) <= 0)
		return ossl_fail(f, ENR_KEY_NOT_MADE, "make a certificate request");
	if (ossl_der_take(&raw, i2d_X509_REQ(req, &raw), der) < 0)
		return ossl_fail(f, ENR_KEY_NOT_MADE, "encode a certificate request");
	return 0;
}

/* --- reading -------------------------------------------------------------- */

static int rsa_is_sane(const EVP_PKEY *pkey, struct fail *f)
{
	BIGNUM *e = NULL;
	int bits, odd, e_bits;

	bits = EVP_PKEY_get_bits(pkey);
	if (bits > RSA_BITS_MAX)
		return fail(f, ENR_CSR_MALFORMED, "an RSA modulus of %d bits", bits);
	if (!EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e))
		return ossl_fail(f, ENR_CSR_MALFORMED, "the RSA exponent cannot be read");
	odd = BN_is_odd(e) && !BN_is_negative(e);
	e_bits = BN_num_bits(e);
	BN_free(e);
	if (!odd || e_bits < 17 || e_bits > 64)
		return fail(f, ENR_CSR_MALFORMED,
			"the RSA exponent is not an odd number between 2^16 and 2^64");
	return 0;
}

/* The kind of key, or in words what kind it is that we do not know. -1 if the encoding is wrong. */
static int key_describe(X509_PUBKEY *pub, struct pki_csr *out, struct fail *f)
{
	EVP_PKEY *pkey = X509_PUBKEY_get0(pub);
	const struct algorithm *row = NULL;
	const ASN1_OBJECT *oid, *curve;
	const uint8_t *key;
	X509_ALGOR *alg;
	int nid, type, key_len;

	X509_PUBKEY_get0_param((ASN1_OBJECT **)&oid, &key, &key_len, &alg, pub);
	X509_ALGOR_get0(NULL, &type, (const void **)&curve, alg);
	nid = OBJ_obj2nid(oid);
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (algorithms[i].nid == nid)
			row = &algorithms[i];
	}
	if (row == NULL) {
		const char *name = nid == NID_undef ? NULL : OBJ_nid2sn(nid);

		snprintf(out->key_words, sizeof(out->key_words), "%s", name ? name : "unknown");
		return 0;
	}
	if (type != row->parameters)
		return fail(f, ENR_CSR_MALFORMED, "the key's algorithm has wrong parameters");
	if (pkey == NULL && nid == NID_X9_62_id_ecPublicKey && OBJ_obj2nid(curve) == NID_undef) {
		snprintf(out->key_words, sizeof(out->key_words), "EC unknown curve");
		return 0;
	}
	if (pkey == NULL)
		return ossl_fail(f, ENR_CSR_MALFORMED, "the public key cannot be read");
	if (nid == NID_rsaEncryption) {
		if (!der_is_strict(key, (size_t)key_len))
			return fail(f, ENR_CSR_MALFORMED, "the RSA key is not DER");
		if (rsa_is_sane(pkey, f) < 0)
			return -1;
		out->rsa_bits = EVP_PKEY_get_bits(pkey);
		snprintf(out->key_words, sizeof(out->key_words), "RSA %d bits", out->rsa_bits);
	} else if (nid == NID_X9_62_id_ecPublicKey) {
		/* The uncompressed form of RFC 5480 section 2.2 alone: one key, one hash. */
		if (key_len < 1 || key[0] != 0x04)
			return fail(f, ENR_CSR_MALFORMED, "the EC point is not uncompressed");
		snprintf(out->key_words, sizeof(out->key_words), "EC %s",
			OBJ_nid2sn(OBJ_obj2nid(curve)));
	} else {
		snprintf(out->key_words, sizeof(out->key_words), "Ed25519");
	}
	out->kind = ossl_key_kind(pkey);
	return 0;
}

/* The one value of the one challengePassword attribute; no attribute leaves *out NULL. */
static int challenge_read(const X509_REQ *req, char **out, struct fail *f)
{
	int at = X509_REQ_get_attr_by_NID(req, NID_pkcs9_challengePassword, -1);
	unsigned char *text = NULL;
	X509_ATTRIBUTE *attr;
	const ASN1_TYPE *value;
	int len;

	if (at < 0)
		return 0;
	attr = X509_REQ_get_attr(req, at);
	if (X509_REQ_get_attr_by_NID(req, NID_pkcs9_challengePassword, at) >= 0 ||
		X509_ATTRIBUTE_count(attr) != 1)
		return fail(f, ENR_CSR_MALFORMED, "more than one challengePassword");
	value = X509_ATTRIBUTE_get0_type(attr, 0);
	switch (value ? ASN1_TYPE_get(value) : V_ASN1_UNDEF) {
	case V_ASN1_PRINTABLESTRING:
	case V_ASN1_UTF8STRING:
	case V_ASN1_IA5STRING:
	case V_ASN1_T61STRING:
	case V_ASN1_BMPSTRING:
	case V_ASN1_UNIVERSALSTRING:
		break;
	default:
		return fail(f, ENR_CSR_MALFORMED, "challengePassword is not a text");
	}
	len = ASN1_STRING_to_UTF8(&text, value->value.asn1_string);
	if (len <= 0 || len > CHALLENGE_MAX || !text_is_utf8((char *)text, (size_t)len)) {
		OPENSSL_clear_free(text, len > 0 ? (size_t)len : 0);
		return ossl_fail(f, ENR_CSR_MALFORMED, "challengePassword of %d octets", len);
	}
	*out = mem_textn((char *)text, (size_t)len);
	OPENSSL_clear_free(text, (size_t)len);
	return 0;
}

static int csr_read(const uint8_t *der, size_t len, struct pki_csr *out, struct fail *f)
{
	const unsigned char *p = der;
	unsigned char *raw = NULL;
	X509_PUBKEY *pub;

	if (len == 0 || len > CSR_MAX)
		return fail(f, ENR_CSR_MALFORMED, "%zu octets", len);
	if (!der_is_strict(der, len))
		return fail(f, ENR_CSR_MALFORMED, "is not DER");
	out->request = d2i_X509_REQ(NULL, &p, (long)len);
	if (out->request == NULL || p != der + len)
		return ossl_fail(f, ENR_CSR_MALFORMED,
			out->request ? "octets behind the request" : "no PKCS#10");
	pub = X509_REQ_get_X509_PUBKEY(out->request);
	if (X509_REQ_get_version(out->request) != X509_REQ_VERSION_1 || pub == NULL)
		return fail(f, ENR_CSR_MALFORMED, "is not of version 1 (RFC 2986 section 4.1)");
	if (key_describe(pub, out, f) < 0 || challenge_read(out->request, &out->challenge, f) < 0)
		return -1;
	if (ossl_der_take(&raw, i2d_X509_PUBKEY(pub, &raw), &out->spki) < 0)
		return ossl_fail(f, ENR_CSR_MALFORMED, "the public key");
	pki_sha256(out->spki.data, out->spki.len, out->spki_sha256);
	return 0;
}

int pki_csr_parse(const uint8_t *der, size_t len, struct pki_csr *out, struct fail *f)
{
	autoclean(pki_csr_clear) struct pki_csr csr = { 0 };
	int rc;

	ERR_clear_error();
	rc = csr_read(der, len, &csr, f);
	ERR_clear_error();
	if (rc < 0)
		return -1;
	*out = csr;
	memset(&csr, 0, sizeof(csr));
	return 0;
}

int pki_csr_verify(const struct pki_csr *csr, struct fail *f)
{
	int known = 0, nid;

	if (csr->request == NULL)
		return fail(f, ENR_PROOF_WRONG, "no request");
	nid = X509_REQ_get_signature_nid(csr->request);
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++)
		known |= signatures[i] == nid;
	if (!known)
		return fail(f, ENR_PROOF_WRONG, "signed with %s",
			nid == NID_undef ? "an unknown algorithm" : OBJ_nid2ln(nid));
	if (csr->kind == KEY_NONE)
		return fail(f, ENR_PROOF_WRONG, "no proof is taken from %s", csr->key_words);
	if (X509_REQ_verify(csr->request, X509_REQ_get0_pubkey(csr->request)) != 1)
		return ossl_fail(f, ENR_PROOF_WRONG, "the signature of the request is wrong");
	return 0;
}

void pki_csr_clear(struct pki_csr *csr)
{
	bytes_free(&csr->spki);
	if (csr->challenge != NULL)
		mem_wipe(csr->challenge, strlen(csr->challenge));
	free(csr->challenge);
	X509_REQ_free(csr->request);
	memset(csr, 0, sizeof(*csr));
}
