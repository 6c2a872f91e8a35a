#include "lib/pki/cert.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "lib/base/id.h"
#include "lib/pki/ossl_private.h"

#define SERIAL_LEN 16

/* What a role means, in one place: who may sign under it, for what, and for which names. */
static const struct role {
	const char *what;
	int ca; /* 1 CA, 0 leaf */
	int pathlen; /* of a CA */
	unsigned usage; /* KU_… */
	int purpose; /* NID of the one extended key usage; NID_undef: none */
	int constrained; /* names are permitted subtrees; else they are the SAN */
} roles[] = {
	[CERT_ROOT] = { "root", 1, 1, KU_KEY_CERT_SIGN | KU_CRL_SIGN, NID_undef, 0 },
	[CERT_SERVICES_CA] = { "services CA", 1, 0, KU_KEY_CERT_SIGN | KU_CRL_SIGN, NID_server_auth,
		1 },
	[CERT_DEVICES_CA] = { "devices CA", 1, 0, KU_KEY_CERT_SIGN | KU_CRL_SIGN, NID_client_auth,
		1 },
	[CERT_SERVER] = { "server certificate", 0, 0, KU_DIGITAL_SIGNATURE, NID_server_auth, 0 },
	[CERT_DEVICE] = { "device certificate", 0, 0, KU_DIGITAL_SIGNATURE, NID_client_auth, 0 },
};

/* Names of other kinds than DNS: an issuing CA may sign none. There is no spelling for "no mail
 * address" and "no URI" that all verifiers read alike, so a domain that cannot exist (RFC 6761
 * section 6.4) is the only one permitted. Addresses are excluded whole, IPv4 and IPv6. */
#define NOWHERE "invalid"
static const int no_address_lengths[] = { 8, 32 }; /* address and mask, all zero */

static int add_ext(X509 *cert, int nid, int critical, void *value)
{
	return value != NULL && X509_add1_ext_i2d(cert, nid, value, critical, 0) == 1;
}

static int add_basic(X509 *cert, const struct role *r)
{
	BASIC_CONSTRAINTS *b = BASIC_CONSTRAINTS_new();
	int ok = b != NULL;

	if (ok && r->ca) {
		b->ca = 0xff;
		b->pathlen = ASN1_INTEGER_new();
		ok = b->pathlen != NULL && ASN1_INTEGER_set(b->pathlen, r->pathlen);
	}
	ok = ok && add_ext(cert, NID_basic_constraints, 1, b);
	BASIC_CONSTRAINTS_free(b);
	return ok;
}

/* Bit n of a KU_ mask's low octet is bit 7-n of the string. */
static int add_usage(X509 *cert, const struct role *r)
{
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
	int ok = bits != NULL;

	for (int n = 0; ok && n < 8; n++) {
		if ((r->usage & (0x80u >> n)) != 0)
			ok = ASN1_BIT_STRING_set_bit(bits, n, 1);
	}
	ok = ok && add_ext(cert, NID_key_usage, 1, bits);
	ASN1_BIT_STRING_free(bits);
	return ok;
}

static int add_purpose(X509 *cert, const struct role *r, int pkinit)
{
	EXTENDED_KEY_USAGE *uses;
	int ok;

	if (r->purpose == NID_undef)
		return 1;
	uses = sk_ASN1_OBJECT_new_null();
	ok = uses != NULL && sk_ASN1_OBJECT_push(uses, OBJ_nid2obj(r->purpose)) > 0 &&
		(!pkinit || sk_ASN1_OBJECT_push(uses, OBJ_nid2obj(NID_pkInitClientAuth)) > 0) &&
		add_ext(cert, NID_ext_key_usage, 0, uses);
	sk_ASN1_OBJECT_free(uses); /* the objects are static */
	return ok;
}

static int add_key_ids(X509 *cert, X509 *issuer)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	ASN1_OCTET_STRING *own = ASN1_OCTET_STRING_new();
	AUTHORITY_KEYID *authority = AUTHORITY_KEYID_new();
	const ASN1_OCTET_STRING *id;
	int ok = own != NULL && authority != NULL &&
		X509_pubkey_digest(cert, EVP_sha1(), hash, &len) &&
		ASN1_OCTET_STRING_set(own, hash, (int)len) &&
		add_ext(cert, NID_subject_key_identifier, 0, own);

	id = ok ? (issuer ? X509_get0_subject_key_id(issuer) : own) : NULL;
	if (id != NULL) {
		authority->keyid = ASN1_OCTET_STRING_dup(id);
		ok = authority->keyid != NULL &&
			add_ext(cert, NID_authority_key_identifier, 0, authority);
	}
	ASN1_OCTET_STRING_free(own);
	AUTHORITY_KEYID_free(authority);
	return ok && id != NULL;
}

static GENERAL_NAME *text_name(int type, const char *text)
{
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_IA5STRING *value = ASN1_IA5STRING_new();

	if (g == NULL || value == NULL || !ASN1_STRING_set(value, text, -1)) {
		GENERAL_NAME_free(g);
		ASN1_IA5STRING_free(value);
		return NULL;
	}
	GENERAL_NAME_set0_value(g, type, value);
	return g;
}

/* g passes into the list, or is freed. */
static int push_name(GENERAL_NAMES *names, GENERAL_NAME *g)
{
	if (g != NULL && sk_GENERAL_NAME_push(names, g) > 0)
		return 1;
	GENERAL_NAME_free(g);
	return 0;
}

static int add_alternative_names(X509 *cert, const struct cert_spec *spec)
{
	autoclean(ossl_general_names_clean) GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();

	for (size_t i = 0; names != NULL && i < spec->n_names; i++) {
		GENERAL_NAME *g = text_name(GEN_DNS, spec->names[i]);

		if (!push_name(names, g))
			return 0;
	}
	if (names != NULL && spec->upn != NULL && !push_name(names, ossl_principal_name(spec->upn)))
		return 0;
	return add_ext(cert, NID_subject_alt_name, 0, names);
}

/* base passes into the subtree, also on failure. */
static int add_subtree(struct stack_st_GENERAL_SUBTREE **list, GENERAL_NAME *base)
{
	GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();

	if (*list == NULL)
		*list = sk_GENERAL_SUBTREE_new_null();
	if (base == NULL || tree == NULL || *list == NULL) {
		GENERAL_NAME_free(base);
		GENERAL_SUBTREE_free(tree);
		return 0;
	}
	GENERAL_NAME_free(tree->base);
	tree->base = base;
	if (sk_GENERAL_SUBTREE_push(*list, tree) > 0)
		return 1;
	GENERAL_SUBTREE_free(tree);
	return 0;
}

static GENERAL_NAME *all_addresses(int len)
{
	static const unsigned char zero[32];
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

	if (g == NULL || value == NULL || !ASN1_OCTET_STRING_set(value, zero, len)) {
		GENERAL_NAME_free(g);
		ASN1_OCTET_STRING_free(value);
		return NULL;
	}
	GENERAL_NAME_set0_value(g, GEN_IPADD, value);
	return g;
}

/* Whatever is below that organization. */
static GENERAL_NAME *organization_name(const char *organization)
{
	GENERAL_NAME *g = GENERAL_NAME_new();
	X509_NAME *name = X509_NAME_new();

	if (g == NULL || name == NULL ||
		!X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_UTF8,
			(const unsigned char *)organization, -1, -1, 0)) {
		GENERAL_NAME_free(g);
		X509_NAME_free(name);
		return NULL;
	}
	GENERAL_NAME_set0_value(g, GEN_DIRNAME, name);
	return g;
}

/* The subject comes first: the KDC of Samba finds no other permitted subtree behind one of another
 * kind, and none at all without it. */
static int add_constraints(X509 *cert, const struct cert_spec *spec)
{
	NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();
	int ok = nc != NULL;

	if (ok && spec->organization != NULL)
		ok = add_subtree(&nc->permittedSubtrees, organization_name(spec->organization));
	for (size_t i = 0; ok && i < spec->n_names; i++)
		ok = add_subtree(&nc->permittedSubtrees, text_name(GEN_DNS, spec->names[i]));
	ok = ok && add_subtree(&nc->permittedSubtrees, text_name(GEN_EMAIL, NOWHERE)) &&
		add_subtree(&nc->permittedSubtrees, text_name(GEN_URI, NOWHERE));
	for (size_t i = 0; ok && i < ARRAY_LEN(no_address_lengths); i++)
		ok = add_subtree(&nc->excludedSubtrees, all_addresses(no_address_lengths[i]));
	ok = ok && add_ext(cert, NID_name_constraints, 1, nc);
	NAME_CONSTRAINTS_free(nc);
	return ok;
}

static int add_crl_url(X509 *cert, const char *url)
{
	CRL_DIST_POINTS *points = sk_DIST_POINT_new_null();
	DIST_POINT *point = DIST_POINT_new();
	GENERAL_NAME *g = text_name(GEN_URI, url);
	int ok = points != NULL && point != NULL && g != NULL;

	if (ok)
		ok = (point->distpoint = DIST_POINT_NAME_new()) != NULL;
	if (ok) {
		point->distpoint->type = 0;
		point->distpoint->name.fullname = sk_GENERAL_NAME_new_null();
		ok = point->distpoint->name.fullname != NULL &&
			sk_GENERAL_NAME_push(point->distpoint->name.fullname, g) > 0;
	}
	if (!ok)
		GENERAL_NAME_free(g);
	if (ok && sk_DIST_POINT_push(points, point) <= 0)
		ok = 0;
	if (!ok)
		DIST_POINT_free(point);
	ok = ok && add_ext(cert, NID_crl_distribution_points, 0, points);
	sk_DIST_POINT_pop_free(points, DIST_POINT_free);
	return ok;
}

static int add_part(X509_NAME *name, int nid, const char *value)
{
	return value == NULL ||
		X509_NAME_add_entry_by_NID(
			name, nid, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0);
}

static int set_subject(X509 *cert, const struct cert_spec *spec, const X509 *issuer)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return add_part(name, NID_organizationName, spec->organization) &&
		add_part(name, NID_commonName, spec->cn) &&
		add_part(name, NID_serialNumber, spec->subject_serial) &&
		X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : name);
}

static int set_serial(X509 *cert, const uint8_t *given)
{
	uint8_t serial[SERIAL_LEN];
	BIGNUM *n;
	int ok;

	if (given != NULL) {
		memcpy(serial, given, sizeof(serial));
	} else {
		do {
			random_bytes(serial, sizeof(serial));
			serial[0] &= 0x7f;
		} while (serial[0] == 0);
	}
	n = BN_bin2bn(serial, sizeof(serial), NULL);
	ok = n != NULL && !BN_is_zero(n) &&
		BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok;
}

static int set_times(X509 *cert, const struct cert_spec *spec)
{
	return spec->not_before < spec->not_after &&
		ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)spec->not_before) != NULL &&
		ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)spec->not_after) != NULL;
}

/* Algorithm and parameters of a key as X509_PUBKEY wants them: both pass to the caller. */
static int algorithm_dup(const X509_ALGOR *alg, ASN1_OBJECT **oid, int *type, void **value)
{
	const ASN1_OBJECT *name;
	const void *parameter;

	X509_ALGOR_get0(&name, type, &parameter, alg);
	if (*type != V_ASN1_UNDEF && *type != V_ASN1_NULL && *type != V_ASN1_OBJECT)
		return 0;
	*oid = OBJ_dup(name);
	*value = *type == V_ASN1_OBJECT ? OBJ_dup(parameter) : NULL;
	return *oid != NULL && (*type != V_ASN1_OBJECT || *value != NULL);
}

/* SubjectPublicKeyInfo (RFC 5280 section 4.1) into the certificate, without reading the key itself:
 * for OpenSSL that takes longer than signing, and whoever had it from a stranger has done it. */
static int take_key(X509_PUBKEY *pub, const uint8_t *spki, size_t len)
{
	const unsigned char *p = spki, *end = spki + len;
	ASN1_OBJECT *oid = NULL;
	X509_ALGOR *alg = NULL;
	void *value = NULL;
	uint8_t *bits;
	int tag, class, type, ok;
	long inner;

	if (!der_is_strict(spki, len) ||
		ASN1_get_object(&p, &inner, &tag, &class, (long)len) != V_ASN1_CONSTRUCTED ||
		tag != V_ASN1_SEQUENCE || (alg = d2i_X509_ALGOR(NULL, &p, end - p)) == NULL)
		return 0;
	ok = algorithm_dup(alg, &oid, &type, &value) &&
		ASN1_get_object(&p, &inner, &tag, &class, end - p) == 0 &&
		tag == V_ASN1_BIT_STRING && inner > 1 && p + inner == end && p[0] == 0;
	bits = ok ? OPENSSL_memdup(p + 1, (size_t)inner - 1) : NULL;
	ok = bits != NULL &&
		X509_PUBKEY_set0_param(pub, oid, type, value, bits, (int)inner - 1);
	if (!ok) {
		OPENSSL_free(bits);
		ASN1_OBJECT_free(oid);
		ASN1_OBJECT_free(value);
	}
	X509_ALGOR_free(alg);
	return ok;
}

/* The subject's key, octet for octet as given: what is hashed elsewhere is certified here. */
static int set_key(X509 *cert, const uint8_t *spki, size_t len)
{
	X509_PUBKEY *pub = X509_get_X509_PUBKEY(cert);
	autoclean(bytes_free) struct bytes written = BYTES_INIT;
	unsigned char *raw = NULL;

	return take_key(pub, spki, len) &&
		ossl_der_take(&raw, i2d_X509_PUBKEY(pub, &raw), &written) == 0 &&
		written.len == len && memcmp(written.data, spki, len) == 0;
}

static int add_extensions(X509 *cert, X509 *issuer, const struct cert_spec *spec)
{
	const struct role *r = &roles[spec->role];

	if (!add_basic(cert, r) || !add_usage(cert, r) || !add_purpose(cert, r, spec->pkinit) ||
		!add_key_ids(cert, issuer))
		return 0;
	if (r->constrained && !add_constraints(cert, spec))
		return 0;
	if (!r->ca && !add_alternative_names(cert, spec))
		return 0;
	if (spec->sid != NULL && !ossl_add_sid(cert, spec->sid))
		return 0;
	return spec->crl_url == NULL || add_crl_url(cert, spec->crl_url);
}

int cert_build(const struct cert_spec *spec, struct bytes *der, struct fail *f)
{
	const struct role *r = &roles[spec->role];
	autoclean(ossl_x509_clean) X509 *read = NULL;
	autoclean(ossl_x509_clean) X509 *cert = X509_new();
	X509 *issuer = NULL;
	unsigned char *raw = NULL;
	int root = spec->role == CERT_ROOT;

	ERR_clear_error();
	if (!root && spec->n_names == 0)
		return fail(f, ENR_CA_UNAVAILABLE, "a %s without a name", r->what);
	if (!root && spec->opened == NULL)
		read = ossl_cert(spec->issuer, spec->issuer_len);
	if (!root)
		issuer = spec->opened ? spec->opened->cert : read;
	if (!root &&
		(issuer == NULL || X509_check_private_key(issuer, spec->issuer_key->pkey) != 1))
		return ossl_fail(f, ENR_CA_UNAVAILABLE, "issuing certificate and key do not fit");
	if (cert == NULL || !X509_set_version(cert, X509_VERSION_3) ||
		!set_serial(cert, spec->serial) || !set_times(cert, spec) ||
		!set_subject(cert, spec, issuer))
		return ossl_fail(f, ENR_CA_UNAVAILABLE, "%s: serial, times or names", r->what);
	if (!set_key(cert, spec->spki, spec->spki_len))
		return ossl_fail(f, ENR_CA_UNAVAILABLE, "%s: the subject's key", r->what);
	if (!add_extensions(cert, issuer, spec))
		return ossl_fail(f, ENR_CA_UNAVAILABLE, "%s: extensions", r->what);
	if (X509_sign(cert, spec->issuer_key->pkey, ossl_digest(spec->issuer_key)) <= 0)
		return ossl_fail(f, ENR_CA_UNAVAILABLE, "sign a %s", r->what);
	if (ossl_der_take(&raw, i2d_X509(cert, &raw), der) < 0)
		return ossl_fail(f, ENR_CA_UNAVAILABLE, "encode a %s", r->what);
	return 0;
}
